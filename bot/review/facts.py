"""Pull requests as a review sees them: plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.life import state
from bot.life.overview import PullState, Viewer
from bot.life.state import State


class Checks(StrEnum):
    """What the checks of a commit come to; the values are GitHub's, in lower case."""

    NONE = "none"
    SUCCESS = "success"
    PENDING = "pending"
    EXPECTED = "expected"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Account:
    """Who opened a pull request; ``login`` is without ``[bot]``."""

    login: str
    id: int | None
    is_bot: bool

    def is_same(self, viewer: Viewer) -> bool:
        """Whether it is the account behind a token."""
        return viewer.login.removesuffix("[bot]").lower() == self.login.lower()


@dataclass(frozen=True, slots=True)
class CommitLine:
    """A commit of a pull request in a line.

    Attributes:
        name: of its author, as it stands in it.
        login: the account that GitHub knows by the author's address; None where it knows none.
    """

    oid: str
    headline: str
    name: str
    login: str | None

    @property
    def who(self) -> str:
        """Its author, in a word or some."""
        return self.login or f"{self.name} (no account)"


@dataclass(frozen=True, slots=True)
class PullFacts:
    """A pull request.

    Attributes:
        repository: ``owner/name`` that it is opened in.
        public: whether everybody may see that repository.
        merged: when; None where it is not.
        base: the branch that it is to go into.
        branch: the name of its own.
        head: the commit that its branch stands at.
        author: None where the account is gone.
        head_repository: ``owner/name``; None where it is gone.
        mergeable: ``MERGEABLE``, ``CONFLICTING`` or ``UNKNOWN``.
        queued: whether it stands in a merge queue.
        files: the paths that it changes, the first of them.
        total: how many commits it has.
        commits: the first of them, the oldest first.
    """

    repository: str
    public: bool
    number: int
    url: str
    state: PullState
    title: str
    body: str
    draft: bool
    mergeable: str
    queued: bool
    created: datetime
    merged: datetime | None
    base: str
    branch: str
    head: str
    author: Account | None
    head_repository: str | None
    labels: tuple[str, ...]
    checks: Checks
    files: tuple[str, ...]
    total: int
    commits: tuple[CommitLine, ...]

    @property
    def name(self) -> str:
        """``owner/name#number``."""
        return f"{self.repository}#{self.number}"

    @property
    def is_here(self) -> bool:
        """Whether its branch is in the repository itself, so that not everybody may push to it."""
        return self.head_repository == self.repository

    @property
    def told(self) -> State | None:
        """What its body remembers; None where it tells nothing."""
        return state.read(self.body)

    @property
    def others(self) -> tuple[CommitLine, ...]:
        """Those of its commits, as far as they are known, that its body does not speak of."""
        told = self.told
        return tuple(one for one in self.commits if told is None or one.oid != told.head)

    @property
    def waits(self) -> tuple[str, ...]:
        """The secrets that have to be stored before it may be merged, as long as it is a draft."""
        told = self.told
        return told.awaits if told is not None and self.draft else ()


@dataclass(frozen=True, slots=True)
class Found:
    """A pull request, and what has to be known about where it is.

    Attributes:
        viewer: whose token it is that looks.
        default_branch: None in a repository without commits.
        merge_method: what GitHub proposes to that account: ``MERGE``, ``SQUASH`` or ``REBASE``.
    """

    viewer: Viewer
    default_branch: str | None
    merge_method: str
    pull: PullFacts
