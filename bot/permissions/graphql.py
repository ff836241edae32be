"""What a GraphQL document needs of the token.

GitHub documents no permission for a query or a mutation. So the table (``data/graphql.tsv``) says
what the twin in the REST API needs (``as POST /repos/…``), or what a report shows that it needs.
``needs`` reads a document without a schema: mutations by their names, queries by the fields that
they select (a field counts where it has a selection of its own) and by the types that fragments
name. What an app may not read comes back as ``null`` or as an error, so every field counts.

The table's kinds: ``mutation``, ``root`` (fields of the query itself), ``field`` (by name, or by
parent and name), ``type`` (of a fragment), ``search`` (by the type that is searched for).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from bot.hole import HOLE
from bot.permissions.rest import (
    Need,
    parse_needs,
    permission_text,
    read_table,
    source_text,
)

_MAX_LENGTH = 200_000
_TOKEN = re.compile(
    r'"""(?:\\"""|[^"]|"(?!""))*"""'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|\#[^\n]*"
    r"|\.\.\."
    r"|-?\d[\d.eE+-]*"
    rf"|[A-Za-z_{HOLE}][\w{HOLE}]*"
    r"|[^\s,\ufeff]"
)
_OPERATIONS = frozenset({"query", "mutation", "subscription"})
# Fields that only lead to what their parent is about.
_CONNECTIONS = frozenset({"nodes", "edges", "node"})


@dataclass(frozen=True, slots=True)
class GraphqlCall:
    """What a document needs: all of ``needs`` (AND), each a :class:`Need` with alternatives.

    ``unknown`` says in words what could not be told; where it is not empty, ``needs`` may lack
    something.
    """

    needs: tuple[Need, ...]
    unknown: tuple[str, ...]


@dataclass(slots=True)
class _Frame:
    """An open selection: of an operation, a field or a fragment."""

    name: str
    operation: str  # of the root's own selection; "" below it
    typed: bool = False


@dataclass(slots=True)
class _Reading:
    needs: dict[tuple[str, str], Need] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    fragments: frozenset[str] = frozenset()

    def add(self, kind: str, name: str) -> bool:
        need = _table().get((kind, name))
        if need is None:
            return False
        if need.needs != ({},):
            self.needs[kind, name] = need
        return True


def needs(document: str) -> GraphqlCall:
    """What ``document`` needs; :data:`bot.hole.HOLE` in it is text that is not known.

    Never raises: what is no GraphQL is ``unknown``.
    """
    if len(document) > _MAX_LENGTH:
        return GraphqlCall((), ("the document is too long to be read",))
    tokens = [t for t in _TOKEN.findall(document) if t[0] != "#"]
    reading = _Reading(fragments=_fragments(tokens))
    _read(tokens, reading)
    return GraphqlCall(
        tuple(reading.needs[key] for key in sorted(reading.needs)), tuple(reading.unknown)
    )


@cache
def _table() -> Mapping[tuple[str, str], Need]:
    table: dict[tuple[str, str], Need] = {}
    for kind, name, cell, permission, source in read_table("graphql.tsv"):
        alternatives = parse_needs(cell)
        table[kind, name] = Need(
            what=f"{'mutation' if kind == 'mutation' else 'query of'} {name}",
            needs=alternatives,
            grantable=bool(alternatives),
            permission=permission or permission_text(alternatives),
            source=source_text(source),
        )
    return table


