"""Reads runs of workflows from GitHub: the jobs that failed, and what their logs say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from bot.analysis import FileReport
from bot.apart import ApartError
from bot.forge import network
from bot.forge.client import Client, quoted
from bot.forge.errors import BadToken, ForgeError, Limited
from bot.forge.fields import Fields
from bot.life.contexts import Push
from bot.review import runlog
from bot.review.desk import Desk
from bot.review.explaining import Explanation, explain
from bot.review.refusal import Refusal, refusals
from bot.settings import Settings
from bot.snapshot import Snapshot

_URL = re.compile(
    r"(?P<home>https?://[^/\s]+/[^/\s]+/[^/\s]+)/actions/runs/(?P<run>\d{1,20})"
    r"(?:/attempts/(?P<attempt>\d{1,6}))?(?:/job/(?P<job>\d{1,20}))?/?(?:[?#]\S*)?"
)
_PAGE = 100
_MOST_PAGES = 10
"""GitHub lists a thousand runs at most where they are searched."""
_LOGS = 10
"""Failed jobs of one run of which the logs are read; a matrix fails in all of them alike."""
_FAILED = frozenset({"failure", "timed_out"})
_STARTUP = "startup_failure"


@dataclass(frozen=True, slots=True)
class Address:
    """A run, or one job of it, as its page is addressed.

    Attributes:
        home: the repository's address.
        attempt: None for the last one.
        job: None for all that failed.
    """

    home: str
    run: int
    attempt: int | None
    job: int | None


def address(text: str) -> Address | None:
    """What an address of a run's page names; None for anything else."""
    found = _URL.fullmatch(text.strip())
    if found is None:
        return None
    attempt, job = (int(found[name]) if found[name] else None for name in ("attempt", "job"))
    return Address(found["home"], int(found["run"]), attempt, job)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a workflow.

    Attributes:
        path: of its file.
        conclusion: GitHub's word; empty while it goes on.
        commit: that it ran for.
        branch: or tag, that it ran for; empty where that is gone.
        own: whether that is in the repository itself, and in no fork.
        repository: ``owner/name`` as it is today.
        public: whether everybody may see its repository.
    """

    id: int
    path: str
    url: str
    event: str
    conclusion: str
    commit: str
    branch: str
    own: bool
    created: datetime
    public: bool
    repository: str = ""

    @property
    def failed(self) -> bool:
        """Whether one of its jobs failed, or none could be started."""
        return self.conclusion in (*_FAILED, _STARTUP)

    @property
    def never_started(self) -> bool:
        """Whether GitHub did not take the file, as where a called workflow asks for too much."""
        return self.conclusion == _STARTUP


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a job that ran."""

    name: str
    conclusion: str
    start: datetime | None
    end: datetime | None

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.conclusion in _FAILED


@dataclass(frozen=True, slots=True)
class JobRun:
    """A job that ran, or was left out."""

    id: int
    name: str
    conclusion: str
    steps: tuple[Step, ...]

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return self.conclusion in _FAILED


def run(client: Client, repository: str, number: int) -> Run:
    """A run by its id.

    Raises:
        ForgeError: there is none, or no answer.
    """
    return _run(_read(client, repository, "runs", str(number)))


