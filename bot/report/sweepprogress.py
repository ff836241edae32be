"""How far a sweep has come, on standard error: a picture on a terminal, lines in a log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from bot.forge.limiter import RESOURCES
from bot.report.escape import visible
from bot.report.states import duration, of_count
from bot.sweep.outlook import Outlook, Watch

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_REDRAWN = 0.5
"""Seconds between two pictures."""
_LINES = 60.0
"""Seconds between two lines: who reads a log wants to see that it goes on, and nothing else."""
_WORTH_SAYING = 2.0
"""Seconds that somebody waits: shorter waits are over before they are read."""
_LABEL = 10
"""Columns of the words on the left: the longest is ``Calls left``."""
_BAR, _SHORTEST = 30, 8
"""Columns of a bar; where there is less room than the second, there is none."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the picture, or more where the terminal is narrow.

    Attributes:
        parts: phrases, between which a line may end.
        bar: how much is done of how much.
        style: of the phrases.
    """

    label: str
    parts: tuple[str, ...]
    bar: tuple[int, int] | None = None
    style: str = ""


@contextmanager
def shown(watch: Watch, stream: TextIO) -> Iterator[None]:
    """Show a sweep while it goes on; what happens to that does nothing to the sweep."""
    with _picture(watch, stream) if _is_screen(stream) else _log(watch, stream):
        yield


def line(seen: Outlook) -> str:
    """A sweep at one moment, as a line of a log, without its line feed.

    It names no repository: in a public run, everybody can read it.
    """
    tally = seen.tally
    parts = [f"{_looked(seen)} repositories looked at"]
    if tally.unchanged:
        parts[0] += f" ({tally.unchanged:,} unchanged)"
    parts += [f"{seen.per_minute:,.0f} a minute"] if seen.per_minute >= 1 else []
    if tally.to_do:
        parts.append(f"{tally.done:,} of {tally.to_do - tally.held:,} published")
    parts += [f"{tally.held:,} put off"] if tally.held else []
    parts += [f"{tally.failed:,} failed"] if tally.failed else []
    parts += _left(seen)
    parts += [f"waiting for {_waits(seen)}"] if _waits(seen) else []
    return f"{datetime.fromtimestamp(seen.now, UTC):%Y-%m-%dT%H:%M:%SZ} sweep: {', '.join(parts)}"


def picture(seen: Outlook, width: int) -> Table:
    """A sweep at one moment, for a terminal of so many columns."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_LABEL, style="bold")
    grid.add_column()
    room = max(width - _LABEL - 2, 1)
    for row in _rows(seen):
        grid.add_row(row.label, _body(row, room))
    return grid


def _rows(seen: Outlook) -> Iterator[_Row]:
    tally, pace = seen.tally, seen.pace
    looked = [_looked(seen) if tally.found or tally.whole else "nothing found yet"]
    looked += [f"{tally.found:,} found"] if tally.found and not tally.whole else []
    looked += [f"{tally.unchanged:,} unchanged"] if tally.unchanged else []
    looked += [f"{seen.per_minute:,.0f} repositories a minute"] if seen.per_minute >= 1 else []
    bar = (tally.looked, seen.total) if tally.whole or tally.expected else None
    yield _Row("Looked at", tuple(looked), bar)
    if tally.to_do:
        turns = tally.to_do - tally.held
        held = (f"{tally.held:,} put off",) if tally.held else ()
        yield _Row("Published", (f"{tally.done:,} of {turns:,}", *held), (tally.done, turns))
    if pace.changes:
        uses = tuple(f"{u.used:,} of {u.most:,} {u.of.partition(' ')[2]}" for u in pace.uses)
        yield _Row("Changes", uses)
    rates = [one for one in pace.rates if one.resource in RESOURCES]
    if rates:
        parts = (f"{RESOURCES[one.resource]} {one.left:,} of {one.most:,}" for one in rates)
        yield _Row("Calls left", tuple(parts))
    if tally.failed:
        yield _Row("Failed", (of_count(tally.failed, "repository", "repositories"),), style="red")
    if tally.failure is not None:
        failure = f"{visible(tally.failure.repository, 100)}: {visible(tally.failure.why, 200)}"
        yield _Row("", (failure,), style="red")
    if waits := _waits(seen):
        yield _Row("Waits for", tuple(waits.split(", ")), style="yellow")
    yield _Row("Time", (f"{duration(seen.seconds)} so far", *_left(seen)))


def _body(row: _Row, room: int) -> RenderableType:
    """The phrases of a row, on as many lines as they take, and its bar if there is room."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    def text(line: str) -> Text:
        made = Text(line, style=row.style)
        made.truncate(room, overflow="ellipsis")
        return made

    bar = min(_BAR, room - len(row.parts[0]) - 1)
    if row.bar is None or bar < _SHORTEST:
        return Group(*map(text, _wrapped(row.parts, room)))
    first, *rest = _wrapped(row.parts, room - bar - 1)
    if rest:
        # All that does not stand behind the bar stands below it.
        first, *rest = row.parts[0], *_wrapped(row.parts[1:], room)
    grid = Table.grid(padding=(0, 1, 0, 0))
    done, total = row.bar
    drawn = ProgressBar(max(total, 1), done, bar, complete_style="cyan", finished_style="green")
    grid.add_row(drawn, text(first))
    return Group(grid, *map(text, rest))


def _wrapped(parts: Sequence[str], room: int) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]} · {part}"
        if len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _looked(seen: Outlook) -> str:
    """``5 of 10``, as far as it is known how many there are."""
    tally = seen.tally
    if tally.whole:
        return f"{tally.looked:,} of {seen.total:,}"
    return f"{tally.looked:,} of about {seen.total:,}" if tally.expected else f"{tally.looked:,}"


def _left(seen: Outlook) -> tuple[str, ...]:
    """An estimate as a phrase; nothing where there is none that is worth a word."""
    if seen.left is None or seen.left < 1:
        return ()
    return (f"about {duration(seen.left)} left",)


def _waits(seen: Outlook) -> str:
    """What calls wait for; empty where they wait for nothing that is worth a word."""
    wait = seen.pace.wait
    if wait is None or wait.until - seen.now < _WORTH_SAYING:
        return ""
    until = datetime.fromtimestamp(wait.until, UTC)
    return f"{visible(wait.why, 100)}, until {until:%H:%M:%S} UTC"


def _is_screen(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which something can be drawn anew."""
    if not stream.isatty():
        return False
    from rich.console import Console

    console = Console(file=stream)
    return console.is_terminal and not console.is_dumb_terminal


@contextmanager
def _picture(watch: Watch, stream: TextIO) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream, highlight=False)
    # What is written to standard output meanwhile must stay there.
    live = Live(console=console, transient=True, auto_refresh=False, redirect_stdout=False)

    def draw() -> None:
        live.update(picture(watch.look(), console.width), refresh=True)

    with live, _every(_REDRAWN, draw, at_once=True):
        yield


@contextmanager
def _log(watch: Watch, stream: TextIO) -> Iterator[None]:
    def write() -> None:
        stream.write(f"{line(watch.look())}\n")
        stream.flush()

    with _every(_LINES, write, at_once=False):
        yield


@contextmanager
def _every(seconds: float, do: Callable[[], None], *, at_once: bool) -> Iterator[None]:
    """Do something again and again in a thread of its own."""
    ended = threading.Event()

    def work() -> None:
        # A terminal that is gone, or a full disk, is no reason to stop a sweep.
        with suppress(OSError, ValueError):
            if at_once:
                do()
            while not ended.wait(seconds):
                do()

    thread = threading.Thread(target=work, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