def _fragments(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(
        tokens[i + 1]
        for i in range(len(tokens) - 2)
        if tokens[i] == "fragment" and tokens[i + 2] == "on"
    )


def _read(tokens: Sequence[str], reading: _Reading) -> None:
    stack: list[_Frame] = []
    position, end = 0, len(tokens)
    found = False
    while position < end:
        word = tokens[position]
        if word == "}":
            if not stack:
                break
            _close(stack.pop(), reading)
            position += 1
        elif not stack:
            frame, position = _definition(tokens, position, reading)
            if frame is None:
                break
            found = True
            stack.append(frame)
        elif word == "...":
            position = _spread(tokens, position, stack, reading)
        elif word[0].isalpha() or word[0] in "_" + HOLE:
            position = _field(tokens, position, stack, reading)
        else:
            reading.unknown["the document is no GraphQL that can be read"] = None
            return
    if stack or position < end or not found:
        reading.unknown["the document is no GraphQL that can be read"] = None


def _definition(
    tokens: Sequence[str], position: int, reading: _Reading
) -> tuple[_Frame | None, int]:
    """The frame of the definition that begins here, and the position behind its brace."""
    word = tokens[position]
    if word == "{":
        return _Frame("", "query"), position + 1
    start = position
    position = _skip_to_selection(tokens, position + 1)
    if position >= len(tokens):
        return None, start
    if word == "fragment" and tokens[start + 2 : start + 3] == ["on"]:
        kind = tokens[start + 3]
        reading.add("type", kind)
        return _Frame(kind, ""), position + 1
    if word not in _OPERATIONS:
        return None, start
    return _Frame("", word), position + 1


def _skip_to_selection(tokens: Sequence[str], position: int) -> int:
    depth = 0
    while position < len(tokens) and (depth or tokens[position] != "{"):
        depth += (tokens[position] in "([{") - (tokens[position] in ")]}")
        position += 1
    return position


def _skip_extras(tokens: Sequence[str], position: int) -> tuple[Sequence[str], int]:
    """The tokens of the arguments at ``position``, and the position behind all directives."""
    arguments: Sequence[str] = ()
    while position < len(tokens):
        if tokens[position] == "(":
            behind = _behind_brackets(tokens, position)
            arguments = arguments or tokens[position:behind]
            position = behind
        elif tokens[position] == "@":
            position += 2
        else:
            break
    return arguments, position


def _behind_brackets(tokens: Sequence[str], position: int) -> int:
    depth = 0
    while position < len(tokens):
        depth += (tokens[position] in ("(", "[", "{")) - (tokens[position] in (")", "]", "}"))
        position += 1
        if not depth:
            break
    return position


def _spread(tokens: Sequence[str], position: int, stack: list[_Frame], reading: _Reading) -> int:
    word = tokens[position + 1] if position + 1 < len(tokens) else ""
    top = stack[-1]
    if word == "on":
        kind = tokens[position + 2] if position + 2 < len(tokens) else ""
        top.typed |= reading.add("type", kind)
        _, position = _skip_extras(tokens, position + 3)
        if tokens[position : position + 1] == ["{"]:
            stack.append(_Frame(kind, top.operation))
            return position + 1
        return position
    if word in ("{", "@"):
        _, position = _skip_extras(tokens, position + 1)
        stack.append(_Frame(top.name, top.operation))
        return position + 1
    top.typed = True
    if word not in reading.fragments:
        reading.unknown["a fragment of the document is not in it"] = None
    _, position = _skip_extras(tokens, position + 2)
    return position


def _field(tokens: Sequence[str], position: int, stack: list[_Frame], reading: _Reading) -> int:
    name = tokens[position]
    position += 1
    if tokens[position : position + 1] == [":"] and position + 1 < len(tokens):
        name = tokens[position + 1]
        position += 2
    arguments, position = _skip_extras(tokens, position)
    selects = tokens[position : position + 1] == ["{"]
    parent = stack[-1]
    if HOLE in name:
        reading.unknown["a part of the document is not known"] = None
    elif parent.operation:
        _root_field(parent.operation, name, arguments, reading)
    elif selects and not reading.add("field", f"{parent.name}.{name}"):
        reading.add("field", name)
    if not selects:
        return position
    stack.append(_Frame(parent.name if name in _CONNECTIONS and parent.name else name, ""))
    if parent.operation and name in ("node", "nodes"):
        stack[-1].name = "node()"
    return position + 1


def _root_field(operation: str, name: str, arguments: Sequence[str], reading: _Reading) -> None:
    if operation == "mutation":
        if not reading.add("mutation", name):
            reading.unknown[f"the mutation {name} is not in the table"] = None
    elif operation != "query" or not reading.add("root", name):
        reading.unknown[f"the field {name} of the {operation} is not in the table"] = None
    elif name == "search":
        searched = list(_values(arguments, "type"))
        if not searched or not all(reading.add("search", kind) for kind in searched):
            reading.unknown["what is searched for is not known"] = None


def _values(arguments: Sequence[str], name: str) -> Iterator[str]:
    for i in range(len(arguments) - 2):
        if arguments[i] == name and arguments[i + 1] == ":":
            yield arguments[i + 2]


def _close(frame: _Frame, reading: _Reading) -> None:
    if frame.name == "node()" and not frame.typed:
        reading.unknown["a node is read without its type"] = None
