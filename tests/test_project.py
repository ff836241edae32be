"""What the project says of itself: that it installs whole, and that its documents are true."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from bot.analysis import FileReport, analyse
from bot.files import Checkout
from bot.findings import ABOUT, Rule
from bot.permissions import actions
from bot.permissions.world import World
from bot.remedies import Verdict
from bot.remedies.rules import Remedy, Rules
from tests.oracles import tools

ROOT = Path(__file__).parents[1]


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _reports(root: Path) -> list[FileReport]:
    checkout = Checkout(root)
    world = World(checkout)
    return [
        analyse(world, path, checkout.read_bytes(path), Rules()) for path in checkout.workflows()
    ]


_SETUPTOOLS = tomllib.loads(_text("pyproject.toml"))["tool"]["setuptools"]
_FOLDERS = {
    **{".".join(p.parent.relative_to(ROOT).parts): p.parent for p in ROOT.glob("bot/**/*.py")},
    "bot.templates": ROOT / "templates",
}
"""Package → its folder."""


def test_every_package_is_installed() -> None:
    assert set(_SETUPTOOLS["packages"]) == set(_FOLDERS)


@pytest.mark.parametrize("package", sorted(_FOLDERS))
def test_every_file_of_a_package_is_installed(package: str) -> None:
    folder = _FOLDERS[package]
    patterns = ["*.py", *_SETUPTOOLS["package-data"].get(package, ())]
    installed = {path for pattern in patterns for path in folder.glob(pattern)}
    others = {one for one in _FOLDERS.values() if folder in one.parents}
    assert [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path not in installed
        and path.suffix != ".pyc"
        and not others.intersection(path.parents)
    ] == []


def test_contributing_tells_every_field_of_a_row() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)` \|", _text("CONTRIBUTING.md"), re.MULTILINE))
    assert told == actions._FIELDS | actions._NEED_FIELDS


_DIFFS = [part.partition("```")[0] for part in _text("README.md").split("```diff\n")[1:]]
"""The README's diffs: the permissions of a workflow, the probe of the same one, a token."""


def _before(diff: str) -> str:
    """A file as it was before a diff that shows the whole of it."""
    lines = diff.splitlines()
    return "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))


def _after(diff: str) -> str:
    lines = diff.splitlines()
    return "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))


def _rewritten(root: Path, example: str, text: str, rules: Rules) -> str:
    """The text of the example's workflow after a run."""
    shutil.copytree(ROOT / "examples" / example, root, dirs_exist_ok=True)
    [path] = [p for p in Checkout(root).workflows() if not p.endswith("ci.yml")]
    return analyse(World(Checkout(root)), path, text.encode(), rules).after


def test_the_readme_shows_the_permissions_that_are_written(tmp_path: Path) -> None:
    rules = Rules(remedies=frozenset({Remedy.PERMISSIONS}))
    after = _rewritten(tmp_path, "release-pipeline", _before(_DIFFS[0]), rules)
    assert after == _after(_DIFFS[0])


def test_the_readme_shows_the_probe_that_is_written(tmp_path: Path) -> None:
    after = _rewritten(tmp_path, "release-pipeline", _before(_DIFFS[0]), Rules())
    begin, end = _after(_DIFFS[1]).split("          …\n")
    assert begin in after
    assert end in after.partition(begin)[2]


def test_the_readme_shows_the_token_that_is_named(tmp_path: Path) -> None:
    text = _text("examples/own-runner/.github/workflows/runner.yml")
    after = _rewritten(tmp_path, "own-runner", text, Rules())
    removed, added = (line[1:] for line in _DIFFS[2].splitlines() if line[0] in "+-")
    assert removed in text
    assert added in after
    assert removed not in after


def test_the_readme_explains_every_rule() -> None:
    told = re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", _text("README.md"), re.MULTILINE)
    assert told == [(rule.value, ABOUT[rule].level.value) for rule in Rule]


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("half-known", {Verdict.PROPOSED, Verdict.UNDECIDED}),
        ("pull-request-bot", {Verdict.EXPLICIT, Verdict.LACKING, Verdict.PROPOSED}),
        ("own-runner", {Verdict.EXPLICIT}),
        ("release-pipeline", {Verdict.PROPOSED}),
    ],
)
def test_an_example_shows_what_it_is_there_for(name: str, verdicts: set[Verdict]) -> None:
    reports = _reports(ROOT / "examples" / name)
    assert {decision.verdict for one in reports for decision in one.decisions} == verdicts


def test_own_workflows_state_what_they_need() -> None:
    verdicts = [decision.verdict for one in _reports(ROOT) for decision in one.decisions]
    assert set(verdicts) == {Verdict.EXPLICIT}


def test_own_workflows_have_no_finding_of_zizmor(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    assert tools.zizmor(tmp_path) == {}
