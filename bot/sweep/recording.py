"""What came of a branch → its record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import cast

from bot import reread
from bot.analysis import FileReport
from bot.facts import written
from bot.findings import findings
from bot.gate import Proof
from bot.life.decide import Action
from bot.probes import RULE
from bot.remedies import Decision
from bot.report.diff import unified
from bot.review.risk import Level, risks
from bot.strand import Result
from bot.sweep.record import FileRecord, FindingRecord, JobRecord, Record, State
from bot.workflow.model import Job, Workflow

_CLUSTER = 16
_RANK = {level: rank for rank, level in enumerate(Level)}
_STATES: Mapping[Action, State] = {
    Action.NOTHING: State.NOTHING,
    Action.REFUSED: State.REFUSED,
    Action.LATER: State.LATER,
    Action.CREATE: State.OPENED,
    Action.UPDATE: State.UPDATED,
    Action.KEEP: State.RIGHT,
    Action.WAIT: State.LATER,
    Action.CLOSE: State.CLOSED,
}
_TOLD = frozenset({Action.LATER, Action.WAIT})
"""Actions whose words say more than the state."""


def record(result: Result, head: str, seconds: float, calls: int) -> Record:
    """The record of a result.

    Args:
        head: the commit of the default branch that was looked at; empty where none was.
        seconds: that it took.
        calls: of REST and GraphQL that it took.
    """
    outcome = result.outcome
    why = str(result.stop or (outcome if outcome in _TOLD else ""))
    return Record(
        result.repository,
        State.STOPPED if result.stop else _STATES[outcome],
        head,
        result.branch,
        why,
        result.pull,
        round(seconds, 2),
        calls,
        tuple(_file(one) for one in result.reports if one.changed),
        tuple(_findings(result.reports)),
        result.notes,
    )


def _findings(reports: tuple[FileReport, ...]) -> Iterator[FindingRecord]:
    for report in reports:
        for one in findings(report):
            yield FindingRecord(
                one.rule,
                one.level,
                one.path,
                one.line + 1,
                one.job,
                one.message,
                one.fingerprint,
            )


def _file(report: FileReport) -> FileRecord:
    assert report.proof is not None  # noqa: S101 - a changed file has passed the gate
    found = risks(report)
    highest = max((one.level for one in found), key=_RANK.__getitem__, default=Level.LOW)
    proposal = report.proposal
    parts = {
        "token": proposal.tokens.changes,
        "preflight": proposal.plan.probes,
        "permissions": [d for d in report.decisions if d.proposed is not None],
    }
    return FileRecord(
        report.path,
        "".join(unified(report.path, report.before, report.after)),
        _cluster(report.proof),
        tuple(name for name, edits in parts.items() if edits) or ("permissions",),
        highest,
        tuple(dict.fromkeys(f"{one.job}: {why.clause}" for one in found for why in one.reasons)),
        tuple(_jobs(report)),
    )


def _cluster(proof: Proof) -> str:
    """The same for the same additions at the same places, in whichever file."""
    told = json.dumps([proof.added, proof.replaced], sort_keys=True, default=_plain)
    return hashlib.sha256(told.encode()).hexdigest()[:_CLUSTER]


def _plain(value: object) -> object:
    return dict(cast("Mapping[str, object]", value))


def _jobs(report: FileReport) -> Iterator[JobRecord]:
    """The jobs of the rewritten file, with what they had before."""
    before = {job.id: job for job in reread.before(report).jobs}
    decisions = {one.job: one for one in report.decisions}
    after = reread.after(report)
    probes: dict[str, list[str]] = {}
    new = [job.id for job in after.jobs if job.id not in before]
    for probe in report.proposal.plan.probes:
        # A probe without a host stands in the one job that was written for probes.
        host = probe.host or (new[0] if new else "")
        probes.setdefault(host, []).append(probe.kind)
    for job in after.jobs:
        decision = decisions.get(job.id)
        yield JobRecord(
            job.id,
            before[job.id].line + 1 if job.id in before else 0,
            job.needs,
            None if decision is None or decision.held is None else written(decision.held),
            _held(after, job),
            tuple(probes.get(job.id, ())),
            added=job.id not in before,
            reasons=tuple(_reasons(report.path, decision)) if decision else (),
        )


def _held(workflow: Workflow, job: Job) -> tuple[str, ...] | None:
    held = workflow.held(job)
    return None if held is None else written(held.grants)


def _reasons(path: str, decision: Decision) -> Iterator[tuple[str, str, int]]:
    for scope, level in (decision.proposed or {}).items():
        for one in decision.needs.reasons(scope)[:1]:
            place, why = one.place, one.why
            # A probe stands where nothing stood, and what a script needs stands elsewhere: then it
            # is the job that shows it.
            here = one.rule != RULE and place.path == path
            if place.path != path:
                why = f"{why} ({place.path}:{place.line + 1})"
            yield f"{scope}: {level}", why, (place.line if here else decision.line) + 1
