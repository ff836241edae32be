"""Calls never go out faster than GitHub takes them, whatever the threads do."""

from __future__ import annotations

import math
import threading
from contextlib import AbstractContextManager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forge.errors import Limited
from bot.forge.limiter import Clock, Cost, Limiter
from tests.forge_client.support import FakeClock

READ = Cost()
WRITE = Cost(write=True, content=True)
QUERY = Cost(graphql=True)
MUTATION = Cost(graphql=True, write=True, content=True)
MINT = Cost(write=True)


class World(FakeClock):
    """Calls that overlap in one thread: where the limiter waits for one to end, one does."""

    def __init__(self, limiter_of: dict[str, int], draw: st.DrawFn) -> None:
        super().__init__()
        self.draw = draw
        self.limiter = Limiter(clock=self, **limiter_of)
        self.flying: list[tuple[AbstractContextManager[None], Cost, float]] = []
        self.counted: list[float] = []
        self.most_at_once = 0

    def start(self, cost: Cost) -> None:
        slot = self.limiter.slot("a", cost, math.inf)
        slot.__enter__()
        self.flying.append((slot, cost, self.now))
        self.most_at_once = max(self.most_at_once, len(self.flying))

    def end(self, index: int) -> None:
        slot, cost, began = self.flying.pop(index % len(self.flying))
        slot.__exit__(None, None, None)
        if cost.content:
            # GitHub may count a call when it begins, when it ends, or anywhere in between.
            share = self.draw(st.sampled_from([0.0, 0.5, 1.0]))
            self.counted.append(began + share * (self.now - began))

    def wait(self, changed: threading.Condition, seconds: float) -> None:  # noqa: ARG002
        if self.flying and (seconds == math.inf or self.draw(st.booleans())):
            self.now += self.draw(st.sampled_from([0.0, 0.3, 7.0]))
            self.end(self.draw(st.integers(0, 9)))
        else:
            self.now += seconds


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any calls that begin and end in any order, with pauses between."""
    limits = {"concurrent": 3, "content_per_minute": 4, "content_per_hour": 9}
    world = World(limits, draw)
    steps = st.one_of(
        st.sampled_from([READ, WRITE, WRITE, QUERY, MUTATION]),
        st.integers(0, 9),
        st.sampled_from([0.0, 0.1, 1.0, 29.5, 59.9, 60.0, 1800.0]),
    )
    for step in draw(st.lists(steps, max_size=40)):
        if isinstance(step, Cost):
            world.start(step)
        elif isinstance(step, int):
            if world.flying:
                world.end(step)
        else:
            world.now += step
    while world.flying:
        world.end(0)
    return world


def most_within(moments: list[float], seconds: float) -> int:
    return max(
        (sum(start <= other < start + seconds for other in moments) for start in moments), default=0
    )


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_github_never_counts_too_many_wherever_in_a_call_it_counts(world: World) -> None:
    assert most_within(world.counted, 60.0) <= 4
    assert most_within(world.counted, 3600.0) <= 9
    assert world.most_at_once <= 3


@pytest.mark.parametrize(
    ("cost", "fit"),
    [
        pytest.param(READ, 900, id="a read is one of 900 points"),
        pytest.param(MINT, 180, id="a write is five of 900 points"),
        pytest.param(QUERY, 2000, id="a query is one of 2,000 points"),
        pytest.param(MUTATION, 80, id="a mutation is one of 80 changes"),
        pytest.param(WRITE, 80, id="a REST write is one of 80 changes"),
    ],
)
def test_so_many_fit_in_the_first_minute(cost: Cost, fit: int) -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)

    for _ in range(fit):
        with limiter.slot("a", cost, math.inf):
            pass
    assert clock.waits == []
    with limiter.slot("a", cost, math.inf):
        pass
    assert sum(clock.waits) == 60


def test_the_501st_change_waits_for_the_hour() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)

    for _ in range(501):
        with limiter.slot("a", WRITE, math.inf):
            pass
    assert clock.now == 3600


def test_points_of_rest_and_graphql_are_two_accounts() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    for _ in range(900):
        with limiter.slot("a", READ, math.inf):
            pass

    with limiter.slot("a", QUERY, math.inf):
        pass

    assert clock.waits == []


def test_a_hold_holds_its_account_alone() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    limiter.hold("a", 100)

    with limiter.slot("b", READ, math.inf):
        assert clock.now == 0
    with limiter.slot("a", READ, math.inf):
        assert clock.now == 100


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    limiter.hold("a", 100)
    limiter.hold("a", 10)

    with limiter.slot("a", READ, math.inf):
        assert clock.now == 100


@pytest.mark.parametrize("seconds", [60.0, 59.0])
def test_a_hold_up_to_the_deadline_is_waited_for(seconds: float) -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    limiter.hold("a", seconds)

    with limiter.slot("a", READ, 60.0):
        assert clock.now == seconds


def test_a_hold_beyond_the_deadline_is_told_at_once() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock, longest=120)
    limiter.hold("a", 600)

    with pytest.raises(Limited) as caught, limiter.slot("a", READ, 120):
        pass
    assert caught.value.seconds == 600
    assert clock.waits == []
    assert str(caught.value) == (
        "GitHub's rate limit for this token lasts until 22:23:20 UTC, "
        "longer than the 2 minutes to wait at most: run again after that"
    )


def test_a_pace_beyond_the_deadline_names_the_limit() -> None:
    limiter = Limiter(clock=FakeClock(), content_per_hour=1)
    with limiter.slot("a", WRITE, 900):
        pass

    with pytest.raises(Limited, match="The limit of 1 changes an hour") as caught:
        limiter.slot("a", WRITE, 900).__enter__()
    assert caught.value.seconds == 3600


def test_calls_that_do_not_end_are_not_waited_for_for_ever() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock, concurrent=1)

    with (
        limiter.slot("a", READ, 30),
        pytest.raises(Limited, match="1 calls at once"),
        limiter.slot("a", READ, 30),
    ):
        pass
    assert clock.now == 30


def test_a_call_that_fails_gives_its_place_back() -> None:
    limiter = Limiter(clock=FakeClock(), concurrent=1)
    with pytest.raises(OSError, match="cut"), limiter.slot("a", READ, 0):
        raise OSError("cut")

    with limiter.slot("a", READ, 0):
        pass


@pytest.mark.parametrize("limits", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_limit_of_nothing_is_refused(limits: tuple[int, int, int]) -> None:
    concurrent, minute, hour = limits
    with pytest.raises(ValueError, match="below one"):
        Limiter(concurrent=concurrent, content_per_minute=minute, content_per_hour=hour)


def test_threads_are_never_more_than_that_at_once() -> None:
    limiter = Limiter(clock=Clock(), concurrent=3)
    lock = threading.Lock()
    at_once: list[int] = []
    inside = [0]
    full = threading.Barrier(3, timeout=20)

    def work() -> None:
        with limiter.slot("a", READ, 1e9):
            with lock:
                inside[0] += 1
                at_once.append(inside[0])
            full.wait()
            with lock:
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert max(at_once) == 3
    assert len(at_once) == 30
