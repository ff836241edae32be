"""Colours for people, by what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.style import Style

_STYLES: Mapping[str, str] = {
    "path": "bold",
    "added": "green",
    "removed": "red",
    "error": "red",
    "warning": "yellow",
    "note": "cyan",
    "faint": "dim",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """Paints texts, or leaves them as they are."""

    colours: bool = False

    @staticmethod
    def of(stream: TextIO) -> Palette:
        """What a stream can show: nothing but a terminal has colours, ``NO_COLOR`` takes them."""
        if not stream.isatty():
            return Palette()
        from rich.console import Console

        console = Console(file=stream)
        return Palette(console.color_system not in (None, "windows") and not console.no_color)

    def paint(self, meaning: str, text: str) -> str:
        """A text in the colour of a meaning."""
        return _style(meaning).render(text) if self.colours and text else text


@cache
def _style(meaning: str) -> Style:
    from rich.style import Style

    return Style.parse(_STYLES[meaning])
