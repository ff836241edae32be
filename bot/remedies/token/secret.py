"""Which secret to name: one that the repository's workflows use as a token already, or the rule's.

A secret counts that stands where a token for GitHub goes, and whose name says that it is one. Only
where there is just one such secret is it taken: of two it can't be told which may do more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.permissions.world import World
from bot.workflow.model import Job, Step, Workflow

_SECRET = re.compile(r"\$\{\{\s*secrets\.([A-Za-z_]\w*)\s*\}\}")
_HEADER = re.compile(r"Authorization:[^\n$]{0,40}" + _SECRET.pattern, re.IGNORECASE)
_PLACES = frozenset(
    {"gh_token", "github_token", "github_api_token", "gh_pat", "token", "github-token"}
    | {"repo-token", "repo_token", "gh-token", "access-token", "personal_token"}
    | {"personal-access-token", "pat"}
)
"""Variables and inputs that take a token for GitHub, in lower case."""
_NAME = re.compile(r"(?:^|_)(?:GH|GITHUB)?_?(?:PAT|GH|GITHUB)(?:_|TOKEN|\d|$)")
_NO_TOKENS = re.compile(r"KEY|PASS|USER|CLIENT|WEBHOOK|_ID$")


def choose(world: World, name: str) -> tuple[str, bool]:
    """The secret to name, and whether the workflows use it already.

    ``name``: the one to take where they use none, or more than one.
    """
    used = {
        secret
        for path in world.files.workflows()
        if (workflow := world.workflow(path)) is not None
        for secret in _secrets(workflow)
    }
    if name.upper() in used:
        return name, True
    used.discard("GITHUB_TOKEN")
    likely = {s for s in used if _NAME.search(s) and not _NO_TOKENS.search(s)}
    return (likely.pop(), True) if len(likely) == 1 else (name, False)


def _secrets(workflow: Workflow) -> Iterator[str]:
    """The secrets that stand where tokens go, in upper case."""
    for name, value in _named(workflow):
        match = _SECRET.fullmatch(value.strip()) if name.lower() in _PLACES else None
        if match is not None:
            yield match[1].upper()
    for job in workflow.jobs:
        for step in job.steps:
            if step.run is not None and "Authorization" in step.run.text:
                yield from (found.upper() for found in _HEADER.findall(step.run.text))


def _named(workflow: Workflow) -> Iterator[tuple[str, str]]:
    holders: list[Workflow | Job | Step] = [workflow, *workflow.jobs]
    holders += [step for job in workflow.jobs for step in job.steps]
    for holder in holders:
        yield from ((name, value.text) for name, value in holder.env.items())
        if isinstance(holder, Step):
            yield from ((name, value.text) for name, value in holder.inputs.items())
