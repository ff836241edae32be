"""The form for a fine-grained personal access token: its address, and what to fill in by hand.

The permissions and their keys are those of GitHub's page for such tokens.
https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote, urlencode

DAYS = 90
"""How long the token is to last: long enough not to be a nuisance, and never without an end."""
PUBLIC = "https://github.com"
_FORM = "settings/personal-access-tokens/new"
_DOCUMENTED = (
    "https://docs.github.com/en/rest/authentication/"
    "permissions-required-for-fine-grained-personal-access-tokens"
)
_MAX_NAME = 40
_NAME = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")
_PERMISSION = re.compile(r"([a-z_]+): (read|write)")
_LEVELS = {"read": "Read-only", "write": "Read and write"}

_REPOSITORY: Mapping[str, str] = {
    "actions": "Actions",
    "actions_variables": "Variables",
    "administration": "Administration",
    "codespaces_secrets": "Codespaces secrets",
    "contents": "Contents",
    "dependabot_secrets": "Dependabot secrets",
    "deployments": "Deployments",
    "discussions": "Discussions",
    "environments": "Environments",
    "issues": "Issues",
    "pages": "Pages",
    "pull_requests": "Pull requests",
    "repository_advisories": "Repository security advisories",
    "repository_hooks": "Webhooks",
    "secret_scanning_alerts": "Secret scanning alerts",
    "secrets": "Secrets",
    "security_events": "Code scanning alerts",
    "statuses": "Commit statuses",
    "vulnerability_alerts": "Dependabot alerts",
    "workflows": "Workflows",
}
"""Key of a repository's permission in the form's address → its name on the page."""


def address(name: str, owner: str, permissions: Iterable[str], server: str = PUBLIC) -> str:
    """The form's address with what is known filled in.

    ``permissions``: in the words of the documentation (``administration: write``; of alternatives
    the first); those that have no key are left out. ``owner``: empty where it isn't known.
    ``server``: its page, without a slash at its end.
    """
    asked = {key: level for key, level in _wanted(permissions) if key in _REPOSITORY}
    fields = {"name": name[:_MAX_NAME], "description": f"For the Actions secret {name}"}
    if re.fullmatch(r"[A-Za-z0-9-]{1,39}", owner):
        fields["target_name"] = owner
    fields["expires_in"] = str(DAYS)
    return f"{server}/{_FORM}?{urlencode({**fields, **asked}, quote_via=quote)}"


def by_hand(permissions: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to choose on the page (``Administration: Read and write``), and what is not there.

    The second are permissions of an organisation or a user, in the words of the documentation.
    """
    asked = {key: level for key, level in _wanted(permissions) if key in _REPOSITORY}
    shown = tuple(f"{_REPOSITORY[key]}: {_LEVELS[level]}" for key, level in asked.items())
    others = tuple(
        part
        for text in permissions
        for part in text.split(" | ")[0].split(" & ")
        if not ((found := _PERMISSION.fullmatch(part)) and found[1] in _REPOSITORY)
    )
    return shown, tuple(dict.fromkeys(others))


def documented(permissions: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Names of permissions, each with where the documentation lists the calls that it allows."""
    names = dict.fromkeys(_REPOSITORY[key] for key, _ in _wanted(permissions) if key in _REPOSITORY)
    anchors = ((name, name.lower().replace(" ", "-")) for name in names)
    return tuple(
        (name, f"{_DOCUMENTED}#repository-permissions-for-{anchor}") for name, anchor in anchors
    )


def is_repository(name: str) -> bool:
    """Whether a text is ``owner/name`` as GitHub takes it."""
    return _NAME.fullmatch(name) is not None


def _wanted(permissions: Iterable[str]) -> list[tuple[str, str]]:
    """Keys with their levels, a write behind the read of the same key."""
    parts = (part for text in permissions for part in text.split(" | ")[0].split(" & "))
    found = [(m[1], m[2]) for m in map(_PERMISSION.fullmatch, parts) if m]
    return sorted(dict.fromkeys(found), key=lambda pair: pair[1] == "write")
