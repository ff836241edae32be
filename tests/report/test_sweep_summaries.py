"""What a sweep says on the page of its run, and in a terminal."""

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from bot.report import step, sweeptext
from bot.report.digest import Digest
from bot.report.palette import Palette
from bot.report.states import LABELS
from bot.sweep.record import Record, State, Summary
from tests.report_html.hostile import hostile
from tests.report_html.samples import records, summary

DIGEST = Digest.of(records(200))
EMPTY = Summary("2026-01-31T04:00:12Z", 60.0, {}, 0, 0.0)


def _text(found: list[Record], whole: Summary = EMPTY) -> str:
    return sweeptext.text(Digest.of(found), whole, Palette())


def test_the_step_summary_has_every_state() -> None:
    text = step.markdown(DIGEST, summary(200))
    for state, count in summary(200).states.items():
        word = LABELS[State(state)].word
        assert f"| {word} | {count} |" in text


def test_the_step_summary_shows_hostile_text_and_nothing_of_it_acts() -> None:
    html = (
        MarkdownIt("commonmark", {"html": True})
        .enable("table")
        .render(step.markdown(Digest.of(hostile()), replace(EMPTY, notes=("<b>@octo #1 [x](y)",))))
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "javascript:" not in html.replace("<code>javascript:", "")
    assert html.count("<table>") == 3


def test_a_hostile_table_cell_stays_a_cell() -> None:
    record = Record("a|b/`c`", State.FAILED, why="x | y `z` | <b>")
    html = (
        MarkdownIt("commonmark").enable("table").render(step.markdown(Digest.of([record]), EMPTY))
    )
    rows = [row for row in re.findall("<tr>(.*?)</tr>", html, re.DOTALL) if "z" in row]
    assert [row.count("<td") for row in rows] == [3]


@pytest.mark.parametrize("count", [10, 3000])
def test_the_step_summary_keeps_to_the_limit(count: int) -> None:
    found = [
        Record(
            f"{'é' * 400}/{n}", State.FAILED, why=f"{n}" + "é" * 9000, alarms=("\U0001f600" * 900,)
        )
        for n in range(count)
    ]
    assert len(step.markdown(Digest.of(found), EMPTY).encode()) <= step.MAX_BYTES


def test_a_summary_that_is_too_long_ends_with_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = step.markdown(DIGEST, summary(200))
    monkeypatch.setattr(step, "MAX_BYTES", 600)
    text = step.markdown(DIGEST, summary(200))
    assert len(text.encode()) <= 600
    body, _, end = text.partition("\nThe rest has no room here")
    assert end
    assert whole.startswith(body)


def test_the_terminal_has_states_limits_pace_and_an_estimate() -> None:
    text = sweeptext.text(DIGEST, summary(200), Palette())
    for state, count in summary(200).states.items():
        assert any(
            LABELS[State(state)].word in line and line.endswith(f" {count}")
            for line in text.splitlines()
        )
    assert "4,790 of 5,000 left" in text
    assert "a minute of those that were looked at" in text
    assert "18 still wait; they take at least 20 min." in text


def test_nothing_acts_in_the_terminal() -> None:
    text = _text(
        list(hostile()), replace(EMPTY, notes=("\x1b[2J",), limits={"\x1b]0;x\x07": (1, 2)})
    )
    assert not any(not c.isprintable() for c in text.replace("\n", ""))
    assert max(map(len, text.splitlines())) < 2500


def test_a_sweep_of_nothing_has_a_summary() -> None:
    assert _text([]).splitlines() == ["0 repositories in 60 s.", "0 API calls."]


@pytest.mark.parametrize("width", [40, 80])
def test_lines_fit_into_a_terminal_and_lose_no_word(width: int) -> None:
    whole = replace(summary(200), notes=("A canary failed, and so nothing else was begun.",))
    text = sweeptext.text(DIGEST, whole, Palette(), width)
    # A word that is longer than a line stays whole: it may be a name to copy.
    assert max(len(one) for one in text.splitlines() if "northwind" not in one) <= width
    wide = sweeptext.text(DIGEST, whole, Palette())
    assert re.sub(r"[█░\s:]+", " ", text) == re.sub(r"[█░\s:]+", " ", wide)


def test_bars_are_drawn_where_there_is_room() -> None:
    told = [sweeptext.text(DIGEST, summary(200), Palette(), width) for width in (40, 60, 80, 0)]
    assert [max(map(len, re.findall("[█░]+", one)), default=0) for one in told] == [0, 14, 20, 20]


def test_why_a_sweep_stopped_is_told() -> None:
    text = _text([], replace(EMPTY, notes=("A canary failed.",)))
    assert "A canary failed." in text
