"""Which scopes a GitHub Enterprise Server release knows: one that it does not know it refuses.

The table (``data/ghes.tsv``) has the first and the last release whose documentation lists a scope.
Scopes that are not in it are documented for github.com alone (``data/features`` of github/docs:
artifact-attestations, artifact-metadata, vulnerability-alerts-permission; models ``not ghes``).
"""

from __future__ import annotations

import re
from functools import cache

from bot.permissions.rest import read_table
from bot.permissions.scopes import EVERYWHERE

_RELEASE = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.\d{1,9})?(?:\D.*)?")


def known(release: str | None) -> frozenset[str]:
    """The scopes that may be written for a release (``3.17.2``), those everywhere for None.

    What is no release's name counts as None; nothing is told of releases before the table's first.
    """
    found = _RELEASE.fullmatch(release or "")
    if found is None:
        return EVERYWHERE
    at = int(found[1]), int(found[2])
    listed = (
        scope for scope, first, last in _table() if first <= at and (last is None or at <= last)
    )
    return EVERYWHERE.union(listed)


_Release = tuple[int, int]


@cache
def _table() -> tuple[tuple[str, _Release, _Release | None], ...]:
    rows = read_table("ghes.tsv")
    return tuple((row[0], _pair(row[1]), _pair(row[2]) if row[2] else None) for row in rows)


def _pair(text: str) -> _Release:
    major, _, minor = text.partition(".")
    return int(major), int(minor)
