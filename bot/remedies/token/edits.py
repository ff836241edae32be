"""Edits that name another token in a step: of the text, and as the gate will look for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from bot.remedies.token.app import Mint
from bot.remedies.token.facts import TokenObstacle
from bot.remedies.token.places import Spot, substituted
from bot.workflow.document import Document
from bot.workflow.edit import Change, Content, Edit, Insert, Replace
from bot.workflow.model import Job, Step, Workflow

_INSERTED = {"env": "inserted env", "with": "inserted input"}


@dataclass(frozen=True, slots=True)
class StepNode:
    """A step in the document's tree, and the place of the list that it stands in.

    Attributes:
        at: its index in that list.
        grouped: it stands in a ``parallel:`` group.
    """

    node: MappingNode
    at: int
    home: str
    grouped: bool

    def place(self, moved: int = 0) -> str:
        """The step's place, in a file with ``moved`` more steps before it."""
        return f"{self.home}.{self.at + moved}"

    @property
    def column(self) -> int:
        """The column of its keys."""
        return int(self.node.start_mark.column)


def repeated(document: Document) -> frozenset[int]:
    """The ids of the nodes that stand in more than one place: anchors that an alias repeats."""
    seen: set[int] = set()
    twice: set[int] = set()
    stack = [document.root] if "*" in document.text and document.root is not None else []
    while stack:
        node = stack.pop()
        if id(node) in seen:
            twice.add(id(node))
            continue
        seen.add(id(node))
        stack += _children(node)
    return frozenset(twice)


def steps(
    workflow: Workflow, job: Job, twice: frozenset[int]
) -> tuple[StepNode | TokenObstacle, ...]:
    """A job's steps in the tree, or what forbids to edit them; ``twice`` is :func:`repeated`'s."""
    home = _value(_value(workflow.document.root, "jobs"), job.id)
    listed = _value(home, "steps")
    if home is None or not isinstance(listed, SequenceNode):
        return (TokenObstacle.FORM,) * len(job.steps)
    if twice and not twice.isdisjoint((id(home), id(listed))):
        return (TokenObstacle.ALIAS,) * len(job.steps)
    place = f"jobs.{job.id}.steps"
    found: list[StepNode] = []
    for at, item in enumerate(listed.value):
        group = _value(item, "parallel")
        if isinstance(group, SequenceNode):
            inner = f"{place}.{at}.parallel"
            found += [StepNode(one, n, inner, True) for n, one in enumerate(group.value)]
        else:
            found.append(StepNode(item, at, place, False))
    return tuple(_editable(one, twice) for one in found)


def _editable(step: StepNode, twice: frozenset[int]) -> StepNode | TokenObstacle:
    if _is_flow(step.node):
        return TokenObstacle.FLOW
    return TokenObstacle.ALIAS if twice and _holds(step.node, twice) else step


def change(
    document: Document,
    where: StepNode,
    step: Step,
    spots: tuple[Spot, ...],
    expression: str,
    *,
    moved: int = 0,
    mint: Mint | None = None,
) -> Change | TokenObstacle:
    """What names ``expression`` in these places.

    ``moved``: how many steps are inserted before the step in its job, ``mint`` among them.
    """
    if any("." in spot.name for spot in spots):
        return TokenObstacle.FORM  # the gate's places have dots between their keys
    after = substituted(step, spots, expression)
    edits: list[Edit] = []
    replaced: dict[str, Content] = {}
    added: dict[str, Content] = {}
    for spot in spots:
        if spot.span is not None:
            edits.append(Replace(*spot.span, expression))
            key, text = _replaced(where.node, after, spot)
            replaced[f"{where.place()}.{key}"] = text
    for key, how in _INSERTED.items():
        names = tuple(spot.name for spot in spots if spot.how == how)
        if not names:
            continue
        found = _entries(document, where, step, key, dict.fromkeys(names, expression))
        if found is None:
            return TokenObstacle.FORM
        edits.append(found[0])
        added |= {f"{where.place(moved)}.{place}": what for place, what in found[1].items()}
    if mint is not None:
        first = _minted(document, where, mint)
        if first is None:
            return TokenObstacle.FORM
        edits.insert(0, first)
        added[where.place(moved - 1)] = mint.content
    return Change(tuple(edits), added, replaced)


