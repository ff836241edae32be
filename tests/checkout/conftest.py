"""A repository on a server of git's own, and a user's git that is full of traps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout.origin import Origin
from tests.checkout.server import Server, serving


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test says about git counts."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in [n for n in os.environ if n.startswith(("GIT_", "XDG_")) or "proxy" in n.lower()]:
        monkeypatch.delenv(name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "served"
    root.mkdir()
    with serving(root) as made:
        yield made


@pytest.fixture
def origin(server: Server, tmp_path: Path) -> Origin:
    """``o/r`` with two commits on ``main``."""
    made = Origin(server, tmp_path / "work", tmp_path / "clone")
    made.start()
    return made
