"""What a finding is recognised by: if these values change, every no that was said is forgotten."""

from __future__ import annotations

import pytest

from bot import fingerprint
from bot.analysis import FileReport, analyse
from bot.findings import Rule, findings
from bot.permissions.evidence import Beyond, Place
from bot.permissions.scopes import Grants
from bot.permissions.world import World
from bot.remedies.rules import Rules
from tests.remedies.preflight.support import PATH, Memory

_PLACE = Place(PATH, 7)


def test_the_values_stay_as_they_are() -> None:
    call = Beyond("registers a runner", "administration: write", _PLACE)
    assert fingerprint.fingerprint(PATH, "a", "permissions", {"contents": "write"}) == (
        "f0932197d57314fbcde37465175891f1"
    )
    assert fingerprint.of_block(PATH, "a", {"contents": "write"}) == "f0932197d57314fb"
    assert fingerprint.of_block(PATH, "", {}) == "1497a351ef8174db"
    assert fingerprint.of_late(PATH, "a", "contents") == "4d2f3d444c695c0e"
    assert fingerprint.of_call(PATH, "a", call) == "91ede5ec23ffe4d7"


def test_an_edits_is_the_beginning_of_its_findings() -> None:
    whole = fingerprint.fingerprint(PATH, "a", "permissions", {})
    assert fingerprint.of_block(PATH, "a", {}) == whole[:16]


_OTHERS: dict[str, tuple[str, str, Grants]] = {
    "path": ("x.yml", "a", {"contents": "write"}),
    "job": (PATH, "b", {"contents": "write"}),
    "scope": (PATH, "a", {"packages": "write"}),
    "level": (PATH, "a", {"contents": "read"}),
    "one-scope-more": (PATH, "a", {"contents": "write", "packages": "write"}),
    "no-scope": (PATH, "a", {}),
    "where-path-and-job-part": (f"{PATH}a", "", {"contents": "write"}),
}


@pytest.mark.parametrize(("path", "job", "grants"), _OTHERS.values(), ids=_OTHERS)
def test_each_part_tells(path: str, job: str, grants: Grants) -> None:
    other = fingerprint.of_block(path, job, grants)
    assert other != fingerprint.of_block(PATH, "a", {"contents": "write"})


def test_each_remedy_has_its_own() -> None:
    made = {
        fingerprint.of_block(PATH, "a", {"contents": "write"}),
        fingerprint.of_late(PATH, "a", "contents"),
        fingerprint.of_call(PATH, "a", Beyond("", "contents", _PLACE)),
    }
    assert len(made) == 3


def test_the_place_and_the_rule_of_a_call_do_not_tell() -> None:
    one = Beyond("registers a runner", "administration: write", _PLACE, rule="a")
    two = Beyond("registers a runner", "administration: write", Place("x", 9), rule="b")
    assert fingerprint.of_call(PATH, "a", one) == fingerprint.of_call(PATH, "a", two)


def test_a_path_may_hold_any_bytes() -> None:
    assert len(fingerprint.of_block("\udcff.yml", "a", {})) == 16


_TEXT = """\
on: {push: {tags: ['v*']}}
permissions: {contents: write, packages: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
  release:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: gh secret set NAME --body x
        env:
          GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}
      - run: make
      - run: gh release create v1
        env:
          GH_TOKEN: ${{ github.token }}
"""


def _report(text: str = _TEXT) -> FileReport:
    return analyse(World(Memory({PATH: text})), PATH, text.encode(), Rules())


def _found(report: FileReport, rule: Rule) -> set[str]:
    return {one.fingerprint[:16] for one in findings(report) if one.rule is rule}


def test_a_block_is_recognised_as_its_finding() -> None:
    report = _report()
    made = {fingerprint.of_block(PATH, d.job, d.proposed or {}) for d in report.decisions}
    assert made == _found(report, Rule.IMPLICIT)


def test_a_probe_is_recognised_as_its_findings() -> None:
    report = _report()
    guards = [guard for probe in report.proposal.plan.probes for guard in probe.guards]
    made = {fingerprint.of_late(PATH, guard.job, guard.asked) for guard in guards}
    assert made == _found(report, Rule.LATE)


def test_another_token_is_recognised_as_its_finding() -> None:
    report = _report()
    (change,) = report.proposal.tokens.changes
    made = {fingerprint.of_call(PATH, change.job, call) for call in change.calls}
    assert made == _found(report, Rule.BEYOND)


def test_lines_above_do_not_tell() -> None:
    moved = _report(f"# One\n# Two\n{_TEXT}")
    assert [f.fingerprint for f in findings(moved)] == [f.fingerprint for f in findings(_report())]
