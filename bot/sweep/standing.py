"""How far an organisation has got, as its pull requests tell: they count, and no journal does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from bot.forge import queries
from bot.forge.client import Client
from bot.forge.errors import ForgeError
from bot.forge.fields import Fields
from bot.review import asking
from bot.review.aftermath import Aftermath, aftermath
from bot.review.facts import PullFacts
from bot.review.fetching import Desk
from bot.sweep.found import Found
from bot.sweep.waves import Standing

_MOST = 50
"""Merged pull requests that are looked at: canaries are few, and alarms come early."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far it has got, and what was seen on the way.

    Attributes:
        alarms: repository → sentences about runs that lacked a permission after a merge.
    """

    standing: Standing
    alarms: dict[str, tuple[str, ...]]


def look(desk: Desk, found: Sequence[Found], branch: str, author: str, since: str) -> Seen:
    """Look at what was merged.

    Args:
        found: repositories that have, or had, a pull request of the program.
        branch: how the names of their branches begin.
        author: whose they are.
        since: a day, ``2026-01-31``; what was merged before it is not looked at.

    Raises:
        ForgeError: GitHub's search gives no answer.
    """
    known = {one.repository for one in found}
    opened = sum(pull.state == "OPEN" for one in found for pull in one.pulls)
    alarms: dict[str, tuple[str, ...]] = {}
    merged = [
        one for one in asking.merged(desk.client, branch, author, since) if one.repository in known
    ]
    young = {one.repository for one in merged}
    # What was merged before was looked at while it was young: its workflows have had their time.
    green = {one.repository for one in found if _is_old(one, since)} - young
    for pull in islice(merged, _MOST):
        after = _after(desk, pull)
        if after is None:
            continue
        if after.alarms:
            alarms[pull.repository] = alarms.get(pull.repository, ()) + tuple(
                f"{one.path}, job {one.job or '?'}, lacked {one.scope or 'a permission'}: {one.url}"
                for one in after.alarms
            )
        elif not after.waiting:
            green.add(pull.repository)
    standing = Standing(len(known), len(green - alarms.keys()), len(alarms), opened)
    return Seen(standing, alarms)


def _is_old(found: Found, since: str) -> bool:
    """Whether its pull request was merged before that day, and nothing was said in it since."""
    return any(one.state == "MERGED" and one.updated < since for one in found.pulls)


def _after(desk: Desk, pull: PullFacts) -> Aftermath | None:
    """What came after a merge; None where that can't be read, which is no alarm."""
    try:
        return aftermath(desk, pull)
    except ForgeError:
        return None


def viewer(client: Client) -> str:
    """The login that a token works as.

    Raises:
        ForgeError: there is no answer.
    """
    data = Fields.of(client.graphql(queries.VIEWER, {}), "GitHub")
    return data.child("viewer").text("login")


def limits(client: Client) -> dict[str, tuple[int, int]]:
    """What is left of each rate limit, and of how much; nothing where that can't be had.

    Asking counts for none of them
    (https://docs.github.com/en/rest/rate-limit/rate-limit).
    """
    try:
        told = Fields.of(client.get("/rate_limit").json(), "GitHub").child("resources")
        kinds = [(name, told.child_or_none(name)) for name in ("core", "graphql")]
        return {name: (one.number("remaining"), one.number("limit")) for name, one in kinds if one}
    except ForgeError:
        return {}
