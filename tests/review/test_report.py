"""What a review looks like: the same facts wide and narrow, with and without colours."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.life import state
from bot.life.overview import PullState, Viewer
from bot.life.state import State
from bot.report import review as text
from bot.report import review_json
from bot.report.palette import Palette
from bot.review.aftermath import Aftermath, Alarm
from bot.review.facts import Account, Checks, CommitLine, Found, PullFacts
from bot.review.fetching import Review
from bot.review.risk import JobFacts, weigh
from bot.review.rows import Row, rows
from bot.review.verify import Difference, Judgement, Verdict

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HEAD = "1" * 40
EVIL = "\x1b]0;owned\x07\u202e::error::x##[error]"
TOLD = State("0.1.0", "0" * 12, "2" * 40, HEAD, "3" * 32, ("4" * 16,))
PULL = PullFacts(
    repository="octo/demo",
    public=True,
    number=7,
    url="https://github.com/octo/demo/pull/7",
    state=PullState.OPEN,
    title="Give every job explicit permissions",
    body=state.put("Text.", TOLD),
    draft=False,
    mergeable="MERGEABLE",
    queued=False,
    created=NOW - timedelta(days=3),
    merged=None,
    base="main",
    branch="clearance/permissions",
    head=HEAD,
    author=Account("clearance", 1, is_bot=False),
    head_repository="octo/demo",
    labels=(),
    checks=Checks.SUCCESS,
    files=(".github/workflows/ci.yml",),
    total=1,
    commits=(CommitLine(HEAD, "Give every job explicit permissions", "clearance", "clearance"),),
)
MINE = CommitLine("5" * 40, "Mine", "mona", "mona")
COLOURED = Palette(colours=True)


def row(**changes: object) -> Row:
    """The one row of a pull request that is otherwise well."""
    (found,) = rows([replace(PULL, **changes)], NOW)  # type: ignore[arg-type]
    return found


CALLS: dict[str, tuple[dict[str, object], str]] = {
    "red checks": ({"checks": Checks.FAILURE}, "x failure"),
    "checks that broke": ({"checks": Checks.ERROR}, "x error"),
    "a conflict": ({"mergeable": "CONFLICTING"}, "x conflicts"),
    "a commit of somebody": (
        {"head": MINE.oid, "total": 2, "commits": (*PULL.commits, MINE)},
        "! 1 commit of others",
    ),
    "a branch that was rewritten": (
        {"head": MINE.oid, "commits": (MINE,)},
        "! its branch was rewritten",
    ),
    "a secret that is not stored": (
        {"draft": True, "body": state.put("Text.", replace(TOLD, awaits=("GH_PAT_TOKEN",)))},
        "! waits for GH_PAT_TOKEN",
    ),
}


@pytest.mark.parametrize(("changes", "shown"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("width", [200, 60], ids=["wide", "narrow"])
def test_what_somebody_has_to_look_at_is_told(
    changes: dict[str, object], shown: str, width: int
) -> None:
    found = row(**changes)
    assert found.calls
    assert shown in text.table([found], Palette(), width)


@pytest.mark.parametrize(
    "changes",
    [{}, {"checks": Checks.NONE}, {"checks": Checks.PENDING}, {"mergeable": "UNKNOWN"},
     {"draft": True}, {"queued": True}],
    ids=["all is well", "no checks", "checks that run", "not told", "a draft", "queued"],
)  # fmt: skip
def test_what_nobody_has_to_look_at(changes: dict[str, object]) -> None:
    assert not row(**changes).calls


def test_the_oldest_of_equals_comes_first() -> None:
    older = replace(PULL, number=8, created=NOW - timedelta(days=9))
    assert [one.days for one in rows([PULL, older], NOW)] == [9, 3]


def test_what_is_not_the_programs_is_no_row() -> None:
    assert rows([replace(PULL, body="Text.")], NOW) == ()


def test_a_narrow_terminal_has_no_long_lines() -> None:
    table = text.table([row(), row(checks=Checks.FAILURE)], Palette(), 60)
    assert max(map(len, table.splitlines())) <= 60


LONG = {"draft": True, "body": state.put("Text.", replace(TOLD, awaits=("A" * 20, "B" * 20)))}


@pytest.mark.parametrize("width", [40, 72, 73, 80, 100, 200])
def test_lines_are_broken_between_words_and_none_is_lost(width: int) -> None:
    found = [row(**LONG), row(checks=Checks.FAILURE, mergeable="UNKNOWN", queued=True)]
    lines = text.table(found, Palette(), width).splitlines()
    assert max(map(len, lines)) <= width
    for word in ("success", "A" * 20, "B" * 20, "failure", "merge not told", "merge queue"):
        assert word in " ".join(" ".join(lines).split())
    assert lines[0].startswith("pull request ") is (width > 72)


def test_colours_change_no_word() -> None:
    found = [row(checks=Checks.FAILURE), row()]
    painted = text.table(found, COLOURED, 200)
    assert "\x1b[31m" in painted
    assert _plain(painted) == text.table(found, Palette(), 200)


def _plain(painted: str) -> str:
    from rich.text import Text

    return Text.from_ansi(painted).plain


def proved(**changes: object) -> Review:
    """A review of one that is not ours."""
    told = {
        "verdict": Verdict.NOT_OURS,
        "reasons": ("1 of its files is not what comes out afresh",),
        "differences": (Difference("x.yml", "100644", "100644", "a\n", "b\n"),),
    }
    found = Found(Viewer("rita", 2), "main", "MERGE", PULL)
    return Review(found, Judgement(**{**told, **changes}))  # type: ignore[arg-type]


DIFFERENCES: dict[str, tuple[Difference, str]] = {
    "another text": (Difference("a", "100644", "100644", "x\n", "y\n"), "another text"),
    "one more": (Difference("a", "", "100644", "", "y\n"), "does not come out"),
    "one less": (Difference("a", "100644", "", "x\n", ""), "is not there"),
    "another mode": (Difference("a", "100644", "100755"), "mode 100755"),
}


@pytest.mark.parametrize(("difference", "words"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_difference_is_told_in_words(difference: Difference, words: str) -> None:
    assert words in text.proof(proved(differences=(difference,)), (), Palette())


def test_a_difference_is_shown_as_a_diff() -> None:
    assert "  -a\n  +b\n" in text.proof(proved(), (), Palette())


def test_a_long_diff_is_cut() -> None:
    long = Difference("x", "100644", "100644", "", "line\n" * 10_000)
    shown = text.proof(proved(differences=(long,)), (), Palette())
    assert shown.count("+line") < 500
    assert "not shown" in shown


@pytest.mark.parametrize("palette", [Palette(), COLOURED], ids=["plain", "coloured"])
def test_nothing_foreign_acts_on_a_terminal(palette: Palette) -> None:
    pull = replace(PULL, url=EVIL, author=Account(EVIL, None, is_bot=False), head_repository=EVIL)
    judgement = Judgement(
        Verdict.NOT_OURS,
        (EVIL,),
        (EVIL,),
        (CommitLine("5" * 40, EVIL, EVIL, None),),
        (Difference(EVIL, "100644", "100644", f"{EVIL}\n", f"x{EVIL}\n"),),
    )
    risk = weigh(JobFacts(EVIL, EVIL, frozenset({"push"}), None, {}, swapped=(EVIL,)))
    found = Review(Found(Viewer(EVIL, None), EVIL, "MERGE", pull), judgement)
    alarm = Alarm("octo/demo", 7, EVIL, EVIL, EVIL, EVIL, (), EVIL, EVIL)
    after = Aftermath(pull, (alarm,), frozenset(), (EVIL,))
    said = text.proof(found, (risk,), palette) + text.after([after], palette)
    assert "\x1b]" not in said
    assert "\u202e" not in said
    assert "##[" not in said
    assert not any(line.lstrip().startswith("::") for line in _plain(said).splitlines())


def test_json_says_what_people_read() -> None:
    told = json.loads(review_json.table([row(checks=Checks.FAILURE)]))
    (pull,) = told["pulls"]
    wanted = {"number": 7, "days": 3, "checks": "failure", "attention": True, "others": 0}
    assert pull.items() >= wanted.items()
