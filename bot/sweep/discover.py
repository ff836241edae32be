"""Which repositories there are, and all that decides whether one has to be looked at.

Fifty repositories take one call of GraphQL, and one of the points that are had for an hour: GitHub
counts a page for 1 and each list below it for 1 a repository, and a hundred of these make a point.
There is one of topics, and one of pull requests for each branch that is asked for
(docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.forge import queries
from bot.forge.auth import SUSPENDED
from bot.forge.errors import Invalid, NotFound, Refused
from bot.forge.fields import Fields
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.look import MOST, Look, Query, by_id, by_name

_SEARCHED = 1000
"""Results that GitHub's search gives at most."""
_REST_PAGE = 100

_Page = tuple[tuple[Found, ...], int]
"""Repositories, and how many their source has in all, as far as it tells; else 0."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where repositories are looked for; one that is found twice counts once.

    Attributes:
        organisations: logins.
        users: logins; only what they own themselves.
        installation: all repositories that an app is installed on, in whichever accounts; with the
            token of one installation those that it is for.
        repositories: ``owner/name``.
        search: a query of GitHub's search for repositories; empty for none.
    """

    organisations: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    installation: bool = False
    repositories: tuple[str, ...] = ()
    search: str = ""


def discover(
    client: Lister,
    sources: Sources,
    branches: Sequence[str],
    expect: Callable[[int], None] = lambda _: None,
) -> Iterator[Found]:
    """The repositories, page by page as they are asked for.

    One of which GitHub tells nothing has a ``problem``, and so has a source that is not there or
    may not be seen; the others go on.

    Args:
        branches: the short names of the branches that the program's pull requests come from.
        expect: is given about how many there are, once all sources have told.

    Raises:
        ForgeError: the token is wrong, GitHub can't be reached, or a rate limit would take too
            long to wait for.
    """
    lists = _lists(_Looks(client, branches), sources)
    known: set[int] = set()
    totals: dict[int, int] = {}
    for number, (name, pages) in enumerate(lists):
        for nodes, total in _told(name, pages):
            totals.setdefault(number, total)
            if number == len(lists) - 1:
                expect(sum(totals.values()))
            for one in nodes:
                if one.problem or one.id not in known:
                    known.add(one.id)
                    yield one


def _told(name: str, pages: Iterator[_Page]) -> Iterator[_Page]:
    """The pages of a source; a source that GitHub refuses is a problem, and no end of the rest."""
    try:
        yield from pages
    except (Invalid, NotFound, Refused) as error:
        yield (Found(name, problem=str(error)),), 0


_List = tuple[str, Iterator[_Page]]
"""A source's name, and its pages, which are asked for one by one."""


@dataclass(frozen=True, slots=True)
class _Looks:
    """What looks at an account's repositories with the token that is for these."""

    client: Lister
    branches: Sequence[str]
    _made: dict[Lister, Look] = field(default_factory=dict)

    def at(self, owner: str) -> Look:
        client = self.client.at(owner)
        if client not in self._made:
            self._made[client] = Look(client, self.branches)
        return self._made[client]


def _lists(looks: _Looks, sources: Sources) -> tuple[_List, ...]:
    owners = dict.fromkeys((*sources.organisations, *sources.users))
    named = {login.lower() for login in owners}
    return (
        *((login, _owned(looks.at(login), login)) for login in owners),
        *(_installations(looks, named) if sources.installation else ()),
        *_chosen(looks, sources.repositories),
        *(_searches(looks, sources.search) if sources.search else ()),
    )


def _installations(looks: _Looks, named: Collection[str]) -> Iterator[_List]:
    accounts = looks.client.accounts
    if accounts is None:
        yield "the installation", _installed(looks.at(""))
    elif not accounts:
        yield "the app", _problem("the app", "it is installed nowhere; install it")
    for account in accounts or ():
        login = account.login
        if login.lower() in named:
            continue
        if account.suspended:
            yield login, _problem(login, SUSPENDED)
        elif account.whole:
            yield login, _owned(looks.at(login), login)
        else:
            yield login, _installed(looks.at(login))


def _problem(name: str, why: str) -> Iterator[_Page]:
    yield (Found(name, problem=why),), 0


def _chosen(looks: _Looks, names: Sequence[str]) -> Iterator[_List]:
    """The lists of those that are named: one, or where each account has its token one for each."""
    by_look: dict[Look, tuple[str, list[str]]] = {}
    for name in names:
        owner = name.partition("/")[0]
        by_look.setdefault(looks.at(owner), (owner, []))[1].append(name)
    for look, (owner, own) in by_look.items():
        yield owner if looks.client.is_app else "the list", _named(look, own)


def _searches(looks: _Looks, words: str) -> Iterator[_List]:
    """The same search with each token: what is not public is found with its account's alone."""
    accounts = looks.client.accounts
    logins = [""] if accounts is None else [one.login for one in accounts if not one.suspended]
    for login in logins:
        yield "the search", _searched(looks.at(login), words)


def _owned(look: Look, login: str) -> Iterator[_Page]:
    query = Query("OwnerRepositories", queries.OWNER_REPOSITORIES, {"login": login})
    for total, nodes in look.pages(query, ("repositoryOwner", "repositories"), login):
        yield nodes, total


def _searched(look: Look, words: str) -> Iterator[_Page]:
    query = Query("SearchRepositories", queries.SEARCH_REPOSITORIES, {"query": words})
    first = True
    for total, nodes in look.pages(query, ("search",), "the search"):
        beyond = _beyond(total) if first and total > _SEARCHED else ()
        first = False
        yield (*beyond, *nodes), min(total, _SEARCHED)


def _beyond(total: int) -> tuple[Found]:
    problem = f"it finds {total} repositories, of which GitHub tells {_SEARCHED}; narrow it"
    return (Found("the search", problem=problem),)


def _named(look: Look, names: Sequence[str]) -> Iterator[_Page]:
    for at in range(0, len(names), MOST):
        yield look.some(by_name(names[at : at + MOST])), len(names)


def _installed(look: Look) -> Iterator[_Page]:
    """All that the installation's token is for.

    GraphQL has no list of these. Where it is all that an account owns, the account's list is that.
    """
    for number in count(1):
        path = f"/installation/repositories?per_page={_REST_PAGE}&page={number}"
        answer = Fields.of(look.client.get(path).json(), path)
        found = answer.children("repositories")
        if answer.text_or_none("repository_selection") == "all" and found:
            yield from _owned(look, found[0].child("owner").text("login"))
            return
        total = answer.number("total_count")
        asked = [by_id(one.text("node_id"), one.text("full_name")) for one in found]
        for at in range(0, len(asked), MOST):
            yield look.some(asked[at : at + MOST]), total
        if number * _REST_PAGE >= total or not found:
            return
