"""What is tried again, after how long, and what is not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.forge import transport
from bot.forge.client import Client
from bot.forge.errors import ForgeError, NotFound, OutcomeUnknown, Refused, Unreachable
from bot.forge.limiter import Limiter
from tests.forge_client.support import (
    CUT,
    HALF,
    HANG,
    START,
    Answer,
    FakeClock,
    Fault,
    Fixed,
    client,
    rate_limited,
    served,
)

FINE = Answer(200, {"data": {"viewer": {"login": "octocat"}}})
BROKEN = Answer(502, "<html>")
SECONDARY = Answer(403, {"message": "You have exceeded a secondary rate limit."})

CALLS: dict[str, Callable[[Client], object]] = {
    "GET": lambda c: c.get("/repos/octo/demo"),
    "PATCH": lambda c: c.send("PATCH", "/repos/octo/demo/pulls/1", {"title": "t"}),
    "PUT": lambda c: c.send("PUT", "/repos/octo/demo/topics", {}),
    "DELETE": lambda c: c.send("DELETE", "/repos/octo/demo/git/refs/heads/b", {}),
    "POST": lambda c: c.send("POST", "/repos/octo/demo/pulls", {"title": "t"}),
    "query": lambda c: c.graphql("query Who { viewer { login } }", {}),
    "shorthand": lambda c: c.graphql("{ viewer { login } }", {}),
    "mutation": lambda c: c.graphql("# Makes it.\nmutation Make { make { id } }", {}),
    "mutation after a fragment": lambda c: c.graphql(
        "fragment F on A { id }\nmutation Make { make { ...F } }", {}
    ),
}
TWICE = ["GET", "PATCH", "PUT", "DELETE", "query", "shorthand"]
ONCE = ["POST", "mutation", "mutation after a fragment"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("fault", [BROKEN, CUT, HALF], ids=["502", "cut", "half"])
@pytest.mark.parametrize("name", TWICE)
def test_what_can_be_done_twice_is_tried_again(name: str, fault: Fault, clock: FakeClock) -> None:
    with served(clock, fault, fault, FINE) as server:
        CALLS[name](client(server, clock))

        assert len(server.asked) == 3
    first, second = clock.waits
    assert 1 <= first <= 2
    assert 2 <= second <= 3


@pytest.mark.parametrize("fault", [BROKEN, CUT, HALF], ids=["502", "cut", "half"])
@pytest.mark.parametrize("name", ONCE)
def test_what_must_be_done_once_is_not_tried_again_when_nobody_knows(
    name: str, fault: Fault, clock: FakeClock
) -> None:
    with served(clock, fault, FINE) as server:
        with pytest.raises(OutcomeUnknown, match="look before doing it again"):
            CALLS[name](client(server, clock))

        assert len(server.asked) == 1
    assert clock.waits == []


@pytest.mark.parametrize(
    ("name", "error", "tries"), [("GET", Unreachable, 5), ("POST", OutcomeUnknown, 1)]
)
def test_no_answer_in_time_is_an_unknown_outcome(
    name: str,
    error: type[ForgeError],
    tries: int,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.1)
    with served(clock, HANG) as server:
        with pytest.raises(error, match=r"\(no answer within 0\.1 seconds\)"):
            CALLS[name](client(server, clock))

        assert len(server.asked) == tries


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(SECONDARY, id="secondary"),
        pytest.param(Answer(429, ""), id="429 without a word"),
        pytest.param(
            Answer(
                403,
                {"message": "API rate limit exceeded for user ID 1."},
                rate_limited(x_ratelimit_remaining="0", x_ratelimit_reset=f"{START + 60:.0f}"),
            ),
            id="primary",
        ),
    ],
)
@pytest.mark.parametrize("name", list(CALLS))
def test_a_limit_means_not_done_and_so_is_tried_again(
    name: str, limit: Answer, clock: FakeClock
) -> None:
    with served(clock, limit, FINE) as server:
        CALLS[name](client(server, clock))

        assert len(server.asked) == 2
    assert 60 <= clock.now <= 75


@pytest.mark.parametrize("name", list(CALLS))
def test_what_was_never_sent_is_tried_again(name: str, clock: FakeClock) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        limiter = Limiter(clock=clock)
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        unreachable = Client(Fixed(), "octo/demo", api_url=url, limiter=limiter)

        with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+ can't be reached") as caught:
            CALLS[name](unreachable)

    assert type(caught.value) is Unreachable
    assert unreachable.calls == 5
    assert len(clock.waits) == 4


def test_after_five_tries_it_is_given_up(clock: FakeClock) -> None:
    with served(clock, Answer(503, {"message": "Service unavailable."})) as server:
        with pytest.raises(Unreachable) as caught:
            client(server, clock).get("/rate_limit")

        assert len(server.asked) == 5
    assert str(caught.value) == (
        "GitHub gives no answer to GET /rate_limit (503 Service unavailable): try again later"
    )
    assert caught.value.status == 503
    assert 15 <= clock.now <= 19


def test_a_failing_server_may_say_how_long_to_wait(clock: FakeClock) -> None:
    with served(clock, Answer(503, "", {"Retry-After": "120"}), FINE) as server:
        client(server, clock).get("/rate_limit")

    assert clock.waits == [120]


def test_a_failing_server_is_not_waited_for_longer_than_allowed(clock: FakeClock) -> None:
    with served(clock, Answer(503, "", {"Retry-After": "120"}), FINE) as server:
        with pytest.raises(Unreachable):
            client(server, clock, longest=100).get("/rate_limit")

        assert len(server.asked) == 1
    assert clock.waits == []


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("fault", [CUT, BROKEN], ids=["cut", "502"])
def test_a_delete_that_finds_nothing_after_a_lost_answer_was_done(
    fault: Fault, status: int, clock: FakeClock
) -> None:
    with served(clock, fault, Answer(status, {"message": "Not Found"})) as server:
        reply = client(server, clock).send("DELETE", "/repos/octo/demo/labels/a", {})

    assert reply.status == status


@pytest.mark.parametrize(
    ("method", "answers"),
    [
        pytest.param("DELETE", (Answer(404),), id="nothing was lost"),
        pytest.param("DELETE", (SECONDARY, Answer(404)), id="what came before was a limit"),
        pytest.param("PATCH", (CUT, Answer(404)), id="not a DELETE"),
    ],
)
def test_otherwise_nothing_there_is_an_error(
    method: str, answers: tuple[Fault, ...], clock: FakeClock
) -> None:
    with served(clock, *answers) as server, pytest.raises(NotFound):
        client(server, clock).send(method, "/repos/octo/demo/labels/a", {})


def test_a_delete_that_is_refused_after_a_lost_answer_is_refused(clock: FakeClock) -> None:
    with served(clock, CUT, Answer(403)) as server, pytest.raises(Refused):
        client(server, clock).send("DELETE", "/repos/octo/demo/labels/a", {})


TIMED_OUT: Any = {
    "data": {"viewer": None},
    "errors": [{"message": "Something went wrong while executing your query. This may be a bug"}],
}
UNAVAILABLE: Any = {"data": None, "errors": [{"type": "SERVICE_UNAVAILABLE", "message": "no"}]}


@pytest.mark.parametrize("body", [TIMED_OUT, UNAVAILABLE], ids=["time-out", "unavailable"])
def test_a_query_that_failed_inside_a_200_is_tried_again(body: Any, clock: FakeClock) -> None:
    with served(clock, Answer(200, body), FINE) as server:
        CALLS["query"](client(server, clock))

        assert len(server.asked) == 2


@pytest.mark.parametrize("body", [TIMED_OUT, UNAVAILABLE], ids=["time-out", "unavailable"])
def test_a_mutation_that_failed_inside_a_200_is_not(body: Any, clock: FakeClock) -> None:
    with served(clock, Answer(200, body), FINE) as server:
        with pytest.raises(OutcomeUnknown):
            CALLS["mutation"](client(server, clock))

        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 409, 418, 422, 451])
@pytest.mark.parametrize("name", ["GET", "POST", "query"])
def test_an_answer_that_will_not_change_is_not_asked_for_again(
    name: str, status: int, clock: FakeClock
) -> None:
    with served(clock, Answer(status)) as server:
        with pytest.raises(ForgeError):
            CALLS[name](client(server, clock))

        assert len(server.asked) == 1


def test_an_answer_that_drips_is_cut_off(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_WHOLE_SECONDS", -1)
    with served(clock, FINE) as server, pytest.raises(Unreachable, match="took more than"):
        client(server, clock).get("/rate_limit")


def test_an_answer_without_end_is_cut_off(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LONGEST", 10)
    with served(clock, Answer(200, "x" * 11)) as server, pytest.raises(Unreachable, match="10 byt"):
        client(server, clock).get("/rate_limit")


def test_threads_get_the_answers_to_their_own_questions(clock: FakeClock) -> None:
    with served(clock) as server:
        server.choose = lambda asked: Answer(200, {"path": asked.path})
        shared = client(server, clock)
        wrong: list[object] = []

        def work(number: int) -> None:
            for turn in range(10):
                path = f"/repos/octo/demo/issues/{number}-{turn}"
                got = shared.get(path).json()["path"]
                if got != path:
                    wrong.append((path, got))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert wrong == []
        assert shared.calls == len(server.asked) == 80
