"""What sweeps have done, so that they neither do it again nor look at what did not move.

One SQLite file, one process at a time. Losing it costs time and nothing else: what counts stands in
the pull requests. So it is never repaired, and what is no journal is never written to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.life.past import Stop
from bot.sweep.found import Found
from bot.sweep.journalfile import DAMAGED, JournalFile
from bot.sweep.record import Record, State, from_line, to_line

_TOLD = 30
"""Sweeps before this one whose effects are kept."""
_KEPT = timedelta(days=100)
_UNSETTLED = frozenset({State.FAILED, State.LATER})
_PASSING = Stop.QUEUED
"""Its end is nothing that a list tells of."""


class _Going(StrEnum):
    """Where a sweep or an effect has got to."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


class After(StrEnum):
    """What the runs after a merge have shown."""

    ALARM = "alarm"
    WAITING = "waiting"
    """Not all changed workflows have run."""
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a merged pull request; ``at``: when, UTC, ``2026-01-31T12:00:00Z``."""

    after: After
    at: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """One sweep.

    Attributes:
        started: UTC, ``2026-01-31T12:00:00Z``.
    """

    id: int
    started: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a sweep does on GitHub.

    Attributes:
        head: the commit of the default branch that it is based on.
        fingerprint: of what is proposed.
    """

    repository: str
    branch: str
    head: str
    fingerprint: str = ""


