"""The fixture of tests that talk to a GitHub of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forge.github import GitHub


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """A GitHub; the test fails in the end where an exchange with it was not GitHub's."""
    with GitHub() as running:
        yield running
