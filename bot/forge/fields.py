"""Reads answers of GitHub field by field: one of another shape is one sentence, no traceback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.forge.errors import ForgeError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of an answer.

    The methods take a field's name and give what it holds; those that end in ``_or_none`` take a
    missing field and ``null`` for None. All raise :class:`ForgeError` for what is not of the kind.

    Attributes:
        place: what the answer is about, for the sentence.
    """

    values: Mapping[str, object]
    place: str

    @classmethod
    def of(cls, value: object, place: str) -> Fields:
        """The fields of a parsed answer, which must be an object."""
        if not isinstance(value, Mapping):
            raise _odd(place, "object")
        return cls(value, place)

    def text(self, name: str) -> str:
        """A string."""
        return self._need(name, self.text_or_none(name))

    def text_or_none(self, name: str) -> str | None:
        """A string."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise _odd(self.place, name)
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        return self._need(name, self.flag_or_none(name))

    def flag_or_none(self, name: str) -> bool | None:
        """True or false."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise _odd(self.place, name)
        return value

    def number(self, name: str) -> int:
        """A whole number."""
        return self._need(name, self.number_or_none(name))

    def number_or_none(self, name: str) -> int | None:
        """A whole number."""
        value = self.values.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise _odd(self.place, name)
        return value

    def moment(self, name: str) -> datetime:
        """A time, in UTC."""
        return self._need(name, self.moment_or_none(name))

    def moment_or_none(self, name: str) -> datetime | None:
        """A time, in UTC."""
        value = self.text_or_none(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
            return zoned.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise _odd(self.place, name) from error

    def child(self, name: str) -> Fields:
        """An object."""
        return self._need(name, self.child_or_none(name))

    def child_or_none(self, name: str) -> Fields | None:
        """An object."""
        value = self.values.get(name)
        return None if value is None else Fields.of(value, self.place)

    def children(self, name: str) -> tuple[Fields, ...]:
        """A list of objects, without those that are ``null``; none where the field is missing."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise _odd(self.place, name)
        return tuple(Fields.of(one, self.place) for one in value if one is not None)

    def nodes(self, name: str) -> tuple[Fields, ...]:
        """The nodes of a GraphQL connection; none where the field is missing."""
        connection = self.child_or_none(name)
        return () if connection is None else connection.children("nodes")

    def _need(self, name: str, value: _T | None) -> _T:
        if value is None:
            raise _odd(self.place, name)
        return value


def _odd(place: str, name: str) -> ForgeError:
    return ForgeError(
        f"{place}: GitHub's answer has no such {name!r} as it should; "
        "check that the server is a GitHub that is still supported"
    )
