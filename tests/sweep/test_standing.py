"""From which day on merges are looked at, and what the journal tells of the look before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.sweep.journal import Journal
from bot.sweep.standing import since

NOW = datetime(2026, 6, 30, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("well", "day"),
    [
        pytest.param("2026-06-29T03:00:00Z", "2026-06-15", id="every night"),
        pytest.param("2026-05-30T03:00:00Z", "2026-05-16", id="after a pause"),
        pytest.param("", "2026-04-01", id="nothing is known"),
        pytest.param("2025-06-30T03:00:00Z", "2026-04-01", id="after a year"),
        pytest.param("2026-07-30T03:00:00Z", "2026-06-16", id="a clock that was wrong"),
    ],
)
def test_since(well: str, day: str) -> None:
    assert since(NOW, well) == day


def test_the_journal_tells_of_the_last_sweep_that_ended_well(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.well() == ""
        journal.end(journal.begin("1.0", "a"))
        journal.begin("1.0", "b")
        assert journal.well() == ""
        first = journal.begin("1.0", "c")
        journal.end(first, well=True)
        journal.end(journal.begin("1.0", "d"))
        assert journal.well() == first.started
