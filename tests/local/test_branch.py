"""The branch of ``clearance run``: whose it is, and when it moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.local import Outcome
from bot.options import BRANCH
from tests.local.checkout import Checkout


def test_a_second_run_changes_nothing(checkout: Checkout) -> None:
    first = checkout.run()
    again = checkout.run()
    assert (again.outcome, again.commit) == (Outcome.UNCHANGED, first.commit)


def test_the_branch_is_made_anew_when_the_base_moves(checkout: Checkout) -> None:
    checkout.run()
    head = checkout.commit("More")
    assert checkout.run().outcome is Outcome.REPLACED
    assert checkout.git("rev-parse", f"{BRANCH}^") == head


def test_the_branch_itself_needs_nothing_more(checkout: Checkout) -> None:
    checkout.run()
    checkout.git("checkout", "-q", BRANCH)
    assert checkout.run().outcome is Outcome.NOTHING


def test_a_branch_that_is_checked_out_is_not_moved(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    checkout.git("worktree", "add", "-q", str(tmp_path / "side"), BRANCH)
    checkout.commit("More")
    assert "is checked out in" in checkout.refusal()


@pytest.mark.parametrize("what", ["foreign", "on-top", "amended", "reworded", "rebased"])
def test_a_branch_with_somebodys_work_is_left_alone(checkout: Checkout, what: str) -> None:
    if what == "foreign":
        checkout.git("branch", BRANCH)
    else:
        checkout.run()
        checkout.git("checkout", "-q", BRANCH)
        if what == "on-top":
            checkout.commit("mine")
        elif what == "amended":
            checkout.write("more", "x")
            checkout.git("add", "more")
            checkout.git("commit", "-q", "--amend", "--no-edit")
        elif what == "reworded":
            message = checkout.git("log", "-1", "--format=%B").replace("Give", "PROJ-1: give")
            checkout.git("commit", "-q", "--amend", "-m", message)
        checkout.git("checkout", "-q", "main")
        checkout.commit("More")
        if what == "rebased":
            checkout.git("rebase", "-q", "main", BRANCH)
            checkout.git("checkout", "-q", "main")
            checkout.commit("Still more")
    kept = checkout.git("rev-parse", BRANCH)
    assert "holds something else; choose another name with --branch" in checkout.refusal()
    assert checkout.git("rev-parse", BRANCH) == kept
    assert checkout.run("another").outcome is Outcome.CREATED


@pytest.mark.parametrize("name", ["", "a..b", "-d", "a b", "x.lock", "/etc", "a/../../b", "@{-1}"])
def test_names_that_are_no_branch(checkout: Checkout, name: str) -> None:
    assert checkout.refusal(name).startswith("git takes no such name")


def test_a_branch_in_the_way_of_the_name(checkout: Checkout) -> None:
    checkout.git("branch", "clearance")
    assert checkout.refusal().endswith("choose another name with --branch")
