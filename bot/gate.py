"""The gate: proves that a rewrite did what was declared, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from bot.permissions.scopes import Grants, is_level
from bot.workflow import document, reader
from bot.workflow.document import Document, DocumentError
from bot.workflow.edit import Replace
from bot.workflow.model import Workflow


@dataclass(frozen=True, slots=True)
class Proof:
    """What the gate saw; it goes into the pull request, so that it can be proved again.

    Attributes:
        added: what was added, by place: ``jobs.<id>.permissions``, ``permissions``.
        before: SHA-256 of the file's bytes, in hex.
        after: the same of the rewritten file.
        lines: lines added.
    """

    path: str
    added: Mapping[str, Grants]
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
    added: Mapping[str, Grants],
    rewrite: Rewrite,
    replaced: Sequence[Replace] = (),
) -> Proof:
    """Prove a rewrite that declares to add just ``added``, and to replace just ``replaced``.

    Raises:
        GateError: what does not hold.
    """
    original = before.document
    try:
        after_document = document.parse(original.path, text)
        after = reader.read_workflow(after_document)
    except DocumentError as error:
        raise GateError(f"the rewritten file can't be read: {error}") from None
    _tree(original, after_document, added, has_replaced=bool(replaced))
    lines = _lines(_kept_lines(original, replaced), text)
    _line_ends(original.text, text)
    _rules(after)
    if rewrite(after) != text:
        raise GateError("a second run would change the file again")
    return Proof(original.path, added, _digest(original.text), _digest(text), lines)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _tree(
    before: Document, after: Document, added: Mapping[str, Grants], *, has_replaced: bool
) -> None:
    """The tree without the declared additions must be the original one.

    What is replaced is taken out of both.
    """
    right = document.parse(before.path, before.text).root if has_replaced else before.root
    left = after.root
    index: _Index = {}
    for place, grants in added.items():
        if has_replaced:
            _take_out(right, tuple(_path(place)), index)
        found = _take_out(left, tuple(_path(place)), index)
        if found is None:
            raise GateError(f"{place} was declared but is not there")
        if _plain(found) != ("{", tuple((s, lv) for s, lv in grants.items())):
            raise GateError(f"{place} is not what was declared")
    if right is None or left is None or not _same(right, left):
        raise GateError("something beside the declared additions has changed")


def _path(place: str) -> Sequence[str]:
    """``jobs.<id>.permissions`` → its keys; ids have no dots (GitHub's rule for them)."""
    return place.split(".")


_Index = dict[int, Mapping[str, Node]]
"""Mapping node's id → its entries: a file with thousands of jobs is searched for each of them."""


def _take_out(root: Node | None, path: tuple[str, ...], index: _Index) -> Node | None:
    """Remove the entry at a path from a tree, and give it."""
    node = root
    for key in path[:-1]:
        node = _entries(node, index).get(key)
    if not isinstance(node, MappingNode):
        return None
    for n, (key, value) in enumerate(node.value):
        if isinstance(key, ScalarNode) and key.value == path[-1]:
            del node.value[n]
            return value  # type: ignore[no-any-return]
    return None


def _entries(node: Node | None, index: _Index) -> Mapping[str, Node]:
    if not isinstance(node, MappingNode):
        return {}
    if id(node) not in index:
        index[id(node)] = {k.value: v for k, v in node.value if isinstance(k, ScalarNode)}
    return index[id(node)]


def _plain(node: Node) -> object:
    """A block of texts as plain data, in its order."""
    if isinstance(node, MappingNode):
        return ("{", tuple((k.value, v.value) for k, v in node.value))
    return node.value


def _same(one: Node, other: Node) -> bool:
    """Whether two trees say the same: kinds, tags, texts, anchors, and the order of keys."""
    stack = [(one, other)]
    seen: set[tuple[int, int]] = set()
    while stack:
        a, b = stack.pop()
        if (id(a), id(b)) in seen:
            continue
        seen.add((id(a), id(b)))
        if type(a) is not type(b) or a.ctag != b.ctag or a.anchor != b.anchor:
            return False
        if isinstance(a, ScalarNode) and isinstance(b, ScalarNode):
            if a.value != b.value or a.style != b.style:
                return False
        elif len(a.value) != len(b.value) or _flow_style(a) != _flow_style(b):
            return False
        elif isinstance(a, MappingNode):
            for (ka, va), (kb, vb) in zip(a.value, b.value, strict=True):
                stack += [(ka, kb), (va, vb)]
        else:
            stack += zip(a.value, b.value, strict=True)
    return True


def _flow_style(node: Node) -> bool:
    return bool(node.flow_style) if isinstance(node, CollectionNode) else False


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


def _rules(workflow: Workflow) -> None:
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
    if _has_cycle({job.id: job.needs for job in workflow.jobs}):
        raise GateError("the jobs need one another in a circle")


def _has_cycle(needs: Mapping[str, Sequence[str]]) -> bool:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return True
    return False
