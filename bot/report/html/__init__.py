"""A sweep's report for people: one HTML file that needs nothing but a browser.

It loads nothing and asks nobody. Records become JSON in the page; what a record says is only ever
put in place as text. The file is written as the records come: in memory there is an index, a few
hundred bytes a repository.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bot.report.digest import Digest
from bot.report.html import page
from bot.report.html.index import Index
from bot.report.html.store import Store
from bot.sweep.record import Record, Summary

GITHUB = "https://github.com"


def write(records: Iterable[Record], summary: Summary, path: Path, *, server: str = GITHUB) -> None:
    """Write the report of a sweep, whole or not at all.

    Args:
        records: read once, one after the other.
        server: the address of the forge's pages, to link repositories and their lines.

    Raises:
        OSError: the file can't be written; what stood there is left as it was.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with (
            os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as target,
            tempfile.TemporaryFile("w+", encoding="ascii", newline="\n", dir=path.parent) as spool,
        ):
            index, digest = Index(Store(spool)), Digest()
            rows: list[int] = []
            for record in records:
                digest.add(record)
                row = index.add(record)
                rows += [row] * len(record.alarms)
            target.writelines(page.pieces(index, digest, rows, summary, server))
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
