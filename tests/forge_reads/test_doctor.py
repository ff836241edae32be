"""The program's own preflight."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.forge.auth import Token, TokenKind
from bot.forge.checks import Check, Verdict, blocking, standing
from bot.forge.doctor import Asked, examine, git_says
from bot.forge.errors import (
    BadToken,
    ForgeError,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from bot.forge.overview import look
from tests.forge_reads.fakes import REPOSITORY, FakeClient, FakeReply, data

OK, LACKS, UNKNOWN, NOTE = Verdict.OK, Verdict.LACKS, Verdict.UNKNOWN, Verdict.NOTE
_NOW = datetime(2026, 1, 2, 10, 0, 0, tzinfo=UTC)
_HEADERS = {"date": "Fri, 02 Jan 2026 10:00:01 GMT"}
_FULL = {"contents": "write", "pull_requests": "write", "workflows": "write"}
_TOKENS = {kind: Token("t", kind, _FULL if kind is TokenKind.APP else None) for kind in TokenKind}
_422 = Invalid("GitHub does not take it (422 Validation Failed)", 422)
_403 = Refused("GitHub refuses it (403 Resource not accessible by personal access token): give")
_EXPIRES = "github-authentication-token-expiration"
_RIGHTS = ("Contents", "Pull requests", "Workflows")
_REPO = f"/repos/{REPOSITORY}"


def _limits(remaining: int = 4990, headers: Mapping[str, str] = _HEADERS) -> FakeReply:
    bucket = {"remaining": remaining, "limit": 5000, "reset": 1767351600}
    return FakeReply({"resources": {"core": bucket, "graphql": bucket}}, headers)


def _examined(
    kind: TokenKind = TokenKind.FINE_GRAINED,
    *,
    answers: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    repository: str | None = REPOSITORY,
    forks: bool = True,
    git: str | None = "git version 2.47.1",
    headers: Mapping[str, str] | None = None,
    public: bool = False,
    told: list[str] | None = None,
) -> tuple[Check, ...]:
    known = {
        "GET /rate_limit": _limits(headers=_HEADERS | dict(headers or {})),
        "GET /user": {"login": "octocat"},
        f"POST {_REPO}/git/refs": _422,
        f"POST {_REPO}/pulls": _422,
        f"GET {_REPO}/actions/permissions": {"enabled": True, "allowed_actions": "all"},
        f"GET {_REPO}/actions/permissions/workflow": {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": False,
        },
    }
    client = FakeClient({**known, **(answers or {})}, data=data(changes), whose=_TOKENS[kind])
    asked = Asked(repository, "clearance/permissions", forks, public)
    checks = examine(client, asked, clock=lambda: _NOW, git=lambda: git)
    if told is not None:
        told += client.asked
    return checks


def _verdicts(checks: tuple[Check, ...], name: str) -> list[Verdict]:
    return [check.verdict for check in checks if check.name == name]


def _said(checks: tuple[Check, ...], name: str) -> str:
    return "; ".join(check.sentence for check in checks if check.name == name)


def test_nothing_lacks_where_all_is_well() -> None:
    assert blocking(_examined()) == ()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (TokenKind.FINE_GRAINED, "it is a fine-grained personal access token of octocat"),
        (TokenKind.APP, "it is an installation token of a GitHub App of octocat"),
    ],
)
def test_which_token(kind: TokenKind, says: str) -> None:
    assert _said(_examined(kind), "token") == says


@pytest.mark.parametrize(
    ("header", "verdict"),
    [
        pytest.param({}, OK, id="none-named"),
        pytest.param({_EXPIRES: "2026-03-01 00:00:00 UTC"}, OK, id="far"),
        pytest.param({_EXPIRES: "2026-01-16 09:00:00 UTC"}, NOTE, id="within-14-days"),
        pytest.param({_EXPIRES: "2026-01-03 00:00:00 +0900"}, NOTE, id="another-zone"),
        pytest.param({_EXPIRES: "soon"}, UNKNOWN, id="no-date"),
    ],
)
def test_expiry(header: dict[str, str], verdict: Verdict) -> None:
    assert _verdicts(_examined(headers=header), "expiry") == [verdict]


def test_a_minted_token_has_no_expiry_to_tell() -> None:
    assert _verdicts(_examined(TokenKind.APP), "expiry") == []


@pytest.mark.parametrize(
    ("scopes", "visibility", "verdicts"),
    [
        pytest.param("repo, workflow", "PRIVATE", [OK, OK, OK], id="all"),
        pytest.param("public_repo, workflow", "PUBLIC", [OK, OK, OK], id="public"),
        pytest.param("public_repo, workflow", "PRIVATE", [LACKS, LACKS, OK], id="private"),
        pytest.param("public_repo, workflow", "INTERNAL", [LACKS, LACKS, OK], id="internal"),
        pytest.param("repo", "PUBLIC", [OK, OK, LACKS], id="no-workflow"),
        pytest.param("", "PUBLIC", [LACKS, LACKS, LACKS], id="no-scopes"),
    ],
)
def test_rights_of_a_classic_token(scopes: str, visibility: str, verdicts: list[Verdict]) -> None:
    header = {"x-oauth-scopes": scopes}
    checks = _examined(
        TokenKind.CLASSIC, changes={"repository.visibility": visibility}, headers=header
    )
    assert [v for name in _RIGHTS for v in _verdicts(checks, name)] == verdicts


@pytest.mark.parametrize(
    ("permissions", "verdicts"),
    [
        pytest.param(_FULL, [OK, OK, OK], id="all"),
        pytest.param(_FULL | {"workflows": "read"}, [OK, OK, LACKS], id="only-read"),
        pytest.param({"contents": "write"}, [OK, LACKS, LACKS], id="one"),
    ],
)
def test_rights_of_an_app(permissions: dict[str, str], verdicts: list[Verdict]) -> None:
    token = Token("t", TokenKind.APP, permissions)
    checks = standing(token, look(FakeClient(data=data()), REPOSITORY, "b"), forks=True)
    assert [v for name in _RIGHTS for v in _verdicts(checks, name)] == verdicts


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        pytest.param(_422, OK, id="not-taken"),
        pytest.param(_403, LACKS, id="refused"),
        pytest.param(Refused("GitHub refuses it (403 IP allow list)"), UNKNOWN, id="another-403"),
        pytest.param(Invalid("Git Repository is empty", 409), UNKNOWN, id="409"),
        pytest.param(NotFound("There is nothing", 404), UNKNOWN, id="404"),
        pytest.param(OutcomeUnknown("no answer"), UNKNOWN, id="no-answer"),
        pytest.param({}, UNKNOWN, id="taken"),
    ],
)
@pytest.mark.parametrize(("name", "path"), [("Contents", "git/refs"), ("Pull requests", "pulls")])
def test_rights_that_are_tried(answer: object, verdict: Verdict, name: str, path: str) -> None:
    checks = _examined(answers={f"POST {_REPO}/{path}": answer})
    assert _verdicts(checks, name) == [verdict]


def test_workflows_of_a_fine_grained_token_cannot_be_told() -> None:
    assert _verdicts(_examined(), "Workflows") == [UNKNOWN]


def test_what_is_asked_for_can_never_be_made() -> None:
    client = FakeClient({"GET /rate_limit": _limits()}, data=data())
    examine(client, Asked(REPOSITORY, "b", forks=True), clock=lambda: _NOW, git=git_says)
    _, reference, pull = client.sent
    assert ".." in str(reference["ref"])
    assert set(str(reference["sha"])) == {"0"}
    assert ".." in str(pull["head"])


def test_a_user_who_may_not_push_is_not_tried_at_it() -> None:
    checks = _examined(changes={"repository.viewerPermission": "READ"})
    assert _verdicts(checks, "Contents") == []


def test_a_user_of_whom_nothing_is_told_is_tried() -> None:
    checks = _examined(changes={"repository.viewerPermission": None})
    assert _verdicts(checks, "Contents") == [OK]


def test_a_fine_grained_token_has_no_scopes_to_lack() -> None:
    assert _verdicts(_examined(headers={"x-oauth-scopes": ""}), "Contents") == [OK]


def test_an_app_is_tried_whatever_its_user_may() -> None:
    token = Token("t", TokenKind.APP)
    changes = {"repository.viewerPermission": "READ"}
    client = FakeClient({"GET /rate_limit": _limits()}, data=data(changes), whose=token)
    checks = examine(client, Asked(REPOSITORY, "b", forks=True), clock=lambda: _NOW)
    assert _verdicts(checks, "Contents") == [UNKNOWN]


@pytest.mark.parametrize(
    ("kind", "login"),
    [(TokenKind.ACTIONS, "x"), (TokenKind.APP, "github-actions[bot]")],
    ids=["by-its-kind", "by-its-login"],
)
def test_the_token_of_a_run_can_never_push_workflows(kind: TokenKind, login: str) -> None:
    assert _verdicts(_examined(kind, changes={"viewer.login": login}), "Workflows") == [LACKS]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("isArchived", "octo/app is archived, so it takes no pushes"),
        ("isDisabled", "octo/app is disabled"),
        ("isEmpty", "octo/app has no commits yet"),
    ],
)
def test_a_repository_that_takes_nothing(change: str, says: str) -> None:
    (check,) = blocking(_examined(TokenKind.APP, changes={f"repository.{change}": True}))
    assert check.sentence == says


@pytest.mark.parametrize(
    ("permission", "forks", "verdict"),
    [
        ("ADMIN", False, OK),
        ("MAINTAIN", False, OK),
        ("WRITE", False, OK),
        ("TRIAGE", False, LACKS),
        ("READ", False, LACKS),
        ("READ", True, NOTE),
        (None, False, UNKNOWN),
    ],
)
def test_who_may_push(permission: str | None, forks: bool, verdict: Verdict) -> None:
    checks = _examined(changes={"repository.viewerPermission": permission}, forks=forks)
    assert _verdicts(checks, "push") == [verdict]


def test_what_an_apps_user_may_tells_nothing_of_the_app() -> None:
    changes = {"repository.viewerPermission": "READ"}
    assert _verdicts(_examined(TokenKind.APP, changes=changes, forks=False), "push") == []


def test_standing_makes_no_call() -> None:
    overview = look(FakeClient(data=data()), REPOSITORY, "b")
    checks = standing(_TOKENS[TokenKind.FINE_GRAINED], overview, forks=True)
    assert [(check.name, check.verdict) for check in checks] == [("repository", OK), ("push", OK)]


@pytest.mark.parametrize(
    ("answers", "verdicts"),
    [
        pytest.param({}, [OK, OK], id="read"),
        pytest.param({"": {"enabled": False}}, [NOTE], id="turned-off"),
        pytest.param(
            {"": {"enabled": True, "allowed_actions": "selected"}}, [NOTE, OK, OK], id="a-list"
        ),
        pytest.param({"": Refused("no")}, [UNKNOWN], id="403"),
        pytest.param({"/workflow": NotFound("no", 404)}, [UNKNOWN], id="404"),
    ],
)
def test_settings(answers: dict[str, object], verdicts: list[Verdict]) -> None:
    path = f"GET {_REPO}/actions/permissions"
    checks = _examined(answers={path + end: answer for end, answer in answers.items()})
    assert _verdicts(checks, "settings") == verdicts


@pytest.mark.parametrize(("remaining", "verdict"), [(50, OK), (49, LACKS), (0, LACKS)])
def test_limits(remaining: int, verdict: Verdict) -> None:
    checks = _examined(answers={"GET /rate_limit": _limits(remaining)})
    assert _verdicts(checks, "limits") == [verdict, verdict]


def test_limits_name_the_time_to_wait_for() -> None:
    checks = _examined(answers={"GET /rate_limit": _limits(0)})
    assert {c.advice for c in checks if c.name == "limits"} == {"wait until 11:00 UTC"}


def test_a_server_without_limits() -> None:
    answers = {
        "GET /rate_limit": NotFound("Rate limiting is not enabled", 404),
        "GET /user": FakeReply({}, _HEADERS | {_EXPIRES: "2026-03-01 00:00:00 UTC"}),
    }
    checks = _examined(answers=answers)
    assert (_verdicts(checks, "limits"), _said(checks, "expiry")) == (
        [OK],
        "the token expires on 2026-03-01",
    )


@pytest.mark.parametrize(
    ("date", "verdict"),
    [
        ("Fri, 02 Jan 2026 10:01:00 GMT", OK),
        ("Fri, 02 Jan 2026 10:01:01 GMT", NOTE),
        ("Fri, 02 Jan 2026 09:58:00 -0000", NOTE),
        ("Fri, 02 Jan 2026 11:00:00 +0100", OK),
        ("today", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_clock(date: str, verdict: Verdict) -> None:
    assert _verdicts(_examined(headers={"date": date}), "clock") == [verdict]


@pytest.mark.parametrize(
    ("says", "verdict"),
    [
        ("git version 2.32.0\n", OK),
        ("git version 2.39.5 (Apple Git-154)\n", OK),
        ("git version 3.0.0\n", OK),
        ("git version 2.31.9\n", LACKS),
        (None, LACKS),
        ("", UNKNOWN),
    ],
)
def test_git(says: str | None, verdict: Verdict) -> None:
    assert _verdicts(_examined(git=says), "git") == [verdict]


def test_git_is_asked() -> None:
    assert "git version" in (git_says() or "")


@pytest.mark.parametrize("kind", [TokenKind.CLASSIC, TokenKind.FINE_GRAINED])
def test_without_a_repository_the_token_is_told(kind: TokenKind) -> None:
    assert _said(_examined(kind, repository=None), "token").endswith("of octocat")


def test_without_a_repository_the_token_of_a_run_lacks_the_same() -> None:
    assert _verdicts(_examined(TokenKind.ACTIONS, repository=None), "Workflows") == [LACKS]


def _broken(error: ForgeError, repository: str | None = REPOSITORY) -> list[tuple[str, Verdict]]:
    asked = Asked(repository, "b", forks=True)
    checks = examine(FakeClient(whose=error), asked, clock=lambda: _NOW, git=lambda: "git 2.40")
    return [(check.name, check.verdict) for check in checks]


def test_a_bad_token_is_what_lacks() -> None:
    assert _broken(BadToken("GitHub knows no such token", 401)) == [("token", LACKS), ("git", OK)]


def test_an_app_that_is_not_installed_is_what_lacks() -> None:
    assert _broken(NotFound("not installed", 404)) == [("repository", LACKS), ("git", OK)]


def test_an_app_has_no_token_without_a_repository() -> None:
    assert _broken(NotFound("not installed", 404), None) == [("token", UNKNOWN), ("git", OK)]


def test_a_server_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(Unreachable):
        _broken(Unreachable("no answer"))


def test_a_repository_that_is_not_seen_lacks_and_the_rest_is_told() -> None:
    checks = _examined(changes={"repository": None})
    assert {check.name for check in checks} == {
        "token",
        "expiry",
        "repository",
        "limits",
        "clock",
        "git",
    }


@pytest.mark.parametrize("visibility", ["PRIVATE", "INTERNAL"])
def test_where_all_can_read_nothing_is_told_of_what_is_not_public(visibility: str) -> None:
    told: list[str] = []
    checks = _examined(changes={"repository.visibility": visibility}, public=True, told=told)
    assert _verdicts(checks, "repository") == [UNKNOWN]
    assert {check.name for check in checks} == {
        "token", "expiry", "repository", "limits", "clock", "git",
    }  # fmt: skip
    assert REPOSITORY not in str(checks)
    assert not [path for path in told if REPOSITORY in path]


def test_where_all_can_read_all_is_told_of_what_is_public() -> None:
    assert _examined(public=True) == _examined()


def test_elsewhere_all_is_told_of_what_is_not_public() -> None:
    checks = _examined(changes={"repository.visibility": "PRIVATE"})
    assert {"settings", *_RIGHTS} <= {check.name for check in checks}
