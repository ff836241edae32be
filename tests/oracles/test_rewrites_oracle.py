"""Rewritten workflows through other people's tools: none of them finds anything new."""

import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.analysis import analyse
from bot.files import Checkout, repositories
from bot.permissions.world import World
from bot.probes import recognise
from bot.remedies.rules import Rules
from bot.workflow import document, reader
from bot.workflow.document import DocumentError
from tests.oracles import support
from tests.oracles.tools import TOOLS, Finding, Tool, workflows


class Rewritten(NamedTuple):
    """The changed workflow files of some repositories, in two folders alike."""

    before: Path
    after: Path


def _own(_work: Path) -> list[Path]:
    return [support.ROOT / "tests" / "cases" / "fix", support.ROOT / "examples"]


def _corpus(_work: Path) -> list[Path]:
    return [support.corpus()]


def _bare_corpus(work: Path) -> list[Path]:
    """The corpus without any permissions, so that every job is one to decide."""
    home = work / "corpus"
    shutil.copytree(support.corpus(), home, symlinks=True)
    for root in repositories(home):
        checkout = Checkout(root)
        for path in checkout.workflows():
            _cut(root / path, path, checkout.read_bytes(path))
    return [home]


def _cut(file: Path, path: str, data: bytes) -> None:
    try:
        workflow = reader.read_workflow(document.parse(path, document.decode(data)))
    except DocumentError:
        return
    keys = [*workflow.keys, *(key for job in workflow.jobs for key in job.keys)]
    blocks = [range(k.line, k.end_line + 1) for k in keys if k.name == "permissions"]
    gone = {line for block in blocks for line in block}
    lines = data.splitlines(keepends=True)
    file.write_bytes(b"".join(text for line, text in enumerate(lines) if line not in gone))


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(_own, id="cases and examples"),
        pytest.param(_corpus, id="corpus"),
        pytest.param(_bare_corpus, id="corpus without its permissions"),
    ],
)
def rewritten(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Rewritten:
    work = tmp_path_factory.mktemp("rewritten")
    found = Rewritten(work / "before", work / "after")
    for home in request.param(work):
        for root in repositories(home):
            _rewrite(root, f"{home.name}/{root.relative_to(home).as_posix()}", found)
    assert workflows(found.before), "nothing was rewritten"
    return found


def _rewrite(root: Path, name: str, found: Rewritten) -> None:
    checkout = Checkout(root)
    world = World(checkout)
    for path in checkout.workflows():
        report = analyse(world, path, checkout.read_bytes(path), Rules())
        if report.changed:
            _write(found.before / name / path, report.before)
            _write(found.after / name / path, report.after)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))


def _new(tool: Tool, trees: Rewritten) -> list[Finding]:
    after: Counter[Finding] = Counter()
    for finding, count in tool(trees.after).items():
        after[_as_before(finding, trees)] += count
    before = tool(trees.before)
    said = {(f.path, f.rule) for f in before}
    return [
        f
        for f in sorted((after - before).elements())
        if f.rule != _SECRETS or not ((f.path, f.rule) in said or _names_new(f.path, trees))
    ]


_SECRETS = "secrets-outside-env"
"""A probe of a secret reads it once more, where that was said of the file before; and the token
remedy can't do without one. Which environment should hold it is for people to choose."""
_SECRET = re.compile(r"secrets\.(\w+)")


def _names_new(path: str, trees: Rewritten) -> bool:
    """Whether a rewritten file names a secret that it did not."""
    after, before = ((tree / path).read_text("utf-8") for tree in (trees.after, trees.before))
    return not set(_SECRET.findall(after)) <= set(_SECRET.findall(before))


_STEP = re.compile(r"jobs\.([\w-]+)\.steps\.(\d+)")


def _as_before(finding: Finding, trees: Rewritten) -> Finding:
    """A finding with the number that its step had before probes were put in front of it."""
    named = _STEP.match(finding.place)
    if named is None:
        return finding
    added = _added(trees.after / finding.path, trees.before / finding.path, named[1])
    number = int(named[2])
    if number in added:
        return finding  # about a step of ours: nothing said so before
    moved = number - sum(one < number for one in added)
    place = f"jobs.{named[1]}.steps.{moved}{finding.place[named.end() :]}"
    return finding._replace(place=place)


@cache
def _added(after: Path, before: Path, job: str) -> frozenset[int]:
    """The numbers of a job's probes that were not there before."""
    new, old = (_probes(path, job) for path in (after, before))
    return frozenset(new) if not old else frozenset(new[: len(new) - len(old)])


def _probes(path: Path, job: str) -> list[int]:
    found = reader.read_workflow(document.parse(path.name, path.read_text("utf-8"))).job(job)
    steps = found.steps if found is not None else ()
    return [s.index for s in steps if s.run is not None and recognise(s.run.text)]


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_rewrite_brings_no_new_finding(tool: Tool, rewritten: Rewritten) -> None:
    assert _new(tool, rewritten) == []


_GOOD = """\
name: build
on: push
jobs:
  build:
    name: build
    runs-on: ubuntu-latest
    steps:
      - run: make
"""


@pytest.mark.parametrize(
    ("name", "added"),
    [
        ("zizmor", "permissions: write-all"),
        ("zizmor", "permissions: {issues: write}"),
        ("actionlint", "permissions: {content: read}"),
        ("check-jsonschema", "permissions: {contents: all}"),
        ("workflow-parser", "permissions: {models: write}"),
        ("workflow-parser", "permissions: {}\n    permissions: {}"),
    ],
    ids=[
        "more than is needed",
        "a permission without its reason",
        "a scope that does not exist",
        "a level that does not exist",
        "a level that the scope does not have",
        "a key that is there already",
    ],
)
def test_the_oracle_sees(name: str, added: str, tmp_path: Path) -> None:
    trees = Rewritten(tmp_path / "before", tmp_path / "after")
    file = Path(".github", "workflows", "build.yml")
    _write(trees.before / file, _GOOD)
    _write(trees.after / file, _GOOD.replace("    steps:", f"    {added}\n    steps:"))
    assert Counter(f.path for f in _new(TOOLS[name], trees)) == {file.as_posix(): 1}
