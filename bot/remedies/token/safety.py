"""Whether another token may be named in a step: never where somebody else's code could take it.

A job that outsiders can start (``pull_request_target``, ``issue_comment``, ``workflow_run`` and the
like) runs with the repository's secrets. As soon as it holds code of theirs, or puts their words
into a script, its other token is theirs (securitylab.github.com, "Preventing pwn requests").

``pull_request`` hands no secrets to forks, but it does to branches of the repository itself: there
everybody who may push a branch, and every dependency that a pull request brings, could take the
token out of a job that runs the pull request's code. That a job which checks it out runs none of it
can't be told of every program and action, so the checkout alone counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.permissions.walk import events_of
from bot.remedies.token.facts import TokenObstacle
from bot.remedies.token.places import job_scope
from bot.workflow.expression import pieces, reads
from bot.workflow.model import Job, Scalar, Step, Workflow
from bot.workflow.scope import ISSUE, PULL_REQUEST, Bound

_OUTSIDE = frozenset(
    {"pull_request_target", "workflow_run", ISSUE, PULL_REQUEST}
    | {"issues", "discussion", "discussion_comment"}
)
"""Events that anybody can cause, in whose runs the secrets are there."""
_REVIEWED = frozenset({"pull_request", "pull_request_review", "pull_request_review_comment"})
"""Events in whose runs a plain checkout gives the pull request's code."""

_CHECKOUT = re.compile(r"actions/checkout(?:@|\Z)", re.IGNORECASE)
_DOWNLOADS = re.compile(
    r"actions/download-artifact|action-download-artifact|download-workflow-artifact",
    re.IGNORECASE,
)
_FETCHES = re.compile(
    r"\bgh\s+(?:pr|repo|run|co)\b[^\n]{0,200}\b(?:checkout|co|clone|download)\b|\bgh\s+co\b"
    r"|\bgit\s[^\n]{0,200}\b(?:fetch|pull|clone|submodule|remote\s+add)\b"
    r"|refs/pull|\bpull/|FETCH_HEAD|\bhead[._](?:sha|ref|branch)\b|downloadArtifact|/artifacts\b"
)
_OWN_REPOSITORY = (
    ("github", "repository"),
    ("github", "ref"),
    ("github", "ref_name"),
    ("github", "sha"),
    ("github", "base_ref"),
    ("github", "event", "repository", "default_branch"),
    ("github", "event", "pull_request", "base"),
)
"""What names the repository and its own branches in the runs of :data:`_OUTSIDE` events."""
_WRITTEN = frozenset(
    {"title", "body", "ref", "label", "message", "name", "email", "head_branch", "*", "event"}
)
"""The ends of the paths of what whoever caused a run has written."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What the steps of a job bring in.

    Attributes:
        outside: code of somebody else, or their words in a script.
        checkout: what started the run.
    """

    outside: bool
    checkout: bool


def intake(job: Job) -> Intake:
    """What a job brings in."""
    return Intake(any(map(_takes_in, job.steps)), any(map(_checks_out, job.steps)))


def obstacle(workflow: Workflow, job: Job, step: Step, brought: Intake) -> TokenObstacle | None:
    """What forbids to hand a step another token, or None; ``brought`` is the job's intake."""
    if workflow.is_called:
        return TokenObstacle.CALLED
    events = _events(workflow, job, step)
    if events & _OUTSIDE and brought.outside:
        return TokenObstacle.FETCHED
    if events & _REVIEWED and (brought.outside or brought.checkout):
        return TokenObstacle.PULL_REQUEST
    return None


def _events(workflow: Workflow, job: Job, step: Step) -> frozenset[str | None]:
    """The events in whose runs the step can be reached."""
    scope = job_scope(workflow, job)
    events = events_of(workflow)
    if job.condition is not None:
        events = scope.reached(events, job.condition.text)
    if step.condition is not None:
        # Any earlier step may have set a variable anew, so none rules the step out.
        unsure = replace(scope, env={"*": Bound()})
        events = unsure.reached(events, step.condition.text)
    return frozenset(events)


def _checks_out(step: Step) -> bool:
    return step.uses is not None and _CHECKOUT.match(step.uses.text.strip()) is not None


def _takes_in(step: Step) -> bool:
    """Whether a step brings in code from outside, or puts words from outside into a script."""
    if step.uses is not None and _DOWNLOADS.search(step.uses.text):
        return True
    if _checks_out(step):
        return not all(_is_own(step.inputs.get(name)) for name in ("ref", "repository"))
    inputs = (step.inputs.get(name) for name in ("script", "run", "command"))
    scripts = [one.text for one in (step.run, *inputs) if one is not None]
    return any(_FETCHES.search(text) or _holds_words(text) for text in scripts)


def _is_own(value: Scalar | None) -> bool:
    """Whether a ``ref`` or ``repository`` names what outsiders can't choose.

    What is written out counts: the workflow's authors chose it.
    """
    if value is None:
        return True
    return all(
        any(path[: len(own)] == own for own in _OWN_REPOSITORY) for path in _paths(value.text)
    )


def _holds_words(script: str) -> bool:
    """Whether GitHub puts into a script what whoever caused the run has written."""
    return any(
        path[0] == "github" and path[1] in ("event", "*") and path[-1] in _WRITTEN
        for path in _paths(script)
        if path[:3] != ("github", "event", "repository")
    )


def _paths(text: str) -> Iterator[tuple[str, ...]]:
    """The paths that a text's expressions read; GitHub takes no file with one that has none."""
    for piece in pieces(text):
        if not isinstance(piece, str) and piece.expr is not None:
            yield from reads(piece.expr)
