"""Cancelling a run as GitHub's runner does, which act does not: it kills a step outright.

The runner sends SIGINT to the step's process alone (not to what that started), SIGTERM 7.5
seconds later, and kills it 2.5 seconds after that (actions/runner, ``ProcessInvoker``). Which
processes are act's says ``/proc``, so this works on Linux only.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_GRACE = ((signal.SIGINT, 7.5), (signal.SIGTERM, 2.5), (signal.SIGKILL, 2.5))
_READ = 0.1
"""Seconds."""


def cancel(act: subprocess.Popen[str], due: Callable[[], bool]) -> None:
    """Wait until ``due()``, cancel the steps that run then, and with them the run."""
    while not due():
        if act.poll() is not None:
            return
        time.sleep(0.002)
    for step in _steps(act.pid):
        _end(step)
    # What a step said last is still on its way to act.
    time.sleep(_READ)
    if act.poll() is None:
        act.send_signal(signal.SIGINT)


def kill(act: subprocess.Popen[str]) -> None:
    """End act and its steps, each of which leads a session of its own, at once."""
    for step in _steps(act.pid):
        with suppress(ProcessLookupError):
            os.killpg(step, signal.SIGKILL)
    act.kill()


def _end(step: int) -> None:
    for sent, grace in _GRACE:
        with suppress(ProcessLookupError):
            os.kill(step, sent)
        end = time.monotonic() + grace
        while time.monotonic() < end:
            if not _lives(step):
                return
            time.sleep(0.01)


def _steps(act: int) -> list[int]:
    """The ids of the processes that act started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(") ")[2].split()[1]
            if parent == str(act):
                found.append(int(folder.name))
    return found


def _lives(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False
