"""What a sweep counts while it goes on, for whoever shows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TextIO

import pytest

from bot.report import sweepprogress
from bot.sweep.discover import Sources, discover
from bot.sweep.lister import Lister
from bot.sweep.outlook import Watch
from bot.sweep.tally import Tally
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED
from tests.sweep.nights import Nights


@pytest.fixture
def tallies(monkeypatch: pytest.MonkeyPatch) -> list[Tally]:
    """Those of the sweeps that were done, in the end."""
    made: list[Tally] = []

    @contextmanager
    def shown(watch: Watch, stream: TextIO) -> Iterator[None]:
        assert stream is sys.stderr
        yield
        made.append(replace(watch.tally))

    monkeypatch.setattr(sweepprogress, "shown", shown)
    return made


def test_a_first_night_looks_at_all_and_publishes_some(
    nights: Nights, tallies: list[Tally]
) -> None:
    nights.repositories(3, FIXED)
    nights.hub.light("acme/x", {CI: CHECKS})
    nights.hub.light("acme/y", {CI: CHECKS})
    nights.sweep()
    assert tallies == [Tally(expected=5, found=5, whole=True, looked=5, to_do=2, begun=2, done=2)]


def test_a_quiet_night_finds_nothing_changed(nights: Nights, tallies: list[Tally]) -> None:
    nights.repositories(3, FIXED)
    nights.sweep()
    nights.sweep()
    assert tallies[1] == Tally(expected=3, found=3, whole=True, looked=3, unchanged=3)


def test_what_has_to_wait_is_held_on_each_night(nights: Nights, tallies: list[Tally]) -> None:
    nights.repositories(4)
    nights.sweep("canaries: 1")
    nights.sweep("canaries: 1")
    held = Tally(expected=4, found=4, whole=True, looked=4, to_do=4, begun=1, done=1, held=3)
    assert tallies == [held, replace(held, to_do=3, begun=0, done=0)]


def test_what_fails_is_counted_where_it_fails(nights: Nights, tallies: list[Tally]) -> None:
    nights.repositories(2)
    nights.hub.fault("POST /repos/acme/r00/pulls", status(403))
    nights.hub.light("acme/x", {CI: FIXED, ".github/clearance.yml": "what: 1\n"})
    nights.sweep()
    (tally,) = tallies
    assert (tally.looked, tally.to_do, tally.done, tally.failed) == (3, 2, 2, 2)
    assert tally.failure is not None
    assert tally.failure.repository == "acme/r00"


def test_a_dry_run_has_nothing_to_publish(nights: Nights, tallies: list[Tally]) -> None:
    nights.repositories(2)
    nights.sweep(dry=True)
    assert tallies == [Tally(expected=2, found=2, whole=True, looked=2)]


def test_a_shard_expects_its_part_and_the_publisher_all(
    nights: Nights, tallies: list[Tally]
) -> None:
    nights.repositories(6)
    parts = [str(nights.folder / name) for name in ("a", "b")]
    for number, part in enumerate(parts, 1):
        journal = str(nights.folder / f"{number}.sqlite")
        nights.sweep(shard=f"{number}/2", out=part, journal=journal)
    nights.sweep(publish=tuple(f"{part}/records.jsonl" for part in parts))
    *shards, publisher = tallies
    assert [one.expected for one in shards] == [3, 3]
    assert sum(one.found for one in shards) == 6
    assert all(one.looked == one.found for one in shards)
    assert publisher == Tally(expected=6, found=6, whole=True, looked=6, to_do=6, begun=6, done=6)


def test_how_many_there_are_is_told_once_all_sources_have(hub: GitHub, client: Lister) -> None:
    for number in range(60):
        hub.light(f"acme/r{number:02}", {})
    hub.light("other/x", {})
    told: list[int] = []
    founds = discover(client, Sources(("acme", "gone", "other")), (BRANCH,), expect=told.append)
    early = [next(founds) for _ in range(60)]
    assert len(early) == 60
    assert told == []
    assert len(list(founds)) == 2
    assert told == [61]


def test_a_search_tells_no_more_than_it_gives(hub: GitHub, client: Lister) -> None:
    hub.light("acme/x", {})
    told: list[int] = []
    sources = Sources(repositories=("acme/x", "acme/gone"), search="org:acme")
    list(discover(client, sources, (BRANCH,), expect=told.append))
    assert told == [3]
