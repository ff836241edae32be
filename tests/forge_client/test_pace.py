"""What the limiter tells of the limits: used, left, waited for, and how soon more can be done."""

from __future__ import annotations

import math
import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forge.errors import ForgeError, Limited
from bot.forge.limiter import Cost, Limiter, Pace, Rate, Use, Wait
from tests.forge_client.support import START, Answer, FakeClock, client, served

WRITE = Cost(write=True, content=True)


def limited(limiter: Limiter, times: int) -> None:
    """Change something, so many times."""
    for _ in range(times):
        with limiter.slot("a", WRITE, math.inf):
            pass


def test_used_is_what_the_minute_and_the_hour_count() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    limited(limiter, 3)
    clock.now += 61
    limited(limiter, 2)
    with limiter.slot("a", WRITE, math.inf):
        uses = limiter.pace().uses
    assert uses == (Use(3, 80, "changes a minute"), Use(6, 500, "changes an hour"))
    assert limiter.pace().changes == 6


def test_reading_is_no_change() -> None:
    limiter = Limiter(clock=FakeClock())
    with limiter.slot("a", Cost(), math.inf):
        assert limiter.pace().changes == 0


class _Looking(FakeClock):
    """Looks at the pace while somebody waits."""

    limiter: Limiter
    seen: Pace

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        with changed:
            self.seen = self.limiter.pace()
        super().wait(changed, seconds)


def _looking(**limits: int) -> _Looking:
    clock = _Looking()
    clock.limiter = Limiter(clock=clock, **limits)
    # The look is taken within the wait, by the same thread.
    clock.limiter._changed = threading.Condition(threading.RLock())
    return clock


def test_what_is_waited_for_is_told_while_it_is() -> None:
    clock = _looking(content_per_minute=4)
    limited(clock.limiter, 5)
    assert clock.seen.wait == Wait("the limit of 4 changes a minute", START + 60)
    assert clock.limiter.pace().wait is None


def test_a_limit_of_githubs_own_is_waited_for() -> None:
    clock = _looking()
    clock.limiter.hold("a", 90)
    clock.limiter.wait("a", Cost(), math.inf)
    assert clock.seen.wait == Wait("GitHub's rate limit for this token", START + 90)


def test_the_end_of_a_call_is_no_wait_that_is_told() -> None:
    clock = _looking(concurrent=1)
    with clock.limiter.slot("a", Cost(), math.inf), suppress(ForgeError):
        clock.limiter.wait("a", Cost(), clock.now + 5)
    assert clock.waits == [5]
    assert clock.seen.wait is None


def test_each_limit_is_told_for_the_account_that_has_least() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    rich, poor = Rate("core", 4000, 5000, START + 50), Rate("core", 900, 12_500, START + 90)
    graph = Rate("graphql", 4999, 5000, START + 70)
    for account, rate in (("a", rich), ("b", poor), ("a", graph)):
        limiter.note(account, rate)
    assert limiter.pace().rates == (poor, graph)


def test_what_began_anew_is_not_known() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock)
    limiter.note("a", Rate("core", 1, 5000, START + 50))
    clock.now += 51
    assert limiter.pace().rates == ()


_LIMIT = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4321"}
_RESET = {**_LIMIT, "X-RateLimit-Reset": f"{START + 600:.0f}"}


@pytest.mark.parametrize(
    ("headers", "rates"),
    [
        pytest.param(_RESET, (Rate("core", 4321, 5000, START + 600),), id="without a name"),
        pytest.param(
            {**_RESET, "X-RateLimit-Resource": "search"},
            (Rate("search", 4321, 5000, START + 600),),
            id="with its name",
        ),
        pytest.param(_LIMIT, (), id="without its end"),
        pytest.param({**_RESET, "X-RateLimit-Limit": "many"}, (), id="no number"),
        pytest.param({**_RESET, "X-RateLimit-Reset": "9" * 400}, (), id="no number of GitHub's"),
        pytest.param({}, (), id="a server without limits"),
    ],
)
def test_what_github_says_of_its_limits_is_noted(
    headers: dict[str, str], rates: tuple[Rate, ...]
) -> None:
    clock = FakeClock()
    with served(clock, Answer(headers=headers)) as server:
        mine = client(server, clock)
        mine.get("/user")
        assert mine._calls.limiter.pace().rates == rates


def test_a_query_counts_against_the_limit_of_graphql() -> None:
    clock = FakeClock()
    with served(clock, Answer(body={"data": {"a": 1}}, headers=_RESET)) as server:
        mine = client(server, clock)
        mine.graphql("query X { a }", {})
        assert [one.resource for one in mine._calls.limiter.pace().rates] == ["graphql"]


@settings(max_examples=200, deadline=None)
@given(
    before=st.lists(st.sampled_from([0.0, 1.0, 20.0, 61.0, 1000.0]), max_size=14),
    count=st.integers(0, 40),
    flying=st.booleans(),
)
def test_no_call_can_begin_sooner(before: list[float], count: int, flying: bool) -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock, content_per_minute=4, content_per_hour=9)
    for pause in before:
        limited(limiter, 1)
        clock.now += pause
    if flying:
        # It ends at once, so it counts from now on.
        limiter.wait("a", WRITE, math.inf)
        with limiter.slot("a", WRITE, math.inf):
            soonest = limiter.soonest(count)
    else:
        soonest = limiter.soonest(count)
    began = clock.now
    limited(limiter, count)
    wanted = clock.now - began
    if count:
        # Each limit by itself: where both bind, a call may wait for longer than for either.
        assert soonest <= wanted + 1e-6
    else:
        assert soonest == 0


def test_a_single_limit_is_told_to_the_second() -> None:
    clock = FakeClock()
    limiter = Limiter(clock=clock, content_per_minute=80, content_per_hour=500)
    limited(limiter, 300)
    clock.now += 100
    assert limiter.soonest(200) == pytest.approx(120)
    assert limiter.soonest(201) == pytest.approx(3600 - clock.now)
    assert limiter.soonest(1201) == pytest.approx(3600 - clock.now + 7200)


def test_a_change_that_goes_on_is_one_before_the_next() -> None:
    limiter = Limiter(clock=FakeClock(), content_per_minute=2)
    with limiter.slot("a", WRITE, math.inf):
        assert limiter.soonest(1) == 0
        assert limiter.soonest(2) == 60


def test_who_waits_is_refused_when_an_end_is_wanted() -> None:
    limiter = Limiter(content_per_minute=1)
    limited(limiter, 1)
    told: list[str] = []

    def change() -> None:
        try:
            limited(limiter, 1)
        except Limited as error:
            told.append(str(error))

    waiting = threading.Thread(target=change)
    waiting.start()
    while limiter.pace().wait is None:
        time.sleep(0.01)
    limiter.stop()
    waiting.join(10)
    assert told == ["The program was told to end: run it again"]
    with pytest.raises(Limited):
        limiter.wait("a", Cost(), math.inf)
