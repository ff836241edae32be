"""What is said about late steps: their probes, those without one, and tokens that are replaced.

As in :mod:`bot.facts`, nothing here is Markdown, nothing is cut, and lines count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot import probes
from bot.permissions.scopes import Grants
from bot.probes import Kind
from bot.remedies.preflight import Reason
from bot.where import Where

CALLS: Mapping[Kind, tuple[str, ...]] = {
    Kind.DRAFT_RELEASE: (
        "POST /repos/{owner}/{repo}/releases",
        "DELETE /repos/{owner}/{repo}/releases/{release_id}",
    ),
    Kind.GENERATE_NOTES: ("POST /repos/{owner}/{repo}/releases/generate-notes",),
    Kind.REFS: ("POST /repos/{owner}/{repo}/git/refs",),
    Kind.GHCR: ("POST /v2/{image}/blobs/uploads/",),
    Kind.ID_TOKEN: (),
    Kind.TOKEN: ("GET /repos/{owner}/{repo}",),
}
"""The calls of each kind of probe."""

UNTOLD = frozenset(
    {
        Reason.QUICK,
        Reason.PROBED,
        Reason.EARLIER,
        Reason.NEVER,
        Reason.OWN_BLOCK,
        Reason.LACKING,
        Reason.OFF,
        Reason.REFUSED,
        Reason.WARNING,
    }
)
"""Reasons for having no probe that nobody needs to hear of: nothing is wrong, or it is told
elsewhere, or it was asked for."""


@dataclass(frozen=True, slots=True)
class Late:
    """A step that publishes late.

    Attributes:
        permission: what its token needs.
        why: a verb phrase.
        rule: the action, command or call that shows it.
    """

    job: str
    permission: str
    why: str
    rule: str
    where: Where


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is written for probes alone.

    Attributes:
        grants: its block.
        needed_by: the jobs that wait for it.
    """

    name: str
    grants: Grants
    needed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProbeFact:
    """A probe that is added.

    Attributes:
        steps: those that it stands for; never empty.
        job: the id of the job that it stands in.
        line: that job's line; 0 for one that is new.
        secret: where its token comes from; empty for GITHUB_TOKEN.
        check: for a secret the call that shows its permission (``GET actions/runners``), or empty.
        condition: its ``if:``, or the empty text.
        refusal: what follows from one, a clause of the project's own words.
        dropped: conditions of the late steps that can't be told early.
    """

    kind: Kind
    steps: tuple[Late, ...]
    job: str
    line: int
    secret: str
    check: str
    condition: str
    refusal: str
    dropped: tuple[str, ...]

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs of the late steps, each once."""
        return tuple(dict.fromkeys(step.job for step in self.steps))

    @property
    def in_new_job(self) -> bool:
        """Whether its job is written for it."""
        return self.line == 0

    @property
    def in_same_job(self) -> bool:
        """Whether it stands in the job of the late steps."""
        return self.jobs == (self.job,)

    @property
    def only_warns(self) -> bool:
        """Whether a refusal never fails a run."""
        return self.refusal.startswith("a refusal only warns")

    @property
    def reads_only(self) -> bool:
        """Whether its check shows no more than that the token may read there."""
        return self.check.startswith("GET ")


@dataclass(frozen=True, slots=True)
class KindFact:
    """What all probes of a kind do.

    Attributes:
        proves: ``that …``, as is ``open``: what a pass does not show.
    """

    kind: Kind
    calls: tuple[str, ...]
    side_effects: str
    proves: str
    open: str


@dataclass(frozen=True, slots=True)
class FileProbes:
    """The probes of one file, and the job that some of them stand in."""

    path: str
    probes: tuple[ProbeFact, ...]
    new_job: NewJob | None


@dataclass(frozen=True, slots=True)
class Unprobed:
    """Steps that publish late and get no probe, for one reason."""

    why: str
    advice: str
    steps: tuple[Late, ...]


@dataclass(frozen=True, slots=True)
class SwapFact:
    """One place where another token is named.

    Attributes:
        at: the variable or input; empty for a script.
        before: the expression that stood there; empty where there was none.
    """

    at: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TokenFact:
    """Another token for the calls of one step.

    Attributes:
        calls: verb phrases, each with the permission that the token needs for it.
        minted: a step before it mints the token of an app; else a secret holds it.
    """

    path: str
    job: str
    where: Where
    calls: tuple[tuple[str, str], ...]
    swaps: tuple[SwapFact, ...]
    minted: bool


@dataclass(frozen=True, slots=True)
class TokenNeed:
    """A token that a human has to make and store; all steps that use it share one.

    Attributes:
        secret: its name; for an app that of the private key.
        variable: with the app's client id; empty for a personal token.
        reused: the workflows use that secret already.
        permissions: what it needs, in the words of GitHub's documentation.
        repositories: ``owner/name`` of those that the calls are about; empty for the workflow's
            own where its name isn't known.
        home: ``owner/name`` of the repository that the secret is stored in, or empty.
        environments: those that the steps' jobs name.
        everywhere: all of these jobs name the same one.
        dependabot: a run of Dependabot may start one of the workflows.
        dispatched: files of the workflows that can be started by hand.
        steps: how many steps use it.
        probes: how many probes ask with it.
        failing_probes: how many of them fail a run in which it is empty.
        blind_probes: how many of them can't tell why it is empty where they stand.
    """

    secret: str
    variable: str
    reused: bool
    permissions: tuple[str, ...]
    repositories: tuple[str, ...]
    home: str
    environments: tuple[str, ...]
    everywhere: bool
    dependabot: bool
    dispatched: tuple[str, ...]
    steps: int
    probes: int
    failing_probes: int
    blind_probes: int

    @property
    def store_environment(self) -> str:
        """The environment that could hold it, if its name is known before a run; else empty."""
        name = self.environments[0] if self.everywhere else ""
        return "" if "${{" in name else name


def kind_fact(kind: Kind) -> KindFact:
    """What is known of a kind of probe."""
    return KindFact(
        kind,
        CALLS[kind],
        probes.side_effects(kind),
        probes.proves(kind),
        probes.does_not_prove(kind),
    )
