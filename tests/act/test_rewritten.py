"""Workflows with publishing late, rewritten and run: where they may publish, and where not."""

from __future__ import annotations

import pytest

from tests.act.rewritten import (
    BY_NAME,
    SAMPLES,
    Sample,
    after,
    is_probe,
    left,
    original,
    play,
    report,
    steps,
)
from tests.act.support import Run
from tests.forge.standin import StandIn

_NAMES = [sample.name.replace("-", " ") for sample in SAMPLES]
_WARNING = [sample for sample in SAMPLES if sample.warns]
_FAILING = [sample for sample in SAMPLES if not sample.warns]


def _ids(samples: list[Sample]) -> list[str]:
    return [sample.name.replace("-", " ") for sample in samples]


@pytest.mark.parametrize("sample", SAMPLES, ids=_NAMES)
def test_each_kind_and_shape_gets_its_probe(sample: Sample) -> None:
    plan = report(sample.text).proposal.plan
    assert sorted((probe.kind, probe.spot) for probe in plan.probes) == sorted(sample.probes)


@pytest.mark.parametrize("sample", SAMPLES, ids=_NAMES)
def test_allowed_it_runs_as_before_and_nothing_else_is_left(
    github: StandIn, sample: Sample
) -> None:
    ran = play(sample, after(sample), github)
    was = original(sample)
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)
    assert (ran.ok, left(github)) == (True, sample.made)
    assert ran.log.count("Preflight passed.") == len(_probes(ran)) > 0


@pytest.mark.parametrize("sample", _FAILING, ids=_ids(_FAILING))
def test_refused_it_fails_at_once_and_nothing_is_built(github: StandIn, sample: Sample) -> None:
    ran = play(sample, after(sample), github, refused=True)
    assert not ran.ok
    # What it wrote is not looked for: act may lose the last words of a step that fails.
    assert "failure" in _probes(ran)
    assert max(step.seconds for step in ran.steps if is_probe(step.step)) < 2
    assert [step for step in ran.started() if step.startswith(("Build", "Publish"))] == []
    assert left(github) == ()


@pytest.mark.parametrize("sample", _WARNING, ids=_ids(_WARNING))
def test_refused_where_it_may_go_through_it_only_warns(github: StandIn, sample: Sample) -> None:
    ran = play(sample, after(sample), github, refused=True)
    was = original(sample, refused=True)
    assert "::warning title=Preflight refused::" in ran.log
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)


def test_a_variable_of_the_workflow_s_own_leads_no_probe_elsewhere(github: StandIn) -> None:
    sample = BY_NAME["image-for-pull-requests"]
    with StandIn() as elsewhere:
        text = sample.text.replace("jobs:", f"env:\n  REGISTRY_URL: {elsewhere.url}\njobs:", 1)
        play(sample, report(text).after, github)
        assert elsewhere.calls == []


def test_a_variable_of_the_workflow_s_own_makes_no_other_token(github: StandIn) -> None:
    sample = BY_NAME["single-job"]
    text = sample.text.replace("jobs:", "env:\n  SECRET: mine\n  EMPTY: refused\njobs:", 1)
    ran = play(sample, report(text).after, github, refused=True)
    assert max(step.seconds for step in ran.steps if is_probe(step.step)) < 2


def test_in_a_matrix_only_what_publishes_asks(github: StandIn) -> None:
    sample = Sample("matrix-with-condition", ())
    ran = play(sample, after(sample), github)
    assert (ran.ok, _probes(ran), len(ran.calls)) == (True, ["success"], 2)


def test_windows_line_ends_run_as_well(github: StandIn) -> None:
    sample = BY_NAME["release-and-image"]
    found = report(sample.text.replace("\n", "\r\n"))
    assert found.after.count("\n") == found.after.count("\r\n") > sample.text.count("\n")
    ran = play(sample, found.after, github)
    assert (ran.ok, steps(ran), left(github)) == (True, original(sample).steps, sample.made)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param(
            "trusted-publishing",
            "its own job's block alone decides whether it gets an OIDC token",
            id="an OIDC token in the publishing job itself",
        ),
        pytest.param(
            "left-to-its-default",
            "a job behind the probe would run in spite of a refusal",
            id="a job behind it that always runs",
        ),
    ],
)
def test_where_a_probe_would_do_harm_there_is_none(name: str, reason: str) -> None:
    plan = report(Sample(name, ()).text).proposal.plan
    assert (plan.probes, [one.reason.value for one in plan.left]) == ((), [reason])


def _probes(ran: Run) -> list[str]:
    """The outcomes of the probes that ran."""
    return [step.outcome for step in ran.steps if is_probe(step.step) and step.outcome != "skipped"]
