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

_PREFIX = "clearance-run-"
_NAME = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
"""What :mod:`tempfile` makes of the prefix."""
_DAY = 86_400.0


@contextmanager
def scratch() -> Iterator[Path]:
    """A new and empty folder; those that killed runs have left are deleted first."""
    _clear(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


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
