"""After a merge: what a job lacked can be given back; the alarm ends once it has gone through."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from bot.permissions.evidence import Lost
from bot.review import asking
from bot.review.aftermath import Aftermath, aftermath
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Run, Step
from tests.review.logs import DENIED, job_log, octokit
from tests.review.reviewer import Reviewer
from tests.stories.teller import CI, HOME, RELEASE

OTHER = ".github/workflows/other.yml"
DECLINED = "Resource not accessible by integration"
Told = tuple[str, str, Iterable[Step], str]


def job(name: str = "test", conclusion: str = "failure", log: Iterable[str] = DENIED) -> Told:
    return name, conclusion, (Step("Run ./publish.sh", conclusion, 30),), job_log(log)


GOOD = job(conclusion="success", log=())


@pytest.fixture
def merged(hub: GitHub, repo: Repository) -> Repository:
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    return repo


def runs(hub: GitHub, repo: Repository, *jobs: Told, **more: str) -> Run:
    """A run of the workflow, and five minutes."""
    good = all(one[1] == "success" for one in jobs)
    conclusion = more.pop("conclusion", "success" if good else "failure")
    path = more.pop("path", CI)
    made = hub.run(repo, path, conclusion=conclusion, jobs=jobs, **more)  # type: ignore[arg-type]
    hub.advance(minutes=5)
    return made


def after(reviewer: Reviewer) -> Aftermath:
    desk = reviewer.desk()
    return aftermath(desk, asking.one(desk.client, HOME, 1).pull)


def alarmed(reviewer: Reviewer) -> list[str]:
    return [one.job for one in after(reviewer).alarms]


def test_what_a_job_lacked_is_told_so_that_it_can_be_given_back(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    made = runs(hub, merged, job())
    (alarm,) = after(reviewer).alarms
    words = "remote: Permission to octo/demo.git denied to github-actions[bot]"
    assert alarm.lost == (Lost(CI, "test", "contents", "write", made.id, 1, words),)


_NOT_GIVEN = {
    "a log that does not tell the scope": (
        "test",
        octokit(DECLINED),
    ),
    "a job that the file has not": ("deploy", DENIED),
    "a job of a called workflow": ("test / inner", DENIED),
    "a job with a name that is YAML": ("test\n    permissions: write-all", DENIED),
    "a scope that no block can give": (
        "test",
        octokit(DECLINED, accepts="administration=write"),
    ),
}


@pytest.mark.parametrize(("name", "log"), _NOT_GIVEN.values(), ids=_NOT_GIVEN)
def test_what_is_not_plain_is_not_given_back(
    name: str, log: list[str], hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job(name, log=log))
    assert not [lost for one in after(reviewer).alarms for lost in one.lost]


def test_what_the_file_gives_already_is_not_given_back(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job("publish"), path=RELEASE)
    (alarm,) = after(reviewer).alarms
    assert (alarm.scope, alarm.lost) == ("contents: write", ())


def test_what_the_log_does_not_tell_is_not_given_back_though_the_step_is_known(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    text = (merged.text(RELEASE) or "").replace("contents: write", "contents: read")
    merged.human.push({RELEASE: text})
    step = Step('Run gh release create "$GITHUB_REF_NAME"', "failure", 30)
    log = job_log([DECLINED], run='gh release create "$GITHUB_REF_NAME"')
    runs(hub, merged, ("publish", "failure", (step,), log), path=RELEASE)
    (alarm,) = after(reviewer).alarms
    assert (alarm.scope, alarm.lost) == ("contents: write", ())


def test_what_dependabot_s_runs_lack_is_not_given_back(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    step = Step("Run ./publish.sh", "failure", 30)
    runs(hub, merged, ("test", "failure", (step,), job_log(DENIED, secrets="Dependabot")))
    (alarm,) = after(reviewer).alarms
    assert alarm.lost == ()


def test_of_runs_that_anybody_can_cause_nothing_is_given_back(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job(), event="pull_request")
    (alarm,) = after(reviewer).alarms
    assert alarm.lost == ()


@pytest.mark.parametrize("changed", [False, True], ids=["the same file", "another file"])
def test_a_run_for_a_tag_counts_where_the_workflow_is_the_same(
    changed: bool, hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    merged.human.create_branch("v1", merged.head)
    if changed:
        merged.human.push({CI: f"{merged.text(CI)}# v1\n"}, branch="v1")
    runs(hub, merged, job(), branch="v1")
    (alarm,) = after(reviewer).alarms
    assert bool(alarm.lost) is not changed


def test_a_job_that_has_gone_through_since_is_no_alarm(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job())
    runs(hub, merged, GOOD)
    found = after(reviewer)
    assert found.alarms == ()
    assert (CI, "test") in found.ran


def test_it_is_over_though_many_runs_have_failed_in_between(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    for _ in range(8):
        runs(hub, merged, job())
    runs(hub, merged, GOOD)
    assert alarmed(reviewer) == []


def test_a_later_failure_is_an_alarm_again(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, GOOD)
    runs(hub, merged, job())
    assert alarmed(reviewer) == ["test"]


_STILL_RED: dict[str, tuple[tuple[Told, ...], dict[str, str]]] = {
    "another job has": ((job("deploy", "success", ()),), {}),
    "the job was left out": ((job("test", "skipped", ()),), {"conclusion": "success"}),
    "another workflow's job of that name has": ((GOOD,), {"path": OTHER}),
    "two jobs have that name": ((GOOD, GOOD), {}),
    "it was a run that anybody can cause": ((GOOD,), {"event": "pull_request"}),
}


@pytest.mark.parametrize(("jobs", "more"), _STILL_RED.values(), ids=_STILL_RED)
def test_an_alarm_stands_where_only(
    jobs: tuple[Told, ...],
    more: dict[str, str],
    hub: GitHub,
    merged: Repository,
    reviewer: Reviewer,
) -> None:
    runs(hub, merged, job())
    runs(hub, merged, *jobs, **more)
    assert alarmed(reviewer) == ["test"]


def test_an_alarm_stands_where_another_branch_s_workflow_went_through(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job())
    merged.human.create_branch("try", merged.head)
    merged.human.push({CI: (merged.text(CI) or "").replace("read", "write")}, branch="try")
    runs(hub, merged, GOOD, branch="try")
    assert alarmed(reviewer) == ["test"]


def test_an_alarm_stands_where_the_later_run_can_t_be_read(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, job())
    for _ in range(3):
        runs(hub, merged, job("deploy", "success", ()))
    last = runs(hub, merged, GOOD)
    hub.fault(f"GET /repos/{HOME}/actions/runs/{last.id}/jobs", status(404), times=None)
    assert alarmed(reviewer) == ["test"]


def test_what_could_not_be_started_is_over_once_it_was(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    runs(hub, merged, conclusion="startup_failure")
    assert alarmed(reviewer) == [""]
    runs(hub, merged, job())
    assert alarmed(reviewer) == ["", "test"]
    runs(hub, merged, GOOD)
    assert alarmed(reviewer) == []


def test_only_an_alarm_costs_more_calls(
    hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    for _ in range(5):
        runs(hub, merged, GOOD)
    hub.calls.clear()
    after(reviewer)
    jobs = [one for one in hub.calls if "/jobs" in one.path]
    assert len(jobs) == 3


@pytest.mark.parametrize(
    ("conclusion", "red"), [("success", []), ("skipped", ["test"])], ids=["ran", "left out"]
)
def test_an_alarm_ends_when_its_very_step_has_gone_through(
    conclusion: str, red: list[str], hub: GitHub, merged: Repository, reviewer: Reviewer
) -> None:
    """A step that is for tags alone is left out of the next push, and the job goes through."""
    runs(hub, merged, job())
    steps = (Step("Run make"), Step("Run ./publish.sh", conclusion))
    runs(hub, merged, ("test", "success", steps, ""))
    assert alarmed(reviewer) == red
