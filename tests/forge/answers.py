"""What passes between the stand-in and whoever calls it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Literal

from bot.permissions.scopes import RANK

TokenKind = Literal["installation", "fine-grained", "classic", "app"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came in.

    Attributes:
        path: with its query.
        token: the one it was made with, ``""`` without any; for the registry the one behind the
            bearer.
        status: of the answer; 0 where there was none.
        at: ``time.monotonic()`` when the request had been read.
    """

    method: str
    path: str
    token: str
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the endpoints get it: ``path`` has no query, ``query`` no question mark."""

    method: str
    path: str
    query: str
    token: str
    body: bytes

    def data(self) -> dict[str, object]:
        """The body's JSON object; one without a body is empty. ``ValueError``: it is none."""
        found = json.loads(self.body or b"{}")
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: ``body`` as it goes over the wire; it ``stalls`` in the middle of that."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stalls: bool = False

    @staticmethod
    def json(status: int, content: object, **headers: str) -> Answer:
        """An answer with JSON; the underscores of ``headers`` become hyphens."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(status, json.dumps(content).encode(), names)

    @staticmethod
    def message(status: int, message: str, **headers: str) -> Answer:
        """An error as the API puts it."""
        content = {
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": str(status),
        }
        return Answer.json(status, content, **headers)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token speaks for.

    Attributes:
        grants: permission → level, with hyphens; for ``classic`` the keys are its scopes.
        repository: the only one it can see, ``owner/name``.
    """

    grants: Mapping[str, str]
    repository: str
    kind: TokenKind
    expires: datetime | None

    @property
    def expired(self) -> bool:
        """Whether it is no longer good."""
        return self.expires is not None and self.expires <= datetime.now(UTC)

    def holds(self, permission: str, level: str) -> bool:
        """Whether the token may do what takes ``permission: level``."""
        if self.kind == "classic":
            scope = "write:packages" if permission == "packages" else "repo"
            return scope in self.grants
        if permission == "metadata":
            return True
        return RANK[self.grants.get(permission, "none")] >= RANK[level]


class Failure(Enum):
    """What else may come back. ``HANG`` and ``CUT`` have no answer of their own."""

    RATE_LIMIT = Answer.message(
        403,
        "API rate limit exceeded for installation ID 1234.",
        x_ratelimit_remaining="0",
        x_ratelimit_reset="4102444800",
    )
    SECONDARY = Answer.message(
        403,
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        retry_after="60",
    )
    IP_ALLOW_LIST = Answer.message(
        403,
        "Although you appear to have the correct authorization credentials, the `octo` organization"
        " has an IP allow list enabled, and your IP address is not permitted to access this"
        " resource.",
    )
    NOT_FOUND = Answer.message(404, "Not Found")
    INVALID = Answer.message(422, "Validation Failed")
    TOO_MANY = Answer.message(429, "Too Many Requests", retry_after="60")
    ERROR = Answer.message(500, "Server Error")
    UNAVAILABLE = Answer(502, b"<html><h1>502 Bad Gateway</h1></html>\n")
    UNAUTHORIZED = Answer.message(401, "Bad credentials")
    GARBAGE = Answer(200, b"\x00\xff<!-- this is no JSON -->\x1b[2J")
    HANG = "no answer until the stand-in is closed"
    CUT = "the connection is closed in the middle of the answer"
