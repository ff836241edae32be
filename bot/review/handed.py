"""Whether a job is handed no token but GITHUB_TOKEN, so that no other one can have been refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot import reread
from bot.analysis import FileReport
from bot.workflow.model import Job, Scalar, Workflow

_EXPRESSION = re.compile(r"\$\{\{(.*?)(?:\}\}|\Z)", re.DOTALL)
_MAY_CARRY = re.compile(
    r"\bsecrets\b(?!\s*\.\s*github_token\b)|\b(?:outputs|inputs|vars|client_payload)\b",
    re.IGNORECASE,
)
"""What an expression names that can hold another token; what was put out by a step may, too."""


def only_own(report: FileReport, job: str) -> bool:
    """Whether nothing that a job's steps are given can be another token than GITHUB_TOKEN.

    A step can leave what it was given to those behind it, so all of them count.
    """
    workflow = reread.before(report)
    found = next((one for one in workflow.jobs if one.id == job), None)
    others = [one for one in report.decisions if one.job == job and one.needs.others]
    if found is None or others:
        return False
    return not any(
        _MAY_CARRY.search(inside)
        for text in _texts(workflow, found)
        for inside in _EXPRESSION.findall(text.text)
    )


def _texts(workflow: Workflow, job: Job) -> Iterator[Scalar]:
    yield from workflow.env.values()
    yield from job.env.values()
    for step in job.steps:
        yield from step.env.values()
        yield from step.inputs.values()
        if step.run is not None:
            yield step.run
