"""What inference may look at: the files of one checkout, and a small door to the network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from bot.permissions.evidence import Lost
from bot.workflow import document, reader
from bot.workflow.document import DocumentError
from bot.workflow.model import Action, Workflow

MAX_WORK = 30_000
"""Steps, commands, variables and lines that are read for one file. (Ten times what the largest real
workflow known takes; scripts that start one another can ask for any number.)"""


_GUARD = re.compile(r"github\.repository\s*==\s*'([\w.-]+/[\w.-]+)'")


class Files(Protocol):
    """The files of a checkout, named from its root with forward slashes."""

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none that can be read as text."""

    def workflows(self) -> tuple[str, ...]:
        """The paths of the workflow files, sorted."""


class Context(Protocol):
    """What only the network knows. Every answer is text as it was read, or None."""

    def action(self, reference: str) -> str | None:
        """The ``action.yml`` of ``owner/repo[/path]@ref``."""

    def workflow(self, reference: str) -> str | None:
        """The file of ``owner/repo/.github/workflows/x.yml@ref``, for a ref that is a commit."""

    def source(self, reference: str, path: str) -> str | None:
        """A file of the repository of an action, by its path from that repository's root."""


class Offline:
    """A :class:`Context` that knows nothing."""

    def action(self, reference: str) -> None:
        """None, always."""

    def workflow(self, reference: str) -> None:
        """None, always."""

    def source(self, reference: str, path: str) -> None:
        """None, always."""


_REMOTE = re.compile(r"([\w.-]+/[\w.-]+@[^:]+):/(.+)", re.DOTALL)


def remote_root(reference: str) -> str:
    """The folder that stands, in paths, for the root of the repository of a remote action."""
    place, _, ref = reference.partition("@")
    return f"{'/'.join(place.split('/')[:2])}@{ref}:"


@dataclass(frozen=True, slots=True)
class _Everywhere:
    """The checkout's files, and those of remote actions below their :func:`remote_root`."""

    files: Files
    context: Context

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none that can be read as text."""
        if "@" in path:
            remote = _REMOTE.fullmatch(path)
            if remote is not None:
                return self.context.source(remote[1], remote[2])
        return self.files.read(path)

    def workflows(self) -> tuple[str, ...]:
        """The paths of the checkout's workflow files, sorted."""
        return self.files.workflows()


@dataclass(slots=True)
class World:
    """One repository as inference sees it; what was read is kept.

    Attributes:
        files: those of the checkout; those of remote actions are read below
            :func:`remote_root`.
        origin: ``owner/name``, where a remote or the caller tells it.
        lost: scopes without which runs of its jobs have failed.
        work: what was read for the file that is being judged; see :data:`MAX_WORK`.
    """

    files: Files
    context: Context = field(default_factory=Offline)
    origin: str | None = None
    lost: tuple[Lost, ...] = ()
    work: int = 0
    _guarded: str | None = None
    _workflows: dict[str, Workflow | None] = field(default_factory=dict)
    _actions: dict[str, Action | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = _Everywhere(self.files, self.context)

    @property
    def repository(self) -> str | None:
        """``owner/name``: what was given, else what the workflows compare their repository with.

        A guard such as ``if: github.repository == 'owner/name'`` names the repository that the
        workflows are written for; where two are named, neither counts.
        """
        if self.origin is None and self._guarded is None:
            texts = (self.files.read(path) or "" for path in self.files.workflows())
            named = {name.lower() for text in texts for name in _GUARD.findall(text)}
            self._guarded = named.pop() if len(named) == 1 else ""
        return self.origin or self._guarded or None

    def workflow(self, path: str) -> Workflow | None:
        """The workflow at a path of the checkout; None where there is none that can be read."""
        if path not in self._workflows:
            self._workflows[path] = _workflow(path, self.files.read(path))
        return self._workflows[path]

    def remote_workflow(self, reference: str) -> Workflow | None:
        """The workflow that a pinned remote reference names, if it is at hand."""
        # Asked each time: the context notes for which file.
        text = self.context.workflow(reference)
        if reference not in self._workflows:
            self._workflows[reference] = _workflow(reference, text)
        return self._workflows[reference]

    def action(self, folder: str) -> Action | None:
        """The action in a folder of the checkout."""
        if folder not in self._actions:
            found = None
            for name in ("action.yml", "action.yaml"):
                path = f"{folder}/{name}" if folder else name
                found = found or _action(path, self.files.read(path))
            self._actions[folder] = found
        return self._actions[folder]

    def remote_action(self, reference: str) -> Action | None:
        """The action that a remote reference names, if its metadata is at hand."""
        text = self.context.action(reference)
        if reference not in self._actions:
            self._actions[reference] = _action(reference, text)
        return self._actions[reference]


def _workflow(path: str, text: str | None) -> Workflow | None:
    if text is None:
        return None
    try:
        return reader.read_workflow(document.parse(path, text))
    except DocumentError:
        return None


def _action(path: str, text: str | None) -> Action | None:
    if text is None:
        return None
    try:
        return reader.read_action(document.parse(path, text))
    except DocumentError:
        return None
