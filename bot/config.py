"""Settings from files, else the defaults. ``config.example.yml`` shows and explains each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.names import matches
from bot.settings import OPERATORS, Settings
from bot.stated import (
    FORMS_OF_OVERRIDE,
    FORMS_OF_SWEEP,
    SettingsError,
    entries,
    root,
    stated,
)
from bot.sweep.settings import SweepSettings

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

__all__ = [
    "HOME",
    "Settings",
    "SettingsError",
    "layered",
    "load",
    "operator",
    "parse",
    "read",
    "sweep",
    "variants",
]

HOME = ".github/clearance.yml"
"""Where a repository keeps its settings."""

_PARTS = frozenset({"sweep", "overrides"})
"""What an operator's file has beyond a repository's."""
_ORGANISATION, _REPOSITORY = "the organisation's settings", f"the repository's {HOME}"
_NOT_A_REPOSITORY_S = (
    "is not for a repository to choose; remove it here, and write it into the organisation's"
    " settings"
)
_NOT_AN_OVERRIDE = "counts for all repositories together; write it outside of overrides"


def load(path: Path) -> Settings:
    """The settings of a file that the user names.

    Raises:
        SettingsError: it can't be read, or says something that is no setting.
    """
    return replace(Settings(), **_of_operator(operator(path)).stated)


def operator(path: Path) -> str:
    """The text of an operator's file, which is sound.

    Raises:
        SettingsError: it can't be read, or says something that is no setting; the sentence does
            not name the file.
    """
    from bot.workflow.document import MAX_BYTES

    try:
        with path.open("rb") as stream:
            text = _text(stream.read(MAX_BYTES + 1))
    except IsADirectoryError:
        raise SettingsError("it is a folder; name a file") from None
    except OSError as error:
        raise SettingsError(f"it can't be read ({error.strerror})") from None
    _of_operator(text)
    return text


def read(data: bytes) -> Settings:
    """The settings of a file's bytes.

    Raises:
        SettingsError: they are no text, or say something that is no setting.
    """
    return parse(_text(data))


def _text(data: bytes) -> str:
    from bot.workflow.document import DocumentError, decode

    try:
        return decode(data)
    except DocumentError as error:
        raise SettingsError(str(error)) from None


def parse(text: str) -> Settings:
    """The settings that a repository's YAML text states; the others have their defaults.

    Raises:
        SettingsError: it is not YAML, or says something that is no setting.
    """
    return replace(Settings(), **_of_repository(text, _PARTS))


def sweep(organisation: str | None) -> SweepSettings:
    """What an organisation's file, a YAML text, says under ``sweep``; else the defaults.

    Raises:
        SettingsError: it can't be used; the sentence begins with which file it is.
    """
    if organisation is None:
        return SweepSettings()
    try:
        return _of_operator(organisation).sweep
    except SettingsError as error:
        raise SettingsError(f"{_ORGANISATION}: {error}") from None


def layered(organisation: str | None, repository: str | None, name: str = "") -> Settings:
    """The settings of an organisation's file, its overrides, and over them those of a repository's.

    Both are YAML texts; None for a file that is not there. ``name``: ``owner/name``, for which
    overrides are chosen.

    Raises:
        SettingsError: one of them can't be used, or the repository's has a setting that is not
            its to choose; the sentence begins with which of the two it is.
    """
    chosen: dict[str, Any] = {}
    place = _ORGANISATION
    try:
        if organisation is not None:
            operator = _of_operator(organisation)
            chosen |= operator.stated
            for patterns, more in operator.overrides:
                if any(matches(name, pattern) for pattern in patterns):
                    chosen |= more
        place = _REPOSITORY
        if repository is not None:
            chosen |= _of_repository(repository, OPERATORS | _PARTS)
    except SettingsError as error:
        raise SettingsError(f"{place}: {error}") from None
    return replace(Settings(), **chosen)


def variants(organisation: str | None) -> Iterator[Settings]:
    """The settings for all, and then those that each override alone makes of them.

    Raises:
        SettingsError: as :func:`layered`.
    """
    yield (chosen := layered(organisation, None))
    if organisation is not None:
        for _, more in _of_operator(organisation).overrides:
            yield replace(chosen, **more)


def _of_repository(text: str, barred: frozenset[str]) -> Mapping[str, Any]:
    return stated(entries(root(text)), Settings, dict.fromkeys(barred, _NOT_A_REPOSITORY_S))


@dataclass(frozen=True, slots=True)
class _Told:
    """What an operator's file says: for all, for a sweep, and for some by their names."""

    stated: Mapping[str, Any]
    sweep: SweepSettings
    overrides: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...]


@lru_cache(maxsize=4)
def _of_operator(text: str) -> _Told:
    # Made for such a file only, as is what reads it.
    from bot.operator import Operator

    given = entries(root(text))
    parts = {name: given.pop(name) for name in sorted(_PARTS & given.keys())}
    chosen = stated(given, Operator)
    told = SweepSettings()
    if "sweep" in parts:
        own = _entries(*parts["sweep"], "sweep")
        told = replace(told, **stated(own, SweepSettings, forms=FORMS_OF_SWEEP))
    overrides = _overrides(*parts["overrides"]) if "overrides" in parts else ()
    return _Told(chosen, told, tuple(overrides))


def _overrides(line: int, node: Node) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    from ruamel.yaml.nodes import SequenceNode

    from bot.operator import FOR_ALL, Override

    if not isinstance(node, SequenceNode):
        raise SettingsError(
            f"line {line}: overrides can't be that; write a list of settings, each entry behind a"
            " dash"
        )
    barred = dict.fromkeys(FOR_ALL, _NOT_AN_OVERRIDE)
    for one in node.value:
        begin = one.start_mark.line + 1
        own = _entries(begin, one, "an entry of overrides")
        more = {**stated(own, Override, barred, FORMS_OF_OVERRIDE)}
        patterns = more.pop("repositories", ())
        if not patterns:
            raise SettingsError(
                f"line {begin}: an entry of overrides needs repositories; write a list of patterns"
            )
        yield patterns, more


def _entries(line: int, node: Node, what: str) -> dict[str, tuple[int, Node]]:
    from ruamel.yaml.nodes import MappingNode

    if isinstance(node, MappingNode):
        return entries(node)
    raise SettingsError(f"line {line}: {what} can't be that; write settings, one on a line")
