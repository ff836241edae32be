"""The few lines of a change that a reviewer wants to see before all others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot import probes
from bot.analysis import FileReport
from bot.workflow import document
from bot.workflow.document import Document
from bot.workflow.edit import Insert, Replace

_CONTEXT = 2
_MAX_LINES = 24


class Part(StrEnum):
    """What an excerpt shows."""

    BLOCK = "block"
    PROBE = "probe"
    TOKEN = "token"  # noqa: S105 - no secret


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some lines of a change.

    Attributes:
        path: the file.
        line: where it begins in the original, from 1.
        lines: each behind its sign: ``+``, ``-``, a blank, or ``@`` for lines that are left out.
        writes: how many scopes it grants with ``write``.
    """

    path: str
    part: Part
    line: int
    lines: tuple[str, ...]
    writes: int = 0


def excerpts(report: FileReport) -> tuple[Excerpt, ...]:
    """The core lines of a file's change, part by part.

    Of a block all lines, of a probe those before its script (which is the same everywhere), of a
    token the lines that name it.
    """
    original = document.parse(report.path, report.before)
    starts = [decision.line for decision in report.decisions]
    swaps = report.proposal.tokens.change
    found = [*_replaced(original, swaps.spans)]
    for edit in report.proposal.change.edits:
        if isinstance(edit, Insert):
            found += _inserted(original, edit, starts)
    for edit in swaps.edits:
        if isinstance(edit, Insert):
            signed = tuple(_signed("+", edit.lines[:_MAX_LINES]))
            found.append(_excerpt(original, edit.line, starts, Part.TOKEN, signed))
    return tuple(dict.fromkeys(found))


def _replaced(original: Document, spans: Sequence[Replace]) -> Iterator[Excerpt]:
    """Lines in which something stands for something else now."""
    lines: dict[int, list[Replace]] = {}
    for one in spans:
        lines.setdefault(bisect_right(original.line_starts, one.start) - 1, []).append(one)
    for line, replaced in lines.items():
        before = original.line(line)
        after = before
        for one in sorted(replaced, key=lambda one: -one.start):
            start = one.start - original.line_starts[line]
            after = after[:start] + one.text + after[start + one.end - one.start :]
        yield Excerpt(original.path, Part.TOKEN, line + 1, (f"-{before}", f"+{after}"))


def _inserted(original: Document, edit: Insert, starts: Sequence[int]) -> Iterator[Excerpt]:
    """The blocks and probes among lines that are inserted together."""
    lines = edit.lines
    index = 0
    while index < len(lines):
        head = _probe(lines, index)
        if head is not None:
            own = _own_job(lines, index)
            signed = (*_signed("+", (*own, *head)), _rest(lines, index + len(head)))
            yield _excerpt(original, edit.line, () if own else starts, Part.PROBE, signed)
            index += len(head)
        elif lines[index].lstrip().startswith("permissions:"):
            block = _nested(lines, index)
            if _indent(lines[index]) and not _own_job(lines, index):
                writes = sum(": write" in line.partition("#")[0] for line in block)
                signed = tuple(_signed("+", block))
                yield _excerpt(original, edit.line, starts, Part.BLOCK, signed, writes)
            index += len(block)
        else:
            index += 1


def _own_job(lines: Sequence[str], index: int) -> Sequence[str]:
    """The lines of a job that is inserted as a whole, from its id to the line before this one."""
    for start in range(index):
        if lines[start].strip() and _indent(lines[start]) < _indent(lines[index]):
            return lines[max(start, index - _MAX_LINES) : index]
    return ()


def _probe(lines: Sequence[str], index: int) -> Sequence[str] | None:
    """A probe's step from its name to the first line of its script, if one begins here."""
    if not lines[index].lstrip().startswith("- name: Preflight"):
        return None
    for end in range(index + 1, min(index + _MAX_LINES, len(lines))):
        if probes.is_signed(lines[end]):
            return lines[index : end + 1]
    return None


def _rest(lines: Sequence[str], index: int) -> str:
    """What stands for the lines of a script."""
    indent = _indent(lines[index - 1])
    count = 0
    for line in lines[index:]:
        if line.strip() and _indent(line) < indent:
            break
        count += 1
    return f"@and {count} more lines, the same for every probe of its kind"


def _nested(lines: Sequence[str], index: int) -> Sequence[str]:
    """A line and those that are deeper than it."""
    end = index + 1
    while end < len(lines) and _indent(lines[end]) > _indent(lines[index]):
        end += 1
    return lines[index:end][:_MAX_LINES]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _excerpt(
    original: Document,
    at: int,
    starts: Sequence[int],
    part: Part,
    signed: Sequence[str],
    writes: int = 0,
) -> Excerpt:
    """An excerpt with the line of its job and a few before it."""
    job = max((start for start in starts if start < at), default=at)
    first = max(job, at - _CONTEXT)
    context = [original.line(n) for n in range(first, at)]
    gap = first - job - 1
    above = [f" {original.line(job)}"] if first > job else []
    if gap > 1:
        above.append(f"@{gap} lines")
    elif gap == 1:
        above.append(f" {original.line(job + 1)}")
    lines = (*above, *_signed(" ", context), *signed)
    return Excerpt(original.path, part, job + 1, lines, writes)


def _signed(sign: str, lines: Sequence[str]) -> Iterator[str]:
    return (f"{sign}{line}" for line in lines)
