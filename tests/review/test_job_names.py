"""Which job of a file it is that a run shows by its name: plain, or not told."""

from __future__ import annotations

import pytest

from bot.forge.messages import Cure
from bot.life.contexts import Push
from bot.review.explaining import explain
from bot.review.refusal import Refusal
from bot.settings import Settings
from bot.snapshot import Snapshot, study
from tests.stories.teller import CI

STEPS = "    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
MATRIX = "    strategy:\n      matrix:\n        os: [linux, mac]\n"


def job(name: str, *, shown: str = "", more: str = "") -> str:
    title = f"    name: {shown}\n" if shown else ""
    return f"  {name}:\n{title}{more}{STEPS}"


def told(jobs: str, name: str) -> str:
    files = {CI: f"on: push\njobs:\n{jobs}".encode()}
    found = study(
        Snapshot("octo/demo", (CI,), files), Settings(), frozenset(), Push("main", "octo/demo")
    )
    (report,) = found.reports
    assert not report.problem
    refusal = Refusal(name, "", "denied", "", Cure.GRANT, None, None, "", fails=True, seconds=None)
    return explain(refusal, report).job


_PLAIN = {
    "its id": (job("a") + job("b"), "b"),
    "its name": (job("a") + job("b", shown="Say it"), "Say it"),
    "its id with a matrix": (job("a") + job("b", more=MATRIX), "b (linux)"),
    "its name with a matrix": (job("b", shown="Say it", more=MATRIX), "Say it (mac)"),
    "a name with an expression": (
        job("a") + job("b", shown="On ${{ matrix.os }} it is", more=MATRIX),
        "On mac it is",
    ),
}


@pytest.mark.parametrize(("jobs", "name"), _PLAIN.values(), ids=_PLAIN)
def test_a_job_is_known_by(jobs: str, name: str) -> None:
    assert told(jobs, name) == "b"


_NOT_PLAIN = {
    "a name that none has": (job("a") + job("b"), "c"),
    "the id of one that has a name": (job("b", shown="Say it"), "b"),
    "a name of two": (job("a", shown="Say it") + job("b", shown="Say it"), "Say it"),
    "an id that is another's name": (job("a", shown="b") + job("b"), "b"),
    "values behind a job without a matrix": (job("b"), "b (linux)"),
    "a name that an expression may come to": (job("a", shown="${{ github.job }}") + job("b"), "b"),
    "a job of a called workflow": (job("b"), "b / inner"),
    "one of a called workflow that a name with an expression fits": (
        job("b", shown="On ${{ matrix.os }}", more=MATRIX),
        "On call / inner",
    ),
    "a job that calls one": ("  b:\n    uses: ./.github/workflows/x.yml\n", "b"),
    "no name at all": (job("b"), ""),
}


@pytest.mark.parametrize(("jobs", "name"), _NOT_PLAIN.values(), ids=_NOT_PLAIN)
def test_a_job_is_not_known_by(jobs: str, name: str) -> None:
    assert told(jobs, name) == ""
