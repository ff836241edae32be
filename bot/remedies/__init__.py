"""Remedies: each turns what was found out about a workflow into edits of its file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.permissions.evidence import JobNeeds, Lost
from bot.permissions.scopes import Grants, covers


class Verdict(StrEnum):
    """What a remedy says about a job."""

    EXPLICIT = "explicit"
    """The job states permissions of its own, or needs no statement."""
    PROPOSED = "proposed"
    """A block is added."""
    GIVEN_BACK = "given-back"
    """Its own block gets what a run has failed without."""
    LACKING = "lacking"
    """It needs a scope that the block which applies to it does not give."""
    UNDECIDED = "undecided"
    """Something about it is unknown."""
    HELD_BACK = "held-back"
    """Its needs are known, but the file's form or the settings forbid an edit."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done about one job, and why.

    Attributes:
        proposed: the block that is added, for :data:`Verdict.PROPOSED`, or the one that it has and
            what it gets, for :data:`Verdict.GIVEN_BACK`.
        held: what applies to the job today; None where a default applies that is not known.
        missing: what it needs and does not hold.
        why: a sentence, where the verdict alone doesn't tell.
    """

    job: str
    line: int
    verdict: Verdict
    needs: JobNeeds
    held: Grants | None = None
    proposed: Grants | None = None
    missing: Grants | None = None
    why: str = ""

    @property
    def given(self) -> tuple[Lost, ...]:
        """What it is proposed to get because a run has failed without it."""
        held, proposed = self.held or {}, self.proposed or {}
        return tuple(
            one
            for one in self.needs.lost
            if covers(proposed, one.grants) and not covers(held, one.grants)
        )
