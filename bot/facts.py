"""What a pull request's text is made of: plain facts (:mod:`bot.gather` draws them from reports).

Nothing here is Markdown and nothing is cut; that is :mod:`bot.writeup`'s. Lines count from 1, as
people count them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from bot.advice import Advice
from bot.excerpts import Excerpt, Part
from bot.facts_late import FileProbes, KindFact, ProbeFact, TokenFact, TokenNeed, Unprobed
from bot.facts_lost import GivenBack
from bot.gate import Proof
from bot.permissions.scopes import Grants, covers, everything, missing, ordered
from bot.refusals import refusal_log
from bot.where import Where

CHECKOUT = "actions/checkout"
_SHORTHANDS = {"write-all": everything("write"), "read-all": everything("read")}


@dataclass(frozen=True, slots=True)
class Use:
    """Where a job needs something."""

    job: str
    where: Where


@dataclass(frozen=True, slots=True)
class Reason:
    """Why jobs of a file get, or lack, a scope.

    Attributes:
        why: a verb phrase.
        rule: the action, command or call that shows it.
        source: where that was read, or the empty text.
        assumed: whether the token or text that it rests on could not be followed to its end.
        more: how many other phrases there are for the same scope, rule and places.
    """

    scope: str
    level: str
    why: str
    rule: str
    source: str
    assumed: bool
    uses: tuple[Use, ...]
    more: int = 0

    @property
    def grant(self) -> str:
        """The scope with its level, as a block says it."""
        return f"{self.scope}: {self.level}"

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs, each once."""
        return tuple(dict.fromkeys(use.job for use in self.uses))

    @property
    def verb(self) -> str:
        """For a phrase that ends in its rule, what stands before it (``runs``); else nothing."""
        return self.why.removesuffix(self.rule).strip() if self.why.endswith(self.rule) else ""


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job that gets a block.

    Attributes:
        held: what its token has today; None where a default applies that no file states.
        grants: the block.
    """

    job: str
    line: int
    held: Grants | None
    grants: Grants

    @property
    def before(self) -> tuple[str, ...]:
        """What is held today, as it is written; empty where nothing is stated."""
        return () if self.held is None else written(self.held)

    @property
    def after(self) -> tuple[str, ...]:
        """The block, as it is written."""
        return written(self.grants)

    @property
    def dropped(self) -> Grants:
        """What is held today by a block and no longer afterwards."""
        return missing(self.grants, self.held or {})

    @property
    def gained(self) -> Grants:
        """What no block gives today."""
        return {} if self.held is None else missing(self.held, self.grants)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is rewritten, with the gate's proof.

    Attributes:
        changed: how many of its lines are not any more what they were.
        excerpts: its core lines.
        events: what starts it.
        held: what the file gives to its jobs' tokens today, where it says anything.
    """

    path: str
    jobs: tuple[JobChange, ...]
    reasons: tuple[Reason, ...]
    top_level: bool
    changed: int
    proof: Proof
    excerpts: tuple[Excerpt, ...] = ()
    events: tuple[str, ...] = ()
    held: tuple[tuple[str, Grants], ...] = ()

    @property
    def added(self) -> int:
        """How many lines are new."""
        return max(self.proof.lines - self.changed, 0)

    @property
    def is_plain(self) -> bool:
        """Whether no job gets more than the reading of a checkout."""
        checkouts = all(r.rule == CHECKOUT for r in self.reasons)
        return (
            bool(self.jobs)
            and checkouts
            and all(covers({"contents": "read"}, j.grants) for j in self.jobs)
        )

    @property
    def writes(self) -> bool:
        """Whether one of its jobs is given a write."""
        return any("write" in job.grants.values() for job in self.jobs)

    @property
    def rows(self) -> tuple[tuple[tuple[JobChange, ...], JobChange], ...]:
        """The jobs in groups of the same before and after, each with one that stands for it."""
        groups: dict[object, list[JobChange]] = {}
        for job in self.jobs:
            groups.setdefault((job.before, job.after, job.held is None), []).append(job)
        return tuple((tuple(group), group[0]) for group in groups.values())


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that keeps a job, or a whole file (then ``job`` is empty), from an edit."""

    path: str
    job: str
    what: str
    where: Where | None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Obstacles of one kind, and what a maintainer can do about them."""

    advice: Advice
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """Jobs of a file that use what the block which applies to them does not give."""

    path: str
    jobs: tuple[str, ...]
    missing: Grants
    reasons: tuple[Reason, ...]

    @property
    def writes(self) -> bool:
        """Whether a write is among it; a missing read shows in private repositories only."""
        return "write" in self.missing.values()

    @property
    def by_rule(self) -> tuple[Reason, ...]:
        """One reason for each action, command or call that uses what is missing."""
        return tuple({reason.rule: reason for reason in self.reasons}.values())


