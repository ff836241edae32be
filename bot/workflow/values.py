"""Values of GitHub Actions expressions, known or with holes, and how GitHub compares them.

A value with holes stands for many values. What is said of it here is said of all of them; where
they differ, the answer is None: not known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import isinf, isnan, nan
from typing import TypeAlias

from bot.workflow.grammar import number

# Nested calls of format() double a text each; real texts are far shorter.
MAX_TEXT = 65_536


class EvaluationError(ValueError):
    """GitHub cannot evaluate the expression, and fails the job; or its text is too long for us."""


class Unknown(Enum):
    """A value of any type that is not known: any, any that counts as true, as false."""

    ANY = "any"
    TRUTHY = "truthy"
    FALSY = "falsy"


UNKNOWN = Unknown.ANY


@dataclass(frozen=True, slots=True)
class PartialText:
    """A text with holes: between two neighbours of `fragments` (two or more) may be any text."""

    fragments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values. One that a `*` made is `filtered`: its keys apply to each item."""

    items: "tuple[Value, ...]"
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """Names, each with its value; no two names may be equal but for case."""

    entries: "tuple[tuple[str, Value], ...]"


Value: TypeAlias = bool | float | str | Unknown | PartialText | Array | Object | None

_DOTLESS_I = "\u0131"

HOLE = PartialText(("", ""))

# All that counts as false but NaN, which equals nothing.
_FALSY: tuple[Value, ...] = (None, False, 0.0, "")


def size(value: Value) -> int:
    """Give how much there is to go through in a value: characters, or entries right below it."""
    match value:
        case str():
            return len(value)
        case PartialText(fragments=fragments):
            return sum(map(len, fragments)) + len(fragments)
        case Array(items=entries) | Object(entries=entries):
            return len(entries)
        case _:
            return 1


def truth(value: Value) -> bool | None:
    """Say whether a value counts as true in `&&`, `||`, `!` and `if:`; None if that is open."""
    match value:
        case Unknown():
            return {Unknown.TRUTHY: True, Unknown.FALSY: False}.get(value)
        case PartialText(fragments=fragments):
            return True if any(fragments) else None
        case float() | int():
            return not (value == 0 or isnan(value))
        case Array() | Object():
            return True
        case _:
            return bool(value)


def text(value: Value) -> str | PartialText:
    """Give the text that GitHub makes of a value in a template or a text function."""
    match value:
        case str() | PartialText():
            return value
        case Unknown():
            return HOLE
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Array():
            return "Array"
        case Object():
            return "Object"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isnan(value):
        return "NaN"
    return "0" if value == 0 else f"{value:.15g}".upper()


def glue(parts: Iterable[str | PartialText]) -> str | PartialText:
    """Put texts together. Raises EvaluationError beyond MAX_TEXT characters."""
    fragments: list[str] = []
    tail: list[str] = []
    size = 0
    for part in parts:
        pieces = (part,) if isinstance(part, str) else part.fragments
        size += sum(map(len, pieces)) + len(pieces) - 1
        if size > MAX_TEXT:
            raise EvaluationError("the text is too long")
        tail.append(pieces[0])
        for piece in pieces[1:]:
            before = "".join(tail)
            # Two holes with nothing between them are one.
            if before or not fragments:
                fragments.append(before)
            tail = [piece]
    last = "".join(tail)
    return PartialText((*fragments, last)) if fragments else last


def fold(word: str) -> str:
    """Give a form that is the same for texts that GitHub holds equal, of the same length."""
    if word.isascii():
        return word.upper()
    # One character for one, and the dotless i stays: as .NET folds case by ordinal.
    return "".join(c if c == _DOTLESS_I or len(c.upper()) != 1 else c.upper() for c in word)


def _fragments(value: str | PartialText) -> tuple[str, ...]:
    if isinstance(value, str):
        return (fold(value),)
    return tuple(map(fold, value.fragments))


def _in_order(fragments: Iterable[str], whole: str) -> bool:
    at = 0
    for fragment in fragments:
        at = whole.find(fragment, at)
        if at < 0:
            return False
        at += len(fragment)
    return True


def _fits(fragments: tuple[str, ...], whole: str) -> bool:
    """Whether the holes between two or more fragments can be filled so that `whole` results."""
    first, *middle, last = fragments
    if len(first) + len(last) > len(whole):
        return False
    inner = whole[len(first) : len(whole) - len(last)]
    return whole.startswith(first) and whole.endswith(last) and _in_order(middle, inner)


def _clash(one: str, other: str) -> bool:
    """Whether no text begins with both."""
    return not (one.startswith(other) or other.startswith(one))


def same_text(one: str | PartialText, other: str | PartialText) -> bool | None:
    """Compare two texts without regard to case."""
    left, right = _fragments(one), _fragments(other)
    if len(left) == len(right) == 1:
        return left == right
    if len(left) == 1:
        left, right = right, left
    if len(right) == 1:
        return None if _fits(left, right[0]) else False
    if _clash(left[0], right[0]) or _clash(left[-1][::-1], right[-1][::-1]):
        return False
    return None


