"""How far an organisation has got, as its pull requests tell: they count, and no journal does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
from bot.review.facts import PullFacts
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.waves import Standing

_MOST = 50
"""Merged pull requests that are looked at: canaries are few, and alarms come early."""
_TIME = timedelta(days=14)
"""In which merged workflows run, as a rule."""
_LONGEST = timedelta(days=90)
"""For which GitHub keeps logs, where nobody chose another time
(https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far it has got, and what was seen on the way.

    Attributes:
        alarms: repository → sentences about runs that lacked a permission after a merge.
        lost: repository → what its jobs lacked in them, as far as it can be given back.
    """

    standing: Standing
    alarms: dict[str, tuple[str, ...]]
    lost: dict[str, tuple[Lost, ...]]


def since(now: datetime, well: str) -> str:
    """The day from which on merges are to be looked at, ``2026-01-31``.

    What was merged in the two weeks before the last look was looked at in time, unless that saw an
    alarm: so an alarm never passes by age, and no merge in a pause of the sweeps goes unseen.

    Args:
        now: UTC.
        well: when the last sweep began that looked and saw no alarm, as the journal writes it;
            empty where none is known of.
    """
    last = datetime.fromisoformat(well) if well else now - _LONGEST
    return f"{max(now - _LONGEST, min(now, last) - _TIME):%Y-%m-%d}"


def look(
    client: Lister, desk: Callable[[Lister], Desk], found: Sequence[Found], since: str
) -> Seen:
    """Look at what was merged.

    Each pull request is asked for as it was found, and by its own account's token: GitHub's search
    need not have it yet.

    Args:
        desk: what looks at an account's repositories, with what asks about these.
        found: repositories that have, or had, a pull request of the program.
        since: a day, ``2026-01-31``; what was merged before it is not looked at.

    Raises:
        ForgeError: there is no answer.
    """
    merged = [(pull.merged, pull, one) for one in found for pull in one.pulls if pull.merged]
    young = sorted((one for one in merged if one[0] >= since), key=lambda one: (one[0], one[1].url))
    # What was merged before was looked at in time, or is so old that no log tells of it.
    green = {one.repository for _, _, one in merged} - {one.repository for _, _, one in young}
    nodes: dict[Lister, list[str]] = {}
    for _, pull, one in young[:_MOST]:
        at = client.at(one.repository.partition("/")[0])
        nodes.setdefault(at, []).append(pull.node)
    alarms: dict[str, tuple[str, ...]] = {}
    lost: dict[str, tuple[Lost, ...]] = {}
    for at, asked in nodes.items():
        for after in _afters(desk(at), asking.these(at, asked)):
            name = after.pull.repository
            if after.alarms:
                alarms[name] = alarms.get(name, ()) + tuple(map(_alarm, after.alarms))
                lost[name] = lost.get(name, ()) + tuple(
                    told for one in after.alarms for told in one.lost
                )
            elif not after.waiting:
                green.add(name)
    opened = sum(pull.state == "OPEN" for one in found for pull in one.pulls)
    standing = Standing(len(found), len(green - alarms.keys()), len(alarms), opened)
    return Seen(standing, alarms, {name: told for name, told in lost.items() if told})


def _alarm(one: Alarm) -> str:
    return f"{one.path}, job {one.job or '?'}, lacked {one.scope or 'a permission'}: {one.url}"


def _afters(desk: Desk, pulls: Iterable[PullFacts]) -> Iterator[Aftermath]:
    """What came after merges; one of which that can't be read is no alarm, and not green."""
    for pull in pulls:
        with suppress(ForgeError):
            yield aftermath(desk, pull)


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
