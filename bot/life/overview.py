"""What GitHub knows of a repository before anything is decided about it: plain facts.

:mod:`bot.forge.overview` asks for them, in one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PullState(StrEnum):
    """Where a pull request has got to."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


@dataclass(frozen=True, slots=True)
class Limits:
    """The rate limit of GraphQL: points left, points an hour, and when they are all back."""

    remaining: int
    limit: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose token it is: a user's, or an app's (``name[bot]``); ``id`` is None where not told."""

    login: str
    id: int | None


@dataclass(frozen=True, slots=True)
class Base:
    """The default branch, and the commit that it stands at."""

    name: str
    oid: str


@dataclass(frozen=True, slots=True)
class Head:
    """The commit that a branch stands at; of its parents three at most."""

    oid: str
    message: str
    tree: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something on GitHub; an app is a bot, a user's account that a program uses is not."""

    login: str
    is_bot: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A pull request template of the repository; ``body`` is anything that people can write."""

    filename: str
    body: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request from a branch of the asked name, in whichever fork that branch is.

    Attributes:
        id: for mutations.
        mergeable: ``MERGEABLE``, ``CONFLICTING`` or ``UNKNOWN`` (GitHub has yet to work it out).
        queued: whether it stands in a merge queue.
        closed: when; a merge closes too. None while it is open.
        base: the branch that it is to go into.
        author: a login, an app's as ``name[bot]``; None where the account is gone.
        head_oid: where its branch stood last.
        head_repository: ``owner/name``; None where it is gone.
        head: where its branch stands; None where the branch is gone.
        closed_by: who closed it last, merged or not; None: nobody yet, or the account is gone.
    """

    id: str
    number: int
    url: str
    state: PullState
    title: str
    body: str
    draft: bool
    mergeable: str
    queued: bool
    created: datetime
    closed: datetime | None
    base: str
    author: str | None
    head_oid: str
    head_repository: str | None
    head: Head | None
    labels: tuple[str, ...]
    closed_by: Actor | None


@dataclass(frozen=True, slots=True)
class Overview:
    """A repository as it stands on GitHub.

    Attributes:
        repository: ``owner/name`` as it is today: not what was asked for where that was renamed.
        url: for people.
        visibility: ``PUBLIC``, ``PRIVATE`` or ``INTERNAL``.
        permission: what the token's user may: ``ADMIN``, ``MAINTAIN``, ``WRITE``, ``TRIAGE``,
            ``READ``; None where GitHub does not tell.
        base: None in a repository without commits.
        subjects: first lines of the last commits that are no merges, newest first.
        settings_text: the repository's ``.github/clearance.yml``; None where there is none.
        branch: where the asked branch stands in this repository; None where it is not there.
        pulls: newest first, 20 at most.
    """

    repository: str
    url: str
    visibility: str
    archived: bool
    disabled: bool
    empty: bool
    fork: bool
    permission: str | None
    base: Base | None
    subjects: tuple[str, ...]
    topics: tuple[str, ...]
    settings_text: str | None
    templates: tuple[Template, ...]
    viewer: Viewer
    branch: Head | None
    pulls: tuple[Pull, ...]
    limits: Limits | None
