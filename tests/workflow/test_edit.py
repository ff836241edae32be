"""Edits: whole lines, or one span."""

import pytest

from bot.workflow.document import Document
from bot.workflow.edit import Edit, Insert, Replace, apply

_CASES: dict[str, tuple[str, list[Edit], str]] = {
    "nothing": ("a\n", [], "a\n"),
    "before-the-first-line": ("a\n", [Insert(0, ("x",))], "x\na\n"),
    "between": ("a\nb\n", [Insert(1, ("x", "y"))], "a\nx\ny\nb\n"),
    "at-the-end": ("a\n", [Insert(1, ("x",))], "a\nx\n"),
    "at-the-end-without-newline": ("a", [Insert(1, ("x", "y"))], "a\nx\ny"),
    "behind-a-mark": ("\ufeffa\n", [Insert(0, ("x",))], "\ufeffx\na\n"),
    "crlf": ("a\r\nb\r\n", [Insert(1, ("x",))], "a\r\nx\r\nb\r\n"),
    "crlf-at-the-end-without-newline": ("a\r\nb", [Insert(2, ("x",))], "a\r\nb\r\nx"),
    "same-line-in-the-order-given": (
        "a\nb\n",
        [Insert(1, ("x",)), Insert(1, ("y",))],
        "a\nx\ny\nb\n",
    ),
    "given-backwards": ("a\nb\n", [Insert(1, ("y",)), Insert(0, ("x",))], "x\na\ny\nb\n"),
    "span": ("abc\n", [Replace(1, 2, "X")], "aXc\n"),
    "spans-that-touch": ("abc", [Replace(0, 1, "X"), Replace(1, 2, "Y")], "XYc"),
    "line-and-span": ("a\nb\n", [Replace(2, 3, "B"), Insert(1, ("x",))], "a\nx\nB\n"),
}


@pytest.mark.parametrize(("text", "edits", "after"), _CASES.values(), ids=_CASES)
def test_apply(text: str, edits: list[Edit], after: str) -> None:
    assert apply(Document("x.yml", text, None), edits) == after


@pytest.mark.parametrize(
    "edits",
    [[Replace(0, 3, "x"), Replace(1, 2, "y")], [Replace(0, 3, "x"), Insert(1, ("y",))]],
    ids=["two-spans", "a-line-inside-a-span"],
)
def test_overlapping_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply(Document("x.yml", "a\nb\nc\n", None), edits)
