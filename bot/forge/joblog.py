"""Reads the log of a job of GitHub Actions: hostile text, of which a few known words are taken.

A line begins with a time, ``2022-06-20T09:28:05.8720262Z``, and the runner opens the log with a
group of what GITHUB_TOKEN holds, one ``PullRequests: write`` a line (actions/runner,
src/Runner.Worker/JobExtension.cs).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from datetime import UTC, datetime
from itertools import islice, takewhile

from bot.forge.messages import recognise
from bot.permissions.scopes import is_level

_STAMP = re.compile(r"\A\ufeff?(\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:[0-5]\d)(?:\.\d{1,9})?Z ")
_ESCAPES = re.compile(r"\x1b\[[0-9;:?]{0,40}[A-Za-z]")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_LINE = 4000
_HEAD = 300
"""Lines: the group stands before anything that a workflow could have written."""

_GROUP = "##[group]GITHUB_TOKEN Permissions"
_ALWAYS = "Metadata: read"
_END = "##[endgroup]"
_ERROR = "##[error]"


def held(log: str) -> tuple[str, ...]:
    """What the job's token could do, ``Contents: read``; empty where the log does not say so."""
    head = (text for _, text in islice(_lines(log), _HEAD))
    if not any(text == _GROUP for text in head):
        return ()
    return tuple(filter(_is_permission, takewhile(lambda text: text != _END, head)))


def _is_permission(text: str) -> bool:
    name, _, level = text.partition(": ")
    return text == _ALWAYS or is_level(_CAPITAL.sub("-", name).lower(), level)


def refusal(
    log: str, start: datetime, end: datetime, needs: Container[str]
) -> tuple[str, datetime] | None:
    """What a log says of a missing permission between two times of UTC (whole seconds, both
    included).

    Lines that the runner calls errors go first, later ones before earlier ones: a step can
    survive a refusal and fail at something else.

    Args:
        needs: the permissions that matter, ``scope: level``. A message that tells of another one
            does not count, one that tells of none does.

    Returns:
        GitHub's words, and when they were written.
    """
    first, last = (moment.isoformat()[:19] for moment in (start, end))
    best = None
    for stamp, text in _lines(log):
        found = recognise(text) if first <= stamp <= last else None
        is_error = text.startswith(_ERROR)
        if found is None or (found[1] and found[1] not in needs):
            continue
        if best is None or is_error or not best[0]:
            best = is_error, found[0], stamp
    if best is None:
        return None
    _, words, stamp = best
    try:
        return words, datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    except ValueError:  # a day that there is not; the runner writes no such thing
        return None


def _lines(log: str) -> Iterator[tuple[str, str]]:
    """Each line's time, in whole seconds, and its text, without colours."""
    at = 0
    while at < len(log):
        end = log.find("\n", at)
        end = len(log) if end < 0 else end
        line = log[at : min(end, at + _LONGEST_LINE)]
        at = end + 1
        stamp = _STAMP.match(line)
        if stamp is not None:
            yield stamp[1], _ESCAPES.sub("", line[stamp.end() :]).rstrip()
