"""Reads failed runs and settings. What can't be read is left out: no run of ours fails for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, cast, get_args
from urllib.parse import quote

from bot.facts_forge import DefaultPermissions, EarlierRun, FailedRun
from bot.forge import joblog, queries
from bot.forge.errors import ForgeError, NotFound, Refused
from bot.forge.fields import Fields

_RUNS = 30
_CALLS = 5
_PAGE = 100
_LOG_BYTES = 4 * 1024 * 1024


class Answer(Protocol):
    """What it takes of :class:`bot.forge.client.Reply`."""

    def json(self) -> Any:
        """The parsed body."""


class Reader(Protocol):
    """What it takes of :class:`bot.forge.client.Client`."""

    def get(self, path: str) -> Answer:
        """Answer a GET."""

    def download(self, path: str, limit: int) -> bytes:
        """At most ``limit`` bytes."""

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """The data that a query is answered with."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A workflow whose failed runs are of interest.

    Attributes:
        path: from the repository's root.
        needs: what the change gives it, ``contents: write``, and what another token brings,
            ``administration: write``: a run that lacked something else tells nothing.
        jobs: ids and names of the jobs that matter; empty: any.
        steps: names of the steps that matter; empty: any.
    """

    path: str
    needs: frozenset[str]
    jobs: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a workflow gets that states nothing, as the repository's settings say.

    Attributes:
        level: ``read`` (contents and packages only) or ``write`` (everything).
        may_approve: whether Actions may create and approve pull requests.
    """

    level: DefaultPermissions
    may_approve: bool


@dataclass(frozen=True, slots=True)
class _Failed:
    """A failed step of a job, and when the jobs of its run were at work."""

    id: int
    job: str
    step: str
    start: datetime
    end: datetime
    spans: tuple[tuple[datetime, datetime], ...]


def failed(client: Reader, repository: str, wanted: Sequence[Wanted]) -> tuple[FailedRun, ...]:
    """The latest runs that failed for want of a permission: one a workflow, in five calls at most.

    Runs for pull requests of forks are left out: their token is to have no more. ``minutes`` are
    whole ones, rounded down, for which some job of the run was at work before the refusal; what it
    waited for runners and approvals does not count.

    Args:
        repository: ``owner/name``.
        wanted: the workflows that matter, the one that matters most first.
    """
    search = _Search(client, repository)
    # History makes a text better; there is a text without it.
    with suppress(ForgeError, _Enough):
        search.go(wanted)
    return tuple(search.found)


class _Enough(Exception):
    """All the calls are used up."""


@dataclass(slots=True)
class _Search:
    client: Reader
    repository: str
    calls: int = 0
    found: list[FailedRun] = field(default_factory=list)

    def go(self, wanted: Sequence[Wanted]) -> None:
        """Fill ``found`` until there is nothing more, or the calls are used up."""
        started = {}
        for run, want in self._runs(wanted):
            if want.path not in started:
                one = self._examined(run, want)
                if one is not None:
                    self.found.append(one)
                    started[want.path] = run
        for at, one in enumerate(self.found):
            earlier = self._earlier(started[one.path])
            if earlier is not None:
                run, told = earlier
                self.found[at] = replace(one, earlier=told)
                same = self._is_same(one.path, started[one.path], run)
                self.found[at] = replace(one, earlier=replace(told, same_file=same))

    def _read(self, path: str) -> Fields:
        self._count()
        return read(self.client, f"/repos/{self.repository}/actions/{path}", self.repository)

    def _count(self) -> None:
        if self.calls == _CALLS:
            raise _Enough
        self.calls += 1

    def _runs(self, wanted: Sequence[Wanted]) -> Iterator[tuple[Fields, Wanted]]:
        """The newest failed run of each workflow, then the second ones, and so on."""
        wants = {want.path: (rank, want) for rank, want in enumerate(wanted)}
        if not wants:
            return
        ranked = []
        seen: Counter[str] = Counter()
        for run in self._read(f"runs?status=failure&per_page={_RUNS}").children("workflow_runs"):
            name = run.text("path").partition("@")[0]
            if name in wants and not self._is_from_fork(run):
                rank, want = wants[name]
                ranked.append((seen[name], rank, run, want))
                seen[name] += 1
        ranked.sort(key=lambda one: one[:2])
        for *_, run, want in ranked:
            yield run, want

    def _is_from_fork(self, run: Fields) -> bool:
        head, home = run.child_or_none("head_repository"), run.child_or_none("repository")
        name = home.text("full_name") if home is not None else self.repository
        return head is None or head.text("full_name").lower() != name.lower()

    def _examined(self, run: Fields, want: Wanted) -> FailedRun | None:
        number = run.number("id")
        jobs = self._read(f"runs/{number}/jobs?filter=latest&per_page={_PAGE}").children("jobs")
        one = _failed_step(jobs, want)
        if one is None:
            return None
        self._count()
        path = f"/repos/{self.repository}/actions/jobs/{one.id}/logs"
        log = self.client.download(path, _LOG_BYTES)[:_LOG_BYTES].decode("utf-8", "replace")
        refusal = joblog.refusal(log, one.start, one.end, want.needs)
        if refusal is None:
            return None
        words, moment = refusal
        return FailedRun(
            path=want.path,
            number=run.number("run_number"),
            url=run.text("html_url"),
            event=run.text("event"),
            ref=run.text_or_none("head_branch") or "",
            job=one.job,
            step=one.step,
            message=words,
            minutes=_minutes(one.spans, moment),
            date=moment.date().isoformat(),
            held=joblog.held(log),
        )

    def _is_same(self, path: str, run: Fields, other: Fields) -> bool | None:
        """Whether two runs ran the same text of a workflow; None where a commit is gone."""
        self._count()
        owner, _, name = self.repository.partition("/")
        variables = {
            "owner": owner,
            "name": name,
            "one": f"{run.text('head_sha')}:{path}",
            "other": f"{other.text('head_sha')}:{path}",
        }
        data = Fields.of(self.client.graphql(queries.SAME, variables), self.repository)
        found = data.child("repository")
        one, two = found.child_or_none("one"), found.child_or_none("other")
        return None if one is None or two is None else one.text("oid") == two.text("oid")

    def _earlier(self, run: Fields) -> tuple[Fields, EarlierRun] | None:
        """The run of the same workflow, for the same event, that went through before that one."""
        began = run.moment("created_at")
        query = f"status=success&event={quote(run.text('event'), safe='')}&per_page=1"
        before = quote(f"<{began:%Y-%m-%dT%H:%M:%SZ}", safe="")
        path = f"workflows/{run.number('workflow_id')}/runs?{query}&created={before}"
        for one in self._read(path).children("workflow_runs"):
            hours = (began - one.moment("created_at")).total_seconds() / 3600
            if hours > 0:
                ref = one.text_or_none("head_branch") or ""
                told = EarlierRun(one.number("run_number"), one.text("html_url"), ref, hours)
                return one, told
        return None


