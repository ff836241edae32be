"""What a run costs GitHub, and the line."""

from __future__ import annotations

import random

from bot.life.decide import Action
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.stories.teller import RELEASE, RELEASES, Teller

_PEOPLE = "labels: [security]\nreviewers: [mona]\nassignees: [mona]\n"
_LOG = """\
2026-01-01T00:00:00.0000000Z ##[group]GITHUB_TOKEN Permissions
2026-01-01T00:00:00.0000000Z Contents: read
2026-01-01T00:00:00.0000000Z ##[endgroup]
2026-01-01T00:00:01.0000000Z HTTP 403: Resource not accessible by integration
"""


def release(hub: GitHub, teller: Teller) -> Repository:
    """A large repository whose release failed."""
    source = random.Random(0)  # noqa: S311 - noise that is the same each time
    repo = hub.repository("octo/demo", {RELEASE: RELEASES, "data.bin": source.randbytes(4 << 20)})
    hub.run(repo, RELEASE, jobs=[("publish", "failure", [Step("Release", "failure", 30)], _LOG)])
    return repo


def test_a_first_run_takes_twelve_calls_at_most(hub: GitHub, teller: Teller) -> None:
    release(hub, teller)
    hub.calls.clear()
    assert teller.run(settings=_PEOPLE).outcome is Action.CREATE
    assert len(hub.calls.api) <= 12


def test_a_quiet_run_takes_four_calls_at_most(hub: GitHub, teller: Teller) -> None:
    repo = release(hub, teller)
    teller.run()
    repo.human.push({"README.md": "More."})
    hub.calls.clear()
    assert teller.run().outcome is Action.KEEP
    assert len(hub.calls.api) <= 4


def test_little_of_a_large_repository_is_fetched(hub: GitHub, teller: Teller) -> None:
    release(hub, teller)
    hub.calls.clear()
    teller.run()
    assert hub.calls.git_bytes < 100_000
