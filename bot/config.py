"""Settings from files, else the defaults. ``config.example.yml`` shows and explains each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.names import matches
from bot.settings import OPERATORS, Settings
from bot.stated import SettingsError, plain, root, stated
from bot.sweep.settings import SweepSettings

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node

__all__ = ["HOME", "Settings", "SettingsError", "layered", "load", "parse", "read", "sweep"]

HOME = ".github/clearance.yml"
"""Where a repository keeps its settings."""

_ORGANISATION, _REPOSITORY = "the organisation's settings", f"the repository's {HOME}"


def load(path: Path) -> Settings:
    """The settings of a file that the user names.

    Raises:
        SettingsError: it can't be read, or says something that is no setting.
    """
    from bot.workflow.document import MAX_BYTES

    try:
        with path.open("rb") as stream:
            return replace(Settings(), **_of_operator(_text(stream.read(MAX_BYTES + 1))).stated)
    except OSError as error:
        raise SettingsError(f"it can't be read ({error.strerror})") from None


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
    """The settings that a YAML text states; those that it does not name have their defaults.

    Raises:
        SettingsError: it is not YAML, or says something that is no setting.
    """
    return replace(Settings(), **stated(root(text), Settings))


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
            chosen |= stated(root(repository), Settings, OPERATORS)
    except SettingsError as error:
        raise SettingsError(f"{place}: {error}") from None
    return replace(Settings(), **chosen)


@dataclass(frozen=True, slots=True)
class _Operator:
    """What an organisation's file says: for all, for a sweep, and for some by their names."""

    stated: Mapping[str, Any]
    sweep: SweepSettings
    overrides: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...]


@lru_cache(maxsize=4)
def _of_operator(text: str) -> _Operator:
    node = root(text)
    if node is None:
        return _Operator({}, SweepSettings(), ())
    from ruamel.yaml.nodes import MappingNode

    own = [(key, value) for key, value in node.value if plain(key) not in _PARTS]
    parts = {str(plain(key)): value for key, value in node.value if plain(key) in _PARTS}
    chosen = stated(MappingNode(node.tag, own), Settings)
    told = SweepSettings()
    if "sweep" in parts:
        told = replace(told, **stated(_mapping(parts["sweep"], "sweep"), SweepSettings))
    overrides = parts.get("overrides")
    return _Operator(chosen, told, tuple(_overrides(overrides)) if overrides is not None else ())


def _overrides(node: Node) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if not isinstance(node, SequenceNode):
        line = node.start_mark.line + 1
        raise SettingsError(f"line {line}: overrides can't be that; write a list of mappings")
    for one in node.value:
        mapping = _mapping(one, "an entry of overrides")
        patterns = [value for key, value in mapping.value if plain(key) == "repositories"]
        rest = [(key, value) for key, value in mapping.value if plain(key) != "repositories"]
        found = plain(patterns[0]) if len(patterns) == 1 else None
        if not (isinstance(found, list) and found and all(isinstance(p, str) for p in found)):
            line = one.start_mark.line + 1
            raise SettingsError(
                f"line {line}: an entry of overrides needs repositories; write a list of patterns"
            )
        yield tuple(found), stated(MappingNode(mapping.tag, rest), Settings)


def _mapping(node: Node, what: str) -> MappingNode:
    from ruamel.yaml.nodes import MappingNode

    if isinstance(node, MappingNode):
        return node
    line = node.start_mark.line + 1
    raise SettingsError(f"line {line}: {what} can't be that; write settings, one on a line")


_PARTS = ("sweep", "overrides")
