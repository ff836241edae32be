"""Tasks side by side: all are done, whatever workers die."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import pytest

from bot.ground import Order
from bot.sweep.engine import Do, Lane, work
from bot.sweep.record import Record, State
from bot.sweep.work import Task


def _tasks(count: int) -> Iterator[tuple[int, Task]]:
    yield from map(_task, range(count))


def _task(number: int) -> tuple[int, Task]:
    return number, Task(Order(f"o/r{number}", None), "https://api.example", f"c{number}")


def _do(task: Task) -> tuple[Record, ...]:
    return (Record(task.order.repository, State.NOTHING),)


Told = dict[int, tuple[Record, ...]]


def _done(pool: Executor, do: Do, tasks: Iterator[tuple[int, Task]], most: int = 8) -> Told:
    told: Told = {}
    work(Lane(pool, do, most, tasks, told.__setitem__))
    return told


def test_all_are_done_and_come_with_what_they_were_given() -> None:
    with ThreadPoolExecutor(3) as pool:
        told = _done(pool, _do, _tasks(50))
    assert told == {at: (Record(f"o/r{at}", State.NOTHING),) for at in range(50)}


def test_there_may_be_none() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert _done(pool, _do, _tasks(0)) == {}


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
        told = _done(pool, do, _tasks(3))
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
    told = _done(_Pool(_cancel), _do, _tasks(2))
    assert [records[0].state for records in told.values()] == [State.NOTHING] * 2


def _broken(_future: Future[Any], _task: Task) -> None:
    raise RuntimeError("it takes no more")


def test_a_pool_that_takes_none_is_told_for_each() -> None:
    told = _done(_Pool(_broken), _do, _tasks(3))
    assert [records[0].state for records in told.values()] == [State.FAILED] * 3


def test_no_more_are_taken_than_soon_get_their_turn() -> None:
    taken = 0

    def tasks() -> Iterator[tuple[int, Task]]:
        nonlocal taken
        for one in _tasks(1000):
            taken += 1
            yield one

    ahead: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        work(Lane(pool, _do, 8, tasks(), lambda *_: ahead.append(taken - len(ahead) - 1)))
    assert len(ahead) == 1000
    assert max(ahead) < 8


def test_the_first_that_ends_is_told_first() -> None:
    gate = threading.Event()

    def do(task: Task) -> tuple[Record, ...]:
        if task.order.repository == "o/r0":
            gate.wait(10)
        return _do(task)

    order = []

    def ended(at: int, _: tuple[Record, ...]) -> None:
        order.append(at)
        if len(order) == 4:
            gate.set()

    with ThreadPoolExecutor(2) as pool:
        work(Lane(pool, do, 8, _tasks(5), ended))
    assert order[-1] == 0


def test_what_goes_wrong_with_the_tasks_is_raised() -> None:
    def tasks() -> Iterator[tuple[int, Task]]:
        yield from _tasks(1)
        raise ValueError("no more")

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="no more"):
        _done(pool, _do, tasks())


def test_a_lane_goes_on_with_what_one_before_it_has_ended() -> None:
    """Each task of the second begins as soon as its own of the first is done, and no sooner."""
    order: list[str] = []
    ready: list[int] = []

    def follow() -> Iterator[tuple[int, Task] | None]:
        while ready or not first.over:
            yield _task(ready.pop(0)) if ready else None

    def ended(at: int, _: tuple[Record, ...]) -> None:
        order.append(f"first {at}")
        ready.append(at)

    with ThreadPoolExecutor(2) as pool:
        first = Lane(pool, _do, 1, _tasks(3), ended)
        work(first, Lane(pool, _do, 1, follow(), lambda at, _: order.append(f"second {at}")))
    assert sorted(order) == sorted(
        f"{which} {at}" for which in ("first", "second") for at in range(3)
    )
    assert all(order.index(f"first {at}") < order.index(f"second {at}") for at in range(3))
    assert order.index("second 0") < order.index("first 2")
