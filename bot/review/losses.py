"""What a failed run shows that a job lacks, as far as that may shape an edit.

A log is text that a workflow writes, and in runs for forks anybody writes the workflow. So only
those runs count that somebody started who may write to the repository, and of them those in which
the workflow was the one of the default branch.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.forge import network
from bot.permissions.evidence import Lost
from bot.permissions.lost import Told, lost
from bot.review import runs
from bot.review.desk import Desk
from bot.review.explaining import Explanation, Mend
from bot.review.runs import Run

_PLAIN = frozenset({"push", "release", "schedule", "workflow_dispatch", "repository_dispatch"})
"""Events that nobody causes who may not write, and that run the repository's own files alone."""


def is_own(run: Run) -> bool:
    """Whether nobody without a right to write had a hand in a run."""
    return run.own and run.event in _PLAIN


def is_of(desk: Desk, repository: str, branch: str, run: Run) -> bool:
    """Whether a run shows what the workflow does that stands in a branch, the default one.

    Runs for tags are of none: they count where the file is the same.
    """
    if not is_own(run):
        return False
    if run.branch == branch and run.event != "release":
        return True
    then, now = (f"{repository}@{ref}:{run.path}" for ref in (run.commit, branch))
    texts = network.fetch(desk.client, (then, now), desk.cache)
    before, after = texts.get(then), texts.get(now)
    return before is not None and after is not None and before.blob == after.blob


def losses(run: Run, one: Explanation, pull: int) -> Iterator[Lost]:
    """What the job lacked, where the log itself tells it, and its own block would mend it.

    ``pull``: the number of the pull request that was merged before the run.
    """
    told = one.refusal
    if one.mend is not Mend.BLOCK or not told.fails or told.need is None:
        return
    for line in one.add:
        scope, _, level = line.partition(": ")
        found = lost(Told(run.path, one.job, scope, level, run.id, pull, told.words))
        if found is not None:
            yield found


def is_shown(desk: Desk, repository: str, told: Lost) -> bool:
    """Whether a run still shows what a pull request says of it.

    Raises:
        ForgeError: the run or its log can't be had.
    """
    run = runs.run(desk.client, repository, told.run)
    if run.path != told.path or not run.failed or not is_own(run):
        return False
    return any(
        (one.job, one.scope, one.level) == (told.job, told.scope, told.level)
        for explanation in runs.explained(desk, repository, run)
        for one in losses(run, explanation, told.pull)
    )
