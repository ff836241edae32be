"""The stand-in with a memory does with pull requests and commits what GitHub does."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.talk import BRANCH, CI, QUERIES, ask, call, changed, git, overview


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
    hub.world.fork_delay = 600
    answer = call(hub, "POST", "/repos/octo/demo/forks", {}, "stranger")
    assert (answer.status_code, answer.json()["full_name"]) == (202, "stranger/demo")
    url = answer.json()["clone_url"]
    assert git(folder, "ls-remote", url, token="stranger").returncode  # noqa: S106
    hub.advance(seconds=601)
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
