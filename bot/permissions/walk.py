"""Where one job's steps are read one after the other, and what they leave for those that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.hole import HOLE
from bot.permissions.actions import COMMENTS
from bot.permissions.evidence import (
    Assumption,
    Beyond,
    Doubt,
    Grade,
    Ledger,
    OtherToken,
    Place,
    Requirement,
    Unknown,
    Use,
)
from bot.permissions.scopes import Grants, Level
from bot.permissions.world import MAX_WORK, World
from bot.workflow.early import Term
from bot.workflow.model import NO_DEFAULTS, Defaults, Scalar, Workflow
from bot.workflow.scope import ISSUE, NO_TOKEN, PULL_REQUEST, Bound, Scope, Tokens

MAX_DEPTH = 10
"""How deep composite actions and scripts are followed into one another (GitHub allows 10)."""

PULL_REQUEST_EVENTS = frozenset(
    {
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
        PULL_REQUEST,
    }
)
ISSUE_EVENTS = frozenset({"issues", ISSUE})

Events = tuple[str | None, ...]
"""The events that can have started a run; None for one that isn't known."""


def events_of(workflow: Workflow) -> Events:
    """The events that start a workflow; a called one can be in a run of any event."""
    names: list[str | None] = []
    for event in workflow.events:
        if event.name == "workflow_call":
            names.append(None)
        elif event.name == "issue_comment":
            names += [ISSUE, PULL_REQUEST]
        else:
            names.append(event.name)
    return tuple(names) or (None,)


def comment_scopes(events: Events) -> tuple[str, ...]:
    """The scopes that comments on what started the run need, of these events.

    Events that are about no issue and no pull request start runs with nothing to comment on, so
    they count only where there are no others.
    """
    found = []
    if any(e in ISSUE_EVENTS for e in events):
        found.append("issues")
    if any(e in PULL_REQUEST_EVENTS for e in events):
        found.append("pull-requests")
    return tuple(found) if found and None not in events else ("issues", "pull-requests")


