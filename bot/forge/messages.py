"""What a log of GitHub Actions says where a run was refused something.

The table (``data/failure_messages.tsv``) has a row for each message: the literal text, with ``…``
for one part that differs, the permission that is missing (empty where the message does not tell),
what it means, the source, and what mends it (a word of :class:`Cure`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

_LONGEST_GAP = 300


class Cure(StrEnum):
    """What mends what a message tells of; the value is the table's word."""

    GRANT = "grant"
    """A scope in the job's permissions."""
    TOKEN = "token"  # noqa: S105 - no password
    """Another token: GITHUB_TOKEN can never do it."""
    CALLER = "caller"
    """A scope of the job that calls the workflow."""
    PAT = "pat"
    """A permission or scope of the token that is used, which is not GITHUB_TOKEN."""
    CREDENTIAL = "credential"
    """A token or a name that is good."""
    PACKAGE = "package"
    """The access that the package itself gives."""
    SETTING = "setting"
    """A setting of the repository or its organisation."""
    RULE = "rule"
    """A branch's protection, or a ruleset."""
    DROP = "drop"
    """The scope has to go: the server does not know it."""
    RETRY = "retry"
    """Patience."""
    LOOK = "look"
    """Perhaps a permission: somebody has to look."""
    OTHER = "other"
    """Nothing about permissions."""


_FOR_WANT_OF_PERMISSION = frozenset({Cure.GRANT, Cure.TOKEN})


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the table.

    Attributes:
        needs: ``scope: level``, or the empty text where the message does not tell.
        means: a clause.
    """

    start: str
    end: str
    needs: str
    means: str
    cure: Cure

    def find(self, line: str) -> str:
        """The words of the message in a line, or the empty text."""
        at = line.find(self.start)
        if at < 0:
            return ""
        after = at + len(self.start)
        stop = line.find(self.end, after, after + _LONGEST_GAP)
        return line[at : stop + len(self.end)] if stop >= 0 else ""


@cache
def rows() -> tuple[Message, ...]:
    """All messages; one that can hold another stands before it."""
    table = resources.files("bot.forge.data") / "failure_messages.tsv"
    found = []
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        text, needs, means, _, cure = line.split("\t")
        start, _, end = text.partition("…")
        found.append(Message(start, end, needs, means, Cure(cure)))
    # One message can hold another, shorter one; the longer one says more.
    return tuple(sorted(found, key=lambda row: -len(row.start)))


@cache
def _any() -> re.Pattern[str]:
    """Where one of the messages begins: nearly no line of a log holds one."""
    return re.compile("|".join(re.escape(row.start) for row in rows()))


def diagnose(line: str) -> tuple[str, Message] | None:
    """The message in a log's line, in GitHub's own words, and its row; None: there is none.

    The line is anything; the words are those of the table, and up to 300 characters where that has
    a gap.
    """
    if _any().search(line) is None:
        return None
    for row in rows():
        words = row.find(line)
        if words:
            return words, row
    return None


def recognise(line: str) -> tuple[str, str] | None:
    """A message that tells of a missing permission of GITHUB_TOKEN, and that permission.

    That is ``scope: level``, or the empty text. None: there is no such message.
    """
    found = diagnose(line)
    if found is None or found[1].cure not in _FOR_WANT_OF_PERMISSION:
        return None
    return found[0], found[1].needs
