"""The preflight probes: their scripts, and what each one proves, leaves and needs.

A script is static text, the same for every workflow; all that differs reaches it as environment:
``TOKEN``, ``REPOSITORY`` (``owner/name``), ``GUARDS`` (jobs' ids), ``ON_REFUSAL`` (``fail``, else
it only warns), ``PROBE_SECRET`` (the name of the secret that the token is from, or of the app's;
absent for GITHUB_TOKEN) and ``PROBE_EMPTY`` (``refused`` where an empty secret is one that nobody
has stored). A workflow's own variables reach it too, so what may be absent has a name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.permissions.scopes import Grants

if TYPE_CHECKING:
    from jinja2 import Environment


class Kind(StrEnum):
    """What a probe does; the value is the name of its template and in its first line."""

    DRAFT_RELEASE = "draft-release"
    GENERATE_NOTES = "generate-notes"
    REFS = "refs"
    GHCR = "ghcr"
    ID_TOKEN = "id-token"  # noqa: S105
    TOKEN = "token"  # noqa: S105


RULE = "preflight probe"
"""The rule of a requirement that a probe makes."""

_SIGNATURE = re.compile(r"\s*# Clearance preflight probe: ([a-z-]{1,40})[ \t]*(?:\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class _Facts:
    grants: Grants
    side_effects: str
    proves: str
    does_not_prove: str


_OTHER_JOB = "that another job's token may do it: permissions are per job"
_FACTS: Mapping[Kind, _Facts] = {
    Kind.DRAFT_RELEASE: _Facts(
        {"contents": "write"},
        "It makes a draft release, which those with write access can see for a moment, and deletes"
        " it; webhooks for releases may be delivered, no tag is made and no workflow starts.",
        "that this job's token may create a release",
        f"that rulesets and tag protection allow the tag, or {_OTHER_JOB}",
    ),
    Kind.GENERATE_NOTES: _Facts(
        {"contents": "write"},
        "It makes nothing: GitHub only answers with the text of release notes.",
        "that this job's token may do what takes contents: write",
        f"that rulesets and tag protection allow the tag, or {_OTHER_JOB}",
    ),
    Kind.REFS: _Facts(
        {"contents": "write"},
        "It makes nothing: the commit that it names can't exist.",
        "that this job's token may create tags and branches",
        "that rulesets, branch or tag protection allow this one, that commits which touch workflow"
        f" files may be pushed, or {_OTHER_JOB}",
    ),
    Kind.GHCR: _Facts(
        {"packages": "write"},
        "It begins an upload to the registry and cancels it; no layer, tag or package is made.",
        "that this job's token may upload to the image",
        f"that a new package may be created in an organization, or {_OTHER_JOB}",
    ),
    Kind.ID_TOKEN: _Facts(
        {"id-token": "write"},
        "It makes no call.",
        "that this job may ask for an OIDC token",
        f"that the cloud or registry which gets the OIDC token accepts it, or {_OTHER_JOB}",
    ),
    Kind.TOKEN: _Facts(
        {},
        "It only reads, or asks for something that can't be made.",
        "that the secret is there, that GitHub accepts it and, where one is named, that it may make"
        " the call which is to show its permission",
        "that it will not expire or be revoked before the late step, or what rulesets allow",
    ),
}


def is_signed(text: str) -> bool:
    """Whether a script says that it is a probe; most don't, which is told at a glance."""
    return "# Clearance preflight probe:" in text[:200]


def recognise(text: str) -> Kind | None:
    """The kind of probe that a step's script is, of whatever version; ``None``: it is no probe."""
    found = _SIGNATURE.match(text)
    if found is None or found[1] not in set(Kind):
        return None
    return Kind(found[1])


def grants(kind: Kind) -> Grants:
    """What a job must hold for a probe that asks with GITHUB_TOKEN."""
    return MappingProxyType(dict(_FACTS[kind].grants))


def side_effects(kind: Kind) -> str:
    """What the probe leaves or sets off, a sentence."""
    return _FACTS[kind].side_effects


def proves(kind: Kind) -> str:
    """What a pass shows: ``that …``."""
    return _FACTS[kind].proves


def does_not_prove(kind: Kind) -> str:
    """What a pass leaves open: ``that …``."""
    return _FACTS[kind].does_not_prove


@cache
def script(kind: Kind) -> str:
    """The bash script of a probe, without a line end at its end."""
    held = (f"{scope}: {level}" for scope, level in _FACTS[kind].grants.items())
    permission = ", ".join(held) or "$PROBE_PERMISSION"
    template = _environment().get_template(f"{kind}.sh.j2")
    return template.render(kind=kind.value, permission=permission).strip("\n")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    templates = resources.files("bot.templates") / "probes"
    return Environment(
        loader=FunctionLoader(lambda name: (templates / name).read_text("utf-8")),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - bash, of which nothing is from outside of this file
        trim_blocks=True,
        lstrip_blocks=True,
    )
