"""What is done about a pull request: what is there against what is to be proposed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.gate import Proof
from bot.life.decide import Action, Wanted, content, decide, is_settled, left_out
from bot.life.overview import Base, Pull
from bot.life.past import Past, past
from bot.life.state import Source
from tests.life.pasts import AGAIN, BASE, CLOSED, OPEN, OTHER, OWN_HEAD, REBASE, STATE, body, seen

_SAME = Wanted(STATE.content, held=False)
_MORE = Wanted("0" * 32, held=False)
_NONE = Wanted("", held=False)
_HELD = Wanted("", held=True)
_ACTION = "acme/action@v1"
_LOST = frozenset({_ACTION})
_SHAPED = replace(
    OPEN, body=body(replace(STATE, sources=(Source(_ACTION, BASE, "action.yml", BASE),)))
)
_ASKED = replace(OPEN, body=body(boxes=REBASE))
_CONFLICT = replace(OPEN, mergeable="CONFLICTING")
_PUSHED = replace(OPEN, head=replace(OWN_HEAD, oid="9" * 40))

_DECIDED: dict[str, tuple[Pull | None, Wanted, Action]] = {
    "nothing-there-nothing-wanted": (None, _NONE, Action.NOTHING),
    "nothing-there-all-refused": (None, _HELD, Action.REFUSED),
    "nothing-there-something-wanted": (None, _MORE, Action.CREATE),
    "nothing-there-some-refused": (None, replace(_MORE, held=True), Action.CREATE),
    "nothing-there-and-not-all-known": (
        None,
        replace(_MORE, unanswered=_LOST, unread=True),
        Action.CREATE,
    ),
    "as-wanted": (OPEN, _SAME, Action.KEEP),
    "as-wanted-but-for-what-was-refused": (OPEN, replace(_SAME, held=True), Action.KEEP),
    "as-wanted-and-github-still-works-out-conflicts": (
        replace(OPEN, mergeable="UNKNOWN"),
        _SAME,
        Action.KEEP,
    ),
    "as-wanted-and-the-box-for-asking-again-ticked": (
        replace(OPEN, body=body(boxes=AGAIN)),
        _SAME,
        Action.KEEP,
    ),
    "as-wanted-though-an-answer-is-missing": (
        _SHAPED,
        replace(_SAME, unanswered=_LOST),
        Action.KEEP,
    ),
    "something-else-wanted": (OPEN, _MORE, Action.UPDATE),
    "in-conflict": (_CONFLICT, _SAME, Action.UPDATE),
    "rebase-ticked": (_ASKED, _SAME, Action.UPDATE),
    "pushed-and-not-written": (_PUSHED, _SAME, Action.UPDATE),
    "no-longer-needed": (OPEN, _NONE, Action.CLOSE),
    "no-longer-needed-and-rebase-ticked": (_ASKED, _NONE, Action.CLOSE),
    "no-longer-needed-and-in-conflict": (_CONFLICT, _NONE, Action.CLOSE),
    "all-that-is-left-was-refused": (OPEN, _HELD, Action.CLOSE),
    "nothing-wanted-while-an-answer-is-missing": (
        _SHAPED,
        replace(_NONE, unanswered=_LOST),
        Action.WAIT,
    ),
    "something-else-wanted-while-an-answer-is-missing": (
        _SHAPED,
        replace(_MORE, unanswered=_LOST),
        Action.WAIT,
    ),
    "in-conflict-while-an-answer-is-missing": (
        replace(_SHAPED, mergeable="CONFLICTING"),
        replace(_SAME, unanswered=_LOST),
        Action.WAIT,
    ),
    "no-longer-needed-and-an-answer-missing-that-it-was-not-made-from": (
        OPEN,
        replace(_NONE, unanswered=_LOST),
        Action.CLOSE,
    ),
    "nothing-wanted-while-a-file-is-broken": (
        OPEN,
        replace(_NONE, unread=True),
        Action.WAIT,
    ),
    "something-else-wanted-while-a-file-is-broken": (
        OPEN,
        replace(_MORE, unread=True),
        Action.UPDATE,
    ),
}


def _past(pull: Pull | None) -> Past:
    return past(seen(pull) if pull else seen())


@pytest.mark.parametrize(("pull", "wanted", "action"), _DECIDED.values(), ids=_DECIDED)
def test_decide(pull: Pull | None, wanted: Wanted, action: Action) -> None:
    assert decide(_past(pull), wanted, 0, 1) is action


@pytest.mark.parametrize(
    ("opened", "most", "action"),
    [(0, 1, Action.CREATE), (1, 1, Action.LATER), (2, 3, Action.CREATE), (3, 3, Action.LATER)],
)
def test_no_more_are_opened_than_may_be(opened: int, most: int, action: Action) -> None:
    assert decide(_past(None), _MORE, opened, most) is action


def test_the_open_one_is_kept_right_however_many_are_open() -> None:
    assert decide(_past(OPEN), _MORE, 3, 1) is Action.UPDATE


def test_without_a_branch_nothing_is_taken_for_pushed() -> None:
    assert decide(replace(_past(OPEN), branch=None), _SAME, 0, 1) is Action.UPDATE


_BASE = Base("main", BASE)
_SETTLED = {
    "all-as-it-was": (OPEN, _BASE, "1.0", STATE.settings, True),
    "the-base-was-renamed": (OPEN, Base("trunk", BASE), "1.0", STATE.settings, True),
    "github-still-works-out-conflicts": (
        replace(OPEN, mergeable="UNKNOWN"),
        _BASE,
        "1.0",
        STATE.settings,
        True,
    ),
    "the-base-moved": (OPEN, Base("main", "f" * 40), "1.0", STATE.settings, False),
    "another-version": (OPEN, _BASE, "1.1", STATE.settings, False),
    "other-settings": (OPEN, _BASE, "1.0", "t" * 16, False),
    "pushed-and-not-written": (_PUSHED, _BASE, "1.0", STATE.settings, False),
    "in-conflict": (_CONFLICT, _BASE, "1.0", STATE.settings, False),
    "rebase-ticked": (_ASKED, _BASE, "1.0", STATE.settings, False),
    "none-open": (None, _BASE, "1.0", STATE.settings, False),
}


@pytest.mark.parametrize(
    ("pull", "base", "program", "settings", "settled"), _SETTLED.values(), ids=_SETTLED
)
def test_is_settled(
    pull: Pull | None, base: Base, program: str, settings: str, settled: bool
) -> None:
    assert is_settled(_past(pull), base, program, settings) is settled


def test_what_was_refused_in_the_meantime_unsettles() -> None:
    no = replace(CLOSED, body=body(replace(STATE, fingerprints=(OTHER,))))
    assert not is_settled(past(seen(OPEN, no)), _BASE, "1.0", STATE.settings)


def test_what_was_refused_when_it_was_made_leaves_it_settled() -> None:
    no = replace(CLOSED, body=body(replace(STATE, fingerprints=(OTHER,))))
    made = replace(OPEN, body=body(replace(STATE, refused=left_out(frozenset({OTHER})))))
    assert is_settled(past(seen(made, no)), _BASE, "1.0", STATE.settings)


def test_what_is_refused_is_told_in_any_order() -> None:
    marks = [f"{number:016x}" for number in range(50)]
    assert left_out(frozenset(marks)) == left_out(frozenset(reversed(marks)))
    assert left_out(frozenset(marks)) != left_out(frozenset(marks[1:]))


def test_a_branch_alone_is_not_settled() -> None:
    told = past(seen(branch=OWN_HEAD))
    assert not is_settled(told, _BASE, "1.0", STATE.settings)


def test_without_a_branch_nothing_is_settled() -> None:
    assert not is_settled(replace(_past(OPEN), branch=None), _BASE, "1.0", STATE.settings)


def proof(path: str = "a.yml", level: str = "read", before: str = "1", replaced: str = "") -> Proof:
    """A proof of one block, and of one line that is changed where ``replaced`` says something."""
    changes = {"jobs.a.steps.0": replaced} if replaced else {}
    return Proof(path, {"jobs.a.permissions": {"contents": level}}, changes, before, "2", 3)


_TWO = [proof(), proof("b.yml")]


def test_a_digest_of_the_same_changes_is_the_same_in_any_order() -> None:
    assert content(_TWO) == content(reversed(_TWO))


def test_what_else_stands_in_a_file_is_not_in_the_digest() -> None:
    assert content([proof(before="1")]) == content([proof(before="0")])


@pytest.mark.parametrize(
    "proofs",
    [
        [*_TWO, proof("c.yml")],
        _TWO[:1],
        [proof(level="write"), _TWO[1]],
        [proof(replaced="x"), _TWO[1]],
        [proof("x.yml"), _TWO[1]],
    ],
    ids=["one-more", "one-less", "another-addition", "a-replacement", "another-path"],
)
def test_a_digest_of_other_changes_is_another(proofs: list[Proof]) -> None:
    assert content(proofs) != content(_TWO)


def test_the_digest_of_nothing_is_empty() -> None:
    assert content([]) == ""


def test_a_path_may_hold_any_bytes() -> None:
    assert content([proof("\udcff.yml")])
