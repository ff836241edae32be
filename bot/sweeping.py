"""``clearance sweep``: values in, reports and texts out, an exit code back."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from bot import config
from bot.apart import Apart
from bot.commands import Exit, complain
from bot.config import SettingsError
from bot.forge import auth, place, redact
from bot.forge.cache import Cache
from bot.forge.errors import ForgeError
from bot.online import page
from bot.remote import api_url
from bot.report import html, step, sweepsarif, sweeptext
from bot.report.digest import Digest
from bot.report.escape import visible
from bot.report.lines import read
from bot.report.palette import Palette
from bot.review.fetching import Desk
from bot.run import strands_of
from bot.sweep import engine
from bot.sweep import standing as standings
from bot.sweep.discover import Sources
from bot.sweep.found import Found
from bot.sweep.journal import Journal, JournalError
from bot.sweep.lister import Lister
from bot.sweep.record import Record, State, Summary, to_line
from bot.sweep.settings import SweepSettings
from bot.sweep.sweep import Plan, Sweeper
from bot.sweep.waves import Standing
from bot.sweep.work import Worker, afar, worker

_ANALYSES = 4
"""Repositories that are analysed at a time here; each takes a process."""
_LOOK_BACK = timedelta(days=14)
"""Merged pull requests that are younger are looked at for what came after."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``clearance sweep`` was asked for.

    Attributes:
        config: the operator's file.
        journal: where the journal is; None is in the user's folder.
        out: the folder for the reports.
        shard: ``3/8``, counted from 1; empty for all.
        go: the canaries need not be waited for.
    """

    config: str
    journal: str | None
    out: str
    shard: str = ""
    dry: bool = False
    resume: bool = False
    go: bool = False


def sweep(wish: Wish) -> Exit:
    """Go through all repositories of the settings; 1 where some failed."""
    redact.install()
    try:
        shard = _shard(wish.shard)
        text = Path(wish.config).read_text("utf-8")
        told = config.sweep(text)
        _require(told)
        with ExitStack() as stack:
            return _Night(wish, text, told, shard, stack).sweep()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        complain(
            str(getattr(error, "filename", None) or wish.config), f"it can't be read ({reason})"
        )
    except (ForgeError, SettingsError, JournalError, ValueError) as error:
        complain("sweep", str(error))
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
        raise ValueError(
            "the settings name no repositories; write organisations, users, repositories, "
            "installation or search under sweep"
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
        chosen = config.layered(self.text, None)
        credentials = auth.from_environment(os.environ, server)
        mine = worker(self.text, server, _ANALYSES, credentials)
        self.stack.callback(mine.close)
        home = next(iter((*self.told.organisations, *self.told.users)), "")
        first = f"{home}/{auth.ALL}" if home else next(iter(self.told.repositories), "x/x")
        client = Lister(credentials, first, api_url=server, limiter=mine.limiter)
        journal = self.stack.enter_context(Journal(self._journal()))
        out = Path(self.wish.out)
        out.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:12]
        plan = Plan(
            self.text,
            self.told,
            digest,
            tuple(one.branch for one in strands_of(chosen)),
            server,
            dry=self.wish.dry,
            shard=self.shard,
            resume=self.wish.resume,
            told=self.wish.go,
            public=place.is_public(os.environ),
            page=page(),
        )
        seen: dict[str, tuple[str, ...]] = {}

        def standing(found: Iterable[Found]) -> Standing:
            apart = self.stack.enter_context(Apart())
            login = standings.viewer(client)
            desk = Desk(client, apart, Cache(), self.text, frozenset({login}))
            since = (started - _LOOK_BACK).date().isoformat()
            told = standings.look(desk, list(found), plan.branches[0], login, since)
            seen.update(told.alarms)
            return told.standing

        with _lines(out / "records.jsonl") as stream:
            tell = _Teller(stream, Digest(), seen)
            sweeper = Sweeper(plan, client, mine, self._scanner(mine), journal, standing, tell.tell)
            sweeper.sweep()
        calls = client.calls + tell.calls
        seconds = round(time.monotonic() - began, 1)
        summary = Summary(
            f"{started:%Y-%m-%dT%H:%M:%SZ}",
            seconds,
            {str(state): count for state, count in tell.digest.states.items()},
            calls,
            round(mine.limiter.waited, 1),
            standings.limits(client),
        )
        _reports(out, tell.digest, summary)
        failed = tell.digest.states[State.FAILED] or tell.digest.alarmed
        return Exit.FINDINGS if failed else Exit.DONE

    def _journal(self) -> Path:
        if self.wish.journal is not None:
            return Path(self.wish.journal)
        from platformdirs import user_state_path

        folder = user_state_path("clearance", appauthor=False)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "journal.sqlite"

    def _scanner(self, mine: Worker) -> tuple[Executor, engine.Do]:
        if self.told.executor == "threads":
            threads = self.stack.enter_context(ThreadPoolExecutor(self.told.workers))
            return threads, mine.work
        try:
            from distributed import Client as Dask
        except ImportError:
            raise ValueError(
                "executor: dask needs the extra dask; pip install 'clearance-bot[dask]'"
            ) from None
        dask = self.stack.enter_context(Dask(self.told.scheduler))
        return dask.get_executor(pure=False), afar


@dataclass(slots=True)
class _Teller:
    """Writes records down as they come."""

    stream: TextIO
    digest: Digest
    alarms: dict[str, tuple[str, ...]]
    calls: int = 0

    def tell(self, record: Record) -> None:
        told = self.alarms.get(record.repository, ())
        kept = replace(record, alarms=(*record.alarms, *told))
        self.stream.write(f"{to_line(kept)}\n")
        self.digest.add(kept)
        self.calls += record.calls
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self.digest.records:,} repositories\x1b[K")


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
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


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
    sys.stdout.write(sweeptext.text(digest, summary, Palette.of(sys.stdout)))
    sys.stdout.write(f"{visible(str(out / 'report.html'))}\n")
