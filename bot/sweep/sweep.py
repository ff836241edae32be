"""One sweep: discover, scan side by side, publish in order, and remember.

Scanning changes nothing and says only where there is something to do. What is then done is worked
out afresh by the one publisher, which owns all limits; so shards and workers need not be trusted,
and a sweep that was ended at any point is simply begun again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot import __version__
from bot.ground import Order
from bot.sweep import engine, shards, waves
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.journal import Effect, Journal, Sweep
from bot.sweep.lister import Lister
from bot.sweep.record import Record, State, from_line, to_line
from bot.sweep.select import left_out
from bot.sweep.settings import SweepSettings
from bot.sweep.waves import Made, Standing
from bot.sweep.work import Task, Worker

_PUBLISHERS = 4
"""Repositories that are published at a time: enough to fill what the limits allow."""
_TO_DO = frozenset({State.OPENED, State.UPDATED, State.CLOSED})
_DRY = "it was a dry run: nothing was done"

Found_ = tuple[Found, tuple[Record, ...]]
Look = Callable[[Sequence[Found]], Standing]
"""How far the organisation has got, for the canaries."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep is to do.

    Attributes:
        settings: the text of the operator's settings; None for the defaults.
        digest: of those.
        branches: the program's branches in a repository.
        dry: nothing is done.
        shard: which of how many parts is scanned, from 0; then nothing is published.
        resume: a sweep that came to no end is gone on with.
        told: a human says that the others may follow the canaries.
        public: what is printed can be read by everybody.
        page: the address of the run that this is, or nothing.
    """

    settings: str | None
    sweep: SweepSettings
    digest: str
    branches: tuple[str, ...]
    api_url: str
    dry: bool = False
    shard: tuple[int, int] | None = None
    resume: bool = False
    told: bool = False
    public: bool = False
    page: str = ""


@dataclass(slots=True)
class Sweeper:
    """Does a sweep.

    Attributes:
        scanner: where repositories are scanned, and by which function.
        standing: asked once, before anything is published.
        tell: is given each record as soon as it is final, and those of repositories in which a
            pull request was merged only once ``standing`` was asked, which looks at these.
        handed: what shards have scanned, by the repository; None where this sweep scans itself.
    """

    plan: Plan
    client: Lister
    worker: Worker
    scanner: tuple[Executor, engine.Do]
    journal: Journal
    standing: Look
    tell: Callable[[Record], None]
    handed: Mapping[str, tuple[Record, ...]] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    found: list[Found] = field(default_factory=list, init=False)
    waiting: list[_Todo] = field(default_factory=list, init=False)
    merged: set[str] = field(default_factory=set, init=False)
    late: list[Record] = field(default_factory=list, init=False)

    def sweep(self) -> Sweep:
        """Go through all repositories, and give the sweep's row in the journal."""
        plan = self.plan
        going = self.journal.interrupted(__version__, plan.digest) if plan.resume else None
        row = going or self.journal.begin(__version__, plan.digest)
        to_do = self._scanned(row) if self.handed is None else self._handed(row, self.handed)
        scanned = [*(_todo(found, records) for found, records in to_do), *self.waiting]
        if plan.dry or plan.shard is not None:
            self._release()
            why = _DRY if plan.shard is None else shards.SCANNED
            for todo in scanned:
                self._tell(replace(one, why=one.why or why) for one in todo.records)
        else:
            self._publish(row, scanned)
        self.journal.end(row)
        return row

    def _scanned(self, row: Sweep) -> Iterator[Found_]:
        """What there is to do; what there is not is told at once."""
        executor, do = self.scanner
        for found, records in engine.done(executor, do, self._tasks(row), self.plan.sweep.workers):
            if _is_to_do(found, records):
                yield found, records
            else:
                self._keep(row, found, records)

    def _handed(self, row: Sweep, handed: Mapping[str, tuple[Record, ...]]) -> Iterator[Found_]:
        """What shards have found to do; what else they tell is taken over as it is.

        None of that is kept in this journal: it holds for what the shard saw, and not for what is
        seen here.
        """
        left = dict(handed)
        for found in self._discovered():
            records = left.pop(found.repository, ())
            ended = self._aside(found) or self._ended(row, found)
            if ended:
                self._tell(ended)
            elif not records:
                self._tell([_failed(found, shards.MISSING)])
            elif _is_to_do(found, records):
                yield found, tuple(replace(one, why=_but(one.why)) for one in records)
            else:
                self._tell(records)
        for records in left.values():
            self._tell(
                replace(one, state=State.FAILED, why=shards.GONE) if one.state in _TO_DO else one
                for one in records
            )

    def _discovered(self) -> Iterator[Found]:
        plan = self.plan
        told = plan.sweep
        sources = Sources(
            told.organisations, told.users, told.installation, told.repositories, told.search
        )
        for found in discover(self.client, sources, plan.branches):
            if plan.shard is not None and found.key % plan.shard[1] != plan.shard[0]:
                continue
            if found.pulls:
                self.found.append(found)
            if any(one.state == "MERGED" for one in found.pulls):
                self.merged.add(found.repository)
            yield found

    def _tasks(self, row: Sweep) -> Iterator[tuple[Found, Task]]:
        plan = self.plan
        for found in self._discovered():
            aside = self._aside(found)
            waiting = () if aside else self._waiting(found)
            if waiting:
                self.waiting.append(_todo(found, waiting))
                continue
            records = aside or self._without_a_look(row, found)
            if records is not None:
                self._tell(records)
            else:
                yield found, Task(self._order(found, brief=True), plan.api_url, found.head)

    def _waiting(self, found: Found) -> tuple[Record, ...]:
        """What is still to be done as it was the last time, when it had to wait; else nothing.

        So an organisation whose canaries are not yet green is not scanned anew each night.
        """
        if self.plan.dry or self.plan.shard is not None or found.pulls:
            return ()
        if not self.journal.is_same(found, __version__, self.plan.digest):
            return ()
        last = self.journal.last(found)
        held = [one.state is State.LATER and one.why in waves.REASONS for one in last]
        if not any(held):
            return ()
        return tuple(
            replace(one, state=State.OPENED, why="") if was else one
            for one, was in zip(last, held, strict=True)
        )

    def _aside(self, found: Found) -> tuple[Record, ...]:
        """The record of a repository that is not to be worked on; else nothing."""
        if found.problem:
            return (_failed(found, found.problem),)
        why = left_out(found, self.plan.sweep, self.now())
        return (Record(found.repository, State.STOPPED, found.head, why=why),) if why else ()

    def _ended(self, row: Sweep, found: Found) -> tuple[Record, ...]:
        """What came of a repository before this sweep was interrupted; nothing where it waited."""
        if not self.plan.resume or not self.journal.is_kept(row, found):
            return ()
        last = self.journal.last(found)
        return () if any(one.why in waves.REASONS for one in last) else last

    def _without_a_look(self, row: Sweep, found: Found) -> tuple[Record, ...] | None:
        """The records of a repository that need not be looked at; None where it has to be."""
        name, head = found.repository, found.head
        ended = self._ended(row, found)
        if ended:
            return ended
        if self.journal.is_unchanged(found, __version__, self.plan.digest):
            return tuple(
                replace(one, state=State.UNCHANGED, seconds=0.0, calls=0)
                for one in self.journal.last(found)
            ) or (Record(name, State.UNCHANGED, head),)
        if not found.tree and not found.pulls:
            records = (Record(name, State.NOTHING, head, why="it has no workflows"),)
            self.journal.keep(
                row, found, records, __version__, self.plan.digest, self.plan.branches
            )
            return records
        return None

    def _order(self, found: Found, *, brief: bool) -> Order:
        plan = self.plan
        return Order(
            found.repository,
            plan.settings,
            dry=brief,
            brief=brief,
            public=plan.public,
            page=plan.page,
        )

    def _publish(self, row: Sweep, scanned: Sequence[_Todo]) -> None:
        standing = replace(self.standing(self.found), told=self.plan.told)
        self._release()
        made = self._made(row)
        begun = frozenset(one.repository for one in self.found)
        by_name = {todo.found.repository: todo for todo in scanned}
        turn = [by_name[name] for name in waves.order(list(by_name), begun)]
        held: list[tuple[_Todo, str]] = []
        with ThreadPoolExecutor(_PUBLISHERS) as executor:
            while turn:
                held, freed = [], False
                tasks = self._chosen(turn, standing, made, held)
                for (found, fresh), records in engine.done(
                    executor, lambda task: self._published(row, task), tasks, 1
                ):
                    opened = _fresh(records)
                    made.drop(fresh)
                    made.add(opened)
                    freed |= opened < fresh
                    self._keep(row, found, records)
                # Others take the place of what failed: else what fails each night stops them all.
                turn = [one for one, _ in held] if freed else []
        for todo, why in held:
            self._keep(row, todo.found, [_later(one, why) for one in todo.records])

    def _made(self, row: Sweep) -> Made:
        """What this very sweep opened before it was interrupted."""
        if not self.plan.resume:
            return Made()
        kept = [one for one in self.journal.kept(row) if one.state is State.OPENED]
        known = {one.repository for one in kept}
        there = {one.repository for one in self.found if one.pull}
        cut = {one.repository for one in self.journal.under_way(row)}
        return Made(len(kept) + len((cut & there) - known))

    def _chosen(
        self,
        turn: Sequence[_Todo],
        standing: Standing,
        made: Made,
        held: list[tuple[_Todo, str]],
    ) -> Iterator[tuple[tuple[Found, int], Task]]:
        """What may be done now, with how many pull requests that opens; the rest is ``held``."""
        for todo in turn:
            found, fresh = todo.found, todo.fresh
            why = waves.hold(self.plan.sweep, standing, made, fresh, self.now())
            if why:
                held.append((todo, why))
            else:
                made.add(fresh)
                task = Task(self._order(found, brief=False), self.plan.api_url, found.head)
                yield (found, fresh), task

    def _published(self, row: Sweep, task: Task) -> tuple[Record, ...]:
        name = task.order.repository
        with self.journal.effect(row, Effect(name, self.plan.branches[0], task.head)):
            return self.worker.work(task)

    def _keep(self, row: Sweep, found: Found, records: Iterable[Record]) -> None:
        kept = tuple(records)
        self.journal.keep(row, found, kept, __version__, self.plan.digest, self.plan.branches)
        self._tell(kept)

    def _tell(self, records: Iterable[Record]) -> None:
        for one in records:
            if one.repository in self.merged:
                self.late.append(one)
            else:
                self.tell(one)

    def _release(self) -> None:
        """Tell what had to wait for the look at what was merged."""
        self.merged.clear()
        self._tell(self.late)
        self.late.clear()