class Journal(JournalFile):
    """The journal, open; a context manager. Threads may share it.

    All methods raise :class:`JournalError` where the file can't be read or written.
    """

    def begin(self, program: str, settings: str) -> Sweep:
        """Begin a sweep.

        Args:
            program: the version of this program.
            settings: a digest of the settings.
        """
        started = _now()
        row = self._change(
            "INSERT INTO sweeps (started, settings, program, state) VALUES (?, ?, ?, ?)",
            started,
            settings,
            program,
            _Going.BEGUN,
        )
        # Who goes on with a sweep asks about that one alone; the others are for people to look up.
        self._change("DELETE FROM effects WHERE sweep < ?", row - _TOLD)
        return Sweep(row, started)

    def interrupted(self, program: str, settings: str) -> Sweep | None:
        """The last sweep, if it came to no end and was told the same by the same program."""
        found = self._rows(
            "SELECT id, started, state, program, settings FROM sweeps ORDER BY id DESC LIMIT 1"
        )
        for number, started, *rest in found:
            if rest == [_Going.BEGUN, program, settings]:
                return Sweep(number, started)
        return None

    def end(self, sweep: Sweep) -> None:
        """A sweep has come to its end."""
        self._change("UPDATE sweeps SET state = ? WHERE id = ?", _Going.DONE, sweep.id)

    def merges(self) -> dict[str, Look]:
        """Merged pull requests by their addresses, with what was seen of each the last time."""
        rows = self._rows("SELECT url, after, at FROM merges")
        return {url: Look(After(after), at) for url, after, at in rows}

    def looked(self, merges: Mapping[str, After]) -> None:
        """What was seen of merged pull requests just now."""
        for url, after in merges.items():
            self._change("INSERT OR REPLACE INTO merges VALUES (?, ?, ?)", url, after, _now())
        # So old ones are looked at no more.
        self._change("DELETE FROM merges WHERE at < ?", _moment(datetime.now(UTC) - _KEPT))

    def is_unchanged(self, found: Found, program: str, settings: str) -> bool:
        """Whether looking at a repository again would end as it did the last time.

        While a pull request is open, each new commit may make it wrong: scripts and configurations
        beside the workflows tell what a job needs too. And a draft may wait for a secret, of which
        no list tells that it is there now.
        """
        pull = found.pull
        for head, settled in self._same(found, program, settings):
            return bool(settled) and (pull is None or (head == found.head and not pull.draft))
        return False

    def is_same(self, found: Found, program: str, settings: str) -> bool:
        """Whether all is as it was the last time, when something may have been left for later."""
        return any(head == found.head for head, _ in self._same(found, program, settings))

    def _same(self, found: Found, program: str, settings: str) -> list[tuple[Any, ...]]:
        return self._rows(
            "SELECT head, settled FROM repositories WHERE id = ? AND stamp = ?",
            found.key,
            _stamp(found, program, settings),
        )

    def keep(
        self,
        sweep: Sweep,
        found: Found,
        records: Sequence[Record],
        program: str,
        settings: str,
        branches: Collection[str],
    ) -> None:
        """What came of a repository, with how it was found before anything was done to it.

        ``branches``: those that it was found with. Where its own settings name another one, a list
        tells nothing of that one's pull request, and it is looked at every time.
        """
        settled = bool(records) and all(
            one.state not in _UNSETTLED and one.why != _PASSING and one.branch in ("", *branches)
            for one in records
        )
        self._change(
            "INSERT OR REPLACE INTO repositories"
            " (id, name, head, stamp, settled, sweep, at, records) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            found.key,
            found.repository,
            found.head,
            _stamp(found, program, settings),
            settled,
            sweep.id,
            _now(),
            "\n".join(map(to_line, records)),
        )

    def is_kept(self, sweep: Sweep, found: Found) -> bool:
        """Whether this very sweep has kept what came of a repository."""
        rows = self._rows(
            "SELECT 1 FROM repositories WHERE id = ? AND sweep = ?", found.key, sweep.id
        )
        return bool(rows)

    def last(self, found: Found) -> tuple[Record, ...]:
        """What came of a repository the last time; nothing where it was never looked at."""
        rows = self._rows("SELECT records FROM repositories WHERE id = ?", found.key)
        return tuple(record for (lines,) in rows for record in self._records(lines))

    def kept(self, sweep: Sweep) -> Iterator[Record]:
        """All that a sweep has kept, repository by repository."""
        numbers = self._rows("SELECT id FROM repositories WHERE sweep = ? ORDER BY id", sweep.id)
        for (number,) in numbers:
            for (lines,) in self._rows("SELECT records FROM repositories WHERE id = ?", number):
                yield from self._records(lines)

    @contextmanager
    def effect(self, sweep: Sweep, effect: Effect) -> Iterator[None]:
        """Note that something is about to be done, and then that it was, or that it failed."""
        row = self._change(
            "INSERT INTO effects (sweep, repository, branch, head, fingerprint, state, began)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            sweep.id,
            effect.repository,
            effect.branch,
            effect.head,
            effect.fingerprint,
            _Going.BEGUN,
            _now(),
        )
        ended = "UPDATE effects SET state = ?, ended = ? WHERE id = ?"
        try:
            yield
        except Exception:
            self._change(ended, _Going.FAILED, _now(), row)
            raise
        self._change(ended, _Going.DONE, _now(), row)

    def under_way(self, sweep: Sweep) -> tuple[Effect, ...]:
        """What was begun, and neither done nor failed: the process ended in the middle of it."""
        rows = self._rows(
            "SELECT DISTINCT repository, branch, head, fingerprint FROM effects"
            " WHERE sweep = ? AND state = ?",
            sweep.id,
            _Going.BEGUN,
        )
        return tuple(Effect(*row) for row in rows)

    def _records(self, lines: str) -> Iterator[Record]:
        try:
            for line in lines.split("\n") if lines else ():
                yield from_line(line)
        except ValueError:
            raise self._error(DAMAGED) from None


def _stamp(found: Found, program: str, settings: str) -> str:
    """A digest of all that decides what comes of a repository, but for the commits beside it."""
    pulls = [(one.number, one.head, one.updated, one.state) for one in found.pulls]
    told = [
        *(found.repository, found.branch, found.tree, found.settings_oid, found.refs, pulls),
        *(sorted(found.topics), found.visibility, found.archived, found.disabled, found.empty),
        *(found.fork, program, settings),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _now() -> str:
    return _moment(datetime.now(UTC))


def _moment(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
