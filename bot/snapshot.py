"""One repository as values: what is known of it, and what its analysis makes of that.

Analysis may run in a process that holds no token and reaches no network. It is handed a
:class:`Snapshot`, and says what it would have liked to read besides. Whoever holds the token gets
all of that at once, and the analysis is done again, until nothing more is wanted.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bot import engine
from bot.analysis import FileReport
from bot.answers import Answer, Answers
from bot.files import FilesError
from bot.life.contexts import Push
from bot.life.starts import Start, starts_publishing
from bot.permissions.evidence import Lost
from bot.permissions.world import World
from bot.settings import Settings


def _proxy(mapping: Mapping[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


def _reduced(proxy: MappingProxyType[Any, Any]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _proxy, (dict(proxy),)


# Reports hold such mappings, and go from one process to another.
copyreg.pickle(MappingProxyType, _reduced)

MAX_ROUNDS = 6
"""Times that a repository is analysed; what is wanted then stays unknown. (Actions that use actions
that use actions: four in all, in any known repository.)"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a repository.

    Attributes:
        origin: ``owner/name``.
        workflows: the paths of its workflow files, sorted.
        files: path → bytes, or the sentence that says why they can't be had.
        answers: reference → what the network said; None where there is nothing.
        lost: scopes without which runs of its jobs have failed.
    """

    origin: str
    workflows: tuple[str, ...]
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    answers: Mapping[str, Answer | None] = field(default_factory=dict)
    lost: tuple[Lost, ...] = ()

    def with_more(
        self, files: Mapping[str, bytes | str], answers: Mapping[str, Answer | None]
    ) -> Snapshot:
        """The same with more known."""
        return replace(self, files={**self.files, **files}, answers={**self.answers, **answers})


@dataclass(frozen=True, slots=True)
class Study:
    """What came of an analysis.

    Attributes:
        files: paths that were asked for and are not known yet.
        references: references that were.
        used: the answers that the changed files were judged by.
        starts: what pushing them would publish by itself.
    """

    reports: tuple[FileReport, ...]
    files: frozenset[str]
    references: frozenset[str]
    used: tuple[Answer, ...]
    starts: tuple[Start, ...]

    @property
    def lost(self) -> tuple[Lost, ...]:
        """The scopes, lost in runs, that the changed files give back."""
        return tuple(
            lost
            for report in self.reports
            if report.changed
            for decision in report.decisions
            for lost in decision.given
        )

    @property
    def complete(self) -> bool:
        """Whether nothing more is wanted."""
        return not self.files and not self.references


@dataclass(slots=True)
class _Files:
    """The files of a snapshot, as :class:`bot.permissions.world.Files`; notes what is missing."""

    snapshot: Snapshot
    wanted: set[str] = field(default_factory=set)

    def read(self, path: str) -> str | None:
        try:
            return self.read_bytes(path).decode("utf-8")
        except (FilesError, UnicodeDecodeError):
            return None

    def read_bytes(self, path: str) -> bytes:
        found = self.snapshot.files.get(path)
        if found is None:
            self.wanted.add(path)
            raise FilesError("it was not read")
        if isinstance(found, str):
            raise FilesError(found)
        return found

    def workflows(self) -> tuple[str, ...]:
        return self.snapshot.workflows


def study(snapshot: Snapshot, settings: Settings, refused: frozenset[str], push: Push) -> Study:
    """Analyse a repository's workflows.

    ``refused``: fingerprints of edits that are not made. ``push``: how they would get to GitHub.
    """
    files = _Files(snapshot)
    answers = Answers(snapshot.answers)
    world = World(files, answers, snapshot.origin, snapshot.lost)
    rules = settings.rules().without(refused)
    reports = []
    for path in snapshot.workflows:
        if not settings.excludes(path):
            answers.judging(path)
            reports.append(engine.examine(world, files, path, rules))
    changed = [report.path for report in reports if report.changed]
    return Study(
        tuple(reports),
        frozenset(files.wanted),
        answers.wanted,
        answers.used(changed),
        _starts(snapshot, answers, reports, push),
    )


def _starts(
    snapshot: Snapshot, answers: Answers, reports: Sequence[FileReport], push: Push
) -> tuple[Start, ...]:
    """What the push of a branch with the rewritten files would publish by itself."""
    texts = {report.path: report.after for report in reports if report.changed}
    if not texts:
        return ()
    pushed = snapshot.with_more({path: text.encode() for path, text in texts.items()}, {})
    world = World(_Files(pushed), answers, snapshot.origin)
    workflows = [one for one in map(world.workflow, snapshot.workflows) if one is not None]
    # A branch that is there already is compared with what it was, which may be an older base.
    changed = tuple(texts) if push.new else None
    return starts_publishing(world, workflows, replace(push, changed=changed))
