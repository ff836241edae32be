"""The gate: each of its rules stops a rewrite that breaks just that one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot import gate
from bot.gate import GateError
from bot.permissions.scopes import Grants, Level
from bot.workflow.document import parse
from bot.workflow.edit import Change, Content, Replace
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


_STEP = """\
      - name: probe
        if: github.actor == 'x'
        env:
          A: b
        run: |
          one
"""
_JOB = """\
  p:
    runs-on: y
    steps:
      - run: probe
"""
_BEFORE_PROBES = """\
on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: one
      - run: two  # why
  b:
    runs-on: x
    needs:
      - a
    steps: [{run: three}]
  c:
    needs: a
    runs-on: x
    steps: [{run: four}]
"""
_PROBED = _BEFORE_PROBES.replace("      - run: one\n", f"{_STEP}      - run: one\n")
_PROBED = _PROBED.replace("jobs:\n", f"jobs:\n{_JOB}").replace(
    "      - a\n", "      - p\n      - a\n"
)
_PROBED = _PROBED.replace("  c:\n    needs: a\n", "  c:\n    needs: [p, a]\n    if: github.ref\n")
_AT = _BEFORE_PROBES.rindex("needs: a\n") + len("needs: ")
_CHANGE = Change(
    edits=(Replace(_AT, _AT + 1, "[p, a]"),),
    added={
        "jobs.p": {"runs-on": "y", "steps": [{"run": "probe"}]},
        "jobs.a.steps.0": {
            "name": "probe",
            "if": "github.actor == 'x'",
            "env": {"A": "b"},
            "run": "one\n",
        },
        "jobs.b.needs.0": "p",
        "jobs.c.if": "github.ref",
    },
    replaced={"jobs.c.needs": ["p", "a"]},
)


def test_steps_jobs_items_and_what_is_replaced() -> None:
    proof = gate.prove(_read(_BEFORE_PROBES), _PROBED, _CHANGE, _same)
    assert proof.lines == len((_STEP + _JOB).splitlines()) + 3
    assert (proof.added, proof.replaced) == (_CHANGE.added, _CHANGE.replaced)


_TAMPERED_PROBES = {
    "step-missing": (_STEP, "", "not what was declared"),
    "step-twice": (_STEP, _STEP * 2, "something beside"),
    "step-behind-the-first": (
        f"{_STEP}      - run: one\n",
        f"      - run: one\n{_STEP}",
        "not what was declared",
    ),
    "script-of-the-step": ("          one\n", "          curl evil\n", "not what was declared"),
    "one-more-line-of-the-script": (
        "          one\n",
        "          one\n          curl evil\n",
        "not what was declared",
    ),
    "condition-of-the-step": ("'x'", "'y'", "not what was declared"),
    "condition-of-the-step-lost": (
        "        if: github.actor == 'x'\n",
        "",
        "not what was declared",
    ),
    "variable-of-the-step": ("A: b", "A: c", "not what was declared"),
    "one-more-variable": ("          A: b\n", "          A: b\n          C: d\n", "not what was"),
    "one-more-key-of-the-step": ("        env:\n", "        shell: x\n        env:\n", "not what"),
    "keys-of-the-step-swapped": (
        "      - name: probe\n        if: github.actor == 'x'\n",
        "      - if: github.actor == 'x'\n        name: probe\n",
        "not what was declared",
    ),
    "step-in-another-place": ("  p:\n", "  q:\n", "declared but is not there"),
    "runner-of-the-job": ("runs-on: y", "runs-on: z", "not what was declared"),
    "one-more-key-of-the-job": (
        "    runs-on: y\n",
        "    runs-on: y\n    env: {A: b}\n",
        "not what",
    ),
    "one-more-step-of-the-job": (
        "      - run: probe\n",
        "      - run: probe\n      - run: more\n",
        "not what was declared",
    ),
    "steps-of-the-job-that-are-text": ("      - run: probe\n", "      probe\n", "not a list"),
    "job-missing": (_JOB, "", "declared but is not there"),
    "one-more-job": (_JOB, _JOB + _JOB.replace("p:", "q:"), "something beside"),
    "item-missing": ("      - p\n", "", "not what was declared"),
    "item-that-is-another": ("      - p\n", "      - c\n", "not what was declared"),
    "item-at-the-end": (
        "      - p\n      - a\n",
        "      - a\n      - p\n",
        "not what was declared",
    ),
    "item-twice": ("      - p\n", "      - p\n      - p\n", "something beside"),
    "replaced-by-something-else": ("[p, a]", "[p, b]", "not what was declared"),
    "replaced-by-less": ("[p, a]", "[p]", "not what was declared"),
    "replaced-in-another-order": ("[p, a]", "[a, p]", "not what was declared"),
    "condition-of-the-job": ("if: github.ref", "if: github.sha", "not what was declared"),
    "comment-of-a-neighbour": ("  # why", "", "line 7 of the original"),
    "neighbour": ("run: two", "run: 2", "something beside"),
}


@pytest.mark.parametrize(("old", "new", "reason"), _TAMPERED_PROBES.values(), ids=_TAMPERED_PROBES)
def test_tampered_probe(old: str, new: str, reason: str) -> None:
    assert _PROBED.count(old) == 1
    with pytest.raises(GateError, match=reason):
        gate.prove(_read(_BEFORE_PROBES), _PROBED.replace(old, new), _CHANGE, _same)


_DECLARED = {
    "place-beyond-the-end-of-a-list": ("jobs.a.steps.9", "x", "is not there"),
    "place-that-is-no-list": ("jobs.a.runs-on.0", "x", "is not there"),
    "place-that-is-not-there": ("jobs.z.steps.0", "x", "is not there"),
    "place-beyond-the-end-of-a-list-on-the-way": ("jobs.a.steps.9.run", "x", "is not there"),
    "text-where-a-list-is": ("jobs.c.steps", "four", "not what was declared"),
    "list-where-a-text-is": ("jobs.c.runs-on", ["x"], "not what was declared"),
    "list-where-a-mapping-is": ("jobs.p", ["runs-on", "steps"], "not what was declared"),
    "characters-of-a-text-as-a-list": ("jobs.b.needs", "pa", "not what was declared"),
    "what-was-there-before": ("jobs.a.runs-on", "x", "something beside"),
}


@pytest.mark.parametrize(("place", "content", "reason"), _DECLARED.values(), ids=_DECLARED)
def test_declared_but_not_so(place: str, content: Content, reason: str) -> None:
    change = replace(_CHANGE, added={**_CHANGE.added, place: content})
    if place == "jobs.b.needs":
        change = replace(change, added={p: c for p, c in change.added.items() if p != f"{place}.0"})
    with pytest.raises(GateError, match=reason):
        gate.prove(_read(_BEFORE_PROBES), _PROBED, change, _same)


def test_a_span_that_was_replaced_without_saying_so() -> None:
    with pytest.raises(GateError, match="something beside"):
        gate.prove(_read(_BEFORE_PROBES), _PROBED, replace(_CHANGE, replaced={}), _same)


def test_a_replacement_without_a_span() -> None:
    with pytest.raises(GateError, match="line 14 of the original"):
        gate.prove(_read(_BEFORE_PROBES), _PROBED, replace(_CHANGE, edits=()), _same)


_CONDITIONS = {
    "step-that-reads-secrets": ("github.actor == 'x'", "secrets.X", "reads secrets"),
    "job-that-reads-steps": ("github.ref", "steps.x.outputs.y", "reads steps"),
    "job-that-reads-env": ("github.ref", "env.X", "reads env"),
    "step-that-cannot-be-read": ("github.actor == 'x'", "github.actor ==", "can't be read"),
}


@pytest.mark.parametrize(("old", "new", "reason"), _CONDITIONS.values(), ids=_CONDITIONS)
def test_new_conditions(old: str, new: str, reason: str) -> None:
    added = {
        place: {**content, "if": new} if isinstance(content, dict) and "if" in content else content
        for place, content in _CHANGE.added.items()
    }
    if old == "github.ref":
        added = {**_CHANGE.added, "jobs.c.if": new}
    with pytest.raises(GateError, match=reason):
        gate.prove(
            _read(_BEFORE_PROBES), _PROBED.replace(old, new), replace(_CHANGE, added=added), _same
        )


def test_conditions_that_were_wrong_before_may_stay() -> None:
    before, after = (
        text.replace("      - run: two", "      - if: secrets.X\n        run: two")
        for text in (_BEFORE_PROBES, _PROBED)
    )
    at = before.rindex("needs: a\n") + len("needs: ")
    change = replace(_CHANGE, edits=(Replace(at, at + 1, "[p, a]"),))
    assert gate.prove(_read(before), after, change, _same).lines > 0


def test_a_new_step_with_the_id_of_another() -> None:
    before = _BEFORE.replace('- run: "one"', '- run: "one"\n        id: same')
    after = before.replace(
        "      - run: two\n", "      - run: two\n      - id: Same\n        run: x\n"
    )
    change = Change(added={"jobs.a.steps.2": {"id": "Same", "run": "x"}})
    with pytest.raises(GateError, match="two steps of one id"):
        gate.prove(_read(before), after, change, _same)


def test_steps_of_one_id_that_were_there_may_stay() -> None:
    before = _BEFORE.replace('- run: "one"', '- run: "one"\n        id: same').replace(
        "- run: two", "- run: two\n        id: same"
    )
    after = before + "permissions: {}\n"
    change = Change(added={"permissions": {}})
    assert gate.prove(_read(before), after, change, _same).lines == 1


def test_a_new_need_that_closes_a_circle() -> None:
    before = _BEFORE.replace("  a:\n", "  a:\n    needs: []\n")
    at = before.index("[]")
    change = Change((Replace(at, at + 2, "[b]"),), {}, {"jobs.a.needs": ["b"]})
    with pytest.raises(GateError, match="in a circle"):
        gate.prove(_read(before), before.replace("[]", "[b]", 1), change, _same)
