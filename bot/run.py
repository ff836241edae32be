"""``clearance run OWNER/REPO``: clone, fix, push, and keep one pull request right.

What is decided is in :mod:`bot.life`, what is said in :mod:`bot.writeup`, and the order of things
for one branch in :mod:`bot.strand`. A repository has one branch, or one for each remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from bot import config
from bot.apart import Apart
from bot.forge import overview
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.errors import ForgeError
from bot.forge.refusals import LeaseLost
from bot.ground import Ground, Order
from bot.life.decide import Action
from bot.life.past import past
from bot.scratch import scratch
from bot.settings import Settings
from bot.strand import Result, Strand

_TURNS = 3
"""Another run at the same time gets in the way twice: when it pushes, and when it opens."""


def run(client: Client, order: Order, apart: Apart, cache: Cache) -> Iterator[Result]:
    """Do it, and give a result for each branch that the settings ask for.

    Args:
        client: for the repository, with the token.
        order: what is to be done.
        apart: where the analysis is done.
        cache: of answers from the network.

    Raises:
        ForgeError: nothing could be done, or nothing more; a sentence without the repository's
            name.
        SettingsError: its settings, or the operator's.
        ApartError: its analysis came to no end.
    """
    # Where an app is not installed it gets no token, and that says more than what it can't see.
    client.token()
    asked = strands_of(in_force(order, None, client))[0].branch
    seen = overview.look(client, order.repository, asked)
    settings = in_force(order, seen.settings_text, client)
    if order.public and seen.visibility != "PUBLIC" and not settings.private_from_public:
        raise ForgeError(
            "it is not public, and this run's log and artifacts are; run from a private "
            "repository, or set private_from_public"
        )
    strands = strands_of(settings)
    seen_of = {asked: seen}
    for one in strands:
        if one.branch not in seen_of:
            seen_of[one.branch] = overview.look(client, seen.repository, one.branch)
    with scratch() as folder, Ground(client, order, apart, cache, folder) as ground:
        # One that is open already takes its room, whenever it is its turn.
        opened = sum(past(seen_of[one.branch]).current is not None for one in strands)
        for one in strands:
            seen = seen_of[one.branch]
            result = _result(Strand(ground, one, seen, opened, len(strands) > 1))
            opened += _CHANGE.get(result.outcome, 0)
            yield result


_CHANGE: Mapping[Action, int] = {Action.CREATE: 1, Action.CLOSE: -1}
"""How many more pull requests are open then."""


def _result(strand: Strand) -> Result:
    for _ in range(_TURNS - 1):
        try:
            return strand.result()
        except LeaseLost:
            # Another process of the program, or a human, was there in between: look again.
            client, name = strand.ground.client, strand.seen.repository
            seen = overview.look(client, name, strand.settings.branch)
            strand = Strand(strand.ground, strand.settings, seen, strand.opened, strand.split)
    return strand.result()


def in_force(order: Order, own: str | None, client: Client) -> Settings:
    """The settings for a repository; ``own``: the text of its own, None where it has none."""
    settings = config.layered(order.settings, own, order.repository)
    host = urlsplit(client.api_url).hostname or ""
    if host != "api.github.com" and not host.endswith(".ghe.com"):
        version = client.server_version or settings.server_version
        settings = replace(settings, server="ghes", server_version=version)
    return replace(settings, widen=settings.widen or order.widen)


def strands_of(settings: Settings) -> tuple[Settings, ...]:
    """The settings of each pull request that is wanted: its branch, and its remedies."""
    if settings.pull_requests == "one" or not settings.remedies:
        return (settings,)
    return tuple(
        replace(settings, branch=f"{settings.branch}-{remedy}", remedies=(remedy,))
        for remedy in settings.remedies
    )
