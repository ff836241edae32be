"""Write an expression's tree out as GitHub reads it."""

import re
from math import isinf, isnan

from bot.workflow.grammar import (
    Binary,
    Call,
    Context,
    Expr,
    Index,
    Literal,
    Logical,
    Not,
    Star,
)

_FUNCTIONS = {
    name.lower(): name for name in ("endsWith", "fromJSON", "hashFiles", "startsWith", "toJSON")
}
_LOGICAL = {"||": 0, "&&": 1}
_EQUALITY, _ORDER, _UNARY, _POSTFIX = 2, 3, 4, 5
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def unparse(expr: Expr) -> str:
    """Give the source of an expression, without `${{ }}` and with no parentheses too many.

    `parse` gives the same tree for it. Functions are spelt as GitHub's documentation has them,
    everything else as it stands in the tree.
    """
    return _source(expr, 0)


def _source(expr: Expr, floor: int) -> str:
    """The source where an operator of the rank `floor` or above may stand without parentheses."""
    rank, source = _ranked(expr)
    return source if rank >= floor else f"({source})"


def _ranked(expr: Expr) -> tuple[int, str]:
    match expr:
        case Logical(op=op, terms=terms):
            rank = _LOGICAL[op]
            return rank, f" {op} ".join(_source(term, rank + 1) for term in terms)
        case Binary(op=op, left=left, right=right):
            rank = _EQUALITY if op in ("==", "!=") else _ORDER
            return rank, f"{_source(left, rank)} {op} {_source(right, rank + 1)}"
        case Not(operand=operand):
            return _UNARY, f"!{_source(operand, _UNARY)}"
        case Index(target=target, key=key):
            return _POSTFIX, _target(target) + _key(key)
        case Call(name=name, args=args):
            words = ", ".join(_source(arg, 0) for arg in args)
            return _POSTFIX, f"{_FUNCTIONS.get(name, name)}({words})"
        case Context(name=name):
            return _POSTFIX, name
        case Literal(value=value):
            return _POSTFIX, _literal(value)


def _target(target: Expr) -> str:
    # The grammar has no property of a literal but in parentheses.
    return (
        f"({_literal(target.value)})" if isinstance(target, Literal) else _source(target, _POSTFIX)
    )


def _key(key: Expr | Star) -> str:
    if isinstance(key, Star):
        return ".*"
    if isinstance(key, Literal) and isinstance(key.value, str) and _NAME.match(key.value):
        return f".{key.value}"
    return f"[{_source(key, 0)}]"


def _literal(value: bool | float | str | None) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("'", "''") + "'"
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")
