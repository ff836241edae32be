"""What sweeps are told with: an organisation on a stand-in for GitHub, and nights over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import sweeping
from bot.commands import Exit
from bot.report.lines import read
from bot.sweep import work
from bot.sweep.record import Record, State
from tests.forge.github import GitHub
from tests.forge.people import App
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI
from tests.stories.warm import Near

TOKEN = "ghp_" + "a" * 36
ORGANISATION = "acme"
RIGHTS = {**dict.fromkeys(("contents", "pull_requests", "workflows"), "write"), "actions": "read"}
"""An app's."""


@dataclass
class Nights:
    """Sweeps an organisation, in this process, and reads what the report tells.

    Attributes:
        sources: the lines of the settings that say what is swept.
    """

    hub: GitHub
    folder: Path
    patch: pytest.MonkeyPatch
    sources: str = f"organisations: [{ORGANISATION}]"

    def repositories(self, count: int, text: str = CHECKS) -> list[Repository]:
        """So many repositories with one workflow, ``acme/r00`` and on."""
        names = [f"{ORGANISATION}/r{number:02}" for number in range(count)]
        return [self.hub.light(name, {CI: text}) for name in names]

    def sweep(self, told: str = "canaries: 0", more: str = "", **wish: Any) -> Exit:
        """One night; ``told`` are lines under ``sweep``, ``more`` lines beside it."""
        config = self.folder / "operator.yml"
        config.write_text(settings(told, more, self.sources))
        for name, value in self.hub.environment(TOKEN).items():
            self.patch.setenv(name, value)
        asked = {"journal": str(self.folder / "journal.sqlite"), "out": str(self.out), **wish}
        return sweeping.sweep(sweeping.Wish(str(config), **asked))

    @property
    def out(self) -> Path:
        """The folder of the reports."""
        return self.folder / "out"

    def records(self, out: Path | None = None) -> dict[str, Record]:
        """The last night's records by the repository's name without its owner."""
        with ((out or self.out) / "records.jsonl").open(encoding="utf-8") as stream:
            told = list(read(stream))
        found = {one.repository.partition("/")[2]: one for one in told}
        assert len(found) == len(told), "a repository is told of twice"
        return found

    def states(self) -> Counter[State]:
        """How many repositories are in which state."""
        return Counter(one.state for one in self.records().values())

    def whys(self, state: State) -> set[str]:
        """What is told of those in a state."""
        return {one.why for one in self.records().values() if one.state is state}


def settings(told: str, more: str = "", sources: str = Nights.sources) -> str:
    """An operator's file."""
    lines = "".join(f"  {line}\n" for line in (*sources.splitlines(), *told.splitlines()))
    return f"sweep:\n{lines}{more}\n"


def opened(repositories: Iterable[Repository]) -> list[str]:
    """The names of those that have an open pull request, without their owner."""
    return [one.name for one in repositories if any(p.state == "OPEN" for p in one.pulls.values())]


def all_right(made: Iterable[Repository]) -> None:
    """Each has one pull request, which is of its branch."""
    for one in made:
        (pull,) = one.pulls.values()
        assert pull.state == "OPEN"
        assert set(one.branches) == {"main", BRANCH}
        assert one.branches[BRANCH] in pull.body


def near(patch: pytest.MonkeyPatch) -> None:
    """Let analyses be done in this process: it takes a second to start another one."""
    patch.setattr(work, "Apart", Near)
    patch.setattr(sweeping, "Apart", Near)


def as_app(nights: Nights, app: App) -> None:
    """From now on sweeps are the app's."""
    environment = {
        "CLEARANCE_APP_ID": str(app.id),
        "CLEARANCE_APP_KEY": app.private_key,
        "GITHUB_API_URL": nights.hub.api_url,
        "GITHUB_SERVER_URL": nights.hub.web_url,
    }
    nights.patch.setattr(type(nights.hub), "environment", lambda *_: environment)
    nights.patch.delenv("GH_TOKEN", raising=False)
