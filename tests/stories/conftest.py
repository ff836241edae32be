"""One GitHub for each story, and one process for all analyses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.apart import Apart
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import CHECKS, CI, HOME, Teller


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
def repo(hub: GitHub) -> Repository:
    """A repository with one workflow whose job states no permissions."""
    return hub.repository(HOME, {CI: CHECKS})
