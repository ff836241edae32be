"""Rate limits: really counted, and enforced where a test says so."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

from tests.forge.answers import Answer
from tests.forge.faults import SECONDARY
from tests.forge.people import Token


@dataclass(slots=True)
class _Window:
    used: int
    until: float


class Limits:
    """The counters of all tokens.

    Attributes:
        core: REST calls an hour.
        graphql: GraphQL points an hour.
        creations_a_minute: where set, more writes than that in a minute get the secondary limit.
        requests: where set, a GraphQL query that may take more requests to lists than that gets
            no answer in time.
        seconds: how long a window lasts.
        refused: how many calls met one of the limits.
    """

    def __init__(self) -> None:
        self.core = 5000
        self.graphql = 5000
        self.creations_a_minute: int | None = None
        self.requests: int | None = None
        self.seconds = 3600.0
        self.refused = 0
        self._windows: dict[tuple[str, str], _Window] = {}
        self._creations: dict[str, deque[float]] = defaultdict(deque)

    def _window(self, token: str, resource: str) -> _Window:
        now = time.time()
        window = self._windows.get((token, resource))
        if window is None or window.until <= now:
            window = self._windows[token, resource] = _Window(0, now + self.seconds)
        return window

    def most(self, resource: str) -> int:
        """How much of a resource a token has in a window."""
        return self.graphql if resource == "graphql" else self.core

    def state(self, token: str, resource: str) -> Mapping[str, int]:
        """``limit``, ``used``, ``remaining`` and ``reset`` (seconds since 1970)."""
        window, limit = self._window(token, resource), self.most(resource)
        used = min(window.used, limit)
        reset = int(window.until) + 1
        return {"limit": limit, "used": used, "remaining": limit - used, "reset": reset}

    def headers(self, token: str, resource: str) -> dict[str, str]:
        """The headers of every answer."""
        state = self.state(token, resource)
        named = {f"X-RateLimit-{name.capitalize()}": str(n) for name, n in state.items()}
        return named | {"X-RateLimit-Resource": resource}

    def spend(self, token: str, resource: str, cost: int = 1) -> bool:
        """Count a call; whether there was enough left for it."""
        window = self._window(token, resource)
        if window.used + cost > self.most(resource):
            self.refused += 1
            return False
        window.used += cost
        return True

    def give_back(self, token: str, resource: str) -> None:
        """An answer 304 does not count."""
        self._window(token, resource).used -= 1

    def exhausted(self, token: Token | None) -> Answer:
        """The answer to a call for which nothing is left."""
        whose = f"user ID {token.user.id}" if token else "127.0.0.1"
        return Answer.message(403, f"API rate limit exceeded for {whose}.")

    def creation(self, token: str) -> Answer | None:
        """Count a write; the secondary limit's answer where there were too many of them."""
        made, now = self._creations[token], time.monotonic()
        while made and made[0] <= now - 60:
            made.popleft()
        if self.creations_a_minute is not None and len(made) >= self.creations_a_minute:
            self.refused += 1
            return SECONDARY
        made.append(now)
        return None
