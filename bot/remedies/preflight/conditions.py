"""When a probe runs, and what a refusal then means: from the conditions of what it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.permissions.walk import events_of
from bot.remedies.preflight.facts import Guard, Reason, Spot
from bot.workflow.early import Early, Place, Term, early, either, holds
from bot.workflow.evaluate import UNKNOWN, evaluate, truth
from bot.workflow.expression import Expr, ExpressionError, condition, names_status
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Scalar, Workflow
from bot.workflow.scope import Scope

_SAME_REPOSITORY = (
    "!github.event.pull_request"
    " || github.event.pull_request.head.repo.full_name == github.repository"
)
_QUEUE = "merge_group"
_PULL = "pull_request"
_WARNS_FOR_PULLS = (
    "${{ (startsWith(github.event_name, 'pull_request') || github.event_name == 'merge_group')"
    " && 'warn' || 'fail' }}"
)


@dataclass(frozen=True, slots=True)
class When:
    """When a probe runs, and what it does when it is refused.

    Attributes:
        condition: its ``if:``, or the empty text.
        refusal: ``fail``, ``warn``, or an expression that gives one of them.
        softened: why it only warns, or does in some runs.
        dropped: conditions that can't be told early.
    """

    condition: str
    refusal: str
    softened: tuple[str, ...]
    dropped: tuple[str, ...]


def is_pull(event: str | None) -> bool:
    """Whether a probe must not fail in a run of this event: its jobs may be required checks.

    A called workflow's event is not known, so it may be one of them.
    """
    return event is None or event.startswith(_PULL) or event == _QUEUE


def due(
    workflow: Workflow, graph: Graph, guard: Guard, place: Place, beyond: frozenset[str]
) -> Early:
    """When a guarded step is due, as far as it can be told where the probe stands.

    ``beyond``: jobs whose own conditions hold wherever the probe runs.
    """
    terms = list(guard.use.when)
    if place is not Place.SAME_JOB:
        scope = Scope(inputs=None, called=workflow.is_called)
        terms += [
            Term(expr, scope)
            for job in _required(graph, guard.job)
            if job.id not in beyond
            for expr in _parsed(job.condition)
        ]
    return early(terms, place, events_of(workflow))


def _parsed(text: Scalar | None) -> list[Expr]:
    if text is None:
        return []
    try:
        return [condition(text.text)]
    except ExpressionError:
        return []


def _required(graph: Graph, job: str) -> list[Job]:
    """The job and those before it that must not be skipped for it to run."""
    found: dict[str, Job] = {}
    waiting = [job]
    while waiting:
        one = graph.jobs[waiting.pop()]
        if one.id in found:
            continue
        found[one.id] = one
        if _runs_after(one, failed=False) is not True:
            waiting += graph.before[one.id]
    return list(found.values())


def survives(job: Job) -> bool:
    """Whether a job's condition may let it run although one before it failed."""
    return _runs_after(job, failed=True) is not False


def _runs_after(job: Job, *, failed: bool) -> bool | None:
    """Whether a job runs where one before it was skipped, perhaps since one failed before that.

    None where it depends on what only a run knows. A skipped job is neither a success nor a failure
    (docs.github.com, expressions, status check functions).
    """
    gives = {"always": True, "success": False, "failure": failed, "cancelled": False}
    for expr in _parsed(job.condition):
        if names_status(expr):
            met = evaluate(expr, lambda _: UNKNOWN, lambda name, _: gives.get(name, UNKNOWN))
            return truth(met)
    return False


def impossible(found: Early, workflow: Workflow) -> Reason | None:
    """Why a step whose conditions are these gets no probe at all."""
    if found.after_failure:
        return Reason.FAILURE
    if found.never:
        return Reason.NEVER
    met = [event for event in events_of(workflow) if _may(found, event)]
    if met and all(event is not None and is_pull(event) for event in met):
        return Reason.PULL_REQUEST
    return None


def _may(found: Early, event: str | None) -> bool:
    return event is None or holds(found, event) is not False


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that a probe stands for.

    Attributes:
        due: when it is, as far as it can be told where the probe stands.
        notes: what else keeps a refusal from meaning that the step would fail.
    """

    guard: Guard
    due: Early
    notes: tuple[str, ...]


def decide(workflow: Workflow, graph: Graph, asked: Sequence[Asked], spot: Spot) -> When:
    """When the probe for these steps runs; those that make it fail decide where there are any."""
    reasons = [
        (one.guard, one.due, (*_softened(graph, one.guard, one.due), *one.notes)) for one in asked
    ]
    firm = [found for _, found, why in reasons if not why]
    chosen = either(firm or [found for _, found, _ in reasons])
    softened = () if firm else tuple(dict.fromkeys(w for _, _, why in reasons for w in why))
    dropped = () if firm else tuple(dict.fromkeys(d for _, f, _ in reasons for d in f.dropped))
    if spot is Spot.OWN_JOB and not softened and _met_on_any_branch(workflow, chosen):
        softened = ("in a push to any branch, a refusal would skip checks of its pull request",)
    condition_text, refusal = chosen.text, "warn" if softened else "fail"
    if any(is_pull(event) and _may(chosen, event) for event in events_of(workflow)):
        own = f"({_SAME_REPOSITORY})" if condition_text else _SAME_REPOSITORY
        condition_text = " && ".join(filter(None, (own, _grouped(condition_text))))
        if refusal == "fail":
            refusal = _WARNS_FOR_PULLS
            softened = ("in runs for pull requests and merge queues a probe never fails",)
    return When(condition_text, refusal, softened, dropped)


_SOME_BRANCH: Mapping[tuple[str, ...], str] = {
    ("github", "event_name"): "push",
    ("github", "ref"): "refs/heads/somebody/something",
    ("github", "event", "ref"): "refs/heads/somebody/something",
    ("github", "ref_name"): "somebody/something",
    ("github", "ref_type"): "branch",
}


def _met_on_any_branch(workflow: Workflow, found: Early) -> bool:
    """Whether a push to a branch that nobody has named can meet a condition.

    The checks of such a run are those of the pull request that the branch belongs to.
    """
    push = next((event for event in workflow.events if event.name == "push"), None)
    if push is None or "branches" in push.filters:
        return False
    if any(name.startswith("tags") for name in push.filters) and not any(
        name.startswith("branches") for name in push.filters
    ):
        return False  # tags alone
    met = evaluate(condition(found.text), lambda path: _SOME_BRANCH.get(path, UNKNOWN))
    return truth(met) is not False


def _grouped(text: str) -> str:
    return f"({text})" if "||" in text else text


def _softened(graph: Graph, guard: Guard, found: Early) -> tuple[str, ...]:
    """Why a refusal of this guard's probe does not mean that the run fails."""
    use = guard.use
    told = {
        "some of its conditions can't be told early": not found.exact,
        "a refusal need not fail its step": use.tolerated,
        "the failure of its job is tolerated": graph.jobs[guard.job].tolerated,
        "its script decides whether it gets there": use.conditional,
        "the tool decides whether it publishes": guard.decides,
        "it may use another token instead": use.tokens.github and bool(use.tokens.others),
    }
    return tuple(why for why, holds_true in told.items() if holds_true)
