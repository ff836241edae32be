"""Progress of long work, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

_WORTH_SHOWING = 50
"""Files: fewer are done before anybody could read it."""


def is_shown(total: int) -> bool:
    """Whether a bar is drawn for work of this many files."""
    return total > _WORTH_SHOWING and sys.stderr.isatty()


def watched(work: Iterator[T], total: int) -> Iterator[T]:
    """The results of some work, with a bar on standard error while it goes on.

    With a bar, results come when all are there, so that they do not mix with it.
    """
    if not is_shown(total):
        yield from work
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("reading workflows"), BarColumn(), MofNCompleteColumn())
    # No thread of rich's own: the work forks processes.
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    done = []
    with bar:
        task = bar.add_task("", total=total)
        for number, result in enumerate(work, 1):
            done.append(result)
            if number % 10 == 0:
                bar.update(task, completed=number, refresh=True)
    yield from done
