"""One sweep: discover, scan side by side, publish meanwhile, and remember.

Scanning changes nothing and says only where there is something to do. What is then done is worked
out afresh by the one publisher, which owns all limits; so shards and workers need not be trusted,
and a sweep that was ended at any point is simply begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot import __version__
from bot.ground import Order
from bot.permissions.evidence import Lost
from bot.sweep import engine, shards, waves
from bot.sweep.branches import Branches
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.journal import Effect, Journal, Sweep
from bot.sweep.lister import Lister
from bot.sweep.publisher import PUBLISHERS, TO_DO, Publisher, Start, Todo
from bot.sweep.record import Record, State
from bot.sweep.select import left_out
from bot.sweep.settings import SweepSettings
from bot.sweep.tally import Tally
from bot.sweep.waves import Made, Standing
from bot.sweep.work import Task, Worker

_HELD = waves.REASONS | {shards.SCANNED}
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
        branches: the program's branches that are asked for of all repositories.
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

    @property
    def publishes(self) -> bool:
        """Whether anything is done, and not only looked at."""
        return not self.dry and self.shard is None


@dataclass(slots=True)
class Sweeper:
    """Does a sweep.

    Attributes:
        scanner: where repositories are scanned, and by which function.
        standing: asked once, before anything is published.
        tell: is given each record as soon as it is final, and those of repositories in which a
            pull request was merged only once ``standing`` was asked, which looks at these.
        lost: repository → what its jobs lacked in runs, and is to be given back; ``standing`` fills
            it.
        handed: what shards have scanned, by the repository; None where this sweep scans itself.
        tally: is counted in, for whoever shows how far it has come.
    """

    plan: Plan
    client: Lister
    worker: Worker
    scanner: tuple[Executor, engine.Do]
    journal: Journal
    standing: Look
    tell: Callable[[Record], None]
    lost: Mapping[str, tuple[Lost, ...]]
    handed: Mapping[str, tuple[Record, ...]] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    tally: Tally = field(default_factory=Tally)
    found: list[Found] = field(default_factory=list, init=False)
    merged: set[str] = field(default_factory=set, init=False)
    late: list[Record] = field(default_factory=list, init=False)
    _row: Sweep = field(init=False)
    _publisher: Publisher = field(init=False)
    _proposed: dict[str, str] = field(default_factory=dict, init=False)

    def sweep(self) -> Sweep:
        """Go through all repositories, and give the sweep's row in the journal."""
        plan = self.plan
        going = self.journal.interrupted(__version__, plan.digest) if plan.resume else None
        self._row = going or self.journal.begin(__version__, plan.digest)
        lanes: list[engine.Lane[Any]] = []
        self._publisher = Publisher(
            plan.sweep,
            self._start,
            found=lambda: all(lane.taken for lane in lanes[:-1]),
            scanned=lambda: all(lane.over for lane in lanes[:-1]),
            task=self._begun,
            keep=self._done,
            now=self.now,
        )
        if self.handed is None:
            executor, do = self.scanner
            most = plan.sweep.workers * engine.AHEAD
            lanes.append(engine.Lane(executor, do, most, self._tasks(), self._scanned))
        else:
            for found, records in self._handed(self.handed):
                self._to_do(found, records)
        with ThreadPoolExecutor(PUBLISHERS) as pool:
            if plan.publishes:
                turns = self._publisher.tasks()
                lanes.append(
                    engine.Lane(pool, self._published, PUBLISHERS, turns, self._publisher.ended)
                )
            try:
                engine.work(*lanes)
            except BaseException:
                # Whoever wants an end does not want to wait for the limits of an hour.
                self.worker.limiter.stop()
                raise
        self._publisher.close()
        self.journal.end(self._row)
        return self._row

    def _scanned(self, found: Found, records: tuple[Record, ...]) -> None:
        """What came of a scan: it is told, or done something about."""
        if _is_to_do(found, records) or found.repository in self.lost:
            self._to_do(found, records)
        else:
            self.tally.look(records)
            self._keep(found, records)

    def _to_do(self, found: Found, records: tuple[Record, ...]) -> None:
        """Something is to be done, by whoever does it."""
        self.tally.look(records)
        if self.plan.publishes:
            self.tally.to_do += 1
            self._publisher.add(Todo.of(found, records))
            return
        if self.plan.shard is not None and not self.plan.dry and not found.pulls:
            # Tomorrow it is told again without a look, for as long as it waits.
            kept = tuple(
                replace(one, state=State.LATER, why=shards.SCANNED) if one.state in TO_DO else one
                for one in records
            )
            self._remember(found, kept)
        why = _DRY if self.plan.dry else shards.SCANNED
        self._tell(replace(one, why=one.why or why) for one in records)

    def _handed(self, handed: Mapping[str, tuple[Record, ...]]) -> Iterator[Found_]:
        """What shards have found to do; what else they tell is taken over as it is.

        None of that is kept in this journal: it holds for what the shard saw, and not for what is
        seen here.
        """
        left = dict(handed)
        for found in self._discovered():
            records = left.pop(found.repository, ())
            ended = self._aside(found) or self._ended(found)
            if ended:
                self._looked(ended)
            elif not records:
                self._looked([_failed(found, shards.MISSING)])
            elif _is_to_do(found, records):
                yield found, tuple(replace(one, why=_but(one.why)) for one in records)
            else:
                self._looked(records)
        for records in left.values():
            self._tell(
                replace(one, state=State.FAILED, why=shards.GONE) if one.state in TO_DO else one
                for one in records
            )

    def _discovered(self) -> Iterator[Found]:
        plan = self.plan
        told = plan.sweep
        sources = Sources(
            told.organisations, told.users, told.installation, told.repositories, told.search
        )
        number, parts = plan.shard or (0, 1)

        def expect(total: int) -> None:
            self.tally.expected = total // parts

        founds = discover(self.client, sources, plan.branches, expect=expect)
        mine = (one for one in founds if one.key % parts == number)
        branches = Branches(self.client, plan.settings, plan.branches, self.journal.last)
        for found in branches.complete(mine):
            if found.pulls:
                self.found.append(found)
            if plan.publishes and any(one.state == "MERGED" for one in found.pulls):
                self.merged.add(found.repository)
            self.tally.found += 1
            yield found
        self.tally.whole = True

    def _tasks(self) -> Iterator[tuple[Found, Task]]:
        for found in self._discovered():
            aside = self._aside(found)
            waiting = () if aside else self._waiting(found)
            if waiting:
                self._to_do(found, waiting)
                continue
            records = aside or self._without_a_look(found)
            if records is not None:
                self._looked(records)
            else:
                yield found, self._task(found, brief=True)

    def _waiting(self, found: Found) -> tuple[Record, ...]:
        """What is still to be done as it was the last time, when it had to wait; else nothing.

        So an organisation whose canaries are not yet green is not scanned anew each night.
        """
        if self.plan.dry or found.pulls:
            return ()
        if not self.journal.is_same(found, __version__, self.plan.digest):
            return ()
        last = self.journal.last(found)
        held = [one.state is State.LATER and one.why in _HELD for one in last]
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

    def _ended(self, found: Found) -> tuple[Record, ...]:
        """What came of a repository before this sweep was interrupted; nothing where it waited."""
        if not self.plan.resume or not self.journal.is_kept(self._row, found):
            return ()
        last = self.journal.last(found)
        return () if any(one.why in _HELD for one in last) else last

    def _without_a_look(self, found: Found) -> tuple[Record, ...] | None:
        """The records of a repository that need not be looked at; None where it has to be."""
        name, head = found.repository, found.head
        ended = self._ended(found)
        if ended:
            return ended
        if self.journal.is_unchanged(found, __version__, self.plan.digest):
            return tuple(
                replace(one, state=State.UNCHANGED, seconds=0.0, calls=0)
                for one in self.journal.last(found)
            ) or (Record(name, State.UNCHANGED, head),)
        if not found.tree and not found.pulls:
            records = (Record(name, State.NOTHING, head, why="it has no workflows"),)
            self._remember(found, records)
            return records
        return None

    def _task(self, found: Found, *, brief: bool) -> Task:
        plan = self.plan
        order = Order(
            found.repository,
            plan.settings,
            dry=brief,
            brief=brief,
            public=plan.public,
            page=plan.page,
            lost=() if brief else self.lost.get(found.repository, ()),
        )
        return Task(order, plan.api_url, found.head)

    def _start(self) -> Start:
        swept = [one for one in self.found if not self._aside(one)]
        standing = replace(self.standing(swept), told=self.plan.told)
        self._mend()
        self._release()
        begun = frozenset(one.repository for one in self.found)
        return Start(standing, self._made(), begun, frozenset(self.lost))

    def _mend(self) -> None:
        """What gets a scope back has its turn, though a scan saw nothing to be done there."""
        founds = {one.repository: one for one in self.found if not self._aside(one)}
        for name in sorted(founds.keys() & self.lost.keys()):
            told = tuple(one for one in self.late if one.repository == name)
            if told:
                self.tally.to_do += 1
                self._publisher.add(Todo.of(founds[name], told))
                self.late = [one for one in self.late if one.repository != name]

    def _made(self) -> Made:
        """What this very sweep opened before it was interrupted."""
        if not self.plan.resume:
            return Made()
        kept = [one for one in self.journal.kept(self._row) if one.state is State.OPENED]
        known = {one.repository for one in kept}
        there = {one.repository for one in self.found if one.pull}
        cut = {one.repository for one in self.journal.under_way(self._row)}
        return Made(len(kept) + len((cut & there) - known))

    def _published(self, task: Task) -> tuple[Record, ...]:
        name, branch = task.order.repository, self.plan.branches[0]
        effect = Effect(name, branch, task.head, self._proposed.pop(name, ""))
        with self.journal.effect(self._row, effect):
            return self.worker.work(task)

    def _begun(self, todo: Todo) -> Task:
        """The publisher begins with a repository."""
        self.tally.begun += 1
        self._proposed[todo.found.repository] = todo.fingerprint
        return self._task(todo.found, brief=False)

    def _done(self, found: Found, records: tuple[Record, ...]) -> None:
        """What the publisher did, or why it has to wait."""
        self.tally.end(records)
        self._keep(found, records)

    def _looked(self, records: Sequence[Record]) -> None:
        """It is known without a look what there is to tell."""
        self.tally.look(records)
        self._tell(records)

    def _keep(self, found: Found, records: tuple[Record, ...]) -> None:
        self._remember(found, records)
        self._tell(records)

    def _remember(self, found: Found, records: tuple[Record, ...]) -> None:
        plan = self.plan
        self.journal.keep(self._row, found, records, __version__, plan.digest, found.branches)

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


def _is_to_do(found: Found, records: Iterable[Record]) -> bool:
    # A draft may wait for a secret, which scanning does not look for.
    waits = found.pull is not None and found.pull.draft
    return waits or any(one.state in TO_DO for one in records)


def _failed(found: Found, why: str) -> Record:
    return Record(found.repository, State.FAILED, found.head, why=why)


def _but(why: str) -> str:
    """Why something was not done, once the publisher is at it."""
    return "" if why == shards.SCANNED else why
