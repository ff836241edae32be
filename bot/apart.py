"""Analysis in a process of its own, which holds no token and can be ended.

The process is started afresh, not forked: what its parent knows is not in its memory, and
:func:`bot.forge.auth.from_environment` has taken the token out of the environment.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType

from bot.life.contexts import Push
from bot.settings import Settings
from bot.snapshot import Snapshot, Study, study

PATIENCE = 120.0
"""Seconds for one analysis of a repository. (The largest known takes two.)"""


_Asked = tuple[Snapshot, Settings, frozenset[str], Push]


class ApartError(Exception):
    """The analysis came to no end; the message is one sentence without the repository's name."""


@dataclass(slots=True)
class Apart:
    """Processes for analyses, each of which does one at a time; a context manager.

    Threads may share it: who finds no process idle waits for one.

    Attributes:
        processes: how many there may be; one is started only when it is needed.
        patience: seconds for one analysis.
    """

    processes: int = 1
    patience: float = PATIENCE
    _idle: queue.LifoQueue[_Process] = field(default_factory=queue.LifoQueue, init=False)

    def __post_init__(self) -> None:
        for _ in range(self.processes):
            self._idle.put(_Process())

    def start(self) -> None:
        """Start a process, if none runs yet that is idle.

        It takes half a second until it can be used, in which the caller can do something else.
        """
        with suppress(queue.Empty):
            process = self._idle.get_nowait()
            try:
                process.start()
            finally:
                self._idle.put(process)

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _ in range(self.processes):
            self._idle.get().end()

    def study(
        self, snapshot: Snapshot, settings: Settings, refused: frozenset[str], push: Push
    ) -> Study:
        """See :func:`bot.snapshot.study`.

        Raises:
            ApartError: it took too long, or the process died.
        """
        process = self._idle.get()
        try:
            return process.study((snapshot, settings, refused, push), self.patience)
        finally:
            # The one that is warm is the next one's.
            self._idle.put(process)


@dataclass(slots=True)
class _Process:
    """One of them; whoever took it has it alone."""

    _here: Connection | None = field(default=None, init=False)
    _process: BaseProcess | None = field(default=None, init=False)

    def start(self) -> Connection:
        """Start it, if it does not run yet; the way to it."""
        if self._here is None:
            context = multiprocessing.get_context("spawn")
            self._here, there = context.Pipe()
            self._process = context.Process(target=_serve, args=(there,), daemon=True)
            self._process.start()
            there.close()
        return self._here

    def study(self, asked: _Asked, patience: float) -> Study:
        """Have it done there."""
        what = "its analysis ended the process that it ran in"
        there = self.start()
        with suppress(EOFError, OSError):
            there.send(asked)
            if there.poll(patience):
                found = there.recv()
                assert isinstance(found, Study)  # noqa: S101 - nothing else is sent
                return found
            what = f"its analysis took longer than {patience:.0f} seconds"
        self.end()
        raise ApartError(f"{what}; exclude the workflow that causes it, and report it")

    def end(self) -> None:
        """End it; the next analysis starts it anew."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._here is not None:
            self._here.close()
        self._process = self._here = None


def _serve(parent: Connection) -> None:
    """Answer until the parent is gone."""
    # Who types Ctrl+C means the parent, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            parent.send(study(*parent.recv()))
