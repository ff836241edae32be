"""The table of open pull requests: what of each a reviewer wants to know, the urgent ones first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.review.facts import Checks, PullFacts

_RED = frozenset({Checks.FAILURE, Checks.ERROR})


@dataclass(frozen=True, slots=True)
class Row:
    """A pull request in the table.

    Attributes:
        days: for which it is open.
        others: how many of its commits are not the program's.
        rewritten: its branch does not hold the program's commit any more.
    """

    pull: PullFacts
    days: int
    others: int
    rewritten: bool

    @property
    def red(self) -> bool:
        """Whether its checks failed."""
        return self.pull.checks in _RED

    @property
    def conflicts(self) -> bool:
        """Whether git can't merge it."""
        return self.pull.mergeable == "CONFLICTING"

    @property
    def calls(self) -> bool:
        """Whether somebody has to look at it."""
        waits = bool(self.pull.waits)
        return self.red or self.conflicts or self.others > 0 or self.rewritten or waits


def rows(pulls: Iterable[PullFacts], now: datetime) -> tuple[Row, ...]:
    """The rows for those whose bodies tell that they are the program's."""
    found = [_row(pull, now) for pull in pulls if pull.told is not None]
    return tuple(sorted(found, key=_rank))


def _row(pull: PullFacts, now: datetime) -> Row:
    told = pull.told
    own = told.head if told is not None else ""
    known = any(one.oid == own for one in pull.commits)
    rewritten = pull.head != own and not known and pull.total <= len(pull.commits)
    others = pull.total - (1 if known or pull.head == own else 0)
    return Row(pull, max(0, (now - pull.created).days), others, rewritten)


def _rank(row: Row) -> tuple[object, ...]:
    pull = row.pull
    urgent = (not row.red, not row.conflicts, not (row.others or row.rewritten), not pull.waits)
    return (*urgent, pull.created, pull.repository.lower(), pull.number)
