"""Names of repositories, and patterns of them."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(name: str, pattern: str) -> bool:
    """Whether ``owner/name`` is like a pattern of ``*``, ``?`` and ``[…]``.

    A pattern with a slash is compared with all of it, another one with the name alone; case is no
    matter, as in GitHub's names.
    """
    compared = name if "/" in pattern else name.rpartition("/")[2]
    return fnmatchcase(compared.lower(), pattern.lower())
