"""Probes that are there already: the program's own, and early steps that serve as well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot import probes
from bot.permissions.evidence import JobNeeds, Requirement
from bot.permissions.publishing import lookup
from bot.probes import Kind
from bot.remedies.preflight import guards, late
from bot.remedies.preflight.facts import Guard
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Step, Workflow

_CONTENTS = frozenset({Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES, Kind.REFS})


@dataclass(frozen=True, slots=True)
class Existing:
    """A probe of the program's own that stands in a file."""

    kind: Kind
    guards: frozenset[str]
    secret: str


def own(workflow: Workflow) -> tuple[Existing, ...]:
    """The program's own probes in a workflow."""
    return tuple(_own(workflow.jobs))


def _own(jobs: Iterable[Job]) -> Iterator[Existing]:
    for job in jobs:
        for step in job.steps:
            kind = probes.recognise(step.run.text) if step.run is not None else None
            if kind is None:
                continue
            guards = step.env.get("GUARDS")
            secret = step.env.get("PROBE_SECRET")
            yield Existing(
                kind,
                frozenset(guards.text.replace(",", " ").split() if guards else ()),
                secret.text if secret else "",
            )


def stands_for(existing: Existing, kind: Kind, guard: Guard) -> bool:
    """Whether a probe that is there asks for what a probe of this kind for ``guard`` would."""
    alike = existing.kind is kind or {existing.kind, kind} <= _CONTENTS
    return alike and guard.job in existing.guards and existing.secret == guard.secret


def earlier(graph: Graph, guard: Guard, needs: Mapping[str, JobNeeds]) -> Requirement | None:
    """An early step that takes the same permission with the same token, and always runs.

    It fails before what takes its time does, as a probe would: one that a human has written, or
    one that sets a tag before the build.
    """
    if not guard.scope:
        return None
    for job in _early_jobs(graph, guard.job):
        if job.tolerated:
            continue
        last = guard.use.step if job.id == guard.job else len(job.steps)
        slow = late.first_slow(job, last)
        for one in needs[job.id].requirements:
            if _serves(one, guard, job, last if slow is None else slow):
                return one
    return None


def _early_jobs(graph: Graph, job: str) -> Iterator[Job]:
    """The jobs whose failure keeps everything slow before ``job`` from running."""
    if not late.behind_jobs(graph, job):
        yield graph.jobs[job]
        return
    entries = graph.entries(job)
    if len(entries) == 1:
        yield graph.jobs[entries[0]]


def _serves(one: Requirement, guard: Guard, job: Job, before: int) -> bool:
    use = one.use
    told = lookup(one.rule, guard.scope)
    return (
        use is not None
        and told is not None
        and not told.decides
        and use.step < before
        and not use.when
        and not use.conditional
        and not (use.tolerated and not _fails(job.steps[use.step]))
        and one.grants.get(guard.scope) == "write"
        and use.tokens == guard.use.tokens
        and guards.named(use) == guards.named(guard.use)
    )


_EXIT = re.compile(r"\bexit +[1-9]")


def _fails(step: Step) -> bool:
    """Whether a script that catches a failure fails by itself: ``if ! …; then …; exit 1``."""
    return not step.tolerated and step.run is not None and bool(_EXIT.search(step.run.text))
