"""Runs of workflows, as a test tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.forge.repository import Repository


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job that ran."""

    name: str
    conclusion: str = "success"
    seconds: int = 5


@dataclass(frozen=True, slots=True)
class Job:
    """A job that ran; ``log`` is what its log says."""

    id: int
    name: str
    conclusion: str
    steps: tuple[Step, ...]
    log: str
    labels: tuple[str, ...] = ("ubuntu-latest",)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow.

    Attributes:
        path: the workflow's, ``.github/workflows/release.yml``.
        branch: the branch or tag it ran for.
        at: when it began.
        head: where its commit is from; None: the repository itself.
    """

    id: int
    number: int
    path: str
    name: str
    event: str
    branch: str
    commit: str
    conclusion: str
    at: datetime
    jobs: tuple[Job, ...]
    attempt: int = 1
    head: Repository | None = None
