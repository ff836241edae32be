"""Ctrl+C while a sweep waits for a limit: it ends at once, and loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.forge.github import GitHub
from tests.stories.teller import CHECKS, CI
from tests.sweep.nights import TOKEN, Nights, opened, settings


def _started(hub: GitHub, folder: Path) -> subprocess.Popen[str]:
    """A sweep in a process of its own, which may change one thing a minute."""
    config = folder / "operator.yml"
    config.write_text(settings("canaries: 0", "content_per_minute: 1"))
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    words = ("--config", config, "--journal", folder / "journal.sqlite", "--out", folder / "out")
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "sweep", *map(str, words)],
        env={**known, **hub.environment(TOKEN), "XDG_CACHE_HOME": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_ctrl_c_ends_it_though_it_waits(nights: Nights) -> None:
    made = nights.repositories(4, CHECKS)
    with _started(nights.hub, nights.folder) as process:
        try:
            until = time.monotonic() + 40
            # Four have been pushed, and one of them could be opened.
            while any(len(one.branches) < 2 for one in made) or not opened(made):
                assert time.monotonic() < until
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 130
        finally:
            process.kill()
    assert len(opened(made)) == 1
    nights.sweep(resume=True)
    assert [len(one.pulls) for one in made] == [1] * 4
    assert {CI} == {file for one in made for file in one.pull.files()}
