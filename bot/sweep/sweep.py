"""One sweep: discover, scan side by side, publish in order, and remember.

Scanning changes nothing and says only where there is something to do. What is then done is worked
out afresh by the one publisher, which owns all limits; so shards and workers need not be trusted,
and a sweep that was ended at any point is simply begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot import __version__
from bot.ground import Order
from bot.sweep import engine, waves
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.journal import Effect, Journal, Sweep
from bot.sweep.lister import Lister
from bot.sweep.record import Record, State
from bot.sweep.select import left_out
from bot.sweep.settings import SweepSettings
from bot.sweep.waves import Standing
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
        tell: is given each record as soon as it is final.
    """

    plan: Plan
    client: Lister
    worker: Worker
    scanner: tuple[Executor, engine.Do]
    journal: Journal
    standing: Look
    tell: Callable[[Record], None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    found: list[Found] = field(default_factory=list, init=False)
    waiting: list[Found_] = field(default_factory=list, init=False)

    def sweep(self) -> Sweep:
        """Go through all repositories, and give the sweep's row in the journal."""
        plan = self.plan
        going = self.journal.interrupted(__version__, plan.digest) if plan.resume else None
        row = going or self.journal.begin(__version__, plan.digest)
        scanned = [*self._scanned(row), *self.waiting]
        if plan.dry or plan.shard is not None:
            for _, records in scanned:
                self._tell(replace(one, why=one.why or _DRY) for one in records)
        else:
            self._publish(row, scanned)
        self.journal.end(row)
        return row

    def _scanned(self, row: Sweep) -> Iterator[Found_]:
        """What there is to do; what there is not is told at once."""
        executor, do = self.scanner
        for found, records in engine.done(executor, do, self._tasks(row), self.plan.sweep.workers):
            # A draft may wait for a secret, which scanning does not look for.
            waits = found.pull is not None and found.pull.draft
            if waits or any(one.state in _TO_DO for one in records):
                yield found, records
            else:
                self._keep(row, found, records)

    def _tasks(self, row: Sweep) -> Iterator[tuple[Found, Task]]:
        plan = self.plan
        sources = Sources(
            plan.sweep.organisations,
            plan.sweep.users,
            plan.sweep.installation,
            plan.sweep.repositories,
            plan.sweep.search,
        )
        for found in discover(self.client, sources, plan.branches):
            if plan.shard is not None and found.key % plan.shard[1] != plan.shard[0]:
                continue
            if found.pulls:
                self.found.append(found)
            waiting = self._waiting(found)
            if waiting:
                self.waiting.append((found, waiting))
                continue
            records = self._without_a_look(row, found)
            if records is None:
                yield found, Task(self._order(found, brief=True), plan.api_url, found.head)
            else:
                self._tell(records)

    def _waiting(self, found: Found) -> tuple[Record, ...]:
        """What is still to be done as it was the last time, when it had to wait; else nothing.

        So an organisation whose canaries are not yet green is not scanned anew each night.
        """
        if self.plan.dry or self.plan.shard is not None or found.pulls:
            return ()
        if not self.journal.is_same(found, __version__, self.plan.digest):
            return ()
        last = self.journal.last(found)
        if not last or any(one.why not in waves.REASONS for one in last):
            return ()
        return tuple(replace(one, state=State.OPENED, why="") for one in last)

    def _without_a_look(self, row: Sweep, found: Found) -> tuple[Record, ...] | None:
        """The records of a repository that need not be looked at; None where it has to be."""
        name, head = found.repository, found.head
        if found.problem:
            return (Record(name, State.FAILED, head, why=found.problem),)
        why = left_out(found, self.plan.sweep, self.now())
        if why:
            return (Record(name, State.STOPPED, head, why=why),)
        if self.plan.resume and self.journal.is_kept(row, found):
            return self.journal.last(found)
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

    def _publish(self, row: Sweep, scanned: Sequence[Found_]) -> None:
        standing = replace(self.standing(self.found), told=self.plan.told)
        begun = frozenset(one.repository for one in self.found)
        by_name = {found.repository: (found, records) for found, records in scanned}
        names = waves.order(list(by_name), begun)
        with ThreadPoolExecutor(_PUBLISHERS) as executor:
            tasks = self._chosen(row, [by_name[name] for name in names], standing)
            for found, records in engine.done(
                executor, lambda task: self._published(row, task), tasks, 1
            ):
                self._keep(row, found, records)

    def _chosen(
        self, row: Sweep, scanned: Sequence[Found_], standing: Standing
    ) -> Iterator[tuple[Found, Task]]:
        made = 0
        for found, records in scanned:
            fresh = found.pull is None and any(one.state is State.OPENED for one in records)
            why = waves.hold(self.plan.sweep, standing, made, self.now()) if fresh else ""
            if why:
                self._keep(row, found, [replace(r, state=State.LATER, why=why) for r in records])
            else:
                made += fresh
                yield found, Task(self._order(found, brief=False), self.plan.api_url, found.head)

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
            self.tell(one)
