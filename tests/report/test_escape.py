import pytest

from bot.report.escape import inert, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Build é 🚀 {}", "Build é 🚀 {}", id="plain"),
        pytest.param("a\x1b[31mb", "a\\x1b[31mb", id="terminal-escape"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="line-breaks-and-tabs"),
        pytest.param("a\u202eb", "a\\u202eb", id="direction-of-writing"),
        pytest.param("a\u2028b", "a\\u2028b", id="unicode-line-break"),
        pytest.param("a\udcffb", "a\\udcffb", id="byte-of-a-path-that-is-no-text"),
        pytest.param("a\x9bb", "a\\x9bb", id="eight-bit-escape"),
        pytest.param("a ##[error]b", "a ##\\[error]b", id="command-of-the-runner"),
        pytest.param("a" * 2001, "a" * 1999 + "…", id="very-long"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("::error::x", ":\\:error::x", id="at-the-beginning"),
        pytest.param("   ::error::x", "   :\\:error::x", id="behind-blanks"),
        pytest.param("std::vector", "std::vector", id="elsewhere"),
    ],
)
def test_inert(line: str, shown: str) -> None:
    assert inert(line) == shown
