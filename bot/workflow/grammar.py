"""The grammar of GitHub Actions expressions: tree, lexer, parser.

It is that of GitHub's runner and of the npm package `@actions/expressions`; where the two
differ (a comma before `)`, depth limits) the runner, which runs the workflow, decides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf, nan
from typing import TypeAlias

MAX_DEPTH = 50
MAX_LENGTH = 21_000

_ANY_NUMBER = 21_000
_ARITY = {
    "always": (0, 0),
    "cancelled": (0, 0),
    "case": (3, _ANY_NUMBER),
    "contains": (2, 2),
    "endswith": (2, 2),
    "failure": (0, _ANY_NUMBER),
    "format": (1, 255),
    "fromjson": (1, 1),
    "hashfiles": (1, 255),
    "join": (1, 2),
    "startswith": (2, 2),
    "success": (0, _ANY_NUMBER),
    "tojson": (1, 1),
}
_KEYWORDS: dict[str, bool | float | None] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": nan,
    "Infinity": inf,
}
_RANK = {"||": 0, "&&": 1, "==": 2, "!=": 2, "<": 3, "<=": 3, ">": 3, ">=": 3}
_FIRST_COMPARISON = 2


class ExpressionError(ValueError):
    """An expression that GitHub refuses: `message` says why, `position` where (see parse)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at {position}")
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class _Node:
    start: int = field(compare=False, kw_only=True)
    end: int = field(compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(_Node):
    """A constant, or the name behind a dot: `a.b` and `a['b']` are the same tree."""

    value: bool | float | str | None


@dataclass(frozen=True, slots=True)
class Context(_Node):
    """A context by its name in lower case, such as `github`. Any legal name is accepted."""

    name: str


@dataclass(frozen=True, slots=True)
class Star(_Node):
    """The `*` of `a.*` and `a[*]`; only ever the key of an Index."""


@dataclass(frozen=True, slots=True)
class Index(_Node):
    """`target.key`, `target[key]`, `target.*`."""

    target: "Expr"
    key: "Expr | Star"


@dataclass(frozen=True, slots=True)
class Call(_Node):
    """A call of a function that GitHub has; `name` in lower case."""

    name: str
    args: "tuple[Expr, ...]"


@dataclass(frozen=True, slots=True)
class Not(_Node):
    """`!operand`."""

    operand: "Expr"


@dataclass(frozen=True, slots=True)
class Binary(_Node):
    """A comparison: `op` is one of `==`, `!=`, `<`, `<=`, `>`, `>=`."""

    op: str
    left: "Expr"
    right: "Expr"


@dataclass(frozen=True, slots=True)
class Logical(_Node):
    """`a && b && c` or `a || b || c`: two or more terms, so that a long chain is no deep tree."""

    op: str
    terms: "tuple[Expr, ...]"


Expr: TypeAlias = Literal | Context | Index | Call | Not | Binary | Logical


_DECIMAL = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,8}|0o[0-7]{1,11}")
_INFINITE = {"": 0.0, "Infinity": inf, "-Infinity": -inf}


def number(text: str) -> float:
    """Give the number that GitHub reads in a text: 0 for a blank one, NaN where it is none."""
    text = text.strip()
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _BASED.fullmatch(text):
        return float(int(text, 0))
    return _INFINITE.get(text, nan)


