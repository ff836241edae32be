"""What ``review`` found, for people: a table, a verdict, an explanation; marks beside colours.

All that comes from GitHub, titles, names, logs and files, is made harmless on its way.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.report import several
from bot.report.diff import shown, unified
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.review.aftermath import Aftermath
from bot.review.explaining import Explanation
from bot.review.facts import Checks
from bot.review.fetching import Review
from bot.review.refusal import Refusal
from bot.review.risk import Level, Risk
from bot.review.rows import Row
from bot.review.verify import Difference, Verdict

_CHECKS: Mapping[Checks, tuple[str, str]] = {
    Checks.SUCCESS: ("+", "added"),
    Checks.FAILURE: ("x", "error"),
    Checks.ERROR: ("x", "error"),
    Checks.PENDING: ("?", "note"),
    Checks.EXPECTED: ("?", "note"),
    Checks.NONE: ("-", "faint"),
}
_MERGES: Mapping[str, tuple[str, str, str]] = {
    "MERGEABLE": ("+", "added", "merges"),
    "CONFLICTING": ("x", "error", "conflicts"),
}
_UNTOLD = ("?", "note", "merge not told")
_VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.EXACT: ("+", "added"),
    Verdict.MORE: ("!", "warning"),
    Verdict.OTHER_VERSION: ("!", "warning"),
    Verdict.NOT_OURS: ("x", "error"),
    Verdict.UNPROVED: ("?", "note"),
}
_LEVELS: Mapping[Level, tuple[str, str]] = {
    Level.LOW: ("-", "faint"),
    Level.MEDIUM: ("!", "warning"),
    Level.HIGH: ("x", "error"),
}
_MOST_LINES = 400
"""Lines of a diff; whoever wants more looks at the pull request."""
_HEADS = ("pull request", "days", "checks", "merge", "besides")
_GAP = "  "
_LEAST = 24
"""Columns that the last one needs where it is broken; with less, there are no columns."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    meaning: str = ""

    def painted(self, palette: Palette, width: int = 0) -> str:
        painted = palette.paint(self.meaning, self.text) if self.meaning else self.text
        return painted + " " * (width - len(self.text))


def table(rows: Sequence[Row], palette: Palette, width: int) -> str:
    """All open pull requests; ``width``: of the terminal in columns."""
    heads = tuple(_Cell(head, "faint") for head in _HEADS)
    cells = [tuple(_cells(row)) for row in rows]
    columns = zip(*(row[:-1] for row in (heads, *cells)), strict=True)
    widths = [max(len(cell.text) for cell in column) for column in columns]
    room = width - sum(widths) - len(_GAP) * len(widths)
    longest = max((len(row[-1].text) for row in cells), default=0)
    if not rows:
        lines: Iterable[str] = ()
    elif room >= min(longest, _LEAST):
        lines = (line for row in (heads, *cells) for line in _wide(row, widths, palette, room))
    else:
        lines = (line for row in cells for line in _narrow(row, palette, width))
    calls = sum(row.calls for row in rows)
    end = f", {calls:,} of them to look at" if calls else ""
    return "".join(f"{line}\n" for line in (*lines, f"{several(len(rows), 'pull request')}{end}."))


def _wide(
    row: Sequence[_Cell], widths: Sequence[int], palette: Palette, room: int
) -> Iterator[str]:
    """A row in columns; ``room``: of the last one, which is broken where it is longer."""
    *columns, last = row
    parts = (cell.painted(palette, width) for cell, width in zip(columns, widths, strict=True))
    first, *rest = textwrap.wrap(last.text, room, break_long_words=False) or [""]
    yield _GAP.join((*parts, _Cell(first, last.meaning).painted(palette))).rstrip()
    indent = " " * (sum(widths) + len(_GAP) * len(widths))
    yield from (f"{indent}{_Cell(line, last.meaning).painted(palette)}" for line in rest)


def _narrow(row: Sequence[_Cell], palette: Palette, width: int) -> Iterator[str]:
    """A row where a line is too short for it: the name, and the rest below it."""
    name, days, *rest = row
    yield name.painted(palette)
    room = max(width - len(_GAP), 1)
    line, length = "", 0
    for cell in (_Cell(several(int(days.text), "day")), *rest):
        for number, part in enumerate(textwrap.wrap(cell.text, room, break_long_words=False)):
            link = ", " if line and not number else " " * bool(line)
            # The comma behind it takes a column too.
            if line and length + len(link) + len(part) + 1 > room:
                yield f"{_GAP}{line}{link.rstrip()}"
                line, length, link = "", 0, ""
            line += f"{link}{_Cell(part, cell.meaning).painted(palette)}"
            length += len(link) + len(part)
    yield f"{_GAP}{line}"


def _cells(row: Row) -> Iterator[_Cell]:
    pull = row.pull
    yield _Cell(visible(pull.name), "path")
    yield _Cell(str(row.days))
    mark, meaning = _CHECKS[pull.checks]
    yield _Cell(f"{mark} {pull.checks}", meaning)
    mark, meaning, word = _MERGES.get(pull.mergeable, _UNTOLD)
    yield _Cell(f"{mark} {word}", meaning)
    besides = tuple(_besides(row))
    yield _Cell(", ".join(besides), "warning" if row.calls else "")


def _besides(row: Row) -> Iterator[str]:
    pull = row.pull
    if row.rewritten:
        yield "! its branch was rewritten"
    elif row.others:
        yield f"! {several(row.others, 'commit')} of others"
    if pull.waits:
        yield f"! waits for {visible(', '.join(pull.waits))}"
    elif pull.draft:
        yield "draft"
    if pull.queued:
        yield "in the merge queue"


