"""Takes a log of GitHub Actions apart: jobs, steps, lines. Hostile text, of which nothing is run.

A job's log, as the API gives it, has lines such as ``2026-01-05T10:00:00.0000000Z text``; what
``gh run view --log`` prints has the names of job and step before that, with tabs between; a log
that was copied from the page has neither. All three are read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from bot.permissions.scopes import Grants, is_level

LARGEST = 16 * 1024 * 1024
"""Characters of a log that are read; the end of a job says most."""
_LONGEST_LINE = 4000
_STAMP = re.compile(
    r"\A\ufeff?(\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d)(?:\.\d{1,9})?Z ?(.*)\Z", re.DOTALL
)
_ESCAPES = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_GROUP, _END = "##[group]", "##[endgroup]"
_HELD = f"{_GROUP}GITHUB_TOKEN Permissions"
_SOURCE = "Secret source: "
_RUN = f"{_GROUP}Run "
_AFTER = "Post job cleanup."
_HEAD = 300
"""Lines: what the runner says of the token stands before anything a workflow could have written."""
_UNTOLD = "UNKNOWN STEP"
_OF_JOB = re.compile(r"-?\d{1,6}_([^/]{1,300})\.txt")
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a log.

    Attributes:
        stamp: its time, ``2026-01-05T10:00:00``, or the empty text.
        step: the step that it belongs to, as far as the log tells.
        text: without time and colours.
        failed: whether its step failed, as GitHub says; None where nobody has said it.
    """

    stamp: str
    step: str
    text: str
    failed: bool | None = None

    @property
    def is_error(self) -> bool:
        """Whether the runner calls it an error."""
        return self.text.startswith("##[error]")


@dataclass(frozen=True, slots=True)
class JobLog:
    """A job's log.

    Attributes:
        job: its name; empty where the log does not tell.
        held: what its token could do; None where the log does not tell.
        secrets: where its secrets came from: ``Actions``, ``Dependabot``, ``None`` (a fork) …;
            empty where the log does not tell.
    """

    job: str
    held: Grants | None
    secrets: str
    lines: tuple[Line, ...]


def read(path: Path) -> tuple[JobLog, ...]:
    """The jobs of a file that holds a log, or an archive of logs.

    Raises:
        OSError: it can't be read.
        ValueError: no file has such a name.
    """
    with path.open("rb") as stream:
        data = stream.read(LARGEST * 4)
    return archived(data) if data.startswith(b"PK") else jobs(data.decode("utf-8", "replace"))


def jobs(log: str) -> tuple[JobLog, ...]:
    """The jobs of a log, in its order."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for job, step, stamp, text in _lines(log[-LARGEST:]):
        found.setdefault(job, []).append((step, stamp, text))
    return tuple(_job(name, rows) for name, rows in found.items())


def archived(data: bytes) -> tuple[JobLog, ...]:
    """The jobs of an archive of logs, as a run's page offers it; none for anything else.

    It holds a file for each job, and a folder with one for each of its steps.
    """
    found: list[JobLog] = []
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist()[:_MOST_FILES]:
                named = _OF_JOB.fullmatch(entry.filename)
                if named is not None and left > 0:
                    with archive.open(entry) as stream:
                        text = stream.read(left).decode("utf-8", "replace")
                    left -= len(text)
                    found += [replace(one, job=named[1]) for one in jobs(text)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
            zlib.error):  # fmt: skip
        return ()
    return tuple(found)


def _lines(log: str) -> Iterator[tuple[str, str, str, str]]:
    """Job, step, time and text of each line."""
    at = 0
    # Of one kind are all lines: what a workflow writes can look like the other kind.
    in_columns = _STAMP.match(log[:_LONGEST_LINE].partition("\n")[0]) is None
    while at < len(log):
        end = log.find("\n", at)
        end = len(log) if end < 0 else end
        line = log[at : min(end, at + _LONGEST_LINE)].rstrip("\r")
        at = end + 1
        job = step = ""
        parts = line.split("\t", 2)
        if in_columns and len(parts) == 3 and (found := _STAMP.match(parts[2])):
            job, step = parts[0].strip("\ufeff"), parts[1]
        else:
            found = _STAMP.match(line)
        stamp, text = (found[1], found[2]) if found else ("", line)
        yield job, "" if step == _UNTOLD else step, stamp, _ESCAPES.sub("", text).rstrip()


def _job(name: str, rows: list[tuple[str, str, str]]) -> JobLog:
    head = [text for _, _, text in islice(rows, _HEAD)]
    source = next((t.removeprefix(_SOURCE) for t in head if t.startswith(_SOURCE)), "")
    return JobLog(name, _held(head), source, tuple(_in_steps(rows)))


def _held(head: Iterable[str]) -> Grants | None:
    lines = iter(head)
    if not any(text == _HELD for text in lines):
        return None
    held = {}
    for text in lines:
        if text == _END:
            break
        name, _, level = text.partition(": ")
        scope = _CAPITAL.sub("-", name).lower()
        if is_level(scope, level):
            held[scope] = level
    return held  # type: ignore[return-value]


def _in_steps(rows: Iterable[tuple[str, str, str]]) -> Iterator[Line]:
    """Lines with the step that they are in, where only the runner's own words tell it."""
    current = ""
    for step, stamp, text in rows:
        if text.startswith(_RUN):
            current = text.removeprefix(_GROUP)
        elif text == _AFTER:
            current = _AFTER
        yield Line(stamp, step or current, text)