@dataclass(frozen=True, slots=True)
class BeyondReach:
    """A call that GITHUB_TOKEN can never make and that keeps it.

    Attributes:
        why: what keeps it from getting another token; empty where that was not tried.
    """

    job: str
    call: str
    permission: str
    where: Where
    why: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """Commands that the changed jobs of a file run, taken to need nothing: text → where."""

    path: str
    commands: tuple[tuple[str, tuple[Where, ...]], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a pull request says.

    Attributes:
        base: the commit that was read.
        explicit: jobs that state their permissions already, or need no statement.
        kept_top: changed files whose own top-level block stays as it is.
        probed: the probes that are added, file by file.
        kinds: what each kind of them does.
        tokens: steps that get another token.
        needs: what a human has to do for them.
        given: scopes without which runs have failed, given back to their jobs.
    """

    base: str
    files: tuple[FileChange, ...]
    left: tuple[LeftAlone, ...]
    lacks: tuple[Lack, ...]
    beyond: tuple[BeyondReach, ...]
    assumed: tuple[Assumed, ...]
    explicit: int
    kept_top: int
    probed: tuple[FileProbes, ...] = ()
    kinds: tuple[KindFact, ...] = ()
    unprobed: tuple[Unprobed, ...] = ()
    tokens: tuple[TokenFact, ...] = ()
    needs: tuple[TokenNeed, ...] = ()
    given: tuple[GivenBack, ...] = ()

    def excerpt(self, part: Part) -> Excerpt | None:
        """The lines that show best what a part of the change is: a block with the most writes."""
        found = [one for file in self.files for one in file.excerpts if one.part is part]
        return max(found, key=lambda one: one.writes, default=None)

    @property
    def probes(self) -> int:
        """How many probes are added."""
        return sum(len(one.probes) for one in self.probed)

    def awaited(self, seen: Collection[str] | None) -> tuple[TokenNeed, ...]:
        """What has to be stored, or looked at, first: the secrets that were not seen.

        ``seen``: names of those that are stored; None where they were not read.
        """
        return tuple(need for need in self.needs if need.secret not in (seen or ()))

    @property
    def risky(self) -> tuple[FileChange, ...]:
        """The changed files whose next run shows most: a job writes, is asked early, or failed."""
        probed = {one.path for one in self.probed} | {one.where.path for one in self.given}
        return tuple(file for file in self.files if file.writes or file.path in probed)

    @property
    def refusable(self) -> ProbeFact | None:
        """The probe whose refusal is shown as an example; None where there is none."""
        every = (probe for one in self.probed for probe in one.probes)
        return next((probe for probe in every if refusal_log(probe, "", "")), None)

    @property
    def probes_own_token(self) -> bool:
        """Whether a probe asks with GITHUB_TOKEN."""
        return any(not probe.secret for one in self.probed for probe in one.probes)

    @property
    def late(self) -> int:
        """How many steps and calls the probes stand for."""
        return sum(len(probe.steps) for one in self.probed for probe in one.probes)

    @property
    def new_jobs(self) -> int:
        """How many jobs are written for probes; each costs a runner's start."""
        return sum(one.new_job is not None for one in self.probed)

    @property
    def jobs(self) -> tuple[JobChange, ...]:
        """All jobs that get a block."""
        return tuple(job for file in self.files for job in file.jobs)

    @property
    def job_files(self) -> int:
        """How many files have such jobs."""
        return sum(bool(file.jobs) for file in self.files)

    @property
    def left_jobs(self) -> int:
        """How many jobs are left as they are for some obstacle."""
        return len({(o.path, o.job) for one in self.left for o in one.obstacles if o.job})

    @property
    def lines(self) -> int:
        """How many lines are added."""
        return sum(file.added for file in self.files)

    @property
    def changed(self) -> int:
        """How many lines are changed."""
        return sum(file.changed for file in self.files)

    @property
    def complete(self) -> bool:
        """Whether every job then has a block that gives all that it needs."""
        return not self.left and not self.lacks

    @property
    def unstated(self) -> int:
        """How many of the jobs run with a default that no file states."""
        return sum(job.held is None for job in self.jobs)

    @property
    def widened(self) -> int:
        """How many of the jobs get what their file's block does not give."""
        return sum(bool(job.gained) for job in self.jobs)

    @property
    def narrowed(self) -> int:
        """How many of the jobs only lose something."""
        return sum(bool(job.dropped) and not job.gained for job in self.jobs)

    @property
    def same(self) -> int:
        """How many of the jobs hold afterwards what their file's block gives them today."""
        return len(self.jobs) - self.unstated - self.widened - self.narrowed

    @property
    def topped(self) -> int:
        """How many files get an empty block at their top."""
        return sum(file.top_level for file in self.files)

    @property
    def plain_files(self) -> tuple[FileChange, ...]:
        """The changed files in which no job needs more than its checkout."""
        return tuple(file for file in self.files if file.is_plain)

    @property
    def checkout(self) -> str:
        """Where it can be read what a checkout needs; empty where no plain file has one."""
        return next((r.source for file in self.plain_files for r in file.reasons), "")

    @property
    def unused(self) -> bool:
        """Whether a job of the plain files does not use its token."""
        return any(not job.grants for file in self.plain_files for job in file.jobs)

    @property
    def assumed_commands(self) -> int:
        """How many commands were taken to need nothing."""
        return sum(len(wheres) for one in self.assumed for _, wheres in one.commands)

    @property
    def dropped(self) -> tuple[tuple[str, int], ...]:
        """``scope: level`` → from how many jobs it is taken, most first."""
        counted: Counter[str] = Counter()
        for job in self.jobs:
            word = written(job.held or {})[0]
            counted.update((word,) if word.endswith("-all") else written(job.dropped))
        del counted["{}"]
        return tuple(counted.most_common())


def written(grants: Grants) -> tuple[str, ...]:
    """Grants as a ``permissions:`` key says them: a shorthand, ``{}``, or scope by scope."""
    for word, all_of_it in _SHORTHANDS.items():
        if grants == all_of_it:
            return (word,)
    return tuple(f"{s}: {lv}" for s, lv in ordered(grants).items()) or ("{}",)
