"""The graph of `needs`: a diamond with a tail, and a job beside it."""

import pytest

from bot.workflow.document import parse
from bot.workflow.graph import Graph
from bot.workflow.reader import read_workflow

_TEXT = """\
on: push
jobs:
  late: {needs: [left, right], runs-on: x, steps: []}
  left: {needs: first, runs-on: x, steps: []}
  right: {needs: [first, first, gone], runs-on: x, steps: []}
  first: {runs-on: x, steps: []}
  other: {needs: gone, runs-on: x, steps: []}
  tail: {needs: [late, other], runs-on: x, steps: []}
  beside: {runs-on: x, steps: []}
"""
_GRAPH = Graph.of(read_workflow(parse("x.yml", _TEXT)))

_ANCESTORS = {
    "none": ("first", ()),
    "one": ("left", ("first",)),
    "named-twice-and-one-that-is-not-there": ("right", ("first",)),
    "two-ways": ("late", ("left", "right", "first")),
    "all-of-them-in-the-files-order": ("tail", ("late", "left", "right", "first", "other")),
    "nothing-but-one-that-is-not-there": ("other", ()),
}


@pytest.mark.parametrize(("job", "found"), _ANCESTORS.values(), ids=_ANCESTORS)
def test_ancestors(job: str, found: tuple[str, ...]) -> None:
    assert _GRAPH.ancestors(job) == found


_ENTRIES = {
    "itself": ("beside", ("beside",)),
    "the-first": ("late", ("first",)),
    "two": ("tail", ("first", "other")),
}


@pytest.mark.parametrize(("job", "found"), _ENTRIES.values(), ids=_ENTRIES)
def test_entries(job: str, found: tuple[str, ...]) -> None:
    assert _GRAPH.entries(job) == found


_BEHIND = {
    "nothing": (("beside",), ("beside",)),
    "all-ways": (("first",), ("late", "left", "right", "first", "tail")),
    "of-two": (("left", "beside"), ("late", "left", "tail", "beside")),
    "none": ((), ()),
}


@pytest.mark.parametrize(("jobs", "found"), _BEHIND.values(), ids=_BEHIND)
def test_behind(jobs: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert _GRAPH.behind(jobs) == found


def test_jobs_that_need_one_another_come_to_an_end() -> None:
    text = "on: push\njobs:\n  a: {needs: b, runs-on: x}\n  b: {needs: a, runs-on: x}\n"
    graph = Graph.of(read_workflow(parse("x.yml", text)))
    assert graph.ancestors("a") == ("b",)
    assert graph.behind(["a"]) == ("a", "b")
    assert graph.entries("a") == ()


def test_a_long_chain_takes_no_depth() -> None:
    jobs = "".join(f"  j{n}: {{needs: j{n - 1}, runs-on: x}}\n" for n in range(1, 3_000))
    graph = Graph.of(
        read_workflow(parse("x.yml", f"on: push\njobs:\n  j0: {{runs-on: x}}\n{jobs}"))
    )
    assert graph.entries("j2999") == ("j0",)
