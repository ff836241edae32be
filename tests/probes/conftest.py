from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.probes import Kind
from tests.forge.standin import StandIn
from tests.probes.running import Step


@pytest.fixture
def github() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def step(github: StandIn, tmp_path: Path) -> Callable[[Kind], Step]:
    return lambda kind: Step(kind, tmp_path, github)
