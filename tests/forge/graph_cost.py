"""What a GraphQL query costs, as GitHub counts it.

Each list costs one request for every object that it may be asked of, and a hundred requests are a
point (docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)
from graphql.utilities import value_from_ast_untyped

_SIZES = ("first", "last")


def requests(document: DocumentNode, variables: Mapping[str, Any] | None) -> int:
    """How many requests to lists a document may take."""
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }

    def below(selections: tuple[SelectionNode, ...], times: int) -> int:
        total = 0
        for one in selections:
            if isinstance(one, FragmentSpreadNode):
                total += below(fragments[one.name.value].selection_set.selections, times)
            elif isinstance(one, InlineFragmentNode):
                total += below(one.selection_set.selections, times)
            elif isinstance(one, FieldNode):
                sizes = [
                    value_from_ast_untyped(argument.value, dict(variables or {}))
                    for argument in one.arguments or ()
                    if argument.name.value in _SIZES
                ]
                total += times * bool(sizes)
                inner = one.selection_set.selections if one.selection_set else ()
                total += below(inner, times * (sizes[0] if sizes else 1))
        return total

    return sum(
        below(one.selection_set.selections, 1)
        for one in document.definitions
        if isinstance(one, OperationDefinitionNode)
    )


def points(asked: int) -> int:
    """The points that so many requests take: at least one."""
    return max(1, round(asked / 100))
