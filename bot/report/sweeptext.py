"""A sweep's summary for a terminal: states, reasons, limits, pace."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from bot.report.digest import Digest, pace
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.report.states import LABELS, duration, of_count
from bot.sweep.record import Summary

_COLOURS: Mapping[str, str] = {"good": "added", "bad": "error", "wait": "warning", "quiet": "faint"}
_MOST = 10
_BAR, _SHORTEST = 20, 6
"""Columns of a bar; where there is less room than the second, there is none."""
_INDENT = 9
"""Columns before a text that belongs to a number or a mark."""


def text(digest: Digest, summary: Summary, palette: Palette, width: int = 0) -> str:
    """The lines of the summary, each with its line feed.

    ``width``: of the terminal, in columns; 0: no line is broken.
    """
    lines = [
        *_alarms(digest, palette, width),
        *_notes(summary, palette, width),
        *_states(digest, palette),
        *_whys(digest, palette, width),
        *_limits(summary, palette, width),
        *(line for one in _sums(digest, summary) for line in _broken(one, width)),
    ]
    return "".join(f"{line}\n" for line in lines)


def _broken(text: str, width: int, indent: int = 0) -> list[str]:
    """A text in lines that fit behind an indent; a word that is too long for one stays whole."""
    if not width:
        return [text]
    room = max(width - indent, 1)
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _behind(mark: str, text: str, width: int) -> Iterator[str]:
    """A text behind something of :data:`_INDENT` columns, and below it where it is long."""
    first, *rest = _broken(text, width, _INDENT)
    yield f"{mark}{first}"
    yield from (f"{' ' * _INDENT}{line}" for line in rest)


def _alarms(digest: Digest, palette: Palette, width: int) -> Iterator[str]:
    word = palette.paint("error", "! alarm")
    for one in digest.alarms[:_MOST]:
        told = f"{visible(one.repository, 100)}: {visible(one.text)}"
        yield from _behind(f"{word}  ", told, width)
    if digest.alarmed > _MOST:
        yield f"         and {digest.alarmed - _MOST:,} more"
    if digest.alarmed:
        yield ""


def _notes(summary: Summary, palette: Palette, width: int) -> Iterator[str]:
    for note in summary.notes:
        yield from (palette.paint("warning", line) for line in _broken(visible(note), width))
    if summary.notes:
        yield ""


def _states(digest: Digest, palette: Palette) -> Iterator[str]:
    width = max(len(label.word) for label in LABELS.values())
    for state, label in LABELS.items():
        if digest.states[state]:
            word = palette.paint(_COLOURS[label.tone], f"{label.mark} {label.word:<{width}}")
            yield f"{word}  {digest.states[state]:>7,}"


def _whys(digest: Digest, palette: Palette, width: int) -> Iterator[str]:
    if not digest.whys:
        return
    yield from ("", palette.paint("path", "Not done, and why"))
    for (state, why), count in digest.whys.most_common(_MOST):
        yield from _behind(f"{count:>7,}  ", visible(why or LABELS[state].meaning, 200), width)
    if len(digest.whys) > _MOST:
        yield f"         and {of_count(len(digest.whys) - _MOST, 'more reason')}"


def _limits(summary: Summary, palette: Palette, width: int) -> Iterator[str]:
    if not summary.limits:
        return
    yield from ("", palette.paint("path", "Limits"))
    shown = [
        (visible(name, 40), f"{left:,} of {of:,} left", (of - left) / of if of > 0 else 0.0)
        for name, (left, of) in summary.limits.items()
    ]
    names = max(len(name) for name, _, _ in shown)
    room = width - names - max(len(told) for _, told, _ in shown) - 6 if width else _BAR
    size = min(room, _BAR)
    for name, told, part in shown:
        if size < _SHORTEST:
            yield f"  {name}: {told}"
            continue
        used = round(size * min(max(part, 0), 1))
        bar = "█" * used + palette.paint("faint", "░" * (size - used))
        yield f"  {name:<{names}}  {bar}  {told}"
    yield ""


def _sums(digest: Digest, summary: Summary) -> Iterator[str]:
    ahead = pace(summary)
    count = of_count(len(digest.names), "repository", "repositories")
    rate = f"{ahead.per_minute:,.0f} a minute of those that were looked at"
    yield f"{count} in {duration(summary.seconds)}{f', {rate}' if ahead.per_minute else ''}."
    waited = f", {duration(summary.waited)} waiting for limits" if summary.waited >= 1 else ""
    yield f"{of_count(summary.calls, 'API call')}{waited}."
    if ahead.left and ahead.seconds >= 1:
        yield f"{ahead.left:,} still wait; they take at least {duration(ahead.seconds)}."
