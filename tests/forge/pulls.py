"""Pull requests of the stand-in: what they are, and what happens to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.forge.bare import GitError
from tests.forge.people import User

if TYPE_CHECKING:
    from tests.forge.repository import Repository


@dataclass(frozen=True, slots=True)
class Event:
    """Something of a pull request's timeline; ``kind`` is GraphQL's type name."""

    kind: str
    at: datetime
    actor: User | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody said of a commit: ``APPROVED``, ``CHANGES_REQUESTED`` or ``COMMENTED``."""

    id: int
    author: User
    state: str
    body: str
    commit: str
    at: datetime


@dataclass(slots=True)
class Comment:
    """A comment on a pull request or an issue."""

    id: int
    author: User
    body: str
    at: datetime


@dataclass(slots=True)
class PullRequest:
    """A pull request, with what only a test may change: ``in_merge_queue``, ``mergeable_unknown``.

    Attributes:
        state: ``OPEN``, ``CLOSED`` or ``MERGED``.
        head_repository: ``None`` once its fork is deleted.
        merge_commit: what the base branch got.
        mergeable_unknown: how many more times GraphQL answers ``UNKNOWN`` first.
    """

    repository: Repository
    number: int
    id: int
    author: User
    title: str
    body: str
    base: str
    head: str
    head_repository: Repository | None
    head_oid: str
    created: datetime
    updated: datetime
    draft: bool = False
    state: str = "OPEN"
    closed: datetime | None = None
    merged: datetime | None = None
    merged_by: User | None = None
    merge_commit: str | None = None
    in_merge_queue: bool = False
    mergeable_unknown: int = 0
    maintainer_can_modify: bool = True
    labels: list[str] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    team_reviewers: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    timeline: list[Event] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """GraphQL's name for it."""
        return f"PR_{self.id}"

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self.repository.web_url}/pull/{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self.state == "OPEN"

    @property
    def from_fork(self) -> bool:
        """Whether its branch is another repository's."""
        return self.head_repository is not self.repository

    @property
    def label(self) -> str:
        """``owner:branch`` of its head."""
        owner = self.head_repository.owner.login if self.head_repository else "unknown"
        return f"{owner}:{self.head}"

    def files(self) -> Mapping[str, str]:
        """The files that it changes, as they are at its head; those it removes are left out."""
        git = self.repository.git
        base = self.repository.branches[self.base]
        start = git.run("merge-base", base, self.head_oid)
        texts = {
            path: git.text(f"{self.head_oid}:{path}") for path in git.changed(start, self.head_oid)
        }
        return {path: text for path, text in texts.items() if text is not None}

    def history(self) -> tuple[str, ...]:
        """Its commits, the oldest first; those that it had where it is merged."""
        base = f"{self.merge_commit}^1" if self.merge_commit else f"refs/heads/{self.base}"
        found = self.repository.git.run("rev-list", "--reverse", self.head_oid, f"^{base}")
        return tuple(found.splitlines())

    def size(self) -> tuple[int, tuple[int, int, int]]:
        """How many commits it has, and files, lines added and lines removed; none once closed."""
        git, base = self.repository.git, self.repository.branches.get(self.base)
        if not self.is_open or base is None:
            return 0, (0, 0, 0)
        start = git.run("merge-base", base, self.head_oid)
        return git.count(base, self.head_oid), git.size(start, self.head_oid)

    def mergeable(self) -> bool | None:
        """Whether git can merge it now; ``None`` once it is closed."""
        base = self.repository.branches.get(self.base)
        if not self.is_open or base is None:
            return None
        return self.repository.git.merged_tree(base, self.head_oid) is not None

    def note(self, kind: str, actor: User | None, label: str = "") -> None:
        """Write something into the timeline."""
        at = self.repository.now()
        self.updated = at
        self.timeline.append(Event(kind, at, actor, label))

    def close(self, actor: User | None) -> None:
        """Close it, as ``actor`` does."""
        if self.is_open:
            self.state = "CLOSED"
            self.in_merge_queue = False
            self.closed = self.repository.now()
            self.note("ClosedEvent", actor)

    def reopen(self, actor: User) -> None:
        """Open it again. ``ValueError``: its branch is gone, or it is merged or still open."""
        if self.state != "CLOSED" or self.current_head() is None:
            raise ValueError(
                "state cannot be changed. The branch was deleted, or it is not closed."
            )
        self.state, self.closed = "OPEN", None
        self.note("ReopenedEvent", actor)
        self.follow()

    def merge(self, actor: User, method: str = "merge") -> str:
        """Merge it for real; the commit that the base branch got. ``ValueError``: it can't be."""
        repository, git = self.repository, self.repository.git
        base = repository.branches[self.base]
        tree = git.merged_tree(base, self.head_oid)
        if not self.is_open or self.draft or tree is None:
            raise ValueError("Pull Request is not mergeable")
        message = f"{self.title} (#{self.number})\n"
        parents: tuple[str, ...] = (base,)
        if method == "merge":
            parents = (base, self.head_oid)
            message = f"Merge pull request #{self.number} from {self.label}\n\n{self.title}\n"
        commit = git.commit_tree(tree, parents, message, actor.address)
        self.merged_as(commit, actor)
        repository.set_ref(f"refs/heads/{self.base}", commit, actor)
        return commit

    def merged_as(self, commit: str, actor: User | None) -> None:
        """It counts as merged by this commit."""
        self.state = "MERGED"
        self.in_merge_queue = False
        self.merged = self.closed = self.repository.now()
        self.merged_by, self.merge_commit = actor, commit
        self.note("MergedEvent", actor)
        self.note("ClosedEvent", actor)

    def current_head(self) -> str | None:
        """Where its branch is now."""
        if self.head_repository is None or self.head_repository.deleted:
            return None
        return self.head_repository.branches.get(self.head)

    def follow(self) -> None:
        """Take over its branch's newest commit."""
        head = self.current_head()
        if head is None:
            return
        git = self.repository.git
        if self.from_fork and self.head_repository:
            git.fetch(self.head_repository.git, head)
        self.head_oid = head
        git.update(f"refs/pull/{self.number}/head", head)

    def moved(self, ref: str, actor: User | None) -> None:
        """A branch moved or was deleted: close it, or let it count as merged, as GitHub does."""
        if not self.is_open:
            return
        git, base = self.repository.git, self.repository.branches.get(self.base)
        head = self.current_head()
        if head is None:
            self.note("HeadRefDeletedEvent", actor)
        if head is None or base is None:
            self.close(actor)
            return
        changed = head != self.head_oid
        self.follow()
        try:
            nothing_left = git.count(base, head) == 0
        except GitError:
            nothing_left = False
        if nothing_left and changed:
            self.close(actor)
        elif nothing_left and ref == f"refs/heads/{self.base}":
            self.merged_as(base, actor)
        elif changed:
            self.updated = self.repository.now()
