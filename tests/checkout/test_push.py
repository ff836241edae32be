"""Branches on the server: each moves only from where it was last seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.forge import checkout
from bot.forge.errors import NotFound, OutcomeUnknown, Refused, Unreachable
from bot.forge.refusals import (
    BaseMissing,
    LeaseLost,
    ProtectedBranch,
    PushRefused,
    WorkflowsRefused,
)
from tests.checkout.origin import BRANCH, NAME, WORKFLOW, Origin, proposal


def test_a_new_branch(origin: Origin) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned, "on: pull_request\n")
        cloned.push(commit, BRANCH, None)
    assert origin.tip(BRANCH) == commit
    changed = origin.git("diff", f"{commit}~1", commit, "--name-only", at=origin.bare())
    assert changed == WORKFLOW
    assert origin.git("fsck", "--full", at=origin.bare()) == ""


def test_nothing_but_the_change_is_sent(origin: Origin) -> None:
    with origin.clone() as cloned:
        before = origin.git("count-objects", at=origin.bare())
        cloned.push(proposal(cloned), BRANCH, None)
        after = origin.git("count-objects", at=origin.bare())
    # A commit, the trees of the three folders and a blob.
    assert int(after.split()[0]) - int(before.split()[0]) == 5


def test_a_branch_is_replaced(origin: Origin) -> None:
    with origin.clone() as cloned:
        first, second = proposal(cloned, "on: a\n"), proposal(cloned, "on: b\n")
        cloned.push(first, BRANCH, None)
        cloned.push(second, BRANCH, first)
    assert origin.tip(BRANCH) == second


def test_the_same_push_twice(origin: Origin) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
        cloned.push(commit, BRANCH, None)
    assert origin.tip(BRANCH) == commit


def test_a_branch_that_is_there_although_none_was_expected(origin: Origin) -> None:
    human = origin.commit("By hand", BRANCH)
    with origin.clone() as cloned, pytest.raises(LeaseLost, match="by somebody else"):
        cloned.push(proposal(cloned), BRANCH, None)
    assert origin.tip(BRANCH) == human


def test_a_human_pushes_in_between(origin: Origin) -> None:
    with origin.clone() as cloned:
        first = proposal(cloned, "on: a\n")
        cloned.push(first, BRANCH, None)
        human = origin.commit("By hand", BRANCH)
        with pytest.raises(LeaseLost):
            cloned.push(proposal(cloned, "on: b\n"), BRANCH, first)
    assert origin.tip(BRANCH) == human


def test_a_human_pushes_what_the_clone_has_fetched_since(origin: Origin) -> None:
    with origin.clone() as cloned:
        first = proposal(cloned, "on: a\n")
        cloned.push(first, BRANCH, None)
        human = origin.commit("By hand", BRANCH)
        cloned.fetch_commit(human)
        with pytest.raises(LeaseLost):
            cloned.push(proposal(cloned, "on: b\n"), BRANCH, first)
    assert origin.tip(BRANCH) == human


def test_a_human_pushes_while_the_server_takes_the_push(origin: Origin) -> None:
    human = origin.commit("By hand", "elsewhere")
    with origin.clone() as cloned:
        first = proposal(cloned, "on: a\n")
        cloned.push(first, BRANCH, None)
        _hook(origin, f"unset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/{BRANCH} {human}")
        with pytest.raises(LeaseLost):
            cloned.push(proposal(cloned, "on: b\n"), BRANCH, first)
    assert origin.tip(BRANCH) == human


def test_the_branch_was_deleted_meanwhile(origin: Origin) -> None:
    with origin.clone() as cloned:
        first = proposal(cloned, "on: a\n")
        cloned.push(first, BRANCH, None)
        origin.git("update-ref", "-d", f"refs/heads/{BRANCH}", at=origin.bare())
        with pytest.raises(LeaseLost):
            cloned.push(proposal(cloned, "on: b\n"), BRANCH, first)
    assert origin.tip(BRANCH) is None


def test_the_base_moved_since_the_clone(origin: Origin) -> None:
    with origin.clone() as cloned:
        origin.commit("Newer")
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
    assert origin.tip(BRANCH) == commit


def test_a_commit_upon_an_older_base(origin: Origin) -> None:
    old = origin.tip("main") or ""
    origin.commit("Newer")
    with origin.clone() as cloned:
        cloned.fetch_commit(old)
        commit = proposal(cloned, parent=old)
        cloned.push(commit, BRANCH, None)
    assert origin.tip(BRANCH) == commit
    assert origin.git("rev-parse", f"{commit}~1", at=origin.bare()) == old


def test_a_branch_is_deleted(origin: Origin) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
        cloned.delete_branch(BRANCH, commit)
    assert origin.tip(BRANCH) is None


def test_a_branch_that_a_human_pushed_to_is_not_deleted(origin: Origin) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
        human = origin.commit("By hand", BRANCH)
        with pytest.raises(LeaseLost):
            cloned.delete_branch(BRANCH, commit)
    assert origin.tip(BRANCH) == human


def test_a_branch_that_is_gone_can_t_be_deleted(origin: Origin) -> None:
    with origin.clone() as cloned, pytest.raises(LeaseLost):
        cloned.delete_branch(BRANCH, cloned.head)


@pytest.mark.parametrize("branch", ["", "a:b", "*", "a b", "a\0"])
def test_no_name_for_a_branch(origin: Origin, branch: str) -> None:
    with origin.clone() as cloned, pytest.raises(NotFound, match="git takes no such name"):
        cloned.push(proposal(cloned), branch, None)


def test_a_branch_of_the_name_s_first_part(origin: Origin) -> None:
    origin.commit("In the way", "clearance")
    with origin.clone() as cloned, pytest.raises(PushRefused, match="choose another name"):
        cloned.push(proposal(cloned), BRANCH, None)


def test_a_fork_that_is_as_new(origin: Origin) -> None:
    _fork(origin, "main")
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None, url=origin.url("me/r"))
    assert origin.tip(BRANCH, "me/r") == commit
    assert origin.tip(BRANCH) is None


def test_a_fork_behind_that_shares_its_parent_s_objects(origin: Origin) -> None:
    fork = _fork(origin, "main~1")
    (fork / "objects/info/alternates").write_text(f"{origin.bare() / 'objects'}\n")
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None, url=origin.url("me/r"))
    assert origin.tip(BRANCH, "me/r") == commit


def test_a_fork_behind_that_shares_nothing(origin: Origin) -> None:
    _fork(origin, "main~1")
    with origin.clone() as cloned, pytest.raises(BaseMissing, match="bring the fork up to date"):
        cloned.push(proposal(cloned), BRANCH, None, url=origin.url("me/r"))
    assert origin.tip(BRANCH, "me/r") is None


def _fork(origin: Origin, main: str) -> Path:
    made = origin.serve("me/r")
    origin.git("push", "-q", str(made), f"{main}:refs/heads/main")
    return made


def _hook(origin: Origin, script: str, name: str = "pre-receive") -> None:
    hook = origin.bare() / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        pytest.param(
            "refusing to allow a Personal Access Token to create or update workflow "
            "`.github/workflows/ci.yml` without `workflow` scope",
            WorkflowsRefused,
            id="no right to workflow files",
        ),
        pytest.param(
            "error: GH006: Protected branch update failed for refs/heads/x.",
            ProtectedBranch,
            id="a protected branch",
        ),
        pytest.param("Cannot push: stale info, non-fast-forward", PushRefused, id="another hook"),
    ],
)
def test_what_a_hook_of_the_server_says(origin: Origin, said: str, kind: type[PushRefused]) -> None:
    _hook(origin, f"echo '{said}' >&2\nexit 1")
    with origin.clone() as cloned, pytest.raises(PushRefused) as caught:
        cloned.push(proposal(cloned), BRANCH, None)
    assert type(caught.value) is kind
    assert origin.tip(BRANCH) is None


def test_the_token_may_read_only(origin: Origin) -> None:
    origin.server.answers[f"GET /{NAME}/info/refs?service=git-receive-pack"] = (403, {}, b"")
    with origin.clone() as cloned, pytest.raises(Refused, match="Contents: write"):
        cloned.push(proposal(cloned), BRANCH, None)


def test_a_push_that_never_began(origin: Origin) -> None:
    origin.server.answers[f"GET /{NAME}/info/refs?service=git-receive-pack"] = (503, {}, b"")
    with origin.clone() as cloned, pytest.raises(Unreachable) as caught:
        cloned.push(proposal(cloned), BRANCH, None)
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_push_whose_answer_is_lost_can_be_done_again(origin: Origin) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned)
        origin.server.cut = True
        with pytest.raises(OutcomeUnknown, match="look whether the branch is there"):
            cloned.push(commit, BRANCH, None)
        assert origin.tip(BRANCH) == commit
        origin.server.cut = False
        cloned.push(commit, BRANCH, None)
    assert origin.tip(BRANCH) == commit


def test_a_push_that_takes_too_long(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    with origin.clone() as cloned:
        commit = proposal(cloned)
        monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 0.5)
        origin.server.hang = True
        with pytest.raises(OutcomeUnknown, match="took too long"):
            cloned.push(commit, BRANCH, None)
