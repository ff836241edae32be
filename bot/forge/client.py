"""GitHub's REST and GraphQL for one repository, in the name of one token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bot.forge import transport
from bot.forge.auth import Credentials, Token, TokenKind
from bot.forge.calls import Call, Calls, Held, Identity, Trouble, uncertain
from bot.forge.errors import ForgeError, Invalid, NotFound, Unreachable
from bot.forge.limiter import PROCESS, Cost, Limiter
from bot.forge.transport import Cut, Reply, Unsent
from bot.forge.wording import graphql_failure, place

__all__ = ["Client", "Reply", "quoted"]

_READS = ("GET", "HEAD")
_ONCE = "POST"
_STEPS = ("", ".", "..")
"""Parts of a path that are no names; the dots cannot be quoted either."""

_OPERATION = re.compile(r"^\s*(query|mutation)\b[ \t]*(\w*)", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")

_RATE_LIMITED = "RATE_LIMITED"
_UNAVAILABLE = "SERVICE_UNAVAILABLE"
_BROKEN = "something went wrong while executing your query"
"""What GraphQL says, under 200, of its own time-outs and failures."""


def quoted(*parts: str) -> str:
    """A path of parts that can hold anything: ``quoted("repos", "o", "r")`` is ``/repos/o/r``.

    A slash in a part is quoted too. Raises Invalid for parts that would lead to another place.
    """
    for part in parts:
        if part in _STEPS:
            raise Invalid(f"{part!r} is not a name: check what was asked for")
    return "".join(f"/{quote(part, safe='')}" for part in parts)


class Client:
    """Calls on behalf of one repository.

    Every call waits for its turn in the limiter, is tried again where that can do no harm, and
    raises one of bot.forge.errors with a sentence for people otherwise.

    Attributes:
        api_url: ``https://api.github.com`` or ``https://HOST/api/v3``, no slash at the end.
    """

    def __init__(
        self,
        credentials: Credentials,
        repository: str,
        *,
        api_url: str,
        limiter: Limiter | None = None,
    ) -> None:
        """``repository`` is ``owner/name``; without a limiter it is the process's own.

        Raises ForgeError for an address that no token may be sent to.
        """
        self._credentials = credentials
        self._repository = repository
        self._calls = Calls(
            api_url,
            self._identity,
            limiter or PROCESS,
            "set GH_TOKEN to one that has neither expired nor been revoked",
        )
        self.api_url = self._calls.api_url
        self._scopes: tuple[str, ...] | None = None
        self._server = ""

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """The scopes of a classic token, as the last GraphQL call told; None where none did."""
        return self._scopes

    @property
    def server_version(self) -> str:
        """The version of a GitHub Enterprise Server, as GraphQL calls tell; else nothing."""
        return self._server

    @property
    def calls(self) -> int:
        """Requests sent, of all kinds, tries and redirects included; not those for a token."""
        return self._calls.sent

    def token(self) -> Token:
        """The token, valid for some minutes at least, for git."""
        return self._credentials.token(self._repository)

    def get(self, path: str, *, accept: str = "") -> Reply:
        """What is there at ``/repos/o/r/...?query``, whose parts are quoted already.

        ``accept`` is a media type, "" GitHub's JSON. A repository that was renamed is followed.
        """
        return self._calls.run(self._rest("GET", path, accept=accept), _as_it_is)

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Reply:
        """POST, PATCH, PUT or DELETE; the last three must be of the kind that can be done twice.

        A POST is done once: OutcomeUnknown where it may have been done. A DELETE whose answer got
        lost ends in 404 or 410, and that is its reply.
        """
        return self._calls.run(self._rest(method, path, body=body), _as_it_is)

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """The ``data`` of one operation.

        With ``partial`` a field of the operation's own (an alias) with an error in it is None, and
        no error is raised as long as there are data. A mutation is done once, as a POST is.
        """
        kind, name = _operation(query)
        write = kind == "mutation"
        call = Call(
            "POST",
            self.api_url.removesuffix("/v3") + "/graphql",
            Cost(graphql=True, write=write, content=write),
            repeatable=not write,
            what=f"the GraphQL {kind} {name}".rstrip(),
            body=json.dumps({"query": query, "variables": dict(variables)}).encode(),
        )
        return self._calls.run(call, lambda reply: self._data(reply, call, partial=partial))

    def download(self, path: str, limit: int) -> bytes:
        """A file that GitHub keeps elsewhere (a job's log): the first ``limit`` bytes of it.

        The other place, which the address itself gives leave to read, never sees the token.
        """
        call = self._rest("GET", path, accept="*/*", elsewhere=True)
        return self._calls.run(call, lambda reply: self._elsewhere(reply, call, limit))

    def _identity(self) -> Identity:
        token = self.token()
        owner = self._repository.partition("/")[0].lower()
        # Each installation has limits of its own, and its tokens come and go.
        account = f"app at {owner}" if token.kind is TokenKind.APP else f"token {hash(token.value)}"
        return Identity(f"Bearer {token.value}", account)

    def _rest(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        accept: str = "",
        elsewhere: bool = False,
    ) -> Call:
        if not path.startswith("/"):
            # What follows a host without a slash can make it another host.
            raise ValueError(f"not a path: {path!r}")
        write = method not in _READS
        return Call(
            method,
            self.api_url + path,
            Cost(write=write, content=write),
            repeatable=method != _ONCE,
            what=place(method, path),
            accept=accept,
            body=None if body is None else json.dumps(dict(body)).encode(),
            elsewhere=elsewhere,
        )

    def _data(self, reply: Reply, call: Call, *, partial: bool) -> Mapping[str, Any]:
        self._server = reply.headers.get("x-github-enterprise-version", self._server)
        told = reply.headers.get("x-oauth-scopes")
        if told is not None:
            self._scopes = tuple(one.strip() for one in told.split(",") if one.strip())
        answer = reply.json()
        errors = answer.get("errors") if isinstance(answer, dict) else None
        data = answer.get("data") if isinstance(answer, dict) else None
        if not errors and isinstance(data, dict):
            return data
        if not isinstance(errors, list) or not errors:
            raise Unreachable(f"GitHub's answer to {call.what} holds no data: try again later", 200)
        if any(_kind(error) == _RATE_LIMITED for error in errors):
            raise Held(reply, self._calls.limiter.clock)
        if isinstance(data, dict) and partial and all(_field(error) for error in errors):
            return data | {_field(error): None for error in errors}
        failed = graphql_failure(errors[0], call.what)
        if any(_is_broken(error) for error in errors):
            raise uncertain(call, str(failed), None, self._calls.limiter.clock)
        raise failed

    def _elsewhere(self, reply: Reply, call: Call, limit: int) -> bytes:
        if reply.status < 300:
            return reply.body.encode()[:limit]
        url = urljoin(call.url, reply.headers.get("location", ""))
        if urlsplit(url).scheme != urlsplit(self.api_url).scheme:
            raise Unreachable(
                f"{call.what} leads to an address that is not read: leave it out", reply.status
            )
        try:
            status, _, data = transport.read(
                self._calls.limiter.clock, "GET", url, {"Accept": "*/*"}, None, limit
            )
        except (Unsent, Cut) as error:
            raise Trouble(_lost(call, str(error), 0)) from None
        if status >= 500:
            raise Trouble(_lost(call, str(status), status))
        if status != 200:
            raise NotFound(
                f"What {call.what} leads to is not there ({status}): it may have been kept "
                "for a time only",
                status,
            )
        return data


def _as_it_is(reply: Reply) -> Reply:
    return reply


def _lost(call: Call, why: str, status: int) -> ForgeError:
    return Unreachable(f"What {call.what} leads to is not answered ({why}): try later", status)


def _operation(query: str) -> tuple[str, str]:
    """Kind and name of the one operation in a document; a bare ``{...}`` is a query."""
    found = _OPERATION.search(_COMMENT.sub("", query))
    return (found[1], found[2]) if found else ("query", "")


def _kind(error: Any) -> str:
    return str(error.get("type", "")) if isinstance(error, dict) else ""


def _field(error: Any) -> str:
    """The operation's own field that an error is in; "" for the whole operation."""
    path = error.get("path") if isinstance(error, dict) else None
    return str(path[0]) if isinstance(path, list) and path else ""


def _is_broken(error: Any) -> bool:
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    return _kind(error) == _UNAVAILABLE or message.lower().startswith(_BROKEN)
