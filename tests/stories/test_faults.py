"""GitHub fails once, at any call and in any way: a sentence at most, and the next run ends well."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.forge import checkout, transport
from bot.forge.errors import ForgeError, Limited
from bot.forge.limiter import Limiter
from bot.life.decide import Action
from tests.forge.answers import Answer
from tests.forge.faults import SECONDARY, Call, Cut, Match, status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge_client.support import FakeClock
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, HOME, Teller, is_right

MORE = ".github/workflows/more.yml"
PULLS = f"/repos/{HOME}/pulls"
ISSUE = f"/repos/{HOME}/issues/1"
ALL = "labels: [ci]\nreviewers: [mona]\nassignees: [mona]\n"
GIT, API = "commit_via: git\n", "commit_via: api\n"

Fault = Answer | Cut
FAULTS: Mapping[str, Fault] = {
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "422": status(422),
    "429": status(429, retry_after="1"),
    "secondary": SECONDARY,
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "time-out before": Cut.HANG,
    "time-out after": Cut.HANG_AFTER,
    "cut before": Cut.BEFORE,
    "cut after": Cut.AFTER,
}
"""What is told after the effect is a fault that hides one."""
EFFECTS = (Cut.AFTER, Cut.HANG_AFTER)
SOME = ("401", "404", "cut before")
MOST = ("403", "422", "429", "502", "cut before", "cut after")


def asks(service: str) -> Match:
    """The question with which each of git's conversations begins."""
    return lambda call: call.operation == service and call.method == "GET"


def sends(service: str) -> Match:
    """What follows it."""
    return lambda call: call.operation == service and call.method == "POST"


def about(call: Call) -> bool:
    """What makes a text better, and no more."""
    return "/actions/" in call.path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, teller: Teller) -> None:
    """Nobody waits for longer than a test may."""
    monkeypatch.setattr(transport, "_READ_SECONDS", 0.5)
    monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 2.0)
    teller.limiter = Limiter(clock=FakeClock())


def told(teller: Teller, settings: str) -> str:
    """Run the program; the sentence that it ends in, if it fails."""
    try:
        teller.run(settings=settings)
    except ForgeError as error:
        return str(error)
    return ""


def _cases(*rows: tuple[str, str, Match, tuple[str, ...]]) -> list[object]:
    return [
        pytest.param(settings, match, FAULTS[fault], id=f"{name}: {fault}")
        for name, settings, match, faults in rows
        for fault in faults
    ]


@pytest.mark.parametrize(
    ("settings", "match", "fault"),
    _cases(
        ("look", GIT, "Overview", SOME),
        ("ask for the clone", GIT, asks("git-upload-pack"), SOME),
        ("clone", GIT, sends("git-upload-pack"), ("502", "cut before", "time-out before")),
        ("branch beside", API, f"POST /repos/{HOME}/git/refs", MOST),
        ("commit", API, "Commit", MOST),
        ("ask for the push", GIT, asks("git-receive-pack"), ("401", "429", "503")),
        ("push", GIT, sends("git-receive-pack"), MOST),
        ("push of a signed commit", API, sends("git-receive-pack"), ("502", "cut after")),
        ("pull request", GIT, f"POST {PULLS}", tuple(FAULTS)),
    ),
)
def test_after_a_fault_in_the_first_run_the_next_one_ends_well(
    hub: GitHub, teller: Teller, repo: Repository, settings: str, match: Match, fault: Fault
) -> None:
    hub.fault(match, fault)
    sentence = told(teller, settings)
    hub.heal()
    assert "\n" not in sentence
    assert teller.token not in sentence
    assert told(teller, settings) == ""
    assert is_right(repo, CI)


@pytest.mark.parametrize("fault", EFFECTS, ids=["cut", "time-out"])
def test_a_pull_request_that_was_opened_unheard_is_found(
    hub: GitHub, teller: Teller, repo: Repository, fault: Cut
) -> None:
    hub.fault(f"POST {PULLS}", fault)
    result = teller.run(settings=ALL)
    assert (result.outcome, result.pull, result.notes) == (Action.CREATE, repo.pull.url, ())
    assert repo.pull.labels == ["ci"]


@pytest.mark.parametrize(
    "fault", [Cut.BEFORE, Cut.HANG, status(502)], ids=["cut", "time-out", "502"]
)
def test_a_pull_request_that_was_lost_on_its_way_is_opened(
    hub: GitHub, teller: Teller, repo: Repository, fault: Fault
) -> None:
    hub.fault(f"POST {PULLS}", fault)
    assert teller.run().outcome is Action.CREATE
    assert is_right(repo, CI)


