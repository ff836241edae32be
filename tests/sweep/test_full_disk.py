"""A disk that is really full, wherever the program writes: the next sweep ends well.

The disk is a small one in memory, which only the sweep's process sees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.sweep.journal import Journal
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI
from tests.sweep.nights import TOKEN, settings

PROGRAM = """
import os, shutil, subprocess, sys
from bot import sweeping
from tests.stories.warm import Near
sweeping.Apart = Near
config, place, size, home = sys.argv[1:]
environment = dict(os.environ)
wish = sweeping.Wish(config, f"{home}/state/journal", f"{home}/out")
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=True)
print("ended:", int(sweeping.sweep(wish)), file=sys.stderr)
print("left:", *os.listdir(place), file=sys.stderr)
subprocess.run(["mount", "-o", "remount,size=200m", "none", place], check=True)
os.environ.update(environment)
print("ended:", int(sweeping.sweep(wish)), file=sys.stderr)
shutil.copytree(place, f"{home}/kept")
"""
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def _may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    words = (*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt")
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _may_mount(), reason="a small disk can't be made here")


def _sweep_twice(hub: GitHub, folder: Path, place: str, size: str) -> list[str]:
    """What two sweeps say on standard error, the first with too small a disk at a place."""
    for name in ("state", "out", "temporary", "cache"):
        (folder / name).mkdir()
    config = folder / "operator.yml"
    config.write_text(settings("canaries: 0\nworkers: 1"))
    words = (str(config), str(folder / place), size, str(folder))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "TMPDIR": str(folder / "temporary"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    with (folder / "said").open("w") as said:
        done = subprocess.run(
            (*NAMESPACE, sys.executable, "-c", PROGRAM, *words),
            env=environment | hub.environment(TOKEN),
            stdout=said,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )
    return done.stderr.splitlines()


def _all_right(made: list[Repository]) -> bool:
    return all(
        [pull.state for pull in one.pulls.values()] == ["OPEN"]
        and set(one.branches) == {"main", BRANCH}
        for one in made
    )


@pytest.fixture
def made(hub: GitHub) -> list[Repository]:
    hub.token(TOKEN)
    return [hub.light(f"acme/r{number}", {CI: CHECKS}) for number in range(4)]


@pytest.mark.parametrize(
    ("place", "size", "words", "left"),
    [
        pytest.param("state", "8k", "the journal {place}/journal can't be", "journal", id="made"),
        pytest.param("state", "60k", "there is no room left; make some", "journal", id="used"),
        pytest.param("out", "4k", "{place}: it can't be written (No space left", "", id="records"),
        pytest.param(
            *("out", "40k", "{place}: it can't be written (No space left", "records.jsonl"),
            id="report",
        ),
    ],
)
def test_what_can_t_be_written_ends_the_sweep(
    hub: GitHub,
    made: list[Repository],
    tmp_path: Path,
    place: str,
    size: str,
    words: str,
    left: str,
) -> None:
    sentence, first, there, second = _sweep_twice(hub, tmp_path, place, size)
    assert words.format(place=tmp_path / place) in sentence
    assert (first, second) == ("ended: 2", "ended: 0")
    assert there == f"left: {left}".rstrip()
    assert _all_right(made)
    home = "kept" if place == "state" else "state"
    with Journal(tmp_path / home / "journal"):
        pass


@pytest.mark.parametrize("size", ["4k", "20k"], ids=["before a clone", "in a clone"])
def test_a_clone_that_finds_no_room_is_its_repository_s(
    hub: GitHub, made: list[Repository], tmp_path: Path, size: str
) -> None:
    assert _sweep_twice(hub, tmp_path, "temporary", size) == ["ended: 1", "left:", "ended: 0"]
    said = (tmp_path / "said").read_text()
    assert f"there is no room left in {tmp_path}/temporary; make some" in said
    assert _all_right(made)


def test_a_cache_that_finds_no_room_is_done_without(
    hub: GitHub, made: list[Repository], tmp_path: Path
) -> None:
    first, _, second = _sweep_twice(hub, tmp_path, "cache", "4k")
    assert (first, second) == ("ended: 0", "ended: 0")
    assert _all_right(made)
