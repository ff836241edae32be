"""Put what a scope binds references to in their place, so that an expression stands on its own."""

from dataclasses import dataclass

from bot.hole import HOLE
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
    pieces,
)
from bot.workflow.scope import Bound, Scope

MAX_NODES = 200
MAX_HEIGHT = 40
"""Below what GitHub's parser takes, so that a condition put together of several is taken too."""

_MAX_TEXT = 20_000
_MAX_HOPS = 12
_MARK = "?"


class TooLargeError(ValueError):
    """With all references put in their place, the expression is larger than is worked with."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An expression without references to what only its scope knows.

    `called`: it reads `inputs` of a workflow that may be called.
    """

    expr: Expr
    called: bool


def resolve(expr: Expr, scope: Scope) -> Resolved:
    """Replace each `env`, `inputs` and `steps` reference by the text that it is bound to.

    Such a text is a string, so a lone `${{ e }}` becomes `format('{0}', e)`. A reference to
    something that isn't known is marked (see `is_marked`): the same words may mean something else
    elsewhere. The workflow's own inputs stay. Raises TooLargeError.
    """
    resolver = _Resolver()
    found = resolver.expr(expr, scope, 0, 0)
    return Resolved(found, resolver.called)


def is_marked(context: str) -> bool:
    """Whether a context's name says that the reference couldn't be resolved."""
    return context.startswith(_MARK)


def unmarked(context: str) -> str:
    """The name of a context as it was written."""
    return context.removeprefix(_MARK)


def formatted(expr: Expr) -> Expr:
    """The text of an expression's value."""
    return _call_format("{0}", (expr,))


def rebuilt(expr: Expr, children: tuple[Expr, ...]) -> Expr:
    """The same node over other children, in the order of `grammar.children`."""
    match expr:
        case Index(key=Star() as key):
            return Index(children[0], key, start=0, end=0)
        case Index():
            return Index(children[0], children[1], start=0, end=0)
        case Call(name=name):
            return Call(name, children, start=0, end=0)
        case Not():
            return Not(children[0], start=0, end=0)
        case Binary(op=op):
            return Binary(op, children[0], children[1], start=0, end=0)
        case Logical(op=op):
            return Logical(op, children, start=0, end=0)
        case _:
            return expr


def _call_format(layout: str, args: tuple[Expr, ...]) -> Expr:
    return Call("format", (Literal(layout, start=0, end=0), *args), start=0, end=0)


class _Resolver:
    __slots__ = ("_nodes", "_text", "called")

    def __init__(self) -> None:
        self._nodes = 0
        self._text = 0
        self.called = False

    def _spend(self, height: int, text: int = 0) -> None:
        self._nodes += 1
        self._text += text
        if self._nodes > MAX_NODES or self._text > _MAX_TEXT or height > MAX_HEIGHT:
            raise TooLargeError

    def expr(self, expr: Expr, scope: Scope, hops: int, height: int) -> Expr:
        self._spend(height)
        match expr:
            case Context(name=name):
                return self._context(expr, name, scope)
            case Index():
                bound = _behind(scope, _path(expr))
                known = None if bound is None else self._bound(bound, hops + 1, height)
                if known is not None:
                    return known
                keys: tuple[Expr, ...] = (self.expr(expr.target, scope, hops, height + 1),)
                if not isinstance(expr.key, Star):
                    keys += (self.expr(expr.key, scope, hops, height + 1),)
                return rebuilt(expr, keys)
            case Call(args=below) | Logical(terms=below):
                pass
            case Not(operand=operand):
                below = (operand,)
            case Binary(left=left, right=right):
                below = (left, right)
            case Literal(value=value):
                self._spend(height, len(value) if isinstance(value, str) else 0)
                return expr
        return rebuilt(expr, tuple(self.expr(one, scope, hops, height + 1) for one in below))

    def _context(self, expr: Context, name: str, scope: Scope) -> Expr:
        if name == "inputs" and scope.inputs is None:
            self.called = self.called or scope.called
            return expr
        if name in ("env", "inputs", "steps"):
            return Context(_MARK + name, start=0, end=0)
        return expr

    def _bound(self, bound: Bound, hops: int, height: int) -> Expr | None:
        """The text, as an expression; None where it isn't known."""
        if bound.carries is not None or hops > _MAX_HOPS or HOLE in bound.text:
            return None
        if bound.scope is None or "${{" not in bound.text:
            self._spend(height, len(bound.text))
            return Literal(bound.text, start=0, end=0)
        if len(bound.text) > _MAX_TEXT:
            raise TooLargeError
        return self._template(pieces(bound.text), bound.scope, hops, height)

    def _template(
        self, parts: tuple[str | Embedded, ...], scope: Scope, hops: int, height: int
    ) -> Expr | None:
        layout = ""
        args: list[Expr] = []
        for part in parts:
            if isinstance(part, str):
                self._spend(height, len(part))
                layout += part.replace("{", "{{").replace("}", "}}")
            elif part.expr is None:
                return None
            else:
                layout += f"{{{len(args)}}}"
                args.append(self.expr(part.expr, scope, hops, height + 1))
        return _call_format(layout, tuple(args))


def _path(expr: Expr) -> tuple[str, ...]:
    """The path of a reference that is written out; else the empty tuple."""
    keys: list[str] = []
    names: list[object] = []
    while isinstance(expr, Index):
        if not isinstance(expr.key, Literal):
            return ()
        names.append(expr.key.value)
        expr = expr.target
    if not isinstance(expr, Context):
        return ()
    for name in reversed(names):
        segment = key_segment(expr.name, name)
        if segment is None:
            return ()
        keys.append(segment)
    return (expr.name, *keys)


def _behind(scope: Scope, path: tuple[str, ...]) -> Bound | None:
    """The text behind a path; None where it isn't known.

    A variable that nobody declares is one that a step writes. `github.event.inputs` are the
    workflow's, also in an action.
    """
    match path:
        case ("env", name) if "*" not in scope.env:
            return scope.env.get(name)
        case ("inputs", name) if scope.inputs is not None:
            return scope.inputs.get(name, Bound())
        case ("steps", step, "outputs", name) if step in scope.steps:
            return scope.steps[step].texts.get(name)
        case _:
            return None
