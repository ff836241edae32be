"""Configuration files of the checkout as plain values, and how to look into them.

A value is a mapping, a list, or a scalar. Nothing is raised for a file that can't be read: it is
an empty mapping, as good as one that says nothing.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.workflow import document

_SCRIPTS = (".js", ".cjs", ".mjs", ".ts")
_MAX_STRINGS = 10_000


def parse(path: str, text: str) -> object:
    """What a file holds, by the ending of its name; of a script, the text itself."""
    if path.endswith(_SCRIPTS):
        return text
    try:
        if path.endswith(".json"):
            return json.loads(text)
        if path.endswith(".toml"):
            return tomllib.loads(text)
        root = document.parse(path, text).root
        return {} if root is None else _plain(root)
    except (ValueError, RecursionError):
        return {}


def _plain(node: Node) -> object:
    """A node's value, with scalars as they are written; the document bounds depth and size."""
    if isinstance(node, MappingNode):
        return {key.value: _plain(v) for key, v in node.value if isinstance(key, ScalarNode)}
    if isinstance(node, SequenceNode):
        return [_plain(one) for one in node.value]
    return node.value


def at(value: object, *keys: str | int) -> object:
    """What stands under keys and positions one after the other; None where something is missing."""
    for key in keys:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and key < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value: object) -> list[object]:
    """The elements of a list; a mapping or a text stands for a list of itself."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def strings(value: object) -> Iterator[str]:
    """All texts in a value, at any depth."""
    stack = [value]
    for _ in range(_MAX_STRINGS):
        if not stack:
            return
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            stack.extend(reversed(list(one.values())))
        elif isinstance(one, list):
            stack.extend(reversed(one))


def is_true(value: object) -> bool:
    """Whether a value says yes."""
    return str(value).lower() == "true"


def is_false(value: object) -> bool:
    """Whether a value says no; one that is missing doesn't."""
    return str(value).lower() == "false"
