"""The syntax tree of a JavaScript text in plain lists, GitHub's expressions cut out of it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.hole import HOLE

if TYPE_CHECKING:
    from tree_sitter import Node as TreeNode

_MAX_LENGTH = 200_000
_NEWLINE = 0x0A
_MAX_NODES = 150_000
# A letter that no script uses encloses the number of an expression that was cut out.
_MARK = "\ua66e"
MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")
"""What stands in the tree for an expression (``${{ }}``)."""


@dataclass(slots=True)
class Node:
    """A node of the syntax tree; the others are named by their index in ``Program.nodes``."""

    kind: str
    start: int
    end: int
    parent: int
    children: list[int] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)


class Tree:
    """A parsed text. ``problem`` says why it could not be read, ``""`` if it could."""

    def __init__(self, script: str) -> None:
        self.problem = ""
        self.nodes: list[Node] = []
        self._cuts: list[tuple[int, int]] = []
        self._expressions: list[str] = []
        self._source = b""
        self._breaks: list[int] = []
        if len(script) > _MAX_LENGTH:
            self.problem = "the script is too long to be read"
            return
        self._source = self._cut(script).encode("utf-8", "surrogatepass")
        self._breaks = [i for i, byte in enumerate(self._source) if byte == _NEWLINE]
        self._parse()

    def text(self, index: int) -> str:
        """The source of a node, GitHub's expressions put back."""
        return MARKED.sub(self.expression, self.raw(index))

    def line(self, index: int) -> int:
        """The line of a node in the script as it was given, from 0."""
        start = self.nodes[index].start
        return bisect_left(self._breaks, start) + sum(
            lines for position, lines in self._cuts if position < start
        )

    def field(self, index: int, name: str) -> int | None:
        """The child of a node in a field of the grammar."""
        return self.nodes[index].fields.get(name)

    def arguments(self, call: int) -> list[int]:
        """The arguments of a call or of ``new``."""
        given = self.field(call, "arguments")
        if given is None or self.nodes[given].kind != "arguments":
            return []
        return [c for c in self.nodes[given].children if self.nodes[c].kind != "comment"]

    def raw(self, index: int) -> str:
        """The source of a node as it was parsed."""
        node = self.nodes[index]
        return self._source[node.start : node.end].decode("utf-8", "replace")

    def expression(self, match: re.Match[str]) -> str:
        """The expression that a match of :data:`MARKED` stands for."""
        number = int(match[1])
        return self._expressions[number] if number < len(self._expressions) else HOLE

    def bound_names(self) -> set[str]:
        """The names that the text binds itself; parameters are handed in from outside."""
        bound: set[str] = set()
        for index, node in enumerate(self.nodes):
            if node.kind in ("variable_declarator", "function_declaration", "class_declaration"):
                bound.update(self._pattern_names(node.fields.get("name")))
            elif node.kind == "import_clause":
                bound.update(name for name, _ in self.imports(index))
        return bound

    def _pattern_names(self, index: int | None) -> Iterator[str]:
        queue = [] if index is None else [index]
        while queue:
            current = queue.pop()
            node = self.nodes[current]
            if node.kind in ("identifier", "shorthand_property_identifier_pattern"):
                yield self.raw(current)
            elif node.kind == "pair_pattern":
                queue.append(node.fields["value"])
            elif node.kind in ("assignment_pattern", "object_assignment_pattern"):
                queue.append(node.fields["left"])
            elif node.kind in ("object_pattern", "array_pattern", "rest_pattern"):
                queue.extend(node.children)

    def imports(self, clause: int) -> Iterator[tuple[str, str]]:
        """The names of an import clause, each with the property of the module (``""``: all)."""
        for child in self.nodes[clause].children:
            node = self.nodes[child]
            if node.kind == "identifier":
                yield self.raw(child), ""
            elif node.kind == "namespace_import" and node.children:
                yield self.raw(node.children[0]), ""
            elif node.kind == "named_imports":
                for one in node.children:
                    fields = self.nodes[one].fields
                    if "name" in fields:
                        name = self.raw(fields["name"])
                        yield self.raw(fields.get("alias", fields["name"])), name

    def entries(self, index: int) -> Iterator[tuple[str, int]]:
        """The keys and the nodes of the values of an object; ``...`` for what is spread in it."""
        for child in self.nodes[index].children:
            node = self.nodes[child]
            if node.kind == "pair":
                key = node.fields["key"]
                yield self.raw(key).strip("'\"`"), node.fields["value"]
            elif node.kind == "shorthand_property_identifier":
                yield self.raw(child), child
            elif node.kind == "spread_element" and node.children:
                yield "...", node.children[0]

    def _cut(self, script: str) -> str:
        parts: list[str] = []
        position = length = 0
        while (start := script.find("${{", position)) >= 0:
            end = script.find("}}", start)
            if end < 0:
                break
            parts.append(f"{script[position:start]}{_MARK}{len(self._expressions)}{_MARK}")
            length += len(parts[-1].encode("utf-8", "surrogatepass"))
            if lines := script.count("\n", start, end):
                self._cuts.append((length - 1, lines))
            self._expressions.append(script[start + 3 : end].strip())
            position = end + 2
        return "".join((*parts, script[position:]))

    def _parse(self) -> None:
        # The grammar takes time to load, and most workflows have no script.
        import tree_sitter_javascript
        from tree_sitter import Language, Parser

        tree = Parser(Language(tree_sitter_javascript.language())).parse(self._source)
        if tree.root_node.has_error:
            self.problem = "the script is no JavaScript that can be read"
            return
        cursor = tree.walk()
        path: list[int] = []
        down = True
        while len(self.nodes) < _MAX_NODES:
            if down:
                node, name = cast("TreeNode", cursor.node), cursor.field_name
                index = len(self.nodes)
                keep = node.is_named or name == "operator"
                if keep:
                    parent = path[-1] if path else -1
                    self.nodes.append(Node(node.type, node.start_byte, node.end_byte, parent))
                    if path:
                        if node.is_named:
                            self.nodes[parent].children.append(index)
                        if name:
                            self.nodes[parent].fields.setdefault(name, index)
                if keep and cursor.goto_first_child():
                    path.append(index)
                    continue
            if cursor.goto_next_sibling():
                down = True
            elif cursor.goto_parent():
                path.pop()
                down = False
            else:
                return
        self.nodes.clear()
        self.problem = "the script is too long to be read"
