# ruff: noqa: E501 - addresses and logs have long lines
"""The command ``review``, from its arguments to its exit code, on a stand-in for GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.commands import Exit
from bot.review import command
from bot.review.command import Wish
from bot.review.options import Deed, Form
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.review.logs import job_log
from tests.review.reviewer import Reviewer, retell
from tests.stories.teller import BRANCH, CHECKS, CI, HOME, RELEASE, ROTATE, ROTATES, Teller

Told = tuple[Exit, str, str]
Command = Callable[..., Told]
DENIED = ["remote: Permission to octo/demo.git denied to github-actions[bot]."]


@pytest.fixture
def review(
    hub: GitHub,
    reviewer: Reviewer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run the command as rita; gives its exit code and what it wrote."""

    def run(
        target: str | None = f"{HOME}#1", *, token: str = reviewer.token, **wish: object
    ) -> Told:
        for name, value in hub.environment(token).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        capsys.readouterr()
        code = command.run(Wish(target, **wish))  # type: ignore[arg-type]
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_what_is_ours_ends_in_zero(repo: Repository, review: Command) -> None:
    code, out, err = review()
    assert (code, err) == (Exit.DONE, "")
    assert "octo/demo#1  + exactly ours" in out
    assert f"- low     {CI} test" in out


def test_an_address_does_as_well(repo: Repository, review: Command) -> None:
    assert review(repo.pull.url)[0] is Exit.DONE


def test_what_is_not_ours_ends_in_one_with_what_differs(repo: Repository, review: Command) -> None:
    repo.git.commit(BRANCH, {CI: CHECKS}, "Undo\x1b[2J", "eve\x1b]0;x\x07 <e@e>")
    repo.human.force_push(BRANCH, repo.branches[BRANCH])
    retell(repo, head=repo.branches[BRANCH])
    code, out, _ = review()
    assert code is Exit.FINDINGS
    assert "x not ours" in out
    assert "-permissions: {}" in out
    assert "\x1b" not in out


def test_it_is_one_document_of_json(repo: Repository, review: Command) -> None:
    told = json.loads(review(form=Form.JSON)[1])
    assert (told["version"], told["verdict"], told["number"]) == (1, "exactly ours", 1)
    assert {one["job"] for one in told["risks"]} >= {"test", "publish"}


@pytest.mark.parametrize(
    "target", ["", "octo", "octo/demo", "octo/demo#", "octo/demo#0x1", "#1", "../..#1"]
)
def test_what_names_no_pull_request_is_an_error(review: Command, target: str) -> None:
    code, out, err = review(target)
    assert (code, out) == (Exit.ERROR, "")
    assert "OWNER/REPO#1" in err


def test_one_that_is_not_there_is_an_error(repo: Repository, review: Command) -> None:
    code, _, err = review(f"{HOME}#99")
    assert code is Exit.ERROR
    assert "no such pull request" in err


def test_approval_is_for_what_was_looked_at(repo: Repository, review: Command) -> None:
    code, out, _ = review(deed=Deed.APPROVE)
    assert code is Exit.DONE
    assert "octo/demo#1: approved at" in out
    (one,) = repo.pull.reviews
    assert (one.author.login, one.state, one.commit) == ("rita", "APPROVED", repo.branches[BRANCH])


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
            lambda repo: repo.human.push({CI: CHECKS.replace("test:", "check:")}),
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


@pytest.fixture
def many(hub: GitHub, teller: Teller) -> tuple[Repository, ...]:
    """Three repositories, each with a pull request of the program's."""
    people = {"clearance": "write", "rita": "write"}
    names = ("octo/one", "octo/two", "acme/three")
    made = tuple(hub.repository(name, {CI: CHECKS}, collaborators=people) for name in names)
    for name in names:
        teller.run(name)
    return made


