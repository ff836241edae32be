"""The repository on GitHub that a remote's URL names."""

from __future__ import annotations

import re

_GITHUB = re.compile(
    r"(?:(?:https|ssh|git)://(?:[^/@]*@)?|(?:[^/@:]+@)?)github\.com(?::\d+/|[:/])/?"
    r"([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)


def slug(url: str) -> str | None:
    """``owner/name`` for a URL on github.com, in any of the forms that git takes; else None."""
    found = _GITHUB.fullmatch(url.strip())
    return found[1] if found else None
