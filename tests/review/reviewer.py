"""Somebody who looks at the program's pull requests, with a token of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.apart import Apart
from bot.commands import Exit
from bot.forge.auth import from_environment
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.limiter import Limiter
from bot.life import state
from bot.life.state import State
from bot.review.desk import Desk
from bot.review.fetching import Review, review
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, HOME

Command = Callable[..., tuple[Exit, str, str]]
"""Runs ``review`` with parts of a wish; gives its exit code and what it wrote."""


@dataclass
class Reviewer:
    """Looks at pull requests; ``token`` is theirs, not the program's."""

    hub: GitHub
    apart: Apart
    folder: Path
    token: str = "ghp_" + "r" * 36
    limiter: Limiter = field(default_factory=Limiter)

    def desk(self, settings: str | None = None, *trusted: str) -> Desk:
        """What they look with."""
        environ = {"GH_TOKEN": self.token}
        credentials = from_environment(environ, self.hub.api_url, limiter=self.limiter)
        client = Client(credentials, HOME, api_url=self.hub.api_url, limiter=self.limiter)
        cache = Cache(self.folder / "cache")
        return Desk(client, self.apart, cache, settings, frozenset(trusted))

    def look(self, settings: str | None = None, *trusted: str, number: int = 1) -> Review:
        """Look at a pull request."""
        return review(self.desk(settings, *trusted), HOME, number)


def in_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it is the run of a public repository, whose log everybody can read."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", "/nowhere")


def told(repo: Repository, number: int = 1) -> State:
    """What the body of a pull request remembers."""
    found = state.read(repo.pulls[number].body)
    assert found is not None
    return found


def merged(repo: Repository) -> None:
    """Merge a pull request that changes nothing about its workflows."""
    human = repo.human
    human.create_branch("change")
    human.push({"CHANGE.md": "Changed.\n"}, branch="change")
    human.merge(human.open("change"))
    human.delete_branch("change")


def retell(repo: Repository, number: int = 1, **changes: object) -> None:
    """Write something else into the hidden block, as somebody does who may edit the body."""
    pull = repo.pulls[number]
    pull.body = state.put(pull.body, replace(told(repo, number), **changes))  # type: ignore[arg-type]


def amend(
    repo: Repository, tree: str = "", message: str = "", author: str = "", *, cover: bool
) -> str:
    """Put another commit into the place of the program's own; ``cover``: in the body, too."""
    git, own = repo.git, repo.branches[BRANCH]
    raw = git.read(own).decode()
    head, _, said = raw.partition("\n\n")
    fields = dict(line.split(" ", 1) for line in head.splitlines())
    who = author or fields["author"].rpartition(">")[0] + ">"
    name, _, address = who.partition(" <")
    environment = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": address.rstrip(">"),
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": address.rstrip(">"),
    }
    oid = git.run(
        "commit-tree", tree or fields["tree"], "-p", fields["parent"],
        data=(message or said).encode(), environment=environment,
    )  # fmt: skip
    repo.human.force_push(BRANCH, oid)
    if cover:
        retell(repo, head=oid)
    return oid
