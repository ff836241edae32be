"""Which events a push to a branch sets off in a workflow: the filters below ``on: push``.

What the patterns mean is in GitHub's "Workflow syntax", section "Filter pattern cheat sheet"
(docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax). What is not told
there is not guessed: it may match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.workflow.model import Workflow

_MAX_LENGTH, _MAX_NAME = 256, 1_000
_MAX_PATTERNS = 500
_ALL, _PART = "any character", "any character but a slash"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a pattern.

    Attributes:
        takes: the characters of which it stands for one; or :data:`_ALL`, or :data:`_PART`.
        again: it may stand for several.
        skips: how many pieces, from this one on, may stand for nothing.
    """

    takes: str
    again: bool = False
    skips: tuple[int, ...] = ()

    def accepts(self, character: str) -> bool:
        """Whether it can stand for this character."""
        if self.takes in (_ALL, _PART):
            return character != "/" or self.takes is _ALL
        return character in self.takes


def matches(pattern: str, name: str) -> bool | None:
    """Whether a filter's pattern (without its ``!``) matches a branch or a path.

    None where that can't be told: a bracket that is not closed, a pattern without end.
    """
    pieces = _pieces(pattern)
    if pieces is None or len(name) > _MAX_NAME:
        return None
    # All places of the pattern that can be reached go on side by side: nothing is tried twice.
    places = _onward(pieces, {0})
    for character in name:
        reached: set[int] = set()
        for place in places:
            if place < len(pieces) and pieces[place].accepts(character):
                reached.add(place + 1)
                if pieces[place].again:
                    reached.add(place)
        places = _onward(pieces, reached)
    return len(pieces) in places


def _onward(pieces: Sequence[_Piece], places: set[int]) -> set[int]:
    """These places, and those that are reached from them without a character."""
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        for skip in pieces[place].skips if place < len(pieces) else ():
            if place + skip not in places:
                places.add(place + skip)
                waiting.append(place + skip)
    return places


@lru_cache(maxsize=1024)
def _pieces(pattern: str) -> tuple[_Piece, ...] | None:
    if len(pattern) > _MAX_LENGTH:
        return None
    found: list[_Piece] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        at += 1
        match character:
            case "*" if pattern.startswith("*/", at):
                # `docs/**/x` matches `docs/x` too.
                found += [_Piece(_ALL, again=True, skips=(1, 2)), _Piece("/")]
                at += 2
            case "*":
                double = pattern.startswith("*", at)
                found.append(_Piece(_ALL if double else _PART, again=True, skips=(1,)))
                at += double
            case "?" if found:
                found[-1] = replace(found[-1], skips=(1,))
            case "+" if found:
                found[-1] = replace(found[-1], again=True)
            case "[":
                end = pattern.find("]", at)
                listed = _listed(pattern[at : max(end, at)])
                if not listed:
                    return None
                found.append(_Piece(listed))
                at = end + 1
            case "\\" if at < len(pattern):
                found.append(_Piece(pattern[at]))
                at += 1
            case _:
                found.append(_Piece(character))
    return tuple(found)


def _listed(text: str) -> str:
    """The characters that a bracket lists (``a-c_`` are four); none for what is no such list."""
    listed = ""
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            first, last = text[at], text[at + 2]
            if not (first.isascii() and last.isascii() and first <= last):
                return ""
            listed += "".join(map(chr, range(ord(first), ord(last) + 1)))
            at += 3
        else:
            listed += text[at]
            at += 1
    return listed


def events(
    workflow: Workflow, branch: str, changed: Sequence[str] | None, *, new: bool
) -> tuple[str, ...]:
    """Those of ``push`` and ``create`` with which a push to a branch starts a workflow.

    Args:
        workflow: as it is on that branch.
        branch: without ``refs/heads/``.
        changed: the paths that the push changes; None where they are not known.
        new: the branch is not there yet.
    """
    names = {event.name for event in workflow.events}
    found = ["push"] if "push" in names and _passes(workflow, branch, changed) else []
    return (*found, "create") if new and "create" in names else tuple(found)


def _passes(workflow: Workflow, branch: str, changed: Sequence[str] | None) -> bool:
    told = {name: _patterns(node) for name, node in below(workflow, "on", "push").items()}
    filters = {name: patterns for name, patterns in told.items() if patterns}
    if any(len(patterns) > _MAX_PATTERNS for patterns in filters.values()):
        return True
    branches, unwanted = filters.get("branches"), filters.get("branches-ignore")
    if branches is None and unwanted is None and not filters.keys().isdisjoint(_TAGS):
        return False  # with filters for tags alone no branch starts it
    if branches is not None and not _chosen(branches, branch):
        return False
    if unwanted is not None and _surely(unwanted, branch):
        return False
    paths, ignored = filters.get("paths"), filters.get("paths-ignore")
    if changed is None:
        return True
    if paths is not None and not any(_chosen(paths, path) for path in changed):
        return False
    return ignored is None or not all(_surely(ignored, path) for path in changed)


_TAGS = frozenset({"tags", "tags-ignore"})


def _chosen(patterns: Sequence[str], name: str) -> bool:
    """Whether the patterns may choose a name: of those that match, the last one counts."""
    chosen = False
    for pattern in patterns:
        if pattern.startswith("!"):
            chosen = chosen and matches(pattern[1:], name) is not True
        else:
            chosen = chosen or matches(pattern, name) is not False
    return chosen


def _surely(patterns: Sequence[str], name: str) -> bool:
    """Whether patterns that shut names out are sure to shut this one out."""
    if any(
        pattern.startswith("!") and matches(pattern[1:], name) is not False for pattern in patterns
    ):
        return False  # nothing is told about a negation there
    return any(matches(pattern, name) for pattern in patterns)


def below(workflow: Workflow, *names: str) -> dict[str, Node]:
    """The entries of the mapping that these keys lead to, one below the other; else none."""
    node: Node | None = workflow.document.root
    for name in names:
        entries = node.value if isinstance(node, MappingNode) else ()
        node = next((value for key, value in entries if key.value == name), None)
    entries = node.value if isinstance(node, MappingNode) else ()
    return {str(key.value): value for key, value in entries}


def _patterns(node: Node) -> tuple[str, ...]:
    nodes = node.value if isinstance(node, SequenceNode) else [node]
    return tuple(one.value for one in nodes if isinstance(one, ScalarNode) and one.value)
