"""Which repositories get their pull requests now, and which wait."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.sweep.settings import SweepSettings

T = TypeVar("T")

CANARIES = "it waits for the canaries: the first pull requests are to be merged, and to have run"
RED = (
    "the canaries went red: a run after a merge lacked a permission; mend it, or exclude that "
    "repository"
)
DOUBTED = (
    "a run that outsiders can cause lacked a permission after a merge: look whether it is the "
    "change's fault, and go on with --go if it is not"
)
MOST_NEW = "most_new pull requests have been opened in this sweep"
MOST_OPEN = "most_open pull requests are open"
WINDOW = "it is outside of the hours of window"
REASONS = frozenset({CANARIES, RED, DOUBTED, MOST_NEW, MOST_OPEN, WINDOW})


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an organisation has got.

    Attributes:
        begun: repositories that have, or had, a pull request of the program.
        green: those of them whose pull request was merged, and whose changed jobs have run since.
        red: those in which a run after the merge lacked a permission.
        opened: pull requests that are open.
        told: a human has said that the others may follow.
        doubted: repositories in which only runs did whose logs anybody may have made up.
    """

    begun: int
    green: int
    red: int
    opened: int
    told: bool = False
    doubted: int = 0


@dataclass(slots=True)
class Made:
    """What a sweep opens, as it goes on.

    Attributes:
        before: pull requests that it opened before it was interrupted.
        repositories: those in which it has opened one since, or is about to.
        pulls: how many those are.
    """

    before: int = 0
    repositories: int = 0
    pulls: int = 0

    def add(self, pulls: int) -> None:
        """So many are about to be opened in a repository."""
        self.repositories += pulls > 0
        self.pulls += pulls

    def drop(self, pulls: int) -> None:
        """It did not come to them."""
        self.repositories -= pulls > 0
        self.pulls -= pulls


def hold(settings: SweepSettings, standing: Standing, made: Made, fresh: int, now: datetime) -> str:
    """Why the new pull requests of a repository wait, as a sentence; empty where they need not.

    Args:
        fresh: how many there are to be.
        now: UTC.
    """
    if not fresh:
        return ""
    if standing.red:
        return RED
    if standing.doubted and not standing.told:
        return DOUBTED
    if not _within(settings.window, now.hour):
        return WINDOW
    if settings.most_new and made.before + made.pulls + fresh > settings.most_new:
        return MOST_NEW
    if settings.most_open and standing.opened + made.pulls + fresh > settings.most_open:
        return MOST_OPEN
    canaries = settings.canaries
    follows = standing.told or (settings.go == "when-run" and standing.green >= canaries)
    if canaries and not follows and standing.begun + made.repositories >= canaries:
        return CANARIES
    return ""


def may_hold(settings: SweepSettings, standing: Standing, now: datetime) -> bool:
    """Whether the last of very many would have to wait, so that it matters who comes first."""
    return bool(hold(settings, standing, Made(0, sys.maxsize, sys.maxsize), 1, now))


def order(by_name: Mapping[str, T], begun: frozenset[str]) -> list[T]:
    """In the order in which they are worked on: those that have begun come first."""
    names = sorted(by_name, key=lambda name: (name not in begun, name.lower()))
    return [by_name[name] for name in names]


def _within(window: str, hour: int) -> bool:
    """Whether an hour is within ``22-6``; the end is not."""
    if not window:
        return True
    begin, _, end = window.partition("-")
    first, last = int(begin), int(end)
    return first <= hour < last if first <= last else hour >= first or hour < last
