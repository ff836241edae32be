"""A small model of how GitHub schedules the jobs and steps of one workflow run.

Where its rules come from:

- docs.github.com, "Workflow syntax", ``jobs.<job_id>.needs``: a failure or a skip goes on to all
  jobs further down the chain, unless a condition lets them go on; "Expressions", status check
  functions: ``failure()`` of a job sees any ancestor's failure, and where no status function is
  named, ``success()`` is applied.
- github.com/actions/runner/issues/491 and 2205: ``success()`` of a job asks all its ancestors,
  not only those in ``needs``, and a skipped one is no success.
- github.com/actions/runner, ``SuccessFunction.cs`` and its neighbours: in a step the status
  functions ask the status of the job so far, not of other jobs; ``StepsRunner.cs``: a failure
  that ``continue-on-error`` takes is a failed outcome and a good conclusion; a step's ``env`` is
  there for its own condition; ``JobExtension.cs``: a job's outputs are set however it ended.
- docs.github.com, "Workflow syntax", ``jobs.<job_id>.continue-on-error``: the run goes on, and so
  do the jobs that need the failed one, to which its result is ``success``.

Left out: cancelling, time, ``fail-fast`` (the legs of a matrix end alike here) and the inside of
reusable workflows, which are jobs of one step.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any

from ruamel.yaml import YAML

from bot.workflow.evaluate import Object, Value
from bot.workflow.model import Job, Step, Workflow
from bot.workflow.values import PartialText
from tests.schedule.contexts import (
    Contexts,
    as_object,
    environment,
    filled,
    github,
    holds,
    tolerated,
)
from tests.schedule.runs import (
    Event,
    JobRun,
    Outcomes,
    Probed,
    Result,
    Run,
    Verdict,
    guards,
    is_probe,
    kind,
)

__all__ = [
    "Event",
    "Outcomes",
    "Probed",
    "Result",
    "Run",
    "Verdict",
    "guards",
    "is_probe",
    "kind",
    "schedule",
]

_WORST = (Result.SKIPPED, Result.SUCCESS, Result.FAILURE)


def schedule(workflow: Workflow, event: Event, outcomes: Outcomes) -> Run:
    """Run a workflow in the mind.

    Raises AssertionError where a condition reads what the model does not know, and for ``needs``
    that are circular or name no job.
    """
    return _Schedule(workflow, event, outcomes).run()


@dataclass(slots=True)
class _Leg:
    """One leg of a job while it runs."""

    number: int
    matrix: Mapping[str, Value]
    status: Result = Result.SUCCESS
    steps: dict[int, Result] = field(default_factory=dict)
    known: dict[str, Value] = field(default_factory=dict)
    probes: list[Probed] = field(default_factory=list)


class _Schedule:
    def __init__(self, workflow: Workflow, event: Event, outcomes: Outcomes) -> None:
        self.workflow = workflow
        self.outcomes = outcomes
        self.puts = dict(outcomes.outputs)
        self.verdicts = dict(outcomes.verdicts)
        # Read by another parser than the project's: what only the model needs.
        self.raw = _raw(workflow.document.text)
        self.done: dict[str, JobRun] = {}
        self.known: dict[str, Value] = {
            "github": github(event),
            "inputs": as_object(dict(event.inputs)),
            "vars": Object(()),
        }

    def run(self) -> Run:
        ids = [job.id for job in self.workflow.jobs]
        assert all(need in ids for job in self.workflow.jobs for need in job.needs), "no such job"
        left = list(self.workflow.jobs)
        while left:
            ready = next((j for j in left if all(n in self.done for n in j.needs)), None)
            assert ready is not None, "needs are circular"
            left.remove(ready)
            self.done[ready.id] = self.job(ready)
        return Run({name: self.done[name] for name in ids})

    def ancestors(self, job: Job) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(job.needs)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                above = self.workflow.job(name)
                waiting += above.needs if above else ()
        return frozenset(found)

    def needed(self, job: Job) -> Value:
        return as_object(
            {
                name: as_object(
                    {
                        "result": str(self.done[name].result),
                        "outputs": as_object(dict(self.done[name].outputs)),
                    }
                )
                for name in job.needs
            }
        )

    def job(self, job: Job) -> JobRun:
        above = [self.done[name].result for name in self.ancestors(job)]
        status = {
            "success": all(result is Result.SUCCESS for result in above),
            "failure": Result.FAILURE in above,
            "always": True,
            "cancelled": False,
        }
        contexts = self.known | {"needs": self.needed(job)}
        if not holds(job.condition, contexts, status, self.outcomes.hashed):
            return JobRun(Result.SKIPPED, Result.SKIPPED)
        raw = self.raw[job.id]
        legs = [self.leg(job, _Leg(n, leg), contexts) for n, leg in enumerate(_legs(raw))]
        outcome = max((leg.status for leg in legs), key=_WORST.index)
        outputs = {
            name: filled(value, self.inside(job, legs[-1], contexts))
            for name, value in job.outputs.items()
        }
        return JobRun(
            result=Result.SUCCESS if tolerated(raw.get("continue-on-error"), contexts) else outcome,
            outcome=outcome,
            outputs=tuple((name, _plain(value)) for name, value in outputs.items() if value),
            steps=tuple(
                (number, max((leg.steps[number] for leg in legs), key=_WORST.index))
                for number in legs[0].steps
            ),
            probes=tuple(probe for leg in legs for probe in leg.probes),
        )

    def inside(self, job: Job, leg: _Leg, contexts: Contexts) -> dict[str, Value]:
        """The contexts that the steps of a job see."""
        return {
            **contexts,
            "steps": as_object(leg.known),
            "job": as_object({"status": str(leg.status)}),
            "runner": as_object({"os": "Windows" if "windows-latest" in job.runs_on else "Linux"}),
            "secrets": Object(()),
        }

    def leg(self, job: Job, leg: _Leg, contexts: Contexts) -> _Leg:
        """The leg of a job, once it has run."""
        if self.outcomes.stillborn & {(job.id, leg.number), (job.id, None)}:
            leg.status = Result.FAILURE
        around = {**contexts, "matrix": as_object(leg.matrix)}
        if job.calls is not None:
            failed = (job.id, 0) in self.outcomes.failed or leg.status is Result.FAILURE
            leg.steps[0] = leg.status = Result.FAILURE if failed else Result.SUCCESS
            return leg
        raws = self.raw[job.id]["steps"]
        number = 0
        for step, raw in zip(job.steps, raws, strict=True):
            inside = self.inside(job, leg, around)
            levels = (self.workflow.env, job.env, step.env)
            here = {**inside, "env": environment(levels, inside)}
            status = {
                "success": leg.status is Result.SUCCESS,
                "failure": leg.status is Result.FAILURE,
                "always": True,
                "cancelled": False,
            }
            runs = holds(step.condition, here, status, self.outcomes.hashed)
            outcome, puts = Result.SKIPPED, {}
            if runs and is_probe(step):
                probe = self.probe(job, leg, step, here)
                leg.probes.append(probe)
                outcome = Result.FAILURE if probe.failed else Result.SUCCESS
                puts = {"verdict": probe.told}
            elif runs:
                failed = (job.id, number) in self.outcomes.failed
                outcome = Result.FAILURE if failed else Result.SUCCESS
                puts = {
                    name: value
                    for (owner, at, name), value in self.puts.items()
                    if (owner, at) == (job.id, number)
                }
            taken = outcome is Result.FAILURE and tolerated(raw.get("continue-on-error"), here)
            conclusion = Result.SUCCESS if taken else outcome
            if conclusion is Result.FAILURE:
                leg.status = Result.FAILURE
            if step.id:
                leg.known[step.id] = as_object(
                    {
                        "outcome": str(outcome),
                        "conclusion": str(conclusion),
                        "outputs": as_object(puts),
                    }
                )
            if not is_probe(step):
                leg.steps[number] = outcome
                number += 1
        return leg

    def probe(self, job: Job, leg: _Leg, step: Step, here: Contexts) -> Probed:
        mode = filled(step.env["ON_REFUSAL"], here)
        assert mode in ("fail", "warn"), f"ON_REFUSAL is {mode!r}"
        verdict = self.verdicts.get(kind(step), self.outcomes.verdict)
        return Probed(job.id, leg.number, kind(step), guards(step), str(mode), verdict)


@lru_cache(maxsize=16)
def _raw(source: str) -> Any:
    return YAML(typ="safe").load(io.StringIO(source.removeprefix("\ufeff")))["jobs"]


def _plain(value: str | PartialText) -> str:
    assert isinstance(value, str), "an output is not known"
    return value


def _legs(raw: Any) -> list[dict[str, Value]]:
    """The legs of a job's matrix, whose axes are plain lists; one empty leg where there is none."""
    axes = raw.get("strategy", {}).get("matrix", {})
    return [
        dict(zip(axes, (str(value) for value in leg), strict=True))
        for leg in product(*axes.values())
    ]
