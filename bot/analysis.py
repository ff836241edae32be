"""One repository: its workflows read, judged, rewritten and proved. No effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot import gate
from bot.gate import GateError, Proof
from bot.permissions.evidence import JobNeeds
from bot.permissions.infer import infer
from bot.permissions.lost import with_lost
from bot.permissions.scopes import RANK, Grants
from bot.permissions.world import World
from bot.remedies import Decision, job_permissions, together
from bot.remedies.preflight import Plan
from bot.remedies.rules import Rules
from bot.remedies.together import Proposal
from bot.remedies.token.facts import TokenProposal
from bot.workflow import document, edit, generated, reader
from bot.workflow.document import DocumentError
from bot.workflow.edit import Change
from bot.workflow.model import Workflow

NOTHING = Proposal(Change(), (), Plan(), TokenProposal(Change(), (), ()))
"""What is made of a file that can't be read."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one workflow file.

    Attributes:
        before: its text; empty where it could not be read.
        after: the rewritten text; equal to ``before`` where nothing changes.
        problem: why the file was left alone, a sentence fragment; empty if it was not.
        generator: the generator that writes the file, where it is a generated one.
    """

    path: str
    before: str = ""
    after: str = ""
    proposal: Proposal = NOTHING
    proof: Proof | None = None
    problem: str = ""
    generator: str = ""

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What is done about each job's permissions."""
        return self.proposal.decisions

    @property
    def changed(self) -> bool:
        """Whether there is something to write."""
        return self.after != self.before


def judge(world: World, path: str, data: bytes, rules: Rules) -> FileReport:
    """Judge one workflow file, without rewriting it; what is wrong with it is in the report."""
    report, _ = _judge(world, path, data, rules)
    return report


def analyse(world: World, path: str, data: bytes, rules: Rules) -> FileReport:
    """Judge one workflow file, rewrite it and prove the rewrite; see :func:`judge`."""
    report, workflow = _judge(world, path, data, rules)
    change = report.proposal.change
    if workflow is None or report.generator or not change.edits:
        return report
    after = edit.apply(workflow.document, change.edits)

    def again(rewritten: Workflow) -> str:
        return edit.apply(rewritten.document, _propose(world, rewritten, rules).change.edits)

    try:
        proof = gate.prove(workflow, after, change, again)
    except GateError as error:
        return replace(report, problem=f"the rewrite was not taken: {error}")
    return replace(report, after=after, proof=proof)


def _judge(
    world: World, path: str, data: bytes, rules: Rules
) -> tuple[FileReport, Workflow | None]:
    """The report without a rewrite, and the workflow where it could be read."""
    text = ""
    try:
        text = document.decode(data)
        workflow = reader.read_workflow(document.parse(path, text))
    except DocumentError as error:
        return FileReport(path, text, text, problem=str(error)), None
    found = _propose(world, workflow, rules)
    edits = found.change.edits
    generator = generated.generator(workflow.document, world.files.read) if edits else ""
    return FileReport(path, text, text, found, generator=generator), workflow


def _propose(world: World, workflow: Workflow, rules: Rules) -> Proposal:
    world.work = 0
    needs = {
        job.id: with_lost(infer(world, workflow, job), workflow, job, world.lost)
        for job in workflow.jobs
    }
    return together.propose(world, workflow, needs, rules, _ceilings(world, workflow, rules))


def _ceilings(world: World, workflow: Workflow, rules: Rules) -> Mapping[str, Grants]:
    """For a called workflow: what all its callers in the repository grant to each of its jobs."""
    if not (workflow.is_called and rules.permissions.called_workflows):
        return {}
    callers = [caller for caller in map(world.workflow, world.files.workflows()) if caller]
    granted = [
        _granted(world, caller, job.id, rules)
        for caller in callers
        for job in caller.jobs
        if job.calls is not None and _names(job.calls.text, workflow)
    ]
    if not granted:
        return {}
    shared = {
        scope: min((one.get(scope, "none") for one in granted), key=lambda level: RANK[level])
        for scope in granted[0]
    }
    return {job.id: shared for job in workflow.jobs}


def _names(reference: str, workflow: Workflow) -> bool:
    return reference.strip().removeprefix("./").removeprefix("$/") == workflow.path


def _granted(world: World, caller: Workflow, job_id: str, rules: Rules) -> Grants:
    """What a calling job holds, by its block or by the one that it is about to get."""
    needs: dict[str, JobNeeds] = {job.id: infer(world, caller, job) for job in caller.jobs}
    found = job_permissions.propose(caller, needs, rules.permissions, {})
    for decision in found.decisions:
        if decision.job == job_id:
            return decision.proposed or decision.held or {}
    return {}
