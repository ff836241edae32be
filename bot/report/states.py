"""The states of a repository after a sweep, in words and marks for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sweep.record import State


@dataclass(frozen=True, slots=True)
class Label:
    """How a state is shown.

    Attributes:
        word: what it is called.
        mark: one character, which tells it apart where there is no colour.
        meaning: a sentence.
        tone: ``good``, ``bad``, ``wait`` or ``quiet``: which colour it gets.
        done: the sweep did, or kept, what there was to do; else it skipped or missed something.
    """

    word: str
    mark: str
    meaning: str
    tone: str
    done: bool


LABELS: Mapping[State, Label] = {
    State.FAILED: Label("Failed", "✕", "Something went wrong.", "bad", done=False),
    State.OPENED: Label("Opened", "+", "A pull request was opened.", "good", done=True),
    State.UPDATED: Label("Updated", "↻", "Its pull request was updated.", "good", done=True),
    State.RIGHT: Label("In order", "✓", "Its pull request is as it should be.", "good", done=True),
    State.CLOSED: Label("Closed", "⊠", "Its pull request was closed.", "good", done=True),
    State.LATER: Label("Waiting", "◷", "It is to be done, and waits.", "wait", done=False),
    State.STOPPED: Label("Stopped", "■", "Something forbids a pull request.", "wait", done=False),
    State.REFUSED: Label(
        "Refused before", "⊘", "A human refused the change before.", "quiet", done=False
    ),
    State.NOTHING: Label("Nothing to change", "○", "It needs no change.", "quiet", done=True),
    State.UNCHANGED: Label(
        "Not looked at", "·", "Nothing moved since the last sweep.", "quiet", done=True
    ),
}
"""In the order in which somebody wants to look at them."""


def of_count(number: int, word: str, words: str = "") -> str:
    """A number of things: ``1 repository``, ``1,200 repositories``; ``words``: the plural."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"


def duration(seconds: float) -> str:
    """A time for people: ``40 s``, ``12 min``, ``3 h 05 min``."""
    whole = max(round(seconds), 0)
    if whole < 100:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60:02} min"
