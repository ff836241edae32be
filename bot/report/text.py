"""The report of ``scan`` for people.

A file is named once; below it stands a paragraph for each job about which there is something to
say, with its line at the left: the permissions that it needs with a reason each, what it lacks,
or what could not be told and where. A last line has the sums.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.analysis import FileReport
from bot.findings import (
    BeyondCall,
    Finding,
    LateStep,
    Level,
    Rule,
    beyond_calls,
    deciding,
    is_silent,
    late_steps,
    where,
)
from bot.permissions.evidence import Requirement, Unknown
from bot.permissions.scopes import Grants
from bot.remedies import Decision, Verdict
from bot.report import Piece, Summary, several
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.targets import Repository, Trouble

_GUTTER = 7
_INDENT = " " * (_GUTTER + 2)
_MOST_REASONS = 2
_MOST_UNKNOWNS = 6


@dataclass(frozen=True, slots=True)
class TextBody:
    """A file's paragraphs; the empty text where there is nothing to say."""

    palette: Palette

    def __call__(
        self, repository: Repository, report: FileReport, found: tuple[Finding, ...]
    ) -> str:
        """Write the paragraphs of one file."""
        # Standard error has the sentence about a file that can't be read.
        if not found or not report.decisions:
            return ""
        paint = self.palette.paint
        lines = [paint("path", visible(repository.display(report.path)))]
        if report.generator:
            lines.append(f"  written by {visible(report.generator)}: change what that one reads")
        errors = {one.job for one in found if one.level is Level.ERROR}
        late = late_steps(report)
        for decision in report.decisions:
            calls = beyond_calls(report, decision)
            own = [one for one in late if one.job == decision.job]
            if not is_silent(decision) or calls or own:
                lines += self._head(decision, decision.job in errors, bool(calls))
                lines += self._job(report.path, decision)
                lines += self._late(report.path, calls, own)
        return "\n".join(lines) + "\n\n"

    def _head(self, decision: Decision, error: bool, beyond: bool) -> Iterator[str]:
        paint = self.palette.paint
        head = _BEYOND if beyond else _LATE
        meaning, says = head if is_silent(decision) else _HEADS[decision.verdict]
        if decision.proposed is not None and decision.held is not None:
            says = "takes the workflow's permissions; it needs"
        if decision.proposed == {}:
            says = says.replace("it needs", "it needs none")
        if decision.verdict is Verdict.LACKING and "write" not in (decision.missing or {}).values():
            says += " (a private repository refuses it)"
        if decision.verdict is Verdict.HELD_BACK:
            says = f"{says}: {visible(decision.why)}; it needs"
            says += "" if decision.needs.grants else " none"
        meaning = "error" if error else meaning
        line = paint("faint", f"{decision.line + 1:>{_GUTTER}}")
        yield f"{line}  {paint(meaning, visible(decision.job))} {says}"

    def _job(self, path: str, decision: Decision) -> Iterator[str]:
        if is_silent(decision):
            return
        yield from self._grants(path, decision)
        if decision.verdict is Verdict.UNDECIDED:
            yield from self._unknowns(path, decision)

    def _late(
        self, path: str, calls: Iterable[BeyondCall], late: Iterable[LateStep]
    ) -> Iterator[str]:
        """What no grant mends, and what shows late."""
        paint = self.palette.paint
        for one in calls:
            call = one.call
            what = paint("error", visible(call.call))
            at = paint("faint", f"({visible(where(path, call.place))})")
            yield f"{_INDENT}{what} {at}: beyond GITHUB_TOKEN, it takes {visible(call.permission)}"
            if one.remedy:
                yield f"{_INDENT}  {visible(one.remedy)}"
        for step in late:
            meaning = "warning" if step.rule is Rule.LATE else "note"
            head, _, rest = visible(step.clause).partition(":")
            yield f"{_INDENT}{paint(meaning, head)}:{rest}"

    def _grants(self, path: str, decision: Decision) -> Iterator[str]:
        """The scopes that the decision is about, each with its reasons."""
        grants = _grants(decision)
        width = max((len(f"{scope}: {level}") for scope, level in grants.items()), default=0)
        meaning = "error" if decision.verdict is Verdict.LACKING else "added"
        for scope, level in grants.items():
            named = self.palette.paint(meaning, f"{scope}: {level}".ljust(width))
            reasons = deciding(decision, scope, level)
            yield f"{_INDENT}{named}  {self._reasons(path, reasons)}".rstrip()

    def _reasons(self, path: str, reasons: tuple[Requirement, ...]) -> str:
        places: dict[str, list[str]] = {}
        for one in reasons:
            places.setdefault(one.why, []).append(where(path, one.place))
        shown = [
            f"{visible(why)} {self._places(at)}"
            for why, at in itertools.islice(places.items(), _MOST_REASONS)
        ]
        more = len(places) - len(shown)
        return ", ".join(shown) + (f", and {more} more" if more else "")

    def _places(self, places: list[str]) -> str:
        """``(line 12)``, or ``(line 12 and 3 more)``."""
        distinct = list(dict.fromkeys(places))
        more = f" and {len(distinct) - 1} more" if len(distinct) > 1 else ""
        return self.palette.paint("faint", f"({visible(distinct[0])}{more})")

    def _unknowns(self, path: str, decision: Decision) -> Iterator[str]:
        doubts: dict[str, list[Unknown]] = {}
        for one in decision.needs.unknowns:
            doubts.setdefault(one.doubt, []).append(one)
        for doubt, unknowns in doubts.items():
            yield f"{_INDENT}{doubt}"
            for one in unknowns[:_MOST_UNKNOWNS]:
                yield f"{_INDENT}  {visible(one.what)} {self._places([where(path, one.place)])}"
            if len(unknowns) > _MOST_UNKNOWNS:
                yield f"{_INDENT}  and {len(unknowns) - _MOST_UNKNOWNS} more"


