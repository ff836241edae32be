"""Whether a probe may make a draft release: the exact call, but one that others can see."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.permissions.walk import events_of
from bot.permissions.world import World
from bot.workflow.early import Early, holds
from bot.workflow.model import Job, Workflow

_READS_DRAFTS = re.compile(
    r"release-drafter|listReleases|gh release list|isDraft|/releases(?:\?|\b(?!/))", re.IGNORECASE
)
_CONFIGURATIONS = (".github/release-drafter.yml", ".github/release-drafter.yaml")
_RELEASES = frozenset({"release", "workflow_dispatch", "repository_dispatch"})


def may_draft(world: World, workflow: Workflow, host: Job | None, due: Sequence[Early]) -> bool:
    """Whether a draft is seen by nobody who acts on it, and sure to be deleted.

    ``host``: the job that the probe stands in, None for a job of its own. ``due``: when the
    guarded steps are. Runs of releases only, none that a newer one cancels, and no workflow of the
    repository that looks through its releases.
    """
    if workflow.cancels or (host is not None and (host.cancels or host.matrix)):
        return False
    for event in workflow.events:
        met = any(holds(one, event.name) is not False for one in due)
        if met and not (event.name in _RELEASES or _is_tag_push(workflow, event.name, due)):
            return False
    if None in events_of(workflow):
        return False
    files = world.files
    texts = (files.read(path) or "" for path in files.workflows())
    return not (
        any(files.read(path) is not None for path in _CONFIGURATIONS)
        or any(_READS_DRAFTS.search(text) for text in texts)
    )


def _is_tag_push(workflow: Workflow, event: str, due: Sequence[Early]) -> bool:
    """Whether a push that meets the conditions is that of a tag."""
    if event != "push":
        return False
    filters = next(e.filters for e in workflow.events if e.name == event)
    only_tags = any(f.startswith("tags") for f in filters) and not any(
        f.startswith("branches") for f in filters
    )
    return only_tags or all(_names_tags(d.text) for d in due if holds(d, event) is not False)


def _names_tags(text: str) -> bool:
    """Whether a condition is, or begins with, one that the ref is a tag."""
    terms = [part.strip() for part in text.split("&&")] if "||" not in text else []
    return any(
        term == "github.ref_type == 'tag'"
        or re.fullmatch(r"startsWith\(github\.ref, 'refs/tags/[^']*'\)", term) is not None
        for term in terms
    )
