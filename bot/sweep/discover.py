"""Which repositories there are, and all that decides whether one has to be looked at.

Fifty repositories take one call of GraphQL, and one of the points that are had for an hour: GitHub
counts a page for 1 and each list below it for 1 a repository, two of them, and a hundred of these
make a point (docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.forge import queries
from bot.forge.errors import Invalid, NotFound, Refused
from bot.forge.fields import Fields
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.look import MOST, Look, Query, by_id, by_name

_SEARCHED = 1000
"""Results that GitHub's search gives at most."""
_REST_PAGE = 100

_Page = tuple[tuple[Found, ...], str]
"""Repositories, and where their source goes on; empty where it has ended."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where repositories are looked for; one that is found twice counts once.

    Attributes:
        organisations: logins.
        users: logins; only what they own themselves.
        installation: all repositories that the client's installation token is for.
        repositories: ``owner/name``.
        search: a query of GitHub's search for repositories; empty for none.
    """

    organisations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    installation: bool = False
    repositories: tuple[str, ...] = ()
    search: str = ""


def discover(
    client: Lister, sources: Sources, branches: Sequence[str], start: str = ""
) -> Iterator[Found]:
    """The repositories, page by page as they are asked for.

    One of which GitHub tells nothing has a ``problem``, and so has a source that is not there or
    may not be seen; the others go on.

    Args:
        branches: the short names of the branches that the program's pull requests come from.
        start: a ``cursor`` that was had before, of the same sources; empty for the beginning.

    Raises:
        ForgeError: the token is wrong, GitHub can't be reached, or a rate limit would take too
            long to wait for.
    """
    look = Look(client, branches)
    lists = _lists(look, sources)
    at, begin = _position(start)
    here, known = start, set[int]()
    for number, (name, pages) in enumerate(lists[at:], at):
        for nodes, after in _told(name, pages(begin)):
            there = f"{number} {after}" if after else f"{number + 1} "
            fresh = []
            for one in nodes:
                if one.problem or one.id not in known:
                    known.add(one.id)
                    fresh.append(one)
            for one in fresh:
                yield replace(one, cursor=there if one is fresh[-1] else here)
            here = there
        begin = ""


def again(
    client: Lister, repositories: Sequence[Found], branches: Sequence[str]
) -> Iterator[Found]:
    """The same repositories as they are now, fifty a call; their order may be another."""
    look = Look(client, branches)
    asked = by_id([(one.node, one.repository) for one in repositories if one.node])
    for at in range(0, len(asked), MOST):
        yield from look.some(asked[at : at + MOST])


def _position(start: str) -> tuple[int, str]:
    number, _, after = start.partition(" ")
    return (int(number), after) if number.isdecimal() else (0, "")


def _told(name: str, pages: Iterator[_Page]) -> Iterator[_Page]:
    """The pages of a source; a source that GitHub refuses is a problem, and no end of the rest."""
    try:
        yield from pages
    except (Invalid, NotFound, Refused) as error:
        yield (Found(name, problem=str(error)),), ""


_List = tuple[str, Callable[[str], Iterator[_Page]]]
"""A source's name, and its pages from a place on (empty: the beginning)."""


def _lists(look: Look, sources: Sources) -> tuple[_List, ...]:
    owners = dict.fromkeys((*sources.organisations, *sources.users))
    return (
        *((login, partial(_owned, look, login)) for login in owners),
        *([("the installation", partial(_installed, look))] if sources.installation else ()),
        *([("the list", partial(_named, look, sources.repositories))] * bool(sources.repositories)),
        *([("the search", partial(_searched, look, sources.search))] if sources.search else ()),
    )


def _owned(look: Look, login: str, begin: str) -> Iterator[_Page]:
    query = Query("OwnerRepositories", queries.OWNER_REPOSITORIES, {"login": login})
    for _, nodes, after in look.pages(query, ("repositoryOwner", "repositories"), login, begin):
        yield nodes, after


def _searched(look: Look, words: str, begin: str) -> Iterator[_Page]:
    query = Query("SearchRepositories", queries.SEARCH_REPOSITORIES, {"query": words})
    first = not begin
    for total, nodes, after in look.pages(query, ("search",), "the search", begin):
        beyond = _beyond(total) if first and total > _SEARCHED else ()
        first = False
        yield (*beyond, *nodes), after


def _beyond(total: int) -> tuple[Found]:
    problem = f"it finds {total} repositories, of which GitHub tells {_SEARCHED}; narrow it"
    return (Found("the search", problem=problem),)


def _named(look: Look, names: Sequence[str], begin: str) -> Iterator[_Page]:
    for at in range(int(begin or 0), len(names), MOST):
        end = at + MOST
        yield look.some(by_name(names[at:end])), str(end) if end < len(names) else ""


def _installed(look: Look, after: str) -> Iterator[_Page]:
    """All that the installation's token is for.

    GraphQL has no list of these. Where it is all that an account owns, the account's list is that.
    """
    number = int(after) if after.isdecimal() else 1
    login, _, rest = after.partition(" ")
    while not rest:
        path = f"/installation/repositories?per_page={_REST_PAGE}&page={number}"
        answer = Fields.of(look.client.get(path).json(), path)
        found = answer.children("repositories")
        if answer.text_or_none("repository_selection") == "all" and found:
            login = found[0].child("owner").text("login")
            break
        last = number * _REST_PAGE >= answer.number("total_count") or not found
        asked = [(one.text("node_id"), one.text("full_name")) for one in found]
        for at in range(0, len(asked), MOST):
            final = at + MOST >= len(asked)
            there = str(number + 1 if final else number)
            yield look.some(by_id(asked[at : at + MOST])), "" if final and last else there
        if last:
            return
        number += 1
    for nodes, place in _owned(look, login, rest):
        yield nodes, f"{login} {place}" if place else ""