def kept(document: Document, where: StepNode) -> Mapping[str, tuple[str, str]] | None:
    """``if`` and ``continue-on-error`` of a step, with their text in the file.

    None where they are written on several lines.
    """
    found = {}
    for key in ("if", "continue-on-error"):
        node = _value(where.node, key)
        if node is None:
            continue
        start, end = node.start_mark, node.end_mark
        if not isinstance(node, ScalarNode) or start.line != end.line:
            return None
        written = document.line(start.line)[start.column : end.column]
        found[key] = (node.value, written)
    return found


def _replaced(node: MappingNode, after: Step, spot: Spot) -> tuple[str, str]:
    """The place in a step that an expression stands in, and the text that stands there now."""
    if spot.how == "script":
        assert after.run is not None  # noqa: S101 - the spot was found in it
        return "run", after.run.text
    if spot.how == "env":
        return f"env.{spot.name}", after.env[spot.name].text
    keys = (key.value for key, _ in _pairs(_value(node, "with")))
    name = next(key for key in keys if key.lower() == spot.name)
    return f"with.{name}", after.inputs[spot.name].text


def _entries(
    document: Document, where: StepNode, step: Step, key: str, entries: Mapping[str, str]
) -> tuple[Insert, Mapping[str, Content]] | None:
    """Entries of ``env`` or ``with``, and where they are; None where there is no place for them."""
    texts = {name: f"${{{{ {expression} }}}}" for name, expression in entries.items()}
    node = _value(where.node, key)
    if node is not None:
        pairs = list(_pairs(node))
        if not pairs or _is_flow(node):
            return None
        first = pairs[0][0]
        at = next(k for k, _ in _pairs(where.node) if k.value == key).end_mark.line + 1
        lines = _lines(first.start_mark.column, first.style, texts)
        return Insert(at, lines), {f"{key}.{name}": text for name, text in texts.items()}
    line = _line_for_block(document, where, step)
    if line is None:
        return None
    quote = _quote(next(_pairs(where.node))[0].style)
    head = f"{' ' * where.column}{quote}{key}{quote}:"
    lines = _lines(where.column + 2, quote, texts)
    return Insert(line, (head, *lines)), {key: texts}


def _lines(column: int, style: str | None, texts: Mapping[str, str]) -> tuple[str, ...]:
    quote = _quote(style)
    return tuple(
        f"{' ' * column}{quote}{name}{quote}: {quote}{text}{quote}" for name, text in texts.items()
    )


def _quote(style: str | None) -> str:
    return style if style in ("'", '"') else ""


def _line_for_block(document: Document, where: StepNode, step: Step) -> int | None:
    """The line before which a step gets a new block: behind ``uses``, before or behind ``run``."""
    if step.uses is not None:
        return step.uses.span.end_line + 1
    script = step.run
    if script is None:
        return None
    key = next(k for k, _ in _pairs(where.node) if k.value == "run")
    if key.start_mark.line > where.node.start_mark.line:
        return _above_comments(document, int(key.start_mark.line), where.column)
    if script.style in ("|", ">"):
        if "+" in document.line(script.span.line)[script.span.column :]:
            return None  # the blank lines behind it are part of it
        last = script.span.end_line - (1 if script.span.end_column == 0 else 0)
        while not document.line(last).strip():
            last -= 1
        return last + 1
    return script.span.end_line + 1


def _minted(document: Document, where: StepNode, mint: Mint) -> Insert | None:
    """The step that mints, above a step and the comments that stand right above that one."""
    line = int(where.node.start_mark.line)
    before = document.line(line)[: where.column]
    if where.grouped or before.strip() != "-":
        return None
    dash = before.index("-")
    lines = mint.lines(dash, where.column)
    line = _above_comments(document, line, dash)
    if line and not document.line(line - 1).strip():
        lines = (*lines, "")
    return Insert(line, lines)


def _is_flow(node: Node) -> bool:
    return isinstance(node, CollectionNode) and bool(node.flow_style)


def _above_comments(document: Document, line: int, column: int) -> int:
    """The first of the comment lines in this column that stand right above a line, or the line."""
    while line and document.line(line - 1).startswith(f"{' ' * column}#"):
        line -= 1
    return line


def _value(node: Node | None, key: str) -> Node | None:
    return next((value for name, value in _pairs(node) if name.value == key), None)


def _pairs(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    if isinstance(node, MappingNode):
        yield from ((key, value) for key, value in node.value if isinstance(key, ScalarNode))


def _holds(root: Node, ids: frozenset[int]) -> bool:
    """Whether one of these nodes is in a tree."""
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in ids:
            return True
        stack += _children(node)
    return False


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