def test_the_table_has_the_urgent_ones_first(
    hub: GitHub, many: tuple[Repository, ...], review: Command
) -> None:
    one, two, three = many
    two.checks[two.branches[BRANCH]] = "FAILURE"
    three.human.push({"README.md": "Mine.\n"}, BRANCH)
    hub.advance(days=3)
    code, out, _ = review(None, author="clearance")
    lines = out.splitlines()
    assert code is Exit.FINDINGS
    assert [line.split()[0] for line in lines[1:4]] == ["octo/two#1", "acme/three#1", "octo/one#1"]
    assert "x failure" in lines[1]
    assert "! 1 commit of others" in lines[2]
    assert lines[4] == "3 pull requests; 2 pull requests to look at."


def test_the_table_is_of_its_own_by_default(
    many: tuple[Repository, ...], teller: Teller, review: Command
) -> None:
    assert review(None)[1] == "0 pull requests.\n"
    assert review(None, token=teller.token)[1].endswith("3 pull requests.\n")


def test_the_table_can_be_of_some_repositories(
    many: tuple[Repository, ...], review: Command
) -> None:
    told = json.loads(review(None, author="clearance", pattern="OCTO/*", form=Form.JSON)[1])
    assert {one["repository"] for one in told["pulls"]} == {"octo/one", "octo/two"}


def test_the_table_goes_through_all_pages(
    hub: GitHub, many: tuple[Repository, ...], review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.review.asking._PAGE", 1)
    hub.calls.clear()
    assert "3 pull requests." in review(None, author="clearance")[1]
    assert len(list(hub.calls.api)) == 3


def test_many_are_only_shown_until_somebody_is_sure(
    many: tuple[Repository, ...], review: Command
) -> None:
    code, out, err = review(None, author="clearance", deed=Deed.MERGE)
    assert out.count("would merge") == 3
    assert "--yes" in err
    assert {one.pull.state for one in many} == {"OPEN"}
    code, out, _ = review(None, author="clearance", deed=Deed.MERGE, sure=True, pattern="octo/*")
    assert code is Exit.DONE
    assert [one.pull.state for one in many] == ["MERGED", "MERGED", "OPEN"]


def test_one_that_is_not_ours_is_left_out_of_many(
    many: tuple[Repository, ...], review: Command
) -> None:
    many[0].human.push({CI: CHECKS}, BRANCH)
    code, _, err = review(None, author="clearance", deed=Deed.APPROVE, sure=True)
    assert code is Exit.FINDINGS
    assert "octo/one#1" in err
    assert [len(one.pull.reviews) for one in many] == [0, 1, 1]


def test_a_persons_pull_request_is_never_meant(
    hub: GitHub, many: tuple[Repository, ...], review: Command
) -> None:
    many[0].human.push({"README.md": "x"}, f"{BRANCH}-mine")
    many[0].by("clearance").open(f"{BRANCH}-mine", "A change")
    _, out, _ = review(None, author="clearance", deed=Deed.CLOSE, sure=True)
    assert out.count("would close") == 3
    assert many[0].pulls[2].state == "OPEN"


def steps(log: str) -> tuple[str, str, tuple[Step, ...], str]:
    """A job that failed in its last step, 80 seconds after it began."""
    return (
        "publish",
        "failure",
        (Step("Set up job", seconds=60), Step("Tag it", "failure", 60)),
        log,
    )


def test_a_failed_run_is_explained(hub: GitHub, repo: Repository, review: Command) -> None:
    from datetime import UTC, datetime

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
    from datetime import UTC, datetime

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
    assert "? 1 workflow yet to run" in out
    assert RELEASE in out


def test_a_failure_that_no_permission_mends_is_no_alarm(
    hub: GitHub, repo: Repository, review: Command
) -> None:
    repo.human.merge(repo.pull)
    hub.advance(minutes=5)
    hub.run(repo, RELEASE, jobs=[steps(job_log(["HTTP 401: Bad credentials"]))])
    assert review(None, author="clearance", merged_since="2020-01-01")[0] is Exit.DONE
