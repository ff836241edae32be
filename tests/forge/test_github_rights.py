"""The stand-in's tokens, names and answers are as GitHub's."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
import requests

from tests.forge.github import GitHub
from tests.forge.people import App, Role
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.forge.talk import CI, call, git, overview


def test_refs_are_made_moved_and_deleted(hub: GitHub, repo: Repository) -> None:
    refs, first = "/repos/octo/demo/git/refs", repo.head
    second = repo.human.push({"a": "b"})
    assert call(hub, "POST", refs, {"ref": "refs/heads/a/b", "sha": first}).status_code == 201
    assert call(hub, "POST", refs, {"ref": "refs/heads/a/b", "sha": first}).status_code == 422
    assert call(hub, "PATCH", f"{refs}/heads/a/b", {"sha": second}).status_code == 200
    assert call(hub, "PATCH", f"{refs}/heads/a/b", {"sha": first}).status_code == 422
    assert repo.branches["a/b"] == second
    assert call(hub, "GET", "/repos/octo/demo/git/ref/heads/a/b").json()["object"]["sha"] == second
    assert call(hub, "DELETE", f"{refs}/heads/a/b").status_code == 204
    assert call(hub, "DELETE", f"{refs}/heads/a/b").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "token", "expected"),
    [
        ("GET", "", "wrong", (401, "Bad credentials")),
        ("GET", "", "stranger", (404, "Not Found")),
        ("GET", "", "", (404, "Not Found")),
        ("GET", "/actions/permissions/workflow", "tok", (403, "Must have admin rights")),
        ("GET", "/actions/permissions/workflow", "fine", (403, "Resource not accessible by pers")),
        ("POST", "/git/refs", "run", (403, "Resource not accessible by integration")),
        ("POST", "/git/refs", "reader", (404, "Not Found")),
        ("POST", "/git/refs", "fine", (201, "")),
    ],
)
def test_who_may_what(
    method: str, path: str, token: str, expected: tuple[int, str], hub: GitHub, repo: Repository
) -> None:
    repo.private = True
    hub.token("stranger", user="stranger")
    hub.token("reader", user="reader")
    hub.fine_grained("fine", {"contents": "write"}, repositories=["octo/demo"])
    hub.actions_token("run", {"contents": "read"}, "octo/demo")
    repo.collaborators["reader"] = Role.READ
    body = {"ref": "refs/heads/x", "sha": repo.head} if method == "POST" else None
    found = call(hub, method, f"/repos/octo/demo{path}", body, token)
    assert (found.status_code, found.json().get("message", "")[: len(expected[1])]) == expected
    if found.status_code == 403 and token != "tok":  # noqa: S105
        assert found.headers["X-Accepted-GitHub-Permissions"]


def test_a_token_s_headers(hub: GitHub, repo: Repository) -> None:
    hub.token("dated", scopes=["repo"], expires=hub.world.now() + timedelta(days=1))
    found = call(hub, "GET", "/user", token="dated")  # noqa: S106
    assert found.headers["X-OAuth-Scopes"] == "repo"
    assert found.headers["github-authentication-token-expiration"].endswith(" UTC")
    hub.advance(days=2)
    assert call(hub, "GET", "/user", token="dated").status_code == 401  # noqa: S106


def test_an_old_name_leads_to_the_new_one(hub: GitHub, repo: Repository, tmp_path: Path) -> None:
    hub.rename(repo, "octo/new")
    found = call(hub, "GET", "/repos/octo/demo")
    assert found.status_code == 301
    follow = call(hub, "GET", found.headers["Location"].removeprefix(hub.api_url))
    assert follow.json()["full_name"] == "octo/new"
    assert overview(hub)["data"]["repository"]["nameWithOwner"] == "octo/new"
    old = f"{hub.web_url}/octo/demo.git"
    assert git(tmp_path, "ls-remote", old).returncode == 0
    assert git(tmp_path, "-c", "http.followRedirects=false", "ls-remote", old).returncode


def test_an_empty_repository_has_nothing(hub: GitHub) -> None:
    hub.token("tok")
    hub.repository("octo/demo")
    seen = overview(hub)["data"]["repository"]
    assert (seen["isEmpty"], seen["defaultBranchRef"]) == (True, None)
    assert call(hub, "GET", "/repos/octo/demo/git/ref/heads/main").status_code == 409


def test_actions_and_their_logs(hub: GitHub, repo: Repository) -> None:
    hub.token("admin", user="mona")
    steps = [Step("Build", seconds=540), Step("Release", "failure", 3)]
    hub.run(repo, CI, jobs=[("publish", "failure", steps, "403: Resource not accessible\n")])
    hub.run(repo, CI, conclusion="success")
    runs = call(hub, "GET", "/repos/octo/demo/actions/runs?status=failure&per_page=5").json()
    assert (runs["total_count"], runs["workflow_runs"][0]["path"]) == (1, CI)
    run = runs["workflow_runs"][0]["id"]
    (job,) = call(hub, "GET", f"/repos/octo/demo/actions/runs/{run}/jobs").json()["jobs"]
    assert job["steps"][1]["conclusion"] == "failure"
    logs = call(hub, "GET", f"/repos/octo/demo/actions/jobs/{job['id']}/logs")
    assert logs.status_code == 302
    place = logs.headers["Location"]
    assert requests.get(place, timeout=5).text == "403: Resource not accessible\n"
    assert (
        requests.get(place, headers={"Authorization": "Bearer tok"}, timeout=5).status_code == 400
    )
    assert hub.problems == ["a token was sent to the place where logs are kept"]
    hub.problems.clear()
    path = "/repos/octo/demo/actions/permissions"
    assert call(hub, "GET", path, token="admin").json()["allowed_actions"] == "all"  # noqa: S106
    path += "/workflow"
    assert call(hub, "GET", path, token="admin").json()["default_workflow_permissions"] == "read"  # noqa: S106


def test_commits_are_listed_newest_first(hub: GitHub, repo: Repository) -> None:
    newest = repo.human.push({"a": "b"}, message="Second\n\nWhy")
    found = call(hub, "GET", "/repos/octo/demo/commits?per_page=1").json()
    assert [(one["sha"], one["commit"]["message"]) for one in found] == [(newest, "Second\n\nWhy")]
    hub.repository("octo/empty")
    assert call(hub, "GET", "/repos/octo/empty/commits").status_code == 409


def test_secrets_are_names(hub: GitHub, repo: Repository) -> None:
    repo.secrets = ("NPM_TOKEN",)
    secrets = "/repos/octo/demo/actions/secrets"
    assert [one["name"] for one in call(hub, "GET", secrets).json()["secrets"]] == ["NPM_TOKEN"]
    assert call(hub, "GET", f"{secrets}/NPM_TOKEN").status_code == 200
    assert call(hub, "GET", f"{secrets}/OTHER").status_code == 404


def signed(app: App, **claims: object) -> str:
    now = int(time.time())
    content = {"iat": now - 60, "exp": now + 300, "iss": str(app.id)} | claims
    return jwt.encode(content, app.private_key, "RS256")


def test_an_app_mints_a_token_for_its_installation(hub: GitHub, repo: Repository) -> None:
    app = hub.app("octo", {"contents": "write", "pull_requests": "write"})
    key = signed(app)
    found = call(hub, "GET", "/repos/octo/demo/installation", token=key).json()
    assert found["id"] == app.installation
    path = f"/app/installations/{found['id']}/access_tokens"
    made = call(hub, "POST", path, {"repositories": ["demo"]}, key)
    assert (made.status_code, made.json()["permissions"]["contents"]) == (201, "write")
    value = made.json()["token"]
    assert call(hub, "GET", "/repos/octo/demo", token=value).status_code == 200
    assert call(hub, "GET", "/user", token=value).status_code == 403
    assert overview(hub, token=value)["data"]["viewer"]["login"] == "clearance[bot]"
    more = call(hub, "POST", path, {"permissions": {"administration": "write"}}, key)
    assert more.status_code == 422
    hub.advance(hours=2)
    assert call(hub, "GET", "/repos/octo/demo", token=value).status_code == 401


def test_an_app_s_word_is_checked(hub: GitHub, repo: Repository) -> None:
    app, other = hub.app("octo", {}), hub.app("octo", {}, slug="other")
    path = "/repos/octo/demo/installation"
    late, forged = signed(app, exp=int(time.time()) + 4000), signed(other, iss=str(app.id))
    assert [call(hub, "GET", path, token=key).status_code for key in (late, forged)] == [401, 401]
