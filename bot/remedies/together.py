"""All remedies on one workflow, each finding what the one before it has done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.permissions.evidence import JobNeeds, OtherToken, Use
from bot.permissions.scopes import Grants
from bot.permissions.world import World
from bot.remedies import Decision, job_permissions, preflight, token
from bot.remedies.preflight import Plan
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token_facts import TokenChange, TokenProposal
from bot.workflow.edit import Change
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
    change = _moved(tokens.change, plan) + plan.change
    if Remedy.PERMISSIONS in rules.remedies:
        return Proposal(change + blocks.change, blocks.decisions, plan, tokens)
    return Proposal(change, tuple(map(_unwritten, blocks.decisions)), plan, tokens)


def _unwritten(decision: Decision) -> Decision:
    """A decision about a block that is not written in this run."""
    return replace(decision, proposed=None)


def _with_token(needs: JobNeeds, change: TokenChange) -> JobNeeds:
    """What a job does once some of its calls are made with another token."""
    name = change.secret or f"steps.{change.minted}.outputs.token"
    tokens = Tokens(others=frozenset({name}))
    others = tuple(
        OtherToken(
            call.permission,
            call.call,
            call.call,
            call.place,
            replace(call.use or Use(change.step, tokens), tokens=tokens),
        )
        for call in change.calls
    )
    beyond = tuple(call for call in needs.beyond if call not in change.calls)
    return replace(needs, beyond=beyond, others=(*needs.others, *others))


def _moved(change: Change, plan: Plan) -> Change:
    """A change of steps, its places counted behind the probes that come before them.

    Both count from the file as it was, and neither knows of the other.
    """
    if not change.added or not plan.probes:
        return change
    return replace(change, added={_place(p, plan): c for p, c in change.added.items()})


def _place(place: str, plan: Plan) -> str:
    parts = place.split(".")
    if len(parts) < 4 or parts[2] != "steps":
        return place
    before = sum(index <= int(parts[3]) for index in plan.inserted.get(parts[1], ()))
    parts[3] = str(int(parts[3]) + before)
    return ".".join(parts)
