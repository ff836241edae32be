"""git over HTTP: a real ``git http-backend``, behind GitHub's rules about who may do what."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from tests.forge.answers import Answer
from tests.forge.bare import ZERO
from tests.forge.people import Token
from tests.forge.repository import Refusal, Repository
from tests.forge.rights import may_push, sees, workflow_refusal
from tests.forge.world import World

SERVICES = ("git-upload-pack", "git-receive-pack")
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"'}


@dataclass(frozen=True, slots=True)
class GitRequest:
    """A request of git's: ``below`` is ``info/refs`` or the service itself."""

    method: str
    full_name: str
    below: str
    query: str
    service: str
    headers: Message
    body: bytes


@dataclass(slots=True)
class _Push:
    token: Token
    repository: Repository
    allowed: list[tuple[str, str]] = field(default_factory=list)


def hooks(folder: Path) -> Path:
    """A folder of hooks for the repositories, made in ``folder``."""
    made = folder / "hooks"
    made.mkdir()
    script = Path(__file__).with_name("proc_receive.py")
    hook = made / "proc-receive"
    command = shlex.join([sys.executable, "-S", "-E", str(script)])
    hook.write_text(f"#!/bin/sh\nexec {command}\n")
    hook.chmod(0o755)
    return made


def _plain(status: int, text: str, **headers: str) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8", **headers})


class GitServer:
    """Answers git's requests, and the hook's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._pushes: dict[str, _Push] = {}

    def answer(self, request: GitRequest, token: Token | None, *, wrong: bool) -> Answer:
        """The answer; ``wrong``: it came with a token that nobody knows."""
        with self._world.lock:
            found = self._find(request, token, wrong=wrong)
        if isinstance(found, Answer):
            return found
        if request.service == "git-receive-pack" and token is not None:
            return self._push(request, found, token)
        return self._run(request, found, {})

    def _find(
        self, request: GitRequest, token: Token | None, *, wrong: bool
    ) -> Repository | Answer:
        if wrong:
            said = "Invalid username or token. Password authentication is not supported for Git "
            return Answer(401, f"{said}operations.\n".encode(), _CHALLENGE | _TEXT)
        place, old = self._world.find(request.full_name)
        writes = request.service == "git-receive-pack"
        if place is None or not sees(token, place) or not place.ready:
            if token is None:
                return Answer(401, b"Repository not found.\n", _CHALLENGE | _TEXT)
            return _plain(404, "Repository not found.\n")
        if place.disabled:
            return _plain(403, "Access to this repository has been disabled by GitHub staff.\n")
        if old and request.below == "info/refs":
            where = f"{place.clone_url}/info/refs?{request.query}"
            return _plain(301, "", Location=where)
        if writes and token is None:
            return Answer(401, b"No anonymous write access.\n", _CHALLENGE | _TEXT)
        if writes and not may_push(token, place):
            login = token.user.login if token else ""
            return _plain(403, f"Permission to {place.full_name}.git denied to {login}.\n")
        if writes and place.archived:
            return _plain(403, "This repository was archived so it is read-only.\n")
        return place

    def _push(self, request: GitRequest, place: Repository, token: Token) -> Answer:
        nonce = secrets.token_hex(8)
        push = self._pushes[nonce] = _Push(token, place)
        where = f"{self._world.base}/_push/{nonce}"
        answer = self._run(request, place, {"STANDIN_PUSH": where, "REMOTE_USER": token.user.login})
        with self._world.lock:
            del self._pushes[nonce]
            refs = place.git.refs()
            for ref, new in push.allowed:
                if refs.get(ref) == (None if new == ZERO else new):
                    place.moved(ref, token.user)
        return answer

    def verdict(self, nonce: str, body: bytes) -> Answer:
        """What the hook is to say of a push: ``said`` lines, and each ref's reason or nothing."""
        push = self._pushes[nonce]
        said: list[str] = []
        refs: list[tuple[str, str]] = []
        with self._world.lock:
            for old, new, ref in json.loads(body):
                try:
                    push.repository.check_push(ref)
                    self._check_workflows(push, old, new)
                except Refusal as error:
                    said += error.said
                    refs.append((ref, error.reason))
                    continue
                push.allowed.append((ref, new))
                refs.append((ref, ""))
        return Answer.json(200, {"said": said, "refs": refs})

    def _check_workflows(self, push: _Push, old: str, new: str) -> None:
        git = push.repository.git
        if new == ZERO or git.find(f"{new}^{{commit}}") is None:
            return
        known = [f"^{oid}" for oid in {*push.repository.branches.values(), old} - {ZERO}]
        paths: set[str] = set()
        for line in git.run("rev-list", "--parents", new, *known).splitlines():
            commit, *parents = line.split(" ")
            paths.update(git.changed(parents[0] if parents else None, commit))
        refused = workflow_refusal(push.token, tuple(paths))
        if refused:
            raise Refusal(refused)

    def _run(self, request: GitRequest, place: Repository, more: Mapping[str, str]) -> Answer:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_PROJECT_ROOT": str(place.git.folder.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{place.git.folder.name}/{request.below}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query,
            "CONTENT_TYPE": str(request.headers.get("Content-Type", "")),
            "CONTENT_LENGTH": str(len(request.body)),
            "REMOTE_ADDR": "127.0.0.1",
        }
        for name in ("Git-Protocol", "Content-Encoding"):
            value = request.headers.get(name)
            if value:
                key = "GIT_PROTOCOL" if name == "Git-Protocol" else "HTTP_CONTENT_ENCODING"
                environment[key] = value
        done = subprocess.run(
            ["git", "http-backend"],
            input=request.body,
            capture_output=True,
            env=environment | dict(more),
            check=False,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = (line.partition(":") for line in head.decode().split("\r\n") if line)
        headers = {name.strip(): value.strip() for name, _, value in lines}
        status = int(headers.pop("Status", "200" if head else "500")[:3])
        return Answer(status, body, headers)


_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
