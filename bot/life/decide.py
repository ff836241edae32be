"""What to do about a pull request: a table of what is there against what is to be proposed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from bot.gate import Proof
from bot.life.overview import Base
from bot.life.past import Own, Past
from bot.life.state import Box
from bot.workflow.edit import Content

_DIGEST, _LEFT_OUT = 32, 12
"""Hexadecimal digits."""


class Action(StrEnum):
    """What is done; the value is what it is called when it has been done."""

    NOTHING = "nothing to change"
    REFUSED = "all that there is to change was refused before"
    LATER = "left for later: enough of its pull requests are open"
    CREATE = "opened"
    UPDATE = "updated"
    KEEP = "already right"
    WAIT = "left as it is: not all that it was made from could be read this time"
    CLOSE = "closed: no longer needed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be proposed.

    Attributes:
        content: see :func:`content`.
        held: whether something was left out because it was refused before.
        unanswered: references to which the network gave no answer this time.
        unread: whether a file was left alone because something is wrong with it.
    """

    content: str
    held: bool
    unanswered: frozenset[str] = frozenset()
    unread: bool = False


def content(proofs: Iterable[Proof]) -> str:
    """A digest of what changes, and where; empty for nothing.

    What else stands in a file is not in it: as long as git can merge it, that may change.
    """
    changes = sorted((one.path, _told(one.added), _told(one.replaced)) for one in proofs)
    if not changes:
        return ""
    return hashlib.sha256(json.dumps(changes).encode()).hexdigest()[:_DIGEST]


def _told(content: Mapping[str, Content]) -> str:
    return json.dumps(content, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    """A mapping or a sequence of another kind than JSON knows."""
    return dict(value) if isinstance(value, Mapping) else list(cast("Iterable[object]", value))


def left_out(refused: frozenset[str]) -> str:
    """A digest of the fingerprints of what people have refused; empty for nothing.

    Beside the base, the version and the settings it decides what is proposed.
    """
    if not refused:
        return ""
    return hashlib.sha256("\n".join(sorted(refused)).encode()).hexdigest()[:_LEFT_OUT]


def is_settled(past: Past, base: Base, program: str, settings: str) -> bool:
    """Whether the open pull request is right as it stands, so that nothing need be read.

    It is, where all that it was made from is still the same and nobody asks for anything.
    """
    current = past.current
    if current is None or past.branch is None:
        return False
    told = current.state
    made = (told.base, told.program, told.settings, told.refused, told.head)
    now = (base.oid, program, settings, left_out(past.refused), past.branch.oid)
    return made == now and not _asks(current)


def decide(past: Past, wanted: Wanted, open_pulls: int, most: int) -> Action:
    """What to do, where nothing stops it.

    Args:
        past: what was decided before.
        wanted: what there is to propose.
        open_pulls: how many of the program's pull requests are open in the repository.
        most: how many may be.
    """
    current = past.current
    if current is None:
        if not wanted.content:
            return Action.REFUSED if wanted.held else Action.NOTHING
        return Action.CREATE if open_pulls < most else Action.LATER
    # Where something ended the program between push and writing, who knows what was pushed.
    pushed = past.branch is not None and past.branch.oid == current.state.head
    if wanted.content == current.state.content and pushed and not _asks(current):
        return Action.KEEP
    # What can't be told for an hour would take edits away, and give them back in the next one.
    if any(source.reference in wanted.unanswered for source in current.state.sources):
        return Action.WAIT
    if not wanted.content:
        return Action.WAIT if wanted.unread else Action.CLOSE
    return Action.UPDATE


def _asks(current: Own) -> bool:
    return current.pull.mergeable == "CONFLICTING" or Box.REBASE in current.boxes
