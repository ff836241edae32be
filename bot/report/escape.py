"""Workflow text on its way to a terminal or a log: it must not act there."""

from __future__ import annotations

_LONGEST = 2000
"""Characters: a hostile file can name a step with a megabyte."""


def visible(text: str, longest: int = _LONGEST) -> str:
    """A text on one line, with escapes for what a terminal or GitHub's log would act on.

    That is every character that is not printable (controls, line breaks, the ones that change the
    direction of writing, halves of surrogate pairs), and ``##[``, which GitHub's runner takes for
    a command anywhere in a line. What is longer than ``longest`` characters is cut.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in text)
    return text.replace("##[", "##\\[")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def inert(line: str) -> str:
    """A visible line that no runner takes for a command (``::name::`` at its beginning)."""
    line = visible(line, len(line))
    if line.lstrip().startswith("::"):
        return line.replace("::", ":\\:", 1)
    return line
