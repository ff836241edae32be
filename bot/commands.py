"""What the commands do: values in, texts out to standard output and error, an exit code back."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from pathlib import Path

from bot import config, engine
from bot.analysis import FileReport, analyse, judge
from bot.config import SettingsError
from bot.files import FilesError, replace_text
from bot.options import TRACEBACK, FormatName
from bot.remote import Remote
from bot.remote import remote as named
from bot.report import Body, Format, Piece, Summary, piece, several
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.report.progress import watched
from bot.targets import Repository, Trouble, discover


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FINDINGS = 1
    ERROR = 2


def _text() -> Format:
    from bot.report import text

    return Format(text.TextBody(Palette.of(sys.stdout)), text.whole)


def _json() -> Format:
    from bot.report import jsonformat

    return Format(jsonformat.body, jsonformat.whole)


def _sarif() -> Format:
    from bot.report import sarif

    return Format(sarif.body, sarif.whole)


def _github() -> Format:
    from bot.report import github

    return Format(github.body, github.whole)


_FORMATS: Mapping[FormatName, Callable[[], Format]] = {
    FormatName.TEXT: _text,
    FormatName.JSON: _json,
    FormatName.SARIF: _sarif,
    FormatName.GITHUB: _github,
}

REMEDIES = ("permissions", "preflight", "token")
"""What ``--only`` may name."""


def complain(place: str, what: str) -> None:
    """One sentence on standard error: what, where, what to do."""
    hint = ""
    if ";" not in what:
        hint = "; " + next((h for start, h in _HINTS if what.startswith(start)), _LEFT)
    tell(place, f"{what}{hint}")


def tell(place: str, sentence: str) -> None:
    """A sentence on standard error that says what to do already."""
    sys.stderr.write(f"clearance: {visible(place)}: {visible(sentence)}\n")


_LEFT = "it was left as it is"
_HINTS = (
    ("it can't be read", "check its name and its permissions"),
    ("it can't be written", "check the permissions of its folder, and the disk"),
    ("it is a link", "name the file that it leads to"),
    ("it is not UTF-8", "save it as UTF-8"),
    ("it is not YAML", "correct it"),
    ("it is read-only", "make it writable"),
    ("the program", f"{_LEFT}; please report it ({TRACEBACK}=1 shows the place)"),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a command is to work on: paths, a settings file or None, ``--widen`` and ``--only``."""

    paths: Sequence[str]
    config: str | None
    widen: bool = False
    only: frozenset[str] = frozenset()

    def discover(self) -> tuple[tuple[Repository, ...], tuple[Trouble, ...]]:
        """Repositories, and what nothing can be done with, about which it complains."""
        repositories: tuple[Repository, ...] = ()
        troubles: tuple[Trouble, ...]
        try:
            chosen = config.load(Path(self.config)) if self.config is not None else None
        except SettingsError as error:
            troubles = (Trouble(self.config or "", str(error)),)
        else:
            repositories, troubles = discover(self.paths, chosen, widen=self.widen, only=self.only)
        for trouble in troubles:
            complain(trouble.path, trouble.what)
        return repositories, troubles


def scan(targets: Targets, name: FormatName) -> Exit:
    """Report what is wrong; 1 where something is."""
    repositories, troubles = targets.discover()
    if not repositories and name is FormatName.TEXT:
        return Exit.ERROR
    form = _FORMATS[name]()
    summary = Summary(repositories=len(repositories))
    pieces = _pieces(repositories, form.body, summary)
    for part in form.whole(pieces, summary, troubles):
        sys.stdout.write(part)
    if troubles:
        return Exit.ERROR
    return Exit.FINDINGS if summary.failing else Exit.DONE


def _pieces(
    repositories: Sequence[Repository], body: Body, summary: Summary
) -> Iterator[tuple[Repository, Piece]]:
    """Every file's part, counted, with a complaint where there is a problem."""
    for repository, one in _run(repositories, partial(piece, body), judge):
        summary.add(one)
        if one.problem:
            complain(one.place, one.problem)
        yield repository, one


def _run(
    repositories: Sequence[Repository], task: engine.Task[engine.T], look: engine.Look
) -> Iterator[tuple[Repository, engine.T]]:
    total = sum(len(one.workflows) for one in repositories)
    return watched(engine.run(repositories, task, look), total)


_MADE = ("block", "probe", "token")
"""What can be written into a file, in the words of the messages."""


