# ruff: noqa: E501 - what is in logs has long lines
"""Every known message, in a log as it is: the right step, the right scope, the right remedy."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from bot.forge import messages
from bot.review import runlog
from bot.review.explaining import Explanation, Mend, explain
from bot.review.refusal import refusals
from tests.review.logs import READ, job_log, octokit

STEP = "Run ./publish.sh"


def only(log: str) -> Explanation:
    """The explanation of the one refusal in a log."""
    (job,) = runlog.jobs(log)
    (found,) = refusals(job)
    return explain(found)


BUILDX = "ERROR: failed to solve: failed to push ghcr.io/octo/demo:1.2.3: "

CASES: tuple[tuple[str, Sequence[str], str, Mend], ...] = (
    (
        "Octokit prints what the endpoint accepts",
        octokit("Resource not accessible by integration", accepts="contents=write; contents=write,workflows=write", path="/releases"),
        "contents: write",
        Mend.BLOCK,
    ),
    (
        "Octokit prints method and address alone",
        octokit("Resource not accessible by integration", path="/check-runs"),
        "checks: write",
        Mend.BLOCK,
    ),
    (
        "gh prints the address and no method",
        ["HTTP 403: Resource not accessible by integration (https://api.github.com/repos/octo/demo/releases)"],
        "contents: write",
        Mend.BLOCK,
    ),
    (
        "go-github prints method and address before it",
        ["POST https://api.github.com/repos/octo/demo/deployments: 403 Resource not accessible by integration []"],
        "deployments: write",
        Mend.BLOCK,
    ),
    (
        "an Enterprise Server's address",
        ["POST https://git.example.com/api/v3/repos/octo/demo/statuses/abc: 403 Resource not accessible by integration []"],
        "statuses: write",
        Mend.BLOCK,
    ),
    (
        "the endpoint is beyond GITHUB_TOKEN",
        octokit("Resource not accessible by integration", accepts="administration=write", path="/actions/runners/registration-token"),
        "administration: write",
        Mend.TOKEN,
    ),
    (
        "an address beyond GITHUB_TOKEN",
        ["HTTP 403: Resource not accessible by integration (https://api.github.com/repos/octo/demo/actions/secrets/public-key)"],
        "secrets: read",
        Mend.TOKEN,
    ),
    (
        "a mutation of GraphQL",
        ["pull request create failed: GraphQL: Resource not accessible by integration (createPullRequest)"],
        "pull-requests: write",
        Mend.BLOCK,
    ),
    (
        "nothing but the message",
        ["##[error]Resource not accessible by integration"],
        "",
        Mend.LOOK,
    ),
    (
        "a personal access token that lacks something",
        octokit("Resource not accessible by personal access token", accepts="issues=write", path="/issues"),
        "issues: write",
        Mend.PAT,
    ),
    (
        "an administrator's call",
        ["HTTP 403: Must have admin rights to Repository. (https://api.github.com/repos/octo/demo/hooks)"],
        "administration: write",
        Mend.TOKEN,
    ),
    (
        "a runner's registration",
        ["##[error]GitHub Registration Token receiving error", "##[error]Error: HttpError: Not Found"],
        "administration: write",
        Mend.TOKEN,
    ),
    (
        "a thing that is hidden",
        ["HTTP 404: Not Found (https://api.github.com/repos/octo/demo/actions/runners/registration-token)"],
        "administration: write",
        Mend.LOOK,
    ),
    (
        "a private thing that Octokit does not find",
        ["##[error]HttpError: Not Found"],
        "",
        Mend.LOOK,
    ),
    (
        "a push of workflow files by an app",
        [
            "To https://github.com/octo/demo",
            " ! [remote rejected] main -> main (refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission)",
            "error: failed to push some refs to 'https://github.com/octo/demo'",
        ],
        "workflows: write",
        Mend.TOKEN,
    ),
    (
        "a push of workflow files by a classic token",
        [" ! [remote rejected] main -> main (refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)"],
        "workflow",
        Mend.PAT,
    ),
    (
        "a push of workflow files by an OAuth app",
        [" ! [remote rejected] main -> main (refusing to allow an OAuth App to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)"],
        "workflow",
        Mend.PAT,
    ),
    (
        "a push that is denied",
        [
            "remote: Permission to octo/demo.git denied to github-actions[bot].",
            "fatal: unable to access 'https://github.com/octo/demo/': The requested URL returned error: 403",
        ],
        "contents: write",
        Mend.BLOCK,
    ),
    (
        "a push with a token that may not write",
        ["remote: Write access to repository not granted.", "fatal: unable to access 'https://github.com/octo/demo/': The requested URL returned error: 403"],
        "contents: write",
        Mend.BLOCK,
    ),
    (
        "a repository that is hidden",
        ["remote: Repository not found.", "fatal: repository 'https://github.com/octo/demo/' not found"],
        "contents: read",
        Mend.BLOCK,
    ),
    (
        "GitHub Packages that know nobody",
        ["unauthorized: Your request could not be authenticated by the GitHub Packages service. Please ensure your access token is valid"],
        "packages: read",
        Mend.BLOCK,
    ),
    (
        "a protected branch",
        ["remote: error: GH006: Protected branch update failed for refs/heads/main."],
        "",
        Mend.RULE,
    ),
    (
        "a ruleset",
        ["remote: error: GH013: Repository rule violations found for refs/heads/main."],
        "",
        Mend.RULE,
    ),
    (
        "a package that may not be made",
        ["denied: installation not allowed to Create organization package"],
        "packages: write",
        Mend.BLOCK,
    ),
    (
        "a package that may not be written",
        ["denied: installation not allowed to Write organization package"],
        "packages: write",
        Mend.BLOCK,
    ),
    (
        "a package that lets nobody in",
        ["denied: permission_denied: write_package"],
        "packages: write",
        Mend.PACKAGE,
    ),
    (
        "a registry that knows no such name",
        ['Error response from daemon: Get "https://ghcr.io/v2/": denied: denied'],
        "",
        Mend.CREDENTIAL,
    ),
    (
        "buildx that is refused",
        [f"{BUILDX}unexpected status: 403 Forbidden"],
        "packages: write",
        Mend.BLOCK,
    ),
    (
        "an OIDC token, by its address",
        ["##[error]Error message: Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable"],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "an OIDC token, by its request",
        ["##[error]Error message: Unable to get ACTIONS_ID_TOKEN_REQUEST_TOKEN env variable"],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "AWS without credentials",
        ["##[error]Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers"],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "AWS that asks",
        ["It looks like you might be trying to authenticate with OIDC. Did you mean to set the `id-token` permission?"],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "Google Cloud",
        ["##[error]google-github-actions/auth failed with: GitHub Actions did not inject $ACTIONS_ID_TOKEN_REQUEST_TOKEN or $ACTIONS_ID_TOKEN_REQUEST_URL into this job. This most likely means"],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "an attestation without an OIDC token",
        ['##[error]Error: missing "id-token" permission. Please add "permissions: id-token: write" to your workflow.'],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "an attestation that is not stored",
        ["##[error]Error: Failed to persist attestation: Resource not accessible by integration - https://docs.github.com/rest/repos/attestations"],
        "attestations: write",
        Mend.BLOCK,
    ),
    (
        "the record of an artifact",
        ['##[warning]Failed to create storage record. Please check that the "artifact-metadata:write" permission has been included'],
        "artifact-metadata: write",
        Mend.BLOCK,
    ),
    (
        "Pages without an OIDC token",
        ['##[error]Error: Ensure GITHUB_TOKEN has permission "id-token: write".'],
        "id-token: write",
        Mend.BLOCK,
    ),
    (
        "Pages that may not be deployed",
        ['##[error]Error: Failed to create deployment (status: 403) with build version 0a1b2c3. Request ID 0400:1 Ensure GITHUB_TOKEN has permission "pages: write".'],
        "pages: write",
        Mend.BLOCK,
    ),
    (
        "Pages that are off",
        ["##[error]Error: Failed to create deployment (status: 404) with build version 0a1b2c3. Ensure GitHub Pages has been enabled: https://github.com/octo/demo/settings/pages"],
        "",
        Mend.SETTING,
    ),
    (
        "code scanning that is refused",
        ["##[error]Please check that your token is valid and has the required permissions: contents: read, security-events: write"],
        "security-events: write",
        Mend.BLOCK,
    ),
    (
        "code scanning that reads nothing",
        ["##[warning]This run does not have permission to access the CodeQL Action API; please ensure the workflow has at least the 'security-events: read' permission"],
        "security-events: read",
        Mend.BLOCK,
    ),
    (
        "pull requests that are not permitted",
        ["pull request create failed: GraphQL: GitHub Actions is not permitted to create or approve pull requests (createPullRequest)"],
        "",
        Mend.SETTING,
    ),
    (
        "a tag that is used up",
        ["HTTP 422: Validation Failed", "tag_name was used by an immutable release"],
        "",
        Mend.OTHER,
    ),
    (
        "a secondary limit",
        ["HTTP 403: You have exceeded a secondary rate limit. Please wait a few minutes before you try again."],
        "",
        Mend.RETRY,
    ),
    (
        "an hour's limit",
        ["##[error]HttpError: API rate limit exceeded for installation ID 1."],
        "",
        Mend.RETRY,
    ),
    ("a wrong token", ["HTTP 401: Bad credentials (https://api.github.com/graphql)"], "", Mend.CREDENTIAL),
    (
        "a classic token without a scope",
        ["GraphQL: your token has not been granted the required scopes to execute this query. The 'login' field requires one of the following scopes: ['read:org']"],
        "read:org",
        Mend.PAT,
    ),
    (
        "gh with a token without a scope",
        ["error: your authentication token is missing required scopes [read:project]"],
        "read:project",
        Mend.PAT,
    ),
)  # fmt: skip


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
