"""What the project says of itself: that it installs whole, and that its documents are true."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from bot.analysis import FileReport, analyse
from bot.files import Checkout
from bot.permissions import actions
from bot.permissions.world import World
from bot.remedies import Verdict
from bot.remedies.rules import Rules
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


def test_the_readme_shows_what_the_program_writes(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "release-pipeline", tmp_path, dirs_exist_ok=True)
    diff = _text("README.md").partition("```diff\n")[2].partition("```")[0].splitlines()
    before = "".join(f"{line[1:]}\n" for line in diff if not line.startswith("+"))
    after = "".join(f"{line[1:]}\n" for line in diff)
    path = ".github/workflows/release.yml"
    report = analyse(World(Checkout(tmp_path)), path, before.encode(), Rules())
    assert report.after == after


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("half-known", {Verdict.PROPOSED, Verdict.UNDECIDED}),
        ("pull-request-bot", {Verdict.EXPLICIT, Verdict.LACKING, Verdict.PROPOSED}),
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
