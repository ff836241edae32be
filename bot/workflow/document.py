"""A YAML file as text with positions: lines, line ends, and the nodes of its one document.

Nodes are those of ruamel.yaml's libyaml composer. Positions are libyaml's: lines and columns from
0, columns in characters. Nothing here knows what a workflow is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tag import Tag

MAX_BYTES = 2 * 1024 * 1024
"""Larger files are refused. (The largest real workflow known is below 300 kB.)"""
MAX_DEPTH = 1000
"""Levels. libyaml's composer recurses in C; it was seen to die near 30,000."""
MAX_NODES = 200_000
"""Of one file, with every alias counted as often as it is used."""

_BOM = "\ufeff"
# What libyaml takes for a line break (YAML 1.1, section 5.4).
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
# Looser than YAML's rules, which let them stand behind more than blanks: what is missed is a bomb.
_ANCHOR = re.compile(r"&[\w-]")
_ALIAS = re.compile(r"\*[\w-]")
_COMPACT = re.compile(rf"\ufeff?[ \t]*+(?:[-?:][ \t]++){{{MAX_DEPTH}}}")


class _Loader(CParser):  # type: ignore[misc]  # compiled, without types
    """libyaml's parser and composer, for which every scalar is a text, as it is for GitHub."""

    def resolve(self, kind: type[Node], value: object, implicit: object) -> Tag:
        """The tag of a node that names none."""
        del value, implicit
        return _TAGS[kind]

    def descend_resolver(self, *_: object) -> None:
        """Nothing: tags don't depend on the path."""

    def ascend_resolver(self) -> None:
        """Nothing, likewise."""


_TAGS = {
    ScalarNode: Tag(suffix="tag:yaml.org,2002:str"),
    SequenceNode: Tag(suffix="tag:yaml.org,2002:seq"),
    MappingNode: Tag(suffix="tag:yaml.org,2002:map"),
}


class DocumentError(ValueError):
    """A file that is left alone; the message is one sentence without the file's name."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands: from (line, column) up to, not including, (end_line, end_column)."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Attributes:
        path: as the user or the repository names it, with forward slashes.
        text: the whole text, a byte order mark included.
        root: the root node, or None for an empty document.
    """

    path: str
    text: str
    root: Node | None = field(compare=False, repr=False)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offset in ``text`` of each line's first character (behind a byte order mark)."""
        starts = [1 if self.text.startswith(_BOM) else 0]
        starts += [m.end() for m in _BREAK.finditer(self.text)]
        return tuple(starts)

    def offset(self, line: int, column: int) -> int:
        """The offset in ``text`` of a position."""
        return self.line_starts[line] + column

    def line_end(self, line: int) -> int:
        """The offset behind a line's break (the end of the text for the last line)."""
        starts = self.line_starts
        return starts[line + 1] if line + 1 < len(starts) else len(self.text)

    def line(self, line: int) -> str:
        """A line's text without its break."""
        return self.text[self.line_starts[line] : self.line_end(line)].rstrip(
            "\r\n\x85\u2028\u2029"
        )

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.text[
            self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)
        ]

    def last_line(self, node: Node) -> int:
        """The line on which a node's own text ends; a block's end mark runs on over comments."""
        while isinstance(node, (MappingNode, SequenceNode)) and node.value and not node.flow_style:
            last = node.value[-1]
            if isinstance(node, MappingNode):
                before, child = last[0].end_mark, last[1]
            else:
                before, child = node.start_mark, last
                if len(node.value) > 1:
                    before = max(before, node.value[-2].start_mark, key=lambda m: m.index)
            if child.start_mark.index < before.index:  # an alias; its node stands elsewhere
                return self._last_content(node)
            node = child
        end = node.end_mark
        if end.column == 0 and end.line > node.start_mark.line:  # a block scalar
            return int(end.line) - 1
        return int(end.line)

    def _last_content(self, node: Node) -> int:
        """The last line before a block's end mark that is neither blank nor a comment."""
        end = node.end_mark
        line = end.line if self.line(end.line)[: end.column].strip(" \t-") else end.line - 1
        while line > node.start_mark.line and self.line(line).lstrip()[:1] in ("", "#"):
            line -= 1
        return int(line)

    @cached_property
    def line_break(self) -> str:
        """The break that new lines get: the file's most frequent one."""
        crlf = self.text.count("\r\n")
        lf = self.text.count("\n") - crlf
        return "\r\n" if crlf > lf else "\n"


