"""What happens to each request: faults, tokens, limits, the answer, its validation and the log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message

from tests.forge import rest, rest_actions, rest_apps, rest_pulls, rest_repositories
from tests.forge.answers import Answer, Request
from tests.forge.exchanges import Exchange, Log
from tests.forge.faults import Call, Cut, Faults
from tests.forge.gitserver import SERVICES, GitRequest, GitServer
from tests.forge.graph import TOO_LONG, asks, limited, operation, price, without_kinds
from tests.forge.graph import answer as graph_answer
from tests.forge.limits import Limits
from tests.forge.people import Token, TokenKind
from tests.forge.schemas import openapi
from tests.forge.schemas_graphql import answer_problems, query_problems
from tests.forge.world import World

_GIT = re.compile(r"/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_OF_APPS = re.compile(r"/app(/.*)?|/(?:repos/[^/]+/[^/]+|(?:orgs|users)/[^/]+)/installation")
_LOGS = re.compile(r"/_logs/(\d+)/(\d+)")
# The packages that answer register themselves when they are loaded.
_ROUTES = (rest_actions, rest_apps, rest_pulls, rest_repositories)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came in; ``headers`` has names in any case."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes

    @property
    def credentials(self) -> str:
        """The token that it came with; empty without any."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            with suppress(binascii.Error, UnicodeDecodeError):
                return base64.b64decode(value).decode().partition(":")[2]
            return "?"
        return value.strip()


