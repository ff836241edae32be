"""Git on the stand-in is real, and declines in GitHub's own words."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.talk import BRANCH, CI, changed, git

UPDATE = f"to create or update workflow `{CI}`"


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
