"""Annotations in a GitHub Actions run: one workflow command a finding.

The escapes are those of GitHub's own toolkit (``@actions/core``, ``command.ts``): ``%`` and line
breaks in a message; ``:`` and ``,`` too in a property.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.analysis import FileReport
from bot.findings import Finding, Level
from bot.report import Piece, Summary
from bot.report.escape import visible
from bot.targets import Repository, Trouble

_COMMANDS: Mapping[Level, str] = {
    Level.ERROR: "error",
    Level.WARNING: "warning",
    Level.NOTE: "notice",
}


def body(repository: Repository, report: FileReport, found: tuple[Finding, ...]) -> str:
    """A file's annotations."""
    path = _property(repository.display(report.path))
    return "".join(
        f"::{_COMMANDS[one.level]} file={path},line={one.line + 1},title={one.rule}"
        f"::{_data(one.message)}\n"
        for one in found
    )


def whole(
    pieces: Iterable[tuple[Repository, Piece]], _: Summary, troubles: tuple[Trouble, ...]
) -> Iterator[str]:
    """All annotations; a path that nothing could be done with is an error."""
    for _repository, one in pieces:
        if one.body:
            yield one.body
    for trouble in troubles:
        yield f"::error title=clearance::{_data(f'{trouble.path}: {trouble.what}')}\n"


def _data(text: str) -> str:
    # What is visible has no line breaks left; the toolkit's escapes for them have nothing to do.
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
