"""Git's own smart HTTP server, with tokens and faults, on a port of this machine."""

from __future__ import annotations

import base64
import os
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ456789"  # noqa: S105
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


@dataclass
class Server:
    """Serves the bare repositories of a folder.

    Attributes:
        requests: ``METHOD path`` of each, with the Authorization header that came with it.
        sent: bytes of all answers.
        answers: path prefix → (status, headers, body) given instead of git's answer.
        hang: no request is answered.
        cut: a push is done, and its answer lost.
        resets: ``METHOD path`` prefix → after how many bytes of its answer the connection is reset,
            for each time that it is asked.
        public: anybody may read.
    """

    root: Path
    url: str = ""
    requests: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    hang: bool = False
    cut: bool = False
    resets: dict[str, list[int]] = field(default_factory=dict)
    public: bool = False
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(root: Path, port: int = 0) -> Iterator[Server]:
    server = Server(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self._body())

        def log_message(self, *_: object) -> None:
            pass

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _answer(self, body: bytes) -> None:
            given = self.headers.get("Authorization", "")
            server.requests.append((f"{self.command} {self.path}", given))
            if server.hang:
                server.released.wait(30)
                self.close_connection = True
                return
            for prefix, (status, headers, text) in server.answers.items():
                if f"{self.command} {self.path}".startswith(prefix):
                    self._send(status, headers, text)
                    return
            if given != f"Basic {BASIC}" and not server.public:
                self._send(401, {"WWW-Authenticate": "Basic"}, b"")
                return
            status, headers, text = self._git(body)
            if server.cut and self.path.endswith("/git-receive-pack"):
                self.close_connection = True
                return
            self._send(status, headers, text)

        def _send(self, status: int, headers: dict[str, str], text: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            end = self._reset_at()
            self.wfile.write(text[:end])
            server.sent += len(text[:end])
            if end is not None:
                self.close_connection = True
                # With this a close ends in a reset (socket(7), SO_LINGER).
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )

        def _reset_at(self) -> int | None:
            asked = f"{self.command} {self.path}"
            for prefix, ends in server.resets.items():
                if asked.startswith(prefix) and ends:
                    return ends.pop(0)
            return None

        def _git(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            parts = urlsplit(self.path)
            done = subprocess.run(
                ["git", "http-backend"],
                input=body,
                capture_output=True,
                timeout=60,
                env={
                    "PATH": os.environ["PATH"],
                    "GIT_CONFIG_NOSYSTEM": "1",
                    "GIT_CONFIG_GLOBAL": os.devnull,
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_PROJECT_ROOT": str(server.root),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                    "REMOTE_USER": "ada",
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": parts.path,
                    "QUERY_STRING": parts.query,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                },
            )
            head, _, text = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            return int(headers.pop("Status", "200").split()[0]), headers, text

    http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
