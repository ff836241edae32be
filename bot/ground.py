"""What all branches of one repository have in common: the client, and one clone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from bot.apart import Apart
from bot.forge import network, reading
from bot.forge.cache import Cache
from bot.forge.checkout import Clone, clone
from bot.forge.client import Client
from bot.forge.reading import Read
from bot.life.contexts import Push
from bot.life.overview import Overview
from bot.permissions.evidence import Lost
from bot.settings import Settings
from bot.snapshot import Snapshot
from bot.tree import Tree


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done.

    Attributes:
        repository: ``owner/name``.
        settings: the text of the operator's settings; None for the defaults.
        widen: overrides the setting.
        dry: nothing is pushed, opened, changed or closed.
        brief: what is to be done is told, and nothing of it is done, or written.
        public: what is printed can be read by everybody.
        page: the address of the run that this is; empty where it is none of GitHub Actions.
        lost: scopes without which runs of the repository have failed; they are given back.
    """

    repository: str
    settings: str | None
    widen: bool = False
    dry: bool = False
    brief: bool = False
    public: bool = False
    page: str = ""
    lost: tuple[Lost, ...] = ()


@dataclass(slots=True)
class Ground:
    """A context manager; the clone is made when something is first read."""

    client: Client
    order: Order
    apart: Apart
    cache: Cache
    folder: Path
    _clone: Clone | None = field(default=None, init=False)
    _first: Snapshot | None = field(default=None, init=False)

    def __enter__(self) -> Ground:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._clone is not None:
            self._clone.__exit__(kind, error, trace)

    @property
    def web_url(self) -> str:
        """The forge's page, without a slash at its end."""
        return web_url(self.client.api_url)

    def git_url(self, repository: str) -> str:
        """The address of a repository for git."""
        return f"{self.web_url}/{repository}.git"

    def clone(self, seen: Overview) -> Clone:
        """The clone of the default branch."""
        if self._clone is None:
            assert seen.base is not None  # noqa: S101 - an empty repository is not read
            self.apart.start()
            url = self.git_url(seen.repository)
            self._clone = clone(url, self.folder / "clone", seen.base.name, self.client.token())
        return self._clone

    def read(
        self,
        seen: Overview,
        settings: Settings,
        refused: frozenset[str],
        push: Push,
        lost: tuple[Lost, ...] = (),
    ) -> Read:
        """The repository, analysed.

        Raises:
            ForgeError: it can't be cloned.
            ApartError: see :class:`bot.apart.Apart`.
        """
        there = self.clone(seen)
        tree = Tree(there.repository, there.repository.commit(there.head).tree)
        if self._first is None:
            self._first = reading.first(there, tree, seen.repository)
        found = reading.read(
            there,
            tree,
            replace(self._first, lost=lost),
            lambda snapshot: self.apart.study(snapshot, settings, refused, push),
            lambda references: network.fetch(self.client, references, self.cache),
        )
        self._first = found.snapshot
        return found


def web_url(api_url: str) -> str:
    """The address for people that belongs to an API's."""
    parts = urlsplit(api_url)
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}"
