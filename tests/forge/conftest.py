"""The fixture of tests that talk to a GitHub of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.talk import FILES


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """A GitHub; the test fails in the end where an exchange with it was not GitHub's."""
    with GitHub() as running:
        yield running


@pytest.fixture
def repo(hub: GitHub) -> Repository:
    """``octo/demo`` with a workflow, and a classic token ``tok`` that may push to it."""
    hub.token("tok")
    return hub.repository("octo/demo", FILES)
