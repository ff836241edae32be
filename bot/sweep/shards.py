"""What shards hand to the publisher: the records of what each has scanned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.report.lines import read
from bot.sweep.record import Record

SCANNED = "it was only scanned: the publisher does it"
"""Why a shard has not done what there is to do."""
MISSING = (
    "no shard tells of it: the records of one are not here, or it was found only now; run again"
)
GONE = "it was not found again: it has another name by now, is gone, or may not be seen any more"


def handed(paths: Iterable[str]) -> Mapping[str, tuple[Record, ...]]:
    """Repository → its records, from ``records.jsonl`` of several shards.

    Of one that several tell of, the last one counts.

    Raises:
        ValueError: a file can't be read, or is none of those; the message begins with its path.
    """
    found: dict[str, tuple[Record, ...]] = {}
    for path in paths:
        own: dict[str, list[Record]] = {}
        try:
            with Path(path).open(encoding="utf-8") as stream:
                for one in read(stream):
                    own.setdefault(one.repository, []).append(one)
        except OSError as error:
            raise ValueError(
                f"{path} can't be read ({error.strerror}); name the records.jsonl of a shard"
            ) from None
        except ValueError as error:
            line = str(error).splitlines()[0]
            raise ValueError(
                f"{path} is no report of a shard ({line}); name its records.jsonl"
            ) from None
        found |= {name: tuple(records) for name, records in own.items()}
    return found
