"""Rewritten workflows where a probe gets no plain answer: they run as they did before it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.act.actions import TOOLS
from tests.act.rewritten import BY_NAME, Sample, after, is_probe, left, original, play, steps
from tests.forge.standin import Failure, StandIn

_ANSWERS = {
    Failure.RATE_LIMIT: "a rate limit",
    Failure.IP_ALLOW_LIST: "an address that is not on the allow list",
    Failure.NOT_FOUND: "not found",
    Failure.TOO_MANY: "too many requests",
    Failure.ERROR: "an error of the server",
    Failure.CUT: "a connection that is cut",
}
_SAMPLES = {
    "release-chain": "a draft in the entry job",
    "nightly": "release notes in the publishing job",
    "pull-request": "refs in a job that others ask for its verdict",
    "image-for-pull-requests": "an image in the publishing job",
    "personal-token": "another token in the entry job",
}
_SHORT = f'#!/bin/sh\nexec {shutil.which("curl")} "$@" --max-time 1\n'
"""curl with the patience of a second."""


def _sample(name: str) -> Sample:
    return BY_NAME[name]


def _first() -> Callable[[str, str], bool]:
    """Matches the first call only, which is the probe's."""
    due = iter([True])
    return lambda _method, _path: next(due, False)


@pytest.mark.parametrize("failure", _ANSWERS, ids=_ANSWERS.values())
@pytest.mark.parametrize("name", _SAMPLES, ids=_SAMPLES.values())
def test_an_answer_that_says_nothing_is_a_warning(
    github: StandIn, name: str, failure: Failure
) -> None:
    sample = _sample(name)
    github.answer(_first(), failure)
    ran = play(sample, after(sample), github)
    assert "::warning title=Preflight without verdict::" in ran.log
    assert (ran.ok, steps(ran), left(github)) == (True, original(sample).steps, sample.made)


@pytest.mark.parametrize("name", ["single-job", "pages-branch"], ids=["a draft", "refs"])
def test_no_answer_is_a_warning(github: StandIn, name: str) -> None:
    sample = _sample(name)
    github.answer(_first(), Failure.HANG)
    ran = play(sample, after(sample), github, tools={**TOOLS, "curl": _SHORT})
    assert "::warning title=Preflight without verdict::" in ran.log
    assert (ran.ok, steps(ran), left(github)) == (True, original(sample).steps, sample.made)


@pytest.mark.parametrize("name", _SAMPLES, ids=_SAMPLES.values())
def test_without_curl_it_goes_on_as_far_as_it_did(github: StandIn, name: str) -> None:
    sample = _sample(name)
    ran = play(sample, after(sample), github, lacking="curl")
    was = original(sample, lacking="curl")
    assert "::warning title=Preflight without verdict::" in ran.log
    assert (ran.ok, steps(ran), left(github)) == (was.ok, was.steps, was.left)


@pytest.mark.parametrize(
    "name",
    ["single-job", "release-chain", "release-by-gh"],
    ids=["in the publishing job", "in the entry job", "in a job of its own"],
)
def test_cancelled_with_a_draft_being_made_none_is_left(github: StandIn, name: str) -> None:
    sample = _sample(name)
    github.delay(lambda method, path: method == "POST" and path.endswith("/releases"), 0.5)
    ran = play(sample, after(sample), github, interrupt=lambda: bool(github.releases))
    assert [call.method for call in ran.calls] == ["POST", "DELETE"]
    assert left(github) == ()
    assert [step for step in ran.started() if step.startswith("Publish")] == []


def test_no_token_is_in_the_log(github: StandIn) -> None:
    sample = _sample("release-and-image")
    ran = play(sample, after(sample), github)
    assert any(is_probe(step) for step in ran.started())
    assert "ghs_" not in ran.log
