"""The pace of calls: GitHub's limits are kept before GitHub has to say so.

The figures are those of GitHub's documentation on secondary rate limits.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.forge.errors import Limited

_MINUTE = 60.0
_HOUR = 3600.0

_REST_POINTS = 900
_GRAPHQL_POINTS = 2000
_READ = 1
_WRITE = 5

RESOURCES: Mapping[str, str] = {"core": "REST", "graphql": "GraphQL"}
"""What GitHub calls those of its limits for an hour that people are told of, and what people do."""


class Clock:
    """Time, as the limiter and the retries see it; tests have one of their own."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Do nothing for that long."""
        time.sleep(seconds)

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        """Until another thread reports a change, at most that long. The condition is held."""
        changed.wait(seconds)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call counts for.

    Attributes:
        graphql: it counts against the points of GraphQL, not of REST.
        write: it may change something: five points, not one.
        content: it makes or changes something that people see (and are notified of).
    """

    graphql: bool = False
    write: bool = False
    content: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit of this program's own is used; ``of``: such as ``changes a minute``."""

    used: int
    most: int
    of: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What GitHub says of one of its own limits.

    Attributes:
        resource: its name there: ``core``, ``graphql``, ``search``.
        left: what may still be had of it.
        most: what may be had of it in an hour.
        until: when it begins anew, in seconds since 1970.
    """

    resource: str
    left: int
    most: int
    until: float


@dataclass(frozen=True, slots=True)
class Wait:
    """What a call waits for, and until when, in seconds since 1970."""

    why: str
    until: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The limits as they stand.

    Attributes:
        changes: how many calls changed something that people see.
        uses: of the limits for these.
        rates: GitHub's own limits; where there are several accounts, each for the one that has
            the smallest share left.
        wait: the longest of what calls wait for; None where none waits.
    """

    changes: int
    uses: tuple[Use, ...]
    rates: tuple[Rate, ...]
    wait: Wait | None


class Limiter:
    """Lets calls through, from any thread, no faster than GitHub takes them.

    Attributes:
        clock: what tells the time here; retries use it too.
        longest: seconds that a call waits at most, for all its tries together.
        waited: seconds that calls have waited for their turn, all together.
    """

    def __init__(
        self,
        *,
        concurrent: int = 80,
        content_per_minute: int = 80,
        content_per_hour: int = 500,
        longest: float = 15 * _MINUTE,
        clock: Clock | None = None,
    ) -> None:
        if min(concurrent, content_per_minute, content_per_hour) < 1:
            raise ValueError("a limit below one lets no call through")
        self.clock = clock or Clock()
        self.longest = longest
        self.waited = 0.0
        self._changed = threading.Condition()
        self._held: dict[str, float] = {}
        self._stopped = False
        self._changes = 0
        self._rates: dict[tuple[str, str], Rate] = {}
        self._waits: dict[int, Wait] = {}
        self._flying = _Window(concurrent, 0, "calls at once")
        self._rest = _Window(_REST_POINTS, _MINUTE, "points a minute for REST calls")
        self._graphql = _Window(_GRAPHQL_POINTS, _MINUTE, "points a minute for GraphQL calls")
        self._content = (
            _Window(content_per_minute, _MINUTE, "changes a minute"),
            _Window(content_per_hour, _HOUR, "changes an hour"),
        )

    def hold(self, account: str, seconds: float) -> None:
        """Let no call of that account begin for so long: GitHub has said so."""
        with self._changed:
            until = self.clock.monotonic() + seconds
            self._held[account] = max(until, self._held.get(account, until))

    def stop(self) -> None:
        """Let no call begin any more: whoever waits or comes is refused, as an end is wanted."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait(self, account: str, cost: Cost, deadline: float) -> None:
        """Wait until a call could begin, and let nothing begin.

        ``account`` is whose limits GitHub counts against; ``deadline`` is a time of the monotonic
        clock. Raises Limited as soon as it is clear that the wait would go beyond it.
        """
        with self._changed:
            self._wait(account, self._windows(cost), deadline)

    @contextmanager
    def slot(self, account: str, cost: Cost, deadline: float) -> Iterator[None]:
        """Wait as ``wait`` does, and begin; the call has ended when the context has."""
        windows = self._windows(cost)
        with self._changed:
            self._wait(account, windows, deadline)
            self._changes += cost.content
            for window, weight in windows:
                window.enter(weight)
        try:
            yield
        finally:
            with self._changed:
                now = self.clock.monotonic()
                for window, weight in windows:
                    window.leave(now, weight)
                self._changed.notify_all()

    def note(self, account: str, rate: Rate) -> None:
        """Remember what GitHub says of a limit of that account."""
        with self._changed:
            self._rates[account, rate.resource] = rate

    def pace(self) -> Pace:
        """The limits as they stand."""
        with self._changed:
            now = self.clock.monotonic()
            uses = tuple(Use(one.used(now), one.most, one.unit) for one in self._content)
            fresh = [one for one in self._rates.values() if one.until > self.clock.time()]
            least: dict[str, Rate] = {}
            for one in sorted(fresh, key=lambda rate: rate.left / max(rate.most, 1)):
                least.setdefault(one.resource, one)
            wait = max(self._waits.values(), key=lambda one: one.until, default=None)
            return Pace(self._changes, uses, tuple(least.values()), wait)

    def soonest(self, changes: int) -> float:
        """Seconds until so many more calls that change something can have begun, at the least."""
        with self._changed:
            now = self.clock.monotonic()
            return max(one.soonest(now, changes) for one in self._content)

    def _windows(self, cost: Cost) -> _Windows:
        points = self._graphql if cost.graphql else self._rest
        content = self._content if cost.content else ()
        return (
            (self._flying, 1),
            (points, _WRITE if cost.write else _READ),
            *((window, 1) for window in content),
        )

    def _wait(self, account: str, windows: _Windows, deadline: float) -> None:
        me = threading.get_ident()
        while True:
            if self._stopped:
                raise Limited("The program was told to end: run it again", 429, 0.0)
            now = self.clock.monotonic()
            held = self._held.get(account, now) - now
            waits = [(window.wait(now, weight), window) for window, weight in windows]
            seconds = max(held, *(wait for wait, _ in waits))
            if seconds <= 0:
                return
            # For a call to end nobody knows how long to wait, and it is never long.
            lasting = not math.isinf(seconds)
            slowest = None if seconds == held else max(waits, key=lambda w: w[0])[1]
            if (seconds + now if lasting else now) > deadline or now >= deadline:
                raise self._limited(seconds, slowest)
            if lasting:
                self._waits[me] = Wait(_limit(slowest), self.clock.time() + seconds)
            try:
                self.clock.wait(self._changed, min(seconds, deadline - now))
            finally:
                self._waits.pop(me, None)
            self.waited += self.clock.monotonic() - now

    def _limited(self, seconds: float, window: _Window | None) -> Limited:
        if math.isinf(seconds):
            seconds = 0.0
        until = datetime.fromtimestamp(self.clock.time() + seconds, UTC)
        why = _limit(window)
        if window is not None:
            why = f"T{why[1:]}, which this program keeps,"
        return Limited(
            f"{why} lasts until {until:%H:%M:%S} UTC, "
            f"longer than the {self.longest / _MINUTE:.0f} minutes to wait at most: "
            "run again after that",
            429,
            seconds,
        )


def _limit(window: _Window | None) -> str:
    """A limit in words; None for one of GitHub's own."""
    if window is None:
        return "GitHub's rate limit for this token"
    return f"the limit of {window.most} {window.unit}"


