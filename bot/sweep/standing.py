"""How far an organisation has got, as its pull requests tell: they count, and no journal does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.forge.errors import ForgeError
from bot.forge.fields import Fields
from bot.forge.limiter import RESOURCES
from bot.permissions.evidence import Lost
from bot.review import asking
from bot.review.aftermath import Aftermath, Alarm, aftermath
from bot.review.desk import Desk
from bot.sweep.found import Found, FoundPull
from bot.sweep.journal import After, Look
from bot.sweep.lister import Lister
from bot.sweep.waves import Standing

_MOST, _AGAIN = 50, 10
"""Merged pull requests that are looked at in one sweep, and of those that have run well: the others
have their turn in the next."""
_WEEK = timedelta(days=7)
"""After which what has run well is looked at once more: a release may come late."""
_LONGEST = timedelta(days=90)
"""For which GitHub keeps logs, where nobody chose another time
(https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization)."""
_UNREAD = "what lacked a permission after a merge can't be looked at today"

Known = dict[str, Look]
"""Address of a merged pull request → what was seen of it the last time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far it has got, and what was seen on the way.

    Attributes:
        alarms: repository → sentences about runs that lacked a permission after a merge.
        lost: repository → what its jobs lacked in them, as far as it can be given back.
        after: address of a pull request that was looked at → what was seen.
        waits: clauses about what still waits, by the repository's name.
        unread: how many pull requests could not be looked at.
    """

    standing: Standing
    alarms: dict[str, tuple[str, ...]]
    lost: dict[str, tuple[Lost, ...]]
    after: dict[str, After]
    waits: tuple[str, ...]
    unread: int


def look(
    client: Lister,
    desk: Callable[[Lister], Desk],
    found: Sequence[Found],
    known: Known,
    now: datetime,
) -> Seen:
    """Look at what was merged, until its workflows have run and nothing lacked.

    Alarms come first, then what was never looked at, then what was longest ago. Each pull request
    is asked for as it was found, and by its own account's token: GitHub's search need not have it
    yet.

    Args:
        desk: what looks at an account's repositories, with what asks about these.
        found: repositories that have, or had, a pull request of the program.
        now: UTC.

    Raises:
        ForgeError: there is no answer.
    """
    merged = [(pull, one.repository) for one in found for pull in one.pulls if pull.merged]
    oldest, week = f"{now - _LONGEST:%Y-%m-%d}", f"{now - _WEEK:%Y-%m-%dT%H:%M:%SZ}"
    young = sorted(
        (one for one in merged if one[0].merged >= oldest), key=lambda one: _turn(known, one[0])
    )
    unsure = [one for one in young if not _is_green(known, one[0])]
    again = [one for one in young if _is_green(known, one[0]) and known[one[0].url].at < week]
    due = [*unsure[:_MOST], *again[:_AGAIN]]
    seen = _looked(client, desk, due)
    after = {pull.url: _state(seen.get(pull.url), known.get(pull.url)) for pull, _ in due}
    alarms: dict[str, tuple[str, ...]] = {}
    lost: dict[str, tuple[Lost, ...]] = {}
    doubted: set[str] = set()
    for pull, name in due:
        if after[pull.url] is not After.ALARM:
            continue
        told = seen[pull.url].alarms if pull.url in seen else ()
        alarms[name] = alarms.get(name, ()) + (tuple(map(_alarm, told)) or (_UNREAD,))
        lost[name] = lost.get(name, ()) + tuple(each for one in told for each in one.lost)
        if told and not any(one.own for one in told):
            doubted.add(name)
    now_known = known | {url: Look(state, "") for url, state in after.items()}
    green = {name for _, name in merged} - {
        name for pull, name in young if not _is_green(now_known, pull)
    }
    red = alarms.keys() - doubted
    opened = sum(pull.state == "OPEN" for one in found for pull in one.pulls)
    return Seen(
        Standing(len(found), len(green), len(red), opened, doubted=len(doubted)),
        alarms,
        {name: told for name, told in lost.items() if told},
        after,
        tuple(_waits(found, seen)),
        len(due) - len(seen),
    )


def _waits(found: Sequence[Found], seen: Mapping[str, Aftermath]) -> Iterator[str]:
    for one in found:
        for pull in one.pulls:
            what = ", ".join(seen[pull.url].waiting) if pull.url in seen else ""
            if pull.state == "OPEN":
                yield f"{one.repository} is to be merged"
            elif what:
                yield f"{one.repository} has not run all that was changed ({what})"


def _is_green(known: Known, pull: FoundPull) -> bool:
    return pull.url in known and known[pull.url].after is After.GREEN


def _turn(known: Known, pull: FoundPull) -> tuple[bool, str, str, str]:
    last = known.get(pull.url)
    alarming = last is not None and last.after is After.ALARM
    return not alarming, last.at if last else "", pull.merged, pull.url


def _looked(
    client: Lister, desk: Callable[[Lister], Desk], due: Sequence[tuple[FoundPull, str]]
) -> dict[str, Aftermath]:
    """What came after merges, as far as it can be read."""
    nodes: dict[Lister, list[str]] = {}
    for pull, name in due:
        nodes.setdefault(client.at(name.partition("/")[0]), []).append(pull.node)
    seen: dict[str, Aftermath] = {}
    for at, asked in nodes.items():
        there = desk(at)
        for facts in asking.these(at, asked):
            with suppress(ForgeError):
                seen[facts.url] = aftermath(there, facts)
    return seen


def _state(seen: Aftermath | None, last: Look | None) -> After:
    if seen is None:
        # What can't be read today is no alarm, and no end of one.
        return last.after if last else After.WAITING
    if seen.alarms:
        return After.ALARM
    return After.WAITING if seen.waiting else After.GREEN


def _alarm(one: Alarm) -> str:
    where = "" if one.own else ", in a run that outsiders can cause"
    return (
        f"{one.path}, job {one.job or '?'}, lacked {one.scope or 'a permission'}{where}: {one.url}"
    )


def limits(client: Lister) -> dict[str, tuple[int, int]]:
    """What is left of each rate limit, and of how much, where it is least; nothing where that
    can't be had.

    Asking counts for none of them
    (https://docs.github.com/en/rest/rate-limit/rate-limit).
    """
    least: dict[str, tuple[int, int]] = {}
    for one in client.asked:
        for name, left in _limits(one).items():
            least[name] = min(left, least.get(name, left))
    return least


def _limits(client: Lister) -> dict[str, tuple[int, int]]:
    try:
        told = Fields.of(client.get("/rate_limit").json(), "GitHub").child("resources")
        kinds = [(word, told.child_or_none(name)) for name, word in RESOURCES.items()]
        return {name: (one.number("remaining"), one.number("limit")) for name, one in kinds if one}
    except ForgeError:
        return {}
