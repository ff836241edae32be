"""Whose turn it is, while others are still scanned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from bot.ground import Order
from bot.sweep import waves
from bot.sweep.found import Found
from bot.sweep.publisher import Publisher, Start, Todo
from bot.sweep.record import Record, State
from bot.sweep.settings import SweepSettings
from bot.sweep.waves import Made, Standing
from bot.sweep.work import Task

_GREEN = Standing(begun=5, green=5, red=0, opened=0)


def _todo(name: str, state: State = State.OPENED) -> Todo:
    return Todo.of(Found(name), (Record(name, state),))


@dataclass(slots=True)
class Desk:
    """A publisher, and what a test says of the sweep around it."""

    settings: SweepSettings = field(default_factory=lambda: SweepSettings(canaries=0))
    standing: Standing = _GREEN
    found: bool = True
    scanned: bool = True
    begun: frozenset[str] = frozenset()
    mending: frozenset[str] = frozenset()
    kept: list[tuple[str, State, str]] = field(default_factory=list)
    asked: list[Standing] = field(default_factory=list)
    publisher: Publisher = field(init=False)
    tasks: Iterator[tuple[Todo, Task] | None] = field(init=False)

    def __post_init__(self) -> None:
        self.publisher = Publisher(
            self.settings,
            self._start,
            found=lambda: self.found,
            scanned=lambda: self.scanned,
            task=lambda todo: Task(Order(todo.found.repository, None), "https://api.example"),
            keep=lambda _, records: self.kept.extend(
                (one.repository, one.state, one.why) for one in records
            ),
            now=lambda: datetime(2026, 1, 31, 12, tzinfo=UTC),
        )
        self.tasks = self.publisher.tasks()

    def _start(self) -> Start:
        self.asked.append(self.standing)
        return Start(self.standing, Made(), self.begun, self.mending)

    def turn(self) -> str:
        """The name of the repository whose turn it is; ``later``, or ``over``."""
        found = next(self.tasks, False)
        if found is False:
            return "over"
        assert not isinstance(found, bool)
        return found[0].found.repository if found else "later"

    def end(self, name: str, state: State = State.OPENED) -> None:
        """A task has ended so."""
        self.publisher.ended(_todo(name), (Record(name, state),))


def test_what_is_scanned_first_is_opened_while_others_are_scanned() -> None:
    desk = Desk(scanned=False)
    desk.publisher.add(_todo("o/z"))
    assert [desk.turn(), desk.turn()] == ["o/z", "later"]
    desk.publisher.add(_todo("o/a"))
    desk.scanned = True
    assert [desk.turn(), desk.turn()] == ["o/a", "later"]
    desk.end("o/z")
    desk.end("o/a")
    assert desk.turn() == "over"


@pytest.mark.parametrize(
    ("settings", "standing"),
    [
        pytest.param(SweepSettings(canaries=2), Standing(0, 0, 0, 0), id="canaries"),
        pytest.param(SweepSettings(canaries=0, most_new=2), _GREEN, id="most_new"),
        pytest.param(SweepSettings(canaries=0, most_open=2), _GREEN, id="most_open"),
    ],
)
def test_where_not_all_have_room_the_first_by_name_get_it(
    settings: SweepSettings, standing: Standing
) -> None:
    desk = Desk(settings, standing, scanned=False, begun=frozenset({"o/y"}))
    for name in ("o/z", "o/b", "o/y", "o/a"):
        desk.publisher.add(_todo(name))
        assert desk.turn() == "later"
    desk.scanned = True
    assert [desk.turn(), desk.turn(), desk.turn()] == ["o/y", "o/a", "later"]


def test_nobody_is_asked_how_far_it_has_got_before_all_are_found() -> None:
    desk = Desk(found=False, scanned=False)
    desk.publisher.add(_todo("o/a"))
    assert desk.turn() == "later"
    assert not desk.asked
    desk.found = True
    assert desk.turn() == "o/a"
    assert len(desk.asked) == 1


def test_one_that_comes_to_nothing_makes_room() -> None:
    desk = Desk(SweepSettings(canaries=0, most_new=1))
    desk.publisher.add(_todo("o/a"))
    desk.publisher.add(_todo("o/b"))
    assert [desk.turn(), desk.turn()] == ["o/a", "later"]
    desk.end("o/a", State.FAILED)
    assert [desk.turn(), desk.turn()] == ["o/b", "later"]
    desk.end("o/b")
    assert desk.turn() == "over"


def test_what_has_to_wait_is_kept_with_its_reason_and_what_was_right_as_it_was() -> None:
    desk = Desk(SweepSettings(canaries=0, most_new=1))
    for name in ("o/a", "o/b"):
        desk.publisher.add(_todo(name))
    assert desk.turn() == "o/a"
    desk.end("o/a")
    assert desk.turn() == "over"
    desk.publisher.close()
    assert desk.kept == [("o/a", State.OPENED, ""), ("o/b", State.LATER, waves.MOST_NEW)]


def test_what_opens_nothing_waits_for_nobody() -> None:
    desk = Desk(SweepSettings(canaries=1), Standing(1, 0, 1, 1))
    desk.publisher.add(_todo("o/new"))
    desk.publisher.add(_todo("o/open", State.UPDATED))
    assert [desk.turn(), desk.turn()] == ["o/open", "later"]


def test_what_gets_a_scope_back_passes_red_and_takes_room_like_any_other() -> None:
    red = Standing(begun=5, green=0, red=1, opened=0)
    names = ("o/a", "o/b", "o/c")
    desk = Desk(SweepSettings(canaries=5, most_new=2), red, mending=frozenset(names))
    for name in names:
        desk.publisher.add(_todo(name, State.UNCHANGED))
    assert [desk.turn(), desk.turn(), desk.turn()] == ["o/a", "o/b", "later"]
    for name in names[:2]:
        desk.publisher.ended(replace(_todo(name), fresh=1), (Record(name, State.OPENED),))
    assert desk.turn() == "over"
    desk.publisher.close()
    assert desk.kept[-1] == ("o/c", State.LATER, waves.MOST_NEW)
