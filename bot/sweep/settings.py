"""What a sweep is told: where to look, what to leave out, how fast, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """Which repositories a sweep goes through, and how.

    Attributes:
        organisations: logins of organisations whose repositories are looked at.
        users: logins of users whose repositories are looked at.
        installation: all repositories that the app was installed on.
        repositories: those that are looked at one by one, each as ``owner/name``.
        search: a query of GitHub's search for repositories; empty for none.
        include: patterns of ``owner/name`` or of a name, of which one is needed; empty for all.
        exclude: patterns of ``owner/name`` or of a name that are left out.
        topics: those of which a repository needs one; empty for no matter.
        languages: those of which a repository's main one must be; empty for no matter.
        visibility: those that are looked at; empty for all.
        archived: archived repositories are looked at too (nothing can be done about them).
        forks: forks are looked at too.
        templates: templates are looked at too.
        largest: the most MB that a repository may have; 0 for no limit.
        pushed_within: days since the last push; 0 for no matter.
        canaries: repositories that get their pull requests first; 0 for none.
        go: what makes the others follow: the canaries' merged workflows have run, or a human.
        give_back: a scope that a job lacked in a run after a merge is proposed for it.
        workers: repositories that are scanned at a time.
        executor: where repositories are scanned.
        scheduler: the address of Dask's scheduler.
        most_open: pull requests of the program that may be open in all; 0 for no limit.
        most_new: pull requests that a sweep opens at most; 0 for no limit.
        window: the hours of a day, UTC, in which pull requests are opened: ``22-6``; empty for all.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    organisations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    installation: bool = False
    repositories: tuple[str, ...] = ()
    search: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    visibility: tuple[Literal["public", "private", "internal"], ...] = ()
    archived: bool = False
    forks: bool = False
    templates: bool = True
    largest: int = 0
    pushed_within: int = 0
    canaries: int = 5
    go: Literal["when-run", "when-told"] = "when-run"
    give_back: bool = False
    workers: int = 8
    executor: Literal["threads", "dask"] = "threads"
    scheduler: str = ""
    most_open: int = 0
    most_new: int = 0
    window: str = ""
