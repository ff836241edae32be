"""What the tests that run workflows share."""

from collections.abc import Iterator

import pytest

from tests.forge.standin import StandIn


@pytest.fixture
def github() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin
