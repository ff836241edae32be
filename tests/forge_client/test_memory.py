"""An error that was caught leaves nothing of what was under way in memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.forge import checkout
from bot.forge.errors import ForgeError
from tests.forge_client.support import Answer, FakeClock, client, served


class Large:
    """Something that a caller was at."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """Python looks for circles seldom; what is in none goes at once."""
    gc.disable()
    yield
    gc.enable()


def _caught(ask: Callable[[], object]) -> weakref.ref[Large]:
    """What is left of a caller's work, when its call has failed."""
    large = Large()
    with pytest.raises(ForgeError) as caught:
        ask()
    del caught
    return weakref.ref(large)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([Answer(403, {"message": "Must have admin rights"})], id="refused"),
        pytest.param([Answer(404, {"message": "Not Found"})], id="not there"),
        pytest.param([Answer(422, {"message": "No such thing"})], id="not taken"),
    ],
)
def test_of_a_call(answers: list[Answer]) -> None:
    clock = FakeClock()
    with served(clock, *answers) as server:
        asker = client(server, clock)
        assert _caught(lambda: asker.get("/repos/octo/demo"))() is None


def test_of_a_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "_PAUSES", (0.01,))
    url = "http://127.0.0.1:9/octo/demo"
    assert _caught(lambda: checkout.clone(url, tmp_path / "clone", "main", None))() is None
