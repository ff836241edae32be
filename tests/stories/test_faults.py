"""GitHub fails once, at any call and in any way: a sentence at most, and the next run ends well."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.forge import checkout, transport
from bot.forge.errors import ForgeError, Limited
from bot.forge.limiter import Limiter
from bot.life.decide import Action
from tests.forge.answers import Answer
from tests.forge.exchanges import Exchange
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
EFFECTS = (Cut.AFTER, Cut.HANG_AFTER)
THROUGH = ""
"""The run goes through all the same."""
TOKEN, NO_RIGHT = "set a valid GH_TOKEN|knows no such token", "may not|give the token the"
NOT_THERE, NOT_TAKEN = "not see it", "GitHub does not take"
LATER, LOOK = "try again", "look (?:whether|before)"


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
    monkeypatch.setattr(checkout, "_PAUSES", (0.01, 0.01))
    teller.limiter = Limiter(clock=FakeClock())


def ends(teller: Teller, settings: str, words: str) -> None:
    """Run the program; it ends in one sentence with these words, or well where there are none."""
    if words == THROUGH:
        teller.run(settings=settings)
        return
    with pytest.raises(ForgeError, match=words) as caught:
        teller.run(settings=settings)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert teller.token not in sentence


def _cases(*rows: tuple[str, str, Match, Mapping[str, str]]) -> list[object]:
    return [
        pytest.param(settings, match, FAULTS[fault], words, id=f"{name}: {fault}")
        for name, settings, match, faults in rows
        for fault, words in faults.items()
    ]


REFUSED = {"403": NO_RIGHT, "422": NOT_TAKEN, "429": THROUGH}
PUSHED = {"403": NO_RIGHT, "502": LOOK, "cut before": LOOK, "cut after": LOOK}
HEALED = (
    *("429", "secondary", "500", "502", "503"),
    *("time-out before", "time-out after", "cut before", "cut after"),
)
LASTING = {"401": TOKEN, "403": NO_RIGHT, "404": NOT_THERE, "409": NOT_TAKEN, "422": NOT_TAKEN}
OPENED = {**LASTING, **dict.fromkeys(HEALED, THROUGH)}


@pytest.mark.parametrize(
    ("settings", "match", "fault", "words"),
    _cases(
        ("look", GIT, "Overview", {"401": TOKEN, "404": NOT_THERE, "cut before": THROUGH}),
        (
            "ask for the clone",
            GIT,
            asks("git-upload-pack"),
            {"401": TOKEN, "404": NOT_THERE, "502": THROUGH, "cut before": THROUGH},
        ),
        (
            "clone",
            GIT,
            sends("git-upload-pack"),
            {"502": THROUGH, "cut before": THROUGH, "time-out before": "took too long"},
        ),
        (
            "branch beside",
            API,
            f"POST /repos/{HOME}/git/refs",
            {**REFUSED, "502": LOOK, "cut before": LOOK, "cut after": THROUGH},
        ),
        ("commit", API, "Commit", {**REFUSED, "502": LOOK, "cut before": LOOK, "cut after": LOOK}),
        (
            "ask for the push",
            GIT,
            asks("git-receive-pack"),
            {"401": TOKEN, "429": LATER, "503": LATER},
        ),
        ("push", GIT, sends("git-receive-pack"), {**PUSHED, "422": LOOK, "429": LATER}),
        (
            "push of a signed commit",
            API,
            sends("git-receive-pack"),
            {"502": LOOK, "cut after": LOOK},
        ),
        ("pull request", GIT, f"POST {PULLS}", OPENED),
    ),
)
def test_after_a_fault_in_the_first_run_the_next_one_ends_well(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    settings: str,
    match: Match,
    fault: Fault,
    words: str,
) -> None:
    hub.fault(match, fault)
    ends(teller, settings, words)
    hub.heal()
    ends(teller, settings, THROUGH)
    assert is_right(repo, CI)


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("fault", ["502", "cut before", "cut after"])
def test_a_push_that_breaks_is_sent_once(hub: GitHub, teller: Teller, fault: str) -> None:
    hub.fault(sends("git-receive-pack"), FAULTS[fault], times=None)
    ends(teller, GIT, LOOK)
    assert len(hub.calls.where(_pushes)) == 1


def _pushes(call: Exchange) -> bool:
    return call.method == "POST" and call.operation == "git-receive-pack"


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
    ("settings", "match", "fault", "words"),
    _cases(
        ("push", GIT, sends("git-receive-pack"), PUSHED),
        ("commit", API, "Commit", {"409": THROUGH, "502": LOOK, "cut after": LOOK}),
        (
            "text",
            GIT,
            f"PATCH {PULLS}",
            {"401": TOKEN, "429": THROUGH, "time-out before": THROUGH, "cut after": THROUGH},
        ),
    ),
)
def test_after_a_fault_in_an_update_the_next_run_ends_well(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    settings: str,
    match: Match,
    fault: Fault,
    words: str,
) -> None:
    teller.run(settings=settings)
    repo.human.push({MORE: CHECKS})
    hub.fault(match, fault)
    ends(teller, settings, words)
    hub.heal()
    ends(teller, settings, THROUGH)
    assert is_right(repo, CI, MORE)


@pytest.mark.parametrize(
    ("settings", "match", "fault", "words"),
    _cases(
        ("look again", GIT, f"GET {PULLS}/1", {"404": NOT_THERE, "cut before": THROUGH}),
        (
            "close",
            GIT,
            f"PATCH {PULLS}/1",
            {"403": NO_RIGHT, "502": THROUGH, "cut after": THROUGH},
        ),
        ("say why", GIT, f"POST {ISSUE}/comments", {"403": THROUGH, "cut after": THROUGH}),
        (
            "delete",
            GIT,
            sends("git-receive-pack"),
            {"403": THROUGH, "cut before": THROUGH, "cut after": THROUGH},
        ),
    ),
)
def test_after_a_fault_in_a_closing_the_next_run_ends_well(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    settings: str,
    match: Match,
    fault: Fault,
    words: str,
) -> None:
    teller.run(settings=settings)
    repo.human.push({CI: FIXED})
    hub.fault(match, fault)
    ends(teller, settings, words)
    hub.heal()
    ends(teller, settings, THROUGH)
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
