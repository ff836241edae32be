"""By what a finding, and the edit that mends it, is recognised from run to run.

A fingerprint is made of path, job, remedy and grants alone: no line, no version. 32 hex digits;
edits are recognised by the first 16 of them, since pull requests have to remember them.
"""

from __future__ import annotations

import hashlib

from bot.permissions.evidence import Beyond
from bot.permissions.scopes import Grants


def fingerprint(path: str, job: str, remedy: str, grants: Grants) -> str:
    """The fingerprint of what a remedy (``permissions``, ``preflight``, ``token``) mends."""
    granted = ",".join(f"{scope}={level}" for scope, level in grants.items())
    text = "\0".join((path, job, remedy, granted)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:32]


def of_block(path: str, job: str, grants: Grants) -> str:
    """The fingerprint of a job's block."""
    return fingerprint(path, job, "permissions", grants)[:16]


def of_lost(path: str, job: str, grants: Grants) -> str:
    """The fingerprint of a scope that is given back to a job."""
    return fingerprint(path, job, "give-back", grants)[:16]


def of_late(path: str, job: str, asked: str) -> str:
    """The fingerprint of a late step. ``asked``: the scope, or what another token needs."""
    return fingerprint(path, job, "preflight", {asked: "write"})[:16]


def of_call(path: str, job: str, call: Beyond) -> str:
    """The fingerprint of a call beyond GITHUB_TOKEN; the call stands for the grants."""
    asked = f"{call.call} {call.permission}"
    return fingerprint(path, job, "token", {asked: "write"})[:16]
