"""The steps of a workflow that publish, and which of them a probe could stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.permissions.evidence import JobNeeds, OtherToken, Requirement, Use
from bot.permissions.publishing import Publishes, lookup
from bot.probes import Kind
from bot.remedies.preflight import images
from bot.remedies.preflight.facts import Guard, Reason
from bot.workflow.model import Workflow
from bot.workflow.scope import THIS_REPOSITORY

_SCOPES = ("contents", "packages", "id-token")
_UNPROBED = frozenset({Publishes.QUICK})

_KINDS: Mapping[Publishes, Kind | None] = {
    Publishes.RELEASE: Kind.DRAFT_RELEASE,
    Publishes.TAG: Kind.REFS,
    Publishes.BRANCH: Kind.REFS,
    Publishes.IMAGE: Kind.GHCR,
    Publishes.OIDC: Kind.ID_TOKEN,
    Publishes.PACKAGE: None,
}
_OWN = (THIS_REPOSITORY, "{owner}/{repo}", "")


def publishing(workflow: Workflow, needs: Mapping[str, JobNeeds]) -> Iterator[Guard]:
    """Every step that publishes something, late or not, job by job."""
    for job in workflow.jobs:
        if job.calls is not None:
            continue
        for requirement in needs[job.id].requirements:
            yield from _of_requirement(job.id, requirement)
        for other in needs[job.id].others:
            yield from _of_other(job.id, other)


def _of_requirement(job: str, found: Requirement) -> Iterator[Guard]:
    for scope in _SCOPES:
        if found.grants.get(scope) != "write" or found.use is None:
            continue
        told = lookup(found.rule, scope)
        if told is not None and told.publishes not in _UNPROBED:
            yield Guard(
                job,
                scope,
                f"{scope}: write",
                told.publishes,
                told.decides,
                found.why,
                found.rule,
                found.place,
                found.use,
            )


def _of_other(job: str, found: OtherToken) -> Iterator[Guard]:
    """A write with another token: what it publishes, or a call that GITHUB_TOKEN could not make."""
    scope = next((s for s in _SCOPES if f"{s}: write" in found.permission), "")
    told = lookup(found.rule, scope) if scope else None
    if scope and (told is None or told.publishes in _UNPROBED):
        return
    if not scope and not _is_beyond(found.permission):
        return
    yield Guard(
        job,
        "",
        found.permission,
        told.publishes if told else None,
        bool(told and told.decides),
        found.why,
        found.rule,
        found.place,
        found.use,
    )


_BEYOND = (
    "administration",
    "secrets",
    "actions_variables",
    "environments",
    "workflows",
    "organization",
)


def _is_beyond(permission: str) -> bool:
    """Whether a permission is one that GITHUB_TOKEN never has, and late calls are worth a probe."""
    return any(permission.startswith(word) and "write" in permission for word in _BEYOND)


def kind_of(guard: Guard) -> Kind | None:
    """The kind of probe that stands for a step; None where none is known."""
    if guard.scope:
        return _KINDS[guard.publishes] if guard.publishes is not None else None
    if guard.publishes is Publishes.IMAGE:
        return Kind.GHCR
    return None if guard.publishes is Publishes.PACKAGE else Kind.TOKEN


def token_expression(guard: Guard) -> str | Reason:
    """The expression of the token that a guarded step uses, as it can stand in another step."""
    tokens = guard.use.tokens
    if tokens.unknown:
        return Reason.TOKEN
    if not tokens.others:
        return "github.token" if tokens.github else Reason.TOKEN
    name = guard.secret
    if not (name.startswith("steps.") or name.isidentifier()):
        return Reason.TOKEN  # one of several, an input, or a token whose step has no id
    expression = name if name.startswith("steps.") else f"secrets.{name}"
    return f"{expression} || github.token" if tokens.github else expression


def named(use: Use) -> str | None:
    """The repository that a call names; None for the workflow's own, however it is named."""
    return None if use.repository in _OWN else use.repository


def repository(guard: Guard) -> str | Reason:
    """The expression or name of the repository that a step publishes to."""
    told = named(guard.use)
    if told is None:
        return f"${{{{ {images.EXPRESSIONS[THIS_REPOSITORY]} }}}}"
    owner, slash, name = told.partition("/")
    fits = slash and owner and name and "/" not in name and not name.endswith(".wiki")
    return (images.written(told) if fits else None) or Reason.REPOSITORY
