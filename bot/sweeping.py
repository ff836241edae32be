"""``clearance sweep``: values in, reports and texts out, an exit code back."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TextIO

from bot import config
from bot.apart import Apart
from bot.commands import Exit, complain, tell
from bot.config import SettingsError
from bot.forge import auth, place, redact
from bot.forge.cache import Cache
from bot.forge.errors import ForgeError
from bot.online import page
from bot.permissions.evidence import Lost
from bot.remote import api_url
from bot.report import html, several, step, sweepprogress, sweepsarif, sweeptext
from bot.report.digest import Digest
from bot.report.escape import visible
from bot.report.lines import read
from bot.report.palette import Palette
from bot.review.desk import Desk
from bot.sweep import engine, leftovers, waves
from bot.sweep import standing as standings
from bot.sweep.branches import common
from bot.sweep.discover import Sources
from bot.sweep.found import Found
from bot.sweep.journal import Journal
from bot.sweep.journalfile import JournalError
from bot.sweep.lister import Lister
from bot.sweep.outlook import Watch
from bot.sweep.record import Record, State, Summary, to_line
from bot.sweep.settings import SweepSettings
from bot.sweep.shards import handed
from bot.sweep.sweep import Plan, Sweeper
from bot.sweep.tally import Tally
from bot.sweep.waves import Standing
from bot.sweep.work import Worker, afar, worker

_ANALYSES = 4
"""Repositories that are analysed at a time here; each takes a process."""
_DRY = "It was a dry run: nothing of this was done."
_NAMED = 5
"""Canaries that are told of by name."""
_PART = "This part only looked: what is to be done, the publisher does."


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``clearance sweep`` was asked for.

    Attributes:
        config: the operator's file.
        journal: where the journal is; None is in the user's folder.
        out: the folder for the reports.
        shard: ``3/8``, counted from 1; empty for all.
        go: the canaries need not be waited for.
        publish: files of records that shards have written; nothing is scanned then.
    """

    config: str
    journal: str | None
    out: str
    shard: str = ""
    dry: bool = False
    resume: bool = False
    go: bool = False
    publish: tuple[str, ...] = ()


def sweep(wish: Wish) -> Exit:
    """Go through all repositories of the settings; 1 where some failed."""
    redact.install()
    try:
        shard = _shard(wish.shard)
        if shard is not None and wish.publish:
            raise ValueError("--shard opens nothing, and --publish scans nothing; leave one out")
        text = config.operator(Path(wish.config))
        told = config.sweep(text)
        _require(told)
        with ExitStack() as stack:
            return _Night(wish, text, told, shard, stack).sweep()
    except SettingsError as error:
        complain(wish.config, str(error))
    except OSError as error:
        complain(wish.out, f"it can't be written ({error.strerror})")
    except (ForgeError, JournalError, ValueError) as error:
        tell("sweep", str(error))
    return Exit.ERROR


def _shard(text: str) -> tuple[int, int] | None:
    """``3/8`` as (2, 8)."""
    if not text:
        return None
    number, _, of = text.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= 1000:
        return int(number) - 1, int(of)
    raise ValueError(f"--shard {text} can't be that; write a number of a number, such as 3/8")


def _require(told: SweepSettings) -> None:
    if (
        Sources(told.organisations, told.users, told.installation, told.repositories, told.search)
        == Sources()
    ):
        raise SettingsError(
            "it names no repositories; write organisations, users, repositories, installation or "
            "search under sweep"
        )


