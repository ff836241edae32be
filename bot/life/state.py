"""What a pull request remembers of itself: a hidden block at the end of its body.

So no database is needed. The block is a comment of HTML around JSON::

    <!-- clearance-state {"v": 1, "base": "…", …} -->

Whoever can edit the body can edit the block, so nothing in it is trusted with more than what that
person could do anyway: it says what was proposed, and by that what is not to be proposed again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

VERSION = 1
_BLOCK = re.compile(r"<!-- clearance-state (\{[^\n]*\}) -->\s*\Z")
_TICKED = re.compile(r"^[-*+] \[[xX]\] <!-- clearance:([a-z]+) -->", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_HEX = re.compile(r"[0-9a-f]{16}")
_MAX_SOURCES = 20_000
"""Characters for a state with its sources; a body has 65,536."""
MAX_EDITS = 1_500
"""Fingerprints that fit into a body: 19 characters each."""


class Box(StrEnum):
    """The boxes in a body; the value is the word in the comment behind the box."""

    REBASE = "rebase"
    AGAIN = "again"
    STORED = "stored"


class Ending(StrEnum):
    """Why the program itself closed a pull request; no such closing is a human's no."""

    NOT_NEEDED = "not needed"


@dataclass(frozen=True, slots=True)
class Source:
    """An answer from the network that shaped an edit, by which it can be had again.

    Attributes:
        reference: what was asked for, as the workflow names it.
        commit: what its ref stood for.
        path: the file that was read, in that repository.
        blob: the file's git hash.
    """

    reference: str
    commit: str
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered.

    Attributes:
        program: the version that wrote it.
        settings: a digest of the settings in force.
        base: the commit that was read.
        head: the commit that was pushed.
        content: a digest of the changed files, before and after.
        fingerprints: of all edits; see :mod:`bot.fingerprint`.
        sources: answers that shaped an edit.
        ending: why the program closed it; empty while it is open.
        awaits: names of the secrets that have to be stored before it may be merged.
    """

    program: str
    settings: str
    base: str
    head: str
    content: str
    fingerprints: tuple[str, ...]
    sources: tuple[Source, ...] = ()
    ending: str = ""
    awaits: tuple[str, ...] = ()


def render(state: State) -> str:
    """The block of a state: one line.

    Sources that would make it too long are left out, half of them at a time.
    """
    kept = state.sources
    while True:
        data = {"v": VERSION, **asdict(state), "sources": [list(_row(one)) for one in kept]}
        text = json.dumps(data, separators=(",", ":"))
        if len(text) <= _MAX_SOURCES or not kept:
            # Neither "-->" nor "--" may stand in a comment.
            return f"<!-- clearance-state {text.replace('>', chr(92) + 'u003e')} -->"
        kept = kept[: len(kept) // 2]


def read(body: str) -> State | None:
    """The state in a body; None where there is none, or one that this version can't read."""
    found = _BLOCK.search(body.replace("\r\n", "\n"))
    if found is None:
        return None
    try:
        data = json.loads(found[1])
        if not isinstance(data, dict) or data.get("v") != VERSION:
            return None
        return State(
            program=_text(data, "program"),
            settings=_text(data, "settings"),
            base=_text(data, "base"),
            head=_text(data, "head"),
            content=_text(data, "content"),
            fingerprints=tuple(_hashes(data["fingerprints"])),
            sources=tuple(Source(*map(str, row)) for row in data["sources"]),
            ending=_text(data, "ending"),
            awaits=tuple(map(str, data["awaits"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def put(body: str, state: State) -> str:
    """A body with another state in the place of its own."""
    kept = _BLOCK.sub("", body.replace("\r\n", "\n")).rstrip()
    return f"{kept}\n\n{render(state)}\n"


def ticked(body: str) -> frozenset[Box]:
    """The boxes that somebody has ticked; none that stands in a code block."""
    boxes = []
    fence = ""
    for line in body.replace("\r\n", "\n").split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and line.strip().startswith(fence):
            fence = ""
        elif not fence:
            boxes += _TICKED.findall(line)
    return frozenset(box for box in Box if box.value in boxes)


def _row(source: Source) -> Iterable[str]:
    return source.reference, source.commit, source.path, source.blob


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data[key]
    if not isinstance(value, str) or len(value) > 200:
        raise TypeError(key)
    return value


def _hashes(values: Any) -> Iterable[str]:
    if not isinstance(values, list):
        raise TypeError("fingerprints")
    return (value for value in values if isinstance(value, str) and _HEX.fullmatch(value))
