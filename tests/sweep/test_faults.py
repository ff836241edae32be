"""GitHub, the disk or another sweep gets in the way: nothing is lost, and nothing done twice."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import sweeping
from bot.commands import Exit
from bot.forge import auth
from bot.sweep.journal import Journal
from bot.sweep.record import Record, State
from tests.forge.faults import status
from tests.forge_client.support import FakeClock
from tests.sweep.nights import RIGHTS, TOKEN, Nights, all_right, as_app, opened


def test_the_limit_of_changes_a_minute_is_never_met(nights: Nights, clock: FakeClock) -> None:
    made = nights.repositories(9)
    nights.hub.limits.creations_a_minute = 4
    assert nights.sweep(more="content_per_minute: 4") is Exit.DONE
    all_right(made)
    assert sum(clock.waits) > 60
    assert {one.status for one in nights.hub.calls.writes} <= {200, 201}


def test_a_token_that_ends_in_between_ends_the_sweep_and_no_more(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(4)
    nights.hub.fault(lambda _: True, status(401), times=None, after=12)
    assert nights.sweep() in (Exit.ERROR, Exit.FINDINGS)
    assert "Traceback" not in capsys.readouterr().err
    nights.hub.heal()
    assert nights.sweep() is Exit.DONE
    all_right(made)


def test_an_installation_s_token_that_ends_at_once_fails_one_for_a_night(nights: Nights) -> None:
    """It is got anew before its end; where GitHub ends it sooner, the others have their own."""
    as_app(nights, nights.hub.app("acme", RIGHTS))
    made = nights.repositories(4)
    nights.hub.fault("POST /repos/acme/r01/pulls", status(401))
    assert nights.sweep() is Exit.FINDINGS
    assert opened(made) == ["r00", "r02", "r03"]
    assert nights.states() == {State.OPENED: 3, State.FAILED: 1}
    assert nights.sweep() is Exit.DONE
    all_right(made)


def test_a_journal_that_was_lost_costs_time_alone(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep()
    for one in nights.folder.glob("journal.sqlite*"):
        one.unlink()
    nights.hub.calls.clear()
    assert nights.sweep() is Exit.DONE
    assert not nights.hub.calls.writes
    assert nights.states() == {State.RIGHT: 3}
    all_right(made)


def test_two_with_one_journal_are_one_and_a_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(2)
    with Journal(nights.folder / "journal.sqlite"):
        assert nights.sweep() is Exit.ERROR
    told = capsys.readouterr().err
    assert "is in use by another sweep" in told
    assert told.count("\n") == 1
    assert opened(made) == []


def test_two_with_a_journal_each_do_nothing_twice(nights: Nights) -> None:
    made = nights.repositories(4)
    # A process takes its token out of its environment; here two of them share one.
    take = auth.from_environment

    def again(_: object, *rest: Any, **more: Any) -> auth.Credentials:
        return take({"GH_TOKEN": TOKEN}, *rest, **more)

    nights.patch.setattr(auth, "from_environment", again)
    ended: list[Exit] = []

    def sweep(number: int) -> None:
        ended.append(
            nights.sweep(
                journal=str(nights.folder / f"{number}.sqlite"),
                out=str(nights.folder / f"out{number}"),
            )
        )

    threads = [threading.Thread(target=sweep, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert ended == [Exit.DONE, Exit.DONE]
    all_right(made)


@pytest.mark.parametrize("after", [0, 2])
def test_a_full_disk_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str], after: int
) -> None:
    made = nights.repositories(3)
    lines = iter(range(1_000_000))

    class Full(sweeping._Teller):
        def tell(self, record: Record) -> None:
            if next(lines) >= after:
                raise OSError(28, "No space left on device")
            super().tell(record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "_Teller", Full)
        code = nights.sweep()
    told = capsys.readouterr().err
    assert code is Exit.ERROR
    assert f"{nights.out}: it can't be written (No space left on device)" in told
    assert told.count("\n") == 1
    assert list(nights.out.iterdir()) == []
    assert nights.sweep() is Exit.DONE
    all_right(made)


@pytest.mark.parametrize(
    ("name", "age", "stays"),
    [
        pytest.param(".records.jsonl.abcd_123", 2, False, id="of a sweep that was killed"),
        pytest.param(".report.html.abcd_123", 2, False, id="of its page"),
        pytest.param(".records.jsonl.abcd_123", 0.5, True, id="of a sweep that may be at work"),
        pytest.param(".records.jsonl.my-notes", 2, True, id="that a human has named"),
        pytest.param("records.jsonl.abcd_123", 2, True, id="of something else"),
    ],
)
def test_half_a_report_goes_after_a_day(nights: Nights, name: str, age: float, stays: bool) -> None:
    nights.out.mkdir()
    half = nights.out / name
    half.touch()
    then = time.time() - age * 86_400
    os.utime(half, (then, then))
    nights.repositories(1)
    assert nights.sweep(dry=True) is Exit.DONE
    assert half.exists() is stays


def test_a_folder_that_can_t_be_written_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(1)
    file = nights.folder / "file"
    file.write_text("")
    assert nights.sweep(out=str(file)) is Exit.ERROR
    told = capsys.readouterr().err
    assert f"{file}: it can't be written" in told
    assert opened(made) == []


def test_a_token_that_has_expired_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.repositories(1)
    nights.hub.token(TOKEN, expires=datetime(2020, 1, 1, tzinfo=UTC))
    assert nights.sweep() is Exit.ERROR
    assert capsys.readouterr().err.count("\n") == 1


def test_the_search_for_what_was_merged_may_fail(nights: Nights, clock: FakeClock) -> None:
    made = nights.repositories(3)
    nights.hub.fault("Opened", status(502), times=2)
    assert nights.sweep() is Exit.DONE
    all_right(made)


def test_a_journal_that_can_t_be_written_ends_the_sweep(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(3)
    keep, count = Journal._change, iter(range(1_000_000))

    def full(self: Journal, statement: str, *values: object) -> int:
        if next(count) >= 6:
            raise self._error("can't be written, there is no room left; make some and run again")
        return keep(self, statement, *values)

    monkeypatch.setattr(Journal, "_change", full)
    assert nights.sweep() is Exit.ERROR
    assert "no room left" in capsys.readouterr().err
    monkeypatch.setattr(Journal, "_change", keep)
    assert nights.sweep() is Exit.DONE
    all_right(made)
