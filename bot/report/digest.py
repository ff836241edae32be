"""A sweep's records in short, in memory that does not grow with what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.report.states import LABELS, of_count
from bot.sweep.record import FileRecord, Record, State, Summary

MOST_NAMED = 200
"""Alarms, failures: how many are kept by name."""
_LONGEST = 500
_MOST_WHYS = 5_000
_NAMED = 3
"""Things of one kind in a headline."""
_OTHER = "for other reasons"


@dataclass(slots=True)
class Cluster:
    """The same change in many repositories.

    Attributes:
        example: the first repository that has it.
        records: how many have it.
    """

    headline: str
    risk: str
    example: str
    path: str
    records: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A repository and what is said about it."""

    repository: str
    text: str
    pull: str


@dataclass(slots=True)
class Digest:
    """What all records come to.

    Attributes:
        names: of the repositories, each once: one may have several records.
        whys: (state, why) → how many, of the states in which something was not done.
        alarms, failures: the first :data:`MOST_NAMED`.
        alarmed: how many alarms there are.
    """

    records: int = 0
    names: set[str] = field(default_factory=set)
    states: Counter[State] = field(default_factory=Counter)
    whys: Counter[tuple[State, str]] = field(default_factory=Counter)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    alarms: list[Named] = field(default_factory=list)
    failures: list[Named] = field(default_factory=list)
    alarmed: int = 0

    @staticmethod
    def of(records: Iterable[Record]) -> Digest:
        """The digest of some records."""
        digest = Digest()
        for record in records:
            digest.add(record)
        return digest

    def add(self, record: Record) -> None:
        """Count a record."""
        self.records += 1
        self.names.add(shortened(record.repository))
        self.states[record.state] += 1
        if not LABELS[record.state].done:
            key = (record.state, shortened(record.why))
            if key not in self.whys and len(self.whys) >= _MOST_WHYS:
                key = (record.state, _OTHER)
            self.whys[key] += 1
        name, pull = shortened(record.repository), shortened(record.pull)
        self.alarmed += len(record.alarms)
        for text in record.alarms[: max(MOST_NAMED - len(self.alarms), 0)]:
            self.alarms.append(Named(name, shortened(text), pull))
        if record.state is State.FAILED and len(self.failures) < MOST_NAMED:
            self.failures.append(Named(name, shortened(record.why), pull))
        changes = {one.cluster: one for one in record.files}
        for cluster, one in changes.items():
            if cluster not in self.clusters:
                made = Cluster(headline(one), one.risk, name, shortened(one.path))
                self.clusters[cluster] = made
            self.clusters[cluster].records += 1


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text of at most ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def headline(change: FileRecord) -> str:
    """What a rewrite does, what may write first, as phrases with the ids of jobs in them.

    ``contents: write for release · draft-release probe in preflight · no write for 2 more jobs``.
    """
    writes: dict[str, list[str]] = {}
    reads: dict[str, list[str]] = {}
    for job in change.jobs:
        if job.after is None or job.after == job.before or job.added:
            continue
        after = stated(job.after) or ("no permissions",)
        scopes = [grant.removesuffix(": write") for grant in after if grant.endswith(": write")]
        grants = f"{_listed(scopes)}: write" if scopes else _listed(after)
        target = writes if scopes or "write-all" in after else reads
        target.setdefault(grants, []).append(shortened(job.id, 60))
    parts = _granted(writes)
    probes: dict[str, list[str]] = {}
    for job in change.jobs:
        if job.probes:
            probes.setdefault(_listed(job.probes), []).append(shortened(job.id, 60))
    parts += [f"{kinds} probe in {_listed(jobs)}" for kinds, jobs in probes.items()][:_NAMED]
    if "token" in change.remedies:
        parts.append("another token for what GITHUB_TOKEN can't do")
    rest = sum(map(len, reads.values()))
    if writes and rest:
        parts.append(f"no write for {of_count(rest, 'more job')}")
    else:
        parts += _granted(reads)
    return shortened(" · ".join(parts) or "a change outside of the jobs", 400)


def stated(grants: Sequence[str] | None) -> Sequence[str] | None:
    """Grants as a record has them, without the braces that stand for none."""
    return () if grants is not None and tuple(grants) == ("{}",) else grants


def _granted(jobs: Mapping[str, Sequence[str]]) -> list[str]:
    parts = [f"{grants} for {_listed(names)}" for grants, names in jobs.items()]
    rest = len(parts) - _NAMED
    return parts if rest <= 0 else [*parts[:_NAMED], of_count(rest, "more kind") + " of block"]


def _listed(names: Sequence[str]) -> str:
    shown = [shortened(name, 60) for name in names]
    if len(shown) > _NAMED:
        shown = [*shown[: _NAMED - 1], f"{len(shown) - _NAMED + 1:,} more"]
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a sweep went, and what is left.

    Attributes:
        per_minute: repositories that were looked at, a minute; 0 where none was.
        left: repositories that wait.
        seconds: that these will take at least; 0 where it can't be told.
    """

    per_minute: float
    left: int
    seconds: float


_ACTED = (State.OPENED, State.UPDATED, State.CLOSED)


def pace(summary: Summary) -> Pace:
    """The pace of a sweep, and an estimate for what waits.

    The longest of the estimates counts: by the time that repositories took so far, and by each
    limit, a budget for an hour. One that waits takes of it what one took for which something was
    done; what was taken in hours before the last is not known, so it may take more.
    """
    states = summary.states
    left = states.get(State.LATER, 0)
    looked = sum(states.values()) - left - states.get(State.UNCHANGED, 0)
    if looked <= 0 or summary.seconds <= 0:
        return Pace(0.0, left, 0.0)
    acted = sum(states.get(state, 0) for state in _ACTED)
    estimates = [left * summary.seconds / looked]
    for remaining, budget in summary.limits.values():
        lacking = left * (budget - remaining) / max(acted, 1) - remaining
        if acted and budget > 0 and lacking > 0:
            estimates.append(3600 * lacking / budget)
    return Pace(looked * 60 / summary.seconds, left, max(estimates))
