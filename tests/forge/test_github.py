"""The stand-in with a memory keeps to what GitHub does, or the tests that use it prove nothing."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from graphql import GraphQLObjectType, build_schema

from tests.forge import shapes
from tests.forge.faults import SECONDARY, Cut, status
from tests.forge.github import GitHub
from tests.forge.graph import KIND
from tests.forge.people import App, Role
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.forge.schemas import openapi, package
from tests.forge.schemas_graphql import answer_problems, official

CI = ".github/workflows/ci.yml"
UPDATE = f"to create or update workflow `{CI}`"
FILES = {CI: "on: push\n", "README.md": "Hello\n"}
QUERIES = Path(__file__).parents[2] / "bot" / "forge" / "queries"
BRANCH = "clearance/permissions"


@pytest.fixture
def repo(hub: GitHub) -> Repository:
    hub.token("tok")
    return hub.repository("octo/demo", FILES)


def call(
    hub: GitHub,
    method: str,
    path: str,
    body: Any = None,
    token: str = "tok",  # noqa: S107
    **headers: str,
) -> requests.Response:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return requests.request(
        method, hub.api_url + path, json=body, headers=headers, timeout=5, allow_redirects=False
    )


def ask(hub: GitHub, query: str, token: str = "tok", **variables: object) -> Any:  # noqa: S107
    return call(hub, "POST", "/graphql", {"query": query, "variables": variables}, token).json()


def overview(hub: GitHub, branch: str = BRANCH, token: str = "tok", name: str = "demo") -> Any:  # noqa: S107
    query = (QUERIES / "overview.graphql").read_text()
    reference = f"refs/heads/{branch}"
    return ask(
        hub, query, token, owner="octo", name=name, branch=branch, reference=reference, subjects=5
    )


def git(
    folder: Path,
    *arguments: str,
    token: str = "tok",  # noqa: S107
) -> subprocess.CompletedProcess[str]:
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "3" if token else "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Someone",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "someone@example.com",
        "GIT_CONFIG_KEY_2": "http.extraheader",
        "GIT_CONFIG_VALUE_2": f"Authorization: Basic {basic}",
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def changed(repo: Repository, tmp_path: Path, path: str = CI) -> Path:
    """A clone with one commit that changes a file."""
    folder = tmp_path / "clone"
    assert git(tmp_path, "clone", "-q", "--depth=1", repo.clone_url, str(folder)).returncode == 0
    (folder / path).write_text("on: pull_request\n")
    assert git(folder, "commit", "-qam", "Change").returncode == 0
    return folder


# Git.


def test_a_blobless_clone_gets_its_blobs_one_by_one(
    hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    repo.human.push({"big.bin": os.urandom(300_000)})
    done = git(
        tmp_path, "clone", "--bare", "-q", "--depth=1", "--filter=blob:none", "--no-tags",
        "--single-branch", repo.clone_url, "bare",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert hub.calls.git_bytes < 5000
    bare = tmp_path / "bare"
    blob = repo.git.resolve(f"HEAD:{CI}")
    assert blob
    missing = git(bare, "rev-list", "--objects", "--missing=print", "HEAD").stdout
    assert f"?{blob}" in missing
    # With the usual negotiation the server leaves out what it thinks that the clone has.
    noop = ("-c", "fetch.negotiationAlgorithm=noop", "fetch", "-q", "--no-tags")
    fetched = git(bare, *noop, "--filter=blob:none", "origin", blob)
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert git(bare, "cat-file", "-p", blob).stdout == "on: push\n"


def test_a_push_with_a_lease_wins_once(repo: Repository, tmp_path: Path) -> None:
    folder = changed(repo, tmp_path)
    push = ("push", "origin", f"HEAD:refs/heads/{BRANCH}")
    absent = f"--force-with-lease=refs/heads/{BRANCH}:"
    assert git(folder, *push, absent).returncode == 0
    first = repo.branches[BRANCH]
    assert repo.text(CI, BRANCH) == "on: pull_request\n"
    git(folder, "commit", "-q", "--amend", "-m", "Again")
    again = git(folder, *push, absent)
    assert (again.returncode, "stale info" in again.stderr) == (1, True)
    assert repo.branches[BRANCH] == first
    assert git(folder, *push, f"{absent}{first}").returncode == 0
    assert repo.branches[BRANCH] != first


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (
            {"scopes": ["repo"]},
            f"refusing to allow a Personal Access Token {UPDATE} without `workflow` scope",
        ),
        (
            {"contents": "write"},
            f"refusing to allow a GitHub App {UPDATE} without `workflows` permission",
        ),
        ({"contents": "write", "workflows": "write"}, ""),
    ],
    ids=["classic without the scope", "a workflow's own", "one that may"],
)
def test_workflows_are_pushed_only_by_a_token_that_may(
    token: dict[str, Any], words: str, hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    folder = changed(repo, tmp_path)
    if "scopes" in token:
        hub.token("other", **token)
    else:
        hub.actions_token("other", token, "octo/demo")
    done = git(folder, "push", "origin", f"HEAD:refs/heads/{BRANCH}", token="other")  # noqa: S106
    assert (BRANCH in repo.branches) == (not words)
    assert f"[remote rejected] HEAD -> {BRANCH} ({words})" in done.stderr or not words


def test_without_the_right_to_workflows_other_files_go_through(
    hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    hub.token("weak", scopes=["repo"])
    folder = changed(repo, tmp_path, "README.md")
    assert git(folder, "push", "origin", "HEAD:refs/heads/x", token="weak").returncode == 0  # noqa: S106


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            lambda repo: repo.protect("main"),
            ("GH006: Protected", "(protected branch hook declined)"),
        ),
        (
            lambda repo: repo.ruleset("refs/heads/.*"),
            ("GH013: Repository rule", "(push declined due to repository rule violations)"),
        ),
    ],
    ids=["protected branch", "ruleset"],
)
def test_rules_decline_a_push_in_github_s_words(
    rule: Callable[[Repository], None], words: tuple[str, str], repo: Repository, tmp_path: Path
) -> None:
    folder = changed(repo, tmp_path)
    rule(repo)
    before = repo.head
    done = git(folder, "push", "origin", "HEAD:refs/heads/main")
    assert all(one in done.stderr for one in words)
    assert (done.returncode, repo.head) == (1, before)


@pytest.mark.parametrize(
    ("change", "token", "words"),
    [
        ({}, "wrong", "could not read Username"),
        ({"private": True}, "", "could not read Username"),
        ({"private": True}, "stranger", "Repository not found"),
        ({"disabled": True}, "tok", "error: 403"),
        ({"deleted": True}, "tok", "Repository not found"),
    ],
    ids=["wrong token", "private, no token", "private, no rights", "disabled", "deleted"],
)
def test_a_clone_is_refused(
    change: dict[str, bool], token: str, words: str, hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    hub.token("stranger", user="stranger")
    for name, value in change.items():
        setattr(repo, name, value)
    done = git(tmp_path, "clone", repo.clone_url, "x", token=token)
    assert done.returncode == 128
    assert words in done.stderr


@pytest.mark.parametrize(
    ("archived", "token", "words"),
    [(True, "tok", "archived"), (False, "stranger", "Permission to octo/demo.git denied to")],
    ids=["archived", "a stranger"],
)
def test_a_push_is_refused(
    archived: bool, token: str, words: str, hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    hub.token("stranger", user="stranger")
    folder = changed(repo, tmp_path)
    repo.archived = archived
    done = git(folder, "push", "origin", "HEAD:refs/heads/x", token=token)
    assert words in done.stderr
    assert repo.branches.keys() == {"main"}


# Pull requests.


def test_the_life_of_a_pull_request(hub: GitHub, repo: Repository) -> None:
    repo.human.push({CI: "on: release\n"}, BRANCH)
    body = {"title": "Fix", "head": BRANCH, "base": "main", "body": "- [ ] box", "draft": True}
    made = call(hub, "POST", "/repos/octo/demo/pulls", body)
    assert (made.status_code, made.json()["mergeable"]) == (201, True)
    again = call(hub, "POST", "/repos/octo/demo/pulls", body)
    assert again.status_code == 422
    assert again.json()["errors"][0]["message"] == (
        f"A pull request already exists for octo:{BRANCH}."
    )
    ready = ask(hub, (QUERIES / "ready.graphql").read_text(), id=made.json()["node_id"])
    assert ready["data"]["markPullRequestReadyForReview"]["pullRequest"] == {"isDraft": False}
    for path, sent, expected in (
        ("issues/1/labels", {"labels": ["ci"]}, 200),
        ("issues/1/assignees", {"assignees": ["mona"]}, 201),
        ("issues/1/comments", {"body": "Look"}, 201),
        ("pulls/1/requested_reviewers", {"reviewers": ["mona"]}, 201),
        ("pulls/1/requested_reviewers", {"reviewers": ["nobody"]}, 422),
    ):
        assert call(hub, "POST", f"/repos/octo/demo/{path}", sent).status_code == expected
    edited = call(hub, "PATCH", "/repos/octo/demo/pulls/1", {"body": "- [ ] other"})
    assert edited.json()["body"] == "- [ ] other"
    repo.human.tick(repo.pull, "other")
    (seen,) = overview(hub)["data"]["repository"]["pullRequests"]["nodes"]
    assert (seen["body"], seen["state"], seen["mergeable"]) == ("- [x] other", "OPEN", "MERGEABLE")
    repo.human.merge(repo.pull, "squash")
    assert repo.text(CI) == "on: release\n"
    repo.human.revert(repo.pull)
    assert repo.text(CI) == "on: push\n"
    (seen,) = overview(hub)["data"]["repository"]["pullRequests"]["nodes"]
    assert seen["state"] == "MERGED"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"head": "nothing"}, {"field": "head", "code": "invalid"}),
        ({"head": "even"}, {"message": "No commits between main and even"}),
        ({"head": "stranger:main"}, {"field": "head", "code": "invalid"}),
        ({"head": BRANCH, "base": "gone"}, {"field": "base", "code": "invalid"}),
    ],
    ids=["no such branch", "nothing new", "no such fork", "no such base"],
)
def test_a_pull_request_is_invalid(
    body: dict[str, str], error: dict[str, str], hub: GitHub, repo: Repository
) -> None:
    repo.human.push({CI: "on: release\n"}, BRANCH)
    repo.human.create_branch("even")
    sent = {"title": "Fix", "base": "main"} | body
    found = call(hub, "POST", "/repos/octo/demo/pulls", sent)
    assert found.status_code == 422
    assert error.items() <= found.json()["errors"][0].items()


@pytest.mark.parametrize(
    ("login", "kind", "shown"), [("mona", "User", "mona"), ("stale[bot]", "Bot", "stale")]
)
def test_the_timeline_says_who_closed_it(
    login: str, kind: str, shown: str, hub: GitHub, repo: Repository
) -> None:
    repo.human.push({CI: "on: release\n"}, BRANCH)
    repo.human.open(BRANCH)
    repo.by(login).close(repo.pull)
    (seen,) = overview(hub)["data"]["repository"]["pullRequests"]["nodes"]
    assert seen["closings"]["nodes"][0]["actor"] == {"__typename": kind, "login": shown}


def test_git_decides_what_becomes_of_a_pull_request(hub: GitHub, repo: Repository) -> None:
    human = repo.human
    states = {}
    for name, happens in (
        ("conflict", lambda _: human.push({CI: "on: tag\n"})),
        ("deleted", human.delete_branch),
        ("emptied", lambda name: human.force_push(name, repo.head)),
        ("arrived", lambda name: human.force_push("main", repo.branches[name])),
    ):
        human.push({CI: f"on: {name}\n"}, name)
        pull = human.open(name)
        happens(name)
        seen = overview(hub, name)["data"]["repository"]["pullRequests"]["nodes"][0]
        states[name] = (pull.state, seen["mergeable"])
    assert states == {
        "conflict": ("OPEN", "CONFLICTING"),
        "deleted": ("CLOSED", "UNKNOWN"),
        "emptied": ("CLOSED", "UNKNOWN"),
        "arrived": ("MERGED", "UNKNOWN"),
    }


def test_a_fork_is_there_after_a_moment(hub: GitHub, repo: Repository, tmp_path: Path) -> None:
    hub.token("stranger", user="stranger")
    folder = changed(repo, tmp_path)
    answer = call(hub, "POST", "/repos/octo/demo/forks", {}, "stranger")
    assert (answer.status_code, answer.json()["full_name"]) == (202, "stranger/demo")
    url = answer.json()["clone_url"]
    assert git(folder, "ls-remote", url, token="stranger").returncode  # noqa: S106
    hub.advance(seconds=2)
    push = git(folder, "push", url, f"HEAD:refs/heads/{BRANCH}", token="stranger")  # noqa: S106
    assert push.returncode == 0, push.stderr
    sent = {"title": "Fix", "head": f"stranger:{BRANCH}", "base": "main"}
    made = call(hub, "POST", "/repos/octo/demo/pulls", sent, "stranger")
    assert (made.status_code, made.json()["head"]["repo"]["full_name"]) == (201, "stranger/demo")
    assert (
        call(hub, "POST", "/repos/octo/demo/issues/1/labels", ["x"], "stranger").status_code == 404
    )
    repo.human.merge(repo.pull)
    assert repo.text(CI) == "on: pull_request\n"


# Rights, names and answers.


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


# GraphQL.


def test_an_alias_that_finds_nothing_is_null_beside_the_others(
    hub: GitHub, repo: Repository
) -> None:
    repo.human.push({"action.yml": "name: x\n", "logo.png": b"\x89\0"})
    answer = ask(
        hub,
        """query Look {
          a: repository(owner: "octo", name: "demo") {
            commit: object(expression: "main") { oid ... on Commit { oid } }
            text: object(expression: "main:action.yml") {
              ... on Blob { oid text isTruncated isBinary byteSize }
            }
            image: object(expression: "main:logo.png") { ... on Blob { text isBinary } }
            none: object(expression: "main:nothing") { oid }
          }
          b: repository(owner: "octo", name: "gone") { id }
        }""",
    )
    found = answer["data"]["a"]
    assert found["commit"]["oid"] == repo.head
    assert (found["text"]["text"], found["text"]["byteSize"]) == ("name: x\n", 8)
    assert found["image"] == {"text": None, "isBinary": True}
    assert found["none"] is None
    assert answer["data"]["b"] is None
    (error,) = answer["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["b"])


def commit_input(repo: Repository, expected: str) -> dict[str, object]:
    content = base64.b64encode(b"on: release\n").decode()
    return {
        "branch": {"repositoryNameWithOwner": "octo/demo", "branchName": "main"},
        "message": {"headline": "Fix", "body": "Why"},
        "expectedHeadOid": expected,
        "fileChanges": {"additions": [{"path": CI, "contents": content}]},
    }


def test_a_commit_by_graphql_is_made_from_the_expected_head_only(
    hub: GitHub, repo: Repository
) -> None:
    query, old = (QUERIES / "commit.graphql").read_text(), repo.head
    made = ask(hub, query, input=commit_input(repo, old))
    assert made["data"]["createCommitOnBranch"]["commit"]["oid"] == repo.head != old
    assert repo.text(CI) == "on: release\n"
    stale = ask(hub, query, input=commit_input(repo, old))
    assert (stale["data"], stale["errors"][0]["type"]) == (
        {"createCommitOnBranch": None},
        "STALE_DATA",
    )
    hub.token("weak", scopes=["repo"])
    refused = ask(hub, query, "weak", input=commit_input(repo, repo.head))
    assert "without `workflow` scope" in refused["errors"][0]["message"]


# Apps.


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


# Limits, faults and the log.


def test_calls_are_counted_until_none_is_left(hub: GitHub, repo: Repository) -> None:
    hub.limits.core = 2
    first = call(hub, "GET", "/repos/octo/demo")
    assert first.headers["X-RateLimit-Remaining"] == "1"
    same = call(hub, "GET", "/repos/octo/demo", **{"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.text) == (304, "")
    rate = call(hub, "GET", "/rate_limit").json()["resources"]
    assert (rate["core"]["remaining"], rate["graphql"]["remaining"]) == (1, 5000)
    call(hub, "GET", "/repos/octo/demo")
    over = call(hub, "GET", "/repos/octo/demo")
    assert (over.status_code, over.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert "API rate limit exceeded" in over.json()["message"]


def test_graphql_says_its_limit_with_200(hub: GitHub, repo: Repository) -> None:
    hub.limits.graphql = 0
    assert overview(hub)["errors"][0]["type"] == "RATE_LIMITED"


def test_too_many_writes_meet_the_secondary_limit(hub: GitHub, repo: Repository) -> None:
    hub.limits.creations_a_minute = 1
    body = {"ref": "refs/heads/x", "sha": repo.head}
    path = "/repos/octo/demo/git/refs"
    assert call(hub, "POST", path, body).status_code == 201
    over = call(hub, "POST", path, body)
    assert (over.status_code, over.headers["Retry-After"]) == (403, "60")


@pytest.mark.parametrize(("cut", "there"), [(Cut.BEFORE, False), (Cut.AFTER, True)])
def test_a_connection_is_cut_before_or_after_the_effect(
    cut: Cut, there: bool, hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    body = {"ref": "refs/heads/x", "sha": repo.head}
    hub.fault("POST /repos/octo/demo/git/refs", cut)
    with pytest.raises(requests.ConnectionError):
        call(hub, "POST", "/repos/octo/demo/git/refs", body)
    assert ("x" in repo.branches) == there
    folder = changed(repo, tmp_path)
    hub.fault(lambda one: one.operation == "git-receive-pack" and one.method == "POST", cut)
    assert git(folder, "push", "origin", "HEAD:refs/heads/y").returncode
    assert ("y" in repo.branches) == there
    assert git(folder, "push", "origin", "HEAD:refs/heads/z").returncode == 0


def test_a_fault_comes_as_often_as_asked(hub: GitHub, repo: Repository) -> None:
    hub.fault("GET /repos/octo/demo", status(503), times=2, after=1)
    hub.fault("Overview", SECONDARY)
    statuses = [call(hub, "GET", "/repos/octo/demo").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert "secondary" in overview(hub)["message"]
    assert "data" in overview(hub)


def test_a_call_hangs_until_the_end() -> None:
    with GitHub() as hub:
        hub.token("tok")
        hub.fault("GET /user", Cut.HANG)
        with pytest.raises(requests.Timeout):
            requests.get(f"{hub.api_url}/user", headers={"Authorization": "token tok"}, timeout=0.2)


def test_what_passed_is_kept(hub: GitHub, repo: Repository) -> None:
    call(hub, "GET", "/repos/octo/demo?x=1")
    hub.problems.clear()
    overview(hub)
    assert hub.calls.lines() == ["GET /repos/octo/demo?x=1 200", "POST /graphql Overview 200"]
    _, graph = hub.calls
    assert (graph.token, graph.data()["variables"]["owner"]) == ("tok", "octo")
    assert graph.sent == len(graph.response) > 500
    assert hub.calls.writes == ()


def test_an_enterprise_server_is_found_below_its_paths(hub: GitHub, repo: Repository) -> None:
    hub.world.version = "3.17.2"
    headers = {"Authorization": "token tok"}
    meta = requests.get(f"{hub.enterprise_url}/meta", headers=headers, timeout=5)
    assert meta.json()["installed_version"] == "3.17.2"
    sent = {"query": "query Who { viewer { login } }"}
    url = f"{hub.web_url}/api/graphql"
    who = requests.post(url, json=sent, headers=headers, timeout=5)
    assert who.json()["data"]["viewer"]["login"] == "clearance"


# Validation.


@pytest.fixture
def descriptions() -> None:
    """Ends the test where GitHub's descriptions of its APIs are not installed."""
    if package("openapi") and package("graphql-schema"):
        return
    reason = "needs @octokit/openapi and @octokit/graphql-schema in CLEARANCE_ORACLES"
    if os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("GET", "/repos/octo/demo/pulls?page=x", None, "parameter page"),
        ("GET", "/repos/octo/demo/pulls?size=5", None, "no parameter size"),
        ("PATCH", "/repos/octo/demo/pulls/1", {"labels": []}, "GitHub knows no labels"),
        ("PATCH", "/repos/octo/demo/pulls/1", {"title": 5}, "5 is not of type 'string'"),
        ("GET", "/repos/octo/demo/pull/1", None, "no such operation"),
        ("POST", "/graphql", {"query": "{ viewer { name2 } }"}, "Cannot query field 'name2'"),
    ],
)
@pytest.mark.usefixtures("descriptions")
def test_a_request_that_is_not_github_s_is_a_problem(
    method: str, path: str, body: object, problem: str, hub: GitHub, repo: Repository
) -> None:
    repo.human.push({"a": "b"}, BRANCH)
    repo.human.open(BRANCH)
    call(hub, method, path, body)
    assert problem in "\n".join(hub.problems)
    hub.problems.clear()


