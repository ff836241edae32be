"""What reviews are tested with: a pull request of the program's own, and somebody who looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.apart import Apart
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Reviewer
from tests.stories.teller import CHECKS, CI, HOME, RELEASE, RELEASES, Teller


@pytest.fixture(scope="session")
def apart() -> Iterator[Apart]:
    with Apart() as made:
        yield made


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as made:
        yield made


@pytest.fixture
def teller(hub: GitHub, apart: Apart, tmp_path: Path) -> Teller:
    made = Teller(hub, apart, tmp_path)
    hub.token(made.token)
    return made


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