@dataclass
class Service:
    """The stand-in without its sockets; ``problems`` is what validation found."""

    world: World
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=Log)
    problems: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.git = GitServer(self.world)

    def handle(self, incoming: Incoming) -> Answer | None:
        """The answer; ``None``: the connection ends without one."""
        if incoming.path.startswith("/_push/"):
            return self.git.verdict(incoming.path.removeprefix("/_push/"), incoming.body)
        kind, path, name = _sorted(incoming)
        call = Call(incoming.method, path, name, incoming.credentials)
        fault = self.faults.next(call)
        answer: Answer | None = None
        if fault is None or fault in (Cut.AFTER, Cut.HANG_AFTER, Cut.STALL):
            answer = self._done(kind, path, name, incoming)
        elif isinstance(fault, Answer):
            answer = fault
        gone = isinstance(fault, Cut)
        self._keep(kind, path, name, incoming, None if gone else answer)
        if fault in (Cut.HANG, Cut.HANG_AFTER):
            self.closed.wait()
        if fault is Cut.STALL and answer is not None:
            return replace(answer, stalls=True)
        return None if gone else answer

    def _keep(
        self, kind: str, path: str, name: str, incoming: Incoming, answer: Answer | None
    ) -> None:
        body = answer.body if answer else b""
        text = kind != "git"
        target = path + (f"?{incoming.query}" if incoming.query else "")
        self.log.add(
            Exchange(
                kind, incoming.method, target, name, incoming.credentials,
                answer.status if answer else 0,
                incoming.body if text else b"", body if text else b"",
                len(incoming.body), len(body), dict(incoming.headers.items()),
            )
        )  # fmt: skip

    def _done(self, kind: str, path: str, name: str, incoming: Incoming) -> Answer:
        token, wrong = self._token(incoming.credentials)
        if kind == "git":
            return self._git(path, name, incoming, token, wrong=wrong)
        if kind == "logs":
            return self._job_log(path, incoming)
        if not incoming.headers.get("User-Agent"):
            text = "Request forbidden by administrative rules. Please make sure your request has a "
            return Answer(403, f"{text}User-Agent header.\n".encode())
        of_app = bool(_OF_APPS.fullmatch(path))
        if wrong and not of_app:
            return rest.BAD_CREDENTIALS
        with self.world.lock:
            answer = self._counted(kind, path, incoming, token)
        headers = {**answer.headers, **self._headers(kind, token)}
        if token is None or token.kind == TokenKind.CLASSIC:
            headers.pop("X-Accepted-GitHub-Permissions", None)
        return Answer(answer.status, answer.body, headers)

    def _token(self, value: str) -> tuple[Token | None, bool]:
        token = self.world.tokens.get(value)
        if token is not None and token.expires and token.expires <= self.world.now():
            token = None
        return token, bool(value) and token is None

    def _headers(self, kind: str, token: Token | None) -> dict[str, str]:
        resource = "graphql" if kind == "graphql" else "core"
        found = self.limits.headers(token.value if token else "", resource)
        if token and token.kind == TokenKind.CLASSIC:
            found["X-OAuth-Scopes"] = ", ".join(token.scopes)
        if token and token.expires and token.kind in (TokenKind.CLASSIC, TokenKind.FINE_GRAINED):
            when = token.expires.strftime("%Y-%m-%d %H:%M:%S UTC")
            found["github-authentication-token-expiration"] = when
        if self.world.version:
            found["X-GitHub-Enterprise-Version"] = self.world.version
        return found

    def _counted(self, kind: str, path: str, incoming: Incoming, token: Token | None) -> Answer:
        value = token.value if token else ""
        if kind == "graphql":
            return self._graphql(incoming, token)
        free = path == "/rate_limit"
        if not free and not self.limits.spend(value, "core"):
            return self.limits.exhausted(token)
        if incoming.method != "GET":
            too_many = self.limits.creation(value)
            if too_many:
                return too_many
        request = Request(incoming.method, path, incoming.query, value, incoming.body)
        api = f"{self.world.base}/api/v3" if self.world.version else self.world.base
        answer = rest.respond(self.world, self.limits, request, token, incoming.credentials, api)
        described = openapi()
        if described:
            named = self._named(path)
            self.problems += described.problems(
                incoming.method,
                named,
                incoming.query,
                incoming.body,
                answer.status,
                answer.body,
            )
        if incoming.method == "GET" and answer.status == 200:
            etag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
            headers = {**answer.headers, "ETag": etag}
            if incoming.headers.get("If-None-Match") == etag:
                self.limits.give_back(value, "core")
                return Answer(304, b"", headers)
            return Answer(200, answer.body, headers)
        return answer

    def _named(self, path: str) -> str:
        """The documented form of a path to which a renamed repository's callers are sent on."""
        found = re.match(r"/repositories/(\d+)", path)
        place = self.world.by_id(int(found[1])) if found else None
        return f"/repos/{place.full_name}{path[found.end() :]}" if found and place else path

    def _graphql(self, incoming: Incoming, token: Token | None) -> Answer:
        if token is None:
            return Answer.message(401, "This endpoint requires you to be authenticated.")
        try:
            asked = json.loads(incoming.body)
            query, variables = str(asked["query"]), asked.get("variables")
        except (ValueError, KeyError, TypeError):
            return Answer.message(400, "Problems parsing JSON")
        if not self.limits.spend(token.value, "graphql", price(query, variables)):
            return Answer.json(200, limited(token))
        if self.limits.requests is not None and asks(query, variables) > self.limits.requests:
            return Answer.json(502, {"data": None, "errors": [{"message": TOO_LONG}]})
        if re.match(r"\s*(#.*\s*)*mutation", query):
            too_many = self.limits.creation(token.value)
            if too_many:
                return too_many
        found, lacks = graph_answer(self.world, self.limits, token, query, variables)
        wrong = query_problems(query)
        self.problems += wrong or lacks
        if not wrong and not lacks:
            self.problems += answer_problems(query, variables, found)
        return Answer.json(200, without_kinds(found))

    def _git(
        self, path: str, name: str, incoming: Incoming, token: Token | None, *, wrong: bool
    ) -> Answer:
        parts = _GIT.fullmatch(path)
        assert parts
        request = GitRequest(
            incoming.method, parts[1], parts[2], incoming.query, name, incoming.headers,
            incoming.body,
        )  # fmt: skip
        return self.git.answer(request, token, wrong=wrong)

    def _job_log(self, path: str, incoming: Incoming) -> Answer:
        found = _LOGS.fullmatch(path)
        assert found
        if incoming.headers.get("Authorization"):
            self.problems.append("a token was sent to the place where logs are kept")
            return Answer(400, b"<Error><Code>InvalidAuthenticationInfo</Code></Error>")
        place = self.world.by_id(int(found[1]))
        jobs = [one for run in place.runs for one in run.jobs] if place else []
        text = next((one.log for one in jobs if str(one.id) == found[2]), None)
        if text is None:
            return Answer(404, b"")
        return Answer(200, text.encode(), {"Content-Type": "text/plain"})


def _sorted(incoming: Incoming) -> tuple[str, str, str]:
    """A request's kind, its path as on github.com, and its operation."""
    path = incoming.path
    found = _GIT.fullmatch(path)
    if found:
        name = incoming.query.removeprefix("service=") if found[2] == "info/refs" else found[2]
        return "git", path, name if name in SERVICES else ""
    if _LOGS.fullmatch(path):
        return "logs", path, ""
    if path in ("/graphql", "/api/graphql"):
        query = ""
        with suppress(ValueError, AttributeError):
            query = str(json.loads(incoming.body).get("query", ""))
        return "graphql", "/graphql", operation(query)
    return "rest", path.removeprefix("/api/v3") or "/", ""
