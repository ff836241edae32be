"""What may come in of a failed run: values of their form, and nothing else."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from bot.permissions.evidence import Lost
from bot.permissions.lost import Told, lost

CI = ".github/workflows/ci.yml"
TOLD = Told(CI, "test", "contents", "write", 7, 1, "denied")


def test_what_has_its_form_comes_in() -> None:
    assert lost(TOLD) == Lost(CI, "test", "contents", "write", 7, 1, "denied")


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"path": "ci.yml"}, id="a file beside the workflows"),
        pytest.param({"path": ".github/workflows/a/b.yml"}, id="a file in a folder below"),
        pytest.param({"path": ".github/workflows/a\n.yml"}, id="a path with a line break"),
        pytest.param({"path": None}, id="no path"),
        pytest.param({"path": ".github/workflows/ä.yml"}, id="a path that JSON makes longer"),
        pytest.param({"job": "test: {}\n"}, id="a job that is YAML"),
        pytest.param({"job": "test (3.12)"}, id="a job's shown name"),
        pytest.param({"job": ""}, id="no job"),
        pytest.param({"scope": "administration"}, id="a scope that no block knows"),
        pytest.param({"scope": "contents: write\n      issues"}, id="a scope that is two lines"),
        pytest.param({"level": "none"}, id="a level that gives nothing"),
        pytest.param({"level": "admin"}, id="a level that is none"),
        pytest.param({"scope": "id-token", "level": "read"}, id="a level that the scope has not"),
        pytest.param({"run": "7"}, id="a run that is a text"),
        pytest.param({"run": True}, id="a run that is a truth"),
        pytest.param({"run": 0}, id="no run"),
        pytest.param({"run": 10**30}, id="a run with too many digits"),
        pytest.param({"pull": -1}, id="a pull request below the first"),
        pytest.param({"pull": 1.5}, id="half a pull request"),
    ],
)
def test_what_has_another_form_stays_out(wrong: dict[str, object]) -> None:
    assert lost(replace(TOLD, **wrong)) is None


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred\u202e", "[31mred"),
        ("x" * 10_000, "x" * 160),
        ("\U0001f600" * 160, "\U0001f600" * 13),
        (None, ""),
    ],
    ids=[
        "lines become one",
        "what can't be seen goes",
        "a long text is cut",
        "what JSON makes longer is cut to the same room",
        "no text is empty",
    ],
)
def test_words_become_one_short_line(words: object, kept: str) -> None:
    found = lost(replace(TOLD, words=words))
    assert found is not None
    assert found.words == kept


def test_the_fields_of_both_forms_are_the_same() -> None:
    found = lost(TOLD)
    assert found is not None
    assert list(asdict(found)) == list(asdict(TOLD))