_BEYOND = ("error", "asks too much of its token:")
_LATE = ("warning", "has a late step:")
_HEADS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.PROPOSED: ("warning", "states no permissions; it needs"),
    Verdict.GIVEN_BACK: ("error", "lacked in a run that failed:"),
    Verdict.LACKING: ("warning", "uses and does not hold"),
    Verdict.UNDECIDED: ("note", "can't be decided:"),
    Verdict.HELD_BACK: ("note", "is left as it is"),
}


def _grants(decision: Decision) -> Grants:
    if decision.verdict is Verdict.HELD_BACK:
        return decision.needs.grants
    return decision.proposed or decision.missing or {}


def whole(
    pieces: Iterable[tuple[Repository, Piece]], summary: Summary, _: tuple[Trouble, ...]
) -> Iterator[str]:
    """All paragraphs, then the sums."""
    for _repository, one in pieces:
        if one.body:
            yield one.body
    yield sums(summary) + "\n"


def sums(summary: Summary) -> str:
    """What was found in all, on one line."""
    read = several(summary.files, "workflow")
    if summary.repositories > 1:
        read += f" in {summary.repositories:,} repositories"
    counts = [f"{summary.rules[rule]:,} {word}" for rule, word in _COUNTED if summary.rules[rule]]
    jobs = several(summary.jobs, "job")
    return f"{read}, {jobs}: {', '.join(counts) or 'nothing to do'}."


_COUNTED = (
    (Rule.IMPLICIT, "without permissions of their own"),
    (Rule.MISSING, "lacking one that they use"),
    (Rule.UNDECIDED, "undecided"),
    (Rule.HELD_BACK, "left as they are"),
    (Rule.BEYOND, "beyond GITHUB_TOKEN"),
    (Rule.LATE, "publishing late without a probe"),
    (Rule.UNPROBED, "late where no probe fits"),
    (Rule.GENERATED, "in generated files"),
    (Rule.UNREADABLE, "unreadable"),
)
