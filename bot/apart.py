"""Analysis in a process of its own, which holds no token and can be ended.

The process is started afresh, not forked: what its parent knows is not in its memory, and
:func:`bot.forge.auth.from_environment` has taken the token out of the environment.
"""

from __future__ import annotations

import multiprocessing
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


class ApartError(Exception):
    """The analysis came to no end; the message is one sentence without the repository's name."""


@dataclass(slots=True)
class Apart:
    """One process for analyses, one after the other; a context manager.

    It takes half a second to start, in which its parent can do something else.
    """

    patience: float = PATIENCE
    _here: Connection = field(init=False)
    _process: BaseProcess = field(init=False)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def __enter__(self) -> Apart:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.join()
        self._here.close()

    def study(
        self, snapshot: Snapshot, settings: Settings, refused: frozenset[str], push: Push
    ) -> Study:
        """See :func:`bot.snapshot.study`.

        Raises:
            ApartError: it took too long, or the process died.
        """
        what = "its analysis ended the process that it ran in"
        with suppress(EOFError, OSError):
            self._here.send((snapshot, settings, refused, push))
            if self._here.poll(self.patience):
                found = self._here.recv()
                assert isinstance(found, Study)  # noqa: S101 - nothing else is sent
                return found
            what = f"its analysis took longer than {self.patience:.0f} seconds"
        self._process.kill()
        raise ApartError(f"{what}; exclude the workflow that causes it, and report it")


def _serve(parent: Connection) -> None:
    """Answer until the parent is gone."""
    # Who types Ctrl+C means the parent, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            parent.send(study(*parent.recv()))
