"""Reports: what was found, for people, for programs, and for GitHub.

Every format is made file by file, in the process that judged the file; what is sent back is a
:class:`Piece`, small and ready to print. A format's ``whole`` puts the pieces together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bot.analysis import FileReport
from bot.findings import Finding, Level, Rule, findings
from bot.targets import Repository, Trouble


@dataclass(frozen=True, slots=True)
class Piece:
    """One file's part of a report.

    Attributes:
        place: the file as the user would name it.
        problem: why it was left alone, or the empty text.
        body: its part in the report's format; may be empty.
        jobs: how many jobs were judged.
        rules: the rule of each finding.
        failing: the number of findings that are more than a note.
    """

    place: str
    problem: str
    body: str
    jobs: int
    rules: tuple[Rule, ...]
    failing: int


Body = Callable[[Repository, FileReport, tuple[Finding, ...]], str]
"""A format's part for one file."""


def piece(body: Body, repository: Repository, report: FileReport) -> Piece:
    """One file's part of a report, in a format."""
    found = findings(report)
    return Piece(
        repository.display(report.path),
        report.problem,
        body(repository, report, found),
        len(report.decisions),
        tuple(one.rule for one in found),
        sum(one.level is not Level.NOTE for one in found),
    )


@dataclass(slots=True)
class Summary:
    """What all pieces come to."""

    repositories: int = 0
    files: int = 0
    jobs: int = 0
    failing: int = 0
    rules: Counter[Rule] = field(default_factory=Counter)

    def add(self, one: Piece) -> None:
        """Count a piece."""
        self.files += 1
        self.jobs += one.jobs
        self.failing += one.failing
        self.rules.update(one.rules)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of ``scan``.

    Attributes:
        body: a file's part.
        whole: the parts in their order, the summary (complete when the parts are used up) and the
            paths that nothing could be done with → the texts to print.
    """

    body: Body
    whole: Callable[
        [Iterable[tuple[Repository, Piece]], Summary, tuple[Trouble, ...]], Iterator[str]
    ]


def several(number: int, word: str) -> str:
    """A number of things in words: ``1 job``, ``2 jobs``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
