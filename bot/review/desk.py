"""What reviews are done with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.apart import Apart
from bot.forge.cache import Cache
from bot.forge.client import Client


@dataclass(frozen=True, slots=True)
class Desk:
    """The client, where analyses are done, and what is known beforehand.

    Attributes:
        operator: the text of the operator's settings; None for the defaults.
        trusted: logins, without ``[bot]`` and in lower case, that the program works as.
    """

    client: Client
    apart: Apart
    cache: Cache
    operator: str | None
    trusted: frozenset[str]
