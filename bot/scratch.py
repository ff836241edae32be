"""The folder that a run works in: gone with the run, or a day after one that was killed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.forge.errors import Here
from bot.report.escape import visible
from bot.repository import RepositoryError

_PREFIX = "clearance-run-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
"""What :mod:`tempfile` makes of the prefix."""
_DAY = 86_400.0
_LONGEST = 200
_ROOM = 1 << 20
"""Bytes: with less than that it is the disk that is full, whatever was said."""
_ELSEWHERE = "name another folder with TMPDIR"


@contextmanager
def scratch() -> Iterator[Path]:
    """A new and empty folder; those that killed runs have left are deleted first.

    Raises:
        Here: it can't be made, or what was done in it failed for want of room or rights.
    """
    home = "the folder for temporary files"
    try:
        home = tempfile.gettempdir()
        _clear(Path(home))
        with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
            try:
                yield Path(folder)
            except (OSError, RepositoryError, Here) as error:
                raise _failure(error, home, folder) from None
    except OSError as error:
        raise _failure(error, home, home) from None


def _failure(error: Exception, home: str, folder: str) -> Here:
    with suppress(OSError):
        # Git does not always say that it was this.
        if shutil.disk_usage(home).free < _ROOM:
            return Here(f"there is no room left in {home}; make some, or {_ELSEWHERE}")
    reason = getattr(error, "strerror", None) or str(error).replace(f"{folder}/", "").split(";")[0]
    return Here(
        f"it could not be worked on in {home} ({visible(reason, _LONGEST)}); check who may write "
        f"there, or {_ELSEWHERE}"
    )


def _clear(home: Path) -> None:
    for folder in home.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if _NAME.fullmatch(folder.name) and _is_left(folder.lstat()):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(found: os.stat_result) -> bool:
    """Whether it is an own folder, and older than any run gets."""
    # Where everybody may write, somebody else's link may have such a name.
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return mine and stat.S_ISDIR(found.st_mode) and found.st_mtime < time.time() - _DAY
