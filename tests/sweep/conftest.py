"""One GitHub for each story, and what looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bot.forge.auth import Token, TokenKind
from bot.forge.limiter import Limiter
from bot.sweep import work
from bot.sweep.lister import Lister
from tests.forge import limits
from tests.forge.github import GitHub
from tests.forge_client.support import FakeClock
from tests.stories.teller import Teller
from tests.stories.warm import Near
from tests.sweep.nights import TOKEN, Nights, near


class Fixed:
    """One token for everything."""

    def __init__(self, value: str, kind: TokenKind) -> None:
        self._token = Token(value, kind)

    def token(self, _repository: str) -> Token:
        return self._token


def lister(hub: GitHub, token: str, kind: TokenKind = TokenKind.CLASSIC) -> Lister:
    """A client for lists, whose clock goes on only when it waits."""
    limiter = Limiter(clock=FakeClock())
    return Lister(Fixed(token, kind), "octo/demo", api_url=hub.api_url, limiter=limiter)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as made:
        made.token("tok")
        yield made


@pytest.fixture
def client(hub: GitHub) -> Lister:
    return lister(hub, "tok")


@pytest.fixture
def nights(hub: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nights:
    """Sweeps that keep all they remember in a folder of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    near(monkeypatch)
    hub.token(TOKEN)
    return Nights(hub, tmp_path, monkeypatch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The program's clock, which goes on only when it waits; the stand-in's minutes are its."""
    made = FakeClock()
    monkeypatch.setattr(work, "Limiter", partial(Limiter, clock=made))
    monkeypatch.setattr(limits, "time", made)
    return made


@pytest.fixture
def teller(hub: GitHub, tmp_path: Path) -> Teller:
    """One run on one repository."""
    made = Teller(hub, Near(), tmp_path)  # type: ignore[arg-type]
    hub.token(made.token)
    return made
