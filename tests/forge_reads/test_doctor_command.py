"""What ``doctor`` writes, and its exit codes."""

from __future__ import annotations

import pytest

from bot.commands import Exit
from bot.doctor import doctor
from bot.forge.checks import Check, Verdict
from bot.report.doctor import text
from bot.report.palette import Palette

_CHECKS = (
    Check("token", Verdict.OK, "it is a token"),
    Check("Workflows", Verdict.LACKS, "the token may not push", "give it workflow"),
)


def test_a_line_a_check_with_a_mark_and_a_word() -> None:
    assert text(_CHECKS, Palette()) == (
        "+ ok       token      it is a token\n"
        "x lacks    Workflows  the token may not push\n"
        "                      give it workflow\n"
        "1 of 2 checks lack something.\n"
    )


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (Verdict.OK, "Nothing is lacking."),
        (Verdict.NOTE, "Nothing is lacking."),
        (Verdict.UNKNOWN, "Nothing is lacking; 1 can't be told."),
    ],
)
def test_the_last_line(verdict: Verdict, says: str) -> None:
    written = text((Check("x", verdict, "y"),), Palette())
    assert written.splitlines()[-1] == says


def test_colours_say_nothing_that_words_do_not() -> None:
    assert "\x1b[31mx lacks" in text(_CHECKS, Palette(colours=True))


def test_what_a_server_says_cannot_act_on_the_terminal() -> None:
    check = Check("token", Verdict.OK, "of a\x1b[2Jb\n::error::c", "d\x07")
    assert not {"\x1b", "\x07"} & set(text((check,), Palette()))


@pytest.mark.parametrize("name", ["app", "octo/app/x", "octo/a b", "octo/.."])
def test_a_name_that_is_none_is_an_error(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(name) is Exit.ERROR
    assert "name one as OWNER/REPO" in capsys.readouterr().err


def test_without_a_token_it_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "CLEARANCE_APP_ID", "GH_HOST", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    assert doctor(None) is Exit.ERROR
    assert "set GH_TOKEN" in capsys.readouterr().err
