# ruff: noqa: E501 - what is in logs has long lines
"""Every known message, in a log as it is: the right step, the right scope, the right remedy."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Sequence

import pytest

from bot.forge import messages
from bot.review import runlog
from bot.review.explaining import Explanation, Mend, explain
from bot.review.refusal import refusals
from tests.review.logs import READ, job_log, octokit
from tests.review.messages import CASES

STEP = "Run ./publish.sh"


def only(log: str) -> Explanation:
    """The explanation of the one refusal in a log."""
    (job,) = runlog.jobs(log)
    (found,) = refusals(job)
    return explain(found)


@pytest.mark.parametrize(
    ("body", "permission", "mend"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_message_leads_to_step_scope_and_remedy(
    body: Sequence[str], permission: str, mend: Mend
) -> None:
    held = ("Metadata: read",) if permission.endswith(": read") else READ
    found = only(job_log(body, held=held))
    assert (found.refusal.step, found.permission, found.mend) == (STEP, permission, mend)
    assert found.refusal.fails
    assert found.add == ((permission,) if mend is Mend.BLOCK else ())


SET_UP = "The workflow is not valid. .github/workflows/ci.yml (Line: 9, Col: 3): "


@pytest.mark.parametrize(
    ("text", "permission", "mend"),
    [
        pytest.param(
            f"{SET_UP}Error calling workflow 'octo/demo/.github/workflows/x.yml@main'. The nested job 'build' is requesting 'packages: write', but is only allowed 'packages: none'.",
            "packages: write",
            Mend.CALLER,
            id="a called job asks for more",
        ),
        pytest.param(
            f"{SET_UP}Error calling workflow 'octo/demo/.github/workflows/x.yml@main'. The workflow is requesting 'id-token: write, contents: write', but is only allowed 'id-token: none, contents: read'.",
            "contents: write & id-token: write",
            Mend.CALLER,
            id="a called workflow asks for more",
        ),
        pytest.param(
            f"{SET_UP}The permission 'models' is not allowed", "models", Mend.DROP, id="no models"
        ),
        pytest.param(
            f"{SET_UP}The permission 'vulnerability-alerts' is not allowed",
            "vulnerability-alerts",
            Mend.DROP,
            id="no vulnerability-alerts",
        ),
        pytest.param(
            f"{SET_UP}The key 'id-token' is not allowed", "id-token", Mend.DROP, id="no id-token"
        ),
    ],
)
def test_what_the_page_says_of_a_run_that_never_started(
    text: str, permission: str, mend: Mend
) -> None:
    found = only(f"Invalid workflow file: .github/workflows/ci.yml#L9\n{text}\n")
    assert (found.permission, found.mend) == (permission, mend)


def test_every_message_of_the_table_is_met_here() -> None:
    said = "\n".join(line for _, body, *_ in CASES for line in body)
    elsewhere = ("Error calling workflow ", "The permission '", "The key 'id-token' is not allowed")
    rows = {row.start for row in messages.rows()}
    assert {start for start in rows if start not in said} == set(elsewhere)


PUSH = ["remote: Permission to octo/demo.git denied to github-actions[bot]."]


@pytest.mark.parametrize(
    ("held", "secrets", "mend"),
    [
        pytest.param(READ, "Actions", Mend.BLOCK, id="a token that reads"),
        pytest.param(READ, "None", Mend.FORK, id="a fork's"),
        pytest.param(READ, "Dependabot", Mend.DEPENDABOT, id="Dependabot's"),
        pytest.param(
            ("Contents: write", "Metadata: read"), "Actions", Mend.ELSEWHERE, id="one that could"
        ),
    ],
)
def test_what_the_token_held_decides_the_remedy(
    held: Sequence[str], secrets: str, mend: Mend
) -> None:
    assert only(job_log(PUSH, held=held, secrets=secrets)).mend is mend


def test_a_token_that_lacks_two_scopes_lacks_both() -> None:
    body = octokit("Resource not accessible by integration", accepts="contents=write,issues=write")
    found = only(job_log(body))
    assert found.add == ("contents: write", "issues: write")


def test_what_it_holds_already_is_not_added() -> None:
    accepts = "contents=write,pull_requests=write"
    body = octokit("Resource not accessible by integration", accepts=accepts)
    found = only(job_log(body, held=("Contents: write", "Metadata: read", "PullRequests: read")))
    assert found.add == ("pull-requests: write",)


@pytest.mark.parametrize(("before", "late"), [(40, False), (1200, True)])
def test_what_came_late_could_have_been_probed(before: int, late: bool) -> None:
    assert only(job_log(PUSH, before=before)).probe is late


def test_a_refusal_that_a_step_survived_comes_behind() -> None:
    first = job_log(["HTTP 404: Not Found (https://api.github.com/repos/octo/demo/x)"], ends="ok")
    second = job_log(PUSH, run="git push").partition("Secret source")[2].partition("\n")[2]
    (job,) = runlog.jobs(first + second)
    assert [one.step for one in refusals(job)] == ["Run git push", STEP]


def test_gh_prints_jobs_and_steps_in_columns() -> None:
    lines = job_log(PUSH).lstrip("\ufeff").splitlines()
    columns = [f"publish\tPush the tag\t\ufeff{line}" for line in lines]
    other = [f"build\tUNKNOWN STEP\t{line}" for line in lines]
    one, two = runlog.jobs("\n".join(columns + other))
    assert [refusals(one)[0].job, refusals(one)[0].step] == ["publish", "Push the tag"]
    assert [refusals(two)[0].job, refusals(two)[0].step] == ["build", STEP]


def test_a_workflow_can_not_pretend_what_its_token_held() -> None:
    body = ["##[group]GITHUB_TOKEN Permissions", "Contents: write", "##[endgroup]", *PUSH]
    assert only(job_log(body)).mend is Mend.BLOCK


def test_a_workflow_can_not_pretend_to_be_another_job() -> None:
    body = ["other\tstep\t2026-01-05T10:00:00.0000000Z ##[error]Bad credentials", *PUSH]
    assert only(job_log(body)).mend is Mend.BLOCK


def test_an_archive_has_a_file_for_each_job() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("0_publish (linux).txt", job_log(PUSH))
        archive.writestr("publish (linux)/7_Publish.txt", job_log(PUSH))
        archive.writestr("../../1_x.txt", job_log(PUSH))
    (job,) = runlog.archived(stream.getvalue())
    assert job.job == "publish (linux)"
    assert refusals(job)[0].step == STEP


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x03\x04" + b"\0" * 40, b"PK\x05\x06" + b"\0" * 18]
)
def test_what_is_no_archive_has_no_jobs(data: bytes) -> None:
    assert runlog.archived(data) == ()


@pytest.mark.parametrize(
    "log", ["", "\n" * 1000, "\t\t\n", "2026-99-99T10:00:00Z Bad credentials\n", "\ufeff", "\x00"]
)
def test_a_log_can_be_anything(log: str) -> None:
    assert all(explain(one) for job in runlog.jobs(log) for one in refusals(job))


def test_a_large_log_is_read_in_a_second() -> None:
    line = "2026-01-05T10:00:00.0000000Z x-accepted-github-permissions: " + "a=" * 100 + "\n"
    began = time.monotonic()
    runlog.jobs(line * 40_000)
    assert time.monotonic() - began < 3
