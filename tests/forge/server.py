"""The stand-in's sockets."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from tests.forge.answers import Answer
from tests.forge.gitserver import SERVICES
from tests.forge.service import Incoming, Service


class Server(ThreadingHTTPServer):
    """Serves one :class:`Service` on a free port of this machine."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> str:
        """Begin, and say where: ``http://127.0.0.1:PORT``."""
        self._thread.start()
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """End; whoever waits for an answer gets none."""
        self.service.closed.set()
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """A caller that goes away is no error; what fails here is kept for the test."""
        if not isinstance(sys.exc_info()[1], OSError):
            self.service.problems.append(f"the stand-in failed:\n{traceback.format_exc()}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "github.com"
    sys_version = ""
    timeout = 60
    # Without it an answer's last packet waits for the caller's acknowledgement.
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        """Read a request, and write its answer."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        body = self._body()
        path, _, query = self.path.partition("?")
        headers = self.headers
        service = cast("Server", self.server).service
        answer = service.handle(Incoming(self.command, path, query, headers, body))
        if answer is None:
            self._cut(path)
            return
        with suppress(OSError):
            self._write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def _cut(self, path: str) -> None:
        self.close_connection = True
        with suppress(OSError):
            if path.endswith(SERVICES):
                # Where nothing at all comes back, git's HTTP library asks a second time.
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0")
            self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while length := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-GitHub-Request-Id": secrets.token_hex(8).upper(),
            "X-GitHub-Media-Type": "github.v3; format=json",
        }
        if answer.status not in (204, 304):
            headers["Content-Length"] = str(len(answer.body))
        for name, value in (headers | dict(answer.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if answer.stalls:
            self.close_connection = True
            self.wfile.write(answer.body[: len(answer.body) // 2])
            cast("Server", self.server).service.closed.wait()
        elif self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the exchanges are kept."""
