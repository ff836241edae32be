"""GitHub's published GraphQL schema, and whether a query and its answer keep to it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_client_schema,
    execute_sync,
    parse,
    validate,
)

from tests.forge.graph import KIND
from tests.forge.schemas import package

Json = dict[str, Any]


@lru_cache(maxsize=1)
def official() -> GraphQLSchema | None:
    """The schema, read once a process; ``None`` where the package is not installed."""
    folder = package("graphql-schema")
    if folder is None:
        return None
    found = json.loads((folder / "schema.json").read_bytes())
    # The published schema breaks a rule about deprecation, which has nothing to do with answers.
    return build_client_schema(found.get("data", found), assume_valid=True)


@lru_cache(maxsize=64)
def query_problems(query: str) -> tuple[str, ...]:
    """What GitHub would say against a query; nothing without the schema."""
    schema = official()
    if schema is None:
        return ()
    try:
        return tuple(f"GraphQL: {error.message}" for error in validate(schema, parse(query)))
    except GraphQLError as error:
        return (f"GraphQL: {error.message}",)


def _resolve(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
    return source[info.path.key]


def answer_problems(query: str, variables: Json | None, answer: Json) -> list[str]:
    """What in an answer, whose objects say their kind, GitHub's schema does not allow.

    The query is executed against the official schema over the answer's own data: so each value is
    checked as a server checks what it is about to send.
    """
    schema = official()
    if schema is None or not answer.get("data"):
        return []
    result = execute_sync(
        schema,
        parse(query),
        root_value=answer["data"],
        variable_values=variables,
        field_resolver=_resolve,
        type_resolver=lambda value, *_: value[KIND],
    )
    return [f"GraphQL answer: {error.message} at {error.path}" for error in result.errors or ()]
