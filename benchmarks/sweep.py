"""What a sweep costs: the first one, a quiet night, a night with some changes, and the limits.

Usage: python benchmarks/sweep.py FOLDER [--first 100 1000] [--night 10000] [--paced 41]
                                  [--dask 100]

FOLDER is any folder with repositories below it; each repository on the stand-in gets the workflows
of one of them. GitHub is the stand-in of the tests, with a real git behind it, in this process and
on this machine: it takes a share of the processors, and seconds hold no network but where that is
said.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot import __version__
from bot.forge.auth import TokenKind
from bot.forge.limiter import Limiter
from bot.sweep.discover import Sources, discover
from bot.sweep.journal import Journal
from bot.sweep.lister import Lister
from bot.sweep.record import Record, State, from_line
from tests.forge.answers import Answer
from tests.forge.github import GitHub
from tests.forge.service import Incoming
from tests.sweep.conftest import Fixed

_TOKEN = "ghp_" + "b" * 36
_BRANCH = "clearance/permissions"
_SETTINGS = """\
content_per_minute: {per_minute}
content_per_hour: 100000
sweep:
  organisations: [acme]
  canaries: 0
"""
_FREE = 100_000
"""Changes a minute that are as good as no limit."""
_LATENCY = 0.1
_PACE = 8
"""Changes a minute: 500 an hour, which GitHub allows, are as many."""

Files = dict[str, str]


class Cost(NamedTuple):
    """What a sweep cost.

    Attributes:
        memory: MB that the largest of its processes had at most.
    """

    seconds: float
    cpu: float
    calls: int
    fetches: int
    git_bytes: int
    changes: int
    memory: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sweep has its settings, its journal and its reports."""

    folder: Path
    per_minute: int = _FREE
    engine: str = ""

    @property
    def settings(self) -> str:
        """The text of the settings."""
        return _SETTINGS.format(per_minute=self.per_minute) + self.engine

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.sqlite"

    def sweep(self, hub: GitHub, *more: str) -> Cost:
        """Sweep as a user does, in a process of its own."""
        config = self.folder / "settings.yml"
        config.write_text(self.settings)
        words = (
            "sweep",
            "--config",
            str(config),
            "--journal",
            str(self.journal),
            "--out",
            str(self.out),
        )
        environ = {**os.environ, **hub.environment(_TOKEN), "TMPDIR": str(self.folder)}
        environ["XDG_CACHE_HOME"] = str(self.folder / "cache")
        hub.calls.clear()
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *words, *more],
            env=environ,
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            failed = [one for one in self.records() if one.state is State.FAILED]
            print(f"it ended with {process.returncode}:", *(one.why for one in failed[:5]))
        calls = hub.calls
        fetches = sum(one.path.endswith("info/refs?service=git-upload-pack") for one in calls.git)
        changes = sum(one.writes and one.kind == "rest" for one in calls.api)
        return Cost(
            seconds,
            used.ru_utime + used.ru_stime,
            len(calls.api),
            fetches,
            calls.git_bytes,
            changes,
            used.ru_maxrss / 1000,
        )

    @property
    def out(self) -> Path:
        """The folder of the reports."""
        return self.folder / "out"

    def records(self) -> Iterator[Record]:
        """What the last sweep has told."""
        with (self.out / "records.jsonl").open(encoding="utf-8") as stream:
            yield from map(from_line, stream)


