"""A sweep's records as JSON Lines, the report that machines read: one record a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.sweep.record import Record, from_line, to_line


def lines(records: Iterable[Record]) -> Iterator[str]:
    """The lines, each with its line feed; only that ends a line, and all of it is ASCII."""
    for record in records:
        yield to_line(record) + "\n"


def read(text: Iterable[str]) -> Iterator[Record]:
    """The records of some lines, such as those of an open file.

    Raises:
        ValueError: a line is no record of this version; the message says which line.
    """
    for number, line in enumerate(text, 1):
        try:
            yield from_line(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
