"""Repositories of the stand-in: settings, branches, pull requests and runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.forge.bare import Bare, Content, Object
from tests.forge.people import Role, Token, TokenKind, User
from tests.forge.pulls import PullRequest

if TYPE_CHECKING:
    from tests.forge.actors import Actor
    from tests.forge.runs import Run

_PULL = re.compile(r"refs/(pull|standin)/")


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a push to some branches is declined.

    Attributes:
        pattern: a regular expression for the whole ref.
        ruleset: whether it is a ruleset's (GH013), else a protected branch's (GH006).
        message: GitHub's sentence about it.
    """

    pattern: str
    ruleset: bool
    message: str


class Refusal(Exception):
    """GitHub does not allow that; ``reason`` is git's short form, the message what it says."""

    def __init__(self, message: str, reason: str = "", said: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.reason = reason or message
        self.said = said


@dataclass(eq=False)
class Repository:
    """A repository. Made by ``GitHub.repository``; a test may set its attributes as it goes.

    Attributes:
        collaborators: login → role; an organisation's owner is nobody, a user is admin of theirs.
        old_names: ``owner/name`` that are redirected here.
        ready_at: when a fork's git data is there.
        default_permissions: ``read`` or ``write``, the setting of workflows' tokens.
        allowed_actions: ``all``, ``local_only`` or ``selected``.
        secrets: names of secrets.
        language: what most of it is written in.
        kilobytes: how large it is.
        withheld: why a list tells nothing of it; empty where it does.
        merge_method: what its page proposes: ``MERGE``, ``SQUASH`` or ``REBASE``.
        checks: commit → what its checks come to: ``SUCCESS``, ``FAILURE``, ``PENDING``.
        rerun: the runs whose failed jobs somebody has started again.
    """

    owner: User
    name: str
    id: int
    git: Bare
    web_base: str
    now: Callable[[], datetime]
    next_id: Callable[[], int]
    created: datetime
    default_branch: str = "main"
    private: bool = False
    internal: bool = False
    archived: bool = False
    disabled: bool = False
    deleted: bool = False
    description: str | None = None
    topics: tuple[str, ...] = ()
    parent: Repository | None = None
    ready_at: datetime | None = None
    forks_allowed: bool = True
    collaborators: dict[str, Role] = field(default_factory=dict)
    old_names: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    default_permissions: str = "read"
    can_approve: bool = False
    allowed_actions: str = "all"
    secrets: tuple[str, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    forks: list[Repository] = field(default_factory=list)
    human_login: str = "mona"
    merge_method: str = "MERGE"
    checks: dict[str, str] = field(default_factory=dict)
    rerun: list[int] = field(default_factory=list)
    language: str | None = None
    template: bool = False
    kilobytes: int = 100
    pushed: datetime | None = None
    withheld: str = ""
    by: Callable[[str], Actor] = field(init=False)

    @property
    def pushed_at(self) -> datetime:
        """When somebody last pushed to it."""
        return self.pushed or self.created

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner.login}/{self.name}"

    @property
    def web_url(self) -> str:
        """Its page."""
        return f"{self.web_base}/{self.full_name}"

    @property
    def clone_url(self) -> str:
        """Where git finds it."""
        return f"{self.web_url}.git"

    @property
    def node_id(self) -> str:
        """GraphQL's name for it."""
        return f"R_{self.id}"

    @property
    def visibility(self) -> str:
        """``public``, ``private`` or ``internal``."""
        return "internal" if self.internal else "private" if self.private else "public"

    @property
    def human(self) -> Actor:
        """A maintainer of it, who does what a test's story says."""
        return self.by(self.human_login)

    @property
    def ready(self) -> bool:
        """Whether git data are there: a new fork's come later."""
        return self.ready_at is None or self.ready_at <= self.now()

    @property
    def branches(self) -> dict[str, str]:
        """Branches and their commits."""
        if not self.ready:
            return {}
        start = "refs/heads/"
        refs = self.git.refs().items()
        return {ref.removeprefix(start): oid for ref, oid in refs if ref.startswith(start)}

    @property
    def head(self) -> str:
        """The default branch's commit. ``KeyError``: there is none."""
        return self.branches[self.default_branch]

    @property
    def pull(self) -> PullRequest:
        """Its only pull request. ``ValueError``: there is none, or more than one."""
        (pull,) = self.pulls.values()
        return pull

    def text(self, path: str, ref: str = "HEAD") -> str | None:
        """A file at a ref; ``None`` where there is none."""
        return self.git.text(f"{ref}:{path}")

    def find(self, expression: str) -> Object | None:
        """What GraphQL's ``object(expression:)`` finds."""
        if not self.ready:
            return None
        return self.git.find(expression)

    def role(self, user: User) -> Role:
        """What a user may be said to be here."""
        if user == self.owner:
            return Role.ADMIN
        given = self.collaborators.get(user.login, Role.NONE)
        return max(given, Role.NONE if self.private else Role.READ)

    def role_of(self, token: Token) -> Role:
        """What a token's user is here; an installation is what its permissions say."""
        if token.kind in (TokenKind.INSTALLATION, TokenKind.ACTIONS):
            return Role.ADMIN if self.covered_by(token) else Role.NONE
        return self.role(token.user)

    def covered_by(self, token: Token) -> bool:
        """Whether a token that is no classic one was given for this repository."""
        if token.repositories is not None:
            return self.full_name in token.repositories
        account = token.app.account if token.app else self.owner.login
        return account == self.owner.login

    def protect(
        self, branch: str, message: str = "Changes must be made through a pull request."
    ) -> None:
        """Protect a branch: pushes to it are declined with GH006."""
        self.rules.append(Rule(re.escape(f"refs/heads/{branch}"), False, message))

    def ruleset(
        self, pattern: str, message: str = "Cannot create ref due to creations being restricted."
    ) -> None:
        """A ruleset: pushes to refs like the regular expression are declined with GH013."""
        self.rules.append(Rule(pattern, True, message))

    def check_push(self, ref: str) -> None:
        """:class:`Refusal` where a rule or the repository's state declines a push to a ref."""
        if self.archived:
            raise Refusal("This repository was archived so it is read-only.")
        if _PULL.match(ref):
            raise Refusal("deny updating a hidden ref")
        for rule in self.rules:
            if not re.fullmatch(rule.pattern, ref):
                continue
            if rule.ruleset:
                page = f"{self.web_url}/rules?ref={ref.replace('/', '%2F')}"
                raise Refusal(
                    f"Repository rule violations found\n\n{rule.message}\n\n",
                    "push declined due to repository rule violations",
                    (
                        f"error: GH013: Repository rule violations found for {ref}.",
                        f"Review all repository rules at {page}",
                        "",
                        f"- {rule.message}",
                        "",
                    ),
                )
            raise Refusal(
                rule.message,
                "protected branch hook declined",
                (
                    f"error: GH006: Protected branch update failed for {ref}.",
                    f"error: {rule.message}",
                ),
            )

    def set_ref(
        self, ref: str, oid: str | None, actor: User | None, old: str | None = None
    ) -> None:
        """Move, make or delete a ref; pull requests follow."""
        self.git.update(ref, oid, old)
        self.moved(ref, actor)

    def moved(self, ref: str, actor: User | None) -> None:
        """A ref was changed by somebody: pull requests follow."""
        self.pushed = self.now()
        if not ref.startswith("refs/heads/"):
            return
        branch = ref.removeprefix("refs/heads/")
        for place in (self, *((self.parent,) if self.parent else ())):
            for pull in place.pulls.values():
                is_head = pull.head_repository is self and pull.head == branch
                is_base = pull.repository is self and pull.base == branch
                if is_head or is_base:
                    pull.moved(ref if pull.repository is self else "", actor)

    def commit(
        self, branch: str, changes: Mapping[str, Content], message: str, author: User
    ) -> str:
        """A commit on a branch (made where it is missing, from the default one); its hash."""
        branches = self.branches
        if branch not in branches and self.default_branch in branches:
            self.git.update(f"refs/heads/{branch}", branches[self.default_branch])
        oid = self.git.commit(branch, changes, message, author.address, at=self.now())
        self.moved(f"refs/heads/{branch}", author)
        return oid

    def open_pull(
        self,
        author: User,
        head: str,
        base: str,
        title: str,
        body: str = "",
        *,
        source: Repository | None = None,
        draft: bool = False,
        maintainer_can_modify: bool = True,
    ) -> PullRequest:
        """Open a pull request. :class:`Refusal` with GitHub's words where it would answer 422."""
        source = source or self
        head_oid, base_oid = source.branches.get(head), self.branches.get(base)
        if head_oid is None:
            raise Refusal("head", "invalid")
        if base_oid is None:
            raise Refusal("base", "invalid")
        label = f"{source.owner.login}:{head}"
        if any(
            one.is_open and one.head == head and one.head_repository is source and one.base == base
            for one in self.pulls.values()
        ):
            raise Refusal(f"A pull request already exists for {label}.", "custom")
        if source is not self:
            self.git.fetch(source.git, head_oid)
        if self.git.count(base_oid, head_oid) == 0:
            raise Refusal(
                f"No commits between {base} and {head if source is self else label}", "custom"
            )
        number = len(self.pulls) + 1
        pull = PullRequest(
            self, number, self.next_id(), author, title, body, base, head, source, head_oid,
            self.now(), self.now(), draft, maintainer_can_modify=maintainer_can_modify,
        )  # fmt: skip
        self.pulls[number] = pull
        pull.follow()
        return pull
