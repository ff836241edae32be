"""Linters are asked about what was rewritten: nothing new, something new, no answer."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import linters
from bot.analysis import FileReport

BEFORE = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
CLEAN = BEFORE.replace("jobs:", "permissions: {}\njobs:")
WRONG = BEFORE.replace("jobs:", "permissions: {contents: all}\njobs:")

Put = Callable[[str, str], None]


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Put:
    """Puts a linter of a test's own on an else nearly empty PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")

    def make(name: str, script: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    return make


def report(after: str) -> FileReport:
    return FileReport(".github/workflows/a.yml", BEFORE, after)


def asked(after: str) -> list[str]:
    """The names of the linters that find nothing new."""
    return [one.partition(" ")[0] for one in linters.quiet([report(after)])]


@pytest.fixture
def _real(monkeypatch: pytest.MonkeyPatch) -> None:
    """The linters that the extra ``test`` brings."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert shutil.which("actionlint")
    assert shutil.which("zizmor")


@pytest.mark.usefixtures("_real")
def test_a_linter_that_finds_nothing_new_is_named_with_its_version() -> None:
    found = linters.quiet([report(CLEAN)])
    assert [one.split(" ")[0] for one in found] == ["actionlint", "zizmor"]
    assert all(one.split(" ")[1][0].isdigit() for one in found)


@pytest.mark.usefixtures("_real")
def test_a_linter_that_finds_something_new_is_not_named() -> None:
    assert "actionlint" not in asked(WRONG)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exit 3", id="it-fails"),
        pytest.param("echo '{'", id="no-json"),
        pytest.param("echo '{\"a\": 1}'", id="another-shape"),
        pytest.param("echo 5", id="a-number"),
    ],
)
def test_a_linter_without_an_answer_is_not_named(put: Put, script: str) -> None:
    put("actionlint", script)
    assert asked(CLEAN) == []


def test_an_empty_list_is_an_answer(put: Put) -> None:
    put("actionlint", "echo '[]'")
    assert asked(CLEAN) == ["actionlint"]


def test_a_linter_that_hangs_is_given_up(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linters, "_SECONDS", 0.2)
    put("actionlint", "exec sleep 60")
    assert asked(CLEAN) == []


def test_a_linter_inherits_no_token(
    put: Put, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GH_TOKEN", "secret")
    put("actionlint", f"env > {tmp_path}/env; echo '[]'")
    asked(CLEAN)
    assert "secret" not in (tmp_path / "env").read_text()


def test_hostile_texts_reach_a_linter_as_files_only(put: Put, tmp_path: Path) -> None:
    put("actionlint", f'echo "$@" > {tmp_path}/words; echo "[]"')
    hostile = FileReport(".github/workflows/$(touch x) ../y.yml", BEFORE, CLEAN)
    linters.quiet([hostile])
    assert "touch" not in (tmp_path / "words").read_text()


def test_nothing_changed_asks_nobody(put: Put, tmp_path: Path) -> None:
    put("actionlint", f"touch {tmp_path}/asked; echo '[]'")
    linters.quiet([])
    assert not (tmp_path / "asked").exists()
