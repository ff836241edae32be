"""The graph of ``needs``: what runs before what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.workflow.model import Job, Workflow


@dataclass(frozen=True, slots=True)
class Graph:
    """The jobs of a workflow by what they need; an id that is no job is left out.

    Attributes:
        before: job → the jobs that it needs.
        after: job → the jobs that need it.
    """

    jobs: Mapping[str, Job]
    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(workflow: Workflow) -> Graph:
        """The graph of a workflow's jobs."""
        jobs = {job.id: job for job in workflow.jobs}
        before = {job.id: tuple(n for n in job.needs if n in jobs) for job in workflow.jobs}
        after: dict[str, tuple[str, ...]] = dict.fromkeys(jobs, ())
        for job, needs in before.items():
            for need in needs:
                after[need] = (*after[need], job)
        return Graph(jobs, before, after)

    def ancestors(self, job: str) -> tuple[str, ...]:
        """All jobs that must end before a job starts, in the order of the file."""
        return self._reach(self.before, [job], without=job)

    def behind(self, jobs: Iterable[str]) -> tuple[str, ...]:
        """These jobs, and all that start only when one of them has ended."""
        return self._reach(self.after, list(jobs), without=None)

    def entries(self, job: str) -> tuple[str, ...]:
        """The jobs with which all ways to a job begin: its ancestors (or itself) without needs."""
        return tuple(j for j in (*self.ancestors(job), job) if not self.before[j])

    def _reach(
        self, steps: Mapping[str, tuple[str, ...]], start: list[str], without: str | None
    ) -> tuple[str, ...]:
        seen = set(start)
        waiting = list(start)
        while waiting:
            for one in steps[waiting.pop()]:
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
        return tuple(job for job in self.jobs if job in seen and job != without)
