"""What a failed run shows that a job lacks: a proved requirement, beyond what its block gives.

It comes in from outside (:class:`bot.snapshot.Snapshot`), made of what GitHub's API and a log say.
Both can be written by others, so :func:`lost` takes nothing that is not of its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from bot.permissions.evidence import JobNeeds, Lost, Place, Requirement
from bot.permissions.scopes import Level, covers, is_level
from bot.workflow.model import Job, Workflow

RULE = "failed run"
"""The rule of such a requirement."""
MOST = 20
"""Of one repository."""
_WHY = "a run failed without it"
_PATH = re.compile(r"\.github/workflows/[ -.0-~]{1,200}\.ya?ml")
"""A body has to hold twenty of them, and JSON writes what is not ASCII with up to 12 characters."""
_JOB = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")
_WORDS = 160
"""Characters, and as many as they are in JSON."""
_LARGEST = 10**18


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a scope that a job lacked, by whomever; see :class:`Lost`."""

    path: object
    job: object
    scope: object
    level: object
    run: object
    pull: object
    words: object


def lost(told: Told) -> Lost | None:
    """A scope that a job lacked; None where something about it is not what it has to be."""
    texts = (told.path, told.job, told.scope, told.level, told.words)
    path, job, scope, level, words = (one if isinstance(one, str) else "" for one in texts)
    numbers = (told.run, told.pull)
    if not all(type(one) is int and 0 < one < _LARGEST for one in numbers):
        return None
    if not _PATH.fullmatch(path) or not _JOB.fullmatch(job):
        return None
    if level == "none" or not is_level(scope, level):
        return None
    run, pull = cast("tuple[int, int]", numbers)
    return Lost(path, job, scope, cast("Level", level), run, pull, _line(words))


def _line(words: str) -> str:
    """A log's words as one short line of what can be printed."""
    shown = "".join(c if c.isprintable() else " " for c in words[: 2 * _WORDS])
    line = " ".join(shown.split())[:_WORDS]
    while len(json.dumps(line)) > _WORDS + len('""'):
        line = line[:-1]
    return line


def with_lost(needs: JobNeeds, workflow: Workflow, job: Job, told: Iterable[Lost]) -> JobNeeds:
    """The needs of a job with what runs have failed without, unless it holds that today.

    ``told``: of the whole repository. A job that calls a workflow is left as it is: what that one
    lacks may be its own block's fault.
    """
    held = workflow.held(job)
    gone = tuple(
        one
        for one in told
        if (one.path, one.job) == (workflow.path, job.id)
        and job.calls is None
        and (held is None or not covers(held.grants, one.grants))
    )
    place = Place(workflow.path, job.line)
    more = tuple(Requirement(one.grants, _WHY, RULE, place) for one in gone)
    return replace(needs, requirements=(*needs.requirements, *more), lost=gone) if gone else needs
