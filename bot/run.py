"""``clearance run OWNER/REPO``: clone, fix, push, and keep one pull request right.

What is decided is in :mod:`bot.life`, what is said in :mod:`bot.writeup`, and the order of things
for one branch in :mod:`bot.strand`. A repository has one branch, or one for each remedy.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
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
from bot.settings import Settings
from bot.strand import Result, Strand


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
    asked = _in_force(order, None, client.api_url).branch
    seen = overview.look(client, order.repository, asked)
    settings = _in_force(order, seen.settings_text, client.api_url)
    if order.public and seen.visibility != "PUBLIC" and not settings.private_from_public:
        raise ForgeError(
            "it is not public, and this run's log and artifacts are; run from a private "
            "repository, or set private_from_public"
        )
    strands = tuple(_strands(settings))
    with (
        tempfile.TemporaryDirectory(prefix="clearance-", ignore_cleanup_errors=True) as folder,
        Ground(client, order, apart, cache, Path(folder)) as ground,
    ):
        opened = 0
        for one in strands:
            if one.branch != asked:
                asked, seen = one.branch, overview.look(client, seen.repository, one.branch)
            try:
                result = Strand(ground, one, seen, opened, len(strands) > 1).result()
            except LeaseLost:
                # Another process of the program, or a human, was there in between: look again.
                seen = overview.look(client, seen.repository, one.branch)
                result = Strand(ground, one, seen, opened, len(strands) > 1).result()
            opened += bool(result.pull) and result.outcome is not Action.CLOSE
            yield result


def _in_force(order: Order, own: str | None, api_url: str) -> Settings:
    settings = config.layered(order.settings, own)
    host = urlsplit(api_url).hostname or ""
    if host != "api.github.com" and not host.endswith(".ghe.com"):
        settings = replace(settings, server="ghes")
    return replace(settings, widen=settings.widen or order.widen)


def _strands(settings: Settings) -> Iterable[Settings]:
    """The settings of each pull request that is wanted: its branch, and its remedies."""
    if settings.pull_requests == "one":
        yield settings
        return
    for remedy in settings.remedies:
        yield replace(settings, branch=f"{settings.branch}-{remedy}", remedies=(remedy,))
