"""Trials: what becomes of a job's needs when one of its steps names another token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.permissions.evidence import Beyond, JobNeeds, Place
from bot.permissions.infer import infer
from bot.permissions.world import MAX_WORK, World
from bot.workflow import document, edit, reader
from bot.workflow.document import DocumentError
from bot.workflow.edit import Change
from bot.workflow.model import Job, Step, Workflow

_MAX_TRIALS = 200  # of one workflow

CallKey = tuple[str, str, str, int]


def key(call: Beyond) -> CallKey:
    """A call, without the label of its step: that of one without a name begins its script."""
    return (call.call, call.permission, call.place.path, call.place.line)


def keys(calls: Iterable[Beyond]) -> frozenset[CallKey]:
    """The keys of calls."""
    return frozenset(map(key, calls))


class Trials:
    """Trials on one workflow; there are only so many of them, and only so much is read."""

    def __init__(self, world: World, workflow: Workflow) -> None:
        self._world = world
        self._workflow = workflow
        self._count = 0
        self._spent = 0

    @property
    def exhausted(self) -> bool:
        """Whether no more trials are made."""
        return self._count >= _MAX_TRIALS or self._spent > MAX_WORK

    def run(
        self, job: Job, needs: JobNeeds, step: Step
    ) -> tuple[Job, JobNeeds, frozenset[CallKey]] | None:
        """Put a changed step into a job, whose needs were ``needs`` before.

        Gives the job, its needs, and the calls that are no longer beyond its token; None where
        something else has changed too, or a call of another step, or no more trials are made.
        """
        if self.exhausted:
            return None
        self._count += 1
        steps = tuple(step if one.index == step.index else one for one in job.steps)
        changed = replace(job, steps=steps)
        found = self._infer(self._workflow, changed)
        before, after = keys(needs.beyond), keys(found.beyond)
        others = keys(c for c in needs.beyond if c.use is None or c.use.step != step.index)
        if not others <= after <= before or _view(found, lines=True) != _view(needs, lines=True):
            return None
        return changed, found, before - after

    def proved(self, change: Change, expected: Iterable[JobNeeds]) -> bool:
        """Whether the edited file, read anew, shows what the trials have shown of these jobs."""
        try:
            text = edit.apply(self._workflow.document, change.edits)
            after = reader.read_workflow(document.parse(self._workflow.path, text))
        except (DocumentError, ValueError):
            return False
        for needs in expected:
            job = after.job(needs.job)
            if job is None or not _agree(self._infer(after, job), needs):
                return False
        return True

    def _infer(self, workflow: Workflow, job: Job) -> JobNeeds:
        self._world.work = 0
        needs = infer(self._world, workflow, job)
        self._spent += self._world.work
        return needs


def _agree(one: JobNeeds, other: JobNeeds) -> bool:
    calls = [(call.call, call.permission) for call in one.beyond]
    return calls == [(call.call, call.permission) for call in other.beyond] and (
        _view(one, lines=False) == _view(other, lines=False)
    )


def _view(needs: JobNeeds, *, lines: bool) -> object:
    """What a job needs beside the calls beyond its token, without the labels of its steps."""

    def at(place: Place) -> object:
        return (place.path, place.line if lines else 0)

    return (
        [(dict(r.grants), r.why, r.rule, r.grade, at(r.place)) for r in needs.requirements],
        [(u.doubt, u.what, at(u.place)) for u in needs.unknowns],
        [(a.what, at(a.place)) for a in needs.assumptions],
    )
