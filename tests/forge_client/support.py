"""A server that answers what it is told to, and a clock that passes only when somebody waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from bot.forge.auth import Token, TokenKind
from bot.forge.client import Client
from bot.forge.limiter import Clock, Limiter

TOKEN = "ghp_" + "S3cret" * 6
START = 1_700_000_000.0
"""What the clock says at first; the server dates its replies by the same clock."""


class FakeClock(Clock):
    """Time passes by waiting only; ``waits`` are all the waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return START + self.now

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.now += seconds
            self.waits.append(seconds)

    def wait(self, changed: threading.Condition, seconds: float) -> None:  # noqa: ARG002
        self.sleep(seconds)


@dataclass(frozen=True)
class Answer:
    """What the server says: a body that is no text is sent as JSON."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


CUT = "cut"
"""No answer: the connection is closed after the request was read."""
HALF = "half"
"""The connection is closed in the middle of the answer."""
HANG = "hang"
"""No answer for as long as the server lives."""

Fault = Answer | str


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class Server:
    """Gives its answers one after the other, the last one for ever.

    ``choose`` may be replaced, to answer by what was asked.
    """

    def __init__(self, *answers: Fault, clock: Clock | None = None) -> None:
        self.answers: list[Fault] = list(answers)
        self.asked: list[Asked] = []
        self.clock = clock or Clock()
        self.choose: Callable[[Asked], Fault] = lambda _: (
            self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        )
        self.lock = threading.Lock()
        self.closed = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.closed.set()
        self.http.shutdown()
        self.http.server_close()

    @property
    def methods(self) -> list[str]:
        return [asked.method for asked in self.asked]

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, json.loads(data) if data else None)
        with self.owner.lock:
            self.owner.asked.append(asked)
            answer = self.owner.choose(asked)
        self.close_connection = True
        with suppress(OSError):
            self._give(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def _give(self, answer: Fault) -> None:
        if answer == HANG:
            self.owner.closed.wait()
        if not isinstance(answer, Answer):
            if answer == HALF:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            return
        body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        self.send_response_only(answer.status)
        headers = {
            "Date": formatdate(self.owner.clock.time(), usegmt=True),
            "Content-Length": str(len(body.encode())),
            "Connection": "close",
            **answer.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@dataclass
class Fixed:
    """Credentials that are one token."""

    value: Token = field(default_factory=lambda: Token(TOKEN, TokenKind.CLASSIC))

    def token(self, repository: str) -> Token:  # noqa: ARG002
        return self.value


def client(server: Server, clock: Clock, **limits: Any) -> Client:
    """A client of the server in a time of its own."""
    return Client(Fixed(), "octo/demo", api_url=server.url, limiter=Limiter(clock=clock, **limits))


def served(clock: Clock, *answers: Fault) -> Server:
    """A server that dates its answers by that clock."""
    return Server(*answers, clock=clock)


def rate_limited(**headers: str) -> dict[str, str]:
    """Headers with dashes for underscores."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
