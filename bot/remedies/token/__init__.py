"""Remedy: another token, in one step alone, for calls that GITHUB_TOKEN can never make.

Nothing is guessed about which expression serves which call. Every change is tried on the job as it
was read, and taken only where the call is then no longer made with GITHUB_TOKEN and nothing else
about the job's needs has changed; the edited file is read again in the end and has to say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot import fingerprint
from bot.permissions.evidence import Beyond, Doubt, JobNeeds
from bot.permissions.tools.calls import is_another
from bot.permissions.world import World
from bot.remedies.token import app, edits, places, safety, secret
from bot.remedies.token.facts import (
    Swap,
    TokenChange,
    TokenLeft,
    TokenObstacle,
    TokenProposal,
    TokenRules,
)
from bot.remedies.token.places import Spot, Spots
from bot.remedies.token.trials import CallKey, Trials, key, keys
from bot.workflow.edit import Change
from bot.workflow.model import Job, Step, Workflow

_MAX_SPOTS = 40  # of one step; a trial each, and as many again for those that go together


def propose(
    world: World, workflow: Workflow, needs: Mapping[str, JobNeeds], rules: TokenRules
) -> TokenProposal:
    """Another token wherever a step of this workflow makes a call beyond GITHUB_TOKEN.

    ``needs``: job id → what was found out about it.
    """
    if not any(one.beyond for one in needs.values()):
        return TokenProposal(Change(), (), ())
    work = world.work
    try:
        return _Remedy(world, workflow, needs, rules).propose()
    finally:
        world.work = work


@dataclass(slots=True)
class _Work:
    """What is being made of one job.

    Attributes:
        job: with the changes that were taken so far.
        needs: of ``job``.
        brought: what its steps bring in.
        minted: steps that are inserted in it.
    """

    before: Job
    job: Job
    needs: JobNeeds
    brought: safety.Intake
    minted: list[str] = field(default_factory=list)

    @property
    def step_ids(self) -> tuple[str | None, ...]:
        return (*(step.id for step in self.before.steps), *self.minted)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """Places that serve calls beyond GITHUB_TOKEN and nothing else, and why not all calls go."""

    spots: tuple[Spot, ...]
    gone: tuple[Beyond, ...]
    why_left: TokenObstacle


class _Remedy:
    """One workflow's changes while they are worked out."""

    def __init__(
        self, world: World, workflow: Workflow, needs: Mapping[str, JobNeeds], rules: TokenRules
    ) -> None:
        self.world = world
        self.workflow = workflow
        self.rules = rules
        self.needs = needs
        self.twice = edits.repeated(workflow.document)
        self.secret, self.reused = secret.choose(world, rules.secret)
        self.changes: list[TokenChange] = []
        self.left: list[TokenLeft] = []
        self.trials = Trials(world, workflow)

    def propose(self) -> TokenProposal:
        changed: list[JobNeeds] = []
        for job in self.workflow.jobs:
            found = self.needs[job.id]
            if not found.beyond:
                continue
            work = _Work(job, job, found, safety.intake(job))
            by_step: dict[int, list[Beyond]] = {}
            for call in found.beyond:
                if call.use is not None:
                    by_step.setdefault(call.use.step, []).append(call)
            nodes = edits.steps(self.workflow, job, self.twice)
            for index, calls in sorted(by_step.items()):
                if any(self._refused(job.id, call) for call in calls):
                    # Another token for the rest of the step would serve the refused call, too.
                    self._leave(job.id, calls, TokenObstacle.REFUSED)
                else:
                    self._step(work, job.steps[index], nodes[index], tuple(calls))
            if work.job is not job:
                changed.append(work.needs)
        if self.trials.exhausted:
            # What was not tried now would be tried in a second run.
            return self._nothing(TokenObstacle.SIZE)
        total = Change()
        for change in self.changes:
            total = total + change.change
        if self.changes and not self.trials.proved(total, changed):
            return self._nothing(TokenObstacle.UNPROVED)
        return TokenProposal(total, tuple(self.changes), tuple(self.left))

    def _refused(self, job: str, call: Beyond) -> bool:
        return fingerprint.of_call(self.workflow.path, job, call) in self.rules.refused

    def _nothing(self, why: TokenObstacle) -> TokenProposal:
        for change in self.changes:
            self._leave(change.job, change.calls, why)
        return TokenProposal(Change(), (), tuple(self.left))

    def _leave(self, job: str, calls: Iterable[Beyond], why: TokenObstacle) -> None:
        self.left += [TokenLeft(job, call, why) for call in calls]

    def _step(
        self,
        work: _Work,
        step: Step,
        where: edits.StepNode | TokenObstacle,
        calls: tuple[Beyond, ...],
    ) -> None:
        job = work.before
        if self.trials.exhausted or any(u.doubt is Doubt.SIZE for u in work.needs.unknowns):
            self._leave(job.id, calls, TokenObstacle.SIZE)
            return
        if not any(call.use and call.use.tokens.github for call in calls):
            self._leave(job.id, calls, TokenObstacle.UNSURE)
            return
        why = safety.obstacle(self.workflow, job, step, work.brought)
        if why is not None:
            self._leave(job.id, calls, why)
            return
        if isinstance(where, TokenObstacle):
            self._leave(job.id, calls, where)
            return
        spots = places.find(self.workflow, job, step, _MAX_SPOTS)
        if len(spots.all) > _MAX_SPOTS:
            self._leave(job.id, calls, TokenObstacle.SIZE)
            return
        before = replace(work)
        found = self._resolve(work, step, calls, spots)
        change = self._change(work, where, step, found) if found.gone else None
        if isinstance(change, TokenChange):
            self.changes.append(change)
            self._leave(job.id, (c for c in calls if c not in found.gone), found.why_left)
            return
        work.job, work.needs = before.job, before.needs
        self._leave(job.id, calls, found.why_left if change is None else change)

    def _change(
        self, work: _Work, where: edits.StepNode, step: Step, found: _Resolved
    ) -> TokenChange | TokenObstacle:
        named = [call.use.repository if call.use else None for call in found.gone]
        about = tuple(dict.fromkeys(n if is_another(self.world, n) else None for n in named))
        mint = None
        if self.rules.strategy == "app":
            minted = self._mint(work, where, found, about)
            if isinstance(minted, TokenObstacle):
                return minted
            mint = minted
        after = mint.expression if mint else f"secrets.{self.secret}"
        moved = len(work.minted) + (1 if mint else 0)
        change = edits.change(
            self.workflow.document, where, step, found.spots, after, moved=moved, mint=mint
        )
        if isinstance(change, TokenObstacle):
            return change
        if mint:
            work.minted.append(mint.id)
        return TokenChange(
            job=work.before.id,
            step=step.index,
            calls=found.gone,
            swaps=tuple(Swap(s.how, s.name, s.line, s.before, after) for s in found.spots),
            secret="" if mint else self.secret,
            reused=self.reused and mint is None,
            repositories=tuple(name for name in about if name is not None),
            minted=mint.id if mint else "",
            change=change,
        )

    def _mint(
        self,
        work: _Work,
        where: edits.StepNode,
        found: _Resolved,
        about: tuple[str | None, ...],
    ) -> app.Mint | TokenObstacle:
        kept = edits.kept(self.workflow.document, where)
        permissions = (call.permission for call in found.gone)
        inputs = app.inputs(self.rules, permissions, about)
        if isinstance(inputs, TokenObstacle):
            return inputs
        if kept is None:
            return TokenObstacle.FORM
        return app.Mint(app.free_id(work.step_ids), inputs, kept)

    def _resolve(
        self, work: _Work, step: Step, calls: tuple[Beyond, ...], spots: Spots
    ) -> _Resolved:
        """Find the places that serve these calls alone; ``work`` gets what comes of it."""
        taken: list[Spot] = []
        together: list[Spot] = []
        shared = False
        for spot in spots.all:
            if not self._open(work, calls):
                break
            gone = self._try(work, step, (*taken, spot))
            if gone is None:
                shared = True
            elif gone:
                taken.append(spot)
            else:
                together.append(spot)
        if self._open(work, calls) and len(together) > 1:
            # Such as two headers of one request that both carry the token.
            taken += self._smallest(work, step, taken, together)
        still = keys(work.needs.beyond)
        gone_now = tuple(call for call in calls if key(call) not in still)
        return _Resolved(tuple(taken), gone_now, self._why(spots, calls, shared=shared))

    @staticmethod
    def _open(work: _Work, calls: tuple[Beyond, ...]) -> bool:
        return not keys(work.needs.beyond).isdisjoint(map(key, calls))

    def _smallest(
        self, work: _Work, step: Step, taken: list[Spot], together: list[Spot]
    ) -> list[Spot]:
        """Of places that change nothing one by one, those that it takes together."""
        before = replace(work)
        gone = self._try(work, step, (*taken, *together))
        if not gone:
            return []
        after = replace(work)
        needed = list(together)
        for spot in reversed(together):
            fewer = [one for one in needed if one is not spot]
            work.job, work.needs = before.job, before.needs
            if self._try(work, step, (*taken, *fewer)) == gone:
                needed, after = fewer, replace(work)
        work.job, work.needs = after.job, after.needs
        return needed

    def _try(self, work: _Work, step: Step, spots: tuple[Spot, ...]) -> frozenset[CallKey] | None:
        """Name another token in these places of a step, all else being as it was.

        Gives the calls that are then no longer beyond the token, and where there are any lets
        ``work`` keep the change; None where it does more than that.
        """
        changed = places.substituted(step, spots, f"secrets.{self.secret}")
        found = self.trials.run(work.job, work.needs, changed)
        if found is None:
            return None
        job, needs, gone = found
        if gone:
            work.job, work.needs = job, needs
        return gone

    def _why(self, spots: Spots, calls: tuple[Beyond, ...], *, shared: bool) -> TokenObstacle:
        """Why calls of a step keep their token."""
        if self.trials.exhausted:
            return TokenObstacle.SIZE
        if shared:
            return TokenObstacle.SHARED
        if spots.lost:
            return TokenObstacle.FORM
        if spots.wide:
            return TokenObstacle.WIDE
        if any(call.place.path.endswith(("action.yml", "action.yaml")) for call in calls):
            return TokenObstacle.ELSEWHERE
        return TokenObstacle.NO_EXPRESSION
