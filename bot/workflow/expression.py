"""GitHub Actions expressions: `${{ }}` in text, `if:` conditions, and what they read."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.workflow.grammar import (
    Binary,
    Call,
    Context,
    Expr,
    ExpressionError,
    Index,
    Literal,
    Logical,
    Not,
    Star,
    children,
    parse,
    walk,
)

__all__ = [
    "STATUS_FUNCTIONS",
    "Binary",
    "Call",
    "Context",
    "Embedded",
    "Expr",
    "ExpressionError",
    "Index",
    "Literal",
    "Logical",
    "Not",
    "Star",
    "condition",
    "key_segment",
    "names_status",
    "parse",
    "pieces",
    "reads",
    "walk",
]

STATUS_FUNCTIONS = frozenset({"always", "cancelled", "failure", "success"})


@dataclass(frozen=True, slots=True)
class Embedded:
    """A `${{ }}` in a text.

    `start` and `end` are offsets in the text, of the `$` and behind the `}}`; `source` is what
    stands between the braces, without the white space around it. Where GitHub refuses it, `expr`
    is None and `error` says why; one that is never closed reaches to the end of the text.
    """

    expr: Expr | None
    error: ExpressionError | None
    start: int
    end: int
    source: str


_BODY = re.compile(r"\$\{\{((?:[^'}]++|'[^']*+'|\}(?!\}))*+)\}\}")


def pieces(text: str) -> tuple[str | Embedded, ...]:
    """Split a scalar into its literal texts and its `${{ }}`, in order; an empty text has none."""
    if "${{" not in text:
        return (text,) if text else ()
    return _split(text)


@lru_cache(maxsize=1024)
def _split(text: str) -> tuple[str | Embedded, ...]:
    found: list[str | Embedded] = []
    at = 0
    while (start := text.find("${{", at)) >= 0:
        if start > at:
            found.append(text[at:start])
        body = _BODY.match(text, start)
        if body is None:
            error = ExpressionError("the expression is not closed", start)
            found.append(Embedded(None, error, start, len(text), text[start + 3 :].strip()))
            return tuple(found)
        at = body.end()
        source = body[1].strip()
        try:
            expr = parse(source, offset=start + 3 + len(body[1]) - len(body[1].lstrip()))
        except ExpressionError as error:
            found.append(Embedded(None, error, start, at, source))
        else:
            found.append(Embedded(expr, None, start, at, source))
    if at < len(text):
        found.append(text[at:])
    return tuple(found)


def condition(text: str) -> Expr:
    """Give what an `if:` text means to GitHub; positions are offsets in the text.

    Without `${{ }}` the whole text is an expression, and nothing at all is `success()`. One
    `${{ }}` and nothing else is that expression. Anything beside it, even a line end, makes the
    text a template: a call of `format`, which is true because it is not empty. The `success() &&`
    that GitHub puts before a condition without a status function is not added: see names_status.
    Raises ExpressionError like parse.
    """
    found = pieces(text) if "${{" in text else ()
    if not found:
        return _plain_condition(text, 0)
    template: list[str] = []
    args: list[Expr] = []
    for piece in found:
        if isinstance(piece, str):
            template.append(piece.replace("{", "{{").replace("}", "}}"))
            continue
        if piece.expr is None:
            raise piece.error or ExpressionError("an expression was expected", piece.start)
        template.append(f"{{{len(args)}}}")
        args.append(piece.expr)
    only = found[0]
    if len(found) > 1 or isinstance(only, str):
        layout = Literal("".join(template), start=0, end=len(text))
        return Call("format", (layout, *args), start=0, end=len(text))
    expr = args[0]
    # GitHub unwraps a lone string before it knows that this is a condition: '${{ 'false' }}' is
    # the text `false`, which is then read as an expression.
    if isinstance(expr, Literal) and isinstance(expr.value, str) and only.source[0] == "'":
        return _plain_condition(expr.value, expr.start + 1)
    return expr


def _plain_condition(text: str, offset: int) -> Expr:
    if not text.strip():
        return Call("success", (), start=offset, end=offset)
    return parse(text, offset=offset)


def names_status(expr: Expr) -> bool:
    """Whether a condition calls a status function.

    Where it does not, GitHub takes `success() && (condition)` instead. A string or a property of
    such a name does not count.
    """
    return any(isinstance(node, Call) and node.name in STATUS_FUNCTIONS for node in walk(expr))


def key_segment(root: str, value: object) -> str | None:
    """Give the path segment of a key's value: a text, or a whole number from 0 on; else None.

    GitHub looks keys up without regard to case, so they are in lower case; only the names of `env`
    keep theirs, since Linux and macOS tell them apart.
    """
    if isinstance(value, str):
        return value if root == "env" else value.lower()
    if isinstance(value, float) and value.is_integer() and value >= 0:
        return str(int(value))
    return None


def reads(expr: Expr) -> frozenset[tuple[str, ...]]:
    """Give the context paths that an expression reads.

    A path is the context's name and the keys below it, in the form that `key_segment` gives. `*`
    stands for a key that is not written out, be it a `*` or a computed key. A path stands for
    everything below it; a context that is used as a whole is written `(name, '*')`.
    """
    found: set[tuple[str, ...]] = set()
    stack: list[Expr] = [expr]
    while stack:
        node = stack.pop()
        keys: list[Expr | Star] = []
        while isinstance(node, Index):
            keys.append(node.key)
            node = node.target
        stack.extend(key for key in keys if not isinstance(key, (Literal, Star)))
        if isinstance(node, Context):
            root = node.name
            path = [
                (key_segment(root, key.value) if isinstance(key, Literal) else None) or "*"
                for key in reversed(keys)
            ]
            found.add((root, *(path or ("*",))))
        else:
            stack.extend(children(node))
    return frozenset(found)
