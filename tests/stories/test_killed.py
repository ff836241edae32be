"""The program is killed (``kill -9``) at each of its exchanges with GitHub, and then run again."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from bot.life.decide import Action
from tests.forge.exchanges import Exchange
from tests.forge.faults import Cut
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, HOME, Teller, is_right
from tests.stories.warm import started

MORE = ".github/workflows/more.yml"
LONGEST = 30.0
"""Seconds that a story waits for the program."""
SETTINGS = {via: f"commit_via: {via}\n" for via in ("git", "api")}

ABOUT = ("runs", "permissions/workflow")
PUSH = ("ask git-receive-pack", "ask git-upload-pack", "git-upload-pack", "git-receive-pack")
SIGNED = (
    "POST /git/refs",
    "Commit",
    "ask git-upload-pack",
    "git-upload-pack",
    *PUSH,
    "ask git-receive-pack",
    "git-receive-pack",
)
STEPS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("first", "git"): (*PUSH, "POST /pulls"),
    ("first", "api"): (*SIGNED, "POST /pulls"),
    ("update", "git"): (*PUSH, "PATCH /pulls/1"),
    ("update", "api"): (*SIGNED, "PATCH /pulls/1"),
    ("close", "git"): (
        "GET /pulls/1",
        "PATCH /pulls/1",
        "POST /issues/1/comments",
        "ask git-receive-pack",
        "git-receive-pack",
    ),
}
"""The last exchanges of a run, by what it does and how: before them it changes nothing."""
READS = ("ask ", "GET ", "git-upload-pack")
CLONE = (
    "Overview",
    "ask git-upload-pack",
    *("git-upload-pack",) * 2,
    "ask git-upload-pack",
    "git-upload-pack",
)
BEFORE = {
    what: CLONE if what == "close" else (*CLONE, *(f"GET /actions/{one}" for one in ABOUT))
    for what in ("first", "update", "close")
}
"""What comes before them."""


def _prepared(teller: Teller, what: str, via: str) -> Repository:
    """The repository as it stands before the run that is killed."""
    repo = teller.hub.repository(HOME, {CI: CHECKS})
    if what != "first":
        teller.run(settings=SETTINGS[via])
        repo.human.push({MORE: CHECKS} if what == "update" else {CI: FIXED})
    teller.hub.calls.clear()
    return repo


def _step(exchange: Exchange) -> str:
    """An exchange in few words."""
    if exchange.kind == "git":
        return ("ask " if exchange.method == "GET" else "") + exchange.operation
    path = exchange.path.partition("?")[0].removeprefix(f"/repos/{HOME}")
    return exchange.operation or f"{exchange.method} {path}"


def _killed(teller: Teller, via: str, at: int, cut: Cut) -> None:
    """Run the program, and kill it while it waits for the answer to its ``at``-th call."""
    hub = teller.hub
    hub.fault(lambda _: True, cut, after=at)
    process = started(teller, SETTINGS[via])
    _wait_until_held(teller, process)
    process.kill()
    process.join()
    hub.heal()
    hub.calls.clear()


def _wait_until_held(teller: Teller, process: BaseProcess) -> None:
    end = time.monotonic() + LONGEST
    while all(one.status for one in teller.hub.calls):
        assert process.is_alive(), (teller.folder / "said").read_text()
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


@pytest.mark.parametrize(("what", "via"), STEPS, ids=map("-".join, STEPS))
def test_the_steps_are_those_of_a_run(teller: Teller, what: str, via: str) -> None:
    _prepared(teller, what, via)
    teller.run(settings=SETTINGS[via])
    assert tuple(map(_step, teller.hub.calls)) == (*BEFORE[what], *STEPS[what, via])


@pytest.mark.parametrize("via", ["git", "api"])
def test_a_run_that_is_killed_before_it_writes_leaves_nothing(teller: Teller, via: str) -> None:
    repo = _prepared(teller, "first", via)
    for at in range(len(BEFORE["first"])):
        _killed(teller, via, at, Cut.HANG)
    assert set(repo.branches) == {"main"}
    assert not repo.pulls
    teller.run(settings=SETTINGS[via])
    assert is_right(repo, CI)


@pytest.mark.parametrize(
    ("what", "via", "step", "cut"),
    [
        pytest.param(what, via, step, cut, id=f"{what}-{via}-{step}-{name}-{word}")
        for (what, via), steps in STEPS.items()
        for step, name in enumerate(steps)
        for cut, word in ((Cut.HANG, "before"), (Cut.HANG_AFTER, "after"))
        # Before or after is the same for a read. What an update does, a first run does, too.
        if (what, cut) == ("first", Cut.HANG)
        or (not name.startswith(READS) and (cut is Cut.HANG_AFTER or via == "git"))
    ],
)
def test_a_run_that_is_killed_is_made_good_by_the_next(
    hub: GitHub, teller: Teller, what: str, via: str, step: int, cut: Cut
) -> None:
    repo = _prepared(teller, what, via)
    _killed(teller, via, len(BEFORE[what]) + step, cut)
    teller.run(settings=SETTINGS[via])
    if what == "close":
        assert (repo.pulls[1].state, set(repo.branches)) == ("CLOSED", {"main"})
    else:
        assert is_right(repo, *([CI, MORE] if what == "update" else [CI]))
    hub.calls.clear()
    outcome = teller.run(settings=SETTINGS[via]).outcome
    assert outcome is (Action.NOTHING if what == "close" else Action.KEEP)
    assert not hub.calls.writes


def test_a_killed_run_says_once_why_it_closed(teller: Teller) -> None:
    repo = _prepared(teller, "close", "git")
    _killed(teller, "git", len(BEFORE["close"]) + 3, Cut.HANG)
    teller.run()
    assert len(repo.pulls[1].comments) == 1


def test_what_a_killed_run_pushed_goes_where_nothing_is_to_be_changed_any_more(
    teller: Teller,
) -> None:
    repo = _prepared(teller, "first", "git")
    _killed(teller, "git", len(BEFORE["first"]) + len(PUSH), Cut.HANG)
    assert BRANCH in repo.branches
    repo.human.push({CI: FIXED})
    assert teller.run().outcome is Action.NOTHING
    assert set(repo.branches) == {"main"}


def test_the_branch_of_what_a_human_closed_stays(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.close(repo.pull)
    repo.human.push({CI: FIXED})
    assert teller.run().outcome is Action.NOTHING
    assert BRANCH in repo.branches


def test_no_analysis_outlives_the_run_that_it_is_for(teller: Teller, repo: Repository) -> None:
    teller.hub.fault(lambda _: True, Cut.HANG, after=4)
    run = teller.process()
    end = time.monotonic() + LONGEST
    while not any(not one.status for one in teller.hub.calls):
        assert time.monotonic() < end
        time.sleep(0.01)
    children = [one for one in _children(run.pid) if "multiprocessing" in _words(one)]
    run.kill()
    run.communicate()
    assert children
    while any(map(_words, children)):
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.01)


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(one) for one in found]


def _words(process: int) -> str:
    """The command line; empty for a process that has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made in this process."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


