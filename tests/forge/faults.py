"""Faults on demand: what a call gets instead of, before or after its effect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.forge.answers import Answer


class Cut(Enum):
    """A connection that ends without an answer."""

    BEFORE = "nothing was done"
    AFTER = "all was done, and nobody was told"
    HANG = "nothing was done, and nothing is said until the stand-in is closed"
    HANG_AFTER = "all was done, and nothing is said until the stand-in is closed"
    STALL = "all was done, half of the answer is said, and no more until the stand-in is closed"


@dataclass(frozen=True, slots=True)
class Call:
    """What a fault is chosen by.

    Attributes:
        operation: a GraphQL operation's name, or git's service (``git-upload-pack``); else empty.
    """

    method: str
    path: str
    operation: str
    token: str


Match = Callable[[Call], bool] | str
"""A test of a call; or a string: ``METHOD /path…`` (its beginning), or an operation's name."""


@dataclass(slots=True)
class _Rule:
    match: Match
    outcome: Answer | Cut
    left: int | None
    skip: int


def matches(match: Match, call: Call) -> bool:
    """Whether a call is meant."""
    if callable(match):
        return match(call)
    method, _, path = match.partition(" ")
    if path:
        return call.method == method and call.path.startswith(path)
    return bool(match) and match == call.operation


class Faults:
    """The faults that were asked for, the newest first."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def add(
        self, match: Match, outcome: Answer | Cut, times: int | None = None, after: int = 0
    ) -> None:
        """From now on matching calls get this, ``times`` times, once ``after`` of them went by."""
        with self._lock:
            self._rules.insert(0, _Rule(match, outcome, times, after))

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._rules.clear()

    def next(self, call: Call) -> Answer | Cut | None:
        """What this call gets."""
        with self._lock:
            for rule in self._rules:
                if rule.left == 0 or not matches(rule.match, call):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                if rule.left is not None:
                    rule.left -= 1
                return rule.outcome
        return None


def status(number: int, message: str = "", **headers: str) -> Answer:
    """An error of GitHub's as a fault; the underscores of ``headers`` become hyphens."""
    return Answer.message(number, message or _MESSAGES.get(number, "Server Error"), **headers)


_MESSAGES = {
    401: "Bad credentials",
    403: "Resource not accessible by personal access token",
    404: "Not Found",
    409: "Conflict",
    422: "Validation Failed",
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Unavailable",
}

SECONDARY = status(
    403,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    retry_after="60",
)
"""The answer to too many writes in too short a time."""
