"""How the stand-in's own tests talk to it: by REST, GraphQL and git."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path
from typing import Any

import requests

from tests.forge.github import GitHub
from tests.forge.repository import Repository

CI = ".github/workflows/ci.yml"
FILES = {CI: "on: push\n", "README.md": "Hello\n"}
QUERIES = Path(__file__).parents[2] / "bot" / "forge" / "queries"
BRANCH = "clearance/permissions"


def call(
    hub: GitHub,
    method: str,
    path: str,
    body: Any = None,
    token: str = "tok",  # noqa: S107
    **headers: str,
) -> requests.Response:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return requests.request(
        method, hub.api_url + path, json=body, headers=headers, timeout=5, allow_redirects=False
    )


def ask(hub: GitHub, query: str, token: str = "tok", **variables: object) -> Any:  # noqa: S107
    return call(hub, "POST", "/graphql", {"query": query, "variables": variables}, token).json()


def overview(hub: GitHub, branch: str = BRANCH, token: str = "tok", name: str = "demo") -> Any:  # noqa: S107
    query = (QUERIES / "overview.graphql").read_text()
    reference = f"refs/heads/{branch}"
    return ask(
        hub, query, token, owner="octo", name=name, branch=branch, reference=reference, subjects=5
    )


def git(
    folder: Path,
    *arguments: str,
    token: str = "tok",  # noqa: S107
) -> subprocess.CompletedProcess[str]:
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "3" if token else "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Someone",
        "GIT_CONFIG_KEY_1": "user.email",
        "GIT_CONFIG_VALUE_1": "someone@example.com",
        "GIT_CONFIG_KEY_2": "http.extraheader",
        "GIT_CONFIG_VALUE_2": f"Authorization: Basic {basic}",
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def changed(repo: Repository, tmp_path: Path, path: str = CI) -> Path:
    """A clone with one commit that changes a file."""
    folder = tmp_path / "clone"
    assert git(tmp_path, "clone", "-q", "--depth=1", repo.clone_url, str(folder)).returncode == 0
    (folder / path).write_text("on: pull_request\n")
    assert git(folder, "commit", "-qam", "Change").returncode == 0
    return folder
