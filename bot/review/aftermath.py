"""After a merge: what the first runs of the changed workflows show.

A log that tells of a missing permission is an alarm: something that a job needed was not found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.forge.errors import ForgeError
from bot.forge.messages import Cure
from bot.review import runs
from bot.review.explaining import Explanation, Mend
from bot.review.facts import PullFacts
from bot.review.fetching import Desk
from bot.review.runs import Run

_FIRST = 3
"""Runs of each workflow that are looked at."""
_ALARMING = frozenset({Cure.GRANT, Cure.CALLER})
"""What a permission in the file mends, so that the change may have taken it away."""
_RAN = frozenset({"success", "failure", "timed_out"})


@dataclass(frozen=True, slots=True)
class Alarm:
    """A job that lacked a permission after its workflow was changed.

    Attributes:
        pull: the number of the pull request.
        path: of the workflow.
        job: as the run's page names it; empty where none was started.
        scope: with its level, ``contents: write``; empty where the log does not tell.
        add: the lines that give it.
        words: what the log says.
        url: of the run.
    """

    repository: str
    pull: int
    path: str
    job: str
    step: str
    scope: str
    add: tuple[str, ...]
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came after a merge.

    Attributes:
        ran: the jobs of the changed workflows that have run since: path and the job's name.
        waiting: paths of which no run has ended since.
    """

    pull: PullFacts
    alarms: tuple[Alarm, ...]
    ran: frozenset[tuple[str, str]]
    waiting: tuple[str, ...]


def aftermath(desk: Desk, pull: PullFacts) -> Aftermath:
    """Look at the first runs since a merge.

    Raises:
        ForgeError: there is no answer, or it is not merged.
    """
    if pull.merged is None:
        raise ForgeError("it is not merged, so nothing came after it")
    client, place = desk.client, pull.repository
    since = runs.since(client, place, pull.merged)
    alarms: list[Alarm] = []
    ran: set[tuple[str, str]] = set()
    waiting = []
    for path in pull.files:
        ended = [one for one in since if one.path == path and one.conclusion][:_FIRST]
        if not ended:
            waiting.append(path)
        for run in ended:
            jobs = runs.jobs(client, place, run.id)
            ran |= {(path, job.name) for job in jobs if job.conclusion in _RAN}
            alarms += _alarms(desk, pull, run)
    return Aftermath(pull, tuple(alarms), frozenset(ran), tuple(waiting))


def _alarms(desk: Desk, pull: PullFacts, run: Run) -> Iterator[Alarm]:
    if run.never_started:
        # A called workflow that asks for more than its caller gives ends so, without a log.
        words = "it could not be started: see its page"
        yield Alarm(pull.repository, pull.number, run.path, "", "", "", (), words, run.url)
    elif run.failed:
        for one in runs.explained(desk, pull.repository, run):
            told = one.refusal
            if told.cure in _ALARMING and told.fails and one.mend is not Mend.FORK:
                yield _alarm(pull, run, one)


def _alarm(pull: PullFacts, run: Run, one: Explanation) -> Alarm:
    told = one.refusal
    return Alarm(
        pull.repository,
        pull.number,
        run.path,
        told.job,
        told.step,
        one.permission,
        one.add,
        told.words,
        run.url,
    )
