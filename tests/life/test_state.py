"""The hidden block and the boxes: what is read from a body that anybody may have edited."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.life import state
from bot.life.state import Box, Source, State
from bot.permissions.evidence import Lost
from tests.life.pasts import MARK, OTHER, STATE

_FEW = settings(max_examples=150, deadline=None, derandomize=True)
_BLOCK = state.render(STATE)
_hex = st.text("0123456789abcdef", min_size=16, max_size=16)
_hostile = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["-->", "--!>", "<!--", "\n-->\n", "]]>", "\u2028", "\ud800", '"}', "\\", "-- >"]
    ),
)
_sources = st.builds(Source, _hostile, _hostile, _hostile, _hostile)
_losses = st.builds(
    Lost,
    st.just(".github/workflows/ci.yml"),
    st.sampled_from(["test", "_a-1"]),
    st.sampled_from(["contents", "issues"]),
    st.sampled_from(["read", "write"]),
    st.integers(1, 10**17),
    st.integers(1, 10**6),
    st.sampled_from(["", "Resource not accessible by integration", "--> <!-- `x`"]),
)
_states = st.builds(
    State,
    program=_hostile,
    settings=_hostile,
    base=_hostile,
    head=_hostile,
    content=_hostile,
    fingerprints=st.lists(_hex, max_size=5).map(tuple),
    sources=st.lists(_sources, max_size=4).map(tuple),
    ending=_hostile,
    awaits=st.lists(_hostile, max_size=3).map(tuple),
    refused=_hostile,
    lost=st.lists(_losses, max_size=3).map(tuple),
)


@_FEW
@given(told=_states, before=_hostile)
def test_what_is_written_is_read_again(told: State, before: str) -> None:
    assert state.read(f"{before}\n\n{state.render(told)}\n") == told


@_FEW
@given(told=_states)
def test_nothing_in_a_block_ends_its_comment(told: State) -> None:
    inside = state.render(told).removesuffix("-->")
    assert ">" not in inside
    assert "\n" not in inside


@_FEW
@given(told=_states)
def test_a_block_is_plain_ascii(told: State) -> None:
    assert state.render(told).isascii()


_READ = {
    "at-the-end": f"Text\n\n{_BLOCK}\n",
    "nothing-but-it": _BLOCK,
    "line-ends-of-a-browser": f"Text\n\n{_BLOCK}\n".replace("\n", "\r\n"),
    "line-ends-of-an-old-computer": f"Text\n\n{_BLOCK}\n".replace("\n", "\r"),
    "blanks-behind-it": f"Text\n\n{_BLOCK} \t\n\n\n",
    "another-program-has-written-behind-it": f"{_BLOCK}\n\n<!-- other -->\n## Summary by Other\n",
    "a-human-has-written-behind-it": f"{_BLOCK}\n\nThanks, but no.\n",
    "the-last-of-two": f"{state.render(replace(STATE, head='f' * 40))}\n\n{_BLOCK}\n",
}


@pytest.mark.parametrize("body", _READ.values(), ids=_READ)
def test_a_block_is_found(body: str) -> None:
    assert state.read(body) == STATE


def _with(**more: object) -> str:
    data = json.loads(_BLOCK.removeprefix("<!-- clearance-state ").removesuffix(" -->"))
    return f"<!-- clearance-state {json.dumps({**data, **more})} -->"


def _lacking(key: str) -> str:
    data = json.loads(_BLOCK.removeprefix("<!-- clearance-state ").removesuffix(" -->"))
    del data[key]
    return f"<!-- clearance-state {json.dumps(data)} -->"


_UNREAD = {
    "an-empty-body": "",
    "no-block": "Text\n<!-- clearance:again -->\n",
    "a-quoted-block": f"> {_BLOCK}\n",
    "an-indented-block": f"    {_BLOCK}\n",
    "a-block-behind-text": f"See {_BLOCK}\n",
    "a-block-without-an-end": _BLOCK.removesuffix(" -->"),
    "no-json": "<!-- clearance-state {1: 2} -->",
    "a-list": "<!-- clearance-state [] -->",
    "too-deep": "<!-- clearance-state " + '{"a":' * 50_000 + " -->",
    "a-number-of-many-digits": "<!-- clearance-state " + "9" * 60_000 + " -->",
    "of-a-newer-version": _with(v=2),
    "no-version": _lacking("v"),
    "no-base": _lacking("base"),
    "no-program": _lacking("program"),
    "no-ending": _lacking("ending"),
    "no-fingerprints": _lacking("fingerprints"),
    "a-head-that-is-no-text": _with(head=1),
    "a-head-as-long-as-a-book": _with(head="f" * 201),
    "fingerprints-in-one-text": _with(fingerprints=MARK),
    "sources-in-one-text": _with(sources="abcd"),
    "a-source-in-one-text": _with(sources=["abcd"]),
    "a-source-of-three": _with(sources=[["a", "b", "c"]]),
    "a-source-that-is-a-mapping": _with(sources=[{"a": 1, "b": 1, "c": 1, "d": 1}]),
    "awaits-in-one-text": _with(awaits="NAME"),
    "refused-that-is-no-text": _with(refused=[MARK]),
}


@pytest.mark.parametrize("body", _UNREAD.values(), ids=_UNREAD)
def test_no_block_is_made_up(body: str) -> None:
    assert state.read(body) is None


def test_the_older_form_tells_no_settings_that_can_be_compared() -> None:
    assert state.read(_lacking("refused")) == replace(STATE, settings="")


def test_what_is_no_fingerprint_is_passed_over() -> None:
    hashes = [MARK, 7, MARK[1:], MARK + "0", MARK.replace("1", "G"), [MARK], OTHER]
    told = state.read(_with(fingerprints=hashes))
    assert told is not None
    assert told.fingerprints == (MARK, OTHER)


def test_a_body_full_of_beginnings_takes_no_time() -> None:
    begun = time.process_time()
    state.read("<!-- clearance-state {" * 3_000)
    state.read("<!-- clearance-state {\n" * 3_000)
    state.ticked("```\n~~~\n" * 8_000)
    assert time.process_time() - begun < 0.5


def _source(number: int) -> Source:
    return Source(f"acme/action@v{number}", "f" * 40, "action.yml", "e" * 40)


@pytest.mark.parametrize(
    ("number", "kept"), [(0, 0), (10, 10), (140, 140), (200, 100), (1_000, 125)]
)
def test_sources_are_left_out_by_halves_where_they_are_too_many(number: int, kept: int) -> None:
    many = replace(STATE, sources=tuple(map(_source, range(number))))
    told = state.read(state.render(many))
    assert told == replace(STATE, sources=many.sources[:kept])


def test_fingerprints_are_never_left_out() -> None:
    marks = tuple(f"{number:016x}" for number in range(2_000))
    told = state.read(state.render(replace(STATE, fingerprints=marks, sources=(_source(1),))))
    assert told == replace(STATE, fingerprints=marks)


_ENDED = replace(STATE, ending="not needed")
_PUT = {
    "at-the-end": (f"Text\n\n{_BLOCK}\n", f"Text\n\n{state.render(_ENDED)}\n"),
    "between-what-others-wrote": (f"A\n{_BLOCK}\nB\n", f"A\n{state.render(_ENDED)}\nB\n"),
    "in-a-body-without-one": ("Text\n\n\n", f"Text\n\n{state.render(_ENDED)}\n"),
    "in-a-body-from-a-browser": (f"Text\r\n\r\n{_BLOCK}", f"Text\n\n{state.render(_ENDED)}"),
}


@pytest.mark.parametrize(("before", "after"), _PUT.values(), ids=_PUT)
def test_another_state_is_put_in_the_place_of_the_old_one(before: str, after: str) -> None:
    assert state.put(before, _ENDED) == after


_BOX = "- [x] <!-- clearance:rebase --> Rebase this branch"
_SEEN = {
    "by-a-click": _BOX,
    "by-hand-with-a-capital": _BOX.replace("x", "X", 1),
    "in-a-list-with-stars": _BOX.replace("-", "*", 1),
    "in-a-list-with-pluses": _BOX.replace("-", "+", 1),
    "without-its-words": "- [x] <!-- clearance:rebase -->",
    "with-line-ends-of-a-browser": f"Text\r\n\r\n{_BOX}\r\n",
    "with-line-ends-of-an-old-computer": f"Text\r\r{_BOX}\r",
    "behind-a-code-block": f"```yaml\nx\n```\n{_BOX}",
    "behind-a-code-block-with-a-longer-end": f"```\nx\n`````  \n{_BOX}",
    "behind-a-code-block-with-an-indented-end": f"```\nx\n   ```\n{_BOX}",
    "behind-code-within-a-line-of-three-ticks": f"```code``` here\n{_BOX}",
    "behind-a-code-block-of-tildes-with-ticks-in-it": f"~~~ a`b\n```\n~~~\n{_BOX}",
}


@pytest.mark.parametrize("body", _SEEN.values(), ids=_SEEN)
def test_a_ticked_box_is_seen(body: str) -> None:
    assert state.ticked(body) == {Box.REBASE}


_NOT_SEEN = {
    "not-ticked": _BOX.replace("[x]", "[ ]"),
    "of-a-word-that-is-none": _BOX.replace("rebase", "merge"),
    "of-a-longer-word": _BOX.replace("rebase", "rebased"),
    "of-another-program": _BOX.replace("clearance:", "other:"),
    "quoted": f"> {_BOX}",
    "indented-as-code": f"    {_BOX}",
    "behind-text": f"see {_BOX}",
    "in-a-code-block": f"```\n{_BOX}\n```",
    "in-a-code-block-of-tildes": f"~~~\n{_BOX}\n~~~",
    "in-an-indented-code-block": f"   ```\n{_BOX}\n   ```",
    "in-a-code-block-without-an-end": f"```\n{_BOX}",
    "in-a-code-block-behind-a-shorter-end": f"````\n```\n{_BOX}\n````",
    "in-a-code-block-behind-an-end-of-another-kind": f"```\n~~~\n{_BOX}\n```",
    "in-a-code-block-behind-an-end-with-words": f"```\n``` yaml\n{_BOX}\n```",
    "in-a-code-block-behind-an-end-that-stands-in": f"```\n    ```\n{_BOX}\n```",
}


@pytest.mark.parametrize("body", _NOT_SEEN.values(), ids=_NOT_SEEN)
def test_no_ticked_box_is_seen(body: str) -> None:
    assert state.ticked(body) == frozenset()


def test_each_box_is_told_from_the_others() -> None:
    body = "".join(f"- [x] <!-- clearance:{box} -->\n" for box in (Box.AGAIN, Box.STORED))
    assert state.ticked(body) == {Box.AGAIN, Box.STORED}


_PIECES = (
    _BOX,
    f"> {_BOX}",
    f"    {_BOX}",
    f"\t{_BOX}",
    "```",
    "````",
    "``` yaml",
    "``` a`b",
    "~~~",
    "~~~ x",
    "~~~~",
    "    ```",
    "> ```",
    "text",
    "",
)


def _shown(body: str) -> bool:
    """Whether CommonMark makes a list item, outside of quotes, of a ticked box."""
    quotes = 0
    for token in MarkdownIt("commonmark").parse(body):
        quotes += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if token.type == "inline" and not quotes and "[x] <!-- clearance" in token.content:
            return True
    return False


@_FEW
@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("\n".join))
def test_only_boxes_that_markdown_shows_are_seen(body: str) -> None:
    assert _shown(body) or not state.ticked(body)


_ROW = [".github/workflows/ci.yml", "test", "contents", "write", 7, 1, "denied"]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param([_ROW], 1, id="what has its form"),
        pytest.param([_ROW] * 30, 20, id="no more than there may be"),
        pytest.param([_ROW, _ROW[:6], [*_ROW, 1]], 1, id="no row that is too short or too long"),
        pytest.param([_ROW, {"path": 1}, "x", None], 1, id="nothing that is no row"),
        pytest.param([[*_ROW[:3], "admin", *_ROW[4:]]], 0, id="no level that is none"),
    ],
)
def test_of_what_runs_lacked_is_read(rows: list[object], kept: int) -> None:
    found = state.read(_with(lost=rows))
    assert found is not None
    assert found.lost == (Lost(*_ROW),) * kept  # type: ignore[arg-type]


def test_an_older_form_tells_of_no_run() -> None:
    assert state.read(_lacking("lost")) == STATE
