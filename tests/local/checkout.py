"""A local repository to try things on."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import local
from bot.config import Settings
from bot.local import LocalError, LocalResult
from bot.options import BRANCH

WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
REWRITTEN = """\
on: push
permissions: {} # each job states its own
jobs:
  test:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
"""
DONE = "on: push\npermissions: {}\njobs:\n  a: {runs-on: x, steps: [{run: echo}]}\n"


@dataclass(frozen=True)
class Checkout:
    root: Path

    def git(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **(env or {})},
        ).stdout.strip()

    def write(self, path: str, text: str) -> Path:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)
        return full

    def commit(self, message: str = "Start") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def run(self, branch: str = BRANCH, out: Path | None = None) -> LocalResult:
        return local.run(self.root, Settings(), out=out, branch=branch)

    def refusal(self, branch: str = BRANCH) -> str:
        with pytest.raises(LocalError) as caught:
            self.run(branch)
        return str(caught.value)

    def footprint(self) -> dict[str, tuple[int, str]]:
        """Mode and hash of every file that must not change: the work tree, the index, HEAD."""
        kept = [p for p in self.root.rglob("*") if p.is_file() and ".git" not in p.parts]
        kept += [self.root / ".git" / name for name in ("HEAD", "index", "config")]
        return {
            str(p): (p.stat().st_mode, hashlib.sha256(p.read_bytes()).hexdigest()) for p in kept
        }
