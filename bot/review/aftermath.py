"""After a merge: what the first runs of the changed workflows show.

A log that tells of a missing permission is an alarm: something that a job needed was not found. It
is over once a later run has shown that the job has what it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.forge.errors import ForgeError
from bot.forge.messages import Cure
from bot.permissions.evidence import Lost
from bot.review import losses, runs
from bot.review.desk import Desk
from bot.review.explaining import Explanation, Mend
from bot.review.facts import PullFacts
from bot.review.runs import JobRun, Run

_FIRST = 3
"""Runs of each workflow that are looked at, and the first one of each event that starts others."""
_LAST = 3
"""Of one in which something lacked so many of the last are looked at, too: it may be mended."""
_SUCCESS, _SKIPPED = "success", "skipped"
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
        own: whether nobody without a right to write had a hand in the run, and so in its log.
        lost: what the job lacked, as far as it can be given back.
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
    own: bool = True
    lost: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What came after a merge.

    Attributes:
        alarms: those that are not over.
        ran: the jobs of the changed workflows that have run since: path and the job's name.
        waiting: paths of which no run has ended since, and jobs of the others that were left out
            in all of them.
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
        ended = [one for one in since if one.path == path and one.conclusion]
        if not ended:
            waiting.append(path)
        jobs: list[JobRun] = []
        for at, run in _chosen(ended):
            jobs += runs.jobs(client, place, run.id)
            found = tuple(_alarms(desk, pull, run))
            if found:
                later = tuple(_later(desk, pull, ended[at + 1 :]))
                alarms += [one for one in found if not _is_mended(one, run, later)]
        ran |= {(path, job.name) for job in jobs if job.conclusion in _RAN}
        waiting += [f"{path}, job {name}" for name in _idle(jobs)]
    return Aftermath(pull, tuple(alarms), frozenset(ran), tuple(waiting))


def _chosen(ended: Sequence[Run]) -> Iterator[tuple[int, Run]]:
    """The runs that are looked at: what starts a release's job may come long after the others."""
    events: set[str] = set()
    for at, run in enumerate(ended):
        if at < _FIRST or run.event not in events:
            yield at, run
        events.add(run.event)


def _idle(jobs: Sequence[JobRun]) -> list[str]:
    """The names of jobs that were left out in all runs.

    One that is left out is named as the file names it: with its expressions, and of a matrix once
    for all.
    """
    ran = [one.name for one in jobs if one.conclusion in _RAN]
    left = dict.fromkeys(one.name for one in jobs if one.conclusion == _SKIPPED)
    return [name for name in left if not any(one.startswith(_head(name)) for one in ran)]


def _head(name: str) -> str:
    return name.partition("${{")[0].partition(" (")[0]


_Later = Sequence[tuple[Run, tuple[JobRun, ...]]]


def _later(
    desk: Desk, pull: PullFacts, later: Sequence[Run]
) -> Iterator[tuple[Run, tuple[JobRun, ...]]]:
    """Runs of what stands in the default branch, with their jobs; not those that can't be read."""
    for run in dict.fromkeys((*later[:_FIRST], *later[-_LAST:])):
        with suppress(ForgeError):
            if losses.is_of(desk, pull.repository, pull.base, run):
                yield run, runs.jobs(desk.client, pull.repository, run.id)


def _is_mended(alarm: Alarm, run: Run, later: _Later) -> bool:
    """Whether the very step that lacked something has gone through since.

    Where it is not known which one that was, it is the job, in a run that the same event started:
    another one may leave the step out.
    """
    for after, jobs in later:
        if not alarm.job:
            # It could not be started, and now it was.
            if after.conclusion == _SUCCESS:
                return True
            continue
        named = [one for one in jobs if one.name == alarm.job]
        # Of two jobs with one name nobody can say which of them it was.
        if len(named) != 1 or named[0].conclusion != _SUCCESS:
            continue
        steps = {one.conclusion for one in named[0].steps if one.name == alarm.step}
        if steps == {_SUCCESS} or (not alarm.step and after.event == run.event):
            return True
    return False


def _alarms(desk: Desk, pull: PullFacts, run: Run) -> Iterator[Alarm]:
    if run.never_started:
        # A called workflow that asks for more than its caller gives ends so, without a log.
        words = "it could not be started: see its page"
        yield Alarm(
            pull.repository,
            pull.number,
            run.path,
            "",
            "",
            "",
            (),
            words,
            run.url,
            losses.is_own(run),
        )
    elif run.failed:
        for one in runs.explained(desk, pull.repository, run):
            told = one.refusal
            if told.cure in _ALARMING and told.fails and one.mend is not Mend.FORK:
                lost = tuple(losses.losses(run, one, pull.number))
                current = bool(lost) and losses.is_of(desk, pull.repository, pull.base, run)
                yield _alarm(pull, run, one, lost if current else ())


def _alarm(pull: PullFacts, run: Run, one: Explanation, lost: tuple[Lost, ...]) -> Alarm:
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
        losses.is_own(run),
        lost,
    )
