"""What the page needs of every record at once: to list, to filter and to group them.

The index is one JSON object. Texts that repeat stand in lists (``whys``, ``owners``, ``paths``,
``risks``, ``remedies``, ``headlines``) and are named by their place there. ``rows``: a list a
record::

    [name, owner, state, why, pull, detail, alarms,
     [[file, cluster, path, remedies (bits), risk], ...]]

``detail`` and ``file`` are numbers of details (:mod:`bot.report.html.store`). ``starts``: the first
number in each part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.report.digest import headline, shortened, stated
from bot.report.html.store import Store
from bot.report.states import LABELS
from bot.sweep.record import FileRecord, JobRecord, Record

_STATES = tuple(LABELS)
_LONGEST_NAME = 300
_LONGEST_DIFF = 400_000
_MOST_FILES = 500
_MOST_JOBS = 500
_MOST = 200
"""Reasons of a job, findings of a record."""
RISKS = ("high", "medium", "low")


@dataclass(slots=True)
class Numbers:
    """Texts by the order in which they came."""

    known: dict[str, int] = field(default_factory=dict)

    def of(self, text: str) -> int:
        """The number of a text."""
        return self.known.setdefault(text, len(self.known))

    @property
    def texts(self) -> list[str]:
        """All texts, each at its number."""
        return list(self.known)


@dataclass(slots=True)
class Index:
    """The rows of a report; their details go into the store as they come."""

    store: Store
    whys: Numbers = field(default_factory=lambda: Numbers({"": 0}))
    owners: Numbers = field(default_factory=Numbers)
    paths: Numbers = field(default_factory=Numbers)
    remedies: Numbers = field(default_factory=Numbers)
    risks: Numbers = field(default_factory=lambda: Numbers(dict(zip(RISKS, range(3), strict=True))))
    clusters: Numbers = field(default_factory=Numbers)
    headlines: list[str] = field(default_factory=list)
    rows: list[object] = field(default_factory=list)

    def add(self, record: Record) -> int:
        """Take a record; the number of its row."""
        files = [self._file(one) for one in record.files[:_MOST_FILES]]
        name = shortened(record.repository, _LONGEST_NAME)
        self.rows.append(
            [
                name,
                self.owners.of(name.partition("/")[0]),
                _STATES.index(record.state),
                self.whys.of(shortened(record.why)),
                shortened(record.pull),
                self.store.add(_detail(record, len(record.files) - len(files))),
                len(record.alarms),
                files,
            ]
        )
        return len(self.rows) - 1

    def whole(self) -> dict[str, object]:
        """The index; see the module's text."""
        self.store.finish()
        return {
            "states": [
                [state, LABELS[state].word, LABELS[state].mark, LABELS[state].tone]
                for state in _STATES
            ],
            "whys": self.whys.texts,
            "owners": self.owners.texts,
            "paths": self.paths.texts,
            "remedies": self.remedies.texts,
            "risks": self.risks.texts,
            "headlines": self.headlines,
            "starts": self.store.starts,
            "rows": self.rows,
        }

    def _file(self, one: FileRecord) -> list[int]:
        cluster = self.clusters.of(one.cluster)
        if cluster == len(self.headlines):
            self.headlines.append(headline(one))
        # JavaScript's bits end at 31.
        numbers = (self.remedies.of(shortened(name, 40)) for name in one.remedies)
        bits = sum({1 << number for number in numbers if number < 30})
        path = self.paths.of(shortened(one.path, _LONGEST_NAME))
        return [
            self.store.add(_change(one)),
            cluster,
            path,
            bits,
            self.risks.of(shortened(one.risk, 40)),
        ]


def _detail(record: Record, left_out: int) -> dict[str, object]:
    """A record's own detail; what is empty is left out."""
    found: dict[str, object] = {
        "head": shortened(record.head),
        "branch": shortened(record.branch),
        "seconds": round(record.seconds, 1),
        "calls": record.calls,
        "notes": _texts(record.notes),
        "alarms": _texts(record.alarms),
        "findings": [
            [
                one.rule,
                one.level,
                shortened(one.path),
                one.line,
                shortened(one.job),
                shortened(one.message, 2000),
            ]
            for one in record.findings[:_MOST]
        ],
        "more": max(len(record.findings) - _MOST, 0),
        "left": left_out,
    }
    return {key: value for key, value in found.items() if value}


def _change(one: FileRecord) -> dict[str, object]:
    return {
        "path": shortened(one.path),
        "diff": one.diff[:_LONGEST_DIFF],
        "cut": max(len(one.diff) - _LONGEST_DIFF, 0),
        "remedies": _texts(one.remedies),
        "risk": shortened(one.risk),
        "risks": _texts(one.risks),
        "jobs": [_job(job) for job in one.jobs[:_MOST_JOBS]],
        "more": max(len(one.jobs) - _MOST_JOBS, 0),
    }


def _job(job: JobRecord) -> dict[str, object]:
    return {
        "id": shortened(job.id),
        "line": job.line,
        "needs": _texts(job.needs),
        "before": _grants(job.before),
        "after": _grants(job.after),
        "probes": _texts(job.probes),
        "added": job.added,
        "reasons": [
            [shortened(scope), shortened(why), line] for scope, why, line in job.reasons[:_MOST]
        ],
    }


def _grants(grants: Sequence[str] | None) -> list[str] | None:
    told = stated(grants)
    return None if told is None else _texts(told)


def _texts(texts: Iterable[str]) -> list[str]:
    return [shortened(text) for text in list(texts)[:_MOST]]
