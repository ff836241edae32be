"""All remedies on one workflow, each finding what the one before it has done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.permissions.evidence import JobNeeds, OtherToken, Use
from bot.permissions.scopes import Grants, missing
from bot.permissions.world import World
from bot.remedies import Decision, Verdict, job_permissions, preflight, token
from bot.remedies.preflight import Plan
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenChange, TokenProposal
from bot.workflow.edit import Change, Content
from bot.workflow.model import Workflow
from bot.workflow.scope import Tokens


@dataclass(frozen=True, slots=True)
class Proposal:
    """What all remedies make of a workflow.

    Attributes:
        decisions: about each job's permissions, in the order of the file.
        plan: the probes.
        tokens: calls that get another token, and those that don't.
    """

    change: Change
    decisions: tuple[Decision, ...]
    plan: Plan
    tokens: TokenProposal


_NO_TOKENS = TokenProposal(Change(), (), ())


def propose(
    world: World,
    workflow: Workflow,
    needs: Mapping[str, JobNeeds],
    rules: Rules,
    ceilings: Mapping[str, Grants],
) -> Proposal:
    """What the remedies of ``rules`` make of a workflow.

    ``needs``: job id → what was found out. ``ceilings``: see
    :func:`bot.remedies.job_permissions.propose`.
    """
    found = dict(needs)
    tokens = _NO_TOKENS
    if Remedy.TOKEN in rules.remedies and any(one.beyond for one in found.values()):
        tokens = token.propose(world, workflow, found, rules.token)
        for one in tokens.changes:
            found[one.job] = _with_token(found[one.job], one)
    blocks = job_permissions.propose(workflow, found, rules.permissions, ceilings)
    plan = Plan()
    if Remedy.PREFLIGHT in rules.remedies:
        written = Remedy.PERMISSIONS in rules.remedies
        decisions = blocks.decisions if written else tuple(map(_unwritten, blocks.decisions))
        plan = preflight.propose(world, workflow, found, decisions, rules.preflight)
        for job, more in plan.needs.items():
            found[job] = replace(found[job], requirements=(*found[job].requirements, *more))
        if plan.needs:
            blocks = job_permissions.propose(workflow, found, rules.permissions, ceilings)
    moves = _Moves.of(tokens.change, plan)
    change = _moved(plan.change, moves.of_probes) + _moved(tokens.change, moves.of_tokens)
    if Remedy.PERMISSIONS in rules.remedies:
        return Proposal(change + blocks.change, blocks.decisions, plan, tokens)
    return Proposal(change, tuple(map(_unwritten, blocks.decisions)), plan, tokens)


def _unwritten(decision: Decision) -> Decision:
    """A decision about a block that is not written in this run."""
    if decision.verdict is Verdict.GIVEN_BACK:
        lacks = missing(decision.held or {}, decision.needs.grants)
        return replace(decision, verdict=Verdict.LACKING, proposed=None, missing=lacks)
    return replace(decision, proposed=None)


def _with_token(needs: JobNeeds, change: TokenChange) -> JobNeeds:
    """What a job does once some of its calls are made with another token."""
    name = change.secret or f"steps.{change.minted}.outputs.token"
    tokens = Tokens(others=frozenset({name}))
    others = tuple(
        OtherToken(
            call.permission,
            call.call,
            call.rule,
            call.place,
            replace(call.use or Use(change.step, tokens), tokens=tokens),
        )
        for call in change.calls
    )
    beyond = tuple(call for call in needs.beyond if call not in change.calls)
    return replace(needs, beyond=beyond, others=(*needs.others, *others))


@dataclass(frozen=True, slots=True)
class _Moves:
    """How far the steps of each job move when both remedies put steps among them.

    Each names the places of what it adds as if the other added nothing.

    Attributes:
        mints: job → for each step that mints a token, the index of the step before which it stands.
        probes: the same of the probes, which come first where both stand before one step.
    """

    mints: Mapping[str, tuple[int, ...]]
    probes: Mapping[str, tuple[int, ...]]

    @staticmethod
    def of(tokens: Change, plan: Plan) -> _Moves:
        mints: dict[str, tuple[int, ...]] = {}
        for job, index in sorted(_steps(tokens.added)):
            mints[job] = (*mints.get(job, ()), index - len(mints.get(job, ())))
        return _Moves(mints, plan.inserted)

    def of_tokens(self, job: str, index: int) -> int:
        """The place of what the token remedy adds at ``index``."""
        before = self.mints.get(job, ())
        old = index - sum(at + n < index for n, at in enumerate(before))
        return index + sum(at <= old for at in self.probes.get(job, ()))

    def of_probes(self, job: str, index: int) -> int:
        """The place of a probe that stands at ``index`` where nothing is minted."""
        probes = sorted(self.probes.get(job, ()))
        number = next(n for n, at in enumerate(probes) if at + n == index)
        return index + sum(at < probes[number] for at in self.mints.get(job, ()))


def _steps(added: Mapping[str, Content]) -> Iterator[tuple[str, int]]:
    """The whole steps among what is added: job and index."""
    for place in added:
        parts = place.split(".")
        if len(parts) == 4 and parts[2] == "steps":
            yield parts[1], int(parts[3])


def _moved(change: Change, move: Callable[[str, int], int]) -> Change:
    """A change with the indices of steps in its places replaced by what ``move`` says."""
    added = {}
    for place, content in change.added.items():
        parts = place.split(".")
        if len(parts) > 3 and parts[2] == "steps":
            parts[3] = str(move(parts[1], int(parts[3])))
        added[".".join(parts)] = content
    return replace(change, added=added)
