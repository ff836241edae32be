"""Workflows run for real: ``act`` in host mode, without a network, against the stand-in.

    ran = run(text, "push", standin=github, ref="refs/tags/v1.0.0")
    assert ran.jobs == {"preflight": "failure", "build": "skipped", "publish": "skipped"}

Where act differs from GitHub (``test_harness.py`` holds it to what is relied on):

- Filters of events (branches, tags, paths, types) are not looked at: a test says what happens.
- ``concurrency``, ``environment``, a job's ``timeout-minutes`` and ``continue-on-error`` count for
  nothing, and a step's ``timeout-minutes`` counts only where it is a whole number.
- Jobs run in stages: one starts when all those that could have started before it have ended.
- All labels run on this machine, with ``RUNNER_OS`` Linux; the tools are this machine's. What a
  workflow does, it does here and as this user: only run what was written or read for a test.
- ``github.ref_type`` of a pull request is empty.
- A step's input and output are a terminal. Nothing here may ask anything: ``gh`` is told so.
- A cancelled step is killed outright; GitHub's runner lets its traps run. So ``interrupt`` does
  what the runner does, to the step itself.
- Secrets are not masked in the log, so that a test can see that none is in it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from bot.permissions.scopes import Grants
from bot.workflow.document import parse
from bot.workflow.model import Workflow
from bot.workflow.reader import read_workflow
from tests.act import interruption, tokens
from tests.act.actions import STAND_INS
from tests.act.machine import Machine
from tests.forge.standin import Call, StandIn

NONE: Mapping[str, str] = MappingProxyType({})

Result = Literal["success", "failure", "skipped", "not run"]


class ActError(AssertionError):
    """act could not run the workflow, or did not come to an end; the message is its log."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A step of a job that ran, once for each combination of a matrix.

    Attributes:
        step: its label in GitHub's log: the name, else the action, else ``Run`` and the first line.
        outcome: before ``continue-on-error`` is applied, as ``steps.<id>.outcome`` says it.
        seconds: that it took.
    """

    job: str
    step: str
    outcome: Result
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended.

    Attributes:
        ok: no job failed.
        log: what the steps wrote, workflow commands included, a line each.
        jobs: id → result, in the order of the file.
        steps: of the jobs that ran, job by job in the order in which they began.
        calls: that the stand-in got.
        seconds: that the whole took, act's own start included.
    """

    ok: bool
    log: str
    jobs: Mapping[str, Result]
    steps: tuple[Ran, ...]
    calls: tuple[Call, ...]
    seconds: float

    def outcome(self, step: str) -> Result:
        """That of the one step of this label; ``not run`` where its job did not start."""
        found = [ran.outcome for ran in self.steps if ran.step == step]
        assert len(found) < 2, f"{len(found)} steps are called {step}"
        return found[0] if found else "not run"

    def started(self) -> tuple[str, ...]:
        """The labels of the steps that were not skipped."""
        return tuple(ran.step for ran in self.steps if ran.outcome != "skipped")


