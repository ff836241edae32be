"""What a list tells of a repository, before anything else is asked about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.forge.fields import Fields

_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class FoundPull:
    """A pull request from one of the program's branches.

    Attributes:
        updated: as GitHub writes it; it changes with whatever is done to the pull request.
        state: ``OPEN``, ``CLOSED`` or ``MERGED``.
        mergeable: ``MERGEABLE``, ``CONFLICTING`` or ``UNKNOWN``.
    """

    number: int
    url: str
    state: str
    head: str
    updated: str
    draft: bool
    mergeable: str


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
        refs: of each of the program's branches, the commit it stands at; empty where it is not
            there.
        pulls: the pull requests from those branches that were last updated, three of each.
        visibility: ``public``, ``private`` or ``internal``.
        language: the one that most of it is written in; empty where GitHub tells none.
        size: KB on GitHub's disks.
        pushed: when somebody last pushed to it, UTC.
        problem: why nothing is known of it, as a sentence without its name; empty otherwise.
        cursor: from where :func:`bot.sweep.discover.discover` goes on without missing any that
            come after this one.
    """

    repository: str
    id: int = 0
    node: str = ""
    branch: str = ""
    head: str = ""
    tree: str = ""
    workflows: tuple[tuple[str, str], ...] = ()
    settings_oid: str = ""
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
    cursor: str = ""

    @property
    def key(self) -> int:
        """A number that is always the same for it; below 0 where GitHub's is not known."""
        digest = hashlib.sha256(self.repository.lower().encode()).digest()
        return self.id or -1 - int.from_bytes(digest[:7])

    @property
    def pull(self) -> FoundPull | None:
        """The program's open pull request; the one that was last updated where it has several."""
        return next((one for one in self.pulls if one.state == "OPEN"), None)


def read(node: Fields, branches: int) -> Found:
    """A repository of an answer to ``page.graphql``, of which that many branches were asked for.

    Raises:
        ForgeError: the answer is not shaped as it should be.
    """
    base = node.child_or_none("defaultBranchRef")
    language = node.child_or_none("primaryLanguage")
    tree = node.child_or_none("workflows")
    # What is not a folder, such as a link, has no entries, and GitHub runs nothing in it.
    entries = () if tree is None else tree.children("entries")
    pulls = [one for at in range(branches) for one in node.nodes(f"pulls{at}")]
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
        refs=tuple(_oid(node.child_or_none(f"ref{at}")) for at in range(branches)),
        pulls=tuple(
            sorted(map(_pull, pulls), key=lambda one: (one.updated, one.number), reverse=True)
        ),
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


def _pull(pull: Fields) -> FoundPull:
    return FoundPull(
        number=pull.number("number"),
        url=pull.text("url"),
        state=pull.text("state"),
        head=pull.text("headRefOid"),
        updated=pull.text("updatedAt"),
        draft=pull.flag("isDraft"),
        mergeable=pull.text("mergeable"),
    )
