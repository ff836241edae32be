"""Trees of YAML nodes: what was added taken out again, and whether the rest is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from bot.workflow.edit import Content


class Tree:
    """A document's nodes, from which entries can be taken out."""

    def __init__(self, root: Node | None) -> None:
        self.root = root
        # A file with thousands of jobs is searched for each of them.
        self._entries: dict[int, Mapping[str, Node]] = {}

    def take_out(self, places: Iterable[str]) -> dict[str, Node]:
        """Remove what stands at these places, and give what was there.

        Items of a list are named by their indices before anything is removed.
        """
        # From the end of each list, so that the others keep their indices.
        order = sorted(map(_path, places), key=lambda path: [_order(p) for p in path], reverse=True)
        found = {}
        for path in order:
            node = self._remove(path)
            if node is not None:
                found[".".join(path)] = node
        return found

    def _remove(self, path: Sequence[str]) -> Node | None:
        node = self.root
        for part in path[:-1]:
            node = self._child(node, part)
        if isinstance(node, SequenceNode):
            at = int(path[-1])
            return node.value.pop(at) if at < len(node.value) else None
        if not isinstance(node, MappingNode):
            return None
        for n, (key, value) in enumerate(node.value):
            if isinstance(key, ScalarNode) and key.value == path[-1]:
                del node.value[n]
                return value  # type: ignore[no-any-return]
        return None

    def _child(self, node: Node | None, part: str) -> Node | None:
        if isinstance(node, SequenceNode):
            return node.value[int(part)] if int(part) < len(node.value) else None
        if not isinstance(node, MappingNode):
            return None
        if id(node) not in self._entries:
            self._entries[id(node)] = {
                k.value: v for k, v in node.value if isinstance(k, ScalarNode)
            }
        return self._entries[id(node)].get(part)


def _path(place: str) -> tuple[str, ...]:
    """``jobs.<id>.permissions`` → its keys; ids have no dots (GitHub's rule for them)."""
    return tuple(place.split("."))


_INDEX = re.compile(r"[0-9]{1,9}")  # an id can be a digit of another script, or a long number


def _order(part: str) -> tuple[int, str]:
    return (int(part), "") if _INDEX.fullmatch(part) else (-1, part)


_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


def says(node: Node, content: Content) -> bool:
    """Whether a node says just this, in this order, without a tag."""
    if node.tag not in _PLAIN:
        return False
    if isinstance(node, ScalarNode):
        return bool(node.value == content)
    if isinstance(node, MappingNode):
        return (
            isinstance(content, Mapping)
            and [k.value for k, _ in node.value] == list(content)
            and all(says(v, content[k.value]) for k, v in node.value)
        )
    return (
        isinstance(content, Sequence)
        and not isinstance(content, str)
        and len(node.value) == len(content)
        and all(says(v, c) for v, c in zip(node.value, content, strict=True))
    )


def same(one: Node, other: Node) -> bool:
    """Whether two trees say the same: kinds, tags, texts, and the order of keys."""
    stack = [(one, other)]
    seen: set[tuple[int, int]] = set()
    while stack:
        a, b = stack.pop()
        if (id(a), id(b)) in seen:
            continue
        seen.add((id(a), id(b)))
        if type(a) is not type(b) or a.ctag != b.ctag:
            return False
        if isinstance(a, ScalarNode) and isinstance(b, ScalarNode):
            if a.value != b.value or a.style != b.style:
                return False
        elif len(a.value) != len(b.value) or _flow_style(a) != _flow_style(b):
            return False
        elif isinstance(a, MappingNode):
            for (ka, va), (kb, vb) in zip(a.value, b.value, strict=True):
                stack += [(ka, kb), (va, vb)]
        else:
            stack += zip(a.value, b.value, strict=True)
    return True


def _flow_style(node: Node) -> bool:
    return bool(node.flow_style) if isinstance(node, CollectionNode) else False
