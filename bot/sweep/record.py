"""What came of one repository in a sweep: the line of the report that machines read.

A record is plain data, so that shards, workers, the journal and the reports can hand it on. It
holds text of workflows, which is hostile: whoever shows it escapes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION = 1


class State(StrEnum):
    """Where a repository stands after a sweep."""

    OPENED = "opened"
    UPDATED = "updated"
    RIGHT = "right"
    """Its pull request is as it should be."""
    CLOSED = "closed"
    NOTHING = "nothing"
    """There is nothing to change."""
    REFUSED = "refused"
    """What there is to change was refused before."""
    STOPPED = "stopped"
    """Something forbids it: archived, opted out, a human's branch; ``why`` says what."""
    LATER = "later"
    """It is to be done, and waits: for the canaries, the limits, the schedule; see ``why``."""
    FAILED = "failed"
    UNCHANGED = "unchanged"
    """Nothing moved since the last sweep, so it was not looked at."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job of a changed workflow, for the graph of jobs.

    Attributes:
        needs: ids of the jobs before it, as rewritten.
        before: its permissions as written today (``contents: read``); None where nothing is stated.
        after: likewise, as rewritten.
        probes: the kinds of probes that are added in it.
        added: the job itself is new.
        reasons: ``scope: level`` → why, with the line (from 1) of the file before.
    """

    id: str
    line: int
    needs: tuple[str, ...]
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    probes: tuple[str, ...] = ()
    added: bool = False
    reasons: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A workflow file that is rewritten.

    Attributes:
        diff: the unified diff, three lines of context.
        cluster: the same for files whose rewriting adds the same at the same places, whatever else
            stands in them; 16 hexadecimal digits.
        remedies: those that changed it.
        risk: ``low``, ``medium`` or ``high``.
        risks: why, as phrases.
    """

    path: str
    diff: str
    cluster: str
    remedies: tuple[str, ...]
    risk: str
    risks: tuple[str, ...]
    jobs: tuple[JobRecord, ...]


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding of ``clearance scan``."""

    rule: str
    level: str
    path: str
    line: int
    job: str
    message: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Record:
    """One repository, or one branch of it where each remedy has a pull request of its own.

    Attributes:
        repository: ``owner/name``.
        head: the commit of the default branch that was looked at; empty where none was.
        branch: of the pull request.
        why: one sentence; empty where the state says it all.
        pull: the pull request's address, or nothing.
        seconds: that it took.
        calls: REST and GraphQL calls that it took.
        alarms: sentences about runs that lacked a permission after a merge.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    repository: str
    state: State
    head: str = ""
    branch: str = ""
    why: str = ""
    pull: str = ""
    seconds: float = 0.0
    calls: int = 0
    files: tuple[FileRecord, ...] = ()
    findings: tuple[FindingRecord, ...] = ()
    notes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole sweep.

    Attributes:
        started: UTC, ``2026-01-31T12:00:00Z``.
        seconds: that it took.
        states: state → how many repositories.
        calls: REST and GraphQL calls that were made.
        waited: seconds that limits made it wait.
        limits: name → (left, of) at the end, such as ``GraphQL`` → (4800, 5000).
        notes: sentences about it as a whole, such as that it was a dry run.
    """

    started: str
    seconds: float
    states: Mapping[str, int]
    calls: int
    waited: float
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def to_line(record: Record) -> str:
    """A record as a line of JSON, without its line end."""
    return json.dumps({"v": VERSION, **asdict(record)}, separators=(",", ":"))


def from_line(line: str) -> Record:
    """The record in a line of JSON.

    Raises:
        ValueError: it is none of this version.
    """
    data = json.loads(line)
    if not isinstance(data, dict) or data.pop("v", None) != VERSION:
        raise ValueError("not a record of this version")
    return _adapter().validate_python(data)


@cache
def _adapter() -> TypeAdapter[Record]:
    from pydantic import TypeAdapter

    return TypeAdapter(Record)
