"""REST: finds what a request means, checks who may, and hands it on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.forge.answers import Answer, Request
from tests.forge.limits import Limits
from tests.forge.people import Role, Token, User
from tests.forge.repository import Refusal, Repository
from tests.forge.rights import NOT_FOUND, refusal, sees
from tests.forge.world import World

BAD_CREDENTIALS = Answer.message(401, "Bad credentials")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request whose token was looked up; ``parts`` are the pattern's, unquoted.

    Attributes:
        api: where the API is, without a slash at the end.
        bearer: the ``Authorization`` header's value.
    """

    world: World
    limits: Limits
    token: Token | None
    bearer: str
    api: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    body: Any

    @property
    def user(self) -> User:
        """Whose token it is. ``AssertionError``: nobody's; routes with rights always have one."""
        assert self.token is not None
        return self.token.user

    def get(self, name: str, default: Any = None) -> Any:
        """A value of the body's object."""
        return self.body.get(name, default) if isinstance(self.body, dict) else default


Handler = Callable[[Ask], Answer]
OfRepository = Callable[[Ask, Repository], Answer]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    permissions: str
    role: Role
    reads: bool
    handler: OfRepository


_ROUTES: list[_Route] = []
_GLOBAL: list[tuple[str, re.Pattern[str], Handler]] = []


def _compiled(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", "([^/]+)", re.escape(path)).replace("\\*", "(.+)"))


def of_repository(
    method: str, path: str, permissions: str, role: Role, *, reads: bool | None = None
) -> Callable[[OfRepository], OfRepository]:
    """Register what answers ``METHOD /repos/OWNER/NAME`` + path.

    ``{name}`` in it is one part, ``*`` any number of them; ``permissions`` and ``role``: see
    :func:`tests.forge.rights.refusal`; ``reads`` is by default whether it is a GET.
    """

    def keep(handler: OfRepository) -> OfRepository:
        public = method == "GET" if reads is None else reads
        _ROUTES.append(_Route(method, _compiled(path), permissions, role, public, handler))
        return handler

    return keep


def of_anything(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register what answers any other path; the handler checks rights itself."""

    def keep(handler: Handler) -> Handler:
        _GLOBAL.append((method, _compiled(path), handler))
        return handler

    return keep


def invalid(message: str, **error: str) -> Answer:
    """A 422: ``Validation Failed`` with one error, whose message that is."""
    content = {
        "message": "Validation Failed",
        "errors": [{"message": message, **error}],
        "documentation_url": "https://docs.github.com/rest",
        "status": "422",
    }
    return Answer.json(422, content)


def paged(ask: Ask, found: list[Any]) -> list[Any]:
    """The page that was asked for."""
    size, page = (_number(ask.query.get(name, "")) for name in ("per_page", "page"))
    size = min(size or 30, 100)
    start = ((page or 1) - 1) * size
    return found[start : start + size]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def respond(
    world: World, limits: Limits, request: Request, token: Token | None, bearer: str, api: str
) -> Answer:
    """The answer to a request; ``token`` is ``None`` where it came with none or an app's."""
    try:
        body = json.loads(request.body or b"null")
    except ValueError:
        return Answer.message(400, "Problems parsing JSON")
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    for method, pattern, handler in _GLOBAL:
        found = pattern.fullmatch(request.path)
        if found and method == request.method:
            parts = tuple(unquote(part) for part in found.groups())
            return handler(Ask(world, limits, token, bearer, api, parts, query, body))
    place, redirect, below = _place(world, request.path, api)
    if place is None or not sees(token, place):
        return NOT_FOUND
    if redirect:
        status, message = (
            (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
        )
        url = redirect + (f"?{request.query}" if request.query else "")
        content = {"message": message, "url": url, "documentation_url": "https://docs.github.com/"}
        return Answer.json(status, content, Location=url)
    for route in _ROUTES:
        found = route.pattern.fullmatch(below)
        if found and route.method == request.method:
            parts = tuple(unquote(part) for part in found.groups())
            ask = Ask(world, limits, token, bearer, api, parts, query, body)
            return _of_repository(route, ask, place)
    return NOT_FOUND


def _place(world: World, path: str, api: str) -> tuple[Repository | None, str, str]:
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", path)
    if found:
        place, old = world.find(unquote(found[1]))
        below = found[2] or ""
        return place, f"{api}/repositories/{place.id}{below}" if place and old else "", below
    found = re.fullmatch(r"/repositories/(\d+)(/.*)?", path)
    return (world.by_id(int(found[1])), "", found[2] or "") if found else (None, "", "")


def _of_repository(route: _Route, ask: Ask, place: Repository) -> Answer:
    if place.disabled:
        return Answer.message(403, "Repository access blocked")
    writes = route.method != "GET"
    if ask.token is None and (writes or not route.reads):
        return Answer.message(401, "Requires authentication")
    if ask.token is not None:
        refused = refusal(ask.token, place, route.permissions, route.role, reads=route.reads)
        if refused:
            return refused
    if writes and place.archived:
        return Answer.message(403, "Repository was archived so is read-only.")
    try:
        answer = route.handler(ask, place)
    except Refusal as error:
        answer = Answer.message(422, str(error))
    headers = {"X-Accepted-GitHub-Permissions": route.permissions, **answer.headers}
    return Answer(answer.status, answer.body, headers)