@dataclass(slots=True)
class _Night:
    """One sweep from its beginning to its reports."""

    wish: Wish
    text: str
    told: SweepSettings
    shard: tuple[int, int] | None
    stack: ExitStack

    def sweep(self) -> Exit:
        began, started = time.monotonic(), datetime.now(UTC)
        server = api_url(os.environ)
        credentials = auth.from_environment(os.environ, server)
        apart = self.stack.enter_context(Apart(_ANALYSES))
        mine = worker(self.text, server, apart, credentials)
        home = next(iter((*self.told.organisations, *self.told.users)), "")
        first = f"{home}/{auth.ALL}" if home else next(iter(self.told.repositories), "x/x")
        client = Lister(credentials, first, api_url=server, limiter=mine.limiter)
        journal = self.stack.enter_context(Journal(self._journal()))
        out = Path(self.wish.out)
        out.mkdir(parents=True, exist_ok=True)
        leftovers.clear(out)
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:12]
        plan = Plan(
            self.text,
            self.told,
            digest,
            common(self.text),
            server,
            dry=self.wish.dry,
            shard=self.shard,
            resume=self.wish.resume,
            told=self.wish.go,
            public=place.is_public(os.environ),
            page=page(),
        )
        seen: dict[str, tuple[str, ...]] = {}
        waits: list[str] = []
        unread: list[int] = []
        lost: dict[str, tuple[Lost, ...]] = {}

        def desk(account: Lister) -> Desk:
            return Desk(account, apart, Cache(), self.text, frozenset())

        def standing(found: Iterable[Found]) -> Standing:
            told = standings.look(client, desk, list(found), journal.merges(), started)
            journal.looked(told.after)
            seen.update(told.alarms)
            waits.extend(told.waits)
            unread.append(told.unread)
            lost.update(told.lost if self.told.give_back else {})
            return told.standing

        tally = Tally()
        watch = Watch(tally, mine.limiter)
        with _lines(out / "records.jsonl") as stream, sweepprogress.shown(watch, sys.stderr):
            tell = _Teller(stream, Digest(), seen)
            records = handed(self.wish.publish) if self.wish.publish else None
            scanner = self._scanner(mine, records is None)
            Sweeper(
                plan,
                client,
                mine,
                scanner,
                journal,
                standing,
                tell.tell,
                lost,
                records,
                tally=tally,
            ).sweep()
        calls = client.calls + tell.calls
        seconds = round(time.monotonic() - began, 1)
        summary = Summary(
            f"{started:%Y-%m-%dT%H:%M:%SZ}",
            seconds,
            {str(state): count for state, count in tell.digest.states.items()},
            calls,
            round(mine.limiter.waited, 1),
            standings.limits(client),
            tuple(self._notes(tell.digest, waits, sum(unread))),
        )
        _reports(out, tell.digest, summary)
        failed = tell.digest.states[State.FAILED] or tell.digest.alarmed
        return Exit.FINDINGS if failed else Exit.DONE

    def _notes(self, digest: Digest, waits: Sequence[str], unread: int) -> Iterator[str]:
        if self.wish.dry:
            yield _DRY
        elif self.shard is not None:
            yield _PART
        if unread:
            count = several(unread, "merged pull request")
            yield f"{count} could not be looked at; the token needs Actions to read."
        if digest.whys[State.LATER, waves.CANARIES] and waits:
            more = f", and {len(waits) - _NAMED:,} more" if len(waits) > _NAMED else ""
            yield f"What the others wait for: {'; '.join(waits[:_NAMED])}{more}."

    def _journal(self) -> Path:
        if self.wish.journal is not None:
            return Path(self.wish.journal)
        from platformdirs import user_state_path

        return user_state_path("clearance", appauthor=False) / "journal.sqlite"

    def _scanner(self, mine: Worker, wanted: bool) -> tuple[Executor, engine.Do]:
        if self.told.executor == "threads" or not wanted:
            threads = self.stack.enter_context(ThreadPoolExecutor(self.told.workers))
            return threads, mine.work
        try:
            distributed = import_module("distributed")
        except ImportError:
            raise ValueError(
                "executor: dask needs the extra dask; pip install 'clearance-bot[dask]'"
            ) from None
        if not self.told.scheduler:
            raise ValueError("executor: dask needs the address of its scheduler; write scheduler")
        try:
            dask = self.stack.enter_context(distributed.Client(self.told.scheduler))
        except OSError:
            raise ValueError(
                f"no scheduler answers at {self.told.scheduler}; check that it runs there"
            ) from None
        executor: Executor = dask.get_executor(pure=False)
        return executor, afar


@dataclass(slots=True)
class _Teller:
    """Writes records down as they come."""

    stream: TextIO
    digest: Digest
    alarms: dict[str, tuple[str, ...]]
    calls: int = 0

    def tell(self, record: Record) -> None:
        told = self.alarms.pop(record.repository, ())
        kept = replace(record, alarms=(*record.alarms, *told))
        self.stream.write(f"{to_line(kept)}\n")
        self.digest.add(kept)
        self.calls += record.calls


@contextmanager
def _lines(path: Path) -> Iterator[TextIO]:
    """A file that takes its name only when it is whole."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            yield stream
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _reports(out: Path, digest: Digest, summary: Summary) -> None:
    """The reports, from the records that were written down."""
    source = out / "records.jsonl"
    server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")

    def records() -> Iterator[Record]:
        with source.open(encoding="utf-8") as stream:
            yield from read(stream)

    html.write(records(), summary, out / "report.html", server=server)
    with _lines(out / "findings.sarif") as stream:
        stream.writelines(sweepsarif.sweep(records(), server))
    told = os.environ.get("GITHUB_STEP_SUMMARY")
    if told:
        with suppress(OSError), Path(told).open("a", encoding="utf-8") as stream:
            stream.write(step.markdown(digest, summary))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    sys.stdout.write(sweeptext.text(digest, summary, Palette.of(sys.stdout), width))
    sys.stdout.write(f"{visible(str(out / 'report.html'))}\n")
