"""The commands that talk to GitHub: values in, texts out, an exit code back."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import config
from bot.apart import Apart, ApartError
from bot.commands import Exit, complain, counted, tell
from bot.config import SettingsError
from bot.forge import auth, place, redact
from bot.forge.cache import Cache
from bot.forge.client import Client
from bot.forge.errors import ForgeError
from bot.forge.limiter import Limiter
from bot.ground import Order
from bot.life.decide import Action
from bot.local import LocalError, write_texts
from bot.remote import Remote
from bot.report.escape import visible
from bot.run import run as run_remote
from bot.strand import Result


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``clearance run`` was asked for, for a repository on GitHub."""

    remote: Remote
    config: str | None
    out: str | None
    widen: bool
    dry: bool


def run(wish: Wish) -> Exit:
    """Open or refresh the pull request of a repository on GitHub."""
    redact.install()
    name = wish.remote.name
    try:
        settings = config.operator(Path(wish.config)) if wish.config is not None else None
    except SettingsError as error:
        complain(wish.config or "", str(error))
        return Exit.ERROR
    order = Order(
        name,
        settings,
        widen=wish.widen,
        dry=wish.dry,
        public=place.is_public(os.environ),
        page=page(),
    )
    try:
        chosen = config.layered(settings, None)
        limiter = Limiter(
            content_per_minute=chosen.content_per_minute, content_per_hour=chosen.content_per_hour
        )
        api_url = wish.remote.api_url
        credentials = auth.from_environment(os.environ, api_url, limiter=limiter)
        client = Client(credentials, name, api_url=api_url, limiter=limiter)
        with Apart() as apart:
            for result in run_remote(client, order, apart, Cache()):
                _tell(result, wish)
    except (ForgeError, SettingsError, ApartError, LocalError) as error:
        # Some say themselves which repository they mean.
        tell(name, str(error).removeprefix(f"{name}: "))
        return Exit.ERROR
    return Exit.DONE


def page() -> str:
    """The address of the run that this is, in GitHub Actions; else nothing."""
    parts = [os.environ.get(f"GITHUB_{one}", "") for one in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


def _tell(result: Result, wish: Wish) -> None:
    name = result.repository
    if name != wish.remote.name:
        complain(wish.remote.name, f"it is called {name} now; use that name")
    for report in result.reports:
        if report.problem:
            complain(f"{name}/{report.path}", report.problem)
    done = _FUTURE.get(result.outcome, result.outcome) if wish.dry else result.outcome
    lines = [f"{name} {result.branch}: {done}"]
    if result.stop is not None:
        lines = [f"{name}: nothing was done: {result.stop}"]
    elif changed := [report for report in result.reports if report.changed]:
        lines[0] += f" ({counted(changed)})"
    if wish.dry and result.writeup is not None:
        lines.append(result.writeup.title)
        if wish.out is None:
            lines.append("--out FOLDER writes the text of the pull request.")
    if result.pull:
        lines.append(result.pull)
    if result.writeup is not None and wish.out is not None:
        lines += map(str, write_texts(Path(wish.out), result.writeup))
    sys.stdout.write("".join(f"{visible(line)}\n" for line in lines))
    for note in result.notes:
        tell(name, note)


_FUTURE: Mapping[Action, str] = {
    Action.CREATE: "would be opened",
    Action.UPDATE: "would be updated",
    Action.CLOSE: "would be closed: no longer needed",
}
"""What a dry run calls what it does not do."""
