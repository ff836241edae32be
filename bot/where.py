"""A line of a file, as a pull request's text names it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.permissions.evidence import Place


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a file (from 1), and the step it belongs to.

    Attributes:
        at_home: whether it stands in the workflow file that the text is about just then.
    """

    path: str
    line: int
    step: str
    at_home: bool

    @property
    def text(self) -> str:
        """``path:line``; without the folder at home."""
        name = self.path.rpartition("/")[2] if self.at_home else self.path
        return f"{name}:{self.line}"


def where(place: Place, home: str, rule: str = "") -> Where:
    """A place as people name it; a step that is named by its ``rule`` alone needs no name.

    ``home``: the path of the workflow file that the text is about.
    """
    step = place.step or ""
    named = "" if rule and step.startswith(rule) else step
    return Where(place.path, place.line + 1, named, place.path == home)
