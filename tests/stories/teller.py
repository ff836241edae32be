"""What stories are told with: a repository on a stand-in for GitHub, and the program run on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.apart import Apart
from bot.forge.auth import from_environment
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.limiter import Limiter
from bot.ground import Order
from bot.run import run
from bot.strand import Result
from tests.forge.github import GitHub
from tests.forge.people import App
from tests.forge.repository import Repository

HOME = "octo/demo"
BRANCH = "clearance/permissions"
CI = ".github/workflows/ci.yml"
RELEASE = ".github/workflows/release.yml"
ROTATE = ".github/workflows/rotate.yml"

CHECKS = """\
on: pull_request
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
RELEASES = """\
on:
  push:
    tags: ["v*"]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make
  publish:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: gh release create "$GITHUB_REF_NAME"
        env:
          GH_TOKEN: ${{ github.token }}
"""
ROTATES = """\
on: workflow_dispatch
jobs:
  rotate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: make
      - run: gh secret set KEY --body "$(cat key)"
        env:
          GH_TOKEN: ${{ github.token }}
"""
FIXED = """\
on: pull_request
permissions: {}
jobs:
  test:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
"""


@dataclass
class Teller:
    """Runs the program as somebody does who has a token."""

    hub: GitHub
    apart: Apart
    folder: Path
    token: str = "ghp_" + "a" * 36
    limiter: Limiter = field(default_factory=Limiter)
    app: App | None = None

    def run(self, repository: str = HOME, settings: str | None = None, **order: Any) -> Result:
        """Run it, and give the one result."""
        (result,) = self.all(repository, settings, **order)
        return result

    def all(
        self, repository: str = HOME, settings: str | None = None, **order: Any
    ) -> tuple[Result, ...]:
        """Run it, and give the result of each branch."""
        environ = {"GH_TOKEN": self.token}
        if self.app is not None:
            key = self.app.private_key
            environ = {"CLEARANCE_APP_ID": str(self.app.id), "CLEARANCE_APP_KEY": key}
        credentials = from_environment(environ, self.hub.api_url, limiter=self.limiter)
        client = Client(credentials, repository, api_url=self.hub.api_url, limiter=self.limiter)
        wanted = Order(repository, settings, **order)
        return tuple(run(client, wanted, self.apart, Cache(self.folder / "cache")))

    def process(
        self, *words: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start the program as a user does, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run", HOME, *words],
            env={**self.environment(), **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        """The variables of a process."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "TMPDIR": str(self.folder),
            **self.hub.environment(self.token),
        }


def is_right(repo: Repository, *paths: str) -> bool:
    """One branch and one pull request, which changes these files and knows where it stands."""
    pulls = tuple(repo.pulls.values())
    return (
        set(repo.branches) == {repo.default_branch, BRANCH}
        and [pull.state for pull in pulls] == ["OPEN"]
        and set(pulls[0].files()) == set(paths)
        and repo.branches[BRANCH] in pulls[0].body
    )
