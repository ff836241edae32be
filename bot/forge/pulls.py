"""Pull requests: made once, however often it is tried; kept, and closed.

Source of the calls: https://docs.github.com/en/rest/pulls/pulls and
https://docs.github.com/en/rest/issues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from bot.forge import queries
from bot.forge.client import Client, quoted
from bot.forge.errors import ForgeError, Invalid, OutcomeUnknown
from bot.forge.fields import Fields


@dataclass(frozen=True, slots=True)
class Text:
    """What a pull request says."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Made:
    """A pull request that is there now.

    Attributes:
        fresh: whether this call made it; else it was found.
        draft: as it is, which is not what was asked for where GitHub offers no drafts.
        body: what it says.
    """

    number: int
    url: str
    draft: bool
    body: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class People:
    """Who is to look at a pull request, and how it is labelled."""

    labels: Sequence[str] = ()
    reviewers: Sequence[str] = ()
    team_reviewers: Sequence[str] = ()
    assignees: Sequence[str] = ()


def create(
    client: Client, repository: str, *, head: str, base: str, text: Text, draft: bool
) -> Made:
    """Open a pull request, or find the one that there is.

    Args:
        client: with the rights for it.
        repository: ``owner/name`` that it is opened in.
        head: ``owner:branch``.
        base: a branch.
        text: its title and body.
        draft: whether it is to be a draft, where the repository has such.

    Raises:
        ForgeError: GitHub takes none.
    """
    wanted: dict[str, object] = {
        "title": text.title,
        "body": text.body,
        "head": head,
        "base": base,
        "draft": draft,
        "maintainer_can_modify": True,
    }
    try:
        return _made(client.send("POST", _pulls(repository), wanted).json(), fresh=True)
    except OutcomeUnknown:
        found = _open(client, repository, head)
        if found is not None:
            return replace(found, fresh=found.body == text.body)
        # It was looked for, and is not there: the request was lost on its way.
        return _made(client.send("POST", _pulls(repository), wanted).json(), fresh=True)
    except Invalid as error:
        if draft and "draft" in str(error).lower():
            return create(client, repository, head=head, base=base, text=text, draft=False)
        found = _open(client, repository, head)
        if found is None:
            raise
        return found


def rewrite(client: Client, repository: str, number: int, text: Text) -> bool:
    """Give a pull request another title and body; tells whether it is open."""
    return _is_open(_patch(client, repository, number, {"title": text.title, "body": text.body}))


def head(client: Client, repository: str, number: int) -> str | None:
    """The commit that an open pull request stands at; None for one that is not open."""
    path = f"{_pulls(repository)}/{number}"
    found = Fields.of(client.get(path).json(), path)
    return found.child("head").text("sha") if _is_open(found) else None


def close(client: Client, repository: str, number: int, body: str, comment: str) -> bool:
    """Close a pull request, with a comment that says why; tells whether that could be written.

    ``body`` goes with the closing, so that both are done or neither.
    """
    _patch(client, repository, number, {"state": "closed", "body": body})
    try:
        client.send("POST", _issue(repository, number, "comments"), {"body": comment})
    except ForgeError:
        return False
    return True


def introduce(client: Client, repository: str, number: int, people: People) -> tuple[str, ...]:
    """Set labels, and ask people for a look; gives a sentence for each that GitHub did not take."""
    reviewers = {"reviewers": list(people.reviewers), "team_reviewers": list(people.team_reviewers)}
    calls: tuple[tuple[str, str, Mapping[str, list[str]]], ...] = (
        ("labels", _issue(repository, number, "labels"), {"labels": list(people.labels)}),
        ("reviewers", f"{_pulls(repository)}/{number}/requested_reviewers", reviewers),
        (
            "assignees",
            _issue(repository, number, "assignees"),
            {"assignees": list(people.assignees)},
        ),
    )
    notes = []
    for what, path, body in calls:
        if any(body.values()):
            try:
                client.send("POST", path, dict(body))
            except ForgeError as error:
                notes.append(f"its {what} could not be set: {error}")
    return tuple(notes)


def make_ready(client: Client, node: str) -> None:
    """Turn a draft into a pull request that asks for review. ``node``: its node id."""
    client.graphql(queries.READY, {"id": node})


def _open(client: Client, repository: str, head: str) -> Made | None:
    """The open pull request from a branch."""
    query = urlencode({"head": head, "state": "open"})
    found = client.get(f"{_pulls(repository)}?{query}").json()
    return _made(found[0], fresh=False) if isinstance(found, list) and found else None


def _made(data: object, *, fresh: bool) -> Made:
    found = Fields.of(data, "the pull request")
    return Made(
        found.number("number"),
        found.text("html_url"),
        bool(found.flag_or_none("draft")),
        found.text_or_none("body") or "",
        fresh,
    )


def _is_open(pull: Fields) -> bool:
    return pull.text("state") == "open"


def _patch(client: Client, repository: str, number: int, body: Mapping[str, object]) -> Fields:
    path = f"{_pulls(repository)}/{number}"
    return Fields.of(client.send("PATCH", path, body).json(), path)


def _pulls(repository: str) -> str:
    return f"/repos{quoted(*repository.split('/'))}/pulls"


def _issue(repository: str, number: int, what: str) -> str:
    return f"/repos{quoted(*repository.split('/'))}/issues/{number}/{what}"
