"""What the tests rely on act for: here it does as GitHub does."""

from __future__ import annotations

import textwrap

import pytest

from tests.act.samples import job, workflow
from tests.act.support import run
from tests.forge.standin import StandIn

# ---- jobs


@pytest.mark.parametrize(
    ("key", "result"),
    [
        pytest.param("needs: a", "skipped", id="without an if"),
        pytest.param("{needs: a, if: true}", "skipped", id="with an if that calls no status"),
        pytest.param("{needs: a, if: failure()}", "success", id="failure()"),
        pytest.param("{needs: a, if: always()}", "success", id="always()"),
        pytest.param("{needs: a, if: '${{ !cancelled() }}'}", "success", id="!cancelled()"),
        pytest.param(
            "{needs: a, if: \"${{ !cancelled() && needs.a.result == 'success' }}\"}",
            "skipped",
            id="!cancelled() and the result of the other",
        ),
    ],
)
def test_a_job_behind_one_that_failed(github: StandIn, key: str, result: str) -> None:
    keys = [part.strip() for part in key.strip("{}").split(", ")]
    if key.startswith("{"):
        keys = [keys[0], ", ".join(keys[1:])]
    ran = run(workflow(job("a", script="exit 1") + job("b", *keys)), standin=github)
    assert ran.jobs == {"a": "failure", "b": result}


def test_a_job_that_does_not_look_at_failures_runs_behind_a_skipped_one(github: StandIn) -> None:
    text = workflow(
        job("a", "if: github.event_name != 'push'")
        + job("plain", "needs: a")
        + job("tolerant", "needs: a", "if: ${{ !cancelled() }}")
    )
    ran = run(text, standin=github)
    assert ran.jobs == {"a": "skipped", "plain": "skipped", "tolerant": "success"}


def test_success_looks_at_all_jobs_before_and_not_only_at_those_needed(github: StandIn) -> None:
    text = workflow(
        job("a", script="exit 1") + job("b", "needs: a", "if: always()") + job("c", "needs: b")
    )
    assert run(text, standin=github).jobs == {"a": "failure", "b": "success", "c": "skipped"}


@pytest.mark.parametrize(
    ("verdict", "result"), [("pass", "success"), ("refused", "skipped"), ("", "success")]
)
def test_an_if_sees_the_outputs_of_a_needed_job(github: StandIn, verdict: str, result: str) -> None:
    entry = """
    a:
      runs-on: ubuntu-latest
      outputs: {verdict: '${{ steps.probe.outputs.verdict }}'}
      steps:
        - id: probe
          env: {VERDICT: '%s'}
          run: if [ "$VERDICT" ]; then echo "verdict=$VERDICT" >> "$GITHUB_OUTPUT"; fi
    """
    condition = "if: ${{ !cancelled() && needs.a.outputs.verdict != 'refused' }}"
    text = workflow(textwrap.dedent(entry % verdict) + job("b", "needs: a", condition))
    assert run(text, standin=github).jobs["b"] == result


def test_the_results_of_all_needed_jobs_can_be_looked_through(github: StandIn) -> None:
    failed = "if: ${{ always() && contains(needs.*.result, 'failure') }}"
    skipped = "if: ${{ always() && contains(needs.*.result, 'skipped') }}"
    text = workflow(
        job("a", script="exit 1")
        + job("b")
        + job("failed", "needs: [a, b]", failed)
        + job("skipped", "needs: [a, b]", skipped)
    )
    ran = run(text, standin=github)
    assert (ran.jobs["failed"], ran.jobs["skipped"]) == ("success", "skipped")


def test_each_combination_of_a_matrix_runs_and_one_that_fails_fails_the_job(
    github: StandIn,
) -> None:
    matrix = "strategy: {fail-fast: false, matrix: {n: [1, 2, 3]}}"
    ran = run(workflow(job("a", matrix, script="test ${{ matrix.n }} != 2")), standin=github)
    assert ran.jobs == {"a": "failure"}
    assert sorted(step.outcome for step in ran.steps) == ["failure", "success", "success"]


