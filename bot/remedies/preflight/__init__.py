"""Remedy: an early probe that exercises the permission which a late publishing step needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot import fingerprint, probes
from bot.permissions.evidence import JobNeeds, Place, Requirement
from bot.permissions.walk import events_of
from bot.permissions.world import World
from bot.probes import Kind
from bot.remedies import Decision
from bot.remedies.job_permissions import REFUSED
from bot.remedies.preflight import (
    conditions,
    existing,
    guards,
    images,
    late,
    placement,
    writing,
)
from bot.remedies.preflight.conditions import is_pull
from bot.remedies.preflight.drafts import may_draft
from bot.remedies.preflight.facts import Guard, Plan, Probe, Reason, Rules, Spot, Unprobed
from bot.remedies.preflight.placement import Placed, Site
from bot.workflow.early import Early
from bot.workflow.early import Place as Where
from bot.workflow.edit import Change
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Workflow

__all__ = ["Guard", "Plan", "Probe", "Reason", "Rules", "Spot", "Unprobed", "propose"]

_MAX_GUARDS = 100
"""Publishing steps of a file that are looked at; a hostile one may have any number."""

_CHECKS: Mapping[str, str] = {
    "contents": "POST git/refs",
    "administration": "GET actions/runners",
    "secrets": "GET actions/secrets",
    "actions_variables": "GET actions/variables",
}
"""Permission of another token → a call that takes it, no other one, and leaves nothing."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A guarded step with its probe's place, token and target.

    ``notes``: why a refusal may not mean what it seems to.
    """

    guard: Guard
    kind: Kind
    placed: Placed
    due: Early
    token: str
    repository: str
    image: str
    notes: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """What steps that share a probe have in common."""
        asks = tuple(probes.grants(self.kind)) or self.guard.permission
        return (self.placed.host, asks, self.token, self.repository, self.image)


def propose(
    world: World,
    workflow: Workflow,
    needs: Mapping[str, JobNeeds],
    decisions: Sequence[Decision],
    rules: Rules,
) -> Plan:
    """The probes to add to a workflow.

    ``needs``: job id → what was found out. ``decisions``: what becomes of the jobs' permissions in
    this same run; empty if nothing does.
    """
    publishing = tuple(guards.publishing(workflow, needs))
    if not publishing:
        return Plan()
    site = Site(workflow, Graph.of(workflow), {d.job: d for d in decisions})
    there = existing.own(workflow)
    found: list[_Found] = []
    left: list[Unprobed] = []
    for guard in publishing[:_MAX_GUARDS]:
        one = _find(world, site, guard, needs, there, rules)
        if isinstance(one, _Found):
            found.append(one)
        else:
            left.append(one)
    left += [Unprobed(guard, Reason.SIZE) for guard in publishing[_MAX_GUARDS:]]
    made = tuple(_probes(world, site, found, rules))
    if not rules.warnings:
        quiet = [probe for probe, _ in made if probe.always_warns]
        left += [Unprobed(g, Reason.WARNING) for probe in quiet for g in probe.guards]
        made = tuple(one for one in made if not one[0].always_warns)
    return Plan(
        _change(site, made),
        tuple(probe for probe, _ in made),
        tuple(left),
        _requirements(site, made),
        _inserted(made),
    )


def _find(
    world: World,
    site: Site,
    guard: Guard,
    needs: Mapping[str, JobNeeds],
    there: Sequence[existing.Existing],
    rules: Rules,
) -> _Found | Unprobed:
    def no(reason: Reason, detail: str = "") -> Unprobed:
        return Unprobed(guard, reason, detail)

    workflow, graph = site.workflow, site.graph
    if not late.is_late(workflow, graph, guard.job, guard.use.step):
        return no(Reason.QUICK)
    kind = guards.kind_of(guard)
    if kind is None:
        return no(Reason.NO_PROBE)
    if any(existing.stands_for(one, kind, guard) for one in there):
        return no(Reason.PROBED)
    if kind not in rules.kinds and kind is not Kind.DRAFT_RELEASE:
        return no(Reason.OFF)
    if fingerprint.of_late(workflow.path, guard.job, guard.asked) in rules.refused:
        return no(Reason.REFUSED)
    token = guards.token_expression(guard)
    repository = guards.repository(guard)
    for what in (token, repository):
        if isinstance(what, Reason):
            return no(what)
    notes: tuple[str, ...] = ()
    image = images.pushed(guard)
    if kind is Kind.GHCR and image is None:
        image = images.only_one(workflow, graph.jobs[guard.job])
        if image is None:
            return no(Reason.IMAGE)
        notes = ("the image's name is taken from another step of its job",)
    decision = site.decisions.get(guard.job)
    if decision is not None and guard.scope in (decision.missing or {}):
        return no(Reason.LACKING)
    if decision is not None and guard.scope and decision.why == REFUSED:
        # With its block this job may have got no probe; without, one that nobody was shown.
        return no(Reason.REFUSED)
    earlier = existing.earlier(graph, guard, needs)
    if earlier is not None:
        return no(Reason.EARLIER, earlier.place.step or "")
    placed = placement.place(site, guard)
    if isinstance(placed, Reason):
        return no(placed)
    where = Where.SAME_JOB
    if placed.host != guard.job:
        named = graph.jobs[guard.job].environment
        same = _environment(graph.jobs.get(placed.host)) == named
        where = Where.OTHER_JOB if same else Where.OTHER_ENVIRONMENT
        if guard.secret and not same:
            notes = (*notes, "its environment may have a secret of the same name")
    due = conditions.due(workflow, graph, guard, where, frozenset({placed.host}))
    impossible = conditions.impossible(due, workflow)
    if impossible is not None:
        return no(impossible)
    found = _Found(guard, kind, placed, due, str(token), str(repository), image or "", notes)
    return found if _kind(world, site, [found], rules) else no(Reason.OFF)


def _probes(
    world: World, site: Site, found: Sequence[_Found], rules: Rules
) -> Iterator[tuple[Probe, Placed]]:
    """One probe for all steps that ask the same of the same place."""
    groups: dict[tuple[object, ...], list[_Found]] = {}
    for one in found:
        groups.setdefault(one.key, []).append(one)
    for group in groups.values():
        first = group[0]
        asked = [conditions.Asked(g.guard, g.due, g.notes) for g in group]
        when = conditions.decide(site.workflow, site.graph, asked, first.placed.spot)
        gates = tuple(dict.fromkeys(gate for g in group for gate in g.placed.gates))
        placed = replace(first.placed, index=min(g.placed.index for g in group), gates=gates)
        kind = _kind(world, site, group, rules)
        assert kind is not None  # noqa: S101 - each of them may have one
        jobs = tuple(dict.fromkeys(g.guard.job for g in group))
        line = site.graph.jobs[placed.host or first.guard.job].line
        yield (
            Probe(
                kind,
                tuple(g.guard for g in group),
                placed.host,
                placed.spot,
                when.condition,
                when.refusal,
                when.softened,
                when.dropped,
                _env(site, group, kind, jobs, when.refusal),
                line,
            ),
            placed,
        )


def _kind(world: World, site: Site, group: Sequence[_Found], rules: Rules) -> Kind | None:
    """The kind of probe for a group: the most exact of what its steps do that may be written."""
    kinds = [one.kind for one in group]
    if Kind.DRAFT_RELEASE not in kinds:
        return kinds[0]
    first = group[0]
    host = site.graph.jobs[first.placed.host] if first.placed.host else None
    drafts = may_draft(world, site.workflow, host, [one.due for one in group])
    # All of them ask for contents: write.
    choice = (Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES, Kind.REFS)[0 if drafts else 1 :]
    return next((kind for kind in choice if kind in rules.kinds), None)


def _env(
    site: Site, group: Sequence[_Found], kind: Kind, jobs: Sequence[str], refusal: str
) -> tuple[tuple[str, str], ...]:
    found = group[0]
    guard = found.guard
    secret = guard.secret
    env = [("TOKEN", "${{ %s }}" % found.token)]  # noqa: UP031 - braces
    if kind is Kind.ID_TOKEN:
        env = []
    elif kind is Kind.GHCR:
        env.append(("IMAGE", found.image))
    else:
        env.append(("REPOSITORY", found.repository))
    if secret:
        env.append(("PROBE_SECRET", secret))
        if all(_must_exist(site, one) for one in group):
            env.append(("PROBE_EMPTY", "refused"))
    if kind is Kind.TOKEN:
        env.append(("PROBE_PERMISSION", guard.permission))
        check = _CHECKS.get(guard.permission.partition(":")[0])
        if check is not None:
            env.append(("PROBE_CHECK", check))
    env += [("GUARDS", ", ".join(jobs)), ("ON_REFUSAL", refusal)]
    return tuple(env)


def _must_exist(site: Site, found: _Found) -> bool:
    """Whether an empty secret here means that the guarded step has none either, and needs one.

    A secret of an environment is there only in jobs that name it; an action may get by without.
    """
    guard = found.guard
    job = site.graph.jobs[guard.job]
    host = site.graph.jobs.get(found.placed.host)
    same = _environment(host) == job.environment
    return same and job.steps[guard.use.step].run is not None and not guard.use.tokens.github


def _environment(job: Job | None) -> str:
    """The environment whose secrets a job sees; none in a job that is to be written."""
    return "" if job is None else job.environment


def _change(site: Site, made: Sequence[tuple[Probe, Placed]]) -> Change:
    workflow = site.workflow
    change = Change()
    hosts: dict[str, dict[int, list[Probe]]] = {}
    own = [(probe, placed) for probe, placed in made if placed.spot is Spot.OWN_JOB]
    for probe, placed in made:
        if placed.spot is not Spot.OWN_JOB:
            hosts.setdefault(placed.host, {}).setdefault(placed.index, []).append(probe)
    if own:
        name = _free_name(workflow)
        pulls = any(map(is_pull, events_of(workflow)))
        found = [probe for probe, _ in own]
        change += writing.new_job(workflow, name, own[0][1].label, found, tells=pulls)
        for gate in dict.fromkeys(gate for _, placed in own for gate in placed.gates):
            job = site.graph.jobs[gate]
            change += writing.gate(workflow.document, job, name, asks=pulls)
    for host, at in hosts.items():
        change += writing.steps(workflow, site.graph.jobs[host], at)
    return change


def _free_name(workflow: Workflow) -> str:
    taken = {job.id.lower() for job in workflow.jobs}
    names = ("preflight", *(f"preflight-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _inserted(made: Sequence[tuple[Probe, Placed]]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for _, placed in made:
        if placed.host:
            found[placed.host] = (*found.get(placed.host, ()), placed.index)
    return found


def _requirements(
    site: Site, made: Sequence[tuple[Probe, Placed]]
) -> Mapping[str, tuple[Requirement, ...]]:
    """What the probes in jobs that are there need; a new job states its own."""
    found: dict[str, tuple[Requirement, ...]] = {}
    for probe, placed in made:
        grants = probes.grants(probe.kind)
        token = dict(probe.env).get("TOKEN", "github.token")
        if not placed.host or "github.token" not in token:
            continue
        jobs = dict(probe.env)["GUARDS"]
        place = Place(site.workflow.path, probe.line, writing.NAMES[probe.kind])
        one = Requirement(grants, f"preflight probe for {jobs}", probes.RULE, place)
        found[placed.host] = (*found.get(placed.host, ()), one)
    return found