def contains_text(whole: str | PartialText, part: str | PartialText) -> bool | None:
    """Say whether a text contains another, without regard to case."""
    haystack, needle = _fragments(whole), _fragments(part)
    if len(needle) == 1 and any(needle[0] in fragment for fragment in haystack):
        return True
    if len(haystack) == 1 and (len(needle) == 1 or not _in_order(needle, haystack[0])):
        return False
    return None


def starts_with(whole: str | PartialText, part: str | PartialText) -> bool | None:
    """Say whether a text starts with another, without regard to case."""
    return _starts(_fragments(whole), _fragments(part))


def ends_with(whole: str | PartialText, part: str | PartialText) -> bool | None:
    """Say whether a text ends with another, without regard to case."""
    mirrored = [
        tuple(fragment[::-1] for fragment in reversed(_fragments(side))) for side in (whole, part)
    ]
    return _starts(mirrored[0], mirrored[1])


def _starts(whole: tuple[str, ...], part: tuple[str, ...]) -> bool | None:
    if len(part) == 1 and whole[0].startswith(part[0]):
        return True
    if len(whole) == 1 and (len(part) == 1 or not whole[0].startswith(part[0])):
        return False
    return False if _clash(whole[0], part[0]) else None


def as_number(value: Value) -> float | None:
    """Give the number that GitHub makes of a value; None if that is open."""
    match value:
        case Unknown() | PartialText():
            return None
        case Array() | Object():
            return nan
        case str():
            return number(value)
        case None:
            return 0.0
    return float(value)


def equal(one: Value, other: Value) -> bool | None:
    """Say whether `one == other`."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return _equal_unknown(one, other)
    if isinstance(one, (str, PartialText)) and isinstance(other, (str, PartialText)):
        return same_text(one, other)
    collections = [type(side) for side in (one, other) if isinstance(side, (Array, Object))]
    if collections:
        # The same kind: GitHub asks whether it is the same object, which is not kept here.
        return None if len(collections) == 2 and collections[0] is collections[1] else False
    left, right = as_number(one), as_number(other)
    return None if left is None or right is None else left == right


def _equal_unknown(one: Value, other: Value) -> bool | None:
    if isinstance(other, Unknown):
        one, other = other, one
    if isinstance(other, Unknown):
        return None
    if one is Unknown.FALSY:
        return False if all(equal(value, other) is False for value in _FALSY) else None
    return False if one is Unknown.TRUTHY and other == "" else None


def less(one: Value, other: Value) -> bool | None:
    """Say whether `one < other`."""
    if isinstance(one, (Unknown, PartialText)) or isinstance(other, (Unknown, PartialText)):
        return None
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) < fold(other)
    left, right = as_number(one), as_number(other)
    return None if left is None or right is None else left < right


def member(value: Value, key: Value) -> Value:
    """Give `value[key]`: null for what is not there."""
    match value:
        case Array(items=items, filtered=True):
            return _each(items, key)
        case Array() | Object():
            return _inside(value, key)[0] if _known(key) else UNKNOWN
        case Unknown.ANY | Unknown.TRUTHY:
            return UNKNOWN
        case _:
            return None


def _known(key: Value) -> bool:
    return not isinstance(key, (Unknown, PartialText))


def _inside(value: Array | Object, key: Value) -> tuple[Value, bool]:
    """Give what a known key finds in a collection, and whether it finds anything."""
    if isinstance(value, Object):
        name = None if isinstance(key, (Array, Object)) else text(key)
        for known, entry in value.entries:
            if isinstance(name, str) and known.lower() == name.lower():
                return entry, True
        return None, False
    place = as_number(key)
    if place is None or not 0 <= place < len(value.items):
        return None, False
    return value.items[int(place)], True


def _each(items: tuple[Value, ...], key: Value) -> Value:
    found: list[Value] = []
    for item in items:
        if item in (Unknown.ANY, Unknown.TRUTHY):
            return Unknown.TRUTHY
        if isinstance(item, (Array, Object)):
            if not _known(key):
                return Unknown.TRUTHY
            value, present = _inside(item, key)
            if present:
                found.append(value)
    return Array(tuple(found), filtered=True)


def every(value: Value) -> Value:
    """Give `value.*`: the items of an array, the values of an object, else an empty array.

    An array that is not known is TRUTHY.
    """
    match value:
        case Unknown.ANY | Unknown.TRUTHY:
            return Unknown.TRUTHY
        case Array(items=items, filtered=True):
            if any(item in (Unknown.ANY, Unknown.TRUTHY) for item in items):
                return Unknown.TRUTHY
            return Array(tuple(i for item in items for i in _items(item)), filtered=True)
        case _:
            return Array(_items(value), filtered=True)


def _items(value: Value) -> tuple[Value, ...]:
    match value:
        case Array(items=items):
            return items
        case Object(entries=entries):
            return tuple(entry for _, entry in entries)
        case _:
            return ()
