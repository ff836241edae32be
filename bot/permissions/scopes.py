"""The scopes of the ``permissions:`` key, their levels, and sums of both.

The list is the one of GitHub's own workflow parser (npm ``@actions/workflow-parser``), the order
is the one of the documentation of ``permissions`` (docs.github.com, workflow syntax).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

Level = Literal["none", "read", "write"]
Grants = Mapping[str, Level]
"""Scope → level. A scope that is not named is ``none``, as in a ``permissions:`` block."""

RANK: Mapping[str, int] = {"none": 0, "read": 1, "write": 2}
"""``write`` includes ``read``, ``read`` includes ``none``."""

# Scope → the levels that may be written for it besides ``none``, lowest first.
_LEVELS: Mapping[str, tuple[Level, ...]] = {
    "actions": ("read", "write"),
    "artifact-metadata": ("read", "write"),
    "attestations": ("read", "write"),
    "checks": ("read", "write"),
    "code-quality": ("read", "write"),
    "contents": ("read", "write"),
    "copilot-requests": ("write",),
    "deployments": ("read", "write"),
    "discussions": ("read", "write"),
    "drives": ("read", "write"),
    "id-token": ("write",),
    "issues": ("read", "write"),
    "models": ("read",),
    "packages": ("read", "write"),
    "pages": ("read", "write"),
    "pull-requests": ("read", "write"),
    "repository-projects": ("read", "write"),
    "security-events": ("read", "write"),
    "statuses": ("read", "write"),
    "vulnerability-alerts": ("read",),
}

SCOPES: tuple[str, ...] = tuple(_LEVELS)
"""All scopes, in the order in which a block lists them."""

EVERYWHERE: frozenset[str] = frozenset(
    {
        "actions",
        "checks",
        "contents",
        "deployments",
        "issues",
        "packages",
        "pull-requests",
        "security-events",
        "statuses",
    }
)
"""Scopes that every GitHub Enterprise Server release in support knows."""


def is_level(scope: str, level: str) -> bool:
    """Whether GitHub's parser takes ``scope: level``; ``none`` is taken for every scope."""
    return scope in _LEVELS and (level == "none" or level in _LEVELS[scope])


def join(grants: Iterable[Grants]) -> dict[str, Level]:
    """The least grants that cover all of ``grants``, in the order of :data:`SCOPES`."""
    best: dict[str, Level] = {}
    for one in grants:
        for scope, level in one.items():
            if RANK[level] > RANK[best.get(scope, "none")]:
                best[scope] = level
    return ordered(best)


def ordered(grants: Grants) -> dict[str, Level]:
    """``grants`` without ``none``, in the order of :data:`SCOPES`."""
    return {s: grants[s] for s in SCOPES if grants.get(s, "none") != "none"}


def covers(held: Grants, needed: Grants) -> bool:
    """Whether ``held`` allows everything that ``needed`` names."""
    return not missing(held, needed)


def missing(held: Grants, needed: Grants) -> dict[str, Level]:
    """What of ``needed`` is not held, in the order of :data:`SCOPES`."""
    return ordered({s: lv for s, lv in needed.items() if RANK[lv] > RANK[held.get(s, "none")]})


def everything(level: Literal["read", "write"]) -> dict[str, Level]:
    """What ``read-all`` or ``write-all`` stand for.

    A scope without that level gets the highest lower one it has: ``read-all`` gives no
    ``id-token``, ``write-all`` gives ``models: read``.
    """
    given: dict[str, Level] = {}
    for scope, levels in _LEVELS.items():
        fitting = [lv for lv in levels if RANK[lv] <= RANK[level]]
        if fitting:
            given[scope] = fitting[-1]
    return given
