"""The journal keeps what was done through anything, and is never written over."""

from __future__ import annotations

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.life.past import Stop
from bot.sweep.found import Found, FoundPull
from bot.sweep.journal import After, Effect, Journal
from bot.sweep.journalfile import VERSION, JournalError
from bot.sweep.record import Record, State

BRANCH = "clearance/permissions"
PULL = FoundPull(7, "https://x/7", "OPEN", "c" * 40, "2026-01-01T00:00:00Z", False, "UNKNOWN")
FOUND = Found(
    "octo/demo",
    id=5,
    branch="main",
    head="a" * 40,
    tree="b" * 40,
    refs=("",),
    topics=("one", "two"),
    visibility="public",
)
RECORD = Record("octo/demo", State.NOTHING, "a" * 40, notes=("line\nline\u2028",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path) as made:
        yield made


def keep(journal: Journal, found: Found, *records: Record, branch: str = BRANCH) -> None:
    sweep = journal.begin("1.0", "digest")
    journal.keep(sweep, found, records or (RECORD,), "1.0", "digest", (branch,))


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "octo/renamed"},
        {"branch": "trunk"},
        {"tree": "d" * 40},
        {"settings_oid": "e" * 40},
        {"refs": ("f" * 40,)},
        {"pulls": (PULL,)},
        {"archived": True},
        {"disabled": True},
        {"empty": True},
        {"fork": True},
        {"visibility": "private"},
        {"topics": ("one",)},
        {"id": 6},
    ],
    ids=str,
)
def test_what_makes_a_repository_another_one(change: dict[str, Any], journal: Journal) -> None:
    keep(journal, FOUND)
    assert not journal.is_unchanged(replace(FOUND, **change), "1.0", "digest")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"head": "d" * 40},
        {"language": "Go"},
        {"size": 3},
        {"topics": ("two", "one")},
        {"node": "R_2"},
    ],
    ids=str,
)
def test_what_makes_no_difference(change: dict[str, Any], journal: Journal) -> None:
    keep(journal, FOUND)
    assert journal.is_unchanged(replace(FOUND, **change), "1.0", "digest")


@pytest.mark.parametrize(
    "change",
    [
        {"number": 8},
        {"head": "d" * 40},
        {"updated": "2026-01-02T00:00:00Z"},
        {"state": "CLOSED"},
    ],
    ids=str,
)
def test_a_pull_request_that_moved(change: dict[str, Any], journal: Journal) -> None:
    found = replace(FOUND, pulls=(PULL,))
    keep(journal, found)
    assert journal.is_unchanged(found, "1.0", "digest")
    assert journal.is_unchanged(
        replace(found, pulls=(replace(PULL, mergeable="MERGEABLE"),)), "1.0", "digest"
    )
    moved = replace(found, pulls=(replace(PULL, **change),))
    assert not journal.is_unchanged(moved, "1.0", "digest")


def test_an_open_pull_request_is_looked_at_with_each_commit_of_its_base(journal: Journal) -> None:
    found = replace(FOUND, pulls=(PULL,))
    keep(journal, found)
    assert not journal.is_unchanged(replace(found, head="d" * 40), "1.0", "digest")


@pytest.mark.parametrize(("program", "settings"), [("1.1", "digest"), ("1.0", "other")])
def test_another_program_or_other_settings(program: str, settings: str, journal: Journal) -> None:
    keep(journal, FOUND)
    assert not journal.is_unchanged(FOUND, program, settings)


@pytest.mark.parametrize("state", list(State))
def test_what_failed_or_waits_is_looked_at_again(state: State, journal: Journal) -> None:
    keep(journal, FOUND, RECORD, replace(RECORD, state=state))
    settled = state not in (State.FAILED, State.LATER)
    assert journal.is_unchanged(FOUND, "1.0", "digest") == settled


def test_a_draft_and_a_merge_queue_are_looked_at_again(journal: Journal) -> None:
    draft = replace(FOUND, pulls=(replace(PULL, draft=True),))
    keep(journal, draft)
    assert not journal.is_unchanged(draft, "1.0", "digest")
    queued = replace(RECORD, state=State.STOPPED, why=str(Stop.QUEUED))
    keep(journal, FOUND, queued)
    assert not journal.is_unchanged(FOUND, "1.0", "digest")
    keep(journal, FOUND, replace(queued, why=str(Stop.TOPIC)))
    assert journal.is_unchanged(FOUND, "1.0", "digest")


def test_what_waits_is_known_to_be_the_same(journal: Journal) -> None:
    keep(journal, FOUND, replace(RECORD, state=State.LATER))
    assert journal.is_same(FOUND, "1.0", "digest")
    assert not journal.is_same(replace(FOUND, tree="d" * 40), "1.0", "digest")
    assert not journal.is_same(replace(FOUND, head="d" * 40), "1.0", "digest")
    assert not journal.is_same(FOUND, "1.1", "digest")