def _failed_step(jobs: Sequence[Fields], want: Wanted) -> _Failed | None:
    """The first failed step of a run's jobs, of one that matters if there is such a one."""
    spans = tuple(_spans(jobs))
    candidates = []
    for job in jobs:
        if job.text_or_none("conclusion") != "failure":
            continue
        for step in job.children("steps"):
            start, end = step.moment_or_none("started_at"), step.moment_or_none("completed_at")
            if step.text_or_none("conclusion") == "failure" and start and end:
                name, title = job.text("name"), step.text("name")
                matters = not want.steps or title in want.steps, _is_named(name, want.jobs)
                one = _Failed(job.number("id"), name, title, start, end, spans)
                candidates.append((matters, one))
                break
    return max(candidates, key=lambda one: one[0])[1] if candidates else None


def _is_named(name: str, jobs: frozenset[str]) -> bool:
    """Whether a job as it is shown (``caller / build (ubuntu, 3.12)``) is one of those."""
    plain = name.partition(" (")[0]
    return not jobs or not jobs.isdisjoint((name, plain, plain.rpartition(" / ")[2]))


def _spans(jobs: Sequence[Fields]) -> Iterator[tuple[datetime, datetime]]:
    for job in jobs:
        start, end = job.moment_or_none("started_at"), job.moment_or_none("completed_at")
        if start and end and job.text_or_none("conclusion") != "skipped":
            yield start, end


def _minutes(spans: Sequence[tuple[datetime, datetime]], moment: datetime) -> int:
    """Whole minutes in which something ran before a moment; what ran at once counts once."""
    total = timedelta()
    done = None
    for start, end in sorted(spans):
        begin = start if done is None else max(start, done)
        stop = min(end, moment)
        if stop > begin:
            total += stop - begin
            done = stop
    return int(total.total_seconds() // 60)


def read(client: Reader, path: str, place: str) -> Fields:
    """What a GET is answered with; ``place`` is what a sentence about it begins with.

    Raises:
        ForgeError: there is no answer, or none that is an object.
    """
    return Fields.of(client.get(path).json(), place)


def defaults(client: Reader, repository: str) -> Defaults | None:
    """What the repository's settings give a workflow that states nothing.

    None where the token may not read that: it takes an administrator's, or Administration: read.

    Raises:
        ForgeError: where there is no answer.
    """
    try:
        path = f"/repos/{repository}/actions/permissions/workflow"
        settings = read(client, path, repository)
    except (Refused, NotFound):
        return None
    level = settings.text("default_workflow_permissions")
    if level not in get_args(DefaultPermissions):
        raise ForgeError(f"{repository}: the default permissions are {level!r}; that is not known")
    may_approve = settings.flag_or_none("can_approve_pull_request_reviews")
    return Defaults(cast("DefaultPermissions", level), bool(may_approve))


def seen_secrets(client: Reader, repository: str) -> frozenset[str] | None:
    """The names of the repository's own secrets; those of organizations and environments are not.

    None where the token may not read them: it takes Secrets: read, or an administrator's.

    Raises:
        ForgeError: where there is no answer.
    """
    try:
        # A repository can have a hundred, which is one page.
        path = f"/repos/{repository}/actions/secrets?per_page={_PAGE}"
        answer = read(client, path, repository)
    except (Refused, NotFound):
        return None
    return frozenset(secret.text("name") for secret in answer.children("secrets"))
