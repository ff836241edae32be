"""Tasks side by side: all are done, whatever workers die."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.ground import Order
from bot.sweep.engine import done
from bot.sweep.record import Record, State
from bot.sweep.work import Task


def _tasks(count: int) -> Iterator[tuple[int, Task]]:
    for number in range(count):
        yield number, Task(Order(f"o/r{number}", None), "https://api.example", f"c{number}")


def _do(task: Task) -> tuple[Record, ...]:
    return (Record(task.order.repository, State.NOTHING),)


def test_all_are_done_and_come_with_what_they_were_given() -> None:
    with ThreadPoolExecutor(3) as pool:
        told = dict(done(pool, _do, _tasks(50), 3))
    assert told == {at: (Record(f"o/r{at}", State.NOTHING),) for at in range(50)}


def test_there_may_be_none() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert list(done(pool, _do, _tasks(0), 1)) == []


@pytest.mark.parametrize(("fails", "state"), [(2, State.NOTHING), (3, State.FAILED)])
def test_a_task_whose_worker_died_is_given_out_three_times(fails: int, state: State) -> None:
    tries: Counter[str] = Counter()

    def do(task: Task) -> tuple[Record, ...]:
        name = task.order.repository
        assert task.attempt == tries[name]
        tries[name] += 1
        if name == "o/r1" and tries[name] <= fails:
            raise MemoryError
        return _do(task)

    with ThreadPoolExecutor(2) as pool:
        told = dict(done(pool, do, _tasks(3), 2))
    assert {at: records[0].state for at, records in told.items()} == {
        0: State.NOTHING,
        1: state,
        2: State.NOTHING,
    }
    assert tries == {"o/r0": 1, "o/r1": 3, "o/r2": 1}
    if state is State.FAILED:
        assert told[1][0].head == "c1"
        assert told[1][0].why == "the worker that had it failed (MemoryError); run it again"


class _Pool(Executor):
    """Gives each task an answer of its own, at once."""

    def __init__(self, answer: Callable[[Future[Any], Task], object]) -> None:
        self.answer = answer

    def submit(self, do: Any, task: Task) -> Future[Any]:  # type: ignore[override]  # noqa: ARG002
        future: Future[Any] = Future()
        self.answer(future, task)
        return future


def _cancel(future: Future[Any], task: Task) -> None:
    if task.attempt == 0:
        future.cancel()
        future.set_running_or_notify_cancel()
    else:
        future.set_result(_do(task))


def test_a_task_that_was_cancelled_is_given_out_again() -> None:
    told = dict(done(_Pool(_cancel), _do, _tasks(2), 1))
    assert [records[0].state for records in told.values()] == [State.NOTHING] * 2


def _broken(_future: Future[Any], _task: Task) -> None:
    raise RuntimeError("it takes no more")


def test_a_pool_that_takes_none_is_told_for_each() -> None:
    told = dict(done(_Pool(_broken), _do, _tasks(3), 1))
    assert [records[0].state for records in told.values()] == [State.FAILED] * 3


def test_no_more_are_taken_than_soon_get_their_turn() -> None:
    taken = 0

    def tasks() -> Iterator[tuple[int, Task]]:
        nonlocal taken
        for one in _tasks(1000):
            taken += 1
            yield one

    most = 0
    with ThreadPoolExecutor(2) as pool:
        for ended, _ in enumerate(done(pool, _do, tasks(), 2), 1):
            most = max(most, taken - ended)
    assert most <= 8


def test_the_first_that_ends_is_told_first() -> None:
    gate = threading.Event()

    def do(task: Task) -> tuple[Record, ...]:
        if task.order.repository == "o/r0":
            gate.wait(10)
        return _do(task)

    order = []
    with ThreadPoolExecutor(2) as pool:
        for at, _ in done(pool, do, _tasks(5), 2):
            order.append(at)
            if len(order) == 4:
                gate.set()
    assert order[-1] == 0


def test_what_goes_wrong_with_the_tasks_is_raised() -> None:
    def tasks() -> Iterator[tuple[int, Task]]:
        yield from _tasks(1)
        raise ValueError("no more")

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="no more"):
        list(done(pool, _do, tasks(), 1))
