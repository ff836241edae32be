"""GitPython's git, with an environment and a time limit that hold.

GitPython itself hands every variable of this process on, its ``clone_from`` knows no time limit,
and its ``kill_after_timeout`` needs ``pgrep`` or ``ps`` to find the process that is stuck in the
network. Here each command gets its environment whole and leads a group of processes, which ends
with it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from git import Git
from git.exc import GitCommandError, GitCommandNotFound

from bot.repository import TIMEOUT

_LARGEST = 512 << 20
"""Bytes of a file that git may write; the trees of the largest known repositories take less."""


class GitTimeoutError(GitCommandError):
    """The command reached its time limit and was ended."""


class CleanGit(Git):
    """Runs git in a bare repository, with the given variables and no others."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(str(folder))
        self.update_environment(**environment)

    def execute(  # type: ignore[override]  # only what GitPython's plumbing and bot.repository use
        self,
        command: Sequence[str],
        istream: int | None = None,
        *,
        env: Mapping[str, str] | None = None,
        as_process: bool = False,
        kill_after_timeout: float | None = TIMEOUT,
        **_: Any,
    ) -> Any:
        """Run a command.

        Args:
            env: variables that this command gets besides.
            as_process: give the running process and not its output.
            kill_after_timeout: seconds.

        Raises:
            GitCommandError: it failed.
            GitTimeoutError: it was ended.
        """
        try:
            process = subprocess.Popen(  # noqa: S603  # no shell; the words are checked by callers
                command,
                env={**self.environment(), **(env or {})},
                cwd=self.working_dir,
                stdin=istream or subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL if as_process else subprocess.PIPE,
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise GitCommandNotFound(list(command), error) from None
        _bound(process.pid)
        if as_process:
            return self.AutoInterrupt(process, command)
        try:
            output, errors = process.communicate(timeout=kill_after_timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitTimeoutError(list(command), "time limit") from None
        except BaseException:
            _end(process)
            raise
        if process.returncode:
            raise GitCommandError(list(command), process.returncode, errors, output)
        return output.decode("utf-8", "surrogateescape").removesuffix("\n")


def _bound(process: int) -> None:
    """Keep a process and its children from filling the disk, where the system can."""
    if sys.platform == "linux":
        import resource

        with contextlib.suppress(OSError):
            resource.prlimit(process, resource.RLIMIT_FSIZE, (_LARGEST, _LARGEST))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started."""
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
