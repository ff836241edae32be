"""What the model of scheduling says, case by case; its sources are named in the model."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bot.workflow.document import parse
from bot.workflow.model import Workflow
from bot.workflow.reader import read_workflow
from tests.act import support
from tests.forge.standin import StandIn
from tests.schedule.graphs import runnable
from tests.schedule.model import Event, Outcomes, Probed, Result, Run, Verdict, schedule

PUSH = Event("push", "refs/heads/main")
TAG = Event("push", "refs/tags/v1")
PULL = Event("pull_request", "refs/pull/7/merge")
FORK = Event("pull_request", "refs/pull/7/merge", fork=True)
_SHORT = {Result.SUCCESS: "+", Result.FAILURE: "!", Result.SKIPPED: "-"}


def read(text: str) -> Workflow:
    return read_workflow(parse(".github/workflows/x.yml", text))


def jobs(*lines: str) -> Workflow:
    """A workflow of jobs, each `name|needs|if`, with one step."""
    text = "on: [push, pull_request]\njobs:\n"
    for line in lines:
        name, needs, condition = (part.strip() for part in line.split("|", 2))
        text += f"  {name}:\n    runs-on: ubuntu-latest\n    needs: [{needs}]\n"
        text += f"    if: {condition}\n" if condition else ""
        text += "    steps:\n      - id: one\n        run: one\n"
        text += "    outputs:\n      go: ${{ steps.one.outputs.go }}\n"
    return read(text)


def steps(*lines: str, job: str = "") -> Workflow:
    """A workflow of one job, whose steps are flow mappings; `job` is one more line of the job."""
    text = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    {job}\n    steps:\n"
    return read(text + "".join(f"      - {line}\n" for line in lines))


def results(run: Run) -> str:
    return "".join(_SHORT[job.result] for job in run.jobs.values())


def ended(run: Run) -> str:
    return "".join(_SHORT[result] for _, result in run.jobs["a"].steps)


def failing(*names: str) -> Outcomes:
    return Outcomes(failed=frozenset((name, 0) for name in names))


_NOT = "false"
_JOBS = {
    "all-run": (["a||", "b|a|"], (), "++"),
    "a-failure-skips-what-needs-it": (["a||", "b|a|", "c|b|"], ("a",), "!--"),
    "a-failure-leaves-others-alone": (["a||", "b||"], ("a",), "!+"),
    "a-skip-skips-what-needs-it": ([f"a||{_NOT}", "b|a|", "c|b|"], (), "---"),
    "a-skipped-ancestor-skips-past-a-job-that-ran": (
        [f"a||{_NOT}", "b|a|always()", "c|b|"],
        (),
        "-+-",
    ),
    "a-failed-ancestor-skips-past-a-job-that-ran": (["a||", "b|a|always()", "c|b|"], ("a",), "!+-"),
    "always-runs-after-a-failure": (["a||", "b|a|always()"], ("a",), "!+"),
    "always-runs-after-a-skip": ([f"a||{_NOT}", "b|a|always()"], (), "-+"),
    "not-cancelled-runs-after-a-skip": ([f"a||{_NOT}", "b|a|${{ !cancelled() }}"], (), "-+"),
    "cancelled-never-is": (["a||", "b|a|cancelled()"], ("a",), "!-"),
    "failure-sees-a-needed-job": (["a||", "b|a|failure()"], ("a",), "!+"),
    "failure-sees-an-ancestor-behind-a-skip": (["a||", "b|a|", "c|b|failure()"], ("a",), "!-+"),
    "failure-sees-no-stranger": (["a||", "b||", "c|b|failure()"], ("a",), "!+-"),
    "failure-is-no-skip": ([f"a||{_NOT}", "b|a|failure()"], (), "--"),
    "success-or-failure-is-not-true-of-a-skip": (
        [f"a||{_NOT}", "b|a|success() || failure()"],
        (),
        "--",
    ),
    "not-failure-runs-after-a-skip": ([f"a||{_NOT}", "b|a|${{ !failure() }}"], (), "-+"),
    "not-success-runs-after-a-skip": ([f"a||{_NOT}", "b|a|${{ !success() }}"], (), "-+"),
    "a-result-alone-keeps-success": (
        ["a||", f"x||{_NOT}", "b|a,x|needs.a.result == 'success'"],
        (),
        "+--",
    ),
    "a-result-that-wants-a-failure-never-runs": (
        ["a||", "b|a|needs.a.result == 'failure'"],
        ("a",),
        "!-",
    ),
    "always-and-a-result-runs-after-that-failure": (
        ["a||", "b|a|always() && needs.a.result == 'failure'"],
        ("a",),
        "!+",
    ),
    "all-results-are-asked-by-a-star": (
        ["a||", "b||", "c|a,b|always() && !contains(needs.*.result, 'failure')"],
        ("b",),
        "+!-",
    ),
    "needs-knows-no-grandparent": (
        ["a||", "b|a|", "c|b|always() && needs.a.result == 'success'"],
        (),
        "++-",
    ),
    "a-name-in-a-text-is-no-status-function": (
        ["a||", "b|a|github.ref != 'always()'"],
        ("a",),
        "!-",
    ),
}


@pytest.mark.parametrize(("lines", "failed", "expected"), _JOBS.values(), ids=_JOBS)
def test_jobs(lines: list[str], failed: tuple[str, ...], expected: str) -> None:
    assert results(schedule(jobs(*lines), PUSH, failing(*failed))) == expected


_EVENTS = {
    "event": ("github.event_name == 'push'", PUSH, True),
    "other-event": ("github.event_name == 'push'", PULL, False),
    "tag": ("startsWith(github.ref, 'refs/tags/v')", TAG, True),
    "no-tag": ("startsWith(github.ref, 'refs/tags/v')", PUSH, False),
    "ref-type": ("github.ref_type == 'tag'", TAG, True),
    "fork": ("github.event.pull_request.head.repo.fork", FORK, True),
    "no-fork": ("github.event.pull_request.head.repo.fork", PULL, False),
    "fork-by-name": (
        "github.event.pull_request.head.repo.full_name == github.repository",
        FORK,
        False,
    ),
    "no-pull-request": ("github.event.pull_request.head.repo.fork == false", PUSH, True),
    "input": (
        "inputs.publish",
        Event("workflow_dispatch", "refs/heads/main", inputs=(("publish", True),)),
        True,
    ),
    "input-of-the-event-is-text": (
        "github.event.inputs.publish == 'true'",
        Event("workflow_dispatch", "refs/heads/main", inputs=(("publish", True),)),
        True,
    ),
    "input-not-given": ("inputs.publish", PUSH, False),
    "text-beside-an-expression-is-true": ("'${{ false }} || x'", PUSH, True),
}


@pytest.mark.parametrize(("condition", "event", "runs"), _EVENTS.values(), ids=_EVENTS)
def test_conditions_on_what_started_the_run(condition: str, event: Event, runs: bool) -> None:
    run = schedule(jobs(f"a||{condition}"), event, Outcomes())
    assert (results(run) == "+") == runs


_STEPS = {
    "all-run": (["{run: x}", "{run: y}"], [], "++"),
    "a-failure-skips-the-rest": (["{run: x}", "{run: y}"], [0], "!-"),
    "always-runs-after-a-failure": (["{run: x}", "{run: y, if: always()}", "{run: z}"], [0], "!+-"),
    "failure-runs-after-a-failure": (["{run: x}", "{run: y, if: failure()}"], [0], "!+"),
    "failure-does-not-run-without": (["{run: x}", "{run: y, if: failure()}"], [], "+-"),
    "a-condition-keeps-success": (
        ["{run: x}", "{run: y, if: github.event_name == 'push'}"],
        [0],
        "!-",
    ),
    "a-skipped-step-is-no-failure": (["{run: x, if: false}", "{run: y}"], [], "-+"),
    "a-tolerated-failure-goes-on": (["{run: x, continue-on-error: true}", "{run: y}"], [0], "!+"),
    "tolerance-may-be-an-expression": (
        ["{run: x, continue-on-error: \"${{ github.event_name == 'push' }}\"}", "{run: y}"],
        [0],
        "!+",
    ),
    "a-tolerated-failure-has-a-failed-outcome": (
        [
            "{id: x, run: x, continue-on-error: true}",
            "{run: y, if: steps.x.outcome == 'failure' && steps.x.conclusion == 'success'}",
        ],
        [0],
        "!+",
    ),
    "a-steps-env-is-there-for-its-condition": (
        ["{run: x, if: env.A == 'b', env: {A: b}}", "{run: y, if: env.A == 'b'}"],
        [],
        "+-",
    ),
    "the-job-has-a-status": (
        ["{run: x}", "{run: y, if: always() && job.status == 'failure'}"],
        [0],
        "!+",
    ),
}


@pytest.mark.parametrize(("lines", "failed", "expected"), _STEPS.values(), ids=_STEPS)
def test_steps(lines: list[str], failed: list[int], expected: str) -> None:
    outcomes = Outcomes(failed=frozenset(("a", number) for number in failed))
    assert ended(schedule(steps(*lines), PUSH, outcomes)) == expected


def test_the_status_functions_of_a_step_see_no_other_job() -> None:
    workflow = read(
        "on: push\njobs:\n"
        "  x: {runs-on: a, steps: [{run: x}]}\n"
        "  a: {runs-on: a, needs: x, if: always(), steps: [{run: y}, {run: z, if: failure()}]}\n"
    )
    assert ended(schedule(workflow, PUSH, failing("x"))) == "+-"


@pytest.mark.parametrize(
    ("job", "failed", "conclusion"),
    [
        pytest.param("", [], Result.SUCCESS, id="good"),
        pytest.param("", [0], Result.FAILURE, id="a-failed-step-fails-the-run"),
        pytest.param("continue-on-error: true", [0], Result.SUCCESS, id="tolerated-job"),
        pytest.param("if: false", [], Result.SKIPPED, id="nothing-ran"),
    ],
)
def test_the_runs_conclusion(job: str, failed: list[int], conclusion: Result) -> None:
    outcomes = Outcomes(failed=frozenset(("a", number) for number in failed))
    assert schedule(steps("{run: x}", job=job), PUSH, outcomes).conclusion is conclusion


def test_a_tolerated_job_is_a_success_to_those_that_need_it() -> None:
    workflow = read(
        "on: push\njobs:\n"
        "  x: {runs-on: a, continue-on-error: true, steps: [{run: x}]}\n"
        "  y: {runs-on: a, needs: x, if: needs.x.result == 'success', steps: [{run: y}]}\n"
        "  z: {runs-on: a, needs: x, if: failure(), steps: [{run: z}]}\n"
    )
    run = schedule(workflow, PUSH, failing("x"))
    assert (results(run), run.jobs["x"].outcome) == ("++-", Result.FAILURE)


@pytest.mark.parametrize("failed", [(), ("a",)], ids=["good", "of-a-failed-job"])
def test_outputs_reach_the_jobs_that_need_them(failed: tuple[str, ...]) -> None:
    workflow = jobs("a||", "b|a|always() && needs.a.outputs.go == 'yes'")
    outcomes = Outcomes(failing(*failed).failed, outputs=((("a", 0, "go"), "yes"),))
    assert results(schedule(workflow, PUSH, outcomes))[1] == "+"
    assert results(schedule(workflow, PUSH, failing(*failed)))[1] == "-"


def test_a_job_that_dies_at_its_start_still_runs_its_always_steps() -> None:
    workflow = steps("{run: x}", "{run: y, if: always()}")
    run = schedule(workflow, PUSH, Outcomes(stillborn=frozenset({("a", None)})))
    assert (results(run), ended(run)) == ("!", "-+")


def test_the_legs_of_a_matrix_count_as_one_job() -> None:
    workflow = steps(
        "{run: x, if: matrix.leg == 'b'}",
        "{run: y, if: matrix.leg == 'c'}",
        job="strategy: {matrix: {leg: [a, b]}}",
    )
    assert ended(schedule(workflow, PUSH, Outcomes())) == "+-"
    run = schedule(workflow, PUSH, Outcomes(failed=frozenset({("a", 0)})))
    assert results(run) == "!"


def test_a_reusable_workflow_is_a_job_of_one_step() -> None:
    workflow = read("on: push\njobs:\n  a: {uses: ./.github/workflows/x.yml}\n")
    assert results(schedule(workflow, PUSH, Outcomes())) == "+"
    assert results(schedule(workflow, PUSH, failing("a"))) == "!"


_PROBING = """\
on: [push, pull_request]
jobs:
  a:
    runs-on: ubuntu-latest
    outputs:
      verdict: ${{ steps.probe.outputs.verdict }}
    steps:
      - id: probe
        if: CONDITION
        env:
          GUARDS: b
          ON_REFUSAL: MODE
        run: |
          # Clearance preflight probe: refs
          true
      - run: x
  b:
    runs-on: ubuntu-latest
    needs: a
    if: ${{ !cancelled() && needs.a.outputs.verdict != 'refused' }}
    steps:
      - run: y