_TOKEN = re.compile(
    r"""\s*+(?:
      (?P<name>[A-Za-z_][A-Za-z0-9_-]*+)
    | (?P<string>'[^']*+(?:''[^']*+)*+')
    | (?P<operator>&&|\|\||[=!<>]=|[<>!()\[\],*])
    | (?P<dot>\.)
    | (?P<number>[-+0-9][^\s()\[\],!<>=&|]*+)
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_FRACTION = re.compile(r"\.[^\s()\[\],!<>=&|]*+")
_BEFORE_DOT = frozenset({"name", "]", ")", "*"})

# Kind (an operator is its own kind), text, start, end.
_Token: TypeAlias = tuple[str, str, int, int]
_END = ""


def _tokens(text: str, offset: int) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    kind = _END
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError("unexpected symbol", offset + at)
        group = match.lastgroup or ""
        if group == "dot" and kind not in _BEFORE_DOT:
            start = match.start("dot")
            match = _FRACTION.match(text, start)
            assert match is not None  # noqa: S101 - the dot itself matches
            group, word, end = "number", match[0], match.end()
        else:
            start, end = match.span(group)
            word = match[group]
        if group == "number" and number(word) != number(word):
            raise ExpressionError("unexpected symbol", offset + start)
        kind = word if group in ("operator", "dot") else group
        if group == "end":
            found.append((_END, "", offset + start, offset + end))
            return found
        found.append((kind, word, offset + start, offset + end))
        at = end


class _Parser:
    """Precedence climbing over the tokens of one expression."""

    __slots__ = ("_at", "_depth", "_tokens")

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Expr:
        expr = self._operators(0)
        self._expect(_END)
        return expr

    def _expect(self, kind: str) -> int:
        """Step over a token of this kind and give its end."""
        found, _, start, end = self._tokens[self._at]
        if found != kind:
            what = "unexpected symbol" if found != _END else "unexpected end of expression"
            raise ExpressionError(what, start)
        self._at += 1
        return end

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(f"deeper than {MAX_DEPTH} levels", self._tokens[self._at][2])

    def _expression(self) -> Expr:
        self._deeper()
        expr = self._operators(0)
        self._depth -= 1
        return expr

    def _operators(self, floor: int) -> Expr:
        tokens = self._tokens
        start = tokens[self._at][2]
        left = self._unary()
        while (rank := _RANK.get(op := tokens[self._at][0], -1)) >= floor:
            terms = [left]
            while tokens[self._at][0] == op:
                self._at += 1
                terms.append(self._operators(rank + 1))
                if rank >= _FIRST_COMPARISON:
                    break
            end = tokens[self._at - 1][3]
            if rank >= _FIRST_COMPARISON:
                left = Binary(op, left, terms[1], start=start, end=end)
            else:
                left = Logical(op, tuple(terms), start=start, end=end)
        return left

    def _unary(self) -> Expr:
        kind, _, start, _ = self._tokens[self._at]
        if kind != "!":
            return self._postfix()
        self._at += 1
        self._deeper()
        operand = self._unary()
        self._depth -= 1
        return Not(operand, start=start, end=self._tokens[self._at - 1][3])

    def _postfix(self) -> Expr:
        kind, word, start, end = self._tokens[self._at]
        self._at += 1
        target: Expr
        if kind == "name":
            if word in _KEYWORDS:
                return Literal(_KEYWORDS[word], start=start, end=end)
            if self._tokens[self._at][0] == "(":
                target = self._call(word.lower(), start)
            else:
                target = Context(word.lower(), start=start, end=end)
        elif kind == "string":
            return Literal(word[1:-1].replace("''", "'"), start=start, end=end)
        elif kind == "number":
            return Literal(number(word), start=start, end=end)
        elif kind == "(":
            target = self._expression()
            self._expect(")")
        else:
            what = "unexpected symbol" if kind != _END else "unexpected end of expression"
            raise ExpressionError(what, start)
        return self._indexes(target, start)

    def _indexes(self, target: Expr, start: int) -> Expr:
        tokens = self._tokens
        key: Expr | Star
        while (kind := tokens[self._at][0]) in (".", "["):
            self._at += 1
            name, word, key_start, end = tokens[self._at]
            if name == "*":
                self._at += 1
                key = Star(start=key_start, end=end)
            elif kind == ".":
                self._expect("name")
                key = Literal(word, start=key_start, end=end)
            else:
                key = self._expression()
            if kind == "[":
                end = self._expect("]")
            target = Index(target, key, start=start, end=end)
        return target

    def _call(self, name: str, start: int) -> Call:
        if name not in _ARITY:
            raise ExpressionError("unrecognized function", start)
        self._at += 1
        args: list[Expr] = []
        if self._tokens[self._at][0] != ")":
            args.append(self._expression())
            while self._tokens[self._at][0] == ",":
                self._at += 1
                args.append(self._expression())
        end = self._expect(")")
        least, most = _ARITY[name]
        if not least <= len(args) <= most or (name == "case" and len(args) % 2 == 0):
            raise ExpressionError(f"wrong number of arguments for {name}", start)
        return Call(name, tuple(args), start=start, end=end)


@lru_cache(maxsize=2048)
def _parse(text: str, offset: int) -> Expr:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", offset)
    tokens = _tokens(text, offset)
    expr = _Parser(tokens).whole()
    # A tree is never higher than its tokens are many, so most need not be measured.
    if len(tokens) > MAX_DEPTH and _height(expr) > MAX_DEPTH:
        raise ExpressionError(f"deeper than {MAX_DEPTH} levels", expr.start)
    return expr


def parse(text: str, *, offset: int = 0) -> Expr:
    """Parse an expression, written without `${{ }}`.

    `offset` is added to every position: to those of the nodes and to that of an error. Raises
    ExpressionError for what GitHub refuses: bad syntax, an unknown function, a wrong number of
    arguments, more than 21,000 characters, more than 50 levels. Whether a context may be used at
    this place of the workflow is not checked.
    """
    return _parse(text, offset)


def children(expr: Expr) -> tuple[Expr, ...]:
    """Give the expressions right below one, from left to right."""
    match expr:
        case Index(target=target, key=key):
            return (target,) if isinstance(key, Star) else (target, key)
        case Call(args=args):
            return args
        case Not(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Logical(terms=terms):
            return terms
        case _:
            return ()


def walk(expr: Expr) -> Iterator[Expr]:
    """Give the expression and all below it, in no promised order."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def _height(expr: Expr) -> int:
    height = 0
    level: tuple[Expr, ...] = (expr,)
    while level:
        height += 1
        level = tuple(child for node in level for child in children(node))
    return height
