"""Rewritten workflows that publish with a token of their own, in each state it can be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.act.actions import TOOLS
from tests.act.rewritten import BY_NAME, MAIN, PAT, Sample, after, is_probe, left, play, report
from tests.act.support import Run
from tests.forge.standin import StandIn

_RELEASE = replace(BY_NAME["personal-token"], secret="")
_RUNNER = Sample("runner-registration", (), (), event="workflow_dispatch", ref=MAIN)
_ELSEWHERE = Sample("other-repository", ())
_APP = Sample("app-token", ())
_MINTED = "ghs_minted"
_IMPATIENT = {**TOOLS, "sleep": "#!/bin/sh\n"}
"""A ``sleep`` that does not wait until a new token is known everywhere."""
_SECRETS = {_RELEASE.name: "RELEASE_TOKEN", _RUNNER.name: "GH_PAT_TOKEN"}
_NEEDS = {_RELEASE.name: "contents", _RUNNER.name: "administration"}
_BOTH = pytest.mark.parametrize(
    "sample", [_RELEASE, _RUNNER], ids=["a release", "a runner's registration"]
)


def _days(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=number)


def _run(sample: Sample, github: StandIn, *, stored: bool = True) -> Run:
    secrets = {_SECRETS[sample.name]: PAT} if stored else {}
    return play(sample, after(sample), github, secrets=secrets)


def _built(ran: Run) -> bool:
    return any(step.startswith("Build") for step in ran.started())


def test_a_call_beyond_its_token_s_reach_gets_another(github: StandIn) -> None:
    assert not play(_RUNNER, _RUNNER.text, github).ok
    assert report(_RUNNER.text).after.count("${{ secrets.GH_PAT_TOKEN }}") == 2
    github.allow(PAT, {"administration": "write"}, kind="fine-grained")
    ran = _run(_RUNNER, github)
    assert (ran.ok, ran.calls[-1].path, ran.calls[-1].status) == (
        True,
        "/repos/octo/demo/actions/runners/registration-token",
        201,
    )


@_BOTH
def test_a_token_that_is_able_goes_through_unnoticed(github: StandIn, sample: Sample) -> None:
    permissions = {_NEEDS[sample.name]: "write"}
    github.allow(PAT, permissions, kind="fine-grained", expires=_days(60))
    ran = _run(sample, github)
    assert (ran.ok, "::warning" in ran.log, left(github)) == (True, False, sample.made)


@_BOTH
def test_a_token_that_ends_within_two_weeks_is_a_warning(github: StandIn, sample: Sample) -> None:
    permissions = {_NEEDS[sample.name]: "write"}
    end = _days(9)
    github.allow(PAT, permissions, kind="fine-grained", expires=end)
    ran = _run(sample, github)
    assert ran.ok
    assert f"::warning title={_SECRETS[sample.name]} expires on {end:%Y-%m-%d}::" in ran.log


@_BOTH
def test_a_secret_that_nobody_has_stored_fails_at_once(github: StandIn, sample: Sample) -> None:
    ran = _run(sample, github, stored=False)
    assert (ran.ok, _built(ran), ran.calls) == (False, False, ())


@_BOTH
def test_a_token_that_has_ended_fails_at_once(github: StandIn, sample: Sample) -> None:
    permissions = {_NEEDS[sample.name]: "write"}
    github.allow(PAT, permissions, kind="fine-grained", expires=_days(-1))
    ran = _run(sample, github)
    assert (ran.ok, _built(ran), [call.status for call in ran.calls]) == (False, False, [401])


@_BOTH
def test_a_token_without_the_permission_fails_at_once(github: StandIn, sample: Sample) -> None:
    github.allow(PAT, {"issues": "write"}, kind="fine-grained")
    ran = _run(sample, github)
    assert (ran.ok, _built(ran), [c.status for c in ran.calls]) == (False, False, [200, 403])


@_BOTH
def test_a_classic_token_is_one_as_well(github: StandIn, sample: Sample) -> None:
    github.allow(PAT, {"repo": ""}, kind="classic")
    assert _run(sample, github).ok


@_BOTH
def test_a_token_that_sees_no_repository_is_a_warning_alone(
    github: StandIn, sample: Sample
) -> None:
    github.allow(PAT, {"contents": "write"}, kind="fine-grained", repository="octo/else")
    ran = _run(sample, github)
    assert "::warning title=Preflight without verdict::" in ran.log
    assert _built(ran)


def test_a_secret_that_nobody_has_stored_is_no_loss_where_gh_takes_another(github: StandIn) -> None:
    sample = Sample("second-token", ())
    assert play(sample, sample.text, github).ok
    github.releases.clear()
    assert play(sample, after(sample), github).ok


def test_a_token_is_asked_for_the_repository_that_it_publishes_to(github: StandIn) -> None:
    github.allow(PAT, {"contents": "write"}, kind="fine-grained", repository="octo/downloads")
    ran = play(_ELSEWHERE, after(_ELSEWHERE), github, secrets={"DOWNLOADS_TOKEN": PAT})
    assert (ran.ok, [call.path.partition("/downloads")[0] for call in ran.calls]) == (
        True,
        ["/repos/octo"] * 3,
    )


def test_a_token_that_may_only_read_elsewhere_fails_at_once(github: StandIn) -> None:
    github.allow(PAT, {"contents": "read"}, kind="fine-grained", repository="octo/downloads")
    ran = play(_ELSEWHERE, after(_ELSEWHERE), github, secrets={"DOWNLOADS_TOKEN": PAT})
    assert (ran.ok, _built(ran)) == (False, False)


def test_an_app_s_token_is_asked_right_behind_its_mint(github: StandIn) -> None:
    github.allow(_MINTED, {"contents": "write"}, kind="app")
    ran = play(_APP, after(_APP), github, env={"MINTED": _MINTED})
    assert (ran.ok, is_probe(ran.started()[1]), ran.steps[1].outcome) == (True, True, "success")


def test_an_app_that_may_not_fails_at_once(github: StandIn) -> None:
    github.allow(_MINTED, {"issues": "write"}, kind="app")
    ran = play(_APP, after(_APP), github, env={"MINTED": _MINTED}, tools=_IMPATIENT)
    assert (ran.ok, _built(ran)) == (False, False)
