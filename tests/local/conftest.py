"""Real repositories, and a git that knows nothing but what a test says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.local.checkout import WORKFLOW, Checkout


@pytest.fixture(autouse=True)
def _identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test says about git's configuration counts."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "checkout")
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.write(".github/workflows/ci.yml", WORKFLOW)
    made.commit()
    return made
