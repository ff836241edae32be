"""The name of the image that a step pushes, for a probe that asks before it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.remedies.preflight.facts import Guard
from bot.workflow.model import Job, Scalar, Workflow
from bot.workflow.scope import THIS_NAME, THIS_OWNER, THIS_REPOSITORY, Scope

EXPRESSIONS = {
    THIS_REPOSITORY: "github.repository",
    THIS_OWNER: "github.repository_owner",
    THIS_NAME: "github.event.repository.name",
}
"""What stands in a text for a part of the repository's name → the expression that gives it."""

_HOST = "ghcr.io"
_NAME = re.compile(r"[A-Za-z0-9._/-]*\Z")
_WORD = re.compile(r"[\s,=\"']+")


def written(name: str) -> str | None:
    """A name as a variable's text; None where it is only known in a run, or is no name."""
    plain = name
    for mark, expression in EXPRESSIONS.items():
        name = name.replace(mark, f"${{{{ {expression} }}}}")
        plain = plain.replace(mark, "")
    return name if _NAME.match(plain) else None


def pushed(guard: Guard) -> str | None:
    """``owner/name`` of the first image on ghcr that a guarded step names; None if none is told."""
    return next(_named(guard.use.images), None)


def only_one(workflow: Workflow, job: Job) -> str | None:
    """The image on ghcr that a job's texts speak of; None where they name none, or several."""
    outer = Scope(inputs=None, called=workflow.is_called)
    outer = outer.with_env(_texts(workflow.env)).with_env(_texts(job.env))
    found: dict[str, None] = {}
    for step in job.steps:
        scope = outer.with_env(_texts(step.env))
        for value in (*step.inputs.values(), *step.env.values()):
            if "ghcr" in value.text or "${{" in value.text:
                found.update(dict.fromkeys(_named(scope.text(value.text))))
    return next(iter(found)) if len(found) == 1 else None


def _texts(values: Mapping[str, Scalar]) -> dict[str, str]:
    return {name: value.text for name, value in values.items()}


def _named(text: str) -> Iterator[str]:
    """The names of images on ghcr in a text, without their tags."""
    if _HOST not in text:
        return
    for word in _WORD.split(text):
        host, _, rest = word.partition("/")
        name = rest.partition("@")[0]
        folder, slash, last = name.rpartition("/")
        found = written(f"{folder}{slash}{last.partition(':')[0]}")
        if host == _HOST and "/" in rest.rstrip("/") and found is not None:
            yield found