def run(
    text: str,
    event: str = "push",
    *,
    standin: StandIn,
    payload: Mapping[str, object] | None = None,
    ref: str | None = None,
    inputs: Mapping[str, str] = NONE,
    secrets: Mapping[str, str] = NONE,
    default: Grants = tokens.RESTRICTED,
    refuse: frozenset[str] = frozenset(),
    actions: Mapping[str, str] = STAND_INS,
    env: Mapping[str, str] = NONE,
    tools: Mapping[str, str | None] = MappingProxyType({}),
    interrupt: Callable[[], bool] | None = None,
    timeout: float = 60,
) -> Run:
    """Run a workflow in a repository ``octo/demo`` of its own.

    Args:
        text: the workflow, as it would stand in the repository.
        standin: gets every call; each job's token is made known to it (:mod:`tests.act.tokens`).
        payload: of the event, over what the harness makes of it.
        ref: ``github.ref``; by default the one that the event has for branch ``main``.
        inputs: of a ``workflow_dispatch``.
        secrets: besides GITHUB_TOKEN. What they may do, tell the stand-in.
        default: the grants of jobs to which no block applies.
        refuse: scopes that are not written to, whatever the blocks say: the repository's clamp.
        actions: what stands in for the actions used; one that is missing is a ``KeyError``.
        env: of the runner.
        tools: programs that stand in for the machine's own, as scripts; None takes one away.
        interrupt: is asked again and again; when it says True, the steps that run then are
            cancelled as the runner does it, and the run with them.
        timeout: in seconds, of the whole.

    Raises:
        ActError: it was no run: a workflow that act refuses, a label it does not know, no end.
    """
    workflow = read_workflow(parse("workflow.yml", text))
    if event not in {e.name for e in workflow.events}:
        raise ValueError(f"the workflow does not run for {event}")
    granted = {j.id: tokens.grants(workflow, j, default, refuse) for j in workflow.jobs}
    for job, held in granted.items():
        standin.allow(tokens.token(job), held)
    before = len(standin.calls)
    with tempfile.TemporaryDirectory(prefix="act-") as folder:
        machine = Machine(Path(folder), standin, tools)
        machine.repository(tokens.told_apart(text))
        machine.event(workflow, event, payload or {}, inputs)
        command = [
            *machine.command(workflow, event, ref, actions),
            *tokens.arguments(granted),
            *(a for name, value in secrets.items() for a in ("--secret", f"{name}={value}")),
            *(a for name, value in env.items() for a in ("--env", f"{name}={value}")),
        ]
        start = time.monotonic()
        output, code = _output(command, machine, interrupt, timeout)
        seconds = time.monotonic() - start
    return _read(workflow, output, code, tuple(standin.calls[before:]), seconds)


def _output(
    command: list[str], machine: Machine, interrupt: Callable[[], bool] | None, timeout: float
) -> tuple[str, int]:
    """What act wrote, and its exit code."""
    process = subprocess.Popen(
        command,
        cwd=machine.checkout,
        env=machine.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    if interrupt is not None:
        watch = threading.Thread(target=interruption.cancel, args=(process, interrupt), daemon=True)
        watch.start()
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        interruption.kill(process)
        output, _ = process.communicate()
        raise ActError(f"no end after {timeout} s:\n{output}") from None
    except BaseException:
        interruption.kill(process)
        raise
    return output, process.returncode


def _read(
    workflow: Workflow, output: str, code: int, calls: tuple[Call, ...], seconds: float
) -> Run:
    log: list[str] = []
    results: dict[str, Result] = {}
    # The name of a job's instance (one for each combination of a matrix) → its id; and
    # (instance, step) → outcome and seconds.
    instances: dict[str, str] = {}
    outcomes: dict[tuple[str, str], tuple[Result, float]] = {}
    for entry in _entries(output):
        message = str(entry["msg"])
        instance, job = str(entry.get("job")), str(entry.get("jobID"))
        if entry.keys() & {"raw", "raw_output"} or entry["level"] in ("error", "fatal"):
            log.append(str(entry.get("raw", message)).rstrip("\r\n"))
        if "Skipping unsupported platform" in message:
            raise ActError(f"job {job}: {message}")
        if "jobResult" in entry and results.get(job) != "failure":
            results[job] = entry["jobResult"]
        if entry.get("step") == "Set up job":
            instances.setdefault(instance, job)
        # One id is a step of the job, two are a step of an action.
        if entry.get("stage") == "Main" and "stepResult" in entry and len(entry["stepID"]) == 1:
            took = entry.get("executionTime", 0) / 1e9
            outcomes[instance, entry["stepID"][0]] = entry["stepResult"], took
    steps = tuple(
        Ran(job, step.label, *outcomes.get((instance, step.id or str(step.index)), ("skipped", 0)))
        for instance, job in instances.items()
        for step in next(j.steps for j in workflow.jobs if j.id == job)
    )
    text = "\n".join(log)
    failed = {job for job, result in results.items() if result == "failure"}
    if failed - {ran.job for ran in steps if ran.outcome == "failure"} or (code and not failed):
        raise ActError(f"act itself failed (exit code {code}):\n{text}")
    jobs = {job.id: results.get(job.id, "skipped") for job in workflow.jobs}
    return Run(not failed, text, MappingProxyType(jobs), steps, calls, seconds)


def _entries(output: str) -> Iterator[dict[str, Any]]:
    """The lines that act writes with ``--json``; one that is no JSON is an error of act's own."""
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
        else:
            yield {"msg": line, "level": "error"}
