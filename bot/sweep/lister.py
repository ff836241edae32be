"""GraphQL for lists: of an answer in which some objects are errors, the others are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.forge import auth
from bot.forge.auth import Account, Credentials
from bot.forge.calls import Call, Held, uncertain
from bot.forge.client import Client
from bot.forge.errors import ForgeError, Unreachable
from bot.forge.limiter import Cost, Limiter
from bot.forge.transport import Reply
from bot.forge.wording import graphql_failure

_RATE_LIMITED = "RATE_LIMITED"
_TOO_MUCH = ("RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE")
_BROKEN = ("something went wrong", "resource limits", "timeout", "timedout")
"""How GraphQL begins what it says, under 200, of a query that took it too long."""


class TooMuch(Unreachable):
    """GitHub did not answer a query in the time, or with the means, that it allows for one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error in an answer.

    Attributes:
        path: where in the data; empty for the whole of it.
        error: what it comes to.
    """

    path: tuple[str | int, ...]
    error: ForgeError


class Lister(Client):
    """A client whose queries may fail in part, and that asks each account with its own token."""

    def __init__(
        self,
        credentials: Credentials,
        repository: str,
        *,
        api_url: str,
        limiter: Limiter | None = None,
    ) -> None:
        """As :class:`bot.forge.client.Client`'s."""
        super().__init__(credentials, repository, api_url=api_url, limiter=limiter)
        self._others: dict[str, Lister] = {}

    @property
    def calls(self) -> int:
        """Requests sent, those with the tokens of other accounts included."""
        return super().calls + sum(one.calls for one in self._others.values())

    @cached_property
    def accounts(self) -> tuple[Account, ...] | None:
        """What the app is installed on; None where one token is for everything.

        Raises ForgeError.
        """
        return auth.accounts(self._credentials)

    @property
    def is_app(self) -> bool:
        """Whether each account needs a token of its own."""
        return auth.is_app(self._credentials)

    def at(self, owner: str) -> Lister:
        """What asks about all that an account owns; this one where one token is for everything."""
        if not self.is_app:
            return self
        name = owner.lower()
        if name not in self._others:
            self._others[name] = Lister(
                self._credentials,
                f"{owner}/{auth.ALL}",
                api_url=self.api_url,
                limiter=self._calls.limiter,
            )
        return self._others[name]

    @property
    def asked(self) -> tuple[Lister, ...]:
        """All that anything was asked with."""
        return tuple(self._others.values()) or (self,)

    def listed(
        self, name: str, query: str, variables: Mapping[str, object], *, patient: bool
    ) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
        """The data of a query, and the errors in it.

        Args:
            name: the operation's.
            patient: what gets no answer is tried again; without it that is an error at once.

        Raises:
            TooMuch: there is no answer, and ``patient`` is not set, or the query is too expensive.
            ForgeError: as :meth:`bot.forge.client.Client.graphql`.
        """
        call = Call(
            "POST",
            self.api_url.removesuffix("/v3") + "/graphql",
            Cost(graphql=True),
            # A list does no harm when it is asked for again, but what was too much is so again.
            repeatable=patient,
            what=f"the GraphQL query {name}",
            body=json.dumps({"query": query, "variables": dict(variables)}).encode(),
        )
        return self._calls.run(call, lambda reply: self._parts(reply, call))

    def _parts(self, reply: Reply, call: Call) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
        answer = reply.json()
        data = answer.get("data") if isinstance(answer, dict) else None
        errors = answer.get("errors") if isinstance(answer, dict) else None
        found = [one for one in errors or () if isinstance(one, dict)]
        if any(str(one.get("type")) == _RATE_LIMITED for one in found):
            raise Held(reply, self._calls.limiter.clock)
        faults = tuple(Fault(_path(one), graphql_failure(one, call.what)) for one in found)
        if any(map(_is_too_much, found)):
            words = str(faults[0].error)
            if call.repeatable:
                raise uncertain(call, words, reply, self._calls.limiter.clock)
            raise TooMuch(words, reply.status)
        if not isinstance(data, dict):
            if faults:
                raise faults[0].error
            raise Unreachable(f"GitHub's answer to {call.what} holds no data: try again later", 200)
        return data, faults


def _path(error: Mapping[str, Any]) -> tuple[str | int, ...]:
    path = error.get("path")
    return tuple(path) if isinstance(path, list) else ()


def _is_too_much(error: Mapping[str, Any]) -> bool:
    words = str(error.get("message", "")).lower()
    return str(error.get("type")) in _TOO_MUCH or words.startswith(_BROKEN)
