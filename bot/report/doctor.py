"""What ``doctor`` found, for people: a line a check, with a mark and a word beside the colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.forge.checks import Check, Verdict
from bot.report.escape import visible
from bot.report.palette import Palette

# Verdict → its mark, and its meaning in the palette.
_MARKS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.OK: ("+", "added"),
    Verdict.LACKS: ("x", "error"),
    Verdict.UNKNOWN: ("?", "note"),
    Verdict.NOTE: ("!", "warning"),
}
_WIDTH = max(len(verdict) for verdict in Verdict)


def text(checks: Sequence[Check], palette: Palette) -> str:
    """The lines of all checks, and a last one that sums them up."""
    names = max((len(check.name) for check in checks), default=0)
    lines: list[str] = []
    for check in checks:
        mark, meaning = _MARKS[check.verdict]
        word = palette.paint(meaning, f"{mark} {check.verdict:<{_WIDTH}}")
        lines.append(f"{word}  {check.name:<{names}}  {visible(check.sentence)}")
        if check.advice:
            indent = " " * (_WIDTH + 2 + 2 + names + 2)
            lines.append(f"{indent}{palette.paint('faint', visible(check.advice))}")
    lines.append(_sum(checks))
    return "".join(f"{line}\n" for line in lines)


def _sum(checks: Sequence[Check]) -> str:
    counts = {verdict: sum(c.verdict is verdict for c in checks) for verdict in Verdict}
    if counts[Verdict.LACKS]:
        return f"{counts[Verdict.LACKS]} of {len(checks)} checks lack something."
    unknown = counts[Verdict.UNKNOWN]
    left = f"; {unknown} can't be told" if unknown else ""
    return f"Nothing is lacking{left}."
