"""The stand-in keeps to what GitHub does, or the tests that use it prove nothing."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.forge.answers import TokenKind
from tests.forge.standin import HEAD, Failure, StandIn

REPO = "/repos/octo/demo"
DRAFT = {"tag_name": "v1", "draft": True}


@pytest.fixture
def github() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


def call(
    github: StandIn,
    method: str,
    path: str,
    token: str = "t",  # noqa: S107
    data: object = None,
) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(github.registry, timeout=5)
    headers = {"Authorization": f"token {token}"} if token else {}
    connection.request(method, path, json.dumps(data) if data else None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text or b"{}")


@pytest.mark.parametrize(
    ("method", "path", "data", "grants", "status"),
    [
        ("POST", "/releases", DRAFT, {"contents": "write"}, 201),
        ("POST", "/releases", DRAFT, {"contents": "read"}, 403),
        ("POST", "/releases", {}, {"contents": "write"}, 422),
        ("POST", "/releases/generate-notes", {"tag_name": "v1"}, {"contents": "write"}, 200),
        ("POST", "/releases/generate-notes", {"tag_name": "v1"}, {}, 403),
        ("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": HEAD}, {"contents": "write"}, 201),
        ("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": "0" * 40}, {"contents": "write"}, 422),
        ("POST", "/git/refs", {"ref": "refs/tags/v1", "sha": "0" * 40}, {"contents": "read"}, 403),
        ("POST", "/issues", {"title": "x"}, {"issues": "write"}, 201),
        ("POST", "/issues", {"title": "x"}, {"contents": "write"}, 403),
        ("POST", "/actions/runners/registration-token", None, {"actions": "write"}, 403),
        ("GET", "/actions/secrets", None, {"actions": "write"}, 403),
        ("POST", "/dispatches", {"event_type": "x"}, {"contents": "write"}, 204),
        ("GET", "", None, {}, 200),
        ("GET", "/no/such/endpoint", None, {"contents": "write"}, 404),
    ],
)
def test_a_workflow_s_token_may_do_what_it_was_granted(
    method: str, path: str, data: object, grants: dict[str, str], status: int, github: StandIn
) -> None:
    github.allow("t", grants)
    assert call(github, method, REPO + path, data=data)[0] == status


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("installation", (403, "Resource not accessible by integration")),
        ("app", (403, "Resource not accessible by integration")),
        ("fine-grained", (403, "Resource not accessible by personal access token")),
        ("classic", (404, "Not Found")),
    ],
)
def test_each_kind_of_token_is_refused_in_its_words(
    kind: TokenKind, answer: tuple[int, str], github: StandIn
) -> None:
    github.allow("t", {}, kind=kind)
    status, content = call(github, "POST", f"{REPO}/releases", data=DRAFT)
    assert (status, content["message"]) == answer


def test_a_token_that_is_unknown_or_expired_is_a_bad_credential(github: StandIn) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    github.allow("old", {"contents": "write"}, kind="fine-grained", expires=past)
    assert [call(github, "GET", REPO, token)[0] for token in ("new", "old", "")] == [401] * 3


def test_another_repository_is_not_seen(github: StandIn) -> None:
    github.allow("t", {"contents": "write"})
    assert call(github, "GET", "/repos/octo/other")[0] == 404


def test_no_workflow_s_token_is_an_administrator_s(github: StandIn) -> None:
    with pytest.raises(ValueError, match="administration"):
        github.allow("t", {"administration": "write"})


def test_a_release_is_made_published_and_deleted(github: StandIn) -> None:
    github.allow("t", {"contents": "write"})
    _, made = call(github, "POST", f"{REPO}/releases", data=DRAFT)
    (number,) = github.releases
    assert made["url"] == f"{github.url}{REPO}/releases/{number}"
    assert github.tags == set()
    call(github, "PATCH", f"{REPO}/releases/{number}", data={"draft": False})
    assert github.tags == {"v1"}
    assert call(github, "DELETE", f"{REPO}/releases/{number}")[0] == 204
    assert github.releases == {}


@pytest.mark.parametrize(("level", "status"), [("write", 202), ("read", 403)])
def test_the_registry_remembers_who_a_bearer_is_for(
    level: str, status: int, github: StandIn
) -> None:
    github.allow("t", {"packages": level})
    answered, content = call(github, "GET", "/token?scope=repository:octo/demo:pull,push")
    assert answered == 200
    bearer = str(content["token"])
    assert call(github, "POST", "/v2/octo/demo/blobs/uploads/", bearer)[0] == status
    assert len(github.uploads) == (status == 202)


def test_the_registry_wants_a_bearer(github: StandIn) -> None:
    assert call(github, "POST", "/v2/octo/demo/blobs/uploads/", "")[0] == 401


def test_a_failure_comes_before_all_else_and_is_noted(github: StandIn) -> None:
    github.allow("t", {"contents": "write"})
    github.answer(lambda _method, path: path.endswith("/releases"), Failure.RATE_LIMIT)
    status, content = call(github, "POST", f"{REPO}/releases", data=DRAFT)
    assert status == 403
    assert "rate limit" in str(content["message"])
    assert [(c.method, c.path, c.token, c.status) for c in github.calls] == [
        ("POST", f"{REPO}/releases", "t", 403)
    ]


def test_a_hanging_call_ends_with_the_stand_in() -> None:
    with StandIn() as github:
        github.answer(lambda _m, _p: True, Failure.HANG)
        connection = http.client.HTTPConnection(github.registry, timeout=5)
        connection.request("GET", REPO)
        connection.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.getresponse()


def test_the_socket_leads_to_the_same(github: StandIn) -> None:
    github.allow("t", {})
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(github.socket))
        request = f"GET {REPO} HTTP/1.1\r\nHost: api.github.com\r\nAuthorization: token t\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
