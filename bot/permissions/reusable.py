"""Jobs that call a reusable workflow: they must grant all that the called jobs ask for.

A called workflow that asks for more than its caller holds is a startup failure, so what the
called jobs declare counts, and what they are found to need where they declare nothing
(docs.github.com, reusing workflows, "supported keywords"; actions/runner, PermissionsHelper).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from posixpath import normpath

from bot.permissions.evidence import Doubt, JobNeeds
from bot.permissions.scopes import Grants
from bot.permissions.walk import Events, Frame
from bot.permissions.world import World
from bot.workflow.model import Job, Workflow
from bot.workflow.scope import GITHUB_TOKEN

_SOURCE = ("https://docs.github.com/en/actions/reference/workflows-and-actions/reusable-workflows",)
_COMMIT = re.compile(r"@[0-9a-f]{40}\Z")
_HOME = re.compile(r"([^/@]+/[^/@]+)/[^@]*(@[0-9a-f]{40})")
_MAX_NESTING = 10  # GitHub's own limit on calls of calls

Infer = Callable[[World, Workflow, Job, Events], JobNeeds]


def read(frame: Frame, job: Job, infer: Infer) -> None:
    """Write down what a job that calls a workflow has to grant."""
    assert job.calls is not None  # noqa: S101 - the caller looks at it to choose
    reference = job.calls.text.strip()
    frame = frame.at(job.calls.span.line, None)
    callee = _callee(frame.walk.world, reference)
    if callee is None:
        frame.unknown(Doubt.CALLEE, reference)
        return
    for inner in callee.jobs:
        _one(frame, callee, inner, reference, infer, depth=0)


def _callee(world: World, reference: str, caller: str = "") -> Workflow | None:
    """The workflow that is called; ``caller``: the path of the one that does, or its reference."""
    home = _HOME.fullmatch(caller)
    for prefix in ("./", "$/"):
        if reference.startswith(prefix):
            path = normpath(reference.removeprefix(prefix))
            if home is not None:
                return world.remote_workflow(f"{home[1]}/{path}{home[2]}")
            return world.workflow(path)
    return world.remote_workflow(reference) if _COMMIT.search(reference) else None


def _one(
    frame: Frame, callee: Workflow, job: Job, reference: str, infer: Infer, depth: int
) -> None:
    """One job of the called workflow; its block counts, else what it is found to need."""
    if not frame.spend(1):
        return
    declared = callee.held(job)
    if declared is not None:
        _grant(frame, declared.grants, f"{job.id} in {reference} asks for it")
        return
    if job.calls is not None:
        inner = _callee(frame.walk.world, job.calls.text.strip(), callee.path)
        if inner is None or depth >= _MAX_NESTING:
            frame.unknown(Doubt.CALLEE, job.calls.text)
            return
        for one in inner.jobs:
            _one(frame, inner, one, job.calls.text.strip(), infer, depth + 1)
        return
    needs = infer(frame.walk.world, callee, job, frame.events)
    for unknown in needs.unknowns:
        frame.walk.ledger.unknowns.append(unknown)
    frame.walk.ledger.requirements.extend(needs.requirements)
    frame.walk.ledger.assumptions.extend(needs.assumptions)


def _grant(frame: Frame, grants: Grants, why: str) -> None:
    for scope, level in grants.items():
        if level != "none":
            frame.need(
                {scope: level}, why, "reusable workflow", tokens=GITHUB_TOKEN, sources=_SOURCE
            )
