"""Rewritten workflows in runs that publish nothing, or that a pull request may wait for."""

from __future__ import annotations

import pytest

from tests.act.rewritten import (
    BY_NAME,
    MAIN,
    TAG,
    Due,
    after,
    is_probe,
    left,
    original,
    play,
    steps,
)
from tests.forge.standin import StandIn

_PULL = Due("pull_request")
_FORK = Due("pull_request", fork=True)
_QUEUE = Due("merge_group")
_BRANCH = Due("push", MAIN)


def _case(name: str, due: Due, why: str) -> object:
    return pytest.param(name, due, id=why)


@pytest.mark.parametrize(
    ("name", "due"),
    [
        _case("tag-on-the-step", _BRANCH, "a branch, where the step is for tags"),
        _case("tag-on-the-job", _BRANCH, "a branch, where the job is for tags"),
        _case("tag-on-a-job-before", _BRANCH, "a branch, where a job before is for tags"),
        _case("pull-request", Due("push", TAG), "a tag, where the job is for a branch"),
        _case(
            "tag-by-push",
            Due("workflow_dispatch", MAIN, (("dry-run", "true"), ("version", "v3"))),
            "an input that says so",
        ),
        _case("pull-request", _PULL, "a pull request, where the job is for pushes"),
        _case("pull-request-with-if", _PULL, "a pull request, where a job before is for pushes"),
        _case("both-for-pull-requests", _PULL, "a pull request, where two jobs are for pushes"),
        _case("pull-request", _FORK, "a pull request from a fork"),
        _case("image-for-pull-requests", _FORK, "a fork's pull request that would publish"),
    ],
)
def test_a_run_that_publishes_nothing_makes_no_call(github: StandIn, name: str, due: Due) -> None:
    sample = BY_NAME[name]
    ran = play(sample, after(sample), github, due=due)
    was = original(sample, due=due)
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)
    assert len(ran.calls) == was.calls


_ASKED = [
    _case("image-for-pull-requests", _PULL, "a pull request that publishes"),
    _case("merge-queue", _QUEUE, "a merge queue's run that publishes"),
]


@pytest.mark.parametrize(("name", "due"), _ASKED)
def test_what_a_pull_request_waits_for_runs_as_before(github: StandIn, name: str, due: Due) -> None:
    sample = BY_NAME[name]
    ran = play(sample, after(sample), github, due=due)
    was = original(sample, due=due)
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)
    assert len(ran.calls) > was.calls


@pytest.mark.parametrize(("name", "due"), _ASKED)
def test_a_refusal_holds_nothing_that_a_pull_request_waits_for(
    github: StandIn, name: str, due: Due
) -> None:
    sample = BY_NAME[name]
    ran = play(sample, after(sample), github, due=due, refused=True)
    was = original(sample, due=due, refused=True)
    assert "::warning title=Preflight refused::" in ran.log
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)


@pytest.mark.parametrize("due", [_PULL, _FORK], ids=["of its own", "of a fork"])
def test_the_required_jobs_of_a_pull_request_run(github: StandIn, due: Due) -> None:
    sample = BY_NAME["pull-request"]
    ran = play(sample, after(sample), github, due=due, refused=True)
    assert ran.jobs == {
        "preflight": "success",
        "build": "success",
        "lint": "success",
        "publish": "skipped",
    }
    assert not any(is_probe(step) for step in ran.started())