@dataclass(frozen=True, slots=True)
class _Todo:
    """A repository whose turn is still to come, and there may be thousands of them.

    Attributes:
        fresh: pull requests that are to be opened.
    """

    found: Found
    fresh: int
    _packed: bytes

    @property
    def records(self) -> tuple[Record, ...]:
        """What scanning told of it."""
        return tuple(map(from_line, zlib.decompress(self._packed).decode().splitlines()))


def _todo(found: Found, records: Iterable[Record]) -> _Todo:
    told = tuple(records)
    packed = zlib.compress("\n".join(map(to_line, told)).encode())
    return _Todo(found, _fresh(told), packed)


def _is_to_do(found: Found, records: Iterable[Record]) -> bool:
    # A draft may wait for a secret, which scanning does not look for.
    waits = found.pull is not None and found.pull.draft
    return waits or any(one.state in _TO_DO for one in records)


def _fresh(records: Iterable[Record]) -> int:
    return sum(one.state is State.OPENED for one in records)


def _failed(found: Found, why: str) -> Record:
    return Record(found.repository, State.FAILED, found.head, why=why)


def _later(record: Record, why: str) -> Record:
    return replace(record, state=State.LATER, why=why) if record.state in _TO_DO else record


def _but(why: str) -> str:
    """Why something was not done, once the publisher is at it."""
    return "" if why == shards.SCANNED else why
