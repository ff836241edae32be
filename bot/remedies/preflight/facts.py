"""What the preflight remedy finds, and what it does about it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from bot.permissions.evidence import Place, Requirement, Use
from bot.permissions.publishing import Publishes
from bot.probes import Kind
from bot.workflow.edit import Change


class Spot(StrEnum):
    """Where a probe stands; the value is a fragment of a sentence."""

    SAME_JOB = "in the publishing job, before what takes its time"
    ENTRY_JOB = "in the job with which all ways to the publishing one begin"
    OWN_JOB = "in a job of its own, which the first jobs need"


class Reason(StrEnum):
    """Why a publishing step gets no probe; the value is a fragment of a sentence."""

    QUICK = "nothing that takes its time runs before it"
    PROBED = "a probe stands for it already"
    EARLIER = "an early step already does what takes the same permission"
    OFF = "the settings turn this kind of probe off"
    REFUSED = "a human refused a probe for it before"
    WARNING = "a probe could only warn, and the settings leave such probes out"
    NO_PROBE = "no probe of this permission is known that leaves no trace"
    LACKING = "the job does not hold the permission"
    TOKEN = "which token it uses is only known in a run"  # noqa: S105 - no password
    MINTED_LATE = "its token is made only after what takes its time"
    REPOSITORY = "which repository it publishes to is only known in a run"
    IMAGE = "the image's name is only known in a run"
    FAILURE = "it runs only after something has failed"
    NEVER = "no event of the workflow meets its conditions"
    PULL_REQUEST = "it runs only for pull requests, where a probe must never fail"
    DEFAULT = (
        "its job takes the repository's default permissions, which no other job's probe proves"
    )
    OWN_BLOCK = "its own job's block alone decides whether it gets an OIDC token"
    CALLED = "other workflows call this one, so it can't get a job of its own"
    SURVIVOR = "a job behind the probe would run in spite of a refusal"
    GATE = "a refusal would skip a job that a pull request may require"
    RUNNER = "no job of the file names a GitHub-hosted Ubuntu runner"
    SHELL = "its runner is not known to have bash and curl"
    FORM = "the file is written in a form that takes no insertion"
    SIZE = "the file has more publishing steps than are looked at"


@dataclass(frozen=True, slots=True)
class Guard:
    """A step that publishes late.

    Attributes:
        job: its job's id.
        scope: of GITHUB_TOKEN; empty for another token.
        permission: what the token needs, in the words of GitHub's documentation.
        publishes: None for a call that publishes nothing, made with another token.
        decides: the tool decides at run time whether it publishes.
        rule: what showed it.
    """

    job: str
    scope: str
    permission: str
    publishes: Publishes | None
    decides: bool
    why: str
    rule: str
    place: Place
    use: Use

    @property
    def secret(self) -> str:
        """The one secret or output that its token is; empty where it is none, or not just one."""
        others = self.use.tokens.others
        return next(iter(others)) if len(others) == 1 and not self.use.tokens.unknown else ""

    @property
    def asked(self) -> str:
        """What the token needs; of another token, what it needs and which it is."""
        return self.scope or " ".join(filter(None, (self.permission, self.secret)))


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe that is added.

    Attributes:
        guards: the steps that it stands for; never empty.
        host: the id of the job that it stands in.
        condition: its ``if:``, or the empty text.
        refusal: ``fail``, ``warn``, or an expression that gives one of them.
        softened: why it only warns, or does in some runs; fragments of sentences.
        dropped: conditions of the guarded step that can't be told early.
        env: what the script is given, in its order.
        line: of the host job in the file as it was; of the publishing job for a job of its own.
    """

    kind: Kind
    guards: tuple[Guard, ...]
    host: str
    spot: Spot
    condition: str
    refusal: str
    softened: tuple[str, ...]
    dropped: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    line: int

    @property
    def always_warns(self) -> bool:
        """Whether it never fails a run."""
        return self.refusal == "warn"


@dataclass(frozen=True, slots=True)
class Unprobed:
    """A publishing step that gets no probe, and why."""

    guard: Guard
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that this remedy obeys.

    Attributes:
        kinds: the kinds of probes that may be written.
        warnings: probes that never fail a run are written too.
        refused: fingerprints of what a human does not want; see :mod:`bot.fingerprint`.
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    warnings: bool = True
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What the remedy makes of a workflow.

    Attributes:
        needs: job → what the probes in it need of GITHUB_TOKEN.
        inserted: job → for each probe in it, the index of the step before which it stands.
    """

    change: Change = field(default_factory=Change)
    probes: tuple[Probe, ...] = ()
    left: tuple[Unprobed, ...] = ()
    needs: Mapping[str, tuple[Requirement, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    inserted: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
