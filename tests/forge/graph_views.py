"""GraphQL's view of repositories, pull requests and accounts: a field's name in snake case."""

from __future__ import annotations

import re
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from tests.forge import shapes
from tests.forge.graph_git import Connection, Ref, connection, git_object
from tests.forge.people import Role, Token, User
from tests.forge.pulls import Comment, Event, PullRequest
from tests.forge.repository import Repository
from tests.forge.rights import role_with, sees

_TEMPLATE = re.compile(
    r"(\.github/|docs/)?pull_request_template(\.md|\.txt|/[^/]+\.(md|txt))?", re.IGNORECASE
)


def account(base: str, user: User | None) -> Any:
    """An actor or owner; a bot's login is without ``[bot]`` here."""
    if user is None:
        return None
    login = user.login.removesuffix("[bot]")
    return SimpleNamespace(
        typename=user.kind, login=login, database_id=user.id, id=f"U_{user.id}", name=None,
        url=f"{base}/{login}", avatar_url=lambda **_: f"{base}/avatars/{user.id}",
    )  # fmt: skip


class RepositoryView:
    """A repository, as a token sees it."""

    typename = "Repository"

    def __init__(self, place: Repository, token: Token) -> None:
        self._place, self._token = place, token
        self.id = place.node_id
        self.database_id = place.id
        self.name = place.name
        self.name_with_owner = place.full_name
        self.owner = account(place.web_base, place.owner)
        self.url = place.web_url
        self.description = place.description
        self.created_at = shapes.at(place.created)
        self.visibility = place.visibility.upper()
        self.is_private = place.private
        self.is_archived = place.archived
        self.is_disabled = place.disabled
        self.is_fork = place.parent is not None
        self.is_template = place.template
        self.disk_usage = place.kilobytes
        self.pushed_at = shapes.at(place.pushed_at)
        self.forking_allowed = place.forks_allowed
        self.viewer_default_merge_method = place.merge_method

    @property
    def primary_language(self) -> Any:
        """What most of it is written in."""
        name = self._place.language
        return SimpleNamespace(id=f"L_{name}", name=name) if name else None

    @property
    def is_empty(self) -> bool:
        """Whether it has no branch."""
        return not any(name.startswith("refs/heads/") for name in self._refs)

    @cached_property
    def _refs(self) -> dict[str, str]:
        return self._place.git.refs() if self._place.ready else {}

    @property
    def parent(self) -> RepositoryView | None:
        """What it is a fork of, where the token sees that."""
        parent = self._place.parent
        return RepositoryView(parent, self._token) if parent and sees(self._token, parent) else None

    @property
    def viewer_permission(self) -> str | None:
        """What the token may do."""
        role = role_with(self._token, self._place)
        return None if role == Role.NONE else role.name

    @property
    def viewer_can_administer(self) -> bool:
        """Whether the token may do anything."""
        return role_with(self._token, self._place) == Role.ADMIN

    @property
    def default_branch_ref(self) -> Ref | None:
        """Its default branch, once it is there."""
        return self.ref(f"refs/heads/{self._place.default_branch}")

    @property
    def pull_request_templates(self) -> list[Any]:
        """The templates of its default branch."""
        place = self._place
        if not place.branches:
            return []
        names = place.git.run("ls-tree", "-r", "-z", "--name-only", place.head).split("\0")
        return [
            SimpleNamespace(filename=name.rpartition("/")[2], body=place.text(name))
            for name in names
            if _TEMPLATE.fullmatch(name)
        ]

    def object(self, expression: str | None = None, oid: str | None = None) -> Any:
        """What git finds."""
        return git_object(self._place, oid or expression or "")

    def ref(self, qualified_name: str) -> Ref | None:
        """A ref by its full name, else by a short one."""
        refs = self._refs
        for start in ("", "refs/", "refs/tags/", "refs/heads/"):
            full = start + qualified_name
            if full in refs and full.count("/") >= 2:
                return Ref(self._place, full, self)
        return None

    def repository_topics(self, **page: Any) -> Connection[Any]:
        """Its topics."""
        topics = [
            SimpleNamespace(id=f"RT_{name}", topic=SimpleNamespace(id=f"T_{name}", name=name))
            for name in self._place.topics
        ]
        return connection(topics, **page)

    def pull_request(self, number: int) -> PullView | None:
        """One of its pull requests."""
        found = self._place.pulls.get(number)
        return PullView(found, self._token) if found else None

    def pull_requests(
        self,
        head_ref_name: str | None = None,
        base_ref_name: str | None = None,
        states: list[str] | None = None,
        labels: list[str] | None = None,
        order_by: dict[str, str] | None = None,
        **page: Any,
    ) -> Connection[PullView]:
        """Its pull requests."""
        found = [
            one
            for one in self._place.pulls.values()
            if head_ref_name in (None, one.head)
            and base_ref_name in (None, one.base)
            and (not states or one.state in states)
            and (not labels or set(labels) & set(one.labels))
        ]
        order = order_by or {"field": "CREATED_AT", "direction": "ASC"}
        keys = {
            "CREATED_AT": lambda one: (one.created, one.number),
            "UPDATED_AT": lambda one: (one.updated, one.number),
            "COMMENTS": lambda one: (len(one.comments), one.number),
        }
        found.sort(key=keys[order["field"]], reverse=order["direction"] == "DESC")
        return connection([PullView(one, self._token) for one in found], **page)


