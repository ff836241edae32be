"""What a pull request remembers of itself: a hidden block at the end of its body.

So no database is needed. The block is a comment of HTML around JSON::

    <!-- clearance-state {"v": 1, "base": "…", …} -->

Whoever can edit the body can edit the block, so nothing in it is trusted with more than what that
person could do anyway: it says what was proposed, and by that what is not to be proposed again.
What it says of failed runs would have more granted, so that is looked up again in those runs before
anything is done; see :func:`bot.review.losses.shown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from bot.permissions.evidence import Lost
from bot.permissions.lost import MOST, Told, lost

VERSION = 1
_START, _END = "<!-- clearance-state ", " -->"
_TICKED = re.compile(r"[-*+] \[[xX]\] <!-- clearance:([a-z]+) -->")
_FENCE = re.compile(r" {0,3}(~{3,}|`{3,}(?=[^`]*\Z))")
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
        settings: a digest of the settings in force; empty where an older form of the block tells
            none that can be compared.
        base: the commit that was read.
        head: the commit that was pushed.
        content: a digest of the changed files, before and after.
        fingerprints: of all edits; see :mod:`bot.fingerprint`.
        sources: answers that shaped an edit.
        ending: why the program closed it; empty while it is open.
        awaits: names of the secrets that have to be stored before it may be merged.
        refused: a digest of the edits that were left out because people had refused them, see
            :func:`bot.life.decide.left_out`; empty where there were none.
        lost: what it gives back, and the runs that failed for want of it.
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
    refused: str = ""
    lost: tuple[Lost, ...] = ()


def render(state: State) -> str:
    """The block of a state: one line.

    Sources that would make it too long are left out, half of them at a time.
    """
    kept = state.sources
    while True:
        rows = {
            "sources": [list(_row(one)) for one in kept],
            "lost": [list(asdict(one).values()) for one in state.lost],
        }
        data = {"v": VERSION, **asdict(state), **rows}
        text = json.dumps(data, separators=(",", ":"))
        if len(text) <= _MAX_SOURCES or not kept:
            # Neither "-->" nor "--" may stand in a comment.
            return _START + text.replace(">", "\\u003e") + _END
        kept = kept[: len(kept) // 2]


def read(body: str) -> State | None:
    """The state in a body; None where there is none, or one that this version can't read."""
    lines = _lines(body)
    found = _block(lines)
    if found is None:
        return None
    try:
        data = json.loads(lines[found].rstrip().removeprefix(_START).removesuffix(_END))
        if not isinstance(data, dict) or data.get("v") != VERSION:
            return None
        return State(
            program=_text(data, "program"),
            # Before there was "refused", the digest of the settings was one of both.
            settings=_text(data, "settings") if "refused" in data else "",
            base=_text(data, "base"),
            head=_text(data, "head"),
            content=_text(data, "content"),
            fingerprints=tuple(_hashes(data["fingerprints"])),
            sources=tuple(Source(*_texts(row)) for row in _list(data["sources"])),
            ending=_text(data, "ending"),
            awaits=_texts(data["awaits"]),
            refused=_text(data, "refused") if "refused" in data else "",
            lost=tuple(_lost(data.get("lost", []))),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def put(body: str, state: State) -> str:
    """A body with another state in the place of its own; all else stays as people left it."""
    lines = _lines(body)
    found = _block(lines)
    if found is None:
        return f"{body.rstrip()}\n\n{render(state)}\n"
    lines[found] = render(state)
    return "\n".join(lines)


def ticked(body: str) -> frozenset[Box]:
    """The boxes that somebody has ticked; none that stands in a code block."""
    found: list[str] = []
    fence = ""
    for line in _lines(body):
        if fence:
            fence = "" if _closes(line, fence) else fence
        elif mark := _FENCE.match(line):
            fence = mark[1]
        elif box := _TICKED.match(line):
            found.append(box[1])
    return frozenset(box for box in Box if box.value in found)


def _lines(body: str) -> list[str]:
    # A browser sends what was edited in it with CRLF.
    return body.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _block(lines: Sequence[str]) -> int | None:
    """The last line that is a block: people and other programs write behind it, too."""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(_START) and lines[number].rstrip().endswith(_END):
            return number
    return None


def _closes(line: str, fence: str) -> bool:
    """Whether a line ends the code block that began with ``fence``."""
    mark = line.strip(" \t")
    near = len(line) - len(line.lstrip(" ")) < 4
    return near and len(mark) >= len(fence) and not mark.strip(fence[0])


def _row(source: Source) -> Iterable[str]:
    return source.reference, source.commit, source.path, source.blob


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data[key]
    if not isinstance(value, str) or len(value) > 200:
        raise TypeError(key)
    return value


def _hashes(values: Any) -> Iterable[str]:
    return (one for one in _list(values) if isinstance(one, str) and _HEX.fullmatch(one))


def _lost(values: Any) -> Iterator[Lost]:
    """Those rows that are of their form; what is not, no proof can rest on."""
    for row in _list(values)[:MOST]:
        if isinstance(row, list) and len(row) == len(fields(Told)):
            one = lost(Told(*row))
            if one is not None:
                yield one


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, _list(values)))


def _list(values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise TypeError(values)
    return values
