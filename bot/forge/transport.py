"""One HTTP exchange with GitHub: no retries, no redirects, no limits.

PyGithub's ``Requester`` does not do for this: its connection keeps the request in attributes that
threads share, a 301 is followed without the query, 301 and 202 are repeated without end, and
every answer is read whole, whatever its length.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from bot.forge.errors import Unreachable
from bot.forge.limiter import Clock

if TYPE_CHECKING:
    import requests

_CONNECT_SECONDS = 10
_READ_SECONDS = 30
"""Between two pieces of an answer. GitHub itself gives up on a call after ten."""
_WHOLE_SECONDS = 120
_LONGEST = 64 * 1024 * 1024
_PIECE = 64 * 1024
_CONNECTIONS = 100


class Unsent(Exception):
    """No connection could be made: nothing was asked.

    Attributes:
        lasting: trying again would not help (a certificate is wrong).
    """

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class Cut(Exception):
    """The request may have been read, and the answer was not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What GitHub answered; ``headers`` have their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)

    def json(self) -> Any:
        """The body taken apart. Raises Unreachable where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreachable(
                f"What answered {self.status} in GitHub's place does not speak JSON: "
                "check the address of the API, and proxies on the way",
                self.status,
            ) from None


def exchange(
    clock: Clock, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> Reply:
    """Ask once. Raises Unsent and Cut, which say no more than what kind of failure it was."""
    status, answered, data = read(clock, method, url, headers, body, _LONGEST + 1)
    if len(data) > _LONGEST:
        raise Cut(f"an answer of more than {_LONGEST} bytes")
    return Reply(status, answered, data.decode("utf-8", "replace"))


def read(
    clock: Clock,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    limit: int,
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask once, for at most so many bytes: status, headers, the beginning of the body."""
    import requests
    import urllib3

    try:
        with _session().request(
            method,
            url,
            headers=dict(headers),
            data=body,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            answered = {name.lower(): value for name, value in response.headers.items()}
            return response.status_code, answered, _body(clock, response, limit)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        # Their messages hold addresses and headers, so not even the chain is kept.
        raise _failure(error) from None


def _body(clock: Clock, response: requests.Response, limit: int) -> bytes:
    until = clock.monotonic() + _WHOLE_SECONDS
    pieces = bytearray()
    while len(pieces) < limit:
        piece = response.raw.read1(min(_PIECE, limit - len(pieces)), decode_content=True)
        if not piece:
            break
        pieces += piece
        if clock.monotonic() > until:
            raise Cut(f"an answer that took more than {_WHOLE_SECONDS} seconds")
    return bytes(pieces)


def _failure(error: Exception) -> Unsent | Cut:
    import requests
    import urllib3

    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, urllib3.exceptions.SSLError) and isinstance(
        reason.args[0] if reason.args else None, ssl.SSLCertVerificationError
    ):
        return Unsent("its certificate is not trusted here", lasting=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return Unsent("the proxy does not let it through")
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return Unsent("its name is not known")
    if isinstance(
        reason, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    ):
        return Unsent("no connection could be made")
    if isinstance(error, requests.Timeout) or isinstance(
        reason, urllib3.exceptions.ReadTimeoutError
    ):
        return Cut(f"no answer within {_READ_SECONDS} seconds")
    return Cut("the connection was cut")


@cache
def _session() -> requests.Session:
    import requests

    session = requests.Session()
    # With no authentication of its own a session takes one from ~/.netrc, over the header.
    session.auth = _as_it_is
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    adapter = requests.adapters.HTTPAdapter(pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
