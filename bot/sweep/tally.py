"""How far a sweep has come, in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sweep.record import Record, State


@dataclass(slots=True)
class Tally:
    """The sweep counts, in one thread; who shows it in another one only reads.

    Attributes:
        expected: repositories that there are in all, as the lists tell; 0 while that is not known.
        found: repositories that were found.
        whole: no more are to be found.
        looked: those of which it is known whether there is something to do.
        unchanged: those of them that were not looked at, as nothing moved.
        to_do: those in which this sweep is to do something.
        begun: those of these whose turn has come.
        done: those of these with which it is over.
        held: those of these that wait for another sweep.
        failed: those in which something went wrong.
        failure: what went wrong in the last of these; its texts are hostile.
    """

    expected: int = 0
    found: int = 0
    whole: bool = False
    looked: int = 0
    unchanged: int = 0
    to_do: int = 0
    begun: int = 0
    done: int = 0
    held: int = 0
    failed: int = 0
    failure: Record | None = None

    def look(self, records: Sequence[Record]) -> None:
        """It is known what there is to do in a repository: these are its records."""
        self.looked += 1
        self.unchanged += any(one.state is State.UNCHANGED for one in records)
        self._fail(records)

    def end(self, records: Sequence[Record]) -> None:
        """What there was to do in a repository is done, or it is known that it has to wait."""
        held = any(one.state is State.LATER for one in records)
        self.held += held
        self.done += not held
        self._fail(records)

    def _fail(self, records: Sequence[Record]) -> None:
        for one in records:
            if one.state is State.FAILED:
                self.failure = one
        self.failed += any(one.state is State.FAILED for one in records)
