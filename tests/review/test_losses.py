"""What of a log is taken as proof of what GITHUB_TOKEN lacked: nothing that can be another's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.analysis import FileReport
from bot.life.contexts import Push
from bot.review import runlog
from bot.review.explaining import explain
from bot.review.losses import losses
from bot.review.refusal import refusals
from bot.review.runs import JobRun, Run, Step, _placed
from bot.settings import Settings
from bot.snapshot import Snapshot, study
from tests.review.logs import DENIED, job_log, octokit

CI = ".github/workflows/ci.yml"
HOME = "octo/demo"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
RUN = Run(
    7, CI, f"https://github.com/{HOME}/actions/runs/7", "push", "failure", "0" * 40, "main",
    own=True, created=NOW, public=True, repository=HOME,
)  # fmt: skip
TEXT = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    permissions: {}
    env:
      A: ${{ github.sha }}
    steps:
      - run: ./publish.sh
        env:
          GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}
"""
DECLINED = "Resource not accessible by integration"
LABELS = "/issues/1/labels"
BEGUN = datetime(2026, 1, 5, 10, 1, tzinfo=UTC)
ENDED = datetime(2026, 1, 5, 10, 2, tzinfo=UTC)


def report(text: str) -> FileReport:
    snapshot = Snapshot(HOME, (CI,), {CI: text.encode()})
    return study(snapshot, Settings(), frozenset(), Push("main", HOME)).reports[0]


def given(log: list[str], text: str = TEXT, *, failed: bool = True, run: Run = RUN) -> list[str]:
    """The scopes that a log gives back to the job of a workflow."""
    (whole,) = runlog.jobs(job_log(log))
    ended = "failure" if failed else "success"
    job = JobRun(1, "test", "failure", (Step("Run ./publish.sh", ended, BEGUN, ENDED),))
    lines = tuple(_placed(job, line) for line in whole.lines)
    log_of = runlog.JobLog("test", whole.held, whole.secrets, lines)
    found = (explain(one, report(text)) for one in refusals(log_of))
    return [f"{lost.scope}: {lost.level}" for one in found for lost in losses(run, one, 1)]


_OWN = {
    "a push": (DENIED, "contents: write"),
    "a call": (octokit(DECLINED, accepts="issues=write", path=LABELS), "issues: write"),
    "a token for OIDC": (
        ["Error: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable"], "id-token: write",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("log", "scope"), _OWN.values(), ids=_OWN)
def test_what_only_github_token_is_refused_so_is_given_back(log: list[str], scope: str) -> None:
    assert given(log) == [scope]


_NOT_OWN = {
    "a push to another repository": [DENIED[0].replace("demo", "other")],
    "a push without a name": ["remote: Write access to repository not granted."],
    "a repository that is not found": ["remote: Repository not found."],
    "a registry": ["unexpected status: 403 Forbidden"],
    "a package": ["denied: installation not allowed to Write organization package"],
    "a cloud's sign-in": ["Credentials could not be loaded, please check your action inputs"],
    "a call about another repository": [
        line.replace("octo/demo", "octo/other")
        for line in octokit(DECLINED, accepts="issues=write", path=LABELS)
    ],
    "a call to another server": [
        line.replace("https://api.github.com", "https://ghe.example/api/v3")
        for line in octokit(DECLINED, accepts="issues=write", path=LABELS)
    ],
    "a call whose address is not told": [
        f"##[error]{DECLINED}", "'x-accepted-github-permissions': 'issues=write'",
    ],
    "beside another call": [
        *octokit(DECLINED, accepts="issues=write", path=LABELS),
        "GET https://api.github.com/repos/octo/demo/pulls/1",
    ],
    "an answer that names more than one": octokit(
        DECLINED, accepts="issues=write,contents=write", path=LABELS
    ),
    "an answer that names the scope for OIDC": octokit(
        DECLINED, accepts="id_token=write", path=LABELS
    ),
}  # fmt: skip


@pytest.mark.parametrize("log", _NOT_OWN.values(), ids=_NOT_OWN)
def test_what_can_be_about_something_else_gives_nothing_back(log: list[str]) -> None:
    assert given(log) == []


_HANDED = {
    "another secret": "${{ secrets.PAT }}",
    "one of two": "${{ secrets.PAT || secrets.GITHUB_TOKEN }}",
    "all secrets": "${{ toJSON(secrets) }}",
    "what a step puts out": "${{ steps.app.outputs.token }}",
    "an input": "${{ inputs.token }}",
}


@pytest.mark.parametrize("where", ["secrets.GITHUB_TOKEN", "github.sha"], ids=["step", "job"])
@pytest.mark.parametrize("token", _HANDED.values(), ids=_HANDED)
def test_where_another_token_may_have_been_refused_nothing_is_given_back(
    token: str, where: str
) -> None:
    assert given(DENIED, TEXT.replace(f"${{{{ {where} }}}}", token)) == []


def test_a_step_failed_where_github_says_so_and_not_where_its_log_does() -> None:
    assert given([*DENIED, "##[error]Failed."], failed=False) == []


def test_it_is_not_told_of_which_step_a_line_is_that_can_be_of_the_one_before() -> None:
    steps = (Step("one", "success", BEGUN, ENDED), Step("two", "failure", ENDED, ENDED))
    line = runlog.Line("2026-01-05T10:02:00", "", "denied")
    placed = _placed(JobRun(1, "test", "failure", steps), line)
    assert (placed.step, placed.failed) == ("two", None)