def proof(review: Review, risks: Iterable[Risk], palette: Palette) -> str:
    """The verdict on one pull request, with its reasons, what differs, and the risk."""
    pull, judgement = review.found.pull, review.judgement
    paint = palette.paint
    mark, meaning = _VERDICTS[judgement.verdict]
    lines = [
        f"{paint('path', visible(pull.name))}  {paint(meaning, f'{mark} {judgement.verdict}')}"
    ]
    lines += [f"  {visible(one)}" for one in judgement.reasons]
    lines += [f"  {paint('note', 'note:')} {visible(one)}" for one in judgement.notes]
    author = pull.author.login if pull.author else "an account that is gone"
    source = "" if pull.is_here else f" from {pull.head_repository or 'a fork that is gone'}"
    lines.append(paint("faint", visible(f"  {pull.url} by {author}{source}")))
    for one in judgement.others:
        lines.append(f"  {paint('warning', '!')} {one.oid[:7]} by {visible(one.who)}: "
                     f"{visible(one.headline)}")  # fmt: skip
    lines += _differences(judgement.differences, palette)
    lines += _risks(risks, palette)
    return "".join(f"{line}\n" for line in lines)


def _differences(differences: Sequence[Difference], palette: Palette) -> Iterator[str]:
    left = _MOST_LINES
    for one in differences:
        yield ""
        yield palette.paint("error", f"  {_change(one)}")
        if left <= 0:
            continue
        diff = unified(one.path.replace("\n", " "), one.before, one.after)[: left + 1]
        left -= len(diff)
        yield from (f"  {line}" for line in shown(diff, palette).splitlines())
        if left < 0:
            yield palette.paint("faint", "  and more, which is not shown")


def _change(one: Difference) -> str:
    path = visible(one.path)
    if not one.wanted:
        return f"x {path} is there, and does not come out"
    if not one.found:
        return f"x {path} comes out, and is not there"
    if one.wanted != one.found:
        return f"x {path} has mode {one.found}, and comes out with {one.wanted}"
    return f"x {path} has another text than comes out"


def _risks(risks: Iterable[Risk], palette: Palette) -> Iterator[str]:
    found = sorted(risks, key=lambda one: (-one.score, one.path, one.job))
    if found:
        yield ""
        yield "  risk of each changed job:"
    for one in found:
        mark, meaning = _LEVELS[one.level]
        place = visible(f"{one.path} {one.job}")
        yield f"  {palette.paint(meaning, f'{mark} {one.level:<6}')}  {place}"
        for reason in one.reasons:
            yield f"            {visible(reason.clause)}"


def explanations(found: Sequence[Explanation], palette: Palette) -> str:
    """What a failed run was refused, where, and what mends it."""
    lines: list[str] = []
    for one in found:
        lines += [*_explained(one, palette), ""]
    if not found:
        lines.append("No refusal that is known stands in the logs of what failed.")
    return "".join(f"{line}\n" for line in lines)


def _explained(one: Explanation, palette: Palette) -> Iterator[str]:
    told, paint = one.refusal, palette.paint
    place = ", ".join(visible(part) for part in (told.job, told.step) if part)
    mark, meaning = ("x", "error") if told.fails else ("!", "warning")
    yield f"{paint(meaning, mark)} {paint('path', place or 'the log')}"
    yield f"  says    {visible(told.words)}"
    yield f"  means   {visible(told.means)}"
    if one.permission:
        how = f" ({visible(told.need.how)})" if told.need else ""
        yield f"  lacks   {paint('error', visible(one.permission))}{how}"
    yield f"  held    {_held(told)}"
    yield f"  mend    {paint('added', one.mend)}: {one.advice}"
    for line in one.add:
        yield f"  add     {paint('added', line)}"
    if one.block:
        yield f"  so that {visible(one.place)} says"
        yield "            permissions:"
        yield from (f"              {line}" for line in one.block)
    if one.probe:
        spent = several((told.seconds or 0) // 60, "minute")
        yield f"  early   it showed after {spent}; with a probe it shows first:"
        yield "          clearance fix --only preflight"


def _held(told: Refusal) -> str:
    if told.held is None:
        return "the log does not say what the token held"
    held = ", ".join(f"{scope}: {level}" for scope, level in told.held.items()) or "nothing"
    runs = {"None": "; a fork's run", "Dependabot": "; Dependabot's run"}
    return f"{held}{runs.get(told.secrets, '')}"


def after(found: Iterable[Aftermath], palette: Palette) -> str:
    """What came after merges: alarms, and what has not run yet."""
    lines = []
    for one in found:
        name = palette.paint("path", visible(one.pull.name))
        if one.alarms:
            state = palette.paint("error", f"x {several(len(one.alarms), 'alarm')}")
        elif one.waiting:
            state = palette.paint("note", f"? {len(one.waiting):,} yet to run")
        else:
            state = palette.paint("added", f"+ {several(len(one.ran), 'job')} ran, none lacked")
        lines.append(f"{name}  {state}")
        for alarm in one.alarms:
            place = ", ".join(visible(part) for part in (alarm.path, alarm.job, alarm.step) if part)
            lines.append(f"  {palette.paint('error', 'x')} {place}: {visible(alarm.words)}")
            if alarm.scope:
                lines.append(f"    lacks {palette.paint('error', visible(alarm.scope))}")
            lines.append(palette.paint("faint", f"    {visible(alarm.url)}"))
        lines += [f"  {palette.paint('note', '?')} {visible(path)}" for path in one.waiting]
    return "".join(f"{line}\n" for line in lines)
