"""Runs of workflows, as a test tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.forge.repository import Repository

_STAMP = re.compile(r"(?m)^\ufeff?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{7}Z ")


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


def moved(log: str, at: datetime, steps: Iterable[Step]) -> str:
    """A log of another day with the times that it has where its job ends with its last step."""
    stamps = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in _STAMP.findall(log)]
    end = at + timedelta(seconds=sum(step.seconds for step in steps))
    if not stamps or abs(stamps[-1] - end) < timedelta(days=1):
        return log
    by = end.replace(microsecond=0) - stamps[-1]

    def move(found: re.Match[str]) -> str:
        moment = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) + by
        return found[0].replace(found[1], f"{moment:%Y-%m-%dT%H:%M:%S}")

    return _STAMP.sub(move, log)