def since(client: Client, repository: str, moment: datetime) -> tuple[Run, ...]:
    """The runs that were started since, the oldest first; of very many the first and the last."""
    day = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    path = f"{_actions(repository)}/runs?created=%3E%3D{day}&per_page={_PAGE}"
    answer = Fields.of(client.get(path).json(), repository)
    pages = min(_MOST_PAGES, -(-answer.number("total_count") // _PAGE))
    found = {one.id: one for one in map(_run, answer.children("workflow_runs"))}
    # The newest come first, and the last page may hold but one.
    for page in {max(2, pages - 1), pages} if pages > 1 else ():
        more = Fields.of(client.get(f"{path}&page={page}").json(), repository)
        found |= {one.id: one for one in map(_run, more.children("workflow_runs"))}
    return tuple(sorted(found.values(), key=lambda one: (one.created, one.id)))


def failed_of(client: Client, repository: str, commit: str) -> tuple[Run, ...]:
    """The runs for a commit that failed."""
    path = f"{_actions(repository)}/runs?head_sha={commit}&per_page={_PAGE}"
    answer = Fields.of(client.get(path).json(), repository)
    return tuple(one for one in map(_run, answer.children("workflow_runs")) if one.failed)


def jobs(
    client: Client, repository: str, number: int, attempt: int | None = None
) -> tuple[JobRun, ...]:
    """The jobs of a run's attempt; None is the last one."""
    below = f"attempts/{attempt}/jobs?" if attempt is not None else "jobs?filter=latest&"
    path = f"{_actions(repository)}/runs/{number}/{below}per_page={_PAGE}"
    answer = Fields.of(client.get(path).json(), repository)
    return tuple(_job(one) for one in answer.children("jobs"))


def job(client: Client, repository: str, number: int) -> JobRun:
    """A job by its id."""
    return _job(_read(client, repository, "jobs", str(number)))


def log(client: Client, repository: str, one: JobRun) -> tuple[Refusal, ...]:
    """The refusals that the log of a job tells of, with the steps as the run's page names them.

    Raises:
        ForgeError: there is no answer; a log that is not kept any more is none.
    """
    path = f"{_actions(repository)}/jobs/{one.id}/logs"
    text = client.download(path, runlog.LARGEST).decode("utf-8", "replace")
    found: list[Refusal] = []
    for part in runlog.jobs(text):
        lines = tuple(_placed(one, line) for line in part.lines)
        found += refusals(replace(part, job=one.name, lines=lines))
    return tuple(found)


def explained(
    desk: Desk, repository: str, which: Run, attempt: int | None = None, number: int | None = None
) -> Iterator[Explanation]:
    """What the failed jobs of a run were refused, with what mends it.

    ``number``: of the one job that is meant; None for all that failed.

    Raises:
        ForgeError: there is no answer.
    """
    found = report(desk, repository, which)
    yield from told(desk.client, repository, which, found, attempt, number)


def told(
    client: Client,
    repository: str,
    which: Run,
    report: FileReport | None,
    attempt: int | None = None,
    number: int | None = None,
) -> Iterator[Explanation]:
    """See :func:`explained`; ``report``: on the workflow's file as it was in the run."""
    if number is not None:
        wanted: tuple[JobRun, ...] = (job(client, repository, number),)
    else:
        found = jobs(client, repository, which.id, attempt)
        wanted = tuple(islice((one for one in found if one.failed), _LOGS))
    for one in wanted:
        for refusal in log(client, repository, one):
            yield explain(refusal, report)


def report(desk: Desk, repository: str, which: Run) -> FileReport | None:
    """What the workflow's file, as it was in the run, is found to need; None where it is not had.

    Actions and scripts are not followed: what is in the log says more.
    """
    reference = f"{repository}@{which.commit}:{which.path}"
    try:
        answer = network.fetch(desk.client, (reference,), desk.cache).get(reference)
        if answer is None:
            return None
        snapshot = Snapshot(repository, (which.path,), {which.path: answer.text.encode()})
        push = Push("main", repository)
        reports = desk.apart.study(snapshot, Settings(), frozenset(), push).reports
    except (BadToken, Limited):
        raise
    except (ForgeError, ApartError):
        return None
    return next((one for one in reports if not one.problem), None)


def _placed(one: JobRun, line: runlog.Line) -> runlog.Line:
    """A line with the step of a job in which it was written, by its time; a failed one goes first.

    Whether that failed is not told where it may as well be of one before, which did not.
    """
    try:
        moment = datetime.fromisoformat(f"{line.stamp}+00:00")
    except ValueError:
        return line
    within = [
        step for step in one.steps if step.start and step.end and step.start <= moment <= step.end
    ]
    if not within:
        return line
    step = next((step for step in within if step.failed), within[0])
    failed = step.failed if step is within[0] else None
    return replace(line, step=step.name, failed=failed)


def _read(client: Client, repository: str, *below: str) -> Fields:
    answer = client.get(f"{_actions(repository)}{quoted(*below)}").json()
    return Fields.of(answer, repository)


def _actions(repository: str) -> str:
    return f"/repos{quoted(*repository.split('/'))}/actions"


def _run(one: Fields) -> Run:
    place, head = one.child("repository"), one.child_or_none("head_repository")
    return Run(
        one.number("id"),
        one.text("path").partition("@")[0],
        one.text("html_url"),
        one.text("event"),
        one.text_or_none("conclusion") or "",
        one.text("head_sha"),
        one.text_or_none("head_branch") or "",
        head is not None and head.number("id") == place.number("id"),
        one.moment("created_at"),
        not place.flag("private"),
        place.text("full_name"),
    )


def _job(one: Fields) -> JobRun:
    steps = tuple(
        Step(
            step.text("name"),
            step.text_or_none("conclusion") or "",
            step.moment_or_none("started_at"),
            step.moment_or_none("completed_at"),
        )
        for step in one.children("steps")
    )
    conclusion = one.text_or_none("conclusion") or ""
    return JobRun(one.number("id"), one.text("name"), conclusion, steps)
