"""All that the stand-in knows: accounts, repositories, tokens and apps, and its clock."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.forge.actors import Actor
from tests.forge.bare import Bare
from tests.forge.light import Light
from tests.forge.people import App, Role, Token, User
from tests.forge.repository import Repository


class World:
    """The state. ``lock`` is held while anything of it is read or changed.

    Attributes:
        base: ``http://127.0.0.1:PORT``.
        fork_delay: seconds until a new fork's git data are there.
        tokens_last: how long a token of an app's installation is good.
        version: of a GitHub Enterprise Server, in ``/meta``; empty for github.com.
    """

    def __init__(self, folder: Path, hooks: Path) -> None:
        self.folder = folder
        self.hooks = hooks
        self.base = ""
        self.lock = threading.RLock()
        self.fork_delay = 0.2
        self.tokens_last = timedelta(hours=1)
        self.version = ""
        self.ahead = timedelta()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.apps: dict[int, App] = {}
        self._repositories: dict[str, Repository] = {}
        self._ids = itertools.count(1001)

    def now(self) -> datetime:
        """The time, ahead of the clock where a test says so."""
        return datetime.now(UTC) + self.ahead

    def next_id(self) -> int:
        """A number that nothing has yet."""
        return next(self._ids)

    def user(self, login: str, kind: str = "") -> User:
        """An account, made where it is missing; a login that ends with ``[bot]`` is a bot's."""
        known = self.users.get(login.lower())
        if known is None:
            kind = kind or ("Bot" if login.endswith("[bot]") else "User")
            known = self.users[login.lower()] = User(login, self.next_id(), kind)
        return known

    def __iter__(self) -> Iterator[Repository]:
        return iter(tuple(self._repositories.values()))

    def add(
        self,
        full_name: str,
        branch: str = "main",
        parent: Repository | None = None,
        light: Mapping[str, str] | None = None,
    ) -> Repository:
        """A new repository, empty or a fork. ``ValueError``: there is one of that name.

        ``light``: the files of its only commit; it is on disk only once that is needed.
        """
        known = self._repositories.get(full_name.lower())
        if known is not None and not known.deleted:
            raise ValueError(f"name already exists on this account: {full_name}")
        owner, name = full_name.split("/")
        number = self.next_id()
        folder = self.folder / f"{number}.git"
        git = (
            Bare.create(folder, branch, self.hooks, parent.git if parent else None)
            if light is None
            else Light(folder, self.hooks, branch, light, self.user("mona").address, self.now())
        )
        made = Repository(
            self.user(owner), name, number, git, self.base, self.now, self.next_id, self.now(),
            default_branch=branch, parent=parent,
        )  # fmt: skip
        made.by = lambda login: Actor(self.user(login), made)
        made.collaborators[made.human_login] = Role.ADMIN
        self._repositories[full_name.lower()] = made
        if parent:
            made.private = parent.private
            parent.forks.append(made)
        return made

    def find(self, full_name: str) -> tuple[Repository | None, bool]:
        """A repository by a name it has or had, and whether it had it."""
        name = full_name.lower().removesuffix(".git")
        found = self._repositories.get(name)
        if found is not None:
            return (None, False) if found.deleted else (found, False)
        for one in self:
            if name in (old.lower() for old in one.old_names) and not one.deleted:
                return one, True
        return None, False

    def by_id(self, number: int) -> Repository | None:
        """A repository by its number."""
        return next((one for one in self if one.id == number and not one.deleted), None)

    def rename(self, repository: Repository, full_name: str) -> None:
        """Give a repository another name or owner; the old one leads to it."""
        del self._repositories[repository.full_name.lower()]
        repository.old_names.append(repository.full_name)
        owner, repository.name = full_name.split("/")
        repository.owner = self.user(owner)
        self._repositories[full_name.lower()] = repository

    def close(self) -> None:
        """End the processes of all repositories."""
        for one in self:
            one.git.close()