def _old(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then), follow_symlinks=False)


DAY = 86_400.0


def test_the_folder_of_a_run_goes_with_it(
    teller: Teller, repo: Repository, temporary: Path
) -> None:
    teller.run()
    assert not list(temporary.iterdir())


@pytest.mark.parametrize(
    ("name", "age", "stays"),
    [
        pytest.param("clearance-run-abcd_123", 2 * DAY, False, id="of a run that was killed"),
        pytest.param("clearance-run-abcd_123", DAY / 2, True, id="of a run that may be at work"),
        pytest.param("clearance-run-my-notes", 2 * DAY, True, id="that a human has named"),
        pytest.param("clearance-notes1", 2 * DAY, True, id="of something else"),
    ],
)
def test_an_old_folder_is_deleted(
    teller: Teller, repo: Repository, temporary: Path, name: str, age: float, stays: bool
) -> None:
    folder = temporary / name
    (folder / "clone").mkdir(parents=True)
    _old(folder, age)
    teller.run()
    assert folder.exists() is stays


def test_a_link_with_the_name_of_an_old_folder_is_not_followed(
    teller: Teller, repo: Repository, temporary: Path, tmp_path: Path
) -> None:
    elsewhere, link = tmp_path / "precious", temporary / "clearance-run-abcd_123"
    (elsewhere / "inside").mkdir(parents=True)
    link.symlink_to(elsewhere)
    _old(link, 2 * DAY)
    teller.run()
    assert (elsewhere / "inside").exists()


def test_a_killed_run_leaves_such_a_folder(teller: Teller) -> None:
    _prepared(teller, "first", "git")
    _killed(teller, "git", 4, Cut.HANG)
    (left,) = teller.folder.glob("clearance-run-*")
    _old(left, 2 * DAY)
    run = teller.process()
    run.communicate(timeout=LONGEST)
    assert run.returncode == 0
    assert not left.exists()
