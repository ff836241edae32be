"""How long a sweep will still take: by what it did so far, and by what the limits allow."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from bot.forge.limiter import Limiter, Pace, Rate
from bot.sweep.publisher import PUBLISHERS
from bot.sweep.tally import Tally

_HOUR = 3600.0
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """A sweep at one moment.

    Attributes:
        tally: as it was then.
        pace: of the calls.
        now: in seconds since 1970.
        seconds: that it has taken so far.
        per_minute: repositories that are looked at, a minute; 0 where that is not known.
        left: seconds that it will still take; None where that is not known.
    """

    tally: Tally
    pace: Pace
    now: float
    seconds: float
    per_minute: float
    left: float | None

    @property
    def total(self) -> int:
        """Repositories that there are, as far as is known."""
        return self.tally.found if self.tally.whole else max(self.tally.found, self.tally.expected)


@dataclass(slots=True)
class Watch:
    """Looks at a sweep again and again, to see how fast it goes.

    Attributes:
        limiter: of the one that publishes; it tells the time, too.
        publishers: repositories that are published at a time.
    """

    tally: Tally
    limiter: Limiter
    publishers: int = PUBLISHERS
    _began: float = field(init=False)
    _looking: float = field(default=0.0, init=False)
    _acting: tuple[float, float] | None = field(default=None, init=False)
    """When publishing began, and how long calls had waited until then."""
    _rates: dict[str, Rate] = field(default_factory=dict, init=False)
    _spent: dict[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._began = self.limiter.clock.monotonic()

    def look(self) -> Outlook:
        """How it stands now."""
        tally, pace = replace(self.tally), self.limiter.pace()
        now, clock = self.limiter.clock.time(), self.limiter.clock.monotonic()
        seconds = clock - self._began
        if self._acting is None and pace.changes:
            self._acting = clock, self.limiter.waited
        self._spend(pace)
        if not tally.whole or tally.looked < tally.found:
            self._looking = seconds
        per_minute = tally.looked * _MINUTE / self._looking if self._looking > 0 else 0.0
        seen = Outlook(tally, pace, now, seconds, per_minute, None)
        return replace(seen, left=self._left(seen, clock))

    def _spend(self, pace: Pace) -> None:
        """Count what is taken of GitHub's own limits."""
        for rate in pace.rates:
            before = self._rates.get(rate.resource)
            if before is not None:
                start = before.left if before.until == rate.until else rate.most
                spent = self._spent.get(rate.resource, 0) + max(start - rate.left, 0)
                self._spent[rate.resource] = spent
            self._rates[rate.resource] = rate

    def _left(self, seen: Outlook, clock: float) -> float | None:
        tally = seen.tally
        if not tally.looked or not (tally.whole or tally.expected):
            return None
        scans = max(seen.total - tally.looked, 0)
        changes = tally.to_do - tally.done - tally.held + scans * tally.to_do / tally.looked
        # Nothing is published before all are found: one comes behind the other.
        apart = scans * self._looking / tally.looked + self._publishing(tally, changes, seen, clock)
        share = (scans + changes) / (tally.looked + tally.done)
        wait = seen.pace.wait.until - seen.now if seen.pace.wait else 0.0
        return max(apart, wait, *(self._fetching(one, share, seen.now) for one in seen.pace.rates))

    def _publishing(self, tally: Tally, changes: float, seen: Outlook, clock: float) -> float:
        """Seconds until so many more repositories are published."""
        if changes <= 0:
            return 0.0
        # Those that were begun tell how many calls one takes; each takes one at the least.
        calls = max(seen.pace.changes / tally.begun, 1) if tally.begun else 1
        limited = self.limiter.soonest(
            math.ceil((tally.done + changes) * calls - seen.pace.changes)
        )
        if self._acting is None or not tally.done:
            return limited
        since, before = self._acting
        # What the limits take is in the estimate already.
        busy = clock - since - (self.limiter.waited - before) / self.publishers
        return max(limited, changes * max(busy, 0.0) / tally.done)

    def _fetching(self, rate: Rate, share: float, now: float) -> float:
        """Seconds for which a limit of GitHub's makes the rest last.

        ``share``: how much there is still to do, beside what was done.
        """
        lacking = self._spent.get(rate.resource, 0) * share - rate.left
        if lacking <= 0 or rate.most <= 0:
            return 0.0
        return rate.until - now + (math.ceil(lacking / rate.most) - 1) * _HOUR
