"""What a list tells of a repository, before anything else is asked about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.forge.fields import Fields
from bot.forge.overview import login

_ENDINGS = (".yml", ".yaml")
_KEPT = 3
"""Pull requests that are kept of a repository, where no more are open."""


@dataclass(frozen=True, slots=True)
class FoundPull:
    """A pull request of the program.

    Attributes:
        updated: as GitHub writes it; it changes with whatever is done to the pull request.
        state: ``OPEN``, ``CLOSED`` or ``MERGED``.
        mergeable: ``MERGEABLE``, ``CONFLICTING`` or ``UNKNOWN``.
        merged: when, as GitHub writes it; empty where it is not.
        node: GraphQL's name for it.
    """

    number: int
    url: str
    state: str
    head: str
    updated: str
    draft: bool
    mergeable: str
    merged: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A repository that was discovered.

    Attributes:
        id: GitHub's number for it, which stays when it is renamed or moved; 0 with a problem.
        node: GraphQL's name for it.
        repository: ``owner/name`` as it is today; with a problem what was asked for.
        branch: the default branch's name; empty where there is none.
        head: the commit that it stands at; likewise.
        tree: the hash of ``.github/workflows``; empty where there is no such folder.
        workflows: (file's name, hash) of what lies in it and is named like a workflow.
        settings_oid: the hash of the repository's settings file; empty where there is none.
        branches: those of the program, as far as they are known.
        refs: of each of them, the commit it stands at; empty where it is not there.
        pulls: the program's own pull requests from those branches, the last updated first: those
            that are open, and of the others what fills them up to three.
        visibility: ``public``, ``private`` or ``internal``.
        language: the one that most of it is written in; empty where GitHub tells none.
        size: KB on GitHub's disks.
        pushed: when somebody last pushed to it, UTC.
        problem: why nothing is known of it, as a sentence without its name; empty otherwise.
    """

    repository: str
    id: int = 0
    node: str = ""
    branch: str = ""
    head: str = ""
    tree: str = ""
    workflows: tuple[tuple[str, str], ...] = ()
    settings_oid: str = ""
    branches: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    pulls: tuple[FoundPull, ...] = ()
    topics: tuple[str, ...] = ()
    visibility: str = ""
    language: str = ""
    archived: bool = False
    disabled: bool = False
    empty: bool = False
    fork: bool = False
    template: bool = False
    size: int = 0
    pushed: datetime | None = None
    problem: str = ""

    @property
    def key(self) -> int:
        """A number that is always the same for it; below 0 where GitHub's is not known."""
        digest = hashlib.sha256(self.repository.lower().encode()).digest()
        return self.id or -1 - int.from_bytes(digest[:7])

    @property
    def pull(self) -> FoundPull | None:
        """The program's open pull request; the one that was last updated where it has several."""
        return next((one for one in self.pulls if one.state == "OPEN"), None)


def read(node: Fields, branches: tuple[str, ...], viewer: str) -> Found:
    """A repository of an answer to ``page.graphql``.

    Args:
        branches: those that were asked for.
        viewer: whose token it was asked with.

    Raises:
        ForgeError: the answer is not shaped as it should be.
    """
    base = node.child_or_none("defaultBranchRef")
    language = node.child_or_none("primaryLanguage")
    tree = node.child_or_none("workflows")
    # What is not a folder, such as a link, has no entries, and GitHub runs nothing in it.
    entries = () if tree is None else tree.children("entries")
    numbers = range(len(branches))
    pulls = [one for at in numbers for one in node.nodes(f"pulls{at}") if _is_own(one, viewer)]
    return Found(
        repository=node.text("nameWithOwner"),
        id=node.number("databaseId"),
        node=node.text("id"),
        branch="" if base is None else base.text("name"),
        head=_oid(base),
        tree="" if tree is None else tree.text_or_none("oid") or "",
        workflows=tuple(
            (one.text("name"), one.text("oid"))
            for one in entries
            if one.text("type") == "blob" and one.text("name").endswith(_ENDINGS)
        ),
        settings_oid=_text(node.child_or_none("settings"), "oid"),
        branches=branches,
        refs=tuple(_oid(node.child_or_none(f"ref{at}")) for at in numbers),
        pulls=_kept([_pull(one) for one in pulls]),
        topics=tuple(one.child("topic").text("name") for one in node.nodes("repositoryTopics")),
        visibility=node.text("visibility").lower(),
        language=_text(language, "name"),
        archived=node.flag("isArchived"),
        disabled=node.flag("isDisabled"),
        empty=node.flag("isEmpty"),
        fork=node.flag("isFork"),
        template=node.flag("isTemplate"),
        size=node.number_or_none("diskUsage") or 0,
        pushed=node.moment_or_none("pushedAt"),
    )


def _text(fields: Fields | None, name: str) -> str:
    return "" if fields is None else fields.text(name)


def _oid(reference: Fields | None) -> str:
    target = None if reference is None else reference.child_or_none("target")
    return _text(target, "oid")


def _is_own(pull: Fields, viewer: str) -> bool:
    """Whether the program made it: anybody can make one from a fork, of a branch of that name.

    As in :mod:`bot.life.past`, it counts too where its branch is in the repository itself, so that
    somebody made it who may push to that: what another account has begun is gone on with.
    """
    author = pull.child_or_none("author")
    mine = author is not None and login(author).lower() == viewer.lower()
    return mine or not pull.flag("isCrossRepository")


def _kept(pulls: list[FoundPull]) -> tuple[FoundPull, ...]:
    last = sorted(pulls, key=lambda one: (one.updated, one.number), reverse=True)
    opened = sum(one.state == "OPEN" for one in last)
    first = sorted(last, key=lambda one: one.state != "OPEN")[: max(_KEPT, opened)]
    return tuple(one for one in last if one in first)


def _pull(pull: Fields) -> FoundPull:
    return FoundPull(
        number=pull.number("number"),
        url=pull.text("url"),
        state=pull.text("state"),
        head=pull.text("headRefOid"),
        updated=pull.text("updatedAt"),
        draft=pull.flag("isDraft"),
        mergeable=pull.text("mergeable"),
        merged=pull.text_or_none("mergedAt") or "",
        node=pull.text("id"),
    )
