"""The gate: proves that a rewrite did what was declared, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from ruamel.yaml.nodes import Node

from bot.nodes import Tree, same, says
from bot.permissions.scopes import is_level
from bot.workflow import document, reader
from bot.workflow.document import Document, DocumentError
from bot.workflow.edit import Change, Content, Replace
from bot.workflow.expression import ExpressionError, condition, reads
from bot.workflow.model import Job, Scalar, Workflow


@dataclass(frozen=True, slots=True)
class Proof:
    """What the gate saw; it goes into the pull request, so that it can be proved again.

    Attributes:
        added: what was added, by place; see :class:`~bot.workflow.edit.Change`.
        replaced: what stands now in the place of something else.
        before: SHA-256 of the file's bytes, in hex.
        after: the same of the rewritten file.
        lines: lines added.
    """

    path: str
    added: Mapping[str, Content]
    replaced: Mapping[str, Content]
    before: str
    after: str
    lines: int


class GateError(ValueError):
    """A rewrite that is not taken; the message is one sentence without the file's name."""


Rewrite = Callable[[Workflow], str]
"""The program itself, for the second run: a workflow → its rewritten text."""


def prove(
    before: Workflow,
    text: str,
    change: Change,
    rewrite: Rewrite,
) -> Proof:
    """Prove a rewrite that declares to make just this change.

    Raises:
        GateError: what does not hold.
    """
    original = before.document
    try:
        after_document = document.parse(original.path, text)
        after = reader.read_workflow(after_document)
    except DocumentError as error:
        raise GateError(f"the rewritten file can't be read: {error}") from None
    _tree(original, text, change)
    lines = _lines(_kept_lines(original, change.spans), text)
    _line_ends(original.text, text)
    _rules(before, after)
    if rewrite(after) != text:
        raise GateError("a second run would change the file again")
    return Proof(
        original.path,
        change.added,
        change.replaced,
        _digest(original.text),
        _digest(text),
        lines,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _tree(before: Document, text: str, change: Change) -> None:
    """The tree without the declared additions must be the original one.

    What is replaced is taken out of both. Remedies look at trees too, so these are others.
    """
    root = document.parse(before.path, before.text).root if change.replaced else before.root
    old, new = Tree(root), Tree(document.parse(before.path, text).root)
    _declared(new.take_out(change.added), change.added)
    old.take_out(change.replaced)
    _declared(new.take_out(change.replaced), change.replaced)
    if old.root is None or new.root is None or not same(old.root, new.root):
        raise GateError("something beside the declared additions has changed")


def _declared(found: Mapping[str, Node], wanted: Mapping[str, Content]) -> None:
    for place, content in wanted.items():
        if place not in found:
            raise GateError(f"{place} was declared but is not there")
        if not says(found[place], content):
            raise GateError(f"{place} is not what was declared")


def _kept_lines(before: Document, replaced: Sequence[Replace]) -> list[str]:
    """The original lines that no replaced span touches."""
    kept = []
    at = 0
    for line in before.text.splitlines(keepends=True):
        end = at + len(line)
        if not any(edit.start < end and at < edit.end for edit in replaced):
            kept.append(line)
        at = end
    return kept


def _lines(old: Sequence[str], after: str) -> int:
    """Every line that is kept must stand, in its order; gives the number of other lines."""
    new = after.splitlines(keepends=True)
    at = 0
    for line in new:
        if at < len(old) and (line == old[at] or _only_end_added(old, at, line)):
            at += 1
    if at != len(old):
        raise GateError(f"line {at + 1} of the original is not there any more")
    return len(new) - len(old)


def _only_end_added(old: Sequence[str], at: int, line: str) -> bool:
    """A last line without a break gets one when lines are added behind it."""
    last = at == len(old) - 1
    return last and not old[at].endswith(("\n", "\r")) and line.rstrip("\r\n") == old[at]


def _line_ends(before: str, after: str) -> None:
    for kind in ("\r\n", "\n"):
        if _uniform(before, kind) and not _uniform(after, kind):
            raise GateError("the line ends are no longer uniform")


def _uniform(text: str, kind: str) -> bool:
    rest = text.replace("\r\n", "")
    return ("\n" not in rest and "\r\n" in text) if kind == "\r\n" else "\r\n" not in text


def _rules(before: Workflow, workflow: Workflow) -> None:
    """GitHub's own rules for what the remedies write."""
    blocks = [("permissions", workflow.permissions)]
    blocks += [(f"jobs.{job.id}.permissions", job.permissions) for job in workflow.jobs]
    for place, block in blocks:
        for scope, level in block.grants.items() if block else ():
            if not is_level(scope, level):
                raise GateError(f"{place} gives {scope}: {level}, which GitHub refuses")
    ids = {job.id for job in workflow.jobs}
    for job in workflow.jobs:
        for need in job.needs:
            if need not in ids and "${{" not in need:
                raise GateError(f"jobs.{job.id} needs {need}, which is not there")
    for job in workflow.jobs:
        was = before.job(job.id)
        _conditions(job, was)
        if _has_twins(job) and (was is None or not _has_twins(was)):
            raise GateError(f"jobs.{job.id} has two steps of one id")
    if _has_cycle({job.id: job.needs for job in workflow.jobs}):
        raise GateError("the jobs need one another in a circle")


def _has_cycle(needs: Mapping[str, Sequence[str]]) -> bool:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return True
    return False


_OF_JOBS = frozenset({"github", "needs", "vars", "inputs"})
_OF_STEPS = _OF_JOBS | {"strategy", "matrix", "job", "runner", "env", "steps"}
"""The contexts that an ``if`` may read (docs.github.com, contexts reference: availability)."""


def _has_twins(job: Job) -> bool:
    names = [step.id.lower() for step in job.steps if step.id]
    return len(names) != len(set(names))


def _conditions(job: Job, was: Job | None) -> None:
    """A new condition reads only contexts that are there where it stands."""
    old = {text.text for text, _ in _texts(was)} if was is not None else set()
    for text, allowed in _texts(job):
        if text.text in old:
            continue
        try:
            read = reads(condition(text.text))
        except ExpressionError as error:
            raise GateError(f"jobs.{job.id} has a condition that can't be read: {error}") from None
        for path in read:
            if path[0] not in allowed:
                raise GateError(f"jobs.{job.id} has a condition that reads {path[0]}")


def _texts(job: Job) -> Iterator[tuple[Scalar, frozenset[str]]]:
    """The conditions of a job and of its steps, with the contexts that they may read."""
    if job.condition is not None:
        yield job.condition, _OF_JOBS
    for step in job.steps:
        if step.condition is not None:
            yield step.condition, _OF_STEPS
