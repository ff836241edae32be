"""The details of a report on their way to disk: written once, read once, never all in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

_PART = 192 * 1024
"""Characters after which a part ends: a browser reads a whole part to show one detail of it."""
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def for_script(value: object) -> str:
    """A value as JSON in ASCII that may stand in a script element: nothing in it can end one.

    So there is no ``</script``, ``<!--`` or ``]]>`` in it, and no line separator.
    """
    return json.dumps(value, separators=(",", ":")).translate(_ESCAPES)


@dataclass(slots=True)
class Store:
    """Numbered details in parts, each part a line of a file.

    Attributes:
        spool: an empty text file, open for reading and writing.
        starts: the number of the first detail in each part.
    """

    spool: IO[str]
    starts: list[int] = field(default_factory=list)
    _part: list[str] = field(default_factory=list)
    _size: int = 0
    _count: int = 0
    _known: dict[bytes, int] = field(default_factory=dict)

    def add(self, value: object) -> int:
        """Keep a value; its number, which is the same for values that are the same."""
        text = for_script(value)
        key = hashlib.blake2b(text.encode("ascii"), digest_size=16).digest()
        number = self._known.setdefault(key, self._count)
        if number == self._count:
            self._count += 1
            self._part.append(text)
            self._size += len(text)
            if self._size >= _PART:
                self._flush()
        return number

    def parts(self) -> Iterator[str]:
        """All parts in their order, as JSON for a script element; nothing is added afterwards."""
        self._flush()
        self.spool.seek(0)
        for line in self.spool:
            yield line.rstrip("\n")

    def finish(self) -> None:
        """Close the last part, so that ``starts`` is complete."""
        self._flush()

    def _flush(self) -> None:
        if self._part:
            self.starts.append(self._count - len(self._part))
            self.spool.write(f"[{','.join(self._part)}]\n")
            self._part, self._size = [], 0
