"""Calls that are paced, tried again where that is safe, and end in a reply or a ForgeError.

What is safe: a call that was surely not done (no connection, a rate limit) always, one whose
outcome is unknown (5xx, no answer) only if doing it twice is the same as doing it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

import bot
from bot.forge import transport
from bot.forge.errors import ForgeError, Limited, OutcomeUnknown, Unreachable, bare
from bot.forge.limiter import Clock, Cost, Limiter, Rate
from bot.forge.transport import Cut, Reply, Unsent
from bot.forge.wording import failure, is_limit, said, shown

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

_TRIES = 5
"""Of a call that meets 5xx or no answer: some fifteen seconds, if GitHub doesn't ask for more."""

_LIMITS = 8
"""Rate limits that one call meets before it gives up, short as they may be."""

_LEAST = 1.0
"""Seconds: a limit that is over already when its end arrives."""

_DIGITS = 15
"""Of a number in a header; longer ones are none of GitHub's."""

_MINUTE = 60.0
_HOUR = 3600.0

_REDIRECTS = 3
_MOVED = (301, 302, 307, 308)
_GONE = (404, 410)

_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")

_JSON = "application/vnd.github+json"
_VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True)
class Call:
    """A request.

    Attributes:
        url: of the API, whole.
        repeatable: doing it twice is the same as doing it once.
        what: its name in messages.
        accept: media type; "" is GitHub's JSON.
        elsewhere: the answer is the address of another place, which is not followed here.
    """

    method: str
    url: str
    cost: Cost
    repeatable: bool
    what: str
    accept: str = ""
    body: bytes | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """In whose name a call is made.

    Attributes:
        authorization: the header's value.
        account: whose limits GitHub counts against.
    """

    authorization: str = field(repr=False)
    account: str


class Held(Exception):
    """A rate limit: the call was not done.

    Attributes:
        seconds: how long it lasts; None where GitHub did not say.
    """

    def __init__(self, reply: Reply, clock: Clock) -> None:
        super().__init__(said(reply) or str(reply.status))
        self.seconds = _held_seconds(reply.headers, clock)


