"""A sweep is killed (``kill -9``) again and again, and gone on with each time."""

from __future__ import annotations

import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot import cli, sweeping
from bot.report import html, sweepsarif  # noqa: F401 - loaded once for all
from bot.sweep import work
from bot.sweep.record import State
from tests.forge.exchanges import Exchange
from tests.forge.faults import Cut
from tests.stories.teller import BRANCH, CHECKS, CI, RELEASES
from tests.stories.warm import Near
from tests.sweep.nights import TOKEN, Nights, opened, settings

KILLS = 12
LONGEST = 40.0
"""Seconds that a story waits for the program."""


def _program(environment: dict[str, str], words: list[str], said: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with Path(said).open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    vars(work)["Apart"] = vars(sweeping)["Apart"] = Near
    sys.argv = ["clearance", "sweep", *words]
    cli.main()


def _started(nights: Nights) -> BaseProcess:
    folder = nights.folder
    config = folder / "operator.yml"
    config.write_text(settings("canaries: 0"))
    environment = {
        "PATH": os.environ["PATH"],
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(folder),
        **nights.hub.environment(TOKEN),
    }
    words = ["--config", str(config), "--out", str(nights.out), "--resume"]
    words += ["--journal", str(folder / "journal.sqlite")]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_program, args=(environment, words, str(folder / "said")))
    process.start()
    return process


def _wait(nights: Nights, process: BaseProcess) -> bool:
    """Until an exchange is held, or the program has ended; whether one is."""
    end = time.monotonic() + LONGEST
    while process.is_alive():
        if any(not one.status for one in nights.hub.calls):
            return True
        assert time.monotonic() < end, (nights.folder / "said").read_text()
        time.sleep(0.005)
    return False


def _made(one: Exchange) -> str:
    """The repository in which it created a pull request; else nothing."""
    if one.method == "POST" and one.path.endswith("/pulls") and one.kind == "rest":
        return one.path.split("/")[3]
    return ""


def test_a_sweep_that_is_killed_again_and_again_does_all_once(nights: Nights) -> None:
    dice = random.Random(5)  # noqa: S311 - it keeps no secret
    made = [
        nights.hub.light(f"acme/r{at}", {CI: RELEASES if at % 2 else CHECKS}) for at in range(8)
    ]
    created: Counter[str] = Counter()
    kills = 0
    while kills < KILLS:
        # Most often soon, so that it lives through many; now and then where it publishes.
        after, cut = dice.choice((3, 12, 30, 45)), dice.choice((Cut.HANG, Cut.HANG_AFTER))
        nights.hub.fault(lambda _: True, cut, after=dice.randrange(after))
        process = _started(nights)
        if _wait(nights, process):
            process.kill()
            kills += 1
        process.join()
        nights.hub.heal()
        created += _creations(nights)
        nights.hub.calls.clear()
        if kills < KILLS and len(opened(made)) == len(made) and not dice.randrange(8):
            # All is done: let a human change something, so that there is something to do.
            dice.choice(made).human.push({f".github/workflows/k{kills}.yml": CHECKS})
    process = _started(nights)
    process.join(LONGEST)
    assert process.exitcode == 0, (nights.folder / "said").read_text()
    created += _creations(nights)
    assert len(opened(made)) == len(made)
    for one in made:
        (pull,) = one.pulls.values()
        assert set(one.branches) == {"main", BRANCH}
        assert one.branches[BRANCH] in pull.body, "its text is not of its branch"
        assert set(pull.files()) == set(one.git.run("ls-tree", "-r", "--name-only", "main").split())
    assert set(created.values()) <= {1}, created
    nights.hub.calls.clear()
    assert nights.sweep() == 0
    assert set(nights.states()) <= {State.RIGHT, State.UNCHANGED}
    assert not nights.hub.calls.writes


def _creations(nights: Nights) -> Counter[str]:
    """How often a pull request was created, by the repository."""
    return Counter(name for one in nights.hub.calls if (name := _made(one)) and one.status == 201)