@dataclass(slots=True)
class Walk:
    """What the steps of one job have done so far.

    Attributes:
        git: folder of a checkout (or what else holds credentials) → the tokens git pushes with.
        homes: the same places → the repository that was checked out there, where it is named.
        checkouts: folders below the workspace that hold this repository.
        tolerated: the failure of the command that is read does not by itself fail its script.
        conditional: its script may end well without it.
        ssh: a git command may go by SSH, with a key in place of a token.
        registries: host → the tokens that the job has logged in with.
        gh: the tokens that ``gh auth login`` was given.
        env: variables that earlier steps have set for later ones.
        followed: scripts that have been read, so that none is read in circles.
    """

    world: World
    workflow: Workflow
    ledger: Ledger = field(default_factory=Ledger)
    git: dict[str, Tokens] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    checkouts: set[str] = field(default_factory=set)
    tolerated: bool = False
    conditional: bool = False
    ssh: bool = False
    registries: dict[str, Tokens] = field(default_factory=dict)
    gh: Tokens = NO_TOKEN
    env: dict[str, Bound] = field(default_factory=dict)
    followed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def git_home(self) -> str | None:
        """The repository that a ``git push`` goes to; None for the workflow's own."""
        homes = {self.homes.get(where) for where, tokens in self.git.items() if tokens.any}
        return HOLE if len(homes) > 1 else next(iter(homes), None)

    @property
    def git_tokens(self) -> Tokens:
        """The tokens that a ``git push`` can use, whatever folder it stands in."""
        found = NO_TOKEN
        for tokens in self.git.values():
            found |= tokens
        return found


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of reading: a job's steps, a composite action's, or a script's commands.

    Attributes:
        path: the file that is read.
        line: where evidence points, for what has no line of its own.
        step: the label of the job's or action's step.
        events: the events in whose runs this can be reached.
        windows: whether ``run`` means PowerShell where no shell is named.
        index: of the job's own step.
        when: the conditions under which this is reached.
        tolerated: a failure here does not by itself fail the job.
        conditional: the step may end well without reaching this.
    """

    walk: Walk
    path: str
    scope: Scope
    events: Events
    line: int = 0
    step: str | None = None
    defaults: Defaults = NO_DEFAULTS
    windows: bool = False
    depth: int = 0
    index: int = 0
    when: tuple[Term, ...] = ()
    tolerated: bool = False
    conditional: bool = False

    def at(self, line: int, step: str | None) -> Frame:
        """This frame at another line and step."""
        return replace(self, line=line, step=step)

    def place(self, line: int | None = None) -> Place:
        """Where the frame stands, or a line of its file."""
        return Place(self.path, self.line if line is None else line, self.step)

    def need(
        self,
        scopes: Mapping[str, str],
        why: str,
        rule: str,
        *,
        tokens: Tokens,
        sources: tuple[str, ...] = (),
        line: int | None = None,
        events: Events | None = None,
        when: Term | None = None,
        repository: str | None = None,
        images: str = "",
    ) -> None:
        """Write a requirement down, if the token that is used can be GITHUB_TOKEN.

        ``when``, ``repository`` and ``images``: see :class:`~bot.permissions.evidence.Use`.
        """
        if not tokens.any or not scopes:
            return
        grants = self._grants(scopes, self.events if events is None else events)
        use = self.use(tokens, when=when, repository=repository, images=images)
        if not tokens.maybe_github:
            wanted = [f"{scope}: {level}" for scope, level in grants.items() if level == "write"]
            if wanted:
                self.other(" & ".join(wanted), why, rule, use, line)
            return
        grade = Grade.PROVED if tokens.github else Grade.ASSUMED
        self.walk.ledger.requirements.append(
            Requirement(grants, why, rule, self.place(line), grade, sources, use)
        )

    def other(
        self, permission: str, why: str, rule: str, use: Use, line: int | None = None
    ) -> None:
        """Write down what is done with a token that is not GITHUB_TOKEN."""
        self.walk.ledger.others.append(OtherToken(permission, why, rule, self.place(line), use))

    def use(
        self,
        tokens: Tokens,
        *,
        when: Term | None = None,
        repository: str | None = None,
        images: str = "",
    ) -> Use:
        """How a call is made from here."""
        return Use(
            self.index,
            tokens,
            self.when if when is None else (*self.when, when),
            repository,
            images,
            self.tolerated or self.walk.tolerated,
            self.conditional or self.walk.conditional,
        )

    def unknown(self, doubt: Doubt, what: str, line: int | None = None) -> None:
        """Write down what keeps the job from being answered."""
        self.walk.ledger.unknowns.append(Unknown(doubt, what, self.place(line)))

    def spend(self, work: int) -> bool:
        """Count steps, commands or lines that are to be read; False where there are too many."""
        world, unknowns = self.walk.world, self.walk.ledger.unknowns
        world.work += work
        if world.work > MAX_WORK and (not unknowns or unknowns[-1].doubt is not Doubt.SIZE):
            self.unknown(Doubt.SIZE, f"more than {MAX_WORK:,}")
        return world.work <= MAX_WORK

    def assume(self, what: str, line: int | None = None) -> None:
        """Write down a command that is taken to need nothing."""
        self.walk.ledger.assumptions.append(Assumption(what, self.place(line)))

    def beyond(
        self,
        call: str,
        permission: str,
        rule: str,
        tokens: Tokens,
        line: int | None,
        repository: str | None,
    ) -> None:
        """Write down a call that GITHUB_TOKEN can't make, with the repository that it is about."""
        use = self.use(tokens, repository=repository)
        self.walk.ledger.beyond.append(Beyond(call, permission, self.place(line), use, rule))

    def tokens(self, text: Scalar | str) -> Tokens:
        """The tokens that a text can carry here."""
        return self.scope.tokens(text if isinstance(text, str) else text.text)

    @staticmethod
    def _grants(scopes: Mapping[str, str], events: Events) -> Grants:
        grants: dict[str, Level] = {}
        for scope, level in scopes.items():
            names: Iterable[str] = comment_scopes(events) if scope == COMMENTS else (scope,)
            for name in names:
                grants[name] = "write" if "write" in (level, grants.get(name)) else "read"
        return grants
