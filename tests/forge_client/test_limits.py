"""How long a limit is waited for, and what is a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.forge.client import Client
from bot.forge.errors import Limited, NotFound, Refused
from bot.forge.limiter import Limiter
from tests.forge_client.support import (
    START,
    Answer,
    FakeClock,
    Fixed,
    client,
    rate_limited,
    served,
)

FINE = Answer(200, {"data": {"viewer": {"login": "octocat"}}})
SECONDARY = Answer(403, {"message": "You have exceeded a secondary rate limit."})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


DATE = "Tue, 14 Nov 2023 22:15:20 GMT"
"""Two minutes after the start."""


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"Retry-After": "77"}, 77, id="seconds"),
        pytest.param({"Retry-After": DATE}, 120, id="an HTTP date"),
        pytest.param({"Retry-After": DATE.replace("GMT", "-0000")}, 120, id="a date without zone"),
        pytest.param({"Retry-After": "0"}, 1, id="at least a second"),
        pytest.param(
            rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 99:.0f}"),
            99,
            id="the reset where nothing remains",
        ),
        pytest.param(
            rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START - 99:.0f}"),
            1,
            id="a reset in the past",
        ),
        pytest.param(
            rate_limited(
                retry_after="77", x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 99:.0f}"
            ),
            77,
            id="Retry-After before the reset",
        ),
        pytest.param(
            {"Date": "Tue, 14 Nov 2023 22:14:20 GMT"}
            | rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 99:.0f}"),
            39,
            id="by GitHub's clock, not by ours",
        ),
        pytest.param(
            {"Date": "soon"}
            | rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 99:.0f}"),
            99,
            id="by ours where GitHub tells no time",
        ),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_waited_for_as_long_as_github_says(
    status: int, headers: dict[str, str], seconds: float, clock: FakeClock
) -> None:
    limit = Answer(status, {"message": "You have exceeded a secondary rate limit."}, headers)
    with served(clock, limit, FINE) as server:
        client(server, clock).get("/rate_limit")

    assert clock.waits == [seconds]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing is said"),
        pytest.param({"Retry-After": "soon"}, id="something unreadable is said"),
        pytest.param(
            rate_limited(x_ratelimit_remaining="17", x_ratelimit_reset=f"{START + 9:.0f}"),
            id="the primary limit is not used up",
        ),
        pytest.param(rate_limited(x_ratelimit_remaining="0"), id="there is no reset"),
    ],
)
def test_else_for_a_minute_and_more_each_time_longer(
    headers: dict[str, str], clock: FakeClock
) -> None:
    limit = Answer(SECONDARY.status, SECONDARY.body, headers)
    with served(clock, limit, limit, limit, FINE) as server:
        client(server, clock).get("/rate_limit")

    first, second, third = clock.waits
    assert 60 <= first <= 75
    assert 120 <= second <= 135
    assert 240 <= third <= 255


@pytest.mark.parametrize(
    ("call", "seconds"),
    [
        (lambda c: c.graphql("mutation M { a }", {}), 60),
        (lambda c: c.send("POST", "/repos/octo/demo/labels", {}), 60),
        (lambda c: c.send("DELETE", "/repos/octo/demo/labels/a", {}), 60),
        (lambda c: c.graphql("query Q { a }", {}), 0),
        (lambda c: c.get("/repos/octo/demo"), 0),
    ],
    ids=["mutation", "POST", "DELETE", "query", "GET"],
)
def test_changes_are_paced_and_readings_are_not(
    call: Callable[[Client], object], seconds: float, clock: FakeClock
) -> None:
    with served(clock, FINE) as server:
        github = client(server, clock, content_per_minute=1)
        call(github)
        call(github)

    assert clock.now == seconds


def test_a_limit_without_end_is_given_up(clock: FakeClock) -> None:
    with served(clock, SECONDARY) as server:
        with pytest.raises(Limited) as caught:
            client(server, clock).get("/rate_limit")

        assert len(server.asked) == 4
    assert caught.value.seconds >= 480
    assert clock.now <= 900


def test_short_limits_without_end_are_given_up_too(clock: FakeClock) -> None:
    with served(clock, Answer(429, {"message": "Slow down."}, {"Retry-After": "1"})) as server:
        with pytest.raises(Limited, match=r"GitHub limits GET /rate_limit again and again \(Slow"):
            client(server, clock).get("/rate_limit")

        assert len(server.asked) == 8


def test_a_limit_that_lasts_too_long_is_told_at_once(clock: FakeClock) -> None:
    with served(clock, Answer(429, "", {"Retry-After": "3000"})) as server:
        with pytest.raises(Limited) as caught:
            client(server, clock).get("/rate_limit")

        assert len(server.asked) == 1
    assert caught.value.seconds == 3000
    assert clock.waits == []


def test_what_one_client_meets_holds_all_others_of_the_token(clock: FakeClock) -> None:
    limiter = Limiter(clock=clock)
    with served(clock, Answer(429, "", {"Retry-After": "3000"}), FINE) as server:
        one, other = (
            Client(Fixed(), name, api_url=server.url, limiter=limiter) for name in ("a/b", "c/d")
        )
        with pytest.raises(Limited):
            one.get("/rate_limit")
        with pytest.raises(Limited):
            other.get("/rate_limit")

        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "is_limit"),
    [
        pytest.param(SECONDARY, True, id="secondary by its words"),
        pytest.param(
            Answer(403, {"message": "API rate limit exceeded for user ID 1."}), True, id="primary"
        ),
        pytest.param(
            Answer(403, {"message": "You have triggered an abuse detection mechanism."}),
            True,
            id="the old words of a secondary limit",
        ),
        pytest.param(Answer(403, "", {"Retry-After": "60"}), True, id="by its header alone"),
        pytest.param(
            Answer(403, "", rate_limited(x_ratelimit_remaining="0")), True, id="nothing remains"
        ),
        pytest.param(Answer(403, ""), False, id="nothing is said at all"),
        pytest.param(
            Answer(
                403,
                {"message": "Resource not accessible by personal access token"},
                rate_limited(x_ratelimit_remaining="0"),
            ),
            False,
            id="a refusal that was the last call of the hour",
        ),
        pytest.param(Answer(404, {"message": "rate limit"}), False, id="not a 403"),
    ],
)
def test_a_403_may_be_a_limit_or_a_refusal(
    answer: Answer, is_limit: bool, clock: FakeClock
) -> None:
    with served(clock, answer, FINE) as server:
        try:
            client(server, clock).get("/repos/octo/demo")
        except (Refused, NotFound):
            assert not is_limit
        else:
            assert is_limit


GRAPHQL_LIMIT: Any = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}


@pytest.mark.parametrize("kind", ["query", "mutation"])
def test_graphql_tells_its_limit_inside_a_200(kind: str, clock: FakeClock) -> None:
    headers = rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 99:.0f}")
    with served(clock, Answer(200, GRAPHQL_LIMIT, headers), FINE) as server:
        client(server, clock).graphql(f"{kind} Q {{ a }}", {})

    assert clock.waits == [99]
