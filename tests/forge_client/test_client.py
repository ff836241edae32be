"""What is asked of GitHub, what comes out of its answers, and what people are told."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bot
from bot.forge.auth import Token, TokenKind, from_environment
from bot.forge.client import Client, quoted
from bot.forge.errors import ForgeError, Invalid, NotFound, Refused, Unreachable
from bot.forge.limiter import Limiter
from tests.forge_client.support import (
    CUT,
    TOKEN,
    Answer,
    FakeClock,
    Fixed,
    client,
    served,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_request_says_who_asks_and_for_what(clock: FakeClock) -> None:
    with served(clock, Answer(200, {"full_name": "octo/demo"}, {"X-Mark": "Here"})) as server:
        reply = client(server, clock).get("/repos/octo/demo?a=b")

    assert reply.json() == {"full_name": "octo/demo"}
    assert reply.headers["x-mark"] == "Here"
    (asked,) = server.asked
    assert asked.path == "/repos/octo/demo?a=b"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["user-agent"] == f"clearance/{bot.__version__}"
    assert asked.headers["accept"] == "application/vnd.github+json"
    assert asked.headers["x-github-api-version"] == "2022-11-28"


def test_another_media_type_may_be_asked_for(clock: FakeClock) -> None:
    with served(clock, Answer(200, "text")) as server:
        reply = client(server, clock).get("/x", accept="application/vnd.github.raw+json")

    assert reply.body == "text"
    assert server.asked[0].headers["accept"] == "application/vnd.github.raw+json"


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_body_is_sent_as_json(method: str, clock: FakeClock) -> None:
    with served(clock, Answer(201, {"number": 1})) as server:
        reply = client(server, clock).send(method, "/repos/octo/demo/pulls", {"title": "é"})

    assert reply.status == 201
    (asked,) = server.asked
    assert (asked.method, asked.body) == (method, {"title": "é"})
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("prefix", "path"),
    [("", "/graphql"), ("/api/v3", "/api/graphql"), ("/api/v3/", "/api/graphql")],
    ids=["github.com", "an Enterprise Server", "with a slash at the end"],
)
def test_graphql_is_beside_rest(prefix: str, path: str, clock: FakeClock) -> None:
    with served(clock, Answer(200, {"data": {"a": 1}})) as server:
        url = server.url + prefix
        github = Client(Fixed(), "octo/demo", api_url=url, limiter=Limiter(clock=clock))
        assert github.graphql("query Q($n: Int) { a }", {"n": 1}) == {"a": 1}
        github.get("/rate_limit")

    assert server.paths == [path, f"{prefix.rstrip('/')}/rate_limit"]
    assert server.asked[0].body == {"query": "query Q($n: Int) { a }", "variables": {"n": 1}}


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("repos", "o", "r"), "/repos/o/r"),
        (("git", "refs", "heads/a b"), "/git/refs/heads%2Fa%20b"),
        (("labels", "é?#%"), "/labels/%C3%A9%3F%23%25"),
    ],
)
def test_parts_of_a_path_can_hold_anything(parts: tuple[str, ...], path: str) -> None:
    assert quoted(*parts) == path


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_but_nothing_that_leads_to_another_place(part: str) -> None:
    with pytest.raises(Invalid):
        quoted("repos", part, "user")


def test_a_path_cannot_become_another_host(clock: FakeClock) -> None:
    github = Client(Fixed(), "octo/demo", api_url="https://api.github.com")

    with pytest.raises(ValueError, match="not a path"):
        github.get("@example.org/")


@pytest.mark.parametrize(
    "url", ["http://github.example.com/api/v3", "ftp://127.0.0.1", "github.example.com", "https://"]
)
def test_no_token_goes_out_unencrypted(url: str) -> None:
    with pytest.raises(ForgeError, match="begins with https://"):
        Client(Fixed(), "octo/demo", api_url=url)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PATCH", "POST"])
def test_a_renamed_repository_is_followed(method: str, status: int, clock: FakeClock) -> None:
    with served(clock) as server:
        moved = Answer(status, {}, {"Location": f"{server.url}/repositories/1/pulls?head=a"})
        server.answers = [moved, Answer(200, [])]
        github = client(server, clock)
        if method == "GET":
            github.get("/repos/octo/old/pulls?head=a")
        else:
            github.send(method, "/repos/octo/old/pulls?head=a", {"title": "t"})

    assert server.methods == [method, method]
    assert server.paths == ["/repos/octo/old/pulls?head=a", "/repositories/1/pulls?head=a"]
    assert server.asked[0].body == server.asked[1].body
    assert github.calls == 2


def test_a_redirect_to_another_host_is_not_followed(clock: FakeClock) -> None:
    with served(clock, Answer()) as other, served(clock) as server:
        server.answers = [Answer(301, {}, {"Location": f"{other.url}/repos/octo/demo"})]
        with pytest.raises(Unreachable, match="sent on to another place"):
            client(server, clock).get("/repos/octo/demo")

        assert other.asked == []


def test_a_circle_of_redirects_ends(clock: FakeClock) -> None:
    with served(clock, Answer(301, {}, {"Location": "/b"})) as server:
        with pytest.raises(Unreachable):
            client(server, clock).get("/a")

        assert len(server.asked) == 4


# Downloads


def test_a_file_elsewhere_is_read_without_the_token(clock: FakeClock) -> None:
    with served(clock, Answer(200, "0123456789")) as store, served(clock) as server:
        server.answers = [Answer(302, "", {"Location": f"{store.url}/log?sig=1"})]
        github = client(server, clock)
        assert github.download("/repos/octo/demo/actions/jobs/1/logs", 4) == b"0123"

    assert "authorization" in server.asked[0].headers
    assert "authorization" not in store.asked[0].headers
    assert TOKEN not in str(store.asked)
    assert store.paths == ["/log?sig=1"]


def test_a_file_at_the_api_itself_is_read_without_the_token_too(clock: FakeClock) -> None:
    with served(clock) as server:
        server.answers = [Answer(302, "", {"Location": f"{server.url}/log"}), Answer(200, "abc")]
        assert client(server, clock).download("/logs", 100) == b"abc"

    assert "authorization" not in server.asked[1].headers


def test_a_file_may_be_given_at_once(clock: FakeClock) -> None:
    with served(clock, Answer(200, "abc")) as server:
        assert client(server, clock).download("/logs", 2) == b"ab"

    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [CUT, Answer(503)], ids=["cut", "503"])
def test_a_file_that_gets_lost_is_asked_for_from_the_start(
    fault: Answer | str, clock: FakeClock
) -> None:
    with served(clock, fault, Answer(200, "abc")) as store, served(clock) as server:
        server.answers = [Answer(302, "", {"Location": f"{store.url}/log"})]
        assert client(server, clock).download("/logs", 100) == b"abc"

    # The address that it was at is good for a minute.
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [403, 404, 410, 302])
def test_a_file_that_is_gone_is_not_found(status: int, clock: FakeClock) -> None:
    with served(clock, Answer(status)) as store, served(clock) as server:
        server.answers = [Answer(302, "", {"Location": f"{store.url}/log"})]
        with pytest.raises(NotFound, match=rf"GET /logs leads to is not there \({status}\)"):
            client(server, clock).download("/logs", 100)


def test_a_file_is_not_read_by_another_protocol(clock: FakeClock, tmp_path: Path) -> None:
    with (
        served(clock, Answer(302, "", {"Location": tmp_path.as_uri()})) as server,
        pytest.raises(Unreachable, match="not read"),
    ):
        client(server, clock).download("/logs", 100)


# GraphQL


def error(kind: str, *path: object) -> dict[str, Any]:
    return {"type": kind, "path": list(path), "message": "Could not resolve it."}


def ask(answer: object, clock: FakeClock, *, partial: bool = False) -> object:
    with served(clock, Answer(200, answer)) as server:
        return client(server, clock).graphql("query Q { a b }", {}, partial=partial)


@pytest.mark.parametrize(
    ("kind", "raised", "status"),
    [
        ("NOT_FOUND", NotFound, 404),
        ("FORBIDDEN", Refused, 403),
        ("INSUFFICIENT_SCOPES", Refused, 403),
        ("STALE_DATA", Invalid, 409),
        ("UNPROCESSABLE", Invalid, 422),
        ("ANYTHING_NEW", Invalid, 422),
    ],
)
def test_errors_of_graphql_are_those_of_rest(
    kind: str, raised: type[ForgeError], status: int, clock: FakeClock
) -> None:
    with pytest.raises(raised, match=r"the GraphQL query Q \(Could not resolve it\)") as caught:
        ask({"data": {"a": 1, "b": None}, "errors": [error(kind, "b")]}, clock)

    assert type(caught.value) is raised
    assert caught.value.status == status


def test_with_partial_an_alias_with_an_error_in_it_is_none(clock: FakeClock) -> None:
    data = {"a": 1, "b": {"object": None}}

    answer = {"data": data, "errors": [error("NOT_FOUND", "b", "object")]}
    assert ask(answer, clock, partial=True) == {"a": 1, "b": None}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"data": {"a": 1}, "errors": [error("NOT_FOUND")]}, id="of no alias"),
        pytest.param({"data": None, "errors": [error("NOT_FOUND", "a")]}, id="no data"),
    ],
)
def test_with_partial_an_error_of_the_whole_is_raised(answer: object, clock: FakeClock) -> None:
    with pytest.raises(NotFound):
        ask(answer, clock, partial=True)


@pytest.mark.parametrize(
    "answer", [{}, [], None, {"data": None}, {"data": []}, {"errors": []}, {"errors": "a"}, "{"]
)
def test_an_answer_that_is_none_is_told(answer: object, clock: FakeClock) -> None:
    with pytest.raises(Unreachable):
        ask(answer, clock)


@pytest.mark.parametrize("entry", [None, "text", {"message": 1}, {"type": ["NOT_FOUND"]}])
def test_errors_of_any_shape_are_errors(entry: object, clock: FakeClock) -> None:
    with pytest.raises(Invalid, match="does not take the GraphQL query Q"):
        ask({"data": {"a": 1}, "errors": [entry]}, clock)


@pytest.mark.parametrize("body", ["<html>", "", "[" * 100_000], ids=["HTML", "nothing", "depth"])
def test_an_answer_that_is_no_json_is_told(body: str, clock: FakeClock) -> None:
    with served(clock, Answer(200, body)) as server:
        reply = client(server, clock).get("/rate_limit")
    with pytest.raises(Unreachable, match="does not speak JSON"):
        reply.json()


# Secrets


@pytest.mark.usefixtures("redacted")
@pytest.mark.parametrize("token", [TOKEN, "0123456789abcdef" * 2], ids=["github.com", "as a hash"])
@pytest.mark.parametrize("status", [401, 403, 404, 422, 502, 0])
def test_a_token_is_in_nothing_that_is_written(
    status: int, token: str, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = from_environment({"GH_TOKEN": token}, "https://api.github.com")
    echo = Answer(status, {"message": f"Bad credentials: {token}"})
    with served(clock, echo if status else CUT) as server:
        github = Client(credentials, "octo/demo", api_url=server.url, limiter=Limiter(clock=clock))
        calls: list[Callable[[], object]] = [
            lambda: github.get(f"/repos/{token}"),
            lambda: github.send("POST", "/repos", {"a": token}),
            lambda: github.graphql("mutation M { a }", {"a": token}),
            lambda: github.download(f"/logs?{token}", 10),
        ]
        written = [repr(vars(github)), repr(credentials.token("octo/demo"))]
        for call in calls:
            with pytest.raises(ForgeError) as caught:
                call()
            written += [*traceback.format_exception(caught.value), repr(vars(caught.value))]

    written += [record.getMessage() for record in caplog.records]
    assert any("GET /repos/***" in text for text in written)
    assert not [text for text in written if token in text]


def test_netrc_and_cookies_have_no_say(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with served(clock, Answer(200, {}, {"Set-Cookie": "a=b; Path=/"})) as server:
        github = client(server, clock)
        github.get("/a")
        github.get("/b")

    assert [asked.headers["authorization"] for asked in server.asked] == [f"Bearer {TOKEN}"] * 2
    assert "cookie" not in server.asked[1].headers


def test_the_token_for_git_is_the_same(clock: FakeClock) -> None:
    with served(clock, Answer()) as server:
        assert client(server, clock).token() == Token(TOKEN, TokenKind.CLASSIC)