"""
_PULLS = "${{ github.event_name == 'pull_request' && 'warn' || 'fail' }}"
_PROBES = {
    "pass": ("fail", Verdict.PASSED, PUSH, "fail", "++"),
    "unknown": ("fail", Verdict.UNKNOWN, PUSH, "fail", "++"),
    "refused": ("fail", Verdict.REFUSED, PUSH, "fail", "!-"),
    "refused-and-warns": ("warn", Verdict.REFUSED, PUSH, "warn", "++"),
    "mode-is-an-expression-that-fails": (_PULLS, Verdict.REFUSED, PUSH, "fail", "!-"),
    "mode-is-an-expression-that-warns": (_PULLS, Verdict.REFUSED, PULL, "warn", "++"),
}


@pytest.mark.parametrize(
    ("mode", "verdict", "event", "meant", "expected"), _PROBES.values(), ids=_PROBES
)
def test_probes(mode: str, verdict: Verdict, event: Event, meant: str, expected: str) -> None:
    workflow = read(_PROBING.replace("MODE", mode).replace("CONDITION", "true"))
    run = schedule(workflow, event, Outcomes(verdict=verdict))
    assert (run.probes, results(run)) == (
        (Probed("a", 0, "refs", ("b",), meant, verdict),),
        expected,
    )
    assert set(dict(run.jobs["a"].steps)) == {0}  # the probe has no number


def test_a_probe_that_is_not_due_says_nothing() -> None:
    workflow = read(_PROBING.replace("MODE", "fail").replace("CONDITION", "false"))
    run = schedule(workflow, PUSH, Outcomes(verdict=Verdict.REFUSED))
    assert (run.probes, results(run)) == ((), "++")


@pytest.mark.parametrize(
    "lines", [["a|b|", "b|a|"], ["a|x|"]], ids=["circular-needs", "needs-of-nothing"]
)
def test_workflows_that_github_refuses(lines: list[str]) -> None:
    with pytest.raises(AssertionError):
        schedule(jobs(*lines), PUSH, Outcomes())


@pytest.mark.parametrize("condition", ["nonsense.x", "fromJSON(github.ref)"])
def test_what_the_model_does_not_know_is_an_error(condition: str) -> None:
    with pytest.raises(AssertionError, match="know"):
        schedule(steps(f"{{run: x, if: {condition}}}"), PUSH, Outcomes())


@given(runnable())
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_model_agrees_with_act(case: tuple[str, Event, Outcomes]) -> None:
    text, event, outcomes = case
    with StandIn() as github:
        ran = support.run(text, event.name, standin=github, ref=event.ref)
    run = schedule(read(text), event, outcomes)
    assert ran.jobs == {job_id: str(job.result) for job_id, job in run.jobs.items()}
    for job_id, job in run.jobs.items():
        outcome = [step.outcome for step in ran.steps if step.job == job_id]
        assert outcome == [str(result) for _, result in job.steps]
