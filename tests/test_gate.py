"""The gate: each of its rules stops a rewrite that breaks just that one."""

from collections.abc import Mapping

import pytest

from bot import gate
from bot.gate import GateError
from bot.permissions.scopes import Grants, Level
from bot.workflow.document import parse
from bot.workflow.edit import Change
from bot.workflow.model import Workflow
from bot.workflow.reader import read_workflow

_BEFORE = """\
on: push  # always
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: "one"
      - run: two
  b:
    needs: a
    runs-on: ubuntu-latest
    steps: [{run: three}]
"""
_AFTER = """\
on: push  # always
permissions: {}
jobs:
  a:
    runs-on: ubuntu-latest
    permissions:
      contents: read # why
    steps:
      - run: "one"
      - run: two
  b:
    needs: a
    runs-on: ubuntu-latest
    steps: [{run: three}]
"""
_ADDED: Mapping[str, Grants] = {"permissions": {}, "jobs.a.permissions": {"contents": "read"}}


def _read(text: str) -> Workflow:
    return read_workflow(parse("x.yml", text))


def _same(workflow: Workflow) -> str:
    return workflow.document.text


def test_passes() -> None:
    proof = gate.prove(_read(_BEFORE), _AFTER, Change(added=_ADDED), _same)
    assert (proof.path, proof.added, proof.lines) == ("x.yml", _ADDED, 3)
    assert proof.before != proof.after


_TAMPERED = {
    "broken": ("  b:\n", "  b\n", "can't be read"),
    "value-changed": ("two", "2", "something beside"),
    "quotes-changed": ('"one"', "one", "something beside"),
    "key-added": ("    needs: a\n", "    needs: a\n    if: true\n", "something beside"),
    "step-added": ("      - run: two\n", "      - run: two\n      - run: x\n", "something beside"),
    "key-lost": ("    needs: a\n", "", "something beside"),
    "flow-to-block": ("steps: [{run: three}]", "steps:\n    - run: three", "something beside"),
    "tag-added": ("- run: two", "- run: !x two", "something beside"),
    "anchor-added": ("- run: two", "- run: &x two", "line 7 of the original"),
    "steps-swapped": (
        '      - run: "one"\n      - run: two\n',
        '      - run: two\n      - run: "one"\n',
        "something beside",
    ),
    "keys-swapped": (
        "    needs: a\n    runs-on: ubuntu-latest\n",
        "    runs-on: ubuntu-latest\n    needs: a\n",
        "something beside",
    ),
    "comment-lost": ("push  # always", "push", "line 1 of the original"),
    "comment-changed": ("# always", "# often", "line 1 of the original"),
    "blanks-changed": ("push  #", "push #", "line 1 of the original"),
    "blank-at-the-end-of-a-line": ("- run: two\n", "- run: two \n", "line 7 of the original"),
    "last-line-end-lost": ("[{run: three}]\n", "[{run: three}]", "line 11 of the original"),
    "line-ends-mixed": ("permissions: {}\n", "permissions: {}\r\n", "no longer uniform"),
    "grant-missing": ("      contents: read # why\n", "      {}\n", "not what was declared"),
    "grant-widened": ("contents: read", "contents: write", "not what was declared"),
    "grant-added": (" # why", "\n      issues: read", "not what was declared"),
    "block-missing": ("permissions: {}\n", "", "declared but is not there"),
    "block-undeclared": (
        "    needs: a\n",
        "    needs: a\n    permissions: {}\n",
        "something beside",
    ),
}


@pytest.mark.parametrize(("old", "new", "reason"), _TAMPERED.values(), ids=_TAMPERED)
def test_tampered_rewrite(old: str, new: str, reason: str) -> None:
    assert _AFTER.count(old) == 1
    with pytest.raises(GateError, match=reason):
        gate.prove(_read(_BEFORE), _AFTER.replace(old, new), Change(added=_ADDED), _same)


@pytest.mark.parametrize(
    ("scope", "level"),
    [("content", "read"), ("models", "write"), ("id-token", "read")],
    ids=["unknown-scope", "level-that-the-scope-has-not", "id-token-is-never-read"],
)
def test_permission_that_github_refuses(scope: str, level: Level) -> None:
    after = _AFTER.replace("contents: read", f"{scope}: {level}")
    added: dict[str, Grants] = {**_ADDED, "jobs.a.permissions": {scope: level}}
    with pytest.raises(GateError, match=r"refuses|level it has not"):
        gate.prove(_read(_BEFORE), after, Change(added=added), _same)


_NEEDS = {
    "itself": ("needs: b", "in a circle"),
    "one-that-is-not-there": ("needs: [a, c]", "needs c, which is not there"),
}


@pytest.mark.parametrize(("needs", "reason"), _NEEDS.values(), ids=_NEEDS)
def test_needs(needs: str, reason: str) -> None:
    before, after = (text.replace("needs: a", needs) for text in (_BEFORE, _AFTER))
    with pytest.raises(GateError, match=reason):
        gate.prove(_read(before), after, Change(added=_ADDED), _same)


def test_jobs_that_need_one_another() -> None:
    before, after = (t.replace("  a:\n", "  a:\n    needs: b\n") for t in (_BEFORE, _AFTER))
    with pytest.raises(GateError, match="in a circle"):
        gate.prove(_read(before), after, Change(added=_ADDED), _same)


def test_a_second_run_that_changes_something() -> None:
    with pytest.raises(GateError, match="second run"):
        gate.prove(_read(_BEFORE), _AFTER, Change(added=_ADDED), lambda _: _AFTER + "# again\n")


def test_line_ends_of_a_windows_file() -> None:
    before = _BEFORE.replace("\n", "\r\n")
    proof = gate.prove(_read(before), _AFTER.replace("\n", "\r\n"), Change(added=_ADDED), _same)
    assert proof.lines == 3
    mixed = _AFTER.replace("\n", "\r\n").replace("permissions: {}\r\n", "permissions: {}\n")
    with pytest.raises(GateError, match="no longer uniform"):
        gate.prove(_read(before), mixed, Change(added=_ADDED), _same)


def test_line_ends_that_were_mixed_may_be_mixed() -> None:
    before = _BEFORE.replace("always\n", "always\r\n")
    after = _AFTER.replace("always\n", "always\r\n")
    assert gate.prove(_read(before), after, Change(added=_ADDED), _same).lines == 3


def test_a_last_line_may_get_its_end_when_lines_follow() -> None:
    before = "jobs:\n  a:\n    runs-on: b\non: push"
    after = f"{before}\npermissions: {{}}"
    assert gate.prove(_read(before), after, Change(added={"permissions": {}}), _same).lines == 1
