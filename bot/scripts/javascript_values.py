"""What the names and expressions of a JavaScript text stand for, as far as tokens are concerned.

``Program`` parses a text and works out, for each node, the set of :data:`Value` it can have: API
clients, parts of the toolkit (``core``, ``exec``, ``context``), literal text, functions, objects
and arrays of the text itself, and files that it requires. Names are told apart by their spelling
alone, not by their scopes, so a value set may be too wide; it is too narrow only where a value
goes through something that is not followed, which ``javascript.read`` reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod

from bot.hole import HOLE
from bot.scripts.javascript_facts import (
    CLIENTS,
    GLOBALS,
    KNOWN,
    MODULES,
    RENAMED,
    WORKSPACE,
    Client,
    File,
    Known,
    Part,
    Text,
    Value,
    Values,
)
from bot.scripts.javascript_tree import MARKED, Node, Tree

_MAX_PASSES = 12
_MAX_VALUES = 24
_MAX_PATH = 6
_MAX_TEXTS = 12
_FREE_PASSES = 5
_INVOLVED = "the script is too involved to be followed"
_FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "method_definition",
     "generator_function", "generator_function_declaration"}
)  # fmt: skip
_TRANSPARENT = frozenset({"parenthesized_expression", "await_expression"})
_KINDS = _FUNCTIONS | _TRANSPARENT | {
    "array", "assignment_expression", "augmented_assignment_expression", "binary_expression",
    "call_expression", "class_declaration", "identifier", "import", "import_statement",
    "member_expression", "new_expression", "object", "return_statement",
    "shorthand_property_identifier", "string", "subscript_expression", "template_string",
    "ternary_expression", "variable_declarator",
}  # fmt: skip
_STRIPPED = frozenset({"endpoint", "merge", "defaults"})


_NONE: Values = frozenset()
_UNKNOWN = Text(HOLE)


class Program(Tree):
    """A parsed text and the values of its nodes; see :class:`Tree` for ``problem``."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.values: list[Values] = []
        self._names: dict[str, Values] = {}
        self._returns: dict[int, Values] = {}
        self._next_names: dict[str, set[Value]] = {}
        self._next_returns: dict[int, set[Value]] = {}
        self._bound = self.bound_names()
        self._holders: set[int] = set()
        if self.nodes:
            self._solve()
            self._find_holders()

    def value_of(self, index: int | None) -> Values:
        """The values of a node."""
        return _NONE if index is None else self.values[index]

    def literals(self, index: int | None) -> tuple[str, ...]:
        """The texts that a node can be; empty if it can be something else."""
        values = self.value_of(index)
        texts = sorted(v.text for v in values if isinstance(v, Text))
        return tuple(texts) if len(texts) == len(values) else ()

    def literal(self, index: int | None) -> str | None:
        """The text of a node, if it is one text."""
        texts = self.literals(index)
        return texts[0] if len(texts) == 1 else None

    def holds_client(self, index: int) -> bool:
        """Whether a node can be a client, or a function, object or array that yields one."""
        return self._yields(self.values[index])

    def _yields(self, values: Values) -> bool:
        parts = {value.node for value in values if isinstance(value, Part)}
        return not parts.isdisjoint(self._holders) or any(isinstance(v, Client) for v in values)

    def _find_holders(self) -> None:
        """Finds the functions, objects and arrays that a client can be taken out of."""
        parts = [i for i in range(len(self.nodes) - 1, -1, -1) if Part(i) in self.values[i]]
        for _ in range(_MAX_PASSES):
            before = len(self._holders)
            for index in parts:
                if self.nodes[index].kind in _FUNCTIONS:
                    held = self._yields(self._returns.get(index, _NONE))
                else:
                    held = any(self.holds_client(c) for c in self._contents(index))
                if held:
                    self._holders.add(index)
            if len(self._holders) == before:
                return
        self.problem = self.problem or _INVOLVED

    def _contents(self, index: int) -> Iterable[int]:
        node = self.nodes[index]
        return node.children if node.kind == "array" else [c for _, c in self.entries(index)]

    def _returned(self, value: Value) -> Values:
        return self._returns.get(value.node, _NONE) if isinstance(value, Part) else _NONE

    def is_function(self, value: Value) -> bool:
        """Whether a value is a function of the text."""
        return isinstance(value, Part) and self.nodes[value.node].kind in _FUNCTIONS

    def _decoded(self, text: str) -> str:
        return MARKED.sub(lambda m: KNOWN.get(self.expression(m), HOLE), text)

    def _solve(self) -> None:
        self.values = [_NONE] * len(self.nodes)
        # A node comes before its children, so this order has all parts before the whole.
        order = [i for i in range(len(self.nodes) - 1, -1, -1) if self.nodes[i].kind in _KINDS]
        for number in range(_MAX_PASSES):
            self._next_names, self._next_returns = {}, {}
            for index in order:
                self.values[index] = self._evaluate(index, self.nodes[index])
            names = {
                name: self._settled(values, self._names.get(name, _NONE), number)
                for name, values in self._next_names.items()
            }
            returns = {
                node: self._settled(values, self._returns.get(node, _NONE), number)
                for node, values in self._next_returns.items()
            }
            if any(len(v) > _MAX_VALUES for v in (*names.values(), *returns.values())):
                break
            if (names, returns) == (self._names, self._returns):
                return
            self._names, self._returns = names, returns
        self.problem = self.problem or _INVOLVED

    def _settled(self, values: set[Value], before: Values, number: int) -> Values:
        """``values`` without texts that a loop would make longer with every pass."""
        texts = {v for v in values if isinstance(v, Text)}
        growing = number >= _FREE_PASSES and frozenset(values) != before
        if growing or len(texts) > _MAX_TEXTS:
            return frozenset((values - texts) | ({_UNKNOWN} if texts else set()))
        return frozenset(values)

    def _name(self, name: str) -> Values:
        given = self._names.get(name)
        if given is not None or name in self._bound:
            return given or _NONE
        if name in CLIENTS:
            return frozenset({Client(None)})
        if MARKED.fullmatch(name):
            return frozenset({Text(self._decoded(name))})
        if name in KNOWN:
            return frozenset({Text(KNOWN[name])})
        return frozenset({Known(name)}) if name in GLOBALS or name[:1].isupper() else _NONE

    def _evaluate(self, index: int, node: Node) -> Values:
        kind, fields = node.kind, node.fields
        if kind in ("identifier", "shorthand_property_identifier"):
            return self._name(self.raw(index))
        if kind == "import":
            return frozenset({Known("require")})
        if kind == "member_expression":
            return self._member(self.values[fields["object"]], self.raw(fields["property"]))
        if kind == "subscript_expression":
            key = self.literal(fields["index"]) or self.raw(fields["index"])
            return self._member(self.values[fields["object"]], key)
        if kind in ("string", "template_string"):
            return self._concatenated([self._pieces(child) for child in node.children])
        if kind == "binary_expression":
            return self._binary(fields)
        if kind == "ternary_expression":
            return self.values[fields["consequence"]] | self.values[fields["alternative"]]
        if kind in _TRANSPARENT:
            return self.values[node.children[0]] if node.children else _NONE
        if kind in ("call_expression", "new_expression"):
            return self._call(index)
        if kind in _FUNCTIONS or kind in ("object", "array"):
            self._bind_function(index, node)
            return frozenset({Part(index)})
        self._bind_statement(index, node)
        if kind == "assignment_expression":
            return self.values[fields["right"]]
        return _NONE

    def _bind_function(self, index: int, node: Node) -> None:
        if node.kind == "function_declaration" and "name" in node.fields:
            self._put(self.raw(node.fields["name"]), frozenset({Part(index)}))
        body = node.fields.get("body", index)
        if node.kind == "arrow_function" and self.nodes[body].kind != "statement_block":
            self._next_returns.setdefault(index, set()).update(self.values[body])

    def _bind_statement(self, index: int, node: Node) -> None:
        kind, fields = node.kind, node.fields
        if kind == "variable_declarator" and "value" in fields:
            self._bind(fields["name"], self.values[fields["value"]])
        elif kind == "assignment_expression":
            self._bind(fields["left"], self.values[fields["right"]])
        elif kind == "augmented_assignment_expression":
            self._bind(fields["left"], self.values[fields["right"]] | {_UNKNOWN})
        elif kind == "return_statement" and node.children:
            function = self._function_around(index)
            if function is not None:
                returned = self._next_returns.setdefault(function, set())
                returned.update(self.values[node.children[0]])
        elif kind == "import_statement" and "source" in fields:
            module = self._module(self.literal(fields["source"]))
            for clause in node.children:
                if self.nodes[clause].kind == "import_clause":
                    for name, part in self.imports(clause):
                        self._put(name, self._member(module, part) if part else module)
        elif kind == "class_declaration" and "body" in fields:
            for member in self.nodes[fields["body"]].children:
                name_node = self.field(member, "name")
                if name_node is not None and self.raw(name_node) == "constructor":
                    self._put(self.raw(fields["name"]), frozenset({Part(member)}))

    def _function_around(self, index: int) -> int | None:
        while index >= 0 and self.nodes[index].kind not in _FUNCTIONS:
            index = self.nodes[index].parent
        return index if index >= 0 else None

    def _put(self, name: str, values: Iterable[Value]) -> None:
        self._next_names.setdefault(name, set()).update(values)

    def _bind(self, pattern: int, values: Values) -> None:
        queue = [(pattern, values)]
        while queue:
            current, given = queue.pop()
            node = self.nodes[current]
            if node.kind in ("identifier", "shorthand_property_identifier_pattern"):
                self._put(self.raw(current), given or {_UNKNOWN})
            elif node.kind in ("member_expression", "subscript_expression"):
                key = node.fields.get("property", node.fields.get("index", current))
                if given:
                    self._put(f".{self.raw(key)}", given)
            elif node.kind in ("assignment_pattern", "object_assignment_pattern"):
                left = node.fields["left"]
                if self.nodes[left].kind == "shorthand_property_identifier_pattern":
                    given = self._member(given, self.raw(left))
                queue.append((left, given | self.values[node.fields["right"]]))
            elif node.kind == "rest_pattern" and node.children:
                queue.append((node.children[0], given))
            elif node.kind in ("object_pattern", "array_pattern"):
                queue.extend(self._inner(node, given))

    def _inner(self, node: Node, given: Values) -> Iterator[tuple[int, Values]]:
        for position, child in enumerate(node.children):
            inner = self.nodes[child]
            if node.kind == "array_pattern":
                yield child, self._member(given, str(position))
            elif inner.kind == "shorthand_property_identifier_pattern":
                yield child, self._member(given, self.raw(child))
            elif inner.kind == "pair_pattern":
                key = self.raw(inner.fields["key"]).strip("'\"")
                yield inner.fields["value"], self._member(given, key)
            else:
                yield child, given

    def _member(self, values: Values, name: str) -> Values:
        found: set[Value] = set()
        for value in values:
            if isinstance(value, Client):
                if len(value.path) < _MAX_PATH:
                    found.add(Client(value.token, (*value.path, name)))
            elif isinstance(value, Known):
                dotted = f"{value.name}.{name}"
                if value.name == "$split":
                    found.add(Text({"0": "{owner}", "1": "{repo}"}.get(name, HOLE)))
                elif dotted in KNOWN:
                    found.add(Text(KNOWN[dotted]))
                elif dotted.count(".") <= _MAX_PATH:
                    found.add(Known(RENAMED.get(dotted, dotted)))
            elif isinstance(value, File):
                found.add(value)
            elif isinstance(value, Text):
                if name == "split" and value.text == "{owner}/{repo}":
                    found.add(Known("$repository.split"))
            elif self.nodes[value.node].kind == "object":
                for key, node in self.entries(value.node):
                    if key == name:
                        found |= self.values[node]
                    elif key == "...":
                        found |= self._names.get(f".{name}", _NONE)
        if not found:
            return self._names.get(f".{name}", _NONE)
        return frozenset(found)

    def _pieces(self, index: int) -> tuple[str, ...]:
        """The texts that a part of a string can be."""
        node = self.nodes[index]
        if node.kind == "template_substitution":
            return self.literals(node.children[0] if node.children else None) or (HOLE,)
        raw = self.raw(index)
        if node.kind == "escape_sequence":
            return ({"\\n": "\n", "\\t": "\t", "\\\n": ""}.get(raw, raw[1:]),)
        return (self._decoded(raw),)

    def _concatenated(self, pieces: Sequence[tuple[str, ...]]) -> Values:
        if prod(len(texts) for texts in pieces) > _MAX_TEXTS:
            pieces = [texts if len(texts) == 1 else (HOLE,) for texts in pieces]
        return frozenset(Text("".join(texts)) for texts in product(*pieces))

    def _as_text(self, index: int | None) -> str:
        text = self.literal(index)
        return HOLE if text is None else text

    def _binary(self, fields: dict[str, int]) -> Values:
        operator = self.raw(fields["operator"])
        left, right = self.values[fields["left"]], self.values[fields["right"]]
        if operator in ("||", "??", "&&"):
            return left | right
        if operator == "+" and any(isinstance(v, Text) for v in left | right):
            both = (self.literals(fields[side]) or (HOLE,) for side in ("left", "right"))
            return self._concatenated(tuple(both))
        return _NONE

    def _module(self, name: str | None) -> Values:
        if name is None:
            return frozenset({File(HOLE)})
        plain = name.removeprefix("node:")
        if plain in MODULES:
            return frozenset({Known(MODULES[plain])})
        is_file = name.startswith((".", "/", "$")) or HOLE in name
        return frozenset({File(name) if is_file else Known(f"npm:{plain}")})

    def _call(self, index: int) -> Values:
        node = self.nodes[index]
        callee = node.fields.get("function", node.fields.get("constructor"))
        arguments = self.arguments(index)
        first = arguments[0] if arguments else None
        found: set[Value] = set()
        for value in self.value_of(callee):
            if isinstance(value, Part):
                self._bind_parameters(value.node, arguments)
                found |= self._returned(value)
            elif isinstance(value, File):
                found.add(value)
            elif isinstance(value, Client):
                if value.path[-1:] == ("getOctokit",):
                    found.add(Client(self.text(first) if first is not None else ""))
                elif len(value.path) > 1 and value.path[-1] in _STRIPPED:
                    kept = value.path[: -2 if value.path[-2] in _STRIPPED else -1]
                    found.add(Client(value.token, kept))
            elif isinstance(value, Known):
                found |= self._known_call(value.name, arguments)
        return frozenset(found)

    def _known_call(self, name: str, arguments: Sequence[int]) -> Values:
        first = arguments[0] if arguments else None
        if name == "require":
            return self._module(self.literal(first))
        if name == "getOctokit":
            return frozenset({Client(self.text(first) if first is not None else "")})
        if name == "Octokit":
            return frozenset({Client(self._auth(first))})
        if name in ("npm:path.join", "npm:path.resolve"):
            joined = "/".join(self._as_text(a).removeprefix("./") for a in arguments)
            rooted = joined.startswith((WORKSPACE, "/", ".", HOLE))
            return frozenset({Text(joined if rooted else f"{WORKSPACE}/{joined}")})
        if name == "$repository.split":
            return frozenset({Known("$split")})
        if name in ("npm:util.promisify", "npm:module.createRequire"):
            return self.value_of(first) if "promisify" in name else frozenset({Known("require")})
        return _NONE

    def _auth(self, options: int | None) -> str:
        for value in self.value_of(options):
            if isinstance(value, Part):
                for key, node in self.entries(value.node):
                    if key == "auth":
                        return self.text(node)
        return ""

    def _bind_parameters(self, function: int, arguments: Sequence[int]) -> None:
        fields = self.nodes[function].fields
        if "parameter" in fields:
            parameters = [fields["parameter"]]
        elif "parameters" in fields:
            parameters = self.nodes[fields["parameters"]].children
        else:
            return
        for parameter, argument in zip(parameters, arguments, strict=False):
            self._bind(parameter, self.values[argument])
