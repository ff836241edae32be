"""What the command does about pull requests, and what it refuses to do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bot.commands import Exit
from bot.review import command
from bot.review.options import Deed
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Command
from tests.stories.teller import BRANCH, CI, HOME, ROTATE, ROTATES, Teller


def test_approval_is_for_what_was_looked_at(repo: Repository, review: Command) -> None:
    code, out, _ = review(deed=Deed.APPROVE)
    assert code is Exit.DONE
    assert "octo/demo#1: approved at" in out
    (one,) = repo.pull.reviews
    assert (one.author.login, one.state, one.commit) == ("rita", "APPROVED", repo.branches[BRANCH])


@pytest.mark.parametrize(
    ("deed", "key"), [(Deed.APPROVE, "commit_id"), (Deed.MERGE, "sha")], ids=["approve", "merge"]
)
def test_github_is_told_which_commit_was_looked_at(
    hub: GitHub, repo: Repository, review: Command, deed: Deed, key: str
) -> None:
    head = repo.branches[BRANCH]
    hub.calls.clear()
    review(deed=deed)
    sent = [json.loads(one.request) for one in hub.calls.writes if one.kind == "rest"]
    assert [one[key] for one in sent] == [head]


def test_nobody_approves_what_is_their_own(
    repo: Repository, teller: Teller, review: Command
) -> None:
    code, _, err = review(deed=Deed.APPROVE, token=teller.token)
    assert code is Exit.FINDINGS
    assert "its author's" in err
    assert not repo.pull.reviews


@pytest.mark.parametrize("deed", [Deed.APPROVE, Deed.MERGE])
def test_what_is_not_proved_is_neither_approved_nor_merged(
    repo: Repository, review: Command, deed: Deed
) -> None:
    repo.human.push({"README.md": "Mine.\n"}, BRANCH)
    code, _, err = review(deed=deed)
    assert code is Exit.FINDINGS
    assert "only what is exactly ours" in err
    assert not repo.pull.reviews
    assert repo.pull.state == "OPEN"


@pytest.mark.parametrize("deed", Deed)
def test_a_dry_run_does_nothing(hub: GitHub, repo: Repository, review: Command, deed: Deed) -> None:
    hub.calls.clear()
    code, out, _ = review(deed=deed, dry=True)
    assert code is Exit.DONE
    assert f"octo/demo#1: would {deed}" in out
    assert not [one for one in hub.calls.writes if one.kind == "rest"]


@pytest.mark.parametrize(
    ("method", "parents"), [("MERGE", 2), ("SQUASH", 1)], ids=["a merge", "a squash"]
)
def test_it_is_merged_as_github_proposes(
    repo: Repository, review: Command, method: str, parents: int
) -> None:
    repo.merge_method = method
    assert review(deed=Deed.MERGE)[0] is Exit.DONE
    assert repo.pull.state == "MERGED"
    assert len(repo.git.run("rev-list", "--parents", "-1", repo.head).split()) == 1 + parents


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda repo: repo.checks.update({repo.branches[BRANCH]: "FAILURE"}),
            "checks are not green: failure",
            id="red checks",
        ),
        pytest.param(
            lambda repo: repo.checks.update({repo.branches[BRANCH]: "PENDING"}),
            "checks are not green: pending",
            id="checks that run",
        ),
        pytest.param(lambda repo: setattr(repo.pull, "draft", True), "it is a draft", id="a draft"),
        pytest.param(
            lambda repo: setattr(repo.pull, "in_merge_queue", True), "merge queue", id="queued"
        ),
        pytest.param(
            lambda repo: repo.human.push({CI: "on: push\njobs: {}\n"}),
            "it conflicts",
            id="a conflict",
        ),
        pytest.param(lambda repo: repo.human.close(repo.pull), "it is closed", id="closed"),
    ],
)
def test_what_can_not_be_merged_is_left(
    repo: Repository, review: Command, change: Callable[[Repository], object], why: str
) -> None:
    change(repo)
    code, _, err = review(deed=Deed.MERGE)
    assert code is Exit.FINDINGS
    assert why in err


def test_what_waits_for_a_secret_is_not_merged(
    hub: GitHub, teller: Teller, review: Command
) -> None:
    hub.repository(HOME, {ROTATE: ROTATES}, collaborators={"clearance": "write", "rita": "write"})
    teller.run()
    code, out, err = review(deed=Deed.MERGE)
    assert code is Exit.FINDINGS
    assert "waits until GH_PAT_TOKEN is stored" in err
    assert "x high" in out


@pytest.mark.parametrize("deed", [Deed.APPROVE, Deed.MERGE, Deed.CLOSE])
def test_a_push_in_between_stops_it(
    hub: GitHub, repo: Repository, review: Command, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = command._tell_proof

    def push(*told: object) -> None:
        before(*told)  # type: ignore[arg-type]
        repo.human.push({"README.md": "Mine.\n"}, BRANCH)

    monkeypatch.setattr(command, "_tell_proof", push)
    code, _, err = review(deed=deed)
    assert code is Exit.ERROR
    assert "look again" in err
    assert (repo.pull.state, repo.pull.reviews) == ("OPEN", [])


def test_closing_is_a_no(repo: Repository, teller: Teller, review: Command) -> None:
    assert review(deed=Deed.CLOSE)[0] is Exit.DONE
    assert repo.pull.state == "CLOSED"
    teller.run()
    assert len(repo.pulls) == 1


def test_a_retry_starts_failed_jobs_again(hub: GitHub, repo: Repository, review: Command) -> None:
    failed = hub.run(repo, CI, branch=BRANCH)
    hub.run(repo, CI, branch=BRANCH, conclusion="success")
    hub.run(repo, CI)
    code, out, _ = review(deed=Deed.RETRY)
    assert code is Exit.DONE
    assert "1 failed run started again" in out
    assert repo.rerun == [failed.id]
