"""Repositories on GitHub, as remotes and people name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}(?:$|/))[A-Za-z0-9._-]+?"
_GITHUB = re.compile(
    r"(?:(?:https|ssh|git)://(?:[^/@]*@)?|(?:[^/@:]+@)?)github\.com(?::\d+/|[:/])/?"
    rf"({_NAME})(?:\.git)?/?"
)
_TARGET = re.compile(
    rf"(?:(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+(?::\d+)?)/)?({_NAME})(?:\.git)?/?"
)
_DOTCOM = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository on a server.

    Attributes:
        name: ``owner/name``.
        api_url: of the server, no slash at its end.
    """

    name: str
    api_url: str


def slug(url: str) -> str | None:
    """``owner/name`` for a URL on github.com, in any of the forms that git takes; else None."""
    found = _GITHUB.fullmatch(url.strip())
    return found[1] if found else None


def remote(target: str, environ: Mapping[str, str]) -> Remote | None:
    """What ``OWNER/REPO`` or ``https://HOST/OWNER/REPO`` names; None for anything else.

    Without a host it is the server that ``GITHUB_API_URL`` or ``GH_HOST`` names, else github.com.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        return None
    host = found["host"]
    return Remote(found[3], _api(found["scheme"], host) if host else api_url(environ))


def api_url(environ: Mapping[str, str]) -> str:
    """The API of the server that the environment names.

    Source: https://cli.github.com/manual/gh_help_environment and
    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    told = environ.get("GITHUB_API_URL", "").rstrip("/")
    host = environ.get("GH_HOST", "")
    if told and not host:
        return told
    return _api("https", host) if host else _DOTCOM


def _api(scheme: str, host: str) -> str:
    name = urlsplit(f"//{host}").hostname or ""
    if name in ("github.com", "www.github.com"):
        return _DOTCOM
    # A tenant of GitHub Enterprise Cloud has its API as github.com has.
    return f"https://api.{host}" if name.endswith(".ghe.com") else f"{scheme}://{host}/api/v3"
