"""How long a sweep will still take, as far as anybody can know."""

from __future__ import annotations

import math

import pytest

from bot.forge.limiter import Cost, Limiter, Rate
from bot.sweep.outlook import Watch
from bot.sweep.record import Record, State
from bot.sweep.tally import Tally
from tests.forge_client.support import START, FakeClock

WRITE = Cost(write=True, content=True)


class Story:
    """A sweep that goes on as it is told."""

    def __init__(self, **limits: int) -> None:
        self.clock = FakeClock()
        self.limiter = Limiter(clock=self.clock, **limits)
        self.tally = Tally()
        self.watch = Watch(self.tally, self.limiter)

    def looks(self, count: int, *states: State, seconds: float = 0.0) -> None:
        """So many repositories are looked at, in so many seconds."""
        for _ in range(count):
            self.tally.found = max(self.tally.found, self.tally.looked + 1)
            self.tally.look([Record("octo/demo", state) for state in states])
        self.clock.now += seconds
        self.watch.look()

    def publishes(self, count: int, calls: int = 1, seconds: float = 0.0) -> None:
        """So many are published, each by so many calls."""
        for _ in range(count):
            self.tally.begun += 1
            for _ in range(calls):
                with self.limiter.slot("a", WRITE, math.inf):
                    self.watch.look()
            self.clock.now += seconds
            self.tally.end([Record("octo/demo", State.OPENED)])
            self.watch.look()

    @property
    def left(self) -> float | None:
        """The estimate."""
        return self.watch.look().left


def test_nothing_is_known_before_the_first_is_looked_at() -> None:
    story = Story()
    story.tally.expected = 100
    story.clock.now += 10
    assert story.left is None


def test_nothing_is_known_while_nobody_knows_how_many_there_are() -> None:
    story = Story()
    story.looks(10, State.NOTHING, seconds=10)
    assert story.left is None


def test_scanning_goes_on_as_it_went_so_far() -> None:
    story = Story()
    story.tally.expected = 100
    story.looks(10, State.NOTHING, seconds=30)
    assert story.left == pytest.approx(270)
    assert story.watch.look().per_minute == pytest.approx(20)


def test_what_was_found_counts_where_all_are_found() -> None:
    story = Story()
    story.tally.expected, story.tally.found, story.tally.whole = 100, 20, True
    story.looks(10, State.NOTHING, seconds=30)
    assert story.left == pytest.approx(30)


def test_a_list_that_tells_too_few_is_not_believed() -> None:
    story = Story()
    story.tally.expected, story.tally.found = 10, 40
    story.looks(10, State.NOTHING, seconds=30)
    assert story.watch.look().total == 40


def test_the_rate_is_that_of_looking_and_not_of_the_time_after_it() -> None:
    story = Story()
    story.looks(10, State.NOTHING, seconds=30)
    story.tally.whole = True
    story.clock.now += 3000
    assert story.watch.look().per_minute == pytest.approx(20)


def test_before_the_first_is_published_the_limits_tell() -> None:
    story = Story()
    story.looks(1000, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 1000
    assert story.left == pytest.approx(3600)


def test_the_first_ones_tell_how_many_calls_one_takes() -> None:
    story = Story(content_per_hour=100_000)
    story.looks(200, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 200
    story.publishes(40, calls=2)
    assert story.clock.now == 0
    # 160 more take 320 calls: 80 in each of four minutes, of which the first begins in a minute.
    assert story.left == pytest.approx(240)


def test_publishing_goes_on_as_slowly_as_it_went_where_no_limit_binds() -> None:
    story = Story()
    story.looks(30, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 30
    story.publishes(10, seconds=12)
    assert story.left == pytest.approx(240)


def test_the_time_that_limits_took_is_not_counted_twice() -> None:
    story = Story(content_per_minute=10)
    story.watch.publishers = 1
    story.looks(25, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 25
    story.publishes(20)
    assert story.clock.now == 60
    assert story.left == pytest.approx(60)


def test_what_is_under_way_has_made_its_calls() -> None:
    story = Story(content_per_minute=10)
    story.looks(10, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 10
    story.publishes(6)
    for _ in range(4):
        story.tally.begun += 1
        with story.limiter.slot("a", WRITE, math.inf):
            pass
    assert story.left == 0


def test_what_is_put_off_takes_no_time() -> None:
    story = Story()
    story.looks(1000, State.OPENED)
    story.tally.whole, story.tally.to_do = True, 1000
    for _ in range(999):
        story.tally.end([Record("octo/demo", State.LATER)])
    assert story.left == 0
    assert (story.tally.held, story.tally.done) == (999, 0)


def test_what_will_be_found_is_published_as_often_as_what_was() -> None:
    story = Story(content_per_minute=10)
    story.tally.expected, story.tally.to_do = 100, 5
    story.looks(10, State.OPENED)
    # 45 more and these 5, ten a minute.
    assert story.left == pytest.approx(240)


def test_what_is_waited_for_has_to_be_waited_for() -> None:
    story = Story()
    story.looks(5, State.NOTHING)
    story.tally.whole = True

    class Looking(FakeClock):
        left: float | None = None

        def wait(self, changed: object, seconds: float) -> None:
            changed.release()  # type: ignore[attr-defined]
            self.left = story.left
            changed.acquire()  # type: ignore[attr-defined]
            self.now += seconds

    clock = story.limiter.clock = Looking()
    story.limiter.hold("a", 90)
    story.limiter.wait("a", Cost(), math.inf)
    assert clock.left == pytest.approx(90)


def test_a_limit_of_githubs_own_makes_the_rest_wait_for_its_new_beginning() -> None:
    story = Story()
    story.tally.expected = 1000
    story.limiter.note("a", Rate("core", 600, 5000, START + 1000))
    story.looks(1, State.NOTHING, seconds=1)
    story.limiter.note("a", Rate("core", 100, 5000, START + 1000))
    story.looks(99, State.NOTHING, seconds=99)
    # 900 more take 4,500 calls, of which 100 may still be had in this hour.
    assert story.left == pytest.approx(900)
    story.limiter.note("a", Rate("core", 100, 400, START + 1000))
    # With 400 in each hour, eleven new beginnings are needed.
    assert story.left == pytest.approx(900 + 10 * 3600)


def test_a_limit_that_begins_anew_in_between_is_counted_on() -> None:
    story = Story()
    story.tally.expected = 100
    story.limiter.note("a", Rate("graphql", 500, 5000, START + 61))
    story.looks(1, State.NOTHING, seconds=60)
    story.limiter.note("a", Rate("graphql", 4000, 5000, START + 3650))
    story.looks(1, State.NOTHING, seconds=60)
    # 1,000 were taken for two of them, so the others take 49,000: nine new beginnings.
    assert story.left == pytest.approx(3650 - 120 + 8 * 3600)


def test_what_went_well_has_not_failed() -> None:
    tally = Tally()
    tally.look([Record("octo/demo", State.OPENED)])
    tally.end([Record("octo/demo", State.OPENED)])
    assert (tally.failed, tally.failure) == (0, None)


def test_a_repository_with_two_branches_is_one() -> None:
    tally = Tally()
    tally.look([Record("octo/demo", State.UNCHANGED), Record("octo/demo", State.FAILED, why="x")])
    assert (tally.looked, tally.unchanged, tally.failed) == (1, 1, 1)
    assert tally.failure == Record("octo/demo", State.FAILED, why="x")


def test_what_failed_when_it_was_published_has_failed() -> None:
    tally = Tally()
    tally.end([Record("octo/demo", State.FAILED, why="x")])
    assert (tally.done, tally.failed) == (1, 1)
