"""GraphQL: executes queries over the stand-in's state, and puts errors as GitHub does."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    NameNode,
    SelectionSetNode,
    Visitor,
    build_schema,
    execute_sync,
    parse,
    validate,
    visit,
)

from tests.forge.graph_cost import points, requests
from tests.forge.graph_roots import Root
from tests.forge.limits import Limits
from tests.forge.people import Token
from tests.forge.world import World

KIND = "__kind"
"""Under this name every object of an answer tells its type, until the answer was validated."""

Json = dict[str, Any]


@lru_cache(maxsize=1)
def _schema() -> GraphQLSchema:
    text = Path(__file__).with_name("github.graphql").read_text(encoding="utf-8")
    return build_schema(text)


@lru_cache(maxsize=64)
def _parsed(query: str) -> DocumentNode:
    return parse(query)


@lru_cache(maxsize=64)
def _wrong(query: str) -> tuple[GraphQLError, ...]:
    return tuple(validate(_schema(), _parsed(query)))


def operation(query: str) -> str:
    """The name of a document's first operation; empty where it has none."""
    found = re.search(r"^\s*(?:query|mutation)\s+(\w+)", query, re.MULTILINE)
    return found[1] if found else ""


class _WithKinds(Visitor):
    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        kind = FieldNode(
            name=NameNode(value="__typename"),
            alias=NameNode(value=KIND),
            arguments=(),
            directives=(),
        )
        return SelectionSetNode(selections=(*node.selections, kind))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    value = getattr(source, _snake(info.field_name))
    if callable(value):
        return value(**{_snake(name): given for name, given in arguments.items()})
    return value


def _type_of(value: Any, *_: Any) -> str:
    return str(value.typename)


def _put(error: GraphQLError) -> Json:
    found: Json = {}
    kind = (error.extensions or {}).get("type")
    if kind:
        found["type"] = kind
    if error.path:
        found["path"] = error.path
    if error.locations:
        found["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    return found | {"message": error.message}


def answer(
    world: World, limits: Limits, token: Token, query: str, variables: Json | None
) -> tuple[Json, list[str]]:
    """The answer to a query, its objects with :data:`KIND`, and what the stand-in lacks for it."""
    try:
        document = _parsed(query)
    except GraphQLError as error:
        return {"errors": [_put(error)]}, []
    wrong = _wrong(query)
    if wrong:
        lacks = [f"tests/forge/github.graphql: {error.message}" for error in wrong]
        return {"errors": [_put(error) for error in wrong]}, lacks
    result = execute_sync(
        _schema(),
        visit(document, _WithKinds()),
        root_value=Root(world, limits, token),
        variable_values=variables,
        field_resolver=_resolve,
        type_resolver=_type_of,
    )
    found: Json = {}
    if result.data is not None:
        found["data"] = result.data
    elif result.errors and any(error.path for error in result.errors):
        found["data"] = None
    if result.errors:
        found["errors"] = [_put(error) for error in result.errors]
    broken = [
        f"the stand-in failed: {error.original_error!r} at {error.path}"
        for error in result.errors or ()
        if error.original_error and not isinstance(error.original_error, GraphQLError)
    ]
    return found, broken


def without_kinds(found: Any) -> Any:
    """An answer without :data:`KIND`."""
    if isinstance(found, dict):
        return {name: without_kinds(value) for name, value in found.items() if name != KIND}
    if isinstance(found, list):
        return [without_kinds(value) for value in found]
    return found


TOO_LONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it "
    "could be a GitHub bug."
)


def asks(query: str, variables: Json | None) -> int:
    """How many requests to lists a query may take; none for one that is none."""
    try:
        return requests(_parsed(query), variables)
    except (GraphQLError, KeyError, TypeError):
        return 0


def price(query: str, variables: Json | None) -> int:
    """The points that a query costs."""
    return points(asks(query, variables))


def limited(token: Token) -> Json:
    """What GraphQL says with status 200 when no points are left."""
    message = f"API rate limit exceeded for user ID {token.user.id}."
    return {"errors": [{"type": "RATE_LIMITED", "message": message}]}
