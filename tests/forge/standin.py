"""A stand-in for api.github.com and ghcr.io that enforces permissions as GitHub does.

``StandIn`` serves both on one port of 127.0.0.1 and on a unix socket::

    with StandIn() as github:
        github.allow("a-token", {"contents": "write"})
        run(GITHUB_API_URL=github.url, TOKEN="a-token")
        assert github.releases == {}
"""

from __future__ import annotations

import base64
import binascii
import secrets
import shutil
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from bot.permissions.scopes import SCOPES
from tests.forge.answers import Answer, Call, Failure, Identity, Request, TokenKind
from tests.forge.endpoints import HEAD, Forge

__all__ = ["HEAD", "Answer", "Call", "Failure", "StandIn"]

Match = Callable[[str, str], bool]
"""Takes a method and a path (no query)."""


class StandIn:
    """GitHub, as far as a workflow's token sees it.

    Attributes:
        url: of the API, ``http://127.0.0.1:PORT``; ``registry`` is the same without the scheme.
        socket: a unix socket with the same behind it, for ``gh config set http_unix_socket``.
        calls: what came in, in the order of the answers; with those that hang (status 0).
        releases: id → release, drafts included. ``tags``, ``branches`` and ``uploads`` (open
            sessions of the registry, by id) are what there is besides.
    """

    def __init__(self) -> None:
        forge = Forge()
        self._forge = forge
        self.releases = forge.releases
        self.tags = forge.tags
        self.branches = forge.branches
        self.uploads = forge.uploads
        self.calls: list[Call] = []
        self._rules: list[tuple[Match, Answer | Failure]] = []
        self._delays: list[tuple[Match, float]] = []
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._directory = Path(tempfile.mkdtemp(prefix="standin-"))
        self.socket = self._directory / "socket"
        handler = type("Handler", (_Handler,), {"standin": self})
        tcp = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.registry = f"127.0.0.1:{tcp.server_address[1]}"
        self.url = f"http://{self.registry}"
        forge.url = self.url
        self._servers = (tcp, _UnixServer(str(self.socket), handler))

    def __enter__(self) -> Self:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._closed.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def allow(
        self,
        token: str,
        grants: Mapping[str, str],
        *,
        repository: str = "octo/demo",
        kind: TokenKind = "installation",
        expires: datetime | None = None,
    ) -> None:
        """Make a token known, or change what it may do.

        ``grants`` are permissions and their levels (``contents: write``), for a classic token its
        scopes and anything. ``ValueError``: no workflow's token (``installation``) can have that.
        """
        named = {name.replace("_", "-"): level for name, level in grants.items()}
        if kind == "installation" and not named.keys() <= set(SCOPES):
            raise ValueError(f"not for GITHUB_TOKEN: {sorted(named.keys() - set(SCOPES))}")
        if kind == "classic":
            named = dict.fromkeys(grants, "write")
        self._forge.identities[token] = Identity(named, repository, kind, expires)

    def answer(self, match: Match, failure: Failure | Answer) -> None:
        """From now on requests that match get this, and nothing is done for them."""
        self._rules.insert(0, (match, failure))

    def delay(self, match: Match, seconds: float) -> None:
        """From now on requests that match are done at once, and answered that much later."""
        self._delays.insert(0, (match, seconds))

    def handle(self, request: Request, at: float) -> Answer | Failure:
        """Do what a request asks for. Not for tests: the servers call it."""
        with self._lock:
            rule = next(
                (a for match, a in self._rules if match(request.method, request.path)), None
            )
            answer = rule or self._forge.answer(request)
            if isinstance(answer, Failure) and isinstance(answer.value, Answer):
                answer = answer.value
            status = answer.status if isinstance(answer, Answer) else 0
            path = request.path + (f"?{request.query}" if request.query else "")
            self.calls.append(Call(request.method, path, request.token, status, at))
        pause = next((s for match, s in self._delays if match(request.method, request.path)), 0.0)
        if answer is Failure.HANG:
            self._closed.wait()
        elif pause:
            self._closed.wait(pause)
        return answer

    def token_of(self, authorization: str) -> str:
        """The token in an ``Authorization`` header, behind a bearer of the registry too."""
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        if scheme.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                return base64.b64decode(value).decode().partition(":")[2]
            return ""
        return self._forge.bearers.get(value, value)


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    standin: StandIn
    protocol_version = "HTTP/1.1"
    server_version = "GitHub.com"
    sys_version = ""
    timeout = 30

    def handle_any(self) -> None:
        """Read a request, and write its answer."""
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        path, _, query = self.path.partition("?")
        token = self.standin.token_of(self.headers.get("Authorization", ""))
        request = Request(self.command, path, query, token, body)
        answer = self.standin.handle(request, time.monotonic())
        self.close_connection = True
        with suppress(OSError):
            self._write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _write(self, answer: Answer | Failure) -> None:
        if answer is Failure.HANG:
            return
        if answer is Failure.CUT:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"id": 1, "url": "http')
            return
        answer = cast("Answer", answer)
        self.send_response(answer.status)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(answer.body)),
            "X-GitHub-Request-Id": secrets.token_hex(8).upper(),
            "Connection": "close",
        }
        for name, value in (headers | dict(answer.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the calls are kept."""
