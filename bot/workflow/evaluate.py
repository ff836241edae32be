"""Evaluate GitHub Actions expressions in three values: true, false, not known.

What can be said although something is not known is said: `false && x`, whether `ghcr.io/${{ x }}`
contains `ghcr.io`. The rest is UNKNOWN, also where GitHub would fail the job instead: text that is
no JSON, a format that names an argument too many.
"""

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import TypeAlias, assert_never

from bot.workflow.expression import (
    Binary,
    Call,
    Context,
    Embedded,
    Expr,
    Index,
    Literal,
    Logical,
    Not,
    Star,
    key_segment,
)
from bot.workflow.values import (
    HOLE,
    UNKNOWN,
    Array,
    EvaluationError,
    Object,
    PartialText,
    Unknown,
    Value,
    contains_text,
    ends_with,
    equal,
    every,
    glue,
    less,
    member,
    size,
    starts_with,
    text,
    truth,
)

__all__ = [
    "UNKNOWN",
    "Array",
    "Object",
    "PartialText",
    "Unknown",
    "Value",
    "evaluate",
    "template",
    "text",
    "truth",
]

Lookup: TypeAlias = Callable[[tuple[str, ...]], Value]
"""Gives what is at a context path, in the form of `expression.reads`, but a context as a whole is
`(name,)`; None for what is known to be absent, UNKNOWN for what is not known."""

Calls: TypeAlias = Callable[[str, tuple[Value, ...]], Value]
"""Gives what `success`, `failure`, `always`, `cancelled` or `hashfiles` returns."""

_MAX_JSON_DEPTH = 50

# Characters and items that one evaluation may go through: a tenth of a second or so.
_FUEL = 200_000


def _no_calls(_name: str, _args: tuple[Value, ...]) -> Value:
    return UNKNOWN


def evaluate(expr: Expr, lookup: Lookup, calls: Calls = _no_calls) -> Value:
    """Give the value of an expression.

    Never raises for an expression that `parse` gave. `isinstance(value, Unknown)` tells a value of
    which at most the truth is known; `truth(value)` is what a condition asks for.
    """
    try:
        return _Evaluation(lookup, calls).value(expr)
    except EvaluationError:
        return UNKNOWN


def template(parts: tuple[str | Embedded, ...], lookup: Lookup, calls: Calls = _no_calls) -> Value:
    """Give the value of a scalar that `expression.pieces` split.

    One `${{ }}` alone keeps its type, as it does for GitHub; anything else is a text. What cannot
    be evaluated is a hole in it.
    """
    values = [
        part
        if isinstance(part, str)
        else UNKNOWN
        if part.expr is None
        else evaluate(part.expr, lookup, calls)
        for part in parts
    ]
    if len(values) == 1:
        return values[0]
    try:
        return glue(map(text, values))
    except EvaluationError:
        return HOLE


class _Evaluation:
    __slots__ = ("_calls", "_fuel", "_lookup")

    def __init__(self, lookup: Lookup, calls: Calls) -> None:
        self._lookup = lookup
        self._calls = calls
        self._fuel = _FUEL

    def _spend(self, *values: Value) -> None:
        self._fuel -= sum(map(size, values))
        if self._fuel < 0:
            raise EvaluationError("the expression takes too long")

    def value(self, expr: Expr) -> Value:
        match expr:
            case Literal(value=value):
                return value
            case Context(name=name):
                return self._lookup((name,))
            case Index():
                return self._index(expr)
            case Call(name=name, args=args):
                values = tuple(map(self.value, args))
                self._spend(*values)
                function = _FUNCTIONS.get(name)
                return function(*values) if function else self._calls(name, values)
            case Not(operand=operand):
                known = truth(self.value(operand))
                return UNKNOWN if known is None else not known
            case Binary(op=op, left=left, right=right):
                one, other = self.value(left), self.value(right)
                self._spend(one, other)
                return _maybe(_COMPARISONS[op](one, other))
            case Logical():
                return self._logical(expr)
            case _:
                assert_never(expr)

    def _logical(self, expr: Logical) -> Value:
        goes_on, rest = (True, Unknown.FALSY) if expr.op == "&&" else (False, Unknown.TRUTHY)
        value = self.value(expr.terms[0])
        for term in expr.terms[1:]:
            known = truth(value)
            if known is not goes_on and known is not None:
                break
            right = self.value(term)
            if known is goes_on:
                value = right
            else:
                value = rest if truth(right) is (not goes_on) else UNKNOWN
        return value

    def _index(self, expr: Index) -> Value:
        keys: list[Expr | Star] = []
        target: Expr = expr
        while isinstance(target, Index):
            keys.append(target.key)
            target = target.target
        steps = [None if isinstance(key, Star) else (self.value(key),) for key in reversed(keys)]
        if isinstance(target, Context):
            # The longest path that is written out is asked for at once: a context is seldom known
            # as a whole.
            path = [target.name]
            for step in steps:
                segment = key_segment(target.name, step[0]) if step else None
                if segment is None:
                    break
                path.append(segment)
            value = self._lookup(tuple(path))
            steps = steps[len(path) - 1 :]
        else:
            value = self.value(target)
        for step in steps:
            self._spend(value)
            value = every(value) if step is None else member(value, step[0])
        return value


