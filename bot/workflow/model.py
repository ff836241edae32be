"""Workflows, jobs, steps and actions as data, with the places where they stand.

Lines and columns count from 0. A :class:`Scalar` keeps the text as YAML means it; GitHub's
``${{ }}`` in it are left as they are (see :mod:`bot.workflow.expression`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from bot.permissions.scopes import Grants, everything
from bot.workflow.document import Document, Span

NOTHING: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A YAML scalar: its text, where it stands, and its style (``|``, ``>``, a quote, or None)."""

    text: str
    span: Span
    style: str | None = None

    def line_of(self, line: int) -> int:
        """The file's line on which line ``line`` of the text stands (exact for ``|`` blocks)."""
        if self.style in ("|", ">"):
            return min(self.span.line + 1 + line, max(self.span.line, self.span.end_line))
        return min(self.span.line + line, self.span.end_line)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a mapping: where it begins, and the last line of its value."""

    name: str
    line: int
    column: int
    end_line: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Permissions:
    """A ``permissions:`` key.

    Attributes:
        grants: what it gives; of ``read-all`` and ``write-all`` the scopes they stand for.
        shorthand: ``read-all``, ``write-all``, or None for a mapping.
        lines: scope → the line it stands on.
    """

    grants: Grants
    shorthand: Literal["read-all", "write-all"] | None
    span: Span
    lines: Mapping[str, int]

    @staticmethod
    def of_shorthand(word: Literal["read-all", "write-all"], span: Span) -> Permissions:
        """The permissions that a shorthand stands for."""
        grants = everything("read" if word == "read-all" else "write")
        return Permissions(grants, word, span, dict.fromkeys(grants, span.line))


@dataclass(frozen=True, slots=True)
class NeedsForm:
    """How ``needs`` is written: as one text, a list in brackets, or a list of lines.

    ``span``: of the text, or of the whole list; ``column``: of the dashes.
    """

    kind: Literal["scalar", "flow", "block"]
    span: Span
    column: int


@dataclass(frozen=True, slots=True)
class Dash:
    """Where the first item of a block list begins."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Image:
    """A container image that a job starts with: its name and the password of its registry."""

    name: Scalar
    password: Scalar | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job or of a composite action.

    Attributes:
        uses: the action's reference, or None for a ``run`` step.
        parallel: the number of the ``parallel:`` group that the step stands in, or None.
        tolerated: ``continue-on-error`` is there, and not plainly false.
        end_line: the last line of its text; None for an alias, whose text stands elsewhere.
    """

    index: int
    line: int
    id: str | None = None
    name: Scalar | None = None
    condition: Scalar | None = None
    uses: Scalar | None = None
    run: Scalar | None = None
    shell: Scalar | None = None
    working_directory: Scalar | None = None
    inputs: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    env: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    parallel: int | None = None
    tolerated: bool = False
    end_line: int | None = None

    @property
    def label(self) -> str:
        """How GitHub's log names the step: its name, else its action, else its first line."""
        if self.name is not None and self.name.text.strip():
            return " ".join(self.name.text.split())
        if self.uses is not None:
            return self.uses.text
        lines = self.run.text.strip().splitlines() if self.run else []
        return f"Run {lines[0].strip()}" if lines else f"step {self.index + 1}"


@dataclass(frozen=True, slots=True)
class Defaults:
    """``defaults.run``: the shell and the working directory of ``run`` steps."""

    shell: Scalar | None = None
    working_directory: Scalar | None = None


NO_DEFAULTS = Defaults()


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        line: the line of its id.
        keys: the keys of its mapping in their order; empty where it is written in flow style.
        shared: it is an anchor or an alias, so that an edit would change other jobs too.
        runs_on: labels; a text with ``${{ }}`` counts as one label.
        labels: of which each run of the job asks for one; empty where they can't be told.
        calls: the reusable workflow that the job is, or None for a job with steps.
        secrets: secrets handed to a reusable workflow; None for ``inherit``.
        outputs: what it hands to the jobs that need it.
        matrix: it may run several times, or be one of several.
        contained: its steps run in a container.
        environment: the name of the one that it runs in, or the empty text.
        cancels: a newer run may cancel it (``cancel-in-progress`` is not plainly false).
        tolerated: ``continue-on-error`` is there, and not plainly false.
        needs_form: how ``needs`` is written.
        steps_at: the dash of the first step; None where the steps are no block list of this job
            alone.
    """

    id: str
    line: int
    keys: tuple[Key, ...] = ()
    shared: bool = False
    name: Scalar | None = None
    needs: tuple[str, ...] = ()
    condition: Scalar | None = None
    runs_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    permissions: Permissions | None = None
    env: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    defaults: Defaults = NO_DEFAULTS
    images: tuple[Image, ...] = ()
    calls: Scalar | None = None
    inputs: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    secrets: Mapping[str, Scalar] | None = field(default_factory=lambda: NOTHING)
    steps: tuple[Step, ...] = ()
    outputs: Mapping[str, Scalar] = field(default_factory=lambda: NOTHING)
    matrix: bool = False
    contained: bool = False
    environment: str = ""
    cancels: bool = False
    tolerated: bool = False
    needs_form: NeedsForm | None = None
    steps_at: Dash | None = None

    def key(self, name: str) -> Key | None:
        """The job's key of this name."""
        return next((k for k in self.keys if k.name == name), None)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of an action, of a called workflow, or of a manual run."""

    default: Scalar | None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of ``on:`` with its activity types (empty: GitHub's defaults).

    ``filters``: the other keys below it: ``branches``, ``tags``, ``paths`` …
    """

    name: str
    types: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """One workflow file."""

    document: Document
    name: Scalar | None
    events: tuple[Event, ...]
    inputs: Mapping[str, Input]
    permissions: Permissions | None
    env: Mapping[str, Scalar]
    defaults: Defaults
    keys: tuple[Key, ...]
    jobs: tuple[Job, ...]
    cancels: bool = False

    @property
    def path(self) -> str:
        """The file's path in the repository."""
        return self.document.path

    @property
    def is_called(self) -> bool:
        """Whether other workflows can call this one."""
        return any(e.name == "workflow_call" for e in self.events)

    def job(self, job_id: str) -> Job | None:
        """The job of this id."""
        return next((j for j in self.jobs if j.id == job_id), None)

    def held(self, job: Job) -> Permissions | None:
        """The block that applies to a job: its own, else the workflow's, else None (a default)."""
        return job.permissions if job.permissions is not None else self.permissions


@dataclass(frozen=True)
class Action:
    """An action's metadata (``action.yml``).

    Attributes:
        using: ``composite``, ``docker``, ``node20`` …
        main: for JavaScript actions the scripts that run: ``pre``, ``main`` and ``post``.
        image: for Docker actions.
        env: for Docker actions ``runs.env``.
        text: the whole file.
    """

    path: str
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Scalar]
    using: str
    main: tuple[str, ...]
    image: Scalar | None
    env: Mapping[str, Scalar]
    steps: tuple[Step, ...]
    text: str
