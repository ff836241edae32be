"""Texts with positions: what is refused, and on which line a value ends."""

import time

import pytest
from ruamel.yaml.nodes import MappingNode

from bot.workflow.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    Document,
    DocumentError,
    Span,
    decode,
    parse,
)

_DOUBLED = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
_PAIRS = [f',"a{n}":&a{n} {{"k":*a{n - 1},"l":*a{n - 1}}}' for n in range(1, 40)]
_REFUSED = {
    "larger-than-the-limit": (b"#" * (MAX_BYTES + 1), "larger than 2 MiB"),
    "latin-1": (b"a: caf\xe9", "not UTF-8 (byte 6)"),
    "utf-16": ("a: b".encode("utf-16"), "not UTF-8 (byte 0)"),
    "lone-surrogate": (b"a: \xed\xa0\x80", "not UTF-8 (byte 3)"),
    "nul-byte": (b"a: \0", "it is not YAML"),
    "control-character": (b"a: \x07", "it is not YAML"),
    "unclosed-quote": (b"a: 'b\nc: d\n", "(line 3)"),
    "two-documents": (b"a: b\n---\nc: d\n", "another document"),
    "unknown-alias": (b"a: *b\n", "undefined alias"),
    "anchor-that-contains-itself": (b"a: &a [b, *a]\n", "contains itself"),
    "aliases-that-double": (f"a0: &a0 [x]\n{_DOUBLED}".encode(), "unfold to more than"),
    "aliases-whose-names-begin-with-a-dash": (
        f"a0: &a0 [x]\n{_DOUBLED}".replace("&a", "&-a").replace("*a", "*-a").encode(),
        "unfold to more than",
    ),
    "aliases-right-behind-a-colon": (
        ('{"a0":&a0 [x]' + "".join(_PAIRS) + "}").encode(),
        "unfold to more than",
    ),
    "many-brackets": (b"[" * 100_000, f"nested more than {MAX_DEPTH} levels"),
    "many-braces": (b"{" * 100_000, f"nested more than {MAX_DEPTH} levels"),
    "many-dashes": (b"- " * 100_000 + b"a", f"nested more than {MAX_DEPTH} levels"),
    "many-question-marks": (b"? " * 100_000 + b"a", f"nested more than {MAX_DEPTH} levels"),
    "many-dashes-behind-a-mark": (
        b"\xef\xbb\xbf" + b"- " * 100_000 + b"a",
        f"nested more than {MAX_DEPTH} levels",
    ),
    "many-dashes-behind-a-carriage-return": (
        b"# a\r" + b"- " * 100_000 + b"a",
        f"nested more than {MAX_DEPTH} levels",
    ),
    "deep-by-indentation": (
        "\n".join(" " * n + "a:" for n in range(MAX_DEPTH + 10)).encode(),
        f"nested more than {MAX_DEPTH} levels",
    ),
    "a-million-nodes": (b"a: [" + b"1," * 1_000_000 + b"]", f"more than {MAX_NODES:,} nodes"),
    "dashes-just-below-the-depth": (
        (b"- " * (MAX_DEPTH - 1) + b"a\n") * (MAX_BYTES // (2 * MAX_DEPTH + 1)),
        f"more than {MAX_NODES:,} nodes",
    ),
}


@pytest.mark.parametrize(("data", "reason"), _REFUSED.values(), ids=_REFUSED)
def test_refused_in_a_sentence_and_at_once(data: bytes, reason: str) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError) as caught:
        parse("x.yml", decode(data))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert time.process_time() - began < 1


_TAKEN = {
    "empty": "",
    "comments-alone": "# a\n",
    "depth-at-the-limit": "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1),
    "expressions-are-no-depth": "a: " + "${{ b }}" * 500,
    "large-script": "a: |\n" + "  echo hello\n" * 150_000,
    "one-anchor-used-often": "a: &a [x, y]\nb: [" + "*a," * 1_000 + "]",
    "ampersands-in-scripts": "a: b && *c\n",
}


@pytest.mark.parametrize("text", _TAKEN.values(), ids=_TAKEN)
def test_taken(text: str) -> None:
    assert parse("x.yml", text).text == text


_LAST_LINES = {
    "plain": ("a: b\nc: d\n", 0),
    "comment-behind": ("a:\n  b: c\n  # d\nc: d\n", 1),
    "list-at-the-indent-of-its-key": ("a:\n- b\n- c\n\n# d\nc: d\n", 2),
    "literal": ("a: |\n  b\n  c\n\nc: d\n", 3),
    "literal-at-the-end-without-newline": ("a: |\n  b\n  c", 2),
    "literal-stripped": ("a: |-\n  b\n\n\nc: d\n", 3),
    "plain-over-lines": ("a: b\n  c\n  d\nc: d\n", 2),
    "quoted-over-lines": ("a: 'b\n\n  c'\nc: d\n", 2),
    "flow-over-lines": ("a: [b,\n  c\n  ]\nc: d\n", 2),
    "empty-value": ("a:\nc: d\n", 0),
    "nested-empty-value": ("a:\n  b:\n\n# x\nc: d\n", 1),
    "alias-at-the-end": ("x: &x [1]\na:\n  - b\n  - *x\n# d\nc: d\n", 3),
    "alias-as-the-only-item": ("x: &x [1]\na:\n  - *x\n\n# d\nc: d\n", 2),
    "dash-alone": ("a:\n  -\n    b: c\n  -\n    b: d\n# e\n", 4),
}


@pytest.mark.parametrize(("text", "line"), _LAST_LINES.values(), ids=_LAST_LINES)
def test_last_line_of_a_value(text: str, line: int) -> None:
    document = parse("x.yml", text)
    assert isinstance(document.root, MappingNode)
    value = next(value for key, value in document.root.value if key.value == "a")
    assert document.last_line(value) == line


_LINES = {
    "lf": ("a\nb\n", ["a", "b", ""]),
    "crlf": ("a\r\nb", ["a", "b"]),
    "cr": ("a\rb", ["a", "b"]),
    "mark-first": ("\ufeffa\nb", ["a", "b"]),
    "next-line-and-separators": ("a\x85b\u2028c\u2029d", ["a", "b", "c", "d"]),
    "form-feed-is-no-break": ("a\fb", ["a\fb"]),
}


@pytest.mark.parametrize(("text", "lines"), _LINES.values(), ids=_LINES)
def test_lines_are_those_of_libyaml(text: str, lines: list[str]) -> None:
    document = Document("x.yml", text, None)
    assert [document.line(n) for n in range(len(document.line_starts))] == lines


@pytest.mark.parametrize(
    ("text", "line_break"),
    [("a\nb\n", "\n"), ("a\r\nb\r\n", "\r\n"), ("a\r\nb\nc\r\n", "\r\n"), ("a", "\n")],
    ids=["lf", "crlf", "mostly-crlf", "none"],
)
def test_line_break_of_new_lines(text: str, line_break: str) -> None:
    assert Document("x.yml", text, None).line_break == line_break


def test_slice_counts_characters_behind_a_mark() -> None:
    document = parse("x.yml", "\ufeffä: [🎉, b]\n")
    assert document.slice(Span(0, 0, 0, 1)) == "ä"
    assert document.slice(Span(0, 3, 0, 9)) == "[🎉, b]"[:6]