@pytest.mark.usefixtures("descriptions")
def test_an_answer_that_is_not_github_s_is_a_problem(hub: GitHub, repo: Repository) -> None:
    repo.private = "no"  # type: ignore[assignment]
    repo.name = None  # type: ignore[assignment]
    answer = shapes.minimal_repository(hub.api_url, repo)
    described = openapi()
    assert described
    wrong = described.problems("GET", "/repos/octo/demo", "", b"", 200, json.dumps(answer).encode())
    assert any("private" in one for one in wrong)
    query = 'query { repository(owner: "octo", name: "demo") { visibility } }'
    data = {"repository": {"visibility": "SECRET", KIND: "Repository"}, KIND: "Query"}
    assert "SECRET" in answer_problems(query, None, {"data": data})[0]


def test_problems_fail_the_test_that_made_them() -> None:
    hub = GitHub()
    hub.problems.append("made up")
    hub.__enter__()
    with pytest.raises(AssertionError, match="made up"):
        hub.__exit__(None, None, None)


@pytest.mark.usefixtures("descriptions")
def test_the_stand_in_s_own_schema_is_a_part_of_github_s() -> None:
    whole = official()
    assert whole is not None
    assert openapi() is not None
    own = build_schema(Path(__file__).with_name("github.graphql").read_text())
    for name, kind in own.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            theirs = whole.type_map[name]
            assert isinstance(theirs, GraphQLObjectType)
            for field, one in kind.fields.items():
                assert str(one.type) == str(theirs.fields[field].type), f"{name}.{field}"
                assert one.args.keys() <= theirs.fields[field].args.keys(), f"{name}.{field}"
