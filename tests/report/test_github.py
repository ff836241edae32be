from pathlib import Path

import pytest

from bot.analysis import FileReport
from bot.config import Settings
from bot.findings import Finding, Level, Rule
from bot.report import Summary, github
from bot.targets import Repository, Trouble


def _body(path: str, message: str, level: Level = Level.WARNING) -> str:
    repository = Repository(Path(), ".", (path,), Settings())
    finding = Finding(Rule.IMPLICIT, level, path, 4, "job", message, {})
    return github.body(repository, FileReport(path), (finding,))


@pytest.mark.parametrize(
    ("level", "command"),
    [(Level.ERROR, "error"), (Level.WARNING, "warning"), (Level.NOTE, "notice")],
)
def test_a_finding(level: Level, command: str) -> None:
    expected = f"::{command} file=a.yml,line=5,title=implicit-permissions::It needs a, b: c\n"
    assert _body("a.yml", "It needs a, b: c", level) == expected


@pytest.mark.parametrize(
    ("path", "file"),
    [
        pytest.param("a,line=9.yml", "a%2Cline=9.yml", id="another-property"),
        pytest.param("a::b.yml", "a%3A%3Bb.yml".replace("%3B", "%3A"), id="end-of-properties"),
        pytest.param("a%2C.yml", "a%252C.yml", id="an-escape"),
    ],
)
def test_a_path_stays_in_its_property(path: str, file: str) -> None:
    assert _body(path, "x").startswith(f"::warning file={file},line=5,")


@pytest.mark.parametrize(
    ("message", "data"),
    [
        pytest.param("a\n::add-mask::b", "a\\n::add-mask::b", id="another-command"),
        pytest.param("a%0A::add-mask::b", "a%250A::add-mask::b", id="an-escape"),
        pytest.param("a\x1b[31m", "a\\x1b[31m", id="terminal-escape"),
    ],
)
def test_a_message_stays_in_its_command(message: str, data: str) -> None:
    assert _body("a.yml", message).endswith(f"title=implicit-permissions::{data}\n")


def test_a_path_that_nothing_can_be_done_with_is_an_error() -> None:
    parts = github.whole(iter(()), Summary(), (Trouble("a", "it is 100% absent"),))
    assert list(parts) == ["::error title=clearance::a: it is 100%25 absent\n"]
