"""Who gets a pull request now, and who waits: the one place that owns the limits of a sweep."""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.sweep import waves
from bot.sweep.found import Found
from bot.sweep.record import Record, State, from_line, to_line
from bot.sweep.settings import SweepSettings
from bot.sweep.waves import Made, Standing
from bot.sweep.work import Task

PUBLISHERS = 4
"""Repositories that are published at a time: enough to fill what the limits allow."""
TO_DO = frozenset({State.OPENED, State.UPDATED, State.CLOSED})
"""What scanning tells of a repository in which something is to be done."""

_PRINT = 16
_SEEN = frozenset({State.NOTHING, State.UNCHANGED, State.REFUSED})
"""What a scan tells that knows of nothing to be given back."""
Keep = Callable[[Found, tuple[Record, ...]], None]


@dataclass(frozen=True, slots=True)
class Todo:
    """A repository whose turn is still to come, and there may be thousands of them.

    Attributes:
        fresh: pull requests that are to be opened.
        fingerprint: of what is to change in which files; empty where that is not known.
    """

    found: Found
    fresh: int
    fingerprint: str
    _packed: bytes

    @staticmethod
    def of(found: Found, records: Iterable[Record]) -> Todo:
        """What scanning told of it, packed."""
        told = tuple(records)
        packed = zlib.compress("\n".join(map(to_line, told)).encode())
        return Todo(found, fresh(told), _fingerprint(told), packed)

    @property
    def records(self) -> tuple[Record, ...]:
        """What scanning told of it."""
        return tuple(map(from_line, zlib.decompress(self._packed).decode().splitlines()))


@dataclass(frozen=True, slots=True)
class Start:
    """What is known when all repositories are found, and the first pull request may be opened.

    Attributes:
        made: what this very sweep opened before it was interrupted.
        begun: repositories that have, or had, a pull request of the program.
        mending: those of them in which a scope is given back.
    """

    standing: Standing
    made: Made
    begun: frozenset[str]
    mending: frozenset[str] = frozenset()


@dataclass(slots=True)
class Publisher:
    """Gives out the tasks that change something, and takes what came of them.

    Attributes:
        start: asked once, as soon as all are found.
        found: tells whether they are.
        scanned: tells whether no more can be added.
        task: that publishes a repository.
        keep: is given what came of one, or why it has to wait.
    """

    settings: SweepSettings
    start: Callable[[], Start]
    found: Callable[[], bool]
    scanned: Callable[[], bool]
    task: Callable[[Todo], Task]
    keep: Keep
    now: Callable[[], datetime]
    _turn: deque[Todo] = field(default_factory=deque, init=False)
    _held: list[tuple[Todo, str]] = field(default_factory=list, init=False)
    _made: Made = field(default_factory=Made, init=False)
    _going: int = field(default=0, init=False)
    _freed: bool = field(default=False, init=False)

    def add(self, todo: Todo) -> None:
        """Something is to be done in a repository."""
        self._turn.append(todo)

    def tasks(self) -> Iterator[tuple[Todo, Task] | None]:
        """What may be done now; None while there is nothing, and there may be later."""
        while not self.found():
            yield None
        start = self.start()
        self._made = start.made
        if waves.may_hold(self.settings, start.standing, self.now()):
            # Who comes first gets what there is: so that has to be the same every time.
            while not self.scanned():
                yield None
            ordered = waves.order({one.found.repository: one for one in self._turn}, start.begun)
            self._turn = deque(ordered)
        while True:
            if self._turn:
                todo = _weighed(self._turn.popleft(), start)
                if self._is_held(todo, start):
                    continue
                self._going += 1
                yield todo, self.task(todo)
            elif self._going or not self.scanned():
                yield None
            elif self._freed:
                # Others take the place of what failed: else what fails each night stops them all.
                self._freed = False
                self._turn.extend(one for one, _ in self._held)
                self._held.clear()
            else:
                return

    def ended(self, todo: Todo, records: tuple[Record, ...]) -> None:
        """What came of one."""
        opened = fresh(records)
        self._going -= 1
        self._made.drop(todo.fresh)
        self._made.add(opened)
        self._freed |= opened < todo.fresh
        self.keep(todo.found, records)

    def close(self) -> None:
        """Say of what is still held why it waits."""
        for todo, why in self._held:
            self.keep(todo.found, tuple(_later(one, why, todo.fresh) for one in todo.records))

    def _is_held(self, todo: Todo, start: Start) -> bool:
        standing = start.standing
        if todo.found.repository in start.mending:
            # It mends what the others wait for.
            standing = replace(standing, red=0, told=True)
        why = waves.hold(self.settings, standing, self._made, todo.fresh, self.now())
        if why:
            self._held.append((todo, why))
        else:
            self._made.add(todo.fresh)
        return bool(why)


def fresh(records: Iterable[Record]) -> int:
    """How many pull requests are, or are to be, opened."""
    return sum(one.state is State.OPENED for one in records)


def _fingerprint(records: Iterable[Record]) -> str:
    files = sorted((file.path, file.cluster) for one in records for file in one.files)
    return hashlib.sha256(repr(files).encode()).hexdigest()[:_PRINT] if files else ""


def _weighed(todo: Todo, start: Start) -> Todo:
    """What gets a scope back opens a pull request, of which no scan knows."""
    mends = todo.found.repository in start.mending and todo.found.pull is None
    return replace(todo, fresh=max(todo.fresh, 1)) if mends else todo


def _later(record: Record, why: str, opens: int) -> Record:
    waits = record.state in TO_DO or (opens and record.state in _SEEN)
    return replace(record, state=State.LATER, why=why) if waits else record
