"""A rewrite as a unified diff, in time linear in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.report.escape import inert
from bot.report.palette import Palette

_CONTEXT = 3
_MEANINGS = {"+": "added", "-": "removed", "@": "note"}


def unified(path: str, before: str, after: str) -> list[str]:
    """The diff's lines, each with its line break; empty where the texts are equal.

    ``patch`` and ``git apply`` take it. A rewrite is almost always the original with lines added,
    which one walk through both finds; else difflib looks for the lines that stay.
    """
    old, new = _lines(before), _lines(after)
    marked = list(_walk(old, new))
    hunks = [line for hunk in _hunks(marked) for line in hunk]
    one, other = (path, path) if path.startswith("/") else (f"a/{path}", f"b/{path}")
    return [f"--- {one}\n", f"+++ {other}\n", *hunks] if hunks else []


def shown(lines: Sequence[str], palette: Palette) -> str:
    """A diff for a terminal or a log: nothing in it acts there."""
    painted = []
    for number, line in enumerate(lines):
        text = inert(line.rstrip("\r\n"))
        meaning = "path" if number < 2 else _MEANINGS.get(line[0], "")
        painted.append(palette.paint(meaning, text) if meaning else text)
    return "".join(f"{line}\n" for line in painted)


def _lines(text: str) -> list[str]:
    """Lines as ``diff`` sees them: only a line feed ends one, and the last may lack it."""
    lines = text.split("\n")
    last = lines.pop()
    ended = [f"{line}\n" for line in lines]
    return [*ended, f"{last}\n\\ No newline at end of file\n"] if last else ended


def _walk(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each line with ``" "``, ``"-"`` or ``"+"`` before it."""
    at = 0
    marked: list[tuple[str, str]] = []
    for line in new:
        stays = at < len(old) and line == old[at]
        marked.append((" " if stays else "+", line))
        at += stays
    if at == len(old):
        yield from marked
        return
    from difflib import SequenceMatcher

    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if tag == "equal":
            yield from ((" ", line) for line in old[a:b])
        else:
            yield from (("-", line) for line in old[a:b])
            yield from (("+", line) for line in new[c:d])


def _hunks(marked: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    """Changes that are near one another, with the lines around them and a head."""
    changed = [n for n, (mark, _) in enumerate(marked) if mark != " "]
    old_line = new_line = 1
    at = 0
    while changed:
        first = changed[0]
        last = first
        rest = 0
        while rest < len(changed) and changed[rest] - last <= 2 * _CONTEXT:
            last = changed[rest]
            rest += 1
        changed = changed[rest:]
        start, end = max(first - _CONTEXT, 0), min(last + _CONTEXT + 1, len(marked))
        old_line += sum(mark != "+" for mark, _ in marked[at:start])
        new_line += sum(mark != "-" for mark, _ in marked[at:start])
        hunk = marked[start:end]
        old, new = sum(m != "+" for m, _ in hunk), sum(m != "-" for m, _ in hunk)
        head = f"@@ -{_range(old_line, old)} +{_range(new_line, new)} @@\n"
        yield [head, *(mark + line for mark, line in hunk)]
        old_line, new_line, at = old_line + old, new_line + new, end


def _range(start: int, count: int) -> str:
    return f"{start},{count}" if count else f"{start - 1},0"
