"""Where a probe can stand: three places, tried in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.permissions.scopes import Grants, join
from bot.permissions.walk import events_of
from bot.remedies import Decision
from bot.remedies.preflight import late
from bot.remedies.preflight.conditions import is_pull, survives
from bot.remedies.preflight.facts import Guard, Reason, Spot
from bot.workflow.early import Place as Where
from bot.workflow.early import Term, early, holds
from bot.workflow.expression import ExpressionError, condition
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Workflow
from bot.workflow.runners import is_hosted
from bot.workflow.scope import Scope

_HARDEN = "step-security/harden-runner"


@dataclass(frozen=True, slots=True)
class Placed:
    """A place for a probe.

    Attributes:
        host: the job's id; empty for a job that is to be written.
        index: of the step before which the probe stands.
        gates: the jobs that are to need the new job.
        label: of the new job's runner.
    """

    spot: Spot
    host: str
    index: int = 0
    gates: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A workflow with what is known of its jobs.

    Attributes:
        decisions: what becomes of each job's permissions in this same run.
    """

    workflow: Workflow
    graph: Graph
    decisions: Mapping[str, Decision]

    def has_own_block(self, job: str) -> bool:
        """Whether a job's token comes from a block of its own, today or after this run."""
        decision = self.decisions.get(job)
        proposed = decision is not None and decision.proposed is not None
        # In a called workflow an empty block is written; with a probe's scope in it, it is not.
        written = proposed and not self.workflow.is_called
        return self.graph.jobs[job].permissions is not None or written

    def held(self, job: str) -> Grants | None:
        """What a block gives a job, today or after this run; None where only a default does."""
        held = self.workflow.held(self.graph.jobs[job])
        decision = self.decisions.get(job)
        proposed = decision.proposed if decision is not None else None
        if held is None:
            return proposed
        return join([held.grants, proposed or {}])


def place(site: Site, guard: Guard) -> Placed | Reason:
    """The first of the three places that fits; else what keeps the last of them from it."""
    found: Placed | Reason = Reason.FORM
    waits = late.behind_jobs(site.graph, guard.job)
    if guard.scope == "id-token":
        # What a block grants here, no setting takes away; and no other job should get such a
        # token for a probe's sake. What a caller grants is seen in a run alone.
        declared = site.held(guard.job) is not None and not site.workflow.is_called
        return Reason.OWN_BLOCK if waits or declared else _same_job(site, guard)
    for spot in _AFTER_JOBS if waits else _AFTER_STEPS:
        found = spot(site, guard)
        if isinstance(found, Placed) or guard.secret.startswith("steps."):
            return found  # such a token is only there in its own job
    return found


def _same_job(site: Site, guard: Guard) -> Placed | Reason:
    """Before the first slow step of the publishing job itself."""
    job = site.graph.jobs[guard.job]
    if guard.secret.startswith("steps."):
        return _behind_mint(job, guard)
    obstacle = _no_step(job)
    return obstacle or Placed(Spot.SAME_JOB, job.id, _first(job))


def _behind_mint(job: Job, guard: Guard) -> Placed | Reason:
    """Right behind the step that makes the token, where that comes before what takes its time."""
    name = guard.secret.split(".")[1].lower()
    mint = next((s for s in job.steps if s.id and s.id.lower() == name), None)
    slow = late.first_slow(job, guard.use.step)
    if mint is None or slow is None or slow < mint.index:
        return Reason.MINTED_LATE
    if mint.end_line is None or mint.condition is not None:
        return Reason.TOKEN
    return _no_step(job) or Placed(Spot.SAME_JOB, job.id, mint.index + 1)


def _entry_job(site: Site, guard: Guard) -> Placed | Reason:
    """At the start of the one job with which all ways to the publishing one begin."""
    if guard.secret.startswith("steps."):
        return Reason.MINTED_LATE
    entries = site.graph.entries(guard.job)
    host = site.graph.jobs[entries[0]] if len(entries) == 1 else None
    if host is None or host.tolerated or host.matrix:
        return Reason.FORM
    if guard.scope:
        held = site.held(host.id)
        if held is None or held.get(guard.scope) != "write" or site.held(guard.job) is None:
            return Reason.DEFAULT
        if site.has_own_block(guard.job) and not site.has_own_block(host.id):
            return Reason.DEFAULT
    return _no_step(host) or Placed(Spot.ENTRY_JOB, host.id, _first(host))


def _own_job(site: Site, guard: Guard) -> Placed | Reason:
    """In a new job, which the entry jobs are made to need."""
    workflow, graph = site.workflow, site.graph
    if workflow.is_called:
        return Reason.CALLED
    if guard.scope and site.held(guard.job) is None:
        return Reason.DEFAULT
    gates = graph.entries(guard.job)
    if any(survives(graph.jobs[one]) for one in graph.behind(gates)):
        return Reason.SURVIVOR
    if any(_takes_no_needs(graph.jobs[one]) for one in gates):
        return Reason.FORM
    if any(map(is_pull, events_of(workflow))) and any(
        _runs_for_pulls_by_condition(workflow, graph.jobs[one]) for one in gates
    ):
        return Reason.GATE
    label = _ubuntu(workflow)
    return Placed(Spot.OWN_JOB, "", gates=gates, label=label) if label else Reason.RUNNER


_AFTER_STEPS: tuple[Callable[[Site, Guard], Placed | Reason], ...] = (_same_job, _own_job)
_AFTER_JOBS: tuple[Callable[[Site, Guard], Placed | Reason], ...] = (_entry_job, _own_job)


def _first(job: Job) -> int:
    """The index before which a first step is put: behind harden-runner, if that is the first."""
    first = job.steps[0].uses if job.steps else None
    hardened = first is not None and first.text.lower().startswith(f"{_HARDEN}@")
    return 1 if hardened else 0


def _no_step(job: Job) -> Reason | None:
    """What keeps a step from being put into a job."""
    if job.contained or not is_hosted(job.labels):
        return Reason.SHELL
    first = _first(job)
    movable = first == 0 or job.steps[0].end_line is not None
    if job.steps_at is None or not movable:
        return Reason.FORM
    key = job.key("steps")
    # An anchor or a tag behind the key hides where the dashes stand.
    return Reason.FORM if key is None or key.line == job.steps_at.line else None


def _takes_no_needs(job: Job) -> bool:
    """Whether ``needs`` can't be written into a job, or extended there."""
    written = job.key("needs") is not None
    return not job.keys or job.shared or (written and job.needs_form is None)


def _runs_for_pulls_by_condition(workflow: Workflow, job: Job) -> bool:
    """Whether a job has a condition of its own that may hold in a run for a pull request."""
    if job.condition is None:
        return False
    try:
        term = Term(condition(job.condition.text), Scope(inputs=None, called=workflow.is_called))
    except ExpressionError:
        return True
    events = events_of(workflow)
    found = early([term], Where.OTHER_JOB, events)
    return any(is_pull(e) and (e is None or holds(found, e) is not False) for e in events)


_UBUNTU = (
    "ubuntu-latest",
    "ubuntu-slim",
    "ubuntu-26.04",
    "ubuntu-24.04",
    "ubuntu-22.04",
    "ubuntu-24.04-arm",
    "ubuntu-22.04-arm",
)
"""Labels of GitHub's own Ubuntu runners that still start (docs.github.com, GitHub-hosted runners),
the best first."""


def _ubuntu(workflow: Workflow) -> str:
    """The GitHub-hosted Ubuntu label that jobs of the file use; empty where none does."""
    used = {label for job in workflow.jobs for label in job.labels}
    return next((label for label in _UBUNTU if label in used), "")