class PullView:
    """A pull request, as a token sees it."""

    typename = "PullRequest"

    def __init__(self, pull: PullRequest, token: Token) -> None:
        self._pull, self._token = pull, token
        place = pull.repository
        self._base = place.web_base
        self.id = pull.node_id
        self.number = pull.number
        self.url = pull.url
        self.title, self.body = pull.title, pull.body
        self.state, self.closed = pull.state, not pull.is_open
        self.is_draft = pull.draft
        self.is_in_merge_queue = pull.in_merge_queue
        self.is_cross_repository = pull.from_fork
        self.maintainer_can_modify = pull.maintainer_can_modify
        self.merged = pull.state == "MERGED"
        self.created_at = shapes.at(pull.created)
        self.updated_at = shapes.at(pull.updated)
        self.closed_at = shapes.at(pull.closed)
        self.merged_at = shapes.at(pull.merged)
        self.merged_by = account(self._base, pull.merged_by)
        self.author = account(self._base, pull.author)
        self.base_ref_name = pull.base
        self.base_ref_oid = place.branches.get(pull.base, pull.head_oid)
        self.head_ref_name = pull.head
        self.head_ref_oid = pull.head_oid

    @property
    def mergeable(self) -> str:
        """Whether git can merge it; ``UNKNOWN`` as often as the test said, and once closed."""
        if self._pull.mergeable_unknown:
            self._pull.mergeable_unknown -= 1
            return "UNKNOWN"
        found = self._pull.mergeable()
        return {None: "UNKNOWN", True: "MERGEABLE", False: "CONFLICTING"}[found]

    @property
    def merge_commit(self) -> Any:
        """What its base branch got."""
        commit = self._pull.merge_commit
        return git_object(self._pull.repository, commit) if commit else None

    def _source(self) -> Repository | None:
        source = self._pull.head_repository
        return source if source and sees(self._token, source) else None

    @property
    def head_repository(self) -> RepositoryView | None:
        """Where its branch is."""
        source = self._source()
        return RepositoryView(source, self._token) if source else None

    @property
    def head_repository_owner(self) -> Any:
        """Whose repository that is."""
        source = self._source()
        return account(self._base, source.owner) if source else None

    @property
    def head_ref(self) -> Ref | None:
        """Its branch, while it is there."""
        view = self.head_repository
        return view.ref(f"refs/heads/{self._pull.head}") if view else None

    @property
    def repository(self) -> RepositoryView:
        """Where it is opened."""
        return RepositoryView(self._pull.repository, self._token)

    def files(self, **page: Any) -> Connection[Any]:
        """The files that its commits change."""
        git, found = self._pull.repository.git, self._pull.history()
        paths = git.changed(f"{found[0]}^", found[-1]) if found else ()
        return connection([SimpleNamespace(path=path) for path in paths], **page)

    def commits(self, **page: Any) -> Connection[Any]:
        """Its commits, the oldest first."""
        place = self._pull.repository
        found = [
            SimpleNamespace(id=f"PRC_{oid}", commit=git_object(place, oid))
            for oid in self._pull.history()
        ]
        return connection(found, **page)

    def labels(self, **page: Any) -> Connection[Any]:
        """Its labels."""
        found = [SimpleNamespace(id=f"LA_{name}", name=name) for name in self._pull.labels]
        return connection(found, **page)

    def _comment(self, one: Comment) -> Any:
        return SimpleNamespace(
            typename="IssueComment",
            id=f"IC_{one.id}",
            author=account(self._base, one.author),
            body=one.body,
            created_at=shapes.at(one.at),
        )

    def comments(self, **page: Any) -> Connection[Any]:
        """Its comments."""
        return connection([self._comment(one) for one in self._pull.comments], **page)

    def timeline_items(
        self,
        item_types: list[str] | None = None,
        **page: Any,
    ) -> Connection[Any]:
        """What happened to it."""
        comments = iter(self._pull.comments)
        wanted = {"".join(part.capitalize() for part in one.split("_")) for one in item_types or ()}
        found = []
        for number, one in enumerate(self._pull.timeline):
            item = (
                self._comment(next(comments))
                if one.kind == "IssueComment"
                else self._event(number, one)
            )
            if not wanted or one.kind in wanted:
                found.append(item)
        return connection(found, **page)

    def _event(self, number: int, one: Event) -> Any:
        return SimpleNamespace(
            typename=one.kind,
            id=f"E_{self._pull.id}_{number}",
            actor=account(self._base, one.actor),
            created_at=shapes.at(one.at),
            label=SimpleNamespace(id=f"LA_{one.label}", name=one.label),
        )
