"""How much a reviewer has to look at: each changed job with the traits that make it risky.

Two things can go wrong: a job can be given what somebody can misuse, and it can lack what it needs
or be stopped by a probe. Both are counted; the weights rank, they measure nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot import reread
from bot.analysis import FileReport
from bot.permissions.evidence import Grade
from bot.permissions.scopes import Grants, missing
from bot.remedies import Decision
from bot.workflow.model import Job, Workflow

_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*(?!GITHUB_TOKEN\b)\w|\[)", re.IGNORECASE)
_PRIVILEGED = frozenset(
    {
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "issues",
        "discussion",
        "discussion_comment",
        "fork",
        "watch",
    }
)
"""Events that anybody can cause, and whose runs hold the repository's own token and secrets
(https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows).
"""
_RELEASING = frozenset({"release", "create", "workflow_dispatch", "schedule", "deployment"})
_STRONG = frozenset({"actions", "contents", "deployments", "id-token", "packages", "pages"})
"""Scopes with which code, releases or deployments can be changed."""


class Level(StrEnum):
    """How much there is to look at."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_MEDIUM, _HIGH = 10, 30
"""Scores from which on."""


class Trait(StrEnum):
    """What makes a job risky; the value is a clause, in which the detail takes the dots' place."""

    ANYBODY_WRITES = "anybody can start it (…), and its token writes"
    ANYBODY_SECRETS = "anybody can start it (…), and it is handed secrets"
    ANYBODY = "anybody can start it (…)"
    GAINS = "it may more than before: …"
    LOSES = "it may less than before: …"
    STRONG = "it can change code, releases or deployments: …"
    WRITES = "it writes: …"
    OTHER_TOKEN = "it is handed another token: …"  # noqa: S105 - no password
    NEW_JOB = "it is a new job"
    GATED = "its start depends on a job that it did not need before: …"
    PROBE_FAILS = "a probe in it can fail the run: …"
    PROBE_WARNS = "a probe in it warns: …"
    ASSUMED = "not all that it needs is proved"
    RARE = "it runs seldom (…), so that a mistake shows late"


@dataclass(frozen=True, slots=True)
class JobFacts:
    """A changed job, as far as it matters here.

    Attributes:
        events: that start its workflow.
        before: what it held; None where a default applied, or there was no such job.
        after: what it holds.
        secrets: whether it names others than GITHUB_TOKEN.
        swapped: names of the secrets and apps that it gets tokens of.
        needs: jobs that it did not need before.
        failing: kinds of probes in it that can fail a run.
        warning: kinds of those that only warn.
        fresh: whether it was not there before.
        assumed: whether what it needs rests on an assumption.
    """

    path: str
    job: str
    events: frozenset[str]
    before: Grants | None
    after: Grants | None
    secrets: bool = False
    swapped: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    warning: tuple[str, ...] = ()
    fresh: bool = False
    assumed: bool = False

    @property
    def writes(self) -> tuple[str, ...]:
        """The scopes that it may write."""
        return tuple(scope for scope, level in (self.after or {}).items() if level == "write")


@dataclass(frozen=True, slots=True)
class Reason:
    """A trait of a job with what it is about, and its weight."""

    trait: Trait
    detail: str
    weight: int

    @property
    def clause(self) -> str:
        """In words."""
        return self.trait.value.replace("…", self.detail)


@dataclass(frozen=True, slots=True)
class Risk:
    """How risky the change of a job is.

    Attributes:
        reasons: the heaviest first; none where there is nothing to say.
    """

    path: str
    job: str
    score: int
    reasons: tuple[Reason, ...]

    @property
    def level(self) -> Level:
        """In a word."""
        return (
            Level.HIGH
            if self.score >= _HIGH
            else Level.MEDIUM
            if self.score >= _MEDIUM
            else Level.LOW
        )


def _anybody(job: JobFacts) -> str:
    return ", ".join(sorted(job.events & _PRIVILEGED))


def _only(holds: object, detail: str) -> str:
    return detail if holds else ""


def _gained(job: JobFacts) -> str:
    if job.before is None or job.fresh:
        return ""
    return _listed(missing(job.before, job.after or {}))


def _lost(job: JobFacts) -> str:
    if job.before is None or job.after is None:
        return ""
    return _listed(missing(job.after, job.before))


def _listed(grants: Grants) -> str:
    return ", ".join(f"{scope}: {level}" for scope, level in grants.items())


