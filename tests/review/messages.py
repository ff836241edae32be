# ruff: noqa: E501 - what is in logs has long lines
"""Every known message, as it stands in a log: a name, the lines, what lacks, what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.review.explaining import Mend
from tests.review.logs import octokit

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
