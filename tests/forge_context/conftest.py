"""A GitHub with actions in it, and a client and a cache to fetch them with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.forge.auth import Token, TokenKind
from bot.forge.cache import Cache
from bot.forge.client import Client
from tests.forge.github import GitHub


class _Fixed:
    """Credentials that are one token."""

    def token(self, repository: str) -> Token:  # noqa: ARG002 - as Credentials have it
        return Token("tok", TokenKind.CLASSIC)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as running:
        running.token("tok")
        yield running


@pytest.fixture
def client(hub: GitHub) -> Client:
    return Client(_Fixed(), "octo/demo", api_url=hub.api_url)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")
