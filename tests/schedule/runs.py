"""What a run of a workflow is given, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.workflow.evaluate import Value
from bot.workflow.model import Step

PROBE = "# Clearance preflight probe: "
"""How the script of a probe begins."""


class Result(StrEnum):
    """How a job or a step ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """What a probe found out."""

    PASSED = "pass"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Event:
    """What starts a run.

    Attributes:
        ref: as in ``github.ref``; of a pull request its merge ref.
        fork: the pull request comes from a fork.
        inputs: of a manual run or of a call, as the ``inputs`` context gives them.
    """

    name: str
    ref: str
    fork: bool = False
    inputs: tuple[tuple[str, Value], ...] = ()

    @property
    def merges(self) -> bool:
        """Whether it is one whose checks may be required for a merge."""
        return self.name.startswith("pull_request") or self.name == "merge_group"


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What only the run itself would tell. A step's number does not count probes.

    Attributes:
        failed: steps that fail where they run: job and number.
        outputs: job, number and name → what the step puts out.
        verdict: what a probe finds out, unless ``verdicts`` says otherwise.
        verdicts: kind → what the probes of this kind find out.
        stillborn: jobs that fail before their first step, should they start: a job, and which leg
            of it, or None for all.
        hashed: what ``hashFiles`` gives.
    """

    failed: frozenset[tuple[str, int]] = frozenset()
    outputs: tuple[tuple[tuple[str, int, str], str], ...] = ()
    verdict: Verdict = Verdict.PASSED
    verdicts: tuple[tuple[str, Verdict], ...] = ()
    stillborn: frozenset[tuple[str, int | None]] = frozenset()
    hashed: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe that ran: in which leg of which job, its kind, for which jobs, mode and verdict."""

    job: str
    leg: int
    kind: str
    guards: tuple[str, ...]
    mode: str
    verdict: Verdict

    @property
    def failed(self) -> bool:
        """Whether its step failed."""
        return self.verdict is Verdict.REFUSED and self.mode == "fail"

    @property
    def told(self) -> str:
        """Its output: a refusal that fails nothing is to hold nothing either."""
        warned = self.verdict is Verdict.REFUSED and not self.failed
        return "warned" if warned else str(self.verdict)


@dataclass(frozen=True, slots=True)
class JobRun:
    """How a job went.

    Attributes:
        result: what other jobs see.
        outcome: how it ended before ``continue-on-error`` was looked at.
        steps: number → how the step ended, the worst of all legs; probes are not among them.
    """

    result: Result
    outcome: Result
    outputs: tuple[tuple[str, str], ...] = ()
    steps: tuple[tuple[int, Result], ...] = ()
    probes: tuple[Probed, ...] = ()

    @property
    def ran(self) -> frozenset[int]:
        """The numbers of the steps that ran."""
        return frozenset(number for number, result in self.steps if result is not Result.SKIPPED)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went, job by job."""

    jobs: Mapping[str, JobRun]

    @property
    def conclusion(self) -> Result:
        """What the run shows: a failure, a success, or that nothing ran."""
        results = {job.result for job in self.jobs.values()}
        if Result.FAILURE in results:
            return Result.FAILURE
        return Result.SUCCESS if Result.SUCCESS in results else Result.SKIPPED

    @property
    def started(self) -> frozenset[tuple[str, int]]:
        """Jobs (number -1) and steps that ran."""
        return frozenset(
            (job_id, number)
            for job_id, job in self.jobs.items()
            if job.outcome is not Result.SKIPPED
            for number in (-1, *job.ran)
        )

    @property
    def probes(self) -> tuple[Probed, ...]:
        """The probes that ran."""
        return tuple(probe for job in self.jobs.values() for probe in job.probes)


def is_probe(step: Step) -> bool:
    """Whether a step is a probe."""
    return step.run is not None and step.run.text.startswith(PROBE)


def kind(probe: Step) -> str:
    """Which kind of probe it is."""
    script = probe.run.text if probe.run else ""
    return script.partition("\n")[0].removeprefix(PROBE).strip()


def guards(probe: Step) -> tuple[str, ...]:
    """The jobs for which it stands."""
    return tuple(name.strip() for name in probe.env["GUARDS"].text.split(","))
