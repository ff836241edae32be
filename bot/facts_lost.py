"""Facts about what is given back to jobs: scopes without which their runs have failed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.where import Where


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A scope that a job gets because a run has failed without it.

    Attributes:
        where: the job's line.
        grant: what it gets, as a block says it.
        before: what a file gives its token today, as it is written; empty where none states it.
        run: the id of that run.
        pull: the number of the pull request that was merged before it.
        words: what the run's log says.
    """

    job: str
    where: Where
    grant: str
    before: tuple[str, ...]
    run: int
    pull: int
    words: str

    @property
    def writes(self) -> bool:
        """Whether it is a write."""
        return self.grant.endswith(": write")
