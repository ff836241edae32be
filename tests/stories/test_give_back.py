"""A scope that a job lacked in a run: the pull request that gives it back, from run to run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.life import state
from bot.life.decide import Action
from bot.permissions.evidence import Lost
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.review.logs import DENIED, job_log
from tests.review.reviewer import merged
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, HOME, Teller

LOST = Lost(CI, "test", "contents", "write", 4711, 12, "Permission to octo/demo.git denied")
PUSHES = CHECKS.replace("pull_request", "push") + "      - run: git push --tags\n"
GIVEN = FIXED.replace("contents: read", "contents: write # a run failed without it")


@pytest.fixture
def held(hub: GitHub) -> Repository:
    """A repository whose job states its permissions, after all that the program proposes."""
    return hub.repository(HOME, {CI: FIXED})


def told(repo: Repository, number: int = 1) -> state.State:
    found = state.read(repo.pulls[number].body)
    assert found is not None
    return found


def proposed(repo: Repository) -> str:
    return repo.text(CI, BRANCH) or ""


def test_it_is_proposed_and_nothing_else(teller: Teller, held: Repository) -> None:
    assert teller.run(lost=(LOST,)).outcome is Action.CREATE
    assert set(held.pull.files()) == {CI}
    assert proposed(held) == GIVEN
    assert told(held).lost == (LOST,)


def test_nothing_is_proposed_where_nothing_was_lost(teller: Teller, held: Repository) -> None:
    assert teller.run().outcome is Action.NOTHING
    assert not held.pulls


def test_who_reads_it_sees_run_log_scope_and_the_merge_before(
    teller: Teller, held: Repository
) -> None:
    teller.run(lost=(LOST,))
    body = held.pull.body
    assert held.pull.title == "Give test back contents: write"
    assert f"[`4711`]({held.web_url}/actions/runs/4711)" in body
    assert "after #12 was merged" in body
    assert "`Permission to octo/demo.git denied`" in body
    assert "`contents: write`" in body


def test_it_is_not_said_that_its_commands_need_nothing(teller: Teller, hub: GitHub) -> None:
    other = f"{CHECKS}      - run: make\n"
    text = f"{FIXED}      - run: ./check.sh\n"
    repo = hub.repository(HOME, {CI: text, CI.replace("ci", "other"): other})
    teller.run(lost=(LOST,))
    assert "`make`" in repo.pull.body
    assert "check.sh" not in repo.pull.body


def test_words_of_a_log_do_nothing_in_the_text(teller: Teller, held: Repository) -> None:
    words = "`@mona` #1 <!-- clearance-state --> [x](https://evil.example)"
    teller.run(lost=(replace(LOST, words=words),))
    body, _, _ = held.pull.body.rpartition("\n<!-- clearance-state")
    assert "<!-- clearance-state" not in body
    assert "`` `@mona` #1 <\\x21-- clearance-state --> [x](https://evil.example) ``" in body
    assert "evil" not in proposed(held)
    assert told(held).lost[0].words == words


def test_a_second_run_is_quiet_with_the_alarm_and_without(teller: Teller, held: Repository) -> None:
    teller.run(lost=(LOST,))
    body = held.pull.body
    for lost in ((LOST,), ()):
        teller.hub.calls.clear()
        assert teller.run(lost=lost).outcome is Action.KEEP
        assert not teller.hub.calls.writes
    assert held.pull.body == body


@pytest.fixture
def failed(hub: GitHub, held: Repository) -> Lost:
    """What a run has shown after a merge."""
    merged(held)
    hub.advance(minutes=5)
    log = job_log(DENIED)
    run = hub.run(held, CI, jobs=[("test", "failure", [Step("Run x", "failure", 30)], log)])
    return replace(LOST, run=run.id, pull=1)


def test_it_stays_when_the_base_moves_and_the_alarm_is_gone(
    teller: Teller, held: Repository, failed: Lost
) -> None:
    teller.run(lost=(failed,))
    held.human.push({"README.md": "More.\n"})
    assert teller.run().outcome is Action.KEEP
    held.human.push({CI: FIXED.replace("on: pull_request", "on: push")})
    assert teller.run().outcome is Action.KEEP
    assert held.pulls[2].state == "OPEN"


def test_what_somebody_wrote_into_its_body_is_not_given(
    teller: Teller, held: Repository, failed: Lost
) -> None:
    teller.run(lost=(failed,))
    pull, more = held.pulls[2], replace(failed, scope="packages")
    wider = replace(told(held, 2), lost=(failed, more))
    pull.body = state.put(pull.body, wider)
    held.human.push({"README.md": "More.\n"})
    teller.run()
    assert proposed(held) == GIVEN
    pull.body = state.put(pull.body, replace(wider, lost=(more,)))
    held.human.push({"README.md": "And more.\n"})
    assert teller.run().outcome is Action.CLOSE


def test_where_its_run_can_t_be_read_it_is_left_as_it_is(
    teller: Teller, held: Repository, failed: Lost
) -> None:
    teller.run(lost=(failed,))
    held.human.push({"README.md": "More.\n"})
    teller.hub.fault(f"GET /repos/{HOME}/actions/runs/{failed.run}", status(404), times=None)
    teller.hub.calls.clear()
    assert teller.run().outcome is Action.WAIT
    assert not teller.hub.calls.writes
    assert held.pulls[2].state == "OPEN"


def test_another_alarm_joins_what_is_open(teller: Teller, held: Repository, failed: Lost) -> None:
    teller.run(lost=(failed,))
    more = replace(LOST, scope="issues", run=4712)
    later = replace(LOST, run=4713)
    assert teller.run(lost=(later, more)).outcome is Action.UPDATE
    assert told(held, 2).lost == (failed, more)
    assert held.pulls[2].title == "Give back 2 scopes without which runs failed"
    assert "issues: write # a run" in proposed(held)
    assert "contents: write # a run" in proposed(held)


def test_an_alarm_joins_a_pull_request_about_other_things(teller: Teller, held: Repository) -> None:
    other = CI.replace("ci", "other")
    held.human.push({other: CHECKS})
    teller.run()
    assert set(held.pull.files()) == {other}
    assert teller.run(lost=(LOST,)).outcome is Action.UPDATE
    assert set(held.pull.files()) == {CI, other}


def test_closed_by_a_human_it_never_comes_again(teller: Teller, held: Repository) -> None:
    teller.run(lost=(LOST,))
    held.human.close(held.pull)
    later = replace(LOST, run=4713, pull=13, words="again")
    assert teller.run(lost=(later,)).outcome is Action.REFUSED
    assert len(held.pulls) == 1


def test_given_by_a_human_it_is_not_needed_any_more(teller: Teller, held: Repository) -> None:
    teller.run(lost=(LOST,))
    held.human.push({CI: FIXED.replace("contents: read", "contents: write")})
    assert teller.run(lost=(LOST,)).outcome is Action.CLOSE
    assert teller.run(lost=(LOST,)).outcome is Action.NOTHING


def test_merged_it_is_done(teller: Teller, held: Repository) -> None:
    teller.run(lost=(LOST,))
    held.human.merge(held.pull)
    assert held.text(CI) == GIVEN
    assert teller.run(lost=(LOST,)).outcome is Action.NOTHING


def test_merged_and_reverted_it_does_not_come_again(teller: Teller, held: Repository) -> None:
    teller.run(lost=(LOST,))
    held.human.merge(held.pull)
    held.human.revert(held.pull)
    assert teller.run(lost=(LOST,)).outcome is Action.REFUSED


def test_what_a_human_took_back_by_hand_is_not_given_back(teller: Teller, hub: GitHub) -> None:
    repo = hub.repository(HOME, {CI: PUSHES})
    teller.run()
    repo.human.merge(repo.pull)
    repo.human.push({CI: (repo.text(CI) or "").replace("contents: write", "contents: read")})
    assert teller.run(lost=(LOST,)).outcome is Action.REFUSED


def test_where_each_remedy_has_its_own_the_one_about_permissions_gets_it(
    teller: Teller, held: Repository
) -> None:
    settings = "pull_requests: one-a-remedy\n"
    for expected in (Action.CREATE, Action.KEEP):
        done = {one.branch: one.outcome for one in teller.all(settings=settings, lost=(LOST,))}
        assert done.pop("clearance/permissions-permissions") is expected
        assert set(done.values()) == {Action.NOTHING}
    assert len(held.pulls) == 1
