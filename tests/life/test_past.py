"""What earlier pull requests say: whose they are, what was refused in them, and what stops all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.life.overview import Actor, Head, Overview, Pull, PullState, Viewer
from bot.life.past import Stop, lost, past
from bot.permissions.evidence import Lost
from tests.life.pasts import (
    AGAIN,
    BASE,
    CLOSED,
    HEAD,
    HUMAN_HEAD,
    LOGIN,
    MARK,
    MERGED,
    OPEN,
    OTHER,
    OWN_HEAD,
    REBASE,
    STATE,
    TREE,
    body,
    seen,
)

_FORK = "else/site"
_STALE = Actor("github-actions", is_bot=True)
_ENDED = body(replace(STATE, ending="not needed"))
_OTHERS = replace(CLOSED, number=2, body=body(replace(STATE, fingerprints=(OTHER,))))
_STALED = replace(CLOSED, closed_by=_STALE)

_REFUSED = {
    "closed-by-a-human": (replace(CLOSED, closed_by=Actor("jo", is_bot=False)),),
    "closed-by-the-human-whose-token-the-program-has": (
        replace(CLOSED, closed_by=Actor(LOGIN, is_bot=False)),
    ),
    "closed-by-an-account-that-is-gone": (CLOSED,),
    "closed-by-a-bot-that-is-no-stale-bot": (
        replace(CLOSED, closed_by=Actor("mergify", is_bot=True)),
    ),
    "closed-by-a-human-named-like-a-stale-bot": (
        replace(CLOSED, closed_by=Actor("stale-jo", is_bot=False)),
    ),
    "merged": (MERGED,),
    "merged-by-a-bot": (replace(MERGED, closed_by=_STALE),),
    "merged-after-the-program-had-closed-it": (replace(MERGED, body=_ENDED),),
    "closed-by-a-stale-bot-twice": (_STALED, _STALED),
    "closed-with-the-box-for-a-rebase-ticked": (replace(CLOSED, body=body(boxes=REBASE)),),
    "closed-with-words-behind-its-state": (replace(CLOSED, body=f"{body()}\nNo, thanks.\n"),),
    "closed-with-line-ends-of-a-browser": (replace(CLOSED, body=body().replace("\n", "\r\n")),),
    "closed-and-its-author-gone": (replace(CLOSED, author=None),),
    "closed-and-made-by-another-account-that-may-push": (replace(CLOSED, author="jo"),),
    "closed-and-made-from-a-fork-by-the-program": (replace(CLOSED, head_repository=_FORK),),
    "closed-and-its-fork-gone": (replace(CLOSED, head_repository=None),),
    "closed-and-turned-to-another-base": (replace(CLOSED, base="next"),),
    "asked-again-then-closed-once-more": (CLOSED, replace(CLOSED, body=body(boxes=AGAIN))),
    "refused-while-another-one-is-open": (replace(OPEN, body=_OTHERS.body), CLOSED),
    "the-oldest-of-twenty": (*(replace(_OTHERS, number=n) for n in range(20, 1, -1)), CLOSED),
}


@pytest.mark.parametrize("pulls", _REFUSED.values(), ids=_REFUSED)
def test_refused(pulls: tuple[Pull, ...]) -> None:
    assert MARK in past(seen(*pulls)).refused


_NOT_REFUSED = {
    "nothing-was-proposed": (),
    "open": (OPEN,),
    "opened-again-after-a-close": (OPEN, CLOSED),
    "closed-by-the-program-as-not-needed": (replace(CLOSED, body=_ENDED),),
    "closed-by-the-program-as-not-needed-in-an-action-twice": (
        replace(_STALED, body=_ENDED),
        replace(_STALED, body=_ENDED),
    ),
    "asked-again-after-a-close": (replace(CLOSED, body=body(boxes=AGAIN)),),
    "asked-again-after-a-merge": (replace(MERGED, body=body(boxes=AGAIN)),),
    "closed-by-a-stale-bot-once": (_STALED,),
    "closed-by-a-stale-bot-by-its-full-login": (
        replace(CLOSED, closed_by=Actor("github-actions[bot]", is_bot=True)),
    ),
    "closed-by-a-stale-bot-of-its-own-name": (
        replace(CLOSED, closed_by=Actor("Stale", is_bot=True)),
    ),
    "closed-by-a-stale-bot-twice-and-asked-again-in-one": (
        replace(_STALED, body=body(boxes=AGAIN)),
        _STALED,
    ),
    "one-of-the-two-was-about-something-else": (
        _STALED,
        replace(_OTHERS, closed_by=_STALE),
    ),
    "forged-in-a-fork-by-somebody-else": (
        replace(CLOSED, head_repository=_FORK, author="mallory"),
    ),
    "forged-in-a-fork-that-is-gone-with-its-author": (
        replace(CLOSED, head_repository=None, author=None),
    ),
    "somebodys-own-from-a-branch-of-that-name": (replace(CLOSED, author="jo", body="My own"),),
}


@pytest.mark.parametrize("pulls", _NOT_REFUSED.values(), ids=_NOT_REFUSED)
def test_not_refused(pulls: tuple[Pull, ...]) -> None:
    assert MARK not in past(seen(*pulls)).refused


@pytest.mark.parametrize("login", ["clearance[bot]", "clearance"], ids=["app", "user"])
def test_whose_token_it_is_made_it(login: str) -> None:
    pull = replace(OPEN, head_repository=_FORK, author=login)
    assert past(seen(pull, viewer=Viewer(login, None))).current is not None


def test_a_user_of_an_apps_name_is_not_the_app() -> None:
    pull = replace(OPEN, head_repository=_FORK, author="clearance")
    assert past(seen(pull, viewer=Viewer("clearance[bot]", None))).current is None


def test_an_app_is_no_other_app() -> None:
    told = past(seen(replace(OPEN, head_repository=_FORK), viewer=Viewer("else[bot]", None)))
    assert told.current is None


_CURRENT = {
    "none": ((), None),
    "the-open-one": ((OPEN,), OPEN),
    "the-open-one-behind-a-closed-one": ((CLOSED, OPEN), OPEN),
    "the-newest-of-two": ((OPEN, replace(OPEN, number=9)), OPEN),
    "not-a-closed-one": ((CLOSED,), None),
    "not-a-merged-one": ((MERGED,), None),
    "not-one-that-was-forged-in-a-fork": (
        (replace(OPEN, head_repository=_FORK, author="mallory"),),
        None,
    ),
    "one-that-another-account-made-in-the-repository": (
        (replace(OPEN, author="jo"),),
        replace(OPEN, author="jo"),
    ),
}


@pytest.mark.parametrize(("pulls", "current"), _CURRENT.values(), ids=_CURRENT)
def test_current(pulls: tuple[Pull, ...], current: Pull | None) -> None:
    told = past(seen(*pulls)).current
    assert (told.pull if told else None) == current


_LEFT = replace(OWN_HEAD, oid="9" * 40)
_BRANCH = {
    "none-yet": (seen(), None),
    "left-without-a-pull-request": (seen(branch=_LEFT), _LEFT),
    "left-behind-a-merge": (seen(MERGED, branch=_LEFT), _LEFT),
    "of-the-open-one": (seen(OPEN, branch=OWN_HEAD), OWN_HEAD),
    "of-the-open-one-in-its-fork": (
        seen(replace(OPEN, head_repository=_FORK), branch=_LEFT),
        OWN_HEAD,
    ),
    "not-in-a-fork-where-somebody-forged-one": (
        seen(replace(OPEN, head_repository=_FORK, author="mallory", head=_LEFT)),
        None,
    ),
}


@pytest.mark.parametrize(("overview", "branch"), _BRANCH.values(), ids=_BRANCH)
def test_branch(overview: Overview, branch: Head | None) -> None:
    assert past(overview).branch == branch


_LABELLED = ("bug", "no-clearance")
_TOUCHED = replace(OPEN, head=HUMAN_HEAD)
_MERGED_BY_HAND = replace(MERGED, head_oid=HUMAN_HEAD.oid)
_STOPS = {
    "archived": (seen(archived=True), Stop.ARCHIVED),
    "disabled": (seen(disabled=True), Stop.DISABLED),
    "empty": (seen(empty=True), Stop.EMPTY),
    "without-a-default-branch": (seen(base=None), Stop.EMPTY),
    "topic": (seen(topics=("ci", "no-clearance")), Stop.TOPIC),
    "label-on-the-open-one": (seen(replace(OPEN, labels=_LABELLED)), Stop.LABEL),
    "label-on-a-closed-one": (seen(replace(CLOSED, labels=_LABELLED)), Stop.LABEL),
    "label-in-capitals": (seen(replace(OPEN, labels=("No-Clearance",))), Stop.LABEL),
    "label-on-one-without-a-state": (
        seen(replace(CLOSED, labels=_LABELLED, author="jo", body="")),
        Stop.LABEL,
    ),
    "in-the-merge-queue": (seen(replace(OPEN, queued=True)), Stop.QUEUED),
    "a-human-pushed": (seen(_TOUCHED), Stop.TOUCHED),
    "a-human-amended": (
        seen(replace(OPEN, head=replace(OWN_HEAD, message=f"{OWN_HEAD.message}More\n"))),
        Stop.TOUCHED,
    ),
    "a-human-merged-the-base-into-it": (
        seen(replace(OPEN, head=Head(HEAD, "Merge branch main", TREE, (HEAD, BASE)))),
        Stop.TOUCHED,
    ),
    "a-human-pushed-to-the-fork": (
        seen(replace(_TOUCHED, head_repository=_FORK)),
        Stop.TOUCHED,
    ),
    "a-human-pushed-to-what-was-merged-before-and-is-open-again": (
        seen(_TOUCHED, _MERGED_BY_HAND),
        Stop.TOUCHED,
    ),
    "turned-to-another-base": (seen(replace(OPEN, base="next")), Stop.MOVED),
    "its-fork-is-gone": (seen(replace(OPEN, head=None, head_repository=None)), Stop.GONE),
    "its-state-was-deleted": (seen(replace(OPEN, body="")), Stop.SILENT),
    "its-state-was-deleted-before-the-close": (seen(replace(CLOSED, body="")), Stop.SILENT),
    "its-state-was-deleted-in-the-fork": (
        seen(replace(OPEN, body="", head_repository=_FORK)),
        Stop.SILENT,
    ),
    "its-state-is-of-a-newer-version": (
        seen(replace(CLOSED, body=body().replace('"v":1', '"v":2'))),
        Stop.SILENT,
    ),
    "a-humans-branch-of-that-name": (seen(branch=HUMAN_HEAD), Stop.TAKEN),
    "a-humans-commits-left-behind-a-close": (
        seen(replace(CLOSED, head_oid=HUMAN_HEAD.oid), branch=HUMAN_HEAD),
        Stop.TAKEN,
    ),
    "a-humans-commits-pushed-after-the-merge": (seen(MERGED, branch=HUMAN_HEAD), Stop.TAKEN),
    "a-humans-open-one-from-that-branch": (
        seen(replace(OPEN, author="jo", body="Mine"), branch=OWN_HEAD),
        Stop.TAKEN,
    ),
}


@pytest.mark.parametrize(("overview", "stop"), _STOPS.values(), ids=_STOPS)
def test_stop(overview: Overview, stop: Stop) -> None:
    assert past(overview).stop is stop


_GOES_ON = {
    "nothing-there": seen(),
    "another-topic": seen(topics=("no-clearance-here",)),
    "another-label": seen(replace(OPEN, labels=("clearance",))),
    "the-open-one": seen(OPEN, branch=OWN_HEAD),
    "the-open-one-in-its-fork-beside-a-humans-branch": seen(
        replace(OPEN, head_repository=_FORK), branch=HUMAN_HEAD
    ),
    "a-closed-one-was-in-the-merge-queue": seen(replace(CLOSED, queued=True)),
    "a-closed-one-went-into-another-base": seen(replace(CLOSED, base="next")),
    "own-branch-without-a-pull-request": seen(branch=OWN_HEAD),
    "own-branch-left-behind-a-close": seen(CLOSED, branch=OWN_HEAD),
    "a-merged-branch-with-a-humans-commits": seen(_MERGED_BY_HAND, branch=HUMAN_HEAD),
    "a-closed-one-whose-branch-is-gone": seen(CLOSED),
    "a-merged-one-without-its-state": seen(replace(MERGED, body="")),
    "a-closed-one-without-its-state-that-is-asked-again": seen(replace(CLOSED, body=AGAIN)),
    "somebodys-own-closed-one": seen(replace(CLOSED, author="jo", body="")),
    "somebodys-fork-with-a-forged-state": seen(
        replace(OPEN, head_repository=_FORK, author="mallory", head=HUMAN_HEAD, base="next")
    ),
    "somebodys-fork-without-a-state": seen(
        replace(OPEN, head_repository=_FORK, author="mallory", body="")
    ),
}


@pytest.mark.parametrize("overview", _GOES_ON.values(), ids=_GOES_ON)
def test_nothing_stops(overview: Overview) -> None:
    assert past(overview).stop is None


def test_the_first_reason_is_told() -> None:
    pull = replace(OPEN, queued=True, base="next", head=HUMAN_HEAD, labels=_LABELLED)
    overview = seen(pull, archived=True, topics=("no-clearance",))
    assert past(overview).stop is Stop.ARCHIVED


def test_boxes_are_those_of_the_body() -> None:
    told = past(seen(replace(OPEN, body=body(boxes=REBASE)))).current
    assert told is not None
    assert told.boxes == {"rebase"}


@pytest.mark.parametrize("state", PullState)
def test_every_state_is_looked_at(state: PullState) -> None:
    told = past(seen(replace(CLOSED, state=state, head=OWN_HEAD)))
    assert (told.current is not None) != (MARK in told.refused)


def test_no_more_is_given_back_than_a_body_can_tell() -> None:
    one = Lost(".github/workflows/ci.yml", "test", "contents", "write", 7, 1, "denied")
    told = [replace(one, job=f"j{number}") for number in range(30)]
    found = lost((), told)
    assert found == tuple(told[:20])