def test_a_branch_that_no_list_tells_of_is_looked_at_again(journal: Journal) -> None:
    keep(journal, FOUND, replace(RECORD, branch="bot/own"))
    assert not journal.is_unchanged(FOUND, "1.0", "digest")
    keep(journal, FOUND, replace(RECORD, branch="bot/own"), branch="bot/own")
    assert journal.is_unchanged(FOUND, "1.0", "digest")


def test_records_come_back_as_they_were(journal: Journal) -> None:
    other, bad = replace(FOUND, id=6), Found("gone", problem="it is not there")
    sweep = journal.begin("1.0", "digest")
    for found in (other, FOUND, bad, replace(bad, repository="gone too")):
        record = replace(RECORD, repository=found.repository)
        journal.keep(sweep, found, (record, RECORD), "1.0", "digest", ())
    assert journal.last(FOUND) == (RECORD, RECORD)
    assert journal.last(replace(FOUND, id=99)) == ()
    assert {one.repository for one in journal.kept(sweep)} == {"gone", "gone too", "octo/demo"}
    assert len(list(journal.kept(sweep))) == 8
    later = journal.begin("1.0", "digest")
    journal.keep(later, FOUND, (), "1.0", "digest", ())
    assert journal.last(FOUND) == ()
    assert (journal.is_kept(later, FOUND), journal.is_kept(later, other)) == (True, False)


def test_a_sweep_that_was_cut_off_goes_on(path: Path) -> None:
    with Journal(path) as journal:
        assert journal.interrupted("1.0", "digest") is None
        sweep = journal.begin("1.0", "digest")
        with journal.effect(sweep, Effect("octo/demo", BRANCH, "a" * 40)):
            assert [one.repository for one in journal.under_way(sweep)] == ["octo/demo"]
        assert journal.under_way(sweep) == ()
        effect = Effect("octo/bad", BRANCH, "a" * 40, "print")
        with pytest.raises(ZeroDivisionError), journal.effect(sweep, effect):
            raise ZeroDivisionError
        assert journal.under_way(sweep) == ()
        with pytest.raises(KeyboardInterrupt), journal.effect(sweep, effect):
            raise KeyboardInterrupt
    with Journal(path) as journal:
        assert journal.interrupted("1.1", "digest") is None
        assert journal.interrupted("1.0", "other") is None
        again = journal.interrupted("1.0", "digest")
        assert again == sweep
        assert journal.under_way(sweep) == (effect,)
        journal.end(sweep)
        assert journal.interrupted("1.0", "digest") is None


def test_what_was_done_is_told_of_thirty_sweeps(journal: Journal) -> None:
    sweeps = []
    for _ in range(40):
        sweeps.append(journal.begin("1.0", "digest"))
        with (
            pytest.raises(KeyboardInterrupt),
            journal.effect(sweeps[-1], Effect("octo/demo", BRANCH, "a" * 40)),
        ):
            raise KeyboardInterrupt
    told = [bool(journal.under_way(one)) for one in sweeps]
    assert told == [False] * 9 + [True] * 31


def test_what_was_seen_of_merges_is_told_the_next_time(path: Path) -> None:
    with Journal(path) as journal:
        journal.looked({"a": After.WAITING, "b": After.ALARM})
        journal.looked({"a": After.GREEN})
    with Journal(path) as journal:
        assert {url: one.after for url, one in journal.merges().items()} == {
            "a": After.GREEN,
            "b": After.ALARM,
        }


def test_what_was_seen_of_merges_is_forgotten_after_a_hundred_days(path: Path) -> None:
    with Journal(path) as journal:
        journal.looked({"a": After.GREEN, "b": After.GREEN})
    with sqlite3.connect(path) as database:
        then = (datetime.now(UTC) - timedelta(days=101)).strftime("%Y-%m-%dT%H:%M:%SZ")
        database.execute("UPDATE merges SET at = ? WHERE url = 'a'", (then,))
    database.close()
    with Journal(path) as journal:
        journal.looked({})
        assert set(journal.merges()) == {"b"}


def test_a_journal_of_the_version_before_is_gone_on_with(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, FOUND)
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE merges")
        database.execute("PRAGMA user_version = 1")
    database.close()
    with Journal(path) as journal:
        assert journal.is_unchanged(FOUND, "1.0", "digest")
        assert journal.merges() == {}


def newer(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, FOUND)
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {VERSION + 1}")
    database.close()


def torn(path: Path) -> None:
    with Journal(path) as journal:
        for number in range(200):
            keep(journal, replace(FOUND, id=number + 1))
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 8] = os.urandom(4096 * 5)
    path.write_bytes(data)


def cut(path: Path) -> None:
    torn(path)
    path.write_bytes(path.read_bytes()[:20_000])


def foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE notes (text)")
    database.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (newer, "is of a newer version"),
        (torn, "is damaged"),
        (cut, "is damaged"),
        (foreign, "is a database, and no journal"),
        (lambda path: path.write_text("hi\n"), "is no journal"),
        (lambda path: path.write_bytes(os.urandom(20_000)), "is no journal"),
        (lambda path: path.mkdir(), "can't be opened or made"),
    ],
    ids=["newer", "torn pages", "cut short", "another database", "a text", "noise", "a folder"],
)
def test_what_is_no_sound_journal_is_told_and_left_alone(make: Any, words: str, path: Path) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(JournalError) as caught:
        Journal(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_an_empty_file_becomes_a_journal(path: Path) -> None:
    path.touch()
    with Journal(path) as journal:
        keep(journal, FOUND)
    with Journal(path) as journal:
        assert journal.last(FOUND) == (RECORD,)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_damaged_records_are_told(path: Path) -> None:
    with Journal(path) as journal:
        keep(journal, FOUND)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("UPDATE repositories SET records = '{}'")
    database.close()
    with Journal(path) as journal, pytest.raises(JournalError, match="is damaged"):
        journal.last(FOUND)


HOLD = """
import sys, time
from pathlib import Path
from bot.sweep.journal import Journal
from bot.sweep.journalfile import JournalError
try:
    with Journal(Path(sys.argv[1])) as journal:
        print("open", flush=True)
        sys.stdin.read()
except JournalError as error:
    print(error, flush=True)
"""


def start(script: str, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_the_second_sweep_says_so_until_the_first_one_is_dead(path: Path) -> None:
    first = start(HOLD, path)
    assert said(first) == "open"
    with pytest.raises(JournalError, match="in use by another sweep"):
        Journal(path)
    first.kill()
    first.wait()
    with Journal(path) as journal:
        keep(journal, FOUND)
        with pytest.raises(JournalError, match="in use by another sweep"):
            Journal(path)
        assert journal.last(FOUND) == (RECORD,)


def test_of_many_that_begin_at_once_one_goes_on(path: Path) -> None:
    for _ in range(3):
        processes = [start(HOLD, path) for _ in range(4)]
        lines = [said(one) for one in processes]
        for one in processes:
            one.communicate()
        assert sorted(line == "open" for line in lines) == [False, False, False, True], lines


WRITE = """
import sys
from dataclasses import replace
from pathlib import Path
from bot.sweep.found import Found
from bot.sweep.journal import Effect, Journal
from bot.sweep.record import Record, State
with Journal(Path(sys.argv[1])) as journal:
    sweep = journal.interrupted("1", "d") or journal.begin("1", "d")
    at = len(list(journal.kept(sweep)))
    print(at, flush=True)
    while True:
        at += 1
        found = Found(f"octo/r{at}", id=at)
        with journal.effect(sweep, Effect(found.repository, "b", "h")):
            pass
        journal.keep(sweep, found, (Record(found.repository, State.OPENED),), "1", "d", ("b",))
        print(at, flush=True)
"""


def test_a_writer_killed_fifty_times_leaves_a_journal_that_opens(path: Path) -> None:
    chance = random.Random(7)  # noqa: S311
    told = 0
    for turn in range(50):
        process = start(WRITE, path)
        assert process.stdout
        # Every third dies while it opens the journal, or makes it.
        lines = [said(process)] if turn % 3 else []
        time.sleep(chance.random() * (0.05 if lines else 0.4))
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().rpartition("\n")[0].split()
        process.wait()
        assert not lines or int(lines[0]) >= told, "what was kept is gone"
        told = max([told, *map(int, lines)])
    with Journal(path) as journal:
        sweep = journal.interrupted("1", "d")
        assert sweep
        assert len(list(journal.kept(sweep))) >= told
        assert len(journal.under_way(sweep)) <= 50


def test_a_full_disk_is_told_and_all_before_it_is_kept(path: Path) -> None:
    big = replace(RECORD, notes=("x" * 100_000,))
    with Journal(path) as journal:
        keep(journal, FOUND)
        journal._database.execute("PRAGMA max_page_count = 40")
        with pytest.raises(JournalError, match="there is no room left"):
            keep(journal, replace(FOUND, id=6), big, big)
        journal._database.execute("PRAGMA max_page_count = 4000")
        keep(journal, replace(FOUND, id=7), big)
    with Journal(path) as journal:
        assert journal.is_unchanged(FOUND, "1.0", "digest")
        assert journal.last(replace(FOUND, id=6)) == ()
        assert journal.last(replace(FOUND, id=7)) == (big,)


LIMITED = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from bot.sweep.found import Found
from bot.sweep.journal import Journal
from bot.sweep.journalfile import JournalError
from bot.sweep.record import Record, State
with Journal(Path(sys.argv[1])) as journal:
    sweep = journal.begin("1", "d")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        for at in range(1, 1000):
            found = Found(f"octo/r{at}", id=at)
            record = Record(found.repository, State.OPENED, notes=("x" * 5000,))
            journal.keep(sweep, found, (record,), "1", "d", ("b",))
    except JournalError as error:
        print(at - 1, error, flush=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
"""


def test_a_file_that_may_not_grow_is_told_and_all_before_it_is_kept(path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    process = start(LIMITED, path)
    out, _ = process.communicate(timeout=30)
    number, _, words = out.partition(" ")
    assert "can't be written" in words
    with Journal(path) as journal:
        sweep = journal.interrupted("1", "d")
        assert sweep
        assert len(list(journal.kept(sweep))) == int(number) > 10
