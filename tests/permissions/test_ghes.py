"""Which scopes may be written for a release of GitHub Enterprise Server."""

from __future__ import annotations

import pytest

from bot.permissions.ghes import known
from bot.permissions.scopes import EVERYWHERE, SCOPES


@pytest.mark.parametrize(
    ("release", "more"),
    [
        pytest.param(None, set(), id="one that nobody named"),
        pytest.param("latest", set(), id="what is no release"),
        pytest.param("3.1.0", set(), id="one before all that is known"),
        pytest.param(
            "3.6.2", {"pages", "discussions", "repository-projects"}, id="before OIDC was there"
        ),
        pytest.param(
            "3.16.0",
            {"pages", "discussions", "id-token", "repository-projects"},
            id="the last with projects (classic)",
        ),
        pytest.param("3.17", {"pages", "discussions", "id-token"}, id="the first without"),
        pytest.param("3.20.1-rc1", {"pages", "discussions", "id-token"}, id="one to come"),
    ],
)
def test_known(release: str | None, more: set[str]) -> None:
    assert known(release) == EVERYWHERE | more


def test_only_scopes_are_told() -> None:
    assert known("3.16.0") <= set(SCOPES)
