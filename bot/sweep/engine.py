"""Many tasks side by side, by whatever :class:`concurrent.futures.Executor` is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import replace
from typing import TypeVar

from bot.sweep.record import Record, State
from bot.sweep.work import Task

T = TypeVar("T")
Do = Callable[[Task], tuple[Record, ...]]

_ATTEMPTS = 3
"""Times that a task is given out whose worker died."""
_AHEAD = 4
"""Tasks a worker that are handed over before one of them has ended: so that none ever idles, and
ten thousand never wait in memory."""


def done(
    executor: Executor, do: Do, tasks: Iterable[tuple[T, Task]], workers: int
) -> Iterator[tuple[T, tuple[Record, ...]]]:
    """Do tasks, and give the records of each as it ends, with what it came with.

    A task whose worker died is given out again, three times in all.
    """
    source = iter(tasks)
    going: dict[Future[tuple[Record, ...]], tuple[T, Task]] = {}
    more = True
    while more or going:
        while more and len(going) < workers * _AHEAD:
            taken = next(source, None)
            if taken is None:
                more = False
            else:
                going[_given(executor, do, taken[1])] = taken
        ended, _ = wait(going, return_when=FIRST_COMPLETED)
        for future in ended:
            what, task = going.pop(future)
            error = CancelledError() if future.cancelled() else future.exception()
            if error is None:
                yield what, future.result()
            elif task.attempt + 1 < _ATTEMPTS:
                again = replace(task, attempt=task.attempt + 1)
                going[_given(executor, do, again)] = (what, again)
            else:
                why = f"the worker that had it failed ({type(error).__name__}); run it again"
                yield what, (Record(task.order.repository, State.FAILED, task.head, why=why),)


def _given(executor: Executor, do: Do, task: Task) -> Future[tuple[Record, ...]]:
    """A task that is handed over; one that nobody takes has failed."""
    try:
        return executor.submit(do, task)
    except Exception as error:  # noqa: BLE001 - a pool whose process has died takes no more
        refused: Future[tuple[Record, ...]] = Future()
        refused.set_exception(error)
        return refused
