"""A pull request that gives a scope back is proved with the run that it rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.permissions.evidence import Lost
from bot.review import losses, runs
from bot.review.verify import Verdict
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Run, Step
from tests.review.logs import DENIED, job_log
from tests.review.reviewer import Reviewer, merged, retell, told
from tests.stories.teller import CI, FIXED, HOME, Teller

OTHER = ".github/workflows/other.yml"
FAILS = ("test", "failure", [Step("Run ./publish.sh", "failure", 30)], job_log(DENIED))
LOST = Lost(CI, "test", "contents", "write", 1, 1, "Permission to octo/demo.git denied")


@pytest.fixture
def place(hub: GitHub) -> Repository:
    """A repository after a merge."""
    made = hub.repository(
        HOME, {CI: FIXED, OTHER: FIXED}, collaborators={"clearance": "write", "rita": "write"}
    )
    merged(made)
    hub.advance(minutes=5)
    return made


@pytest.fixture
def run(hub: GitHub, place: Repository) -> Run:
    """A run whose log shows what its job lacked."""
    return hub.run(place, CI, jobs=[FAILS])


def given(teller: Teller, run: Run) -> None:
    teller.run(lost=(replace(LOST, run=run.id),))


def test_it_is_exactly_ours(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    found = reviewer.look(number=2)
    assert found.judgement.verdict is Verdict.EXACT, found.judgement.reasons
    assert place.text(CI, "clearance/permissions") == found.reports[0].after


def test_it_stays_exactly_ours_when_its_base_moves(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    place.human.push({"README.md": "More.\n"})
    teller.run()
    assert reviewer.look(number=2).judgement.verdict is Verdict.EXACT


def _other_log(hub: GitHub, place: Repository) -> Run:
    log = job_log(["make: *** [all] Error 2"])
    return hub.run(place, CI, jobs=[("test", "failure", [Step("Run x", "failure")], log)])


def _other_job(hub: GitHub, place: Repository) -> Run:
    return hub.run(place, CI, jobs=[("deploy", *FAILS[1:])])


def _other_file(hub: GitHub, place: Repository) -> Run:
    return hub.run(place, OTHER, jobs=[FAILS])


def _before_the_merge(hub: GitHub, place: Repository) -> Run:
    return hub.run(place, CI, jobs=[FAILS], at=hub.world.now() - timedelta(hours=1))


def _of_a_branch(hub: GitHub, place: Repository) -> Run:
    place.human.create_branch("try")
    place.human.push({CI: f"{FIXED}# try\n"}, branch="try")
    return hub.run(place, CI, jobs=[FAILS], branch="try")


def _of_a_namesake(hub: GitHub, place: Repository) -> Run:
    made = _of_a_branch(hub, place)
    place.runs[-1] = replace(made, branch=place.default_branch)
    return made


def _by_anybody(hub: GitHub, place: Repository) -> Run:
    return hub.run(place, CI, event="pull_request", jobs=[FAILS])


@pytest.mark.parametrize(
    "made",
    [
        _other_log,
        _other_job,
        _other_file,
        _by_anybody,
        _before_the_merge,
        _of_a_branch,
        _of_a_namesake,
    ],
    ids=[
        "its log tells of no refusal",
        "another job lacked it",
        "another workflow's job lacked it",
        "anybody may have written its workflow",
        "it began before the merge",
        "the base does not hold its commit",
        "it was for a tag with the name of the base",
    ],
)
def test_a_run_that_does_not_show_it_proves_nothing(
    made: object, hub: GitHub, teller: Teller, place: Repository, reviewer: Reviewer
) -> None:
    assert callable(made)
    given(teller, made(hub, place))
    found = reviewer.look(number=2).judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "does not show what its body says" in found.reasons[0]


def test_a_level_that_the_run_does_not_show_proves_nothing(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    teller.run(lost=(replace(LOST, run=run.id, scope="packages"),))
    assert reviewer.look(number=2).judgement.verdict is Verdict.NOT_OURS


@pytest.mark.usefixtures("place")
def test_a_run_that_is_gone_leaves_it_unproved(
    hub: GitHub, teller: Teller, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    hub.fault(f"GET /repos/{HOME}/actions/jobs/{run.jobs[0].id}/logs", status(410), times=None)
    found = reviewer.look(number=2).judgement
    assert found.verdict is Verdict.UNPROVED
    assert str(run.id) in found.reasons[0]


def test_a_pull_request_that_was_not_merged_before_proves_nothing(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    teller.run(lost=(replace(LOST, run=run.id, pull=2),))
    assert reviewer.look(number=2).judgement.verdict is Verdict.NOT_OURS


def test_a_run_that_has_gone_through_when_it_was_run_again_leaves_it_unproved(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    place.runs[-1] = replace(run, conclusion="success", attempt=2)
    assert reviewer.look(number=2).judgement.verdict is Verdict.UNPROVED


def test_a_workflow_that_can_t_be_read_again_leaves_it_unproved(
    teller: Teller, run: Run, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(teller, run)
    monkeypatch.setattr(runs, "report", lambda *_: None)
    assert reviewer.look(number=2).judgement.verdict is Verdict.UNPROVED


def test_each_run_is_looked_at_once_and_not_where_all_else_is_wrong(
    hub: GitHub, teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    more = tuple(replace(LOST, run=run.id, scope=scope) for scope in ("issues", "packages"))
    found = losses.shown(
        reviewer.desk(), HOME, (place.default_branch, place.head), (*told(place, 2).lost, *more)
    )
    assert found == (True, False, False)
    asked = f"/actions/runs/{run.id}"
    assert len([one for one in hub.calls if one.path.endswith(asked)]) == 1
    hub.calls.clear()
    retell(place, 2, content="0" * 16)
    assert reviewer.look(number=2).judgement.verdict is Verdict.NOT_OURS
    assert not [one for one in hub.calls if one.path.endswith(asked)]


def test_without_its_run_in_the_body_it_is_not_ours(
    teller: Teller, place: Repository, run: Run, reviewer: Reviewer
) -> None:
    given(teller, run)
    retell(place, 2, lost=())
    assert reviewer.look(number=2).judgement.verdict is Verdict.NOT_OURS


def test_a_run_in_the_body_for_which_nothing_is_given_is_not_ours(
    hub: GitHub, teller: Teller, place: Repository, reviewer: Reviewer
) -> None:
    both = FIXED + FIXED[FIXED.index("  test:") :].replace("test:", "deploy:")
    place.human.push({CI: both})
    run = hub.run(place, CI, jobs=[FAILS, ("deploy", *FAILS[1:])])
    head, _, tail = both.rpartition("contents: read")
    place.human.push({CI: f"{head}contents: write{tail}"})
    given(teller, run)
    assert reviewer.look(number=2).judgement.verdict is Verdict.EXACT
    more = replace(LOST, run=run.id, job="deploy")
    retell(place, 2, lost=(*told(place, 2).lost, more))
    found = reviewer.look(number=2).judgement
    assert found.verdict is Verdict.NOT_OURS
    assert "its body records" in found.reasons[0]
