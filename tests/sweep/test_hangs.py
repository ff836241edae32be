"""GitHub falls silent, or answers in part: the sweep ends in time, and does the others."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.commands import Exit
from bot.forge import checkout, transport
from bot.sweep.record import State
from tests.forge.answers import Answer
from tests.forge.faults import Cut, Match
from tests.forge_client.support import FakeClock
from tests.sweep.nights import Nights, all_right

ILL = "acme/r01"
LONGEST = 30.0
"""Seconds that a sweep may take whose limits of time are those below."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[None]:
    """The program waits less long for an answer; and what it does takes no longer than it may."""
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.5)
    monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 3.0)
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LONGEST


def git(service: str, method: str) -> Match:
    """One step of git's conversation about the ill repository."""
    return lambda call: (
        call.operation == service and call.method == method and call.path.startswith(f"/{ILL}")
    )


@pytest.mark.parametrize(
    ("match", "fault", "words"),
    [
        pytest.param(
            f"POST /repos/{ILL}/pulls", Cut.HANG, "no answer within", id="API: never answers"
        ),
        pytest.param(git("git-upload-pack", "GET"), Cut.HANG, "clone took too long", id="clone"),
        pytest.param(
            *(git("git-upload-pack", "POST"), Cut.STALL, "took too long"), id="clone: stalls"
        ),
        pytest.param(
            *(git("git-receive-pack", "POST"), Cut.STALL, "push took too long"), id="push: stalls"
        ),
    ],
)
def test_a_repository_whose_answers_do_not_come_stops_no_other(
    nights: Nights, match: Match, fault: Cut, words: str
) -> None:
    made = nights.repositories(3)
    nights.hub.fault(match, fault, times=None)
    assert nights.sweep() is Exit.FINDINGS
    assert nights.states() == {State.OPENED: 2, State.FAILED: 1}
    ill = nights.records()["r01"]
    assert (ill.state, words in ill.why) == (State.FAILED, True), ill.why
    nights.hub.heal()
    assert nights.sweep() is Exit.DONE
    all_right(made)


def test_a_pull_request_that_was_opened_with_half_an_answer_is_found(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.hub.fault(f"POST /repos/{ILL}/pulls", Cut.STALL, times=None)
    assert nights.sweep() is Exit.DONE
    assert nights.states() == {State.OPENED: 3}
    all_right(made)


@pytest.mark.parametrize("fault", [Cut.HANG, Cut.STALL], ids=["hangs", "stalls"])
def test_a_list_that_does_not_come_once_is_asked_for_again(nights: Nights, fault: Cut) -> None:
    made = nights.repositories(3)
    nights.hub.fault("OwnerRepositories", fault)
    assert nights.sweep() is Exit.DONE
    all_right(made)


def test_a_list_that_never_comes_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.repositories(3)
    nights.hub.fault("OwnerRepositories", Cut.HANG, times=None)
    assert nights.sweep() is Exit.ERROR
    told = capsys.readouterr().err
    assert told.startswith("clearance: sweep: GitHub gives no answer to ")
    assert told.count("\n") == 1


def _in_part(nights: Nights) -> Answer:
    """The page of the organisation, with an error where one repository has its workflows."""
    nights.sweep(dry=True, journal=str(nights.folder / "other.sqlite"))
    (page,) = (one for one in nights.hub.calls.api if one.operation == "OwnerRepositories")
    answer = page.answer()
    place: list[object] = ["repositoryOwner", "repositories", "nodes", 1, "workflows"]
    answer["data"]["repositoryOwner"]["repositories"]["nodes"][1]["workflows"] = None
    answer["errors"] = [{"message": "Odd", "path": place}]
    return Answer.json(200, answer)


def test_a_page_with_an_error_in_one_repository_does_the_others(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.hub.fault("OwnerRepositories", _in_part(nights))
    assert nights.sweep() is Exit.FINDINGS
    assert nights.states() == {State.OPENED: 2, State.FAILED: 1}
    ill = nights.records()["r01"]
    assert (ill.state, "Odd" in ill.why) == (State.FAILED, True)
    assert nights.sweep() is Exit.DONE
    assert nights.states() == {State.OPENED: 1, State.RIGHT: 2}
    all_right(made)
