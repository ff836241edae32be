"""What was found out about a job, and where: requirements, unknowns, assumptions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.permissions.scopes import Grants, Level, join
from bot.workflow.early import Term
from bot.workflow.scope import Tokens


class Grade(StrEnum):
    """How sure a requirement is."""

    PROVED = "proved"
    """A step's own words, and a row with a source."""
    ASSUMED = "assumed"
    """It holds if a token or a text that can't be followed is what it seems to be."""


class Doubt(StrEnum):
    """Why a job's needs can't be told; the value is a fragment of a sentence."""

    ACTION = "action that is neither in the table nor at hand"
    ACTION_CODE = "action whose code decides what it does with the token"
    DYNAMIC = "reference that is only known in a run"
    SCRIPT = "script that is not at hand and is handed the token"
    RELEASE = "release command that is not at hand behind a checkout that keeps its credentials"
    PUSH = "script in another language that speaks of git push behind kept credentials"
    CONFIGURATION = "configuration that is not at hand and decides what is published"
    CALL = "API call that is not in the tables"
    UNREAD = "script in a shell that can't be read"
    CALLEE = "reusable workflow that is not at hand"
    IMAGE = "container image that is handed the token"
    SIZE = "more steps and commands than are read for one file"


@dataclass(frozen=True, slots=True)
class Place:
    """A line (from 0) of a file in the repository, and the step it belongs to."""

    path: str
    line: int
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """How a job comes to make a call, and with what.

    Attributes:
        step: the index of the job's own step, whatever runs inside of it.
        tokens: those that the call can be made with.
        when: the conditions of the step, and of those inside of it; all must hold.
        repository: ``owner/name`` as far as it is told (see :mod:`bot.workflow.scope`), or None
            for the repository that the workflow runs in.
        images: text that names container images; empty where the call is about none.
        tolerated: its failure does not by itself fail the step.
        conditional: the step may end well without making it.
    """

    step: int
    tokens: Tokens
    when: tuple[Term, ...] = ()
    repository: str | None = None
    images: str = ""
    tolerated: bool = False
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """Grants that one step needs.

    Attributes:
        grants: never a pseudo scope; one or more scopes.
        why: a verb phrase, short enough for a comment.
        rule: what showed it: an action, a command, a call.
        sources: where the fact about the rule was read.
        use: how the step makes the call; None for what no step does: an image that the job
            starts with, a reusable workflow.
    """

    grants: Grants
    why: str
    rule: str
    place: Place
    grade: Grade = Grade.PROVED
    sources: tuple[str, ...] = ()
    use: Use | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that keeps a job from being answered."""

    doubt: Doubt
    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class Assumption:
    """A command that is handed no token and is no release tool: taken to need nothing."""

    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class Beyond:
    """A call that GITHUB_TOKEN can never make.

    Attributes:
        permission: what another token needs.
        rule: what showed it.
    """

    call: str
    permission: str
    place: Place
    use: Use | None = field(default=None, compare=False)
    rule: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class OtherToken:
    """A write that a step makes with a token that is not GITHUB_TOKEN.

    ``permission``: what that token needs, as :attr:`Beyond.permission`; the other attributes are
    those of a :class:`Requirement`.
    """

    permission: str
    why: str
    rule: str
    place: Place
    use: Use = field(compare=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """A scope that a job did not hold in a run that failed for want of it.

    Attributes:
        job: its id.
        run: the id of that run.
        pull: the number of the program's own pull request that was merged before it.
        words: what the log says, one line; for a text, and never for a file.
    """

    path: str
    job: str
    scope: str
    level: Level
    run: int
    pull: int
    words: str

    @property
    def grants(self) -> Grants:
        """The scope with its level."""
        return {self.scope: self.level}


@dataclass(frozen=True, slots=True)
class JobNeeds:
    """All that was found out about one job.

    Attributes:
        lost: what a failed run shows, and the job does not hold; it is among the requirements.
    """

    job: str
    requirements: tuple[Requirement, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    beyond: tuple[Beyond, ...] = ()
    others: tuple[OtherToken, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether nothing unknown stands in the way."""
        return not self.unknowns

    @property
    def grants(self) -> dict[str, Level]:
        """The least grants that meet all requirements, in the order of the documentation."""
        return join(r.grants for r in self.requirements)

    def reasons(self, scope: str) -> tuple[Requirement, ...]:
        """The requirements that decide the level of a scope, in the order of the steps."""
        level = self.grants.get(scope)
        return tuple(r for r in self.requirements if r.grants.get(scope) == level)


@dataclass(slots=True)
class Ledger:
    """Where findings about one job are written down while its steps are read."""

    requirements: list[Requirement] = field(default_factory=list)
    unknowns: list[Unknown] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    beyond: list[Beyond] = field(default_factory=list)
    others: list[OtherToken] = field(default_factory=list)

    def close(self, job: str) -> JobNeeds:
        """What was written, each entry once."""
        return JobNeeds(
            job,
            _once(self.requirements),
            tuple(dict.fromkeys(self.unknowns)),
            tuple(dict.fromkeys(self.assumptions)),
            tuple(dict.fromkeys(self.beyond)),
            tuple(dict.fromkeys(self.others)),
        )


def _once(requirements: list[Requirement]) -> tuple[Requirement, ...]:
    """The requirements without repeats; their grants are mappings, which can't be hashed."""
    seen: dict[object, Requirement] = {}
    for one in requirements:
        key = (tuple(one.grants.items()), one.why, one.rule, one.place, one.grade)
        seen.setdefault(key, one)
    return tuple(seen.values())
