"""Which kind of value an expression gives, whatever the run."""

from enum import Enum

from bot.workflow.expression import Binary, Call, Context, Expr, Index, Literal, Logical, Not
from bot.workflow.resolve import is_marked, unmarked


class Kind(Enum):
    """TEXT_OR_NULL is what a name gives that may not be set."""

    BOOLEAN = "boolean"
    TEXT = "text"
    TEXT_OR_NULL = "text or null"
    ANY = "any"


TEXTS = frozenset({Kind.TEXT, Kind.TEXT_OR_NULL})

_FUNCTIONS = {
    "always": Kind.BOOLEAN,
    "cancelled": Kind.BOOLEAN,
    "contains": Kind.BOOLEAN,
    "endswith": Kind.BOOLEAN,
    "failure": Kind.BOOLEAN,
    "format": Kind.TEXT,
    "hashfiles": Kind.TEXT,
    "join": Kind.TEXT,
    "startswith": Kind.BOOLEAN,
    "success": Kind.BOOLEAN,
    "tojson": Kind.TEXT,
}
_GITHUB_TEXTS = frozenset(
    {
        "actor",
        "base_ref",
        "event_name",
        "head_ref",
        "ref",
        "ref_name",
        "ref_type",
        "repository",
        "repository_owner",
        "server_url",
        "sha",
        "triggering_actor",
        "workflow",
    }
)
"""Properties of `github` that are documented as strings."""


def kind_of(expr: Expr) -> Kind:
    """The kind of all values that the expression can have; ANY where that is open."""
    match expr:
        case Literal(value=None):
            return Kind.TEXT_OR_NULL
        case Literal(value=bool()) | Not() | Binary():
            return Kind.BOOLEAN
        case Literal(value=str()):
            return Kind.TEXT
        case Call(name=name):
            return _FUNCTIONS.get(name, Kind.ANY)
        case Logical(terms=terms):
            kinds = {kind_of(term) for term in terms}
            if kinds <= TEXTS:
                return Kind.TEXT if len(kinds) == 1 and Kind.TEXT in kinds else Kind.TEXT_OR_NULL
            return kinds.pop() if len(kinds) == 1 else Kind.ANY
        case Index():
            return _reference(expr)
        case _:
            return Kind.ANY


def _reference(expr: Index) -> Kind:
    names: list[str] = []
    node: Expr = expr
    while isinstance(node, Index):
        if not isinstance(node.key, Literal) or not isinstance(node.key.value, str):
            return Kind.ANY
        names.append(node.key.value.lower())
        node = node.target
    if not isinstance(node, Context):
        return Kind.ANY
    match (unmarked(node.name), *reversed(names)):
        case ("github", name) if name in _GITHUB_TEXTS:
            return Kind.TEXT_OR_NULL
        case ("env" | "secrets" | "vars", _) | ("needs" | "steps", _, "outputs", _):
            return Kind.TEXT_OR_NULL
        case ("inputs", _) if is_marked(node.name):
            return Kind.TEXT_OR_NULL
        case _:
            return Kind.ANY