def main() -> None:
    """Measure, and print tables."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("folder", type=Path, help="repositories to draw workflows from")
    arguments.add_argument("--first", type=int, nargs="*", default=[100, 1000])
    arguments.add_argument("--night", type=int, nargs="*", default=[100, 1000, 10_000])
    arguments.add_argument("--paced", type=int, nargs="*", default=[41])
    arguments.add_argument("--dask", type=int, nargs="*", default=[100])
    chosen = arguments.parse_args()
    corpus = tuple(_corpus(chosen.folder))
    print(f"{len(corpus)} repositories to draw from, {len(os.sched_getaffinity(0))} processors\n")
    if chosen.first:
        _table("first sweep", (row for count in chosen.first for row in _first(corpus, count)))
    if chosen.night:
        _table("night", (row for count in chosen.night for row in _nights(corpus, count)))
    for count in chosen.paced:
        _paced(corpus, count)
    if chosen.dask:
        _table("scan", (row for count in chosen.dask for row in _engines(corpus, count)))


def _corpus(folder: Path) -> Iterator[Files]:
    """The workflows of each repository of a folder, by path."""
    for inner in sorted(folder.glob("**/.github/workflows")):
        files = {
            f".github/workflows/{path.name}": path.read_text("utf-8", errors="replace")
            for path in sorted(inner.glob("*.y*ml"))
            if path.is_file()
        }
        if files:
            yield files


def _table(name: str, rows: Iterable[tuple[str, int, Cost]]) -> None:
    print(
        f"| {name} | repositories | seconds | s of processors a repository | calls "
        "| calls a repository | fetches | KB of git a repository | changes | MB |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for title, count, cost in rows:
        print(
            f"| {title} | {count:,} | {cost.seconds:.1f} | {cost.cpu / count:.3f} "
            f"| {cost.calls:,} | {cost.calls / count:.2f} | {cost.fetches:,} "
            f"| {cost.git_bytes / count / 1000:.1f} | {cost.changes:,} | {cost.memory:.0f} |",
            flush=True,
        )
    print()


def _first(corpus: Sequence[Files], count: int) -> Iterator[tuple[str, int, Cost]]:
    """The first sweep, and the one after it."""
    with _github(corpus, count) as hub, tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        yield "the first", count, place.sweep(hub)
        yield "the second", count, place.sweep(hub)
        yield "the third", count, place.sweep(hub)


@contextmanager
def _github(corpus: Sequence[Files], count: int) -> Iterator[GitHub]:
    with GitHub() as hub:
        hub.limits.core = hub.limits.graphql = 10_000_000
        hub.token(_TOKEN)
        for number, files in enumerate(islice(cycle(corpus), count)):
            hub.light(f"acme/r{number:05}", files)
        yield hub


def _nights(corpus: Sequence[Files], count: int) -> Iterator[tuple[str, int, Cost]]:
    """A night in which nothing changed, and one in which one of a hundred did."""
    with _github(corpus[:1], count) as hub, tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        _remember(hub, place, _record(corpus[0]))
        yield "quiet", count, place.sweep(hub)
        for number in range(0, count, 100):
            repo = hub.world.find(f"acme/r{number:05}")[0]
            assert repo is not None  # noqa: S101 - it was just made
            repo.human.push({".github/workflows/new.yml": "on: push\njobs: {}\n"})
        yield "one of a hundred changed", count, place.sweep(hub)


def _record(files: Files) -> Record:
    """What a sweep tells of a repository with these files."""
    with _github([files], 1) as hub, tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.sweep(hub)
        return next(place.records())


def _remember(hub: GitHub, place: Place, record: Record) -> None:
    """Write the journal that the night before has left: all looked at, and right as it is."""
    client = Lister(
        Fixed(_TOKEN, TokenKind.CLASSIC), "acme/*", api_url=hub.api_url, limiter=Limiter()
    )
    digest = hashlib.sha256(place.settings.encode()).hexdigest()[:12]
    with Journal(place.journal) as journal:
        sweep = journal.begin(__version__, digest)
        for found in discover(client, Sources(("acme",)), (_BRANCH,)):
            kept = replace(record, repository=found.repository, state=State.RIGHT, head=found.head)
            journal.keep(sweep, found, (kept,), __version__, digest, (_BRANCH,))
        journal.end(sweep)


def _engines(corpus: Sequence[Files], count: int) -> Iterator[tuple[str, int, Cost]]:
    """The same scan by four threads here, and by two processes of Dask with two threads each."""
    with _github(corpus, count) as hub, tempfile.TemporaryDirectory() as folder:
        here, there = Path(folder) / "here", Path(folder) / "there"
        here.mkdir()
        there.mkdir()
        threads = Place(here, engine="  workers: 4\n")
        yield "threads", count, threads.sweep(hub, "--dry-run")
        with _cluster(there, hub) as (address, used):
            engine = f"  workers: 4\n  executor: dask\n  scheduler: {address}\n"
            cost = Place(there, engine=engine).sweep(hub, "--dry-run")
        yield "dask", count, cost._replace(cpu=cost.cpu + sum(used))


@contextmanager
def _cluster(folder: Path, hub: GitHub) -> Iterator[tuple[str, list[float]]]:
    """The address of a scheduler of two workers; then what seconds of processors each took."""
    told = folder / "scheduler.json"
    environ = {**os.environ, **hub.environment(_TOKEN), "XDG_CACHE_HOME": str(folder / "cache")}
    common = ("--scheduler-file", str(told), "--host", "127.0.0.1", "--no-dashboard")
    kinds = (("scheduler", "--port", "0"), *(("worker", "--nthreads", "2", "--no-nanny"),) * 2)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words, *common],
            env=environ,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for kind, *words in kinds
    ]
    used: list[float] = []
    try:
        while not (told.exists() and told.read_text().strip()):
            time.sleep(0.05)
        yield json.loads(told.read_text())["address"], used
    finally:
        for process in reversed(processes):
            process.terminate()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            used.append(usage.ru_utime + usage.ru_stime)


def _paced(corpus: Sequence[Files], count: int) -> None:
    """How long it takes, beside the time that the limit alone allows."""
    with _github(corpus, count) as hub, tempfile.TemporaryDirectory() as folder:
        handle = hub._service.handle

        def late(incoming: Incoming) -> Answer | None:
            time.sleep(_LATENCY)
            return handle(incoming)

        hub._service.handle = late  # type: ignore[method-assign]
        cost = Place(Path(folder), _PACE).sweep(hub)
        allowed = (cost.changes - 1) // _PACE * 60
        print(
            f"{count} repositories, {cost.changes} changes at {_PACE} a minute, each call "
            f"{_LATENCY * 1000:.0f} ms late: {cost.seconds:.0f} s, of which the limit alone takes "
            f"{allowed} s; ratio {cost.seconds / max(allowed, 1):.2f}"
        )


if __name__ == "__main__":
    main()
