"""The log of all that passed between the stand-in and its callers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer.

    Attributes:
        kind: ``rest``, ``graphql``, ``git``, or ``logs`` (the place to which a log's request is
            sent on).
        path: with its query.
        operation: a GraphQL operation's name, or git's service.
        token: the one it was made with; empty without any.
        status: 0 where nothing was answered.
        request: the body that came in; git's are left out.
        response: the body that went out; git's are left out.
        received: bytes of the body that came in.
        sent: bytes of the body that went out.
        headers: as they came in.
    """

    kind: str
    method: str
    path: str
    operation: str
    token: str
    status: int
    request: bytes
    response: bytes
    received: int
    sent: int
    headers: dict[str, str]

    def data(self) -> Any:
        """The JSON that came in."""
        return json.loads(self.request)

    def answer(self) -> Any:
        """The JSON that went out."""
        return json.loads(self.response)

    @property
    def writes(self) -> bool:
        """Whether it was to change something."""
        if self.kind == "graphql":
            return "mutation" in str(self.data().get("query", ""))
        if self.kind == "git":
            return self.method == "POST" and self.operation == "git-receive-pack"
        return self.method not in ("GET", "HEAD")


class Log:
    """All exchanges, in the order in which they ended."""

    def __init__(self) -> None:
        self._all: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Keep one."""
        self._all.append(exchange)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def clear(self) -> None:
        """Forget all."""
        self._all.clear()

    def where(self, test: Callable[[Exchange], bool]) -> tuple[Exchange, ...]:
        """Those that pass a test."""
        return tuple(one for one in self if test(one))

    @property
    def api(self) -> tuple[Exchange, ...]:
        """Those of REST and GraphQL."""
        return self.where(lambda one: one.kind in ("rest", "graphql"))

    @property
    def git(self) -> tuple[Exchange, ...]:
        """Those of git."""
        return self.where(lambda one: one.kind == "git")

    @property
    def writes(self) -> tuple[Exchange, ...]:
        """Those that were to change something."""
        return self.where(lambda one: one.writes)

    @property
    def git_bytes(self) -> int:
        """What git sent out and took in."""
        return sum(one.sent + one.received for one in self.git)

    def lines(self) -> list[str]:
        """One line an exchange, such as ``POST /graphql Ready 200``."""
        return [
            " ".join(filter(None, (one.method, one.path, one.operation, str(one.status))))
            for one in self
        ]
