"""Shards scan and open nothing; one publisher does what they found, as one run would do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands import Exit
from bot.report.lines import lines
from bot.sweep import shards
from bot.sweep.record import Record, State
from bot.sweep.shards import handed
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import CHECKS, CI, FIXED, RELEASES
from tests.sweep.nights import ORGANISATION, TOKEN, Nights, opened

MANY = 24
SHARDS = 8
TEXTS = (CHECKS, FIXED, RELEASES, CHECKS)


def _organisation(hub: GitHub) -> list[Repository]:
    """Repositories of all kinds."""
    made = []
    for number in range(MANY):
        files = {CI: TEXTS[number % len(TEXTS)]} if number % 7 != 5 else {"README.md": "Hello\n"}
        topics = ("no-clearance",) if number == 4 else ()
        made.append(hub.light(f"{ORGANISATION}/r{number:02}", files, topics=topics))
    made[8].archived = True
    return made


@pytest.fixture
def other(nights: Nights, tmp_path: Path) -> Iterator[Nights]:
    """Another GitHub, on which one run does all."""
    folder = tmp_path / "other"
    folder.mkdir()
    with GitHub() as hub:
        hub.token(TOKEN)
        yield Nights(hub, folder, nights.patch)


def _shards(nights: Nights, told: str, of: int = SHARDS) -> list[str]:
    """Let each shard scan its part; the files that they write."""
    paths = []
    for number in range(1, of + 1):
        out = nights.folder / f"shard{number}"
        journal = str(nights.folder / f"shard{number}.sqlite")
        assert (
            nights.sweep(told, shard=f"{number}/{of}", out=str(out), journal=journal) is Exit.DONE
        )
        paths.append(str(out / "records.jsonl"))
    return paths


def _short(record: Record) -> tuple[State, str, object]:
    return record.state, record.why, record.files


def _same(nights: Nights, other: Nights) -> None:
    mine, theirs = nights.records(), other.records()
    assert {name: _short(one) for name, one in mine.items()} == {
        name: _short(one) for name, one in theirs.items()
    }


def _merge(hub: GitHub, repositories: list[Repository]) -> None:
    for one in repositories:
        if any(pull.state == "OPEN" for pull in one.pulls.values()):
            one.human.merge(one.pull)
            hub.run(one, CI, conclusion="success")


def test_they_do_together_what_one_run_does(nights: Nights, other: Nights) -> None:
    told = "canaries: 3\nmost_new: 5\nmost_open: 4"
    both = (nights, _organisation(nights.hub)), (other, _organisation(other.hub))
    for night in range(2):
        paths = _shards(nights, told)
        assert not nights.hub.calls.writes or night
        nights.sweep(told, publish=tuple(paths))
        other.sweep(told)
        _same(nights, other)
        assert opened(both[0][1]) == opened(both[1][1])
        if not night:
            for told_by, made in both:
                _merge(told_by.hub, made)
    assert len(nights.hub.calls.writes) == len(other.hub.calls.writes)


def test_what_a_shard_says_is_worked_out_afresh(nights: Nights) -> None:
    made = nights.repositories(3)
    (path,) = _shards(nights, "canaries: 0", 1)
    made[0].human.push({CI: FIXED})
    nights.sweep(publish=(path,))
    assert opened(made) == ["r01", "r02"]
    assert nights.records()["r00"].state is State.NOTHING


def test_one_that_no_shard_tells_of_is_told(nights: Nights) -> None:
    nights.repositories(2)
    (path,) = _shards(nights, "canaries: 0", 1)
    nights.hub.light(f"{ORGANISATION}/new", {CI: CHECKS})
    assert nights.sweep(publish=(path,)) is Exit.FINDINGS
    assert nights.states() == {State.OPENED: 2, State.FAILED: 1}
    assert nights.whys(State.FAILED) == {shards.MISSING}


def test_one_that_has_gone_since_is_told(nights: Nights) -> None:
    made = nights.repositories(2)
    (path,) = _shards(nights, "canaries: 0", 1)
    made[1].deleted = True
    assert nights.sweep(publish=(path,)) is Exit.FINDINGS
    assert nights.whys(State.FAILED) == {shards.GONE}


def test_one_that_was_archived_since_is_left(nights: Nights) -> None:
    made = nights.repositories(2)
    (path,) = _shards(nights, "canaries: 0", 1)
    made[1].archived = True
    assert nights.sweep(publish=(path,)) is Exit.DONE
    assert nights.whys(State.STOPPED) == {"it is archived"}


def test_a_shard_says_that_it_has_opened_nothing(nights: Nights) -> None:
    made = nights.repositories(2)
    _shards(nights, "canaries: 0", 1)
    told = nights.records(nights.folder / "shard1").values()
    assert {one.why for one in told} == {shards.SCANNED}
    assert not opened(made)


def test_what_waits_is_not_scanned_again_and_told_again(nights: Nights) -> None:
    made = nights.repositories(4)
    told = "canaries: 1"
    nights.sweep(told, publish=tuple(_shards(nights, told, 2)))
    made[3].human.push({"README.md": "Something else\n"})
    nights.hub.calls.clear()
    paths = _shards(nights, told, 2)
    scanned = {one.path.split("/")[2].removesuffix(".git") for one in nights.hub.calls.git}
    assert scanned == {"r03"}
    nights.sweep(told, publish=tuple(paths), go=True)
    assert opened(made) == ["r00", "r01", "r02", "r03"]


def test_the_publisher_goes_on_where_it_was_interrupted(nights: Nights) -> None:
    made = nights.repositories(4)
    (path,) = _shards(nights, "canaries: 0", 1)
    nights.sweep("canaries: 0\nmost_new: 3", publish=(path,))
    nights.hub.calls.clear()
    nights.sweep("canaries: 0\nmost_new: 3", publish=(path,), resume=True)
    assert len(opened(made)) == 4


def test_the_publisher_clones_only_what_it_does_something_to(nights: Nights) -> None:
    nights.repositories(3, FIXED)
    (path,) = _shards(nights, "canaries: 0", 1)
    nights.hub.calls.clear()
    nights.sweep(publish=(path,))
    assert not nights.hub.calls.git
    assert nights.states() == {State.NOTHING: 3}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("nonsense\n", "is no report of a shard (line 1: ", id="no JSON"),
        pytest.param('{"v":9}\n', "is no report of a shard (line 1: ", id="another version"),
        pytest.param(None, "can't be read (No such file", id="no file"),
    ],
)
def test_what_is_no_report_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str], text: str | None, words: str
) -> None:
    path = nights.folder / "records.jsonl"
    if text is not None:
        path.write_text(text)
    assert nights.sweep(publish=(str(path),)) is Exit.ERROR
    told = capsys.readouterr().err
    assert f"{path}" in told
    assert words in told
    assert told.count("\n") == 1


def test_scanning_and_publishing_at_once_is_neither(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nights.sweep(shard="1/2", publish=("records.jsonl",)) is Exit.ERROR
    assert "leave one out" in capsys.readouterr().err


def test_the_last_report_of_a_repository_counts(tmp_path: Path) -> None:
    one, two = Record("a/b", State.NOTHING), Record("a/c", State.OPENED)
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_text("".join(lines([one, two])))
    second.write_text("".join(lines([replace(one, state=State.OPENED), two, two])))
    told = handed([str(first), str(second)])
    assert {name: [r.state for r in records] for name, records in told.items()} == {
        "a/b": [State.OPENED],
        "a/c": [State.OPENED, State.OPENED],
    }
