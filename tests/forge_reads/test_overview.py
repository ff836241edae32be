"""The one call before a clone: what it is answered with, and what may be missing in that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.forge.errors import ForgeError, Invalid, NotFound, Refused
from bot.forge.overview import look
from bot.life.overview import Actor, Base, Head, Limits, Overview, PullState, Template, Viewer
from tests.forge_reads.fakes import REPOSITORY, FakeClient, data

_BRANCH = "clearance/permissions"
_HEAD = Head("b" * 40, "ci: permissions\n\nbody", "c" * 40, ("a" * 40,))
_PULLS = "repository.pullRequests.nodes.0"


def _look(changes: dict[str, Any] | None = None) -> Overview:
    return look(FakeClient(data=data(changes)), REPOSITORY, _BRANCH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("repository", "octo/app"),
        ("visibility", "PUBLIC"),
        ("permission", "WRITE"),
        ("archived", False),
        ("base", Base("main", "a" * 40)),
        ("topics", ("no-clearance",)),
        ("settings_text", "enabled: true\n"),
        ("templates", (Template("pull_request_template.md", "- [ ] tests"),)),
        ("viewer", Viewer("octocat", 1)),
        ("branch", _HEAD),
        ("limits", Limits(4990, 5000, datetime(2026, 1, 2, 4, tzinfo=UTC))),
    ],
)
def test_tells_of_the_repository(field: str, value: object) -> None:
    assert getattr(_look(), field) == value


def test_merges_are_no_subjects() -> None:
    assert _look().subjects == ("feat: one", "first")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", PullState.OPEN),
        ("queued", True),
        ("created", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("closed", None),
        ("author", "clearance"),
        ("head", _HEAD),
        ("head_repository", "octo/app"),
        ("labels", ("ci",)),
        ("closed_by", None),
    ],
)
def test_tells_of_a_pull_request(field: str, value: object) -> None:
    assert getattr(_look().pulls[0], field) == value


def test_asks_for_the_branch_by_its_whole_name() -> None:
    client = FakeClient(data=data())
    look(client, REPOSITORY, _BRANCH)
    assert client.sent[0]["reference"] == f"refs/heads/{_BRANCH}"


@pytest.mark.parametrize(("kind", "is_bot"), [("Bot", True), ("User", False), ("Mannequin", False)])
def test_who_closed_it(kind: str, is_bot: bool) -> None:
    event = {"createdAt": "2026-01-03T00:00:00Z", "actor": {"__typename": kind, "login": "x"}}
    pull = _look({f"{_PULLS}.closings.nodes": [event]}).pulls[0]
    assert pull.closed_by == Actor("x", is_bot)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        pytest.param("repository.defaultBranchRef", "base", None, id="no-commits"),
        pytest.param("repository.settings", "settings_text", None, id="no-settings"),
        pytest.param("repository.ref", "branch", None, id="no-branch"),
        pytest.param("repository.viewerPermission", "permission", None, id="no-permission-told"),
        pytest.param("repository.pullRequestTemplates", "templates", (), id="no-templates"),
        pytest.param("repository.repositoryTopics", "topics", (), id="no-topics"),
        pytest.param("rateLimit", "limits", None, id="server-without-limits"),
    ],
)
def test_null_is_none(change: str, field: str, value: object) -> None:
    assert getattr(_look({change: None}), field) == value


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param("author", "author", id="account-is-gone"),
        pytest.param("headRepository", "head_repository", id="fork-is-gone"),
        pytest.param("headRef", "head", id="branch-is-gone"),
    ],
)
def test_what_is_gone_of_a_pull_request_is_none(change: str, field: str) -> None:
    assert getattr(_look({f"{_PULLS}.{change}": None}).pulls[0], field) is None


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"text": "enabled: tr", "isTruncated": True}, id="cut"),
        pytest.param({"text": None, "isTruncated": False}, id="binary"),
        pytest.param({}, id="a-folder"),
    ],
)
def test_settings_that_cannot_be_read_stop_it(settings: dict[str, object]) -> None:
    with pytest.raises(ForgeError, match=r"clearance\.yml can't be read"):
        _look({"repository.settings": settings})


@pytest.mark.parametrize(
    ("change", "value"),
    [
        pytest.param("viewer", None, id="no-viewer"),
        pytest.param("repository.nameWithOwner", None, id="no-name"),
        pytest.param("repository", [], id="repository-is-a-list"),
        pytest.param("repository.isArchived", "no", id="flag-is-text"),
        pytest.param("repository.pullRequests.nodes", {}, id="nodes-are-no-list"),
        pytest.param("repository.pullRequests.nodes", ["x"], id="node-is-text"),
        pytest.param(f"{_PULLS}.number", True, id="number-is-a-flag"),
        pytest.param(f"{_PULLS}.state", "ELSE", id="state-is-not-known"),
        pytest.param(f"{_PULLS}.createdAt", "yesterday", id="time-is-none"),
        pytest.param(f"{_PULLS}.createdAt", "0001-01-01T00:00:00+23:59", id="time-before-all"),
        pytest.param("repository.defaultBranchRef.target.history.nodes.0.parents", None, id="half"),
    ],
)
def test_an_answer_of_another_shape_is_one_sentence(change: str, value: object) -> None:
    with pytest.raises(ForgeError, match=REPOSITORY):
        _look({change: value})


def test_a_repository_that_is_null_is_not_found() -> None:
    with pytest.raises(NotFound, match="the token may not see it"):
        _look({"repository": None})


def test_not_found_names_the_repository() -> None:
    client = FakeClient(data=NotFound("There is nothing for the GraphQL query Overview", 404))
    with pytest.raises(NotFound, match=f"^{REPOSITORY}: there is no such repository"):
        look(client, REPOSITORY, _BRANCH)


def test_a_server_without_merge_queues_is_asked_without() -> None:
    old = data()
    del old["repository"]["pullRequests"]["nodes"][0]["isInMergeQueue"]
    error = Invalid("GitHub does not take it (Field 'isInMergeQueue' doesn't exist)", 422)
    client = FakeClient(data=[error, old])
    assert not look(client, REPOSITORY, _BRANCH).pulls[0].queued
    assert "isInMergeQueue" not in client.queries[1]


def test_another_refusal_is_not_asked_again() -> None:
    client = FakeClient(data=[Refused("GitHub refuses it"), data()])
    with pytest.raises(Refused):
        look(client, REPOSITORY, _BRANCH)
