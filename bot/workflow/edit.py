"""Edits of a text: whole lines inserted, or one span replaced; nothing else is done to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.workflow.document import Document


@dataclass(frozen=True, slots=True)
class Insert:
    """Whole lines before line ``line`` (counted from 0; the number of lines means: at the end).

    Attributes:
        lines: without line breaks; the file's own kind is added.
    """

    line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replace:
    """The text from offset ``start`` up to ``end`` becomes ``text``."""

    start: int
    end: int
    text: str


Edit = Insert | Replace

Content: TypeAlias = "str | Mapping[str, Content] | Sequence[Content]"
"""What a node says, without its form."""


@dataclass(frozen=True, slots=True)
class Change:
    """Edits of a workflow, and what they make of its tree.

    A place is a path of keys and of indices in the rewritten file, with dots between them:
    ``jobs.build.permissions``, ``jobs.build.steps.0``.

    Attributes:
        added: place → what stands there now, where nothing stood before.
        replaced: place → what stands there now instead of what stood there before.
    """

    edits: tuple[Edit, ...] = ()
    added: Mapping[str, Content] = field(default_factory=dict)
    replaced: Mapping[str, Content] = field(default_factory=dict)

    def __add__(self, other: Change) -> Change:
        """Both changes; what ``self`` inserts at a line stands before what ``other`` does."""
        return Change(
            (*self.edits, *other.edits),
            {**self.added, **other.added},
            {**self.replaced, **other.replaced},
        )

    @property
    def spans(self) -> tuple[Replace, ...]:
        """The edits that touch text that was there."""
        return tuple(one for one in self.edits if isinstance(one, Replace))


def apply(document: Document, edits: Iterable[Edit]) -> str:
    """The document's text with the edits made.

    Insertions before the same line keep the order in which they are given. A file without a final
    line break keeps to that.

    Raises:
        ValueError: two edits overlap.
    """
    text = document.text
    spans = sorted((_span(document, edit) for edit in edits), key=lambda s: (s[0], s[1]))
    done: list[str] = []
    at = 0
    for start, end, new in spans:
        if start < at:
            raise ValueError("two edits overlap")
        done += [text[at:start], new]
        at = end
    return "".join([*done, text[at:]])


def _span(document: Document, edit: Edit) -> tuple[int, int, str]:
    if isinstance(edit, Replace):
        return edit.start, edit.end, edit.text
    line_break = document.line_break
    if edit.line < len(document.line_starts):
        start = document.line_starts[edit.line]
        return start, start, "".join(line + line_break for line in edit.lines)
    end = len(document.text)
    return end, end, "".join(line_break + line for line in edit.lines)
