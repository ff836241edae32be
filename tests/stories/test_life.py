"""The life of a pull request, from its first day to its last."""

from __future__ import annotations

import pytest

from bot.life.decide import Action
from bot.life.past import Stop
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, Teller

MORE = ".github/workflows/more.yml"


def test_the_first_run_opens_a_pull_request(teller: Teller, repo: Repository) -> None:
    result = teller.run()
    assert result.outcome is Action.CREATE
    assert result.pull == repo.pull.url
    assert set(repo.pull.files()) == {CI}
    assert "permissions: {}" in (repo.text(CI, BRANCH) or "")


def test_a_second_run_is_quiet(hub: GitHub, teller: Teller, repo: Repository) -> None:
    teller.run()
    head, body = repo.branches[BRANCH], repo.pull.body
    hub.calls.clear()
    assert teller.run().outcome is Action.KEEP
    assert (repo.branches[BRANCH], repo.pull.body) == (head, body)
    assert len(list(hub.calls.api)) == 1
    assert not list(hub.calls.git)


def test_a_base_that_moved_changes_nothing(hub: GitHub, teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({"README.md": "More."})
    hub.calls.clear()
    assert teller.run().outcome is Action.KEEP
    assert not list(hub.calls.writes)


def test_a_fix_that_changed_is_pushed_again(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({MORE: CHECKS})
    assert teller.run().outcome is Action.UPDATE
    assert set(repo.pull.files()) == {CI, MORE}
    assert len(repo.pulls) == 1


def test_a_branch_that_a_human_pushed_to_is_theirs(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({"README.md": "Mine."}, branch=BRANCH)
    head = repo.branches[BRANCH]
    repo.human.push({MORE: CHECKS})
    assert teller.run().stop is Stop.TOUCHED
    assert repo.branches[BRANCH] == head


def test_what_a_human_closed_stays_closed(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.close(repo.pull)
    assert teller.run().outcome is Action.REFUSED
    assert len(repo.pulls) == 1


def test_what_was_closed_does_not_hold_up_the_rest(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.close(repo.pull)
    repo.human.push({MORE: CHECKS})
    assert teller.run().outcome is Action.CREATE
    assert set(repo.pulls[2].files()) == {MORE}


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_what_was_merged_and_reverted_stays_reverted(
    teller: Teller, repo: Repository, how: str
) -> None:
    teller.run()
    repo.human.merge(repo.pull, how)
    assert teller.run().outcome is Action.NOTHING
    repo.human.revert(repo.pull)
    assert teller.run().outcome is Action.REFUSED
    assert len(repo.pulls) == 1


def test_what_was_undone_by_hand_stays_undone(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.merge(repo.pull, "squash")
    repo.human.push({CI: CHECKS})
    assert teller.run().outcome is Action.REFUSED


def test_a_stale_bots_closing_is_no_answer(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.by("stale[bot]").close(repo.pull)
    assert teller.run().outcome is Action.CREATE
    assert repo.pulls[2].state == "OPEN"


def test_a_ticked_box_asks_again(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.close(repo.pull)
    repo.human.tick(repo.pulls[1], "clearance:again")
    assert teller.run().outcome is Action.CREATE


def test_a_reopened_pull_request_is_kept_right(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.close(repo.pull)
    repo.human.reopen(repo.pulls[1])
    repo.human.push({MORE: CHECKS})
    assert teller.run().outcome is Action.UPDATE
    assert set(repo.pull.files()) == {CI, MORE}


def test_what_was_fixed_upstream_is_closed(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({CI: FIXED})
    assert teller.run().outcome is Action.CLOSE
    assert repo.pulls[1].state == "CLOSED"
    assert BRANCH not in repo.branches
    assert len(repo.pulls[1].comments) == 1
    assert teller.run().outcome is Action.NOTHING


def test_an_own_closing_is_no_answer(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({CI: FIXED})
    teller.run()
    repo.human.push({CI: CHECKS})
    assert teller.run().outcome is Action.CREATE


def test_a_deleted_branch_is_a_no(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.delete_branch(BRANCH)
    assert repo.pulls[1].state == "CLOSED"
    assert teller.run().outcome is Action.REFUSED


def test_a_conflict_is_rebased(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({CI: CHECKS.replace("test:", "check:")})
    assert teller.run().outcome is Action.UPDATE
    assert repo.git.run("merge-base", "main", BRANCH).strip() == repo.head
    assert "check:" in (repo.text(CI, BRANCH) or "")


def test_a_ticked_box_rebases(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({"README.md": "More."})
    repo.human.tick(repo.pull, "clearance:rebase")
    assert teller.run().outcome is Action.UPDATE
    assert repo.git.run("merge-base", "main", BRANCH).strip() == repo.head
    assert "[x]" not in repo.pull.body
    assert teller.run().outcome is Action.KEEP


def test_a_merge_queue_is_not_disturbed(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.pull.in_merge_queue = True
    repo.human.push({MORE: CHECKS})
    assert teller.run().stop is Stop.QUEUED
