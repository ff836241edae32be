"""What a log of GitHub Actions says where a permission was missing.

The table (``data/failure_messages.tsv``) has a row for each message: the literal text, with ``…``
for one part that differs, the permission that is missing (empty where the message does not tell),
what it means, for those who read the table, and the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

_LONGEST_GAP = 300


@dataclass(frozen=True, slots=True)
class _Row:
    start: str
    end: str
    needs: str

    def find(self, line: str) -> str:
        """The words of the message in a line, or the empty text."""
        at = line.find(self.start)
        if at < 0:
            return ""
        after = at + len(self.start)
        stop = line.find(self.end, after, after + _LONGEST_GAP)
        return line[at : stop + len(self.end)] if stop >= 0 else ""


@cache
def _rows() -> tuple[_Row, ...]:
    table = resources.files("bot.forge.data") / "failure_messages.tsv"
    rows = []
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        text, needs, *_ = line.split("\t")
        start, _, end = text.partition("…")
        rows.append(_Row(start, end, needs))
    # One message can hold another, shorter one; the longer one says more.
    return tuple(sorted(rows, key=lambda row: -len(row.start)))


def recognise(line: str) -> tuple[str, str] | None:
    """The message in a log's line, in GitHub's own words, and the permission that it tells of.

    That is ``scope: level``, or the empty text. None: there is no message. The line is anything;
    the words are those of the table, and up to 300 characters where that has a gap.
    """
    for row in _rows():
        words = row.find(line)
        if words:
            return words, row.needs
    return None
