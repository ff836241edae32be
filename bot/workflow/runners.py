"""The runners that a job can get: the labels of ``runs-on``, those of its matrix among them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}\Z")
_HOSTED = re.compile(r"(?:ubuntu|windows|macos)-[\w.-]+\Z")


def labels(labels: tuple[str, ...], matrix: Node | None) -> tuple[str, ...]:
    """The labels, one of which each run of a job asks for; none where they can't be told.

    ``labels``: of ``runs-on``. ``matrix``: the node of ``strategy.matrix``.
    """
    if len(labels) != 1:
        return ()  # several labels must all be there, which GitHub's own runners never have
    found = _MATRIX.match(labels[0])
    if found is None:
        return () if "${{" in labels[0] else labels
    path = found[1].split(".")
    values = [*_values(_entry(matrix, path[0]), path[1:])]
    for one in _items(_entry(matrix, "include")):
        node = _entry(one, path[0])
        if node is not None:
            values += _values_of(node, path[1:])
    known = all(value is not None and "${{" not in value for value in values)
    return tuple(dict.fromkeys(v for v in values if v)) if known else ()


def is_hosted(labels: Iterable[str]) -> bool:
    """Whether all labels are of GitHub's own runners, which have bash and curl on every system."""
    found = tuple(labels)
    return bool(found) and all(_HOSTED.match(label) for label in found)


def _values(node: Node | None, path: list[str]) -> list[str | None]:
    """What ``matrix.key.path`` can be, by the list below the key; None for what is no text."""
    if node is None:
        return []
    if not isinstance(node, SequenceNode):
        return [None]
    return [value for item in node.value for value in _values_of(item, path)]


def _values_of(node: Node, path: list[str]) -> list[str | None]:
    inner: Node | None = node
    for part in path:
        inner = _entry(inner, part)
    return [str(inner.value)] if isinstance(inner, ScalarNode) else [None]


def _items(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else []


def _entry(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if isinstance(name, ScalarNode) and name.value == key:
                return value  # type: ignore[no-any-return]
    return None
