"""For any workflow: what is parsed after a rewrite is the original plus what was declared."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.analysis import FileReport, analyse
from bot.permissions.world import World
from bot.remedies.rules import Rules

_PATH = ".github/workflows/x.yml"
_SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


class _NoFiles:
    def read(self, path: str) -> str | None:  # noqa: ARG002
        return None

    def workflows(self) -> tuple[str, ...]:
        return ()


def _analyse(data: bytes) -> FileReport:
    return analyse(World(_NoFiles()), _PATH, data, Rules())


_STEPS = (
    ["uses: actions/checkout@v4"],
    ["name: Say", "run: \"echo 'permissions: {}'\""],
    ["run: |", "  jobs:", "    permissions: write-all", "", "  # no comment"],
    ["run: git push --tags", "if: github.ref == 'refs/heads/main'"],
    ["uses: nobody/knows@v1"],
    ["run: >-", "  echo", "  one", "env: {TOKEN: '${{ github.token }}', B: \"#\"}"],
    ["&anchor", "run: echo anchored"],
)
_RUNS_ON = (
    ["runs-on: ubuntu-latest"],
    ["runs-on: [self-hosted,", "  linux]"],
    ["runs-on:", "- self-hosted", "- linux"],
    ["runs-on:", "  group: large", "  # labels: none"],
    ["'runs-on': \"ubuntu-latest\" # here"],
)
_OTHER_KEYS = (
    ["name: A name"],
    ["timeout-minutes: 5"],
    ["if: |", "  always()", ""],
    ["env:", "  A: b", "", "  # behind"],
    ["strategy: {matrix: {a: [1, 2]}}"],
    ["permissions: read-all"],
    ["permissions:", "  contents: write # mine"],
    ["defaults:", "  run:", "    shell: bash"],
)
_TOPS = (
    ["on: push"],
    ["on: [push,", "  pull_request]"],
    ["'on':", "  push:", "    branches:", "    - main", "  # only main"],
    ['"on":', "  push:", "# behind"],
)
_MORE_TOPS = (["name: A name # said"], ["env:", "  LANG: C"], ["permissions:", "  contents: write"])
_GAPS: tuple[list[str], ...] = ([], [""], ["# a comment"], ["", "#  far", ""])


def _inner(lines: list[str], by: int) -> list[str]:
    return [" " * by + line if line else line for line in lines]


@st.composite
def _job(draw: st.DrawFn, name: str, indent: int) -> list[str]:
    """The lines of one job."""
    dashed = draw(st.booleans())
    steps = ["steps:"]
    for lines in draw(st.lists(st.sampled_from(_STEPS), min_size=1, max_size=3)):
        named = [line.replace("anchor", f"{name}{len(steps)}") for line in lines]
        steps += draw(st.sampled_from(_GAPS))
        gap = draw(st.sampled_from(["", "  "]))
        item = [f"-{gap} {named[0]}", *_inner(named[1:], 2 + len(gap))]
        steps += _inner(item, 0 if dashed else indent)
    keys = [draw(st.sampled_from(_RUNS_ON)), steps]
    others = draw(st.lists(st.sampled_from(_OTHER_KEYS), max_size=3, unique_by=lambda k: k[0][:5]))
    body: list[str] = []
    for key in draw(st.permutations([*keys, *others])):
        body += [*key, *draw(st.sampled_from(_GAPS))]
    quote = draw(st.sampled_from(["", "'", '"']))
    comment = draw(st.sampled_from(["", " # the job"]))
    return [f"{quote}{name}{quote}:{comment}", *draw(st.sampled_from(_GAPS)), *_inner(body, indent)]


@st.composite
def _workflow(draw: st.DrawFn) -> str:
    """The text of a workflow in one of many styles."""
    jobs = ["jobs:"]
    for number in range(draw(st.integers(1, 3))):
        indent = draw(st.sampled_from([1, 2, 2, 4]))
        jobs += _inner(draw(_job(f"job_{number}", indent)), 2)
    tops = [draw(st.sampled_from(_TOPS)), jobs]
    tops += draw(st.lists(st.sampled_from(_MORE_TOPS), max_size=2, unique_by=lambda k: k[0][:3]))
    lines: list[str] = []
    for top in draw(st.permutations(tops)):
        lines += [*top, *draw(st.sampled_from(_GAPS))]
    if draw(st.booleans()):
        lines = ["---", *_inner(lines, draw(st.sampled_from([0, 2])))]
    text = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text


def _load(text: str) -> Any:
    """The data of a text, by another parser than the one that is tested."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text.removeprefix("\ufeff")))


def _with(data: Any, added: Mapping[str, Any]) -> Any:
    for place, grants in added.items():
        *path, last = place.split(".")
        node = data
        for key in path:
            node = node[key]
        assert last not in node
        node[last] = dict(grants)
    return data


def _survives(before: list[str], after: list[str]) -> bool:
    rest = iter(after)
    return all(line in rest for line in before)


@given(_workflow())
@_SETTINGS
def test_a_rewrite_is_the_original_plus_what_was_declared(text: str) -> None:
    report = _analyse(text.encode())
    assert report.problem == ""
    added = report.proof.added if report.proof else {}
    assert _load(report.after) == _with(_load(text), added)
    proposed = {f"jobs.{d.job}.permissions" for d in report.decisions if d.proposed is not None}
    assert proposed == set(added) - {"permissions"}


@given(_workflow())
@_SETTINGS
def test_every_line_survives_in_its_order(text: str) -> None:
    after = _analyse(text.encode()).after
    assert _survives(text.splitlines(), after.splitlines())
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert after.endswith("\n") == text.endswith("\n")
    if "\n" in text:
        assert (after.count("\r\n") == after.count("\n")) == ("\r\n" in text)


@given(_workflow())
@_SETTINGS
def test_a_second_run_changes_nothing(text: str) -> None:
    once = _analyse(text.encode())
    assert _analyse(once.after.encode()).after == once.after


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"")
@example(b"\xef\xbb\xbf")
@example(b"on: push\njobs:\n  a:\n    steps: &a\n      - *a\n")
@_SETTINGS
def test_bytes_are_judged_and_never_raise(data: bytes) -> None:
    assert not _analyse(data).changed


@given(
    _workflow(),
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(0, 3),
            st.text("\t\n\r :-#&*[]{}|>'\"$!?,ab\0\x85", max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
)
@_SETTINGS
def test_damaged_workflows_are_judged_and_never_raise(
    text: str, damage: list[tuple[int, int, str]]
) -> None:
    for at, length, put in damage:
        text = text[:at] + put + text[at + length :]
    report = _analyse(text.encode())
    assert report.problem == "" or not report.changed
    assert _analyse(report.after.encode()).after == report.after


@pytest.mark.parametrize("kind", ["proposed", "undecided", "explicit"])
def test_the_generator_reaches_all_verdicts(kind: str) -> None:
    # Properties that hold because nothing is ever rewritten would prove nothing.
    seen: set[str] = set()

    @given(_workflow())
    @settings(_SETTINGS, max_examples=40, database=None)
    def look(text: str) -> None:
        seen.update(decision.verdict for decision in _analyse(text.encode()).decisions)

    look()
    assert kind in seen