class _Window:
    """At most so many points in any span of so many seconds.

    A call counts from its start until that long after its end: GitHub may have counted it at any
    time in between.
    """

    def __init__(self, most: int, seconds: float, unit: str) -> None:
        self.most = most
        self.unit = unit
        self._seconds = seconds
        self._flying = 0
        self._landed: deque[tuple[float, int]] = deque()
        self._weight = 0

    def wait(self, now: float, weight: int) -> float:
        """Seconds until so many points more may be had; inf: not before some call ends."""
        while self._landed and self._landed[0][0] <= now:
            self._weight -= self._landed.popleft()[1]
        excess = self._flying + self._weight + weight - self.most
        if excess <= 0:
            return 0.0
        for expires, freed in self._landed:
            excess -= freed
            if excess <= 0:
                return expires - now
        return math.inf

    def used(self, now: float) -> int:
        """Points that count at this moment."""
        return self._flying + sum(weight for expires, weight in self._landed if expires > now)

    def soonest(self, now: float, count: int) -> float:
        """Seconds until so many more calls of one point can have begun, at the least.

        Each takes the place of the one that came so many calls before it as the limit allows.
        """
        before = [
            expires for expires, weight in self._landed if expires > now for _ in range(weight)
        ]
        before += [now + self._seconds] * self._flying
        last = len(before) + count - 1
        rounds, place = divmod(last, self.most)
        if count < 1 or not rounds:
            return 0.0
        first = before[place] - now if place < len(before) else self._seconds
        return first + (rounds - 1) * self._seconds

    def enter(self, weight: int) -> None:
        self._flying += weight

    def leave(self, now: float, weight: int) -> None:
        self._flying -= weight
        self._weight += weight
        self._landed.append((now + self._seconds, weight))


_Windows = tuple[tuple[_Window, int], ...]
"""With what the call counts for in each."""

PROCESS = Limiter()
"""The one that all clients of this process share, unless told otherwise."""
