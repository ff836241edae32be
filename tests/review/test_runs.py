"""Failed runs, explained, and what came after a merge."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands import Exit
from bot.review.options import Form
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.review.logs import DENIED, job_log
from tests.review.reviewer import Command, in_public
from tests.stories.teller import CI, RELEASE


def steps(log: str) -> tuple[str, str, tuple[Step, ...], str]:
    """A job that failed in its last step, 80 seconds after it began."""
    return (
        "publish",
        "failure",
        (Step("Set up job", seconds=60), Step("Tag it", "failure", 60)),
        log,
    )


def test_a_failed_run_is_explained(hub: GitHub, repo: Repository, review: Command) -> None:
    at = datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC)
    run = hub.run(repo, RELEASE, jobs=[steps(job_log(DENIED))], at=at)
    code, out, _ = review(None, run=f"{repo.web_url}/actions/runs/{run.id}")
    assert code is Exit.FINDINGS
    assert "x publish, Tag it" in out
    assert "lacks   contents: write" in out
    assert "held    contents: read, packages: read" in out
    assert "mend    permissions block" in out
    assert f"so that {RELEASE}:" in out
    job = run.jobs[0]
    told = json.loads(
        review(
            None, run=f"{repo.web_url}/actions/runs/{run.id}/job/{job.id}#step:2:1", form=Form.JSON
        )[1]
    )
    assert [(one["step"], one["permission"], one["add"]) for one in told["refusals"]] == [
        ("Tag it", "contents: write", ["contents: write"])
    ]


def test_a_log_that_tells_no_scope_is_explained_by_the_workflow(
    hub: GitHub, repo: Repository, review: Command
) -> None:
    at = datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC)
    log = job_log(["##[error]Resource not accessible by integration"])
    name = 'Run gh release create "$GITHUB_REF_NAME"'
    job = "publish", "failure", (Step("Set up job", seconds=60), Step(name, "failure", 60)), log
    run = hub.run(repo, RELEASE, jobs=[job], at=at)
    _, out, _ = review(None, run=f"{repo.web_url}/actions/runs/{run.id}")
    assert "lacks   contents: write" in out


def test_a_log_that_lies_here_is_explained(tmp_path: Path, review: Command) -> None:
    path = tmp_path / "job.txt"
    path.write_text(job_log([*DENIED, "##[error]\x1b]0;x\x07Bad"]))
    code, out, _ = review(None, run=str(path))
    assert code is Exit.FINDINGS
    assert "Run ./publish.sh" in out
    assert "\x1b" not in out


def test_the_first_runs_are_found_among_many(
    hub: GitHub, repo: Repository, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.review.runs._PAGE", 2)
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    hub.run(repo, RELEASE, jobs=[steps(job_log(DENIED))])
    for _ in range(6):
        hub.advance(minutes=5)
        hub.run(repo, ".github/workflows/other.yml", conclusion="success")
    told = review(None, author="clearance", merged_since="2020-01-01", form=Form.JSON)[1]
    assert len(json.loads(told)["merged"][0]["alarms"]) == 1


def test_a_log_without_a_refusal_ends_in_zero(tmp_path: Path, review: Command) -> None:
    path = tmp_path / "job.txt"
    path.write_text(job_log(["make: *** [all] Error 2"]))
    code, out, _ = review(None, run=str(path))
    assert code is Exit.DONE
    assert "No refusal" in out


@pytest.mark.parametrize("run", ["nowhere.txt", "\0", "https://github.com/octo/demo"])
def test_what_is_neither_run_nor_log_is_an_error(review: Command, run: str) -> None:
    assert review(None, run=run)[0] is Exit.ERROR


def test_a_run_that_never_started_is_told(hub: GitHub, repo: Repository, review: Command) -> None:
    run = hub.run(repo, RELEASE, conclusion="startup_failure")
    code, _, err = review(None, run=f"{repo.web_url}/actions/runs/{run.id}")
    assert code is Exit.FINDINGS
    assert "no job of it was started" in err


def test_a_merge_that_took_a_permission_away_is_an_alarm(
    hub: GitHub, repo: Repository, review: Command
) -> None:
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    hub.run(repo, RELEASE, jobs=[steps(job_log(DENIED))])
    hub.run(repo, CI, conclusion="success", jobs=[("test", "success", [Step("Set up job")], "")])
    code, out, _ = review(None, author="clearance", merged_since="2020-01-01")
    assert code is Exit.FINDINGS
    assert "octo/demo#1  x 1 alarm" in out
    told = json.loads(
        review(None, author="clearance", merged_since="2020-01-01", form=Form.JSON)[1]
    )
    (merged,) = told["merged"]
    (alarm,) = merged["alarms"]
    assert (alarm["path"], alarm["job"], alarm["scope"]) == (RELEASE, "publish", "contents: write")
    assert merged["ran"] == [{"path": CI, "job": "test"}, {"path": RELEASE, "job": "publish"}]


def test_a_merge_whose_jobs_ran_is_quiet(hub: GitHub, repo: Repository, review: Command) -> None:
    hub.run(repo, RELEASE, jobs=[steps(job_log(DENIED))])
    hub.advance(minutes=5)
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    hub.run(repo, CI, conclusion="success", jobs=[("test", "success", [Step("Set up job")], "")])
    code, out, _ = review(None, author="clearance", merged_since="2020-01-01")
    assert code is Exit.DONE
    assert "? 1 yet to run" in out
    assert RELEASE in out


def test_a_failure_that_no_permission_mends_is_no_alarm(
    hub: GitHub, repo: Repository, review: Command
) -> None:
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    hub.run(repo, RELEASE, jobs=[steps(job_log(["HTTP 401: Bad credentials"]))])
    assert review(None, author="clearance", merged_since="2020-01-01")[0] is Exit.DONE


def test_a_private_run_is_not_told_of_in_public(
    hub: GitHub, repo: Repository, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.private = True
    in_public(monkeypatch)
    run = hub.run(repo, RELEASE, jobs=[steps(job_log(DENIED))])
    code, out, _ = review(None, run=f"{repo.web_url}/actions/runs/{run.id}")
    assert (code, out) == (Exit.ERROR, "")
