"""Foreign text in Markdown: whatever it is, it stays text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import markdown
from tests.hostile import HOSTILE
from tests.writeup_support import GITHUB, flat, inert


def only_code(text: str) -> list[str]:
    """The contents of a line's code spans, if there is nothing else but plain text; else fails."""
    tokens = flat(text)
    kinds = {token.type for token in tokens}
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "code_inline", "text"}
    return [token.content for token in tokens if token.type == "code_inline"]


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60) | st.sampled_from(HOSTILE)
PUNCTUATED = st.text("`|\\ @#<>[]()!*_~&:/-\n\t\u202eaG1", max_size=30)


@given(ANY_TEXT | PUNCTUATED)
def test_a_code_span_holds_all_of_a_text_and_nothing_else(text: str) -> None:
    (content,) = only_code(f"a {markdown.code(text)} z")
    assert content == (markdown.visible(text) if text.strip() else content)


@given(ANY_TEXT | PUNCTUATED)
def test_a_cell_stays_in_its_column(text: str) -> None:
    table = GITHUB.parse(f"| a | b |\n|:--|:--|\n| {markdown.cell(text)} | end |\n")
    cells = [token for token in table if token.type == "inline"][2:]
    assert [cell.content for cell in cells][1:] == ["end"]
    assert [child.type for child in cells[0].children or ()] == ["code_inline"]


@given(ANY_TEXT | PUNCTUATED)
def test_prose_keeps_only_words_outside_of_code(text: str) -> None:
    only_code(f"a {markdown.prose(text)} z")


@given(ANY_TEXT | PUNCTUATED, st.sampled_from(["https://example.org/a(b", "javascript:x", ""]))
def test_a_links_label_can_not_end_it(text: str, address: str) -> None:
    tokens = flat(f"a {markdown.link(text, address)} z")
    links = [token.attrGet("href") for token in tokens if token.type == "link_open"]
    assert links == (["https://example.org/a"] if address.startswith("https") else [])


@given(ANY_TEXT | PUNCTUATED)
def test_a_commit_message_holds_no_directive(text: str) -> None:
    assert not set(markdown.plain(text)) & set("@#[]<>\n`:")


@pytest.mark.parametrize(
    "text",
    ["@user", "#1", "GH-1", "a/b#1", "deadbeef", "www.example.org", "<b>", "x@y.org", "a_b_c"],
)
def test_prose_makes_code_of_what_github_would_link(text: str) -> None:
    assert markdown.prose(f"see {text} there") == f"see `{text}` there"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It is a/b.", "It is `a/b`."),
        ("a/b, it is", "`a/b`, it is"),
        ("a/b.. ", "`a/b.`."),
        ("$", "`$`"),
        (" . ", "`.`"),
    ],
)
def test_prose_leaves_the_stop_behind_code_outside_of_it(text: str, shown: str) -> None:
    assert markdown.prose(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\u202eb", r"`a\u202eb`", id="bidirectional-mark"),
        pytest.param("a\x1b[2Jb", r"`a\x1b[2Jb`", id="terminal-control"),
        pytest.param("a\nb", r"`a\nb`", id="line-break"),
        pytest.param("\ud800", r"`\ud800`", id="half-a-surrogate-pair"),
        pytest.param("", "`''`", id="nothing"),
        pytest.param("`", "`` ` ``", id="a-tick"),
        pytest.param("x" * 200, f"`{'x' * 119}…`", id="too-long"),
    ],
)
def test_what_can_not_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert markdown.code(text) == shown


@given(st.lists(ANY_TEXT | PUNCTUATED, max_size=6))
def test_a_block_of_code_holds_all_lines_and_ends_where_it_should(lines: list[str]) -> None:
    tokens = GITHUB.parse(f"a\n\n{markdown.fence(lines, 'text')}\n\nz")
    assert [token.type for token in tokens if token.level == 0] == [
        "paragraph_open",
        "paragraph_close",
        "fence",
        "paragraph_open",
        "paragraph_close",
    ]
    shown = [markdown.visible(line, 200) for line in lines if line.strip()]
    assert next(t for t in tokens if t.type == "fence").content.split("\n") == [*shown, ""]


def test_a_comment_is_spelled_out() -> None:
    """So that no foreign text can pass for a state or a box of the program's own."""
    assert "<!--" not in markdown.code("<!-- clearance-state {} -->")
    assert "<!--" not in markdown.fence(["- [x] <!-- clearance:again -->"], "")


@pytest.mark.parametrize(
    "text",
    [
        "by @user",
        "see #1",
        "see GH-1",
        "see a/b#1",
        "at deadbeef",
        "www.example.org",
        "https://x.example",
        "x@y.org",
        "<b>x</b>",
        "![x](https://x.example/a.png)",
        "[x](https://x.example/)",
        "<!-- hidden -->",
    ],
)
def test_what_could_do_something_is_found(text: str) -> None:
    """So that the tests of what can do nothing are no empty ones."""
    assert inert(text, ("https://github.com/",))
    assert not inert(markdown.code(text), ())