def made_of(report: FileReport) -> Counter[str]:
    """What a rewritten file got: a word of :data:`_MADE` → how many."""
    proposal = report.proposal
    blocks = sum(one.proposed is not None for one in proposal.decisions)
    counts = (blocks, len(proposal.plan.probes), len(proposal.tokens.changes))
    return Counter(dict(zip(_MADE, counts, strict=True)))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What was done about one file.

    Attributes:
        made: word → how many of those were written.
        diff: for a terminal or a file, as the command wants it.
    """

    place: str
    problem: str
    written: bool = False
    made: Counter[str] = field(default_factory=Counter)
    diff: str = ""


def fix(targets: Targets, *, diff: bool) -> Exit:
    """Rewrite files, or show how they would be rewritten."""
    for remedy in sorted(targets.only):
        if remedy not in REMEDIES:
            known = ", ".join(REMEDIES)
            complain(f"--only {remedy}", f"there is no such remedy; there is {known}")
            return Exit.ERROR
    repositories, troubles = targets.discover()
    if not repositories:
        return Exit.ERROR
    # GitHub's log acts on what stands in it, as a terminal does; a patch is taken as it is.
    raw = not (sys.stdout.isatty() or os.environ.get("GITHUB_ACTIONS"))
    task = partial(_show, None if raw else Palette.of(sys.stdout)) if diff else _write
    files = problems = 0
    made: Counter[str] = Counter()
    for _, one in _run(repositories, task, analyse):
        if one.problem:
            problems += 1
            complain(one.place, one.problem)
        elif one.written:
            files += 1
            made.update(one.made)
            sys.stdout.write(f"{visible(one.place)}: {_counted(one.made)}\n")
        sys.stdout.write(one.diff)
    if files:
        sys.stdout.write(f"{several(files, 'file')} written: {_counted(made)}.\n")
    elif not diff:
        sys.stdout.write("nothing to write.\n")
    return Exit.ERROR if troubles or problems else Exit.DONE


def _write(repository: Repository, report: FileReport) -> Fixed:
    place = repository.display(report.path)
    if report.problem or not report.changed:
        return Fixed(place, report.problem)
    try:
        # A link within the checkout stays a link: the file that it leads to is written.
        replace_text(Path(os.path.realpath(repository.root / report.path)), report.after)
    except FilesError as error:
        return Fixed(place, str(error))
    return Fixed(place, "", written=True, made=made_of(report))


def counted(changed: Sequence[FileReport]) -> str:
    """What was made of changed files, in words: ``2 files: 3 blocks, 1 probe``."""
    made = sum(map(made_of, changed), Counter())
    return f"{several(len(changed), 'file')}: {_counted(made)}"


def _counted(made: Counter[str]) -> str:
    """What was written, in words: ``3 blocks, 1 probe``."""
    counts = [several(made[word], word) for word in _MADE if made[word]]
    # With nothing to add, only the top-level block was narrowed.
    return ", ".join(counts) or "the top-level block"


def _show(palette: Palette | None, repository: Repository, report: FileReport) -> Fixed:
    from bot.report.diff import shown, unified

    place = repository.display(report.path)
    lines = unified(place, report.before, report.after)
    text = "".join(lines) if palette is None else shown(lines, palette)
    return Fixed(place, report.problem, diff=text)


def explain(targets: Targets, job: str) -> Exit:
    """Show the evidence about all jobs, or about one."""
    from bot.report.explain import ExplainBody

    repositories, troubles = targets.discover()
    if not repositories:
        return Exit.ERROR
    summary = Summary(repositories=len(repositories))
    body = ExplainBody(Palette.of(sys.stdout), job)
    problems = shown = 0
    for _, one in _pieces(repositories, body, summary):
        sys.stdout.write(one.body)
        problems += bool(one.problem)
        shown += bool(one.body)
    if job and not shown and not problems:
        complain(targets.paths[0], f"no workflow has a job {job}; leave --job out to see all")
        return Exit.ERROR
    return Exit.ERROR if troubles or problems else Exit.DONE


def remote(target: str) -> Remote | None:
    """The repository on GitHub that is meant; None for what is there on disk, or is no name."""
    return None if Path(target).exists() else named(target, os.environ)


def run(targets: Targets, out: str | None, branch: str) -> Exit:
    """Make a branch with one commit in a local checkout, and the pull request's text."""
    from bot import local

    path = Path(targets.paths[0])
    try:
        settings = config.load(Path(targets.config)) if targets.config is not None else None
    except SettingsError as error:
        complain(targets.config or "", str(error))
        return Exit.ERROR
    folder = Path(out) if out is not None else None
    try:
        result = local.run(path, settings, out=folder, branch=branch, widen=targets.widen)
    except local.LocalError as error:
        complain(targets.paths[0], str(error))
        return Exit.ERROR
    for report in result.reports:
        if report.problem:
            complain(str(path / report.path), report.problem)
    lines = [f"{visible(result.branch)}: {result.outcome}"]
    if result.commit:
        commit = f"{result.commit[:7]} on {result.base[:7]}"
        lines[0] += f" ({commit}, {counted([r for r in result.reports if r.changed])})"
    lines += [visible(str(text)) for text in result.texts]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return Exit.DONE
