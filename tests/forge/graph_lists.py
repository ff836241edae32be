"""GraphQL's lists of repositories: an account's, and those that a search finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from typing import Any

from tests.forge.graph_git import Connection, connection, failure
from tests.forge.graph_views import RepositoryView
from tests.forge.people import Token, User
from tests.forge.repository import Repository
from tests.forge.rights import sees
from tests.forge.world import World

_SEARCHED = 1000
_KEYS: dict[str, Callable[[Repository], object]] = {
    "CREATED_AT": lambda one: (one.created, one.id),
    "NAME": lambda one: one.name.lower(),
    "PUSHED_AT": lambda one: (one.pushed_at, one.id),
}


def _page(found: Sequence[Repository], token: Token, **page: Any) -> Connection[Any]:
    """A page; in the place of what is withheld from the token an error, as GitHub puts it."""
    part = connection(found, **page)
    nodes = [
        failure("FORBIDDEN", one.withheld) if one.withheld else RepositoryView(one, token)
        for one in part.nodes
    ]
    return Connection(nodes, part.total_count, part.page_info)


def owned(
    world: World,
    token: Token,
    user: User,
    order_by: dict[str, str] | None = None,
    is_fork: bool | None = None,
    owner_affiliations: Sequence[str] = ("OWNER", "COLLABORATOR"),
    **page: Any,
) -> Connection[Any]:
    """The repositories of an account; those that it only works at too, if they are asked for."""
    found = [
        one
        for one in world
        if sees(token, one)
        and (one.owner == user or _works_at(user, one, owner_affiliations))
        and (is_fork is None or is_fork == (one.parent is not None))
    ]
    order = order_by or {"field": "CREATED_AT", "direction": "ASC"}
    found.sort(key=_KEYS[order["field"]], reverse=order["direction"] == "DESC")  # type: ignore[arg-type]
    return _page(found, token, **page)


def _works_at(user: User, place: Repository, affiliations: Sequence[str]) -> bool:
    return "COLLABORATOR" in affiliations and user.login in place.collaborators


def searched(world: World, token: Token, query: str, **page: Any) -> tuple[int, Connection[Any]]:
    """How many repositories a search finds, and a page of the thousand that are told of."""
    known = [word.partition(":")[::2] for word in query.split()]
    found = [
        one
        for one in world
        if sees(token, one) and all(_meets(one, name, value) for name, value in known)
    ]
    return len(found), _page(found[:_SEARCHED], token, **page)


def _meets(place: Repository, name: str, value: str) -> bool:
    meets: dict[str, Callable[[], bool]] = {
        "org": lambda: place.owner.login == value,
        "user": lambda: place.owner.login == value,
        "topic": lambda: value in place.topics,
        "language": lambda: (place.language or "").lower() == value.lower(),
        "archived": lambda: place.archived == (value == "true"),
    }
    return meets[name]() if value else fnmatch(place.name, f"*{name}*")
