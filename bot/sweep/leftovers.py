"""What killed sweeps have left in the folder of the reports."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

_HALF = re.compile(r"\.(?:records\.jsonl|findings\.sarif|report\.html)\.[a-z0-9_]{8}")
"""What :mod:`tempfile` makes of the reports' names."""
_DAY = 86_400.0


def clear(out: Path) -> None:
    """Delete the halves of reports into which nothing was written for a day.

    So those of a sweep that is at work in the same folder stay.
    """
    for half in out.glob(".*"):
        with suppress(OSError):
            if _HALF.fullmatch(half.name) and half.lstat().st_mtime < time.time() - _DAY:
                half.unlink()
