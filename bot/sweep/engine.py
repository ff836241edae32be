"""Many tasks side by side, by whatever :class:`concurrent.futures.Executor` is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from bot.sweep.journalfile import JournalError
from bot.sweep.record import Record, State
from bot.sweep.work import Task

T = TypeVar("T")
Do = Callable[[Task], tuple[Record, ...]]

AHEAD = 4
"""Tasks a worker that are handed over before one of them has ended: so that none ever idles, and
ten thousand never wait in memory."""
_ATTEMPTS = 3
"""Times that a task is given out whose worker died."""


@dataclass(slots=True)
class Lane(Generic[T]):
    """Tasks that are done side by side, and begun in the order in which they come.

    Attributes:
        tasks: each with what it came with; None while there is none, and there may be one as soon
            as something has ended.
        most: tasks that are handed over at a time.
        ended: is given what a task came with, and its records.
        taken: whether no more tasks come.
    """

    executor: Executor
    do: Do
    most: int
    tasks: Iterator[tuple[T, Task] | None]
    ended: Callable[[T, tuple[Record, ...]], None]
    taken: bool = field(default=False, init=False)
    _going: int = field(default=0, init=False)

    @property
    def over(self) -> bool:
        """Whether all tasks have ended, and no more come."""
        return self.taken and not self._going

    def next(self) -> tuple[T, Task] | None:
        """The task that can be begun now."""
        if self.taken or self._going >= self.most:
            return None
        try:
            found = next(self.tasks)
        except StopIteration:
            self.taken = True
            return None
        self._going += found is not None
        return found

    def end(self, what: T, records: tuple[Record, ...]) -> None:
        """A task has ended."""
        self._going -= 1
        self.ended(what, records)

    def give(self, task: Task) -> Future[tuple[Record, ...]]:
        """Hand a task over; one that nobody takes has failed."""
        try:
            return self.executor.submit(self.do, task)
        except Exception as error:  # noqa: BLE001 - a pool whose process has died takes no more
            refused: Future[tuple[Record, ...]] = Future()
            refused.set_exception(error)
            return refused


def work(*lanes: Lane[Any]) -> None:
    """Do the tasks of all lanes; one that waits for others stands behind them.

    A task whose worker died is given out again, three times in all.
    """
    going: dict[Future[tuple[Record, ...]], tuple[Lane[Any], Any, Task]] = {}
    while True:
        for lane in lanes:
            while (taken := lane.next()) is not None:
                going[lane.give(taken[1])] = (lane, *taken)
        if not going:
            return
        ended, _ = wait(going, return_when=FIRST_COMPLETED)
        for future in ended:
            lane, what, task = going.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if isinstance(error, JournalError):
                raise error
            if error is None:
                lane.end(what, future.result())
            elif task.attempt + 1 < _ATTEMPTS:
                again = replace(task, attempt=task.attempt + 1)
                going[lane.give(again)] = (lane, what, again)
            else:
                why = f"the worker that had it failed ({type(error).__name__}); run it again"
                failed = Record(task.order.repository, State.FAILED, task.head, why=why)
                lane.end(what, (failed,))
