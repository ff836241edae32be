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
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any, TypeAlias

from ruamel.yaml import YAML

from bot.workflow.evaluate import Object, Value, evaluate, template, text, truth
from bot.workflow.expression import condition, names_status, pieces
from bot.workflow.model import Job, Scalar, Step, Workflow
from bot.workflow.values import PartialText, member

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


def schedule(workflow: Workflow, event: Event, outcomes: Outcomes) -> Run:
    """Run a workflow in the mind.

    Raises AssertionError where a condition reads what the model does not know, and for ``needs``
    that are circular or name no job.
    """
    return _Schedule(workflow, event, outcomes).run()


Contexts: TypeAlias = Mapping[str, Value]

_WORST = (Result.SKIPPED, Result.SUCCESS, Result.FAILURE)


def _object(entries: Mapping[str, Value]) -> Object:
    return Object(tuple(entries.items()))


def _lookup(contexts: Contexts) -> Callable[[tuple[str, ...]], Value]:
    def look(path: tuple[str, ...]) -> Value:
        assert path[0] in contexts, f"the model knows no context {path[0]}"
        value = contexts[path[0]]
        for key in path[1:]:
            value = member(value, key)
        return value

    return look


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
            "github": _github(event),
            "inputs": _object(dict(event.inputs)),
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

    def holds(
        self,
        written: Scalar | None,
        contexts: Contexts,
        status: Mapping[str, bool],
    ) -> bool:
        """Whether a condition lets its job or step run."""
        expr = condition(written.text if written else "")

        def call(name: str, args: tuple[Value, ...]) -> Value:
            return self.outcomes.hashed if name == "hashfiles" else status[name]

        if not names_status(expr) and not status["success"]:
            return False
        known = truth(evaluate(expr, _lookup(contexts), call))
        assert known is not None, f"not known: {written}"
        return known

    def needed(self, job: Job) -> Value:
        return _object(
            {
                name: _object(
                    {
                        "result": str(self.done[name].result),
                        "outputs": _object(dict(self.done[name].outputs)),
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
        if not self.holds(job.condition, contexts, status):
            return JobRun(Result.SKIPPED, Result.SKIPPED)
        raw = self.raw[job.id]
        legs = [self.leg(job, _Leg(n, leg), contexts) for n, leg in enumerate(_legs(raw))]
        outcome = max((leg.status for leg in legs), key=_WORST.index)
        outputs = {
            name: text(template(pieces(value.text), _lookup(self.inside(job, legs[-1], contexts))))
            for name, value in job.outputs.items()
        }
        return JobRun(
            result=Result.SUCCESS if self.tolerated(raw, contexts) else outcome,
            outcome=outcome,
            outputs=tuple((name, _plain(value)) for name, value in outputs.items() if value),
            steps=tuple(
                (number, max((leg.steps[number] for leg in legs), key=_WORST.index))
                for number in legs[0].steps
            ),
            probes=tuple(probe for leg in legs for probe in leg.probes),
        )

    def tolerated(self, raw: Any, contexts: Contexts) -> bool:
        """What ``continue-on-error`` of a job or a step says."""
        written = raw.get("continue-on-error", False)
        if isinstance(written, str):
            return truth(template(pieces(written), _lookup(contexts))) is True
        return bool(written)

    def inside(self, job: Job, leg: _Leg, contexts: Contexts) -> dict[str, Value]:
        """The contexts that the steps of a job see."""
        return {
            **contexts,
            "steps": _object(leg.known),
            "job": _object({"status": str(leg.status)}),
            "runner": _object({"os": "Windows" if "windows-latest" in job.runs_on else "Linux"}),
            "secrets": Object(()),
        }

    def leg(self, job: Job, leg: _Leg, contexts: Contexts) -> _Leg:
        """The leg of a job, once it has run."""
        if self.outcomes.stillborn & {(job.id, leg.number), (job.id, None)}:
            leg.status = Result.FAILURE
        around = {**contexts, "matrix": _object(leg.matrix)}
        if job.calls is not None:
            failed = (job.id, 0) in self.outcomes.failed or leg.status is Result.FAILURE
            leg.steps[0] = leg.status = Result.FAILURE if failed else Result.SUCCESS
            return leg
        raws = self.raw[job.id]["steps"]
        number = 0
        for step, raw in zip(job.steps, raws, strict=True):
            inside = self.inside(job, leg, around)
            here = {**inside, "env": self.env(job, step, inside)}
            status = {
                "success": leg.status is Result.SUCCESS,
                "failure": leg.status is Result.FAILURE,
                "always": True,
                "cancelled": False,
            }
            runs = self.holds(step.condition, here, status)
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
            tolerated = outcome is Result.FAILURE and self.tolerated(raw, here)
            conclusion = Result.SUCCESS if tolerated else outcome
            if conclusion is Result.FAILURE:
                leg.status = Result.FAILURE
            if step.id:
                leg.known[step.id] = _object(
                    {
                        "outcome": str(outcome),
                        "conclusion": str(conclusion),
                        "outputs": _object(puts),
                    }
                )
            if not is_probe(step):
                leg.steps[number] = outcome
                number += 1
        return leg

    def env(self, job: Job, step: Step, inside: Contexts) -> Value:
        found: dict[str, Value] = {}
        for level in (self.workflow.env, job.env, step.env):
            before = _object(dict(found))
            look = _lookup({**inside, "env": before})
            for name, value in level.items():
                found[name] = text(template(pieces(value.text), look))
        return _object(found)

    def probe(self, job: Job, leg: _Leg, step: Step, here: Contexts) -> Probed:
        mode = text(template(pieces(step.env["ON_REFUSAL"].text), _lookup(here)))
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


REPOSITORY = "octo/demo"


def _github(event: Event) -> Value:
    kind, _, name = event.ref.removeprefix("refs/").partition("/")
    payload: dict[str, Value] = {"repository": _object({"fork": False})}
    if event.inputs and event.name == "workflow_dispatch":
        # In the event they are texts, whatever their type.
        payload["inputs"] = _object({key: text(value) for key, value in event.inputs})
    if event.name.startswith("pull_request"):
        owner = "stranger/demo" if event.fork else REPOSITORY
        head = _object({"repo": _object({"fork": event.fork, "full_name": owner})})
        payload["pull_request"] = _object({"head": head, "merged": False})
    if event.name == "release":
        payload["action"] = "published"
        payload["release"] = _object({"tag_name": name, "prerelease": False})
    return _object(
        {
            "event_name": event.name,
            "ref": event.ref,
            "ref_name": name,
            "ref_type": "tag" if kind == "tags" else "branch",
            "repository": REPOSITORY,
            "repository_owner": "octo",
            "actor": "somebody",
            "head_ref": "topic" if event.name.startswith("pull_request") else "",
            "base_ref": "main" if event.name.startswith("pull_request") else "",
            "event": _object(payload),
            "token": "a-token",
        }
    )
