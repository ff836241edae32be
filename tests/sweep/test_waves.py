"""Which repositories get their pull requests now, as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.sweep.settings import SweepSettings
from bot.sweep.waves import CANARIES, MOST_NEW, MOST_OPEN, RED, WINDOW, Made, Standing, hold, order

NONE = Standing(0, 0, 0, 0)
DAWN = datetime(2026, 1, 31, 5, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "standing", "made", "why"),
    [
        pytest.param({}, NONE, Made(), "", id="the first canary"),
        pytest.param({}, NONE, Made(0, 4, 4), "", id="the last canary"),
        pytest.param({}, NONE, Made(0, 5, 5), CANARIES, id="one beyond the canaries"),
        pytest.param({}, Standing(5, 0, 0, 5), Made(), CANARIES, id="canaries are open"),
        pytest.param({}, Standing(5, 4, 0, 1), Made(), CANARIES, id="one is not green"),
        pytest.param({}, Standing(5, 5, 0, 0), Made(), "", id="all are green"),
        pytest.param({}, Standing(5, 5, 0, 0), Made(0, 99, 99), "", id="then many go"),
        pytest.param({}, Standing(5, 0, 0, 5, told=True), Made(), "", id="a human says so"),
        pytest.param({"go": "when-told"}, Standing(5, 5, 0, 0), Made(), CANARIES, id="when-told"),
        pytest.param(
            {"go": "when-told"}, Standing(5, 0, 0, 0, told=True), Made(), "", id="when-told, told"
        ),
        pytest.param({"canaries": 0}, NONE, Made(0, 99, 99), "", id="no canaries"),
        pytest.param({"canaries": 0}, Standing(1, 0, 1, 0), Made(), RED, id="red without canaries"),
        pytest.param({}, Standing(5, 5, 1, 0), Made(), RED, id="a red one among green ones"),
        pytest.param({}, Standing(5, 5, 1, 0, told=True), Made(), RED, id="red whoever says so"),
        pytest.param({"canaries": 0, "most_new": 2}, NONE, Made(0, 1, 1), "", id="the last new"),
        pytest.param({"canaries": 0, "most_new": 2}, NONE, Made(0, 2, 2), MOST_NEW, id="most_new"),
        pytest.param(
            {"canaries": 0, "most_new": 2},
            NONE,
            Made(1, 1, 1),
            MOST_NEW,
            id="before it was interrupted counts",
        ),
        pytest.param(
            {"canaries": 0, "most_open": 3}, Standing(9, 0, 0, 1), Made(0, 1, 1), "", id="last open"
        ),
        pytest.param(
            {"canaries": 0, "most_open": 3},
            Standing(9, 0, 0, 1),
            Made(0, 1, 2),
            MOST_OPEN,
            id="most_open",
        ),
        pytest.param({"window": "22-5"}, NONE, Made(), WINDOW, id="outside of the window"),
        pytest.param({"window": "22-6"}, NONE, Made(), "", id="within the window"),
    ],
)
def test_hold(settings: dict[str, object], standing: Standing, made: Made, why: str) -> None:
    told = SweepSettings(**settings)  # type: ignore[arg-type]
    assert hold(told, standing, made, 1, DAWN) == why


def test_what_opens_nothing_never_waits() -> None:
    told = SweepSettings(window="1-2", most_new=1)
    assert not hold(told, Standing(9, 0, 9, 9), Made(9, 9, 9), 0, DAWN)


def test_the_pull_requests_of_a_repository_go_together() -> None:
    told = SweepSettings(canaries=0, most_new=2)
    assert hold(told, NONE, Made(), 3, DAWN) == MOST_NEW


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ("", range(24)),
        ("0-24", range(24)),
        ("8-17", range(8, 17)),
        ("22-6", [22, 23, *range(6)]),
        ("23-0", [23]),
        ("6-6", []),
    ],
    ids=["none", "the whole day", "a day", "over midnight", "to midnight", "nothing"],
)
def test_window(window: str, hours: list[int]) -> None:
    told = SweepSettings(canaries=0, window=window)
    day = DAWN.replace(minute=0)
    open_ = [hour for hour in range(24) if not hold(told, NONE, Made(), 1, day.replace(hour=hour))]
    assert open_ == sorted(hours)


def test_what_does_not_come_about_is_taken_back() -> None:
    made = Made()
    made.add(2)
    made.add(1)
    made.drop(2)
    assert made == Made(0, 1, 1)


def test_those_that_have_begun_come_first() -> None:
    names = {name: name for name in ("a/c", "a/B", "a/d", "a/a")}
    assert order(names, frozenset({"a/d"})) == ["a/d", "a/a", "a/B", "a/c"]
