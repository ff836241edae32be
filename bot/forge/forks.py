"""A fork to push to, where the token may not push to the repository itself."""

from __future__ import annotations

import time

from bot.forge.client import Client, quoted
from bot.forge.errors import ForgeError, OutcomeUnknown, Refused
from bot.forge.fields import Fields

_TRIES = 20
PAUSE = 3.0
"""Seconds: a fork is made in the background, as a rule within some of them, at most in five
minutes (https://docs.github.com/en/rest/repos/forks#create-a-fork)."""


def fork(client: Client, repository: str) -> str:
    """The account's own fork of a repository, made if there is none; ``owner/name``.

    Raises:
        ForgeError: none can be made, or it takes too long.
    """
    path = f"/repos{quoted(*repository.split('/'))}/forks"
    wanted = {"default_branch_only": True}
    try:
        # Where there is one already, GitHub answers with that: it may be asked twice.
        try:
            answer = client.send("POST", path, wanted).json()
        except OutcomeUnknown:
            answer = client.send("POST", path, wanted).json()
    except Refused as error:
        raise ForgeError(
            "the token may neither push to it nor fork it; give it Contents: write, or a user's "
            "token that may fork",
            error.status,
        ) from None
    name = Fields.of(answer, path).text("full_name")
    if name.count("/") != 1:
        raise ForgeError("GitHub's answer names no fork; run it again")
    for _ in range(_TRIES):
        try:
            client.get(f"/repos{quoted(*name.split('/'))}/commits?per_page=1")
        except ForgeError as error:
            if error.status not in (404, 409):
                raise
            time.sleep(PAUSE)
        else:
            return name
    raise ForgeError(f"the fork {name} is still being made; run it again in some minutes")
