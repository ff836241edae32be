"""Which branches a repository's pull requests come from, where not all have the same.

The branches of an operator's file, its overrides' too, are asked for of all repositories, in the
pages that tell of them: each costs half a point a page. What only a repository's own file names is
asked for once more, and of these repositories alone: fifty a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bot import config
from bot.config import SettingsError
from bot.forge.errors import ForgeError
from bot.forge.fields import Fields
from bot.run import strands_of
from bot.settings import Settings
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.look import MOST, Look, by_id
from bot.sweep.record import Record

_MOST_COMMON = 6
"""Branches that are asked for of all: 3.5 points a page, 700 for ten thousand repositories."""
_FILE = (
    "n{at}: node(id: $a{at}) {{ ... on Repository {{ "
    'settings: object(expression: "HEAD:' + config.HOME + '") '
    "{{ ... on Blob {{ text isTruncated }} }} }} }}"
)

_Held = tuple[Found, tuple[str, ...] | None]
"""A repository, and its branches that were not asked for; None where only its file tells them."""


def common(settings: str | None) -> tuple[str, ...]:
    """The branches that are asked for of all repositories; first those of the settings for all.

    Args:
        settings: the operator's file.

    Raises:
        SettingsError: it can't be used.
    """
    named = (name for chosen in config.variants(settings) for name in _branches(chosen))
    return tuple(islice(dict.fromkeys(named), _MOST_COMMON))


def _branches(settings: Settings) -> tuple[str, ...]:
    return tuple(one.branch for one in strands_of(settings))


@dataclass(frozen=True, slots=True)
class Branches:
    """Completes what was found.

    Attributes:
        settings: the operator's file.
        asked: the branches that all were asked for.
        last: what came of a repository the last time.
    """

    client: Lister
    settings: str | None
    asked: tuple[str, ...]
    last: Callable[[Found], Sequence[Record]]
    _looks: dict[Lister, Look] = field(default_factory=dict, init=False)

    def complete(self, founds: Iterable[Found]) -> Iterator[Found]:
        """The same repositories, with the pull requests from branches of their own too.

        Those that have such come later than they were found, in groups.

        Raises:
            ForgeError: there is no answer.
        """
        held: dict[Lister, list[_Held]] = {}
        for found in founds:
            own = () if found.problem else self._own(found)
            if own == ():
                yield found
                continue
            client = self.client.at(found.repository.partition("/")[0])
            held.setdefault(client, []).append((found, own))
            if len(held[client]) == MOST:
                yield from self._told(client, held.pop(client))
        for client, ones in held.items():
            yield from self._told(client, ones)

    def _own(self, found: Found) -> tuple[str, ...] | None:
        if not found.settings_oid:
            return self._beyond(self._wanted(found, None))
        # A pull request is where it was made, whatever the file says by now.
        used = {one.branch for one in self.last(found) if one.branch}
        return self._beyond(used) if used else None

    def _wanted(self, found: Found, own: str | None) -> tuple[str, ...]:
        try:
            return _branches(config.layered(self.settings, own, found.repository))
        except SettingsError:
            # Nothing is done where a repository's own file can't be used.
            return self.asked

    def _beyond(self, wanted: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(wanted).difference(self.asked)))

    def _told(self, client: Lister, held: Sequence[_Held]) -> Iterator[Found]:
        texts = _files(client, [found for found, own in held if own is None])
        asked = []
        for found, own in held:
            more = own or self._beyond(self._wanted(found, texts.get(found.node)))
            if more:
                asked.append(by_id(found.node, found.repository, more))
            else:
                yield found
        if client not in self._looks:
            self._looks[client] = Look(client, self.asked)
        yield from self._looks[client].some(asked)


def _files(client: Lister, founds: Sequence[Found]) -> Mapping[str, str]:
    """The text of the settings file by the repository's node; nothing where it can't be had."""
    if not founds:
        return {}
    numbers = range(len(founds))
    fields = "\n".join(_FILE.format(at=at) for at in numbers)
    declared = ", ".join(f"$a{at}: ID!" for at in numbers)
    query = f"query Files({declared}) {{\n{fields}\n}}\n"
    variables = {f"a{at}": found.node for at, found in enumerate(founds)}
    data, _ = client.listed("Files", query, variables, patient=True)
    return {
        found.node: text
        for at, found in enumerate(founds)
        if (text := _text(data.get(f"n{at}"), found.repository))
    }


def _text(node: object, name: str) -> str:
    try:
        file = Fields.of(node or {}, name).child_or_none("settings")
        if file is None or file.flag_or_none("isTruncated"):
            return ""
        return file.text_or_none("text") or ""
    except ForgeError:
        return ""
