import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.diff import shown, unified
from bot.report.palette import Palette

LINES = "".join(f"{n}\n" for n in range(20))


@pytest.mark.parametrize(
    ("before", "after", "hunks"),
    [
        pytest.param("a\n", "a\n", [], id="equal"),
        pytest.param(
            "a\nb\n", "a\nx\nb\n", ["@@ -1,2 +1,3 @@\n", " a\n", "+x\n", " b\n"], id="added"
        ),
        pytest.param(
            "a\nb\n", "a\nc\n", ["@@ -1,2 +1,2 @@\n", " a\n", "-b\n", "+c\n"], id="replaced"
        ),
        pytest.param("", "a\n", ["@@ -0,0 +1,1 @@\n", "+a\n"], id="from-nothing"),
        pytest.param(
            "a", "a\nb", ["@@ -1,1 +1,2 @@\n", "-a\n\\ No newline at end of file\n", "+a\n",
            "+b\n\\ No newline at end of file\n"], id="no-last-line-break",
        ),
        pytest.param(
            "a\r\nb\r\n", "a\r\nx\r\nb\r\n",
            ["@@ -1,2 +1,3 @@\n", " a\r\n", "+x\r\n", " b\r\n"], id="crlf",
        ),
    ],
)  # fmt: skip
def test_hunks(before: str, after: str, hunks: list[str]) -> None:
    assert unified("x", before, after)[2:] == hunks


def test_changes_far_apart_are_two_hunks() -> None:
    lines = unified("x", LINES, f"new\n{LINES}new\n")
    assert [line for line in lines if line.startswith("@")] == [
        "@@ -1,3 +1,4 @@\n",
        "@@ -18,3 +19,4 @@\n",
    ]


def test_an_absolute_path_gets_no_prefix() -> None:
    assert unified("/a/x", "", "a\n")[:2] == ["--- /a/x\n", "+++ /a/x\n"]


_TEXTS = st.lists(st.sampled_from("ab"), max_size=12).map(lambda lines: "\n".join([*lines, "b"]))


@given(before=_TEXTS, after=_TEXTS)
def test_patch_makes_the_one_text_of_the_other(
    before: str, after: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if before == after:
        return
    file = tmp_path_factory.mktemp("diff") / "x"
    file.write_text(before)
    diff = "".join(unified("x", before, after))
    command = ["git", "apply", "--unidiff-zero", "-"]
    subprocess.run(command, input=diff, text=True, check=True, cwd=file.parent)
    assert file.read_text() == after


def test_what_is_shown_does_not_act() -> None:
    lines = unified("x", "::error::x\n", "::error::x\na\x1b[31m\n")
    assert shown(lines[3:], Palette()) == " :\\:error::x\n+a\\x1b[31m\n"


def test_a_long_file_of_equal_lines_is_no_trouble() -> None:
    before = "- same\n" * 100_000
    assert len(unified("x", before, f"new\n{before}new\n")) == 12
