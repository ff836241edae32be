"""Where a branch is, or goes to: the repository itself, or a fork of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.forge import checks, overview
from bot.forge.auth import TokenKind
from bot.forge.commits import Branch
from bot.forge.errors import ForgeError
from bot.forge.forks import fork
from bot.ground import Ground
from bot.life import past
from bot.life.overview import Overview
from bot.life.past import Past
from bot.life.starts import Start
from bot.settings import Settings


def home(
    ground: Ground, settings: Settings, seen: Overview, known: Past, starts: Sequence[Start]
) -> Branch:
    """Where the branch is pushed to; a fork is made where it takes one, unless the run is dry.

    ``starts``: what pushing it to the repository itself would publish.

    Raises:
        ForgeError: it can go neither to the repository nor to a fork.
    """
    name, choice = settings.branch, settings.fork
    current, there = known.current, known.branch
    if current is not None and current.pull.head_repository not in (None, seen.repository):
        place = str(current.pull.head_repository)
        return Branch(place, name, ground.git_url(place), there)
    # What an app may do shows in its permissions alone.
    app = ground.client.token().kind is TokenKind.APP
    allowed = app or seen.permission is None or checks.can_push(seen)
    if allowed and not starts and (choice != "always" or current is not None):
        return Branch(seen.repository, name, None, there)
    if current is None and choice != "never":
        return _forked(ground, seen, name)
    if not starts:
        raise ForgeError(
            "the token may not push to it; give it Contents: write, or set fork: when-needed"
        )
    instead = "set fork: when-needed"
    if current is not None:
        instead = "close its pull request and tick Propose this again in it"
    raise ForgeError(
        f"{would_publish(name, starts)}; {instead}, or give that workflow a filter for branches"
    )


def would_publish(name: str, starts: Sequence[Start]) -> str:
    """What pushing the branch to the repository itself would publish, in words."""
    first = starts[0]
    return f"pushing {name} to it would start job {first.job} of {first.path}, which {first.what}"


def _forked(ground: Ground, seen: Overview, name: str) -> Branch:
    if ground.order.dry:
        return Branch(seen.repository, name, None, None)
    place = fork(ground.client, seen.repository)
    there = overview.look(ground.client, place, name).branch
    if there is not None and past.is_foreign(seen, there):
        raise ForgeError(
            f"{name} of {place} holds what this program did not put there; delete it, or choose "
            "another name with the setting branch"
        )
    return Branch(place, name, ground.git_url(place), there)