def decode(data: bytes) -> str:
    """The text of a file's bytes.

    Raises:
        DocumentError: too large, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise DocumentError(f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(f"it is not UTF-8 (byte {error.start})") from None


def parse(path: str, text: str) -> Document:
    """Read a file's one YAML document.

    Raises:
        DocumentError: not YAML, several documents, nested too deep, or an alias bomb.
    """
    _refuse_size(text)
    try:
        root = _Loader(text).get_single_node()
    except YAMLError as error:
        raise DocumentError(_sentence(error, text)) from None
    except UnicodeEncodeError:
        raise DocumentError("it holds characters that are no Unicode text") from None
    if root is not None and _ANCHOR.search(text) and _ALIAS.search(text):
        _refuse_bombs(root)
    return Document(path, text, root)


def plain(node: Node | None) -> Any:
    """A tree of nodes as dicts, lists and texts; every scalar is a text.

    For files of the program itself: it recurses, and a key twice is not seen.
    """
    if isinstance(node, MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    return None if node is None else node.value


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, SequenceNode):
        yield from node.value


def _refuse_size(text: str) -> None:
    """Raise on nesting that libyaml's composer, which recurses in C, would die of, or on too much.

    Its parser doesn't recurse, so its events tell; a look at the text first spares ordinary files
    that second reading. (A node takes two characters: itself, and what parts it from the next.)
    """
    if len(text) < 2 * MAX_NODES and not _may_be_deep(text):
        return
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

    depth = nodes = 0
    try:
        loader = _Loader(text)
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, CollectionEndEvent):
                depth -= 1
                continue
            nodes += 1
            if nodes > MAX_NODES:
                raise DocumentError(f"it has more than {MAX_NODES:,} nodes")
            if isinstance(event, CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise DocumentError(f"it is nested more than {MAX_DEPTH} levels deep")
    except YAMLError as error:
        raise DocumentError(_sentence(error, text)) from None
    except UnicodeEncodeError:
        raise DocumentError("it holds characters that are no Unicode text") from None


def _may_be_deep(text: str) -> bool:
    return (
        text.count("[") + text.count("{") >= MAX_DEPTH
        or " " * MAX_DEPTH in text
        or any(len(ln) >= 2 * MAX_DEPTH and _COMPACT.match(ln) for ln in text.splitlines())
    )


def _refuse_bombs(root: Node) -> None:
    """Raise where an anchor contains itself, or where aliases multiply beyond :data:`MAX_NODES`."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        key = id(node)
        if done:
            open_nodes.discard(key)
            sizes[key] = 1 + sum(sizes[id(child)] for child in _children(node))
            if sizes[key] > MAX_NODES:
                raise DocumentError(f"its aliases unfold to more than {MAX_NODES:,} nodes")
        elif key in sizes:
            continue
        elif key in open_nodes:
            raise DocumentError("one of its anchors contains itself")
        elif isinstance(node, ScalarNode):
            sizes[key] = 1
        else:
            open_nodes.add(key)
            stack.append((node, True))
            stack.extend((child, False) for child in _children(node))


_NO_START = "found character that cannot start any token"
"""What libyaml says of a tab, among other things."""


def _sentence(error: YAMLError, text: str) -> str:
    """A YAML error as one line that names the place."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = " ".join(str(getattr(error, "problem", None) or error).split())[:160]
    if problem == _NO_START and mark and _stands_at(text, mark.line, mark.column, "\t"):
        problem = "a tab where only spaces may stand"
    return f"it is not YAML: {problem}" + (f" (line {mark.line + 1})" if mark else "")


def _stands_at(text: str, line: int, column: int, what: str) -> bool:
    lines = text.split("\n", line + 1)
    return len(lines) > line and lines[line].startswith(what, column)