def test_every_known_label_runs_here(github: StandIn) -> None:
    jobs = "".join(
        job(f"on-{n}").replace("ubuntu-latest", label)
        for n, label in enumerate(("windows-latest", "[self-hosted, gpu]", "macos-15"))
    )
    assert set(run(workflow(jobs), standin=github).jobs.values()) == {"success"}


# ---- steps

_STEPS = """
a:
  runs-on: ubuntu-latest
  steps:
    - {name: before, run: 'true'}
    - {name: tolerated, run: exit 1, continue-on-error: true}
    - {name: not due, if: github.event_name != 'push', run: 'true'}
    - {name: due, if: github.event_name == 'push', run: 'true'}
    - {name: fails, run: exit 3}
    - {name: after, run: 'true'}
    - {name: on failure, if: failure(), run: 'true'}
    - {name: always, if: always(), run: 'true'}
"""


def test_the_outcome_of_every_step_is_known(github: StandIn) -> None:
    ran = run(workflow(_STEPS), standin=github)
    assert [(step.step, step.outcome) for step in ran.steps] == [
        ("before", "success"),
        ("tolerated", "failure"),
        ("not due", "skipped"),
        ("due", "success"),
        ("fails", "failure"),
        ("after", "skipped"),
        ("on failure", "success"),
        ("always", "success"),
    ]


def test_a_job_whose_steps_were_all_skipped_went_well(github: StandIn) -> None:
    ran = run(workflow(job("a") + "      if: github.event_name != 'push'\n"), standin=github)
    assert (ran.jobs, ran.outcome("of a")) == ({"a": "success"}, "skipped")


def test_a_tolerated_failure_fails_no_job(github: StandIn) -> None:
    steps = _STEPS.replace("    - {name: fails, run: exit 3}\n", "")
    assert run(workflow(steps), standin=github).ok


@pytest.mark.parametrize(
    ("shell", "outcome"),
    [
        pytest.param("shell: bash", "failure", id="bash named: pipefail"),
        pytest.param("", "success", id="bash by default: no pipefail"),
    ],
)
def test_the_shell_is_started_as_a_runner_does_it(
    github: StandIn, shell: str, outcome: str
) -> None:
    steps = job("a", script="false | true") + (f"      {shell}\n" if shell else "")
    assert run(workflow(steps), standin=github).outcome("of a") == outcome


def test_a_step_s_own_working_directory_stands_over_the_defaults(github: StandIn) -> None:
    jobs = """
    a:
      runs-on: ubuntu-latest
      defaults: {run: {working-directory: not/there/yet, shell: python}}
      steps:
        - {name: own, working-directory: ., shell: bash, run: 'test "$PWD" = "$GITHUB_WORKSPACE"'}
        - {name: default, run: print()}
    """
    ran = run(workflow(jobs), standin=github)
    assert (ran.outcome("own"), ran.outcome("default")) == ("success", "failure")


def test_the_repository_is_there_from_the_checkout_on(github: StandIn) -> None:
    jobs = """
    a:
      runs-on: ubuntu-latest
      steps:
        - {name: before, run: test ! -e README.md}
        - uses: actions/checkout@v4
        - {name: after, run: test -e README.md && git log}
    """
    assert run(workflow(jobs), standin=github).ok


def test_an_expression_in_env_gives_one_of_two_words(github: StandIn) -> None:
    words = "env: {ON_REFUSAL: \"${{ github.ref_type == 'tag' && 'fail' || 'warn' }}\"}"
    text = workflow(job("a", words, script="echo refused: $ON_REFUSAL"))
    assert "refused: fail" in run(text, standin=github, ref="refs/tags/v1").log
    assert "refused: warn" in run(text, standin=github).log


def test_workflow_commands_are_in_the_log_as_they_were_written(github: StandIn) -> None:
    script = "echo '::warning title=A b::c'\necho '::error::d'\necho plain"
    log = run(workflow(job("a", script=script)), standin=github).log.splitlines()
    assert {"::warning title=A b::c", "::error::d", "plain"} <= set(log)
