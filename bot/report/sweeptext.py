"""A sweep's summary for a terminal: states, reasons, limits, pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.report.digest import Digest, pace
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.report.states import LABELS, duration, of_count
from bot.sweep.record import Summary

_COLOURS: Mapping[str, str] = {"good": "added", "bad": "error", "wait": "warning", "quiet": "faint"}
_MOST = 10
_BAR = 20


def text(digest: Digest, summary: Summary, palette: Palette) -> str:
    """The lines of the summary, each with its line feed."""
    lines = [
        *_alarms(digest, palette),
        *_states(digest, palette),
        *_whys(digest, palette),
        *_limits(summary, palette),
        _sum(digest, summary),
    ]
    if summary.stopped:
        lines.append(
            palette.paint("warning", f"It stopped before its end: {visible(summary.stopped)}")
        )
    return "".join(f"{line}\n" for line in lines)


def _alarms(digest: Digest, palette: Palette) -> Iterator[str]:
    for one in digest.alarms[:_MOST]:
        word = palette.paint("error", "! alarm")
        yield f"{word}  {visible(one.repository, 100)}  {visible(one.text)}"
    if digest.alarmed > _MOST:
        yield f"         and {digest.alarmed - _MOST:,} more"
    if digest.alarmed:
        yield ""


def _states(digest: Digest, palette: Palette) -> Iterator[str]:
    width = max(len(label.word) for label in LABELS.values())
    for state, label in LABELS.items():
        if digest.states[state]:
            word = palette.paint(_COLOURS[label.tone], f"{label.mark} {label.word:<{width}}")
            yield f"{word}  {digest.states[state]:>7,}"


def _whys(digest: Digest, palette: Palette) -> Iterator[str]:
    if not digest.whys:
        return
    yield from ("", palette.paint("path", "Not done, and why"))
    for (state, why), count in digest.whys.most_common(_MOST):
        yield f"{count:>7,}  {visible(why or LABELS[state].meaning, 200)}"
    if len(digest.whys) > _MOST:
        yield f"         and {of_count(len(digest.whys) - _MOST, 'more reason')}"


def _limits(summary: Summary, palette: Palette) -> Iterator[str]:
    if not summary.limits:
        return
    yield from ("", palette.paint("path", "Limits"))
    width = max(len(visible(name, 40)) for name in summary.limits)
    for name, (left, of) in summary.limits.items():
        used = round(_BAR * min(max((of - left) / of, 0), 1)) if of > 0 else 0
        bar = "█" * used + palette.paint("faint", "░" * (_BAR - used))
        yield f"  {visible(name, 40):<{width}}  {bar}  {left:,} of {of:,} left"
    yield ""


def _sum(digest: Digest, summary: Summary) -> str:
    ahead = pace(summary)
    count = of_count(len(digest.names), "repository", "repositories")
    parts = [f"{count} in {duration(summary.seconds)}"]
    if ahead.per_minute:
        parts.append(f"{ahead.per_minute:,.0f} a minute of those that were looked at")
    parts.append(of_count(summary.calls, "API call"))
    if summary.waited >= 1:
        parts.append(f"{duration(summary.waited)} waiting for limits")
    if ahead.left and ahead.seconds:
        parts.append(f"{ahead.left:,} still wait, for at least {duration(ahead.seconds)} more")
    return ", ".join(parts) + "."
