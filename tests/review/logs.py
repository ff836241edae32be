# ruff: noqa: E501 - what is in logs has long lines
"""Logs of jobs as GitHub's runner writes them, around one message."""

from __future__ import annotations

from collections.abc import Iterable

DENIED = ["remote: Permission to octo/demo.git denied to github-actions[bot]."]
READ = ("Contents: read", "Metadata: read", "Packages: read")


def job_log(
    body: Iterable[str],
    *,
    run: str = "./publish.sh",
    held: Iterable[str] = READ,
    secrets: str = "Actions",
    ends: str = "##[error]Process completed with exit code 1.",
    before: int = 40,
) -> str:
    """The log of a job whose last step, ``Run <run>``, writes ``body`` and fails.

    ``before``: seconds of work in the step before it.
    """
    head = [
        "Current runner version: '2.330.0'",
        "##[group]Runner Image Provisioner",
        "Hosted Compute Agent",
        "##[endgroup]",
        "##[group]Operating System",
        "Ubuntu",
        "24.04.3",
        "##[endgroup]",
        "##[group]GITHUB_TOKEN Permissions",
        *held,
        "##[endgroup]",
        f"Secret source: {secrets}",
        "Prepare workflow directory",
        "Prepare all required actions",
        "Getting action download info",
        "Download action repository 'actions/checkout@v4' (SHA:08c6903cd8c0fde910a37f88322edcfb5dd907a8)",
        "Complete job name: publish",
        "##[group]Run actions/checkout@v4",
        "with:",
        "  repository: octo/demo",
        "  token: ***",
        "##[endgroup]",
        "Syncing repository: octo/demo",
        "##[group]Run make all",
        "\x1b[36;1mmake all\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        "cc -O2 -o demo demo.c",
    ]
    tail = [
        f"##[group]Run {run}",
        f"\x1b[36;1m{run}\x1b[0m",
        "shell: /usr/bin/bash -e {0}",
        "##[endgroup]",
        "Publishing 1.2.3 …",
        *body,
        ends,
        "Post job cleanup.",
        "[command]/usr/bin/git version",
        "Cleaning up orphan processes",
    ]
    lines = [f"2026-01-05T10:00:{at % 60:02}.1234567Z {text}" for at, text in enumerate(head)]
    hour, minute = divmod(1 + before // 60, 60)
    lines += [
        f"2026-01-05T{10 + hour:02}:{minute:02}:{at % 60:02}.7654321Z {t}"
        for at, t in enumerate(tail)
    ]
    return "\ufeff" + "\n".join(lines) + "\n"


def octokit(message: str, *, accepts: str = "", method: str = "POST", path: str = "") -> list[str]:
    """What Node prints of an error of Octokit that nobody has caught."""
    url = f"https://api.github.com/repos/octo/demo{path}"
    lines = [
        f"##[error]Unhandled error: RequestError [HttpError]: {message}",
        "    at fetchWrapper (/home/runner/work/_actions/x/y/v1/dist/index.js:9:81)",
        "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {",
        "  status: 403,",
        "  response: {",
        f"    url: '{url}',",
        "    status: 403,",
        "    headers: {",
        "      'content-type': 'application/json; charset=utf-8',",
    ]
    if accepts:
        lines.append(f"      'x-accepted-github-permissions': '{accepts}',")
    return [
        *lines,
        "      'x-github-request-id': '0400:1A2B:3C4D',",
        "    },",
        f"    data: {{ message: '{message}', status: '403' }}",
        "  },",
        "  request: {",
        f"    method: '{method}',",
        f"    url: '{url}',",
        "    headers: { authorization: 'token [REDACTED]' },",
        "  }",
        "}",
    ]
