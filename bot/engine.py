"""Repositories → a report on every workflow, on all processors, whatever single files do."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from bot.analysis import FileReport, analyse
from bot.files import Checkout, FilesError
from bot.options import TRACEBACK
from bot.permissions.world import World
from bot.remedies.rules import Rules
from bot.targets import Repository, origin

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

T = TypeVar("T")

_WORTH_A_PROCESS = 40
"""Files: for fewer of them a second process costs more than it saves."""
_MOST_PROCESSES = 4
"""Each takes some 60 MB."""
_CHUNK = 16
"""Files handed out at a time: a repository's stay together, since they share what it reads."""
_PATIENCE = 60.0
"""Seconds without any result after which what is being read is given up."""

Task = Callable[[Repository, FileReport], T]
"""What is made of a report, in the process that made it; its result is sent, so it is small."""


class Source(Protocol):
    """Where workflow files are read from."""

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes; raises :class:`FilesError`."""


Look = Callable[[World, str, bytes, Rules], FileReport]
""":func:`analyse`, or :func:`bot.analysis.judge` where nothing is to be rewritten."""


def examine(
    world: World, source: Source, path: str, rules: Rules, look: Look = analyse
) -> FileReport:
    """Look at one file; nothing that is in it can raise."""
    try:
        return look(world, path, source.read_bytes(path), rules)
    except FilesError as error:
        return FileReport(path, problem=str(error))
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        return FileReport(path, problem=_failure(error))


def _failure(error: Exception) -> str:
    """A fault of the program as a file's problem; raises it where a developer asks for it."""
    if os.environ.get(TRACEBACK):
        raise error
    return f"the program failed on it ({type(error).__name__})"


def run(
    repositories: Sequence[Repository], task: Task[T], look: Look = analyse
) -> Iterator[tuple[Repository, T]]:
    """Look at all files of the repositories, and give each report to ``task``.

    Results come in the order of the repositories and their files. A file whose process dies, or
    that takes longer than a minute, becomes a report with that problem.
    """
    total = sum(len(one.workflows) for one in repositories)
    processes = min(_processors(), _MOST_PROCESSES, total // (_WORTH_A_PROCESS // 2))
    if processes < 2:
        for one in repositories:
            yield from ((one, result) for result in _results(one, one.workflows, task, look))
        return
    yield from _Pool(processes, task, look).results(list(_chunks(repositories)))


def _processors() -> int:
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _results(
    repository: Repository, paths: Sequence[str], task: Task[T], look: Look
) -> Iterator[T]:
    checkout = Checkout(repository.root)
    world = World(checkout, origin=origin(checkout))
    rules = repository.settings.rules()
    for path in paths:
        report = examine(world, checkout, path, rules, look)
        try:
            result = task(repository, report)
        except Exception as error:  # noqa: BLE001 - as in examine
            result = task(repository, FileReport(path, problem=_failure(error)))
        yield result


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Files of one repository; ``first`` is the number of the first of them among all."""

    first: int
    repository: Repository
    paths: tuple[str, ...]

    def behind(self, done: int) -> _Chunk:
        """The chunk without its first files."""
        return replace(self, first=self.first + done, paths=self.paths[done:])


def _chunks(repositories: Iterable[Repository]) -> Iterator[_Chunk]:
    first = 0
    for one in repositories:
        bare = replace(one, workflows=())
        for at in range(0, len(one.workflows), _CHUNK):
            paths = one.workflows[at : at + _CHUNK]
            yield _Chunk(first, bare, paths)
            first += len(paths)


@dataclass(slots=True)
class _Worker:
    """A process, the pipe to it, and what it has left to do."""

    process: BaseProcess
    pipe: Connection
    chunk: _Chunk | None = None


class _Pool(Generic[T]):
    """Processes that are fed chunks of files, one chunk at a time."""

    def __init__(self, processes: int, task: Task[T], look: Look) -> None:
        import multiprocessing

        self._processes = processes
        self._task = task
        self._look = look
        # A forked process has all modules already; elsewhere than on Linux a fork is not safe.
        method = "fork" if sys.platform == "linux" else "spawn"
        self._context: BaseContext = multiprocessing.get_context(method)
        self._workers: list[_Worker] = []

    def results(self, chunks: list[_Chunk]) -> Iterator[tuple[Repository, T]]:
        """The results of all chunks in their order."""
        owners = [chunk.repository for chunk in chunks for _ in chunk.paths]
        left = chunks[::-1]
        ready: dict[int, T] = {}
        following = 0
        try:
            while following < len(owners):
                self._feed(left)
                ready.update(self._received(left))
                while following in ready:
                    yield owners[following], ready.pop(following)
                    following += 1
        finally:
            for worker in self._workers:
                self._end(worker)

    def _feed(self, left: list[_Chunk]) -> None:
        """Hand a chunk to each process that has none; start those that are not there."""
        while left and len(self._workers) < self._processes:
            self._workers.append(self._start())
        for worker in self._workers:
            if worker.chunk is None and left:
                worker.chunk = left.pop()
                with contextlib.suppress(OSError):  # it is dead; reading from it will tell
                    worker.pipe.send(worker.chunk)

    def _start(self) -> _Worker:
        here, there = self._context.Pipe()
        process = self._context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(there, self._task, self._look), daemon=True
        )
        process.start()
        there.close()
        return _Worker(process, here)

    def _end(self, worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()

    def _received(self, left: list[_Chunk]) -> Iterator[tuple[int, T]]:
        """Wait for results; a process that died or hangs gives up the file it was reading."""
        from multiprocessing.connection import wait

        busy = {worker.pipe: worker for worker in self._workers if worker.chunk is not None}
        answered = wait(list(busy), _PATIENCE)
        for pipe in answered:
            worker = busy[pipe]  # type: ignore[index]
            assert worker.chunk is not None  # noqa: S101
            try:
                result = worker.pipe.recv()
            except (EOFError, OSError):
                yield self._given_up(worker, left, "the program died of it")
                continue
            yield worker.chunk.first, result
            worker.chunk = worker.chunk.behind(1) if len(worker.chunk.paths) > 1 else None
        if not answered:
            for worker in busy.values():
                yield self._given_up(worker, left, f"it took more than {_PATIENCE:.0f} seconds")

    def _given_up(self, worker: _Worker, left: list[_Chunk], why: str) -> tuple[int, T]:
        """Replace a process; the file that it was reading has a problem, the others are kept."""
        chunk = worker.chunk
        assert chunk is not None  # noqa: S101
        self._workers.remove(worker)
        self._end(worker)
        if len(chunk.paths) > 1:
            left.append(chunk.behind(1))
        report = FileReport(chunk.paths[0], problem=why)
        return chunk.first, self._task(chunk.repository, report)


def _serve(pipe: Connection, task: Task[T], look: Look) -> None:
    """The life of a process: chunks in, results out, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    gc.disable()  # as in the parent; see bot.cli
    with contextlib.suppress(EOFError, OSError):
        while True:
            chunk: _Chunk = pipe.recv()
            for result in _results(chunk.repository, chunk.paths, task, look):
                pipe.send(result)
