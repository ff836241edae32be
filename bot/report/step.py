"""A sweep's summary for the page of a run in GitHub Actions: Markdown for GITHUB_STEP_SUMMARY.

GitHub refuses a step's summary of more than 1 MiB (1,048,576 bytes). Foreign text goes through
:mod:`bot.markdown`, so that it shows and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.markdown import cell, is_address, prose, visible
from bot.report.digest import Digest, Named, pace
from bot.report.states import LABELS, duration, of_count
from bot.sweep.record import State, Summary

MAX_BYTES = 1024 * 1024
_MOST_CHANGES = 30
_MOST_WHYS = 30
_MOST_NAMED = 50
_RISKS = ("high", "medium", "low")


def markdown(digest: Digest, summary: Summary) -> str:
    """The summary, at most :data:`MAX_BYTES` long as UTF-8."""
    blocks = [
        *_head(digest, summary),
        *_alarms(digest),
        *_states(digest),
        *_failures(digest),
        *_whys(digest),
        *_changes(digest),
        *_limits(summary),
    ]
    return _fitting(blocks)


def _fitting(blocks: Sequence[str]) -> str:
    """Whole blocks, as many as fit."""
    end = "\nThe rest has no room here; the report has it.\n"
    room = MAX_BYTES - len(end)
    text = ""
    for block in blocks:
        room -= len(block.encode("utf-8", "replace")) + 1
        if room < 0:
            return text + end
        text += block + "\n"
    return text


def _head(digest: Digest, summary: Summary) -> Iterator[str]:
    yield f"## Clearance: sweep of {prose(visible(summary.started))}\n"
    count = of_count(len(digest.names), "repository", "repositories")
    yield f"{count} in {duration(summary.seconds)}, {of_count(summary.calls, 'API call')}.\n"
    for note in summary.notes:
        yield f"**Note:** {prose(note)}\n"


def _alarms(digest: Digest) -> Iterator[str]:
    if digest.alarmed:
        yield f"### ⚠️ {of_count(digest.alarmed, 'alarm')}\n"
        yield from _named(digest.alarms, digest.alarmed)


def _failures(digest: Digest) -> Iterator[str]:
    if digest.failures:
        yield "### Failed\n"
        yield from _named(digest.failures, digest.states[State.FAILED])


def _named(found: Sequence[Named], count: int) -> Iterator[str]:
    shown = found[:_MOST_NAMED]
    for one in shown:
        pull = f" ([pull request]({one.pull}))" if is_address(one.pull) else ""
        yield f"- {cell(one.repository)}: {prose(one.text)}{pull}"
    if count > len(shown):
        yield f"- and {count - len(shown):,} more"
    yield ""


def _states(digest: Digest) -> Iterator[str]:
    yield "| | State | Repositories |\n|:-:|:--|--:|"
    for state, label in LABELS.items():
        if digest.states[state]:
            yield f"| {label.mark} | {label.word} | {digest.states[state]:,} |"
    yield ""


def _whys(digest: Digest) -> Iterator[str]:
    if not digest.whys:
        return
    yield "### Not done, and why\n"
    yield "| Repositories | State | Why |\n|--:|:--|:--|"
    for (state, why), count in digest.whys.most_common(_MOST_WHYS):
        text = str(prose(why or LABELS[state].meaning)).replace("|", "\\|")
        yield f"| {count:,} | {LABELS[state].word} | {text} |"
    yield from _more(len(digest.whys) - _MOST_WHYS, "reason")


def _changes(digest: Digest) -> Iterator[str]:
    if not digest.clusters:
        return
    yield "### Changes\n"
    yield "| Repositories | Risk | The same change in all | For example |\n|--:|:--|:--|:--|"
    ranked = sorted(digest.clusters.values(), key=lambda one: -one.records)
    for one in islice(ranked, _MOST_CHANGES):
        risk = one.risk if one.risk in _RISKS else cell(one.risk)
        change = cell(one.headline, 200)
        yield f"| {one.records:,} | {risk} | {change} | {cell(one.example)} |"
    yield from _more(len(ranked) - _MOST_CHANGES, "change")


def _more(count: int, word: str) -> Iterator[str]:
    yield f"\nand {of_count(count, f'more {word}')}\n" if count > 0 else ""


def _limits(summary: Summary) -> Iterator[str]:
    left = [f"{cell(name)} {have:,} of {of:,}" for name, (have, of) in summary.limits.items()]
    if left:
        yield f"Left of the limits: {', '.join(left)}.\n"
    ahead = pace(summary)
    if ahead.left and ahead.seconds >= 1:
        yield f"{ahead.left:,} still wait; they take at least {duration(ahead.seconds)}.\n"