def test_a_limit_is_waited_for(hub: GitHub, teller: Teller, repo: Repository) -> None:
    clock = FakeClock()
    teller.limiter = Limiter(clock=clock)
    hub.fault(f"POST {PULLS}", SECONDARY)
    assert teller.run().outcome is Action.CREATE
    assert sum(clock.waits) >= 60


def test_a_limit_that_lasts_too_long_is_told(hub: GitHub, teller: Teller, repo: Repository) -> None:
    hub.fault(f"POST {PULLS}", status(403, SECONDARY_TEXT, retry_after="3600"))
    with pytest.raises(Limited, match="run again after that"):
        teller.run()
    assert not repo.pulls


SECONDARY_TEXT = "You have exceeded a secondary rate limit."


@pytest.mark.parametrize("fault", ["403", "409", "429", "cut before"])
def test_what_only_makes_a_text_better_can_fail(
    hub: GitHub, teller: Teller, repo: Repository, fault: str
) -> None:
    hub.fault(about, FAULTS[fault], times=2)
    assert teller.run().outcome is Action.CREATE
    assert is_right(repo, CI)


@pytest.mark.parametrize("fault", ["403", "422", "cut after"])
@pytest.mark.parametrize(
    ("what", "path"),
    [
        ("labels", f"POST {ISSUE}/labels"),
        ("reviewers", f"POST {PULLS}/1/requested_reviewers"),
        ("assignees", f"POST {ISSUE}/assignees"),
    ],
)
def test_what_a_pull_request_can_do_without_is_a_note(
    hub: GitHub, teller: Teller, repo: Repository, what: str, path: str, fault: str
) -> None:
    hub.fault(path, FAULTS[fault])
    result = teller.run(settings=ALL)
    assert result.outcome is Action.CREATE
    assert [note.split(" could")[0] for note in result.notes] == [f"its {what}"]


@pytest.mark.parametrize(
    ("settings", "match", "fault"),
    _cases(
        ("push", GIT, sends("git-receive-pack"), ("403", "502", "cut before", "cut after")),
        ("commit", API, "Commit", ("409", "502", "cut after")),
        ("text", GIT, f"PATCH {PULLS}", ("401", "429", "time-out before", "cut after")),
    ),
)
def test_after_a_fault_in_an_update_the_next_run_ends_well(
    hub: GitHub, teller: Teller, repo: Repository, settings: str, match: Match, fault: Fault
) -> None:
    teller.run(settings=settings)
    repo.human.push({MORE: CHECKS})
    hub.fault(match, fault)
    sentence = told(teller, settings)
    hub.heal()
    assert "\n" not in sentence
    assert told(teller, settings) == ""
    assert is_right(repo, CI, MORE)


@pytest.mark.parametrize(
    ("settings", "match", "fault"),
    _cases(
        ("look again", GIT, f"GET {PULLS}/1", ("404", "cut before")),
        ("close", GIT, f"PATCH {PULLS}/1", ("403", "502", "cut after")),
        ("say why", GIT, f"POST {ISSUE}/comments", ("403", "cut after")),
        ("delete", GIT, sends("git-receive-pack"), ("403", "cut before", "cut after")),
    ),
)
def test_after_a_fault_in_a_closing_the_next_run_ends_well(
    hub: GitHub, teller: Teller, repo: Repository, settings: str, match: Match, fault: Fault
) -> None:
    teller.run(settings=settings)
    repo.human.push({CI: FIXED})
    hub.fault(match, fault)
    sentence = told(teller, settings)
    hub.heal()
    assert "\n" not in sentence
    assert told(teller, settings) == ""
    assert repo.pulls[1].state == "CLOSED"
    assert BRANCH not in repo.branches
    assert len(repo.pulls[1].comments) <= 1


@pytest.mark.parametrize(
    ("settings", "match", "body"),
    [
        pytest.param(GIT, f"POST {PULLS}", [], id="pull request"),
        pytest.param(API, "Commit", {"data": {"createCommitOnBranch": None}}, id="commit"),
        pytest.param("fork: always", f"POST /repos/{HOME}/forks", [], id="fork"),
    ],
)
def test_an_answer_of_another_shape_is_a_sentence(
    hub: GitHub, teller: Teller, repo: Repository, settings: str, match: str, body: object
) -> None:
    hub.fault(match, Answer.json(200, body))
    with pytest.raises(ForgeError, match="GitHub's answer has no such"):
        teller.run(settings=settings)


def test_a_process_that_fails_says_one_sentence(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    hub.fault("Overview", status(401))
    run = teller.process()
    said, complained = run.communicate(timeout=60)
    assert (run.returncode, said, complained.count("\n")) == (2, "", 1)
    assert complained.startswith(f"clearance: {HOME}: ")