# Trait → its weight, and the detail that a job has it with (the empty text: it has it not).
_TRAITS: Mapping[Trait, tuple[int, Callable[[JobFacts], str]]] = {
    Trait.ANYBODY_WRITES: (40, lambda job: _only(job.writes, _anybody(job))),
    Trait.ANYBODY_SECRETS: (20, lambda job: _only(job.secrets or job.swapped, _anybody(job))),
    Trait.ANYBODY: (5, _anybody),
    Trait.OTHER_TOKEN: (30, lambda job: ", ".join(job.swapped)),
    Trait.GAINS: (25, _gained),
    Trait.STRONG: (10, lambda job: ", ".join(s for s in job.writes if s in _STRONG)),
    Trait.WRITES: (5, lambda job: ", ".join(s for s in job.writes if s not in _STRONG)),
    Trait.LOSES: (5, _lost),
    Trait.GATED: (10, lambda job: ", ".join(job.needs)),
    Trait.NEW_JOB: (5, lambda job: _only(job.fresh, job.job)),
    Trait.PROBE_FAILS: (10, lambda job: ", ".join(job.failing)),
    Trait.PROBE_WARNS: (2, lambda job: ", ".join(job.warning)),
    Trait.ASSUMED: (5, lambda job: _only(job.assumed, job.job)),
    Trait.RARE: (
        5,
        lambda job: _only(
            job.events and job.writes and job.events <= _RELEASING, ", ".join(sorted(job.events))
        ),
    ),
}


def weigh(job: JobFacts) -> Risk:
    """The risk of one job's change."""
    reasons = tuple(
        Reason(trait, detail, weight)
        for trait, (weight, look) in _TRAITS.items()
        if (detail := look(job))
    )
    ranked = sorted(reasons, key=lambda one: -one.weight)
    return Risk(job.path, job.job, sum(one.weight for one in reasons), tuple(ranked))


def risks(report: FileReport) -> tuple[Risk, ...]:
    """The risk of each job that a file's rewrite changes, the riskiest first."""
    before, after = reread.before(report), reread.after(report)
    decisions = {one.job: one for one in report.decisions}
    found = [
        weigh(_facts(report, before, after, job, decisions.get(job.id)))
        for job in after.jobs
        if _is_changed(before, after, job, report)
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, one.path, one.job)))


def _is_changed(before: Workflow, after: Workflow, job: Job, report: FileReport) -> bool:
    was = before.job(job.id)
    if was is None or _held(before, was) != _held(after, job) or was.needs != job.needs:
        return True
    tokens = {one.job for one in report.proposal.tokens.changes}
    probes = {one.host for one in report.proposal.plan.probes}
    stated = (was.permissions is None) != (job.permissions is None)
    return stated or job.id in tokens | probes


def _held(of: Workflow, job: Job) -> Grants | None:
    block = of.held(job)
    return block.grants if block is not None else None


def _facts(
    report: FileReport, before: Workflow, after: Workflow, job: Job, decision: Decision | None
) -> JobFacts:
    was = before.job(job.id)
    # Probes of a job of their own name no host.
    host = job.id if was is not None else ""
    in_it = [one for one in report.proposal.plan.probes if one.host == host]
    tokens = [one for one in report.proposal.tokens.changes if one.job == job.id]
    return JobFacts(
        report.path,
        job.id,
        frozenset(event.name for event in after.events),
        _held(before, was) if was is not None else None,
        _held(after, job),
        secrets=_SECRET.search(_text(report.after, job)) is not None,
        swapped=tuple(dict.fromkeys(one.secret or "an app's" for one in tokens)),
        needs=tuple(one for one in job.needs if was is not None and one not in was.needs),
        failing=tuple(dict.fromkeys(str(p.kind) for p in in_it if not p.always_warns)),
        warning=tuple(dict.fromkeys(str(p.kind) for p in in_it if p.always_warns)),
        fresh=was is None,
        assumed=decision is not None and _is_assumed(decision),
    )


def _is_assumed(decision: Decision) -> bool:
    needs = decision.needs
    graded = any(one.grade is Grade.ASSUMED for one in needs.requirements)
    return decision.proposed is not None and (graded or bool(needs.assumptions))


def _text(text: str, job: Job) -> str:
    end = max((key.end_line for key in job.keys), default=job.line)
    return "\n".join(text.split("\n")[job.line : end + 1])
