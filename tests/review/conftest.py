"""What reviews are tested with: a pull request of the program's own, and somebody who looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.apart import Apart
from bot.commands import Exit
from bot.review import command
from bot.review.command import Wish
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Command, Reviewer
from tests.stories.conftest import apart, hub, teller
from tests.stories.teller import CHECKS, CI, HOME, RELEASE, RELEASES, Teller

__all__ = ["apart", "hub", "repo", "review", "reviewer", "teller"]


@pytest.fixture
def repo(hub: GitHub, teller: Teller) -> Repository:
    """A repository with one open pull request of the program's own."""
    made = hub.repository(
        HOME,
        {CI: CHECKS, RELEASE: RELEASES, "README.md": "Read me.\n"},
        collaborators={"clearance": "write", "rita": "write"},
    )
    teller.run()
    return made


@pytest.fixture
def reviewer(hub: GitHub, apart: Apart, tmp_path: Path) -> Reviewer:
    made = Reviewer(hub, apart, tmp_path)
    hub.token(made.token, user="rita")
    return made


@pytest.fixture
def review(
    hub: GitHub,
    reviewer: Reviewer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run the command as rita; gives its exit code and what it wrote."""

    def run(
        target: str | None = f"{HOME}#1", *, token: str = reviewer.token, **wish: object
    ) -> tuple[Exit, str, str]:
        for name, value in hub.environment(token).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        capsys.readouterr()
        code = command.run(Wish(target, **wish))  # type: ignore[arg-type]
        out, err = capsys.readouterr()
        return code, out, err

    return run