def _maybe(known: bool | None) -> Value:
    return UNKNOWN if known is None else known


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return None if one is None or other is None else False


def _no(known: bool | None) -> bool | None:
    return None if known is None else not known


_COMPARISONS: dict[str, Callable[[Value, Value], bool | None]] = {
    "==": equal,
    "!=": lambda one, other: _no(equal(one, other)),
    "<": less,
    "<=": lambda one, other: _either(equal(one, other), less(one, other)),
    ">": lambda one, other: less(other, one),
    ">=": lambda one, other: _either(equal(one, other), less(other, one)),
}


def _is_collection(value: Value) -> bool:
    return isinstance(value, (Array, Object))


def _contains(whole: Value, part: Value) -> Value:
    if isinstance(whole, Array):
        found: bool | None = False
        for item in whole.items:
            found = _either(found, equal(part, item))
        return _maybe(found)
    return _compare_texts(contains_text, whole, part)


def _compare_texts(
    compare: Callable[[str | PartialText, str | PartialText], bool | None],
    whole: Value,
    part: Value,
) -> Value:
    if _is_collection(whole):
        return False
    # It may be an array, which is not compared as a text. A part that is not known
    # is a mere hole, which decides nothing.
    if whole in (Unknown.ANY, Unknown.TRUTHY):
        return UNKNOWN
    if _is_collection(part):
        return False
    return _maybe(compare(text(whole), text(part)))


_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([0-9]{1,3})\}|[{}]")


def _format(layout: Value, *args: Value) -> Value:
    pattern = text(layout)
    if isinstance(pattern, PartialText):
        return HOLE
    texts = tuple(map(text, args))
    parts: list[str | PartialText] = []
    at = 0
    for match in _PLACEHOLDER.finditer(pattern):
        parts.append(pattern[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(match[0][0])
        elif match[1] and int(match[1]) < len(texts):
            parts.append(texts[int(match[1])])
        else:
            raise EvaluationError("the format is wrong")
    parts.append(pattern[at:])
    return glue(parts)


def _join(items: Value, separator: Value = ",") -> Value:
    if isinstance(items, Object):
        return ""
    if not isinstance(items, Array):
        return text(items)
    between = "," if _is_collection(separator) else text(separator)
    parts: list[str | PartialText] = []
    for item in items.items:
        parts += (between, text(item))
    return glue(parts[1:])


def _case(*args: Value) -> Value:
    for at in range(0, len(args) - 1, 2):
        if isinstance(args[at], Unknown):
            return UNKNOWN
        if not isinstance(args[at], bool):
            raise EvaluationError("a predicate of case is no boolean")
        if args[at]:
            return args[at + 1]
    return args[-1]


_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)


def _from_json(value: Value) -> Value:
    source = text(value)
    if isinstance(source, PartialText):
        return UNKNOWN
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _JSON_STRING.sub("", source)):
        depth += 1 if bracket in "[{" else -1
        if depth > _MAX_JSON_DEPTH:
            raise EvaluationError("the JSON is too deep")
    try:
        read = json.loads(
            source,
            parse_int=float,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise EvaluationError("no JSON") from error
    return _value(read)


def _no_constant(word: str) -> Value:
    raise EvaluationError(f"{word} is no JSON")


def _object(pairs: list[tuple[str, object]]) -> Object:
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise EvaluationError("which of two equal names counts is not documented")
    return Object(tuple((name, _value(value)) for name, value in pairs))


def _value(read: object) -> Value:
    if isinstance(read, list):
        return Array(tuple(map(_value, read)))
    if read is None or isinstance(read, (bool, float, str, Object)):
        return read
    raise AssertionError(read)


def _to_json(value: Value) -> Value:
    try:
        return glue((json.dumps(_plain(value, 0), ensure_ascii=False, indent=2),))
    except _HoleError:
        return HOLE


class _HoleError(Exception):
    """The JSON of a value is not known."""


def _plain(value: Value, depth: int) -> object:
    if depth > _MAX_JSON_DEPTH:
        raise EvaluationError("the value is too deep")
    match value:
        case Unknown() | PartialText():
            raise _HoleError
        case Array(items=items):
            return [_plain(item, depth + 1) for item in items]
        case Object(entries=entries):
            return {name: _plain(entry, depth + 1) for name, entry in entries}
        case bool() | str() | None:
            return value
    # The runner writes `NaN`, the package `null`.
    if not isfinite(value):
        raise _HoleError
    return int(value) if value == int(value) else value


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "case": _case,
    "contains": _contains,
    "endswith": lambda whole, part: _compare_texts(ends_with, whole, part),
    "format": _format,
    "fromjson": _from_json,
    "join": _join,
    "startswith": lambda whole, part: _compare_texts(starts_with, whole, part),
    "tojson": _to_json,
}
