"""All that is asked about a repository before it is cloned: one call of GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bot.forge import queries
from bot.forge.errors import ForgeError, NotFound
from bot.forge.fields import Fields
from bot.life.overview import (
    Actor,
    Base,
    Head,
    Limits,
    Overview,
    Pull,
    PullState,
    Template,
    Viewer,
)

SETTINGS = ".github/clearance.yml"
_SUBJECTS = 50
"""Enough commits to tell a habit from."""

_BOT = "[bot]"
_NEWER = "isInMergeQueue"
"""A field that a GitHub Enterprise Server may be too old for."""


class Graph(Protocol):
    """What it takes of :class:`bot.forge.client.Client`."""

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """The data that a query is answered with."""


def look(client: Graph, repository: str, branch: str) -> Overview:
    """What stands on GitHub.

    Args:
        repository: ``owner/name``; an old name of it does.
        branch: the short name of the branch whose pull requests are wanted.

    Raises:
        ForgeError: with a sentence; :class:`NotFound` where the token can't see the repository.
    """
    owner, _, name = repository.partition("/")
    variables = {
        "owner": owner,
        "name": name,
        "branch": branch,
        "reference": f"refs/heads/{branch}",
        "subjects": _SUBJECTS,
    }
    try:
        data = client.graphql(queries.OVERVIEW, variables)
    except NotFound as error:
        raise _not_found(repository) from error
    except ForgeError as error:
        if _NEWER not in str(error):
            raise
        data = client.graphql(queries.OVERVIEW.replace(f"{_NEWER}\n", "\n"), variables)
    return _overview(Fields.of(data, repository))


def _not_found(repository: str) -> NotFound:
    return NotFound(
        f"{repository}: there is no such repository, or the token may not see it; "
        "check the name, and the repositories that the token is for",
        404,
    )


def _overview(data: Fields) -> Overview:
    repository = data.child_or_none("repository")
    if repository is None:
        raise _not_found(data.place)
    viewer = data.child("viewer")
    base = repository.child_or_none("defaultBranchRef")
    target = None if base is None else base.child_or_none("target")
    limits = data.child_or_none("rateLimit")
    topics = repository.nodes("repositoryTopics")
    return Overview(
        repository=repository.text("nameWithOwner"),
        url=repository.text("url"),
        visibility=repository.text("visibility"),
        archived=repository.flag("isArchived"),
        disabled=repository.flag("isDisabled"),
        empty=repository.flag("isEmpty"),
        fork=repository.flag("isFork"),
        permission=repository.text_or_none("viewerPermission"),
        base=None
        if base is None or target is None
        else Base(base.text("name"), target.text("oid")),
        subjects=() if target is None else _subjects(target),
        topics=tuple(one.child("topic").text("name") for one in topics),
        settings_text=_settings(repository),
        templates=tuple(
            Template(one.text_or_none("filename") or "", one.text_or_none("body") or "")
            for one in repository.children("pullRequestTemplates")
        ),
        viewer=Viewer(viewer.text("login"), viewer.number_or_none("databaseId")),
        branch=_head(repository.child_or_none("ref")),
        pulls=tuple(_pull(one) for one in repository.nodes("pullRequests")),
        limits=None if limits is None else _limits(limits),
    )


def _limits(limits: Fields) -> Limits:
    return Limits(limits.number("remaining"), limits.number("limit"), limits.moment("resetAt"))


def _subjects(target: Fields) -> tuple[str, ...]:
    return tuple(
        commit.text("messageHeadline")
        for commit in target.nodes("history")
        if commit.child("parents").number("totalCount") < 2
    )


def _settings(repository: Fields) -> str | None:
    settings = repository.child_or_none("settings")
    if settings is None:
        return None
    text = settings.text_or_none("text")
    # Half of the file may lack the very line that says no.
    if text is None or settings.flag_or_none("isTruncated"):
        raise ForgeError(
            f"{repository.place}: {SETTINGS} can't be read, it is no text or too long; correct it"
        )
    return text


def _head(reference: Fields | None) -> Head | None:
    target = None if reference is None else reference.child_or_none("target")
    if target is None:
        return None
    parents = tuple(one.text("oid") for one in target.nodes("parents"))
    tree = target.child("tree").text("oid")
    return Head(target.text("oid"), target.text("message"), tree, parents)


def _pull(pull: Fields) -> Pull:
    author = pull.child_or_none("author")
    fork = pull.child_or_none("headRepository")
    state = pull.text("state")
    if state not in set(PullState):
        raise ForgeError(f"{pull.place}: a pull request is {state!r}, which is not known; update")
    return Pull(
        id=pull.text("id"),
        number=pull.number("number"),
        url=pull.text("url"),
        state=PullState(state),
        title=pull.text("title"),
        body=pull.text_or_none("body") or "",
        draft=pull.flag("isDraft"),
        mergeable=pull.text("mergeable"),
        queued=bool(pull.flag_or_none(_NEWER)),
        created=pull.moment("createdAt"),
        closed=pull.moment_or_none("closedAt"),
        base=pull.text("baseRefName"),
        author=None if author is None else login(author),
        head_oid=pull.text("headRefOid"),
        head_repository=None if fork is None else fork.text("nameWithOwner"),
        head=_head(pull.child_or_none("headRef")),
        labels=tuple(one.text("name") for one in pull.nodes("labels")),
        closed_by=_closed_by(pull),
    )


def login(author: Fields) -> str:
    """A login as REST and ``viewer`` have it: nobody else can have an app's, with its suffix.

    With an app's token ``viewer`` is its bot, suffix and all
    (https://github.com/fullsend-ai/fullsend/pull/1953 shows an answer).
    """
    name = author.text("login")
    bot = author.text_or_none("__typename") == "Bot"
    return f"{name.removesuffix(_BOT)}{_BOT}" if bot else name


def _closed_by(pull: Fields) -> Actor | None:
    for event in pull.nodes("closings"):
        actor = event.child_or_none("actor")
        if actor is not None:
            return Actor(actor.text("login"), actor.text("__typename") == "Bot")
    return None
