"""Asks GitHub for pull requests of the program: for one, and for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.forge import queries
from bot.forge.errors import ForgeError, Invalid, NotFound, Refused
from bot.forge.fields import Fields
from bot.forge.overview import Graph
from bot.life.overview import PullState, Viewer
from bot.review.facts import Account, Checks, CommitLine, Found, PullFacts

_PAGE = 50
_PART = 25
"""Pull requests that are asked for by their ids at a time: four lists each, a point for all."""
_MOST = 1000
"""What one search gives at most
(https://docs.github.com/en/rest/search/search#about-search)."""
_NEWER = "isInMergeQueue"
"""A field that a GitHub Enterprise Server may be too old for."""


def one(client: Graph, repository: str, number: int) -> Found:
    """A pull request, by one call.

    Raises:
        ForgeError: with a sentence; NotFound where there is none that the token may see.
    """
    owner, _, name = repository.partition("/")
    variables = {"owner": owner, "name": name, "number": number}
    data = Fields.of(_asked(client, queries.REVIEW, variables), repository)
    place = data.child_or_none("repository")
    pull = None if place is None else place.child_or_none("pullRequest")
    if place is None or pull is None:
        raise NotFound("there is no such pull request, or the token may not see it", 404)
    viewer = data.child("viewer")
    branch = place.child_or_none("defaultBranchRef")
    return Found(
        Viewer(viewer.text("login"), viewer.number_or_none("databaseId")),
        branch.text("name") if branch else None,
        place.text("viewerDefaultMergeMethod"),
        _pull(pull),
    )


def viewer(client: Graph) -> str:
    """The login that a token works as; that of an app's bot ends with ``[bot]``.

    Raises:
        ForgeError: with a sentence.
    """
    return Fields.of(client.graphql(queries.VIEWER, {}), "GitHub").child("viewer").text("login")


def these(client: Graph, nodes: Sequence[str]) -> Iterator[PullFacts]:
    """The pull requests of these node ids; those that the token may not see are left out.

    Raises:
        ForgeError: there is no answer.
    """
    for at in range(0, len(nodes), _PART):
        yield from _these(client, nodes[at : at + _PART])


def _these(client: Graph, nodes: Sequence[str]) -> Iterator[PullFacts]:
    try:
        data = Fields.of(_asked(client, queries.THESE, {"ids": list(nodes)}), "GitHub")
    except (Invalid, NotFound, Refused):
        # One that can't be had is an error of all of them.
        for one in nodes if len(nodes) > 1 else ():
            yield from _these(client, (one,))
        return
    for node in data.children("nodes"):
        if node.values:
            yield _pull(node)


def opened(client: Graph, branch: str, author: str, owner: str = "") -> Iterator[PullFacts]:
    """The open pull requests from branches whose names begin so, the oldest first.

    Args:
        author: a login; an app's ends with ``[bot]``.
        owner: the account whose repositories are meant; empty for all.

    Raises:
        ForgeError: with a sentence.
    """
    yield from _own(client, f"is:pr is:open{_of(owner)}", branch, author)


def merged(
    client: Graph, branch: str, author: str, since: str, owner: str = ""
) -> Iterator[PullFacts]:
    """Those that were merged since a day, ``2026-01-31``, the oldest first."""
    yield from _own(client, f"is:pr is:merged merged:>={since}{_of(owner)}", branch, author)


def _of(owner: str) -> str:
    # https://docs.github.com/en/search-github/searching-on-github, "Search within a user's or
    # organization's repositories": it takes organizations too.
    return f" user:{owner}" if owner else ""


def _own(client: Graph, words: str, branch: str, author: str) -> Iterator[PullFacts]:
    # https://docs.github.com/en/search-github/searching-on-github, "Search by author", and "Search
    # by branch name": names that begin so. How much of a name that is it does not say, nor whom
    # @me means for an app: so what comes back counts.
    slug = author.removesuffix("[bot]")
    is_app = slug != author
    for one in _found(client, f"{words} author:{'app/' if is_app else ''}{slug} head:{branch}"):
        by = one.author
        mine = by is not None and (by.login.lower(), by.is_bot) == (slug.lower(), is_app)
        if mine and one.branch.startswith(branch):
            yield one


def _found(client: Graph, words: str) -> Iterator[PullFacts]:
    """All that a search finds; it goes on from the last one's day where there is more."""
    seen: set[str] = set()
    begin = ""
    while True:
        told, fresh, last = 0, 0, ""
        for number, pull in _pages(client, f"{words} sort:created-asc{begin}"):
            told, last = number, f"{pull.created:%Y-%m-%dT%H:%M:%SZ}"
            if pull.url not in seen:
                seen.add(pull.url)
                fresh += 1
                yield pull
        if told <= _MOST or not fresh:
            return
        begin = f" created:>={last}"


def _pages(client: Graph, words: str) -> Iterator[tuple[int, PullFacts]]:
    """What one search gives, page by page, each with how many there are in all."""
    after: str | None = None
    while True:
        variables = {"query": words, "size": _PAGE, "after": after}
        data = Fields.of(_asked(client, queries.OPENED, variables), "the search")
        search = data.child("search")
        for node in search.children("nodes"):
            # Something else than a pull request is an empty object.
            if node.values:
                yield search.number("issueCount"), _pull(node)
        page = search.child("pageInfo")
        after = page.text_or_none("endCursor")
        if not page.flag("hasNextPage") or after is None:
            return


def _asked(client: Graph, query: str, variables: dict[str, object]) -> object:
    """The data of a query; of what the server does not have, or the token may not see, without."""
    try:
        return client.graphql(query, variables)
    except NotFound:
        raise
    except Refused:
        # In a private repository an app needs a permission of its own to see what checks come to,
        # and what it may not see is an error (https://github.com/facebook/sapling/issues/993).
        if queries.CHECKS not in query:
            raise
        return _asked(client, query.replace(queries.CHECKS, queries.NO_CHECKS), variables)
    except ForgeError as error:
        if _NEWER not in query or _NEWER not in str(error):
            raise
        return _asked(client, query.replace(f"{_NEWER}\n", "\n"), variables)


def _pull(pull: Fields) -> PullFacts:
    place = pull.child("repository")
    fork, commits = pull.child_or_none("headRepository"), pull.child("commits")
    return PullFacts(
        repository=place.text("nameWithOwner"),
        public=place.text("visibility") == "PUBLIC",
        number=pull.number("number"),
        url=pull.text("url"),
        state=_state(pull),
        title=pull.text("title"),
        body=pull.text_or_none("body") or "",
        draft=pull.flag("isDraft"),
        mergeable=pull.text("mergeable"),
        queued=bool(pull.flag_or_none(_NEWER)),
        created=pull.moment("createdAt"),
        merged=pull.moment_or_none("mergedAt"),
        base=pull.text("baseRefName"),
        branch=pull.text("headRefName"),
        head=pull.text("headRefOid"),
        author=_account(pull.child_or_none("author")),
        head_repository=None if fork is None else fork.text("nameWithOwner"),
        labels=tuple(one.text("name") for one in pull.nodes("labels")),
        checks=_checks(pull),
        files=tuple(one.text("path") for one in pull.nodes("files")),
        total=commits.number("totalCount"),
        commits=tuple(_commit(one.child("commit")) for one in commits.children("nodes")),
    )


def _state(pull: Fields) -> PullState:
    told = pull.text("state")
    if told not in set(PullState):
        raise ForgeError(f"{pull.place}: a pull request is {told!r}, which is not known; update")
    return PullState(told)


def _account(author: Fields | None) -> Account | None:
    if author is None:
        return None
    login = author.text("login").removesuffix("[bot]")
    is_bot = author.text("__typename") == "Bot"
    return Account(login, author.number_or_none("databaseId"), is_bot)


def _checks(pull: Fields) -> Checks:
    for node in pull.nodes("last"):
        rollup = node.child("commit").child_or_none("statusCheckRollup")
        told = rollup.text("state").lower() if rollup is not None else Checks.NONE
        return Checks(told) if told in set(Checks) else Checks.PENDING
    return Checks.NONE


def _commit(commit: Fields) -> CommitLine:
    author = commit.child_or_none("author")
    user = author.child_or_none("user") if author is not None else None
    name = author.text_or_none("name") or "" if author is not None else ""
    login = user.text("login") if user is not None else None
    return CommitLine(commit.text("oid"), commit.text("messageHeadline"), name, login)