class Trouble(Exception):
    """5xx, no answer or no connection, for a call that may be tried again.

    Attributes:
        error: what it comes to in the end.
        seconds: how long GitHub asks to wait.
    """

    def __init__(self, error: ForgeError, seconds: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.seconds = seconds


def uncertain(call: Call, why: str, reply: Reply | None, clock: Clock) -> Trouble | OutcomeUnknown:
    """What to raise where a call may have been done or not. ``why`` is a few words."""
    status = reply.status if reply else 0
    if not call.repeatable:
        return OutcomeUnknown(
            f"GitHub did not say whether it has done {call.what} ({why}): "
            "look before doing it again",
            status,
        )
    asked = _held_seconds(reply.headers, clock) if reply else None
    return Trouble(
        Unreachable(f"GitHub gives no answer to {call.what} ({why}): try again later", status),
        asked or 0.0,
    )


class Calls:
    """Makes calls to one API.

    Attributes:
        api_url: ``https://api.github.com`` or ``https://HOST/api/v3``, no slash at the end.
        limiter: which all calls go through.
        sent: requests sent so far, tries and redirects included.
    """

    def __init__(
        self, api_url: str, identity: Callable[[], Identity], limiter: Limiter, advice: str
    ) -> None:
        """``identity`` is asked before each try, as tokens expire; ``advice``: what to do about a
        token that GitHub does not know. Raises ForgeError for an address that takes no token."""
        self.api_url = api_url.rstrip("/")
        _check(self.api_url)
        self.limiter = limiter
        self.sent = 0
        self._identity = identity
        self._advice = advice
        self._lock = Lock()

    def run(self, call: Call, read: Callable[[Reply], T]) -> T:
        """Make a call until it has a reply: what ``read`` makes of it.

        ``read`` may raise Held and Trouble, and so have the call tried again. Raises ForgeError.
        """
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            stop_after_attempt,
            wait_exponential,
            wait_random,
        )

        clock = self.limiter.clock
        deadline = clock.monotonic() + self.limiter.longest
        tried = _Tried()
        minutes = wait_exponential(_MINUTE, max=_HOUR) + wait_random(0, 15)
        moments = wait_exponential(1, max=20) + wait_random(0, 1)

        def held_for(state: RetryCallState) -> float:
            seconds = _raised(state, Held).seconds
            return minutes(state) if seconds is None else seconds

        def off_for(state: RetryCallState) -> float:
            return max(moments(state), _raised(state, Trouble).seconds)

        def enough(state: RetryCallState) -> bool:
            late = clock.monotonic() + state.upcoming_sleep > deadline
            return late or state.attempt_number >= _TRIES

        through_limits = Retrying(
            retry=retry_if_exception_type(Held),
            stop=stop_after_attempt(_LIMITS),
            wait=held_for,
            # The next try waits for it in the limiter, and so do the other threads.
            sleep=lambda seconds: self.limiter.hold(tried.account, seconds),
            reraise=True,
        )
        through_trouble = Retrying(
            retry=retry_if_exception_type(Trouble),
            stop=enough,
            wait=off_for,
            sleep=clock.sleep,
            reraise=True,
        )
        error: ForgeError
        try:
            return through_limits(
                lambda: through_trouble(lambda: self._try(call, read, tried, deadline))
            )
        except Trouble as trouble:
            error = trouble.error
        except Held as held:
            error = Limited(
                f"GitHub limits {call.what} again and again ({held}): "
                "run again later, and fewer runs at the same time",
                429,
                held.seconds or _MINUTE,
            )
        except ForgeError as other:
            error = other
        try:
            raise bare(error)
        finally:
            del error  # it names this frame, and this frame would name it

    def _try(self, call: Call, read: Callable[[Reply], T], tried: _Tried, deadline: float) -> T:
        tried.account = self._identity().account
        self.limiter.wait(tried.account, call.cost, deadline)
        # That may have taken longer than a token lasts. A new one takes a slot too, so it is had
        # before there is one for the call.
        identity = self._identity()
        with self.limiter.slot(identity.account, call.cost, deadline):
            try:
                reply = self._exchange(call, identity.authorization)
            except Cut as cut:
                tried.uncertain = True
                raise uncertain(call, str(cut), None, self.limiter.clock) from None
        if (rate := _rate(reply.headers, call.cost)) is not None:
            self.limiter.note(identity.account, rate)
        if is_limit(reply):
            raise Held(reply, self.limiter.clock)
        if reply.status >= 500:
            tried.uncertain = True
            why = f"{reply.status} {said(reply)}".rstrip()
            raise uncertain(call, why, reply, self.limiter.clock)
        done_before = call.method == "DELETE" and tried.uncertain and reply.status in _GONE
        found = call.elsewhere and reply.status in _MOVED
        if reply.status >= 300 and not done_before and not found:
            raise failure(reply, call.what, self._advice)
        return read(reply)

    def _exchange(self, call: Call, authorization: str) -> Reply:
        """Ask, and again where GitHub says that a renamed repository is: it has done nothing."""
        headers = {
            "Accept": call.accept or _JSON,
            "Authorization": authorization,
            "User-Agent": f"clearance/{bot.__version__}",
            "X-GitHub-Api-Version": _VERSION,
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        url = call.url
        reply = self._ask(call, url, headers)
        for _ in range(_REDIRECTS):
            url = urljoin(url, reply.headers.get("location", ""))
            inside = url.startswith(f"{self.api_url}/")
            if reply.status not in _MOVED or call.elsewhere or not inside:
                break
            reply = self._ask(call, url, headers)
        return reply

    def _ask(self, call: Call, url: str, headers: Mapping[str, str]) -> Reply:
        with self._lock:
            self.sent += 1
        try:
            return transport.exchange(self.limiter.clock, call.method, url, headers, call.body)
        except Unsent as unsent:
            error = Unreachable(
                f"{shown(urlsplit(url).netloc)} can't be reached for {call.what} ({unsent}): "
                "check the network, the address of the API, and proxies on the way"
            )
            raise (error if unsent.lasting else Trouble(error)) from None


class _Tried:
    """What the tries of one call have met so far.

    Attributes:
        account: whose limits the last one counted against.
        uncertain: one of them may have been done.
    """

    def __init__(self) -> None:
        self.account = ""
        self.uncertain = False


E = TypeVar("E", bound=Exception)


def _raised(state: RetryCallState, kind: type[E]) -> E:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, kind)  # noqa: S101 - what is retried is of that kind
    return error


def _check(api_url: str) -> None:
    parts = urlsplit(api_url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in _THIS_MACHINE:
        return
    raise ForgeError(
        f"No token is sent to {shown(api_url)}: set an address of the API that begins with https://"
    )


def _held_seconds(headers: Mapping[str, str], clock: Clock) -> float | None:
    """How long GitHub asks to wait: ``Retry-After``, else the reset of an empty limit."""
    now = server_time(headers, clock)
    after = headers.get("retry-after", "").strip()
    reset = headers.get("x-ratelimit-reset", "").strip()
    if after.isdecimal():
        return max(_LEAST, float(after))
    if (moment := _moment(after)) is not None:
        return max(_LEAST, moment - now)
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and reset.isdecimal():
        return max(_LEAST, float(reset) - now)
    return None


def _rate(headers: Mapping[str, str], cost: Cost) -> Rate | None:
    """What a reply tells of the limit that it counted against; None where it tells nothing."""
    most, left, until = (
        headers.get(f"x-ratelimit-{name}", "").strip() for name in ("limit", "remaining", "reset")
    )
    if not all(one.isdecimal() and len(one) < _DIGITS for one in (most, left, until)):
        return None
    resource = headers.get("x-ratelimit-resource", "") or ("graphql" if cost.graphql else "core")
    return Rate(resource, int(left), int(most), float(until))


def server_time(headers: Mapping[str, str], clock: Clock) -> float:
    """Seconds since 1970 by the clock that GitHub's times are meant by, which may not be ours."""
    moment = _moment(headers.get("date", ""))
    return clock.time() if moment is None else moment


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
