"""What a pull request's text says of the place it is opened in: what only the forge knows.

As in :mod:`bot.facts`, nothing here is Markdown and nothing is cut. Nothing of it shapes an edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

DefaultPermissions = Literal["read", "write"]
"""``default_workflow_permissions``: what a token may do where no file states permissions."""


class Answered(Protocol):
    """A file of another repository that was read; see :class:`bot.answers.Answer`."""

    @property
    def reference(self) -> str:
        """What was asked for: ``owner/repo[/path]@ref``."""

    @property
    def commit(self) -> str:
        """What the ref stood for."""

    @property
    def path(self) -> str:
        """The file's path in that repository."""

    @property
    def blob(self) -> str:
        """The file's git hash."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The last run of a workflow that went through before one failed.

    Attributes:
        url: its page.
        ref: the tag or branch.
        hours: how long before the failed one it was started.
        same_file: whether both ran the same text of the workflow; None where that was not seen.
    """

    number: int
    url: str
    ref: str
    hours: float
    same_file: bool | None = None


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that died of a missing permission.

    Attributes:
        path: the workflow's file.
        number: the run's number, as people name it.
        url: its page.
        event: what started it.
        ref: the tag, version or branch.
        job: the job's name, as the run shows it.
        step: the step's, likewise.
        message: what the log says; empty where no log was had.
        minutes: what had been spent before the step failed, from the run's start.
        date: when it ended, ``2026-01-31``.
        held: what the job's token had, as the top of its log says (``Contents: read``); empty where
            it was not seen.
        earlier: the run before that went through, if one was seen.
    """

    path: str
    number: int
    url: str
    event: str
    ref: str
    job: str
    step: str
    message: str
    minutes: float
    date: str
    held: tuple[str, ...] = ()
    earlier: EarlierRun | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where a pull request is opened, and what was seen there.

    Attributes:
        repository: ``owner/name``; empty where it isn't known.
        web_url: ``https://github.com`` or another server's, without a slash at its end. Empty
            where it isn't known whether the commit that was read is there: then nothing is linked.
        branch: Clearance's own branch; empty where nobody looks after the pull request.
        failed: runs that died of what is mended here, the one to tell of first.
        defaults: the setting for workflows without permissions; None where it was not read.
        seen_secrets: names of the secrets that are stored; None where they were not read.
        confirmed: whether somebody has ticked the box that says that they are stored.
        answers: what was read of other repositories and shaped an edit.
        linters: those that were run on the changed files and found nothing new.
        template: the repository's template for pull requests, Markdown of somebody else's.
        refused: how many findings are left out, since a human refused them before.
        split: whether each remedy gets a pull request of its own.
        evidence: where the file with the evidence is that had no room, an address or a path;
            empty where it was written beside the body.
    """

    repository: str = ""
    web_url: str = ""
    branch: str = ""
    failed: tuple[FailedRun, ...] = ()
    defaults: DefaultPermissions | None = None
    seen_secrets: frozenset[str] | None = None
    confirmed: bool = False
    answers: tuple[Answered, ...] = ()
    linters: tuple[str, ...] = ()
    template: str = ""
    refused: int = 0
    split: bool = False
    evidence: str = ""


NOWHERE = Circumstances()
"""A checkout of which nothing else is known."""
