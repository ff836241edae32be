"""Asks GitHub for many repositories at a time: fewer of them where it does not answer in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bot.forge import queries
from bot.forge.errors import ForgeError, NotFound, OutcomeUnknown, Unreachable
from bot.forge.fields import Fields
from bot.sweep.found import Found, read
from bot.sweep.lister import Fault, Lister, TooMuch

MOST = 50
"""Repositories in a query."""
_STREAK = 4
"""Answers in a row after which a query may be twice as large again."""
_LONGEST_STREAK = 64

_LIGHT = "fragment Page on Repository {\n  id\n  nameWithOwner\n}\n"
_BRANCH = (
    "ref{at}: ref(qualifiedName: {ref}) {{ target {{ oid }} }}\n"
    "pulls{at}: pullRequests(headRefName: {name}, first: 10,"
    " orderBy: {{ field: UPDATED_AT, direction: DESC }}) {{ ...Pulls }}\n"
)
_GONE = "it is not there any more, or the token may not see it; check the name"


@dataclass(frozen=True, slots=True)
class Query:
    """An operation without its fragments.

    Attributes:
        light: the same for names alone, where that is another text.
    """

    name: str
    text: str
    variables: Mapping[str, object]
    light: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of an operation that stands for one repository.

    Attributes:
        name: of the repository, for people.
        field: ``repository(owner: $a{at}, name: $b{at})``, its alias still to come.
        variables: their values, by the letter.
        kind: the GraphQL type of them.
        more: branches that are asked for beside those of all.
    """

    name: str
    field: str
    variables: Mapping[str, str]
    kind: str
    more: tuple[str, ...] = ()


def by_name(names: Sequence[str]) -> tuple[Asked, ...]:
    """The repositories of these ``owner/name``."""
    field = "repository(owner: $a{at}, name: $b{at}, followRenames: true)"
    return tuple(
        Asked(name, field, dict(zip("ab", name.partition("/")[::2], strict=True)), "String!")
        for name in names
    )


def by_id(node: str, name: str, more: tuple[str, ...] = ()) -> Asked:
    """The repository of this node id and name."""
    return Asked(name, "node(id: $a{at})", {"a": node}, "ID!", more)


def _quoted(text: str) -> str:
    """A text as a string of GraphQL, which are JSON's."""
    return json.dumps(text, ensure_ascii=False)


def _sized(query: Query, after: str | None, size: int) -> Query:
    return replace(query, variables={**query.variables, "after": after, "size": size})


def _fields(branches: Iterable[tuple[int, str]]) -> str:
    return "".join(
        _BRANCH.format(at=at, name=_quoted(name), ref=_quoted(f"refs/heads/{name}"))
        for at, name in branches
    )


def _together(asked: Sequence[Asked], begin: int, size: int) -> Query:
    """``begin``: the number of the first branch that not all are asked for."""
    declared, fields, light = [], [], []
    variables: dict[str, object] = {}
    for at, one in enumerate(asked[:size]):
        declared += [f"${letter}{at}: {one.kind}" for letter in one.variables]
        variables |= {f"{letter}{at}": value for letter, value in one.variables.items()}
        field = f"n{at}: {one.field.format(at=at)} {{ ...Page"
        more = _fields(enumerate(one.more, begin))
        fields.append(f"{field} ... on Repository {{\n{more}}} }}" if more else f"{field} }}")
        light.append(f"{field} }}")
    head = f"query Repositories({', '.join(declared)}) {{\nviewer {{ login }}\n"
    text, names = ("\n".join((head, *lines, "}\n")) for lines in (fields, light))
    return Query("Repositories", text, variables, names)


_Place = tuple[str | int, ...]
_Node = tuple[_Place, object, str, tuple[str, ...]]
"""Where a repository is in an answer, what is there, its name as far as it is known, and the
branches that were asked for."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a query.

    Attributes:
        size: how many repositories it was for.
        problem: why it tells no more of them than names; empty where it does.
    """

    data: Mapping[str, Any]
    faults: tuple[Fault, ...]
    size: int
    problem: str = ""

    @property
    def first(self) -> ForgeError | None:
        """The first error in it."""
        return self.faults[0].error if self.faults else None

    @property
    def viewer(self) -> str:
        """Whose token it was asked with."""
        return Fields.of(self.data, "GitHub").child("viewer").text("login")


class Look:
    """Asks for repositories, fewer at a time where GitHub does not answer in time."""

    def __init__(self, client: Lister, branches: Sequence[str]) -> None:
        self.client = client
        self._branches = tuple(branches)
        fields = _fields(enumerate(branches))
        self._page = f"{queries.PAGE}fragment Branches on Repository {{\n{fields}}}\n"
        self._size = MOST
        self._good, self._streak = 0, _STREAK

    def pages(
        self, query: Query, path: tuple[str, ...], name: str
    ) -> Iterator[tuple[int, tuple[Found, ...]]]:
        """The pages of a list: how many it has in all, and some of them.

        Args:
            path: where the list is in the answer's data.
            name: of the source, for people.
        """
        after: str | None = None
        while True:
            answer = self._answer(partial(_sized, query, after))
            found = Fields.of(answer.data, name)
            for step in path:
                inner = found.child_or_none(step)
                if inner is None:
                    raise answer.first or NotFound(f"there is no {name}", 404)
                found = inner
            info = found.child("pageInfo")
            raw = found.values.get("nodes")
            listed = raw if isinstance(raw, list) else []
            nodes = self._read_all(
                answer,
                (
                    ((*path, "nodes", at), node, name, self._branches)
                    for at, node in enumerate(listed)
                ),
            )
            yield found.number("totalCount"), nodes
            if not info.flag("hasNextPage"):
                return
            after = info.text("endCursor")

    def some(self, asked: Sequence[Asked]) -> tuple[Found, ...]:
        """The repositories that fields stand for."""
        found: list[Found] = []
        while len(found) < len(asked):
            left, begin = asked[len(found) :], len(self._branches)
            answer = self._answer(partial(_together, left, begin))
            found += self._read_all(
                answer,
                (
                    ((f"n{at}",), answer.data.get(f"n{at}"), one.name, self._branches + one.more)
                    for at, one in enumerate(left[: answer.size])
                ),
            )
        return tuple(found)

    def _answer(self, query: Callable[[int], Query]) -> _Answer:
        """The answer to the query for as many repositories as can be had at a time."""
        while True:
            size = self._size
            try:
                asked = query(size)
                data, faults = self._once(asked, f"{asked.text}\n{self._page}", patient=size == 1)
            except Unreachable as error:
                if size == 1:
                    # It may be too much by itself. Its name is not, and a list goes on behind it.
                    text = f"{asked.light or asked.text}\n{_LIGHT}"
                    data, faults = self._once(asked, text, patient=True)
                    return _Answer(data, faults, 1, str(error))
                if not isinstance(error, (TooMuch, OutcomeUnknown)):
                    raise
                self._less()
            else:
                self._more()
                return _Answer(data, faults, size)

    def _once(
        self, query: Query, text: str, *, patient: bool
    ) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
        return self.client.listed(query.name, text, query.variables, patient=patient)

    def _read_all(self, answer: _Answer, nodes: Iterable[_Node]) -> tuple[Found, ...]:
        told = {place: (node, name, branches) for place, node, name, branches in nodes}
        faults: dict[_Place, str] = {}
        for fault in answer.faults:
            place = next((fault.path[:at] for at in (1, 3, 4) if fault.path[:at] in told), None)
            if place is None:
                # What it makes of the answer can't be told.
                raise fault.error
            faults.setdefault(place, str(fault.error))
        viewer = answer.viewer if told else ""
        return tuple(
            _read(node, faults.get(place) or answer.problem, name, branches, viewer)
            for place, (node, name, branches) in told.items()
        )

    def _less(self) -> None:
        self._size //= 2
        self._good, self._streak = 0, min(2 * self._streak, _LONGEST_STREAK)

    def _more(self) -> None:
        self._good += 1
        if self._good >= self._streak and self._size < MOST:
            self._size, self._good = min(MOST, 2 * self._size), 0


def _read(node: object, problem: str, name: str, branches: tuple[str, ...], viewer: str) -> Found:
    named = node.get("nameWithOwner") if isinstance(node, Mapping) else None
    shown = named if isinstance(named, str) else name
    if problem or not node:
        return Found(shown, problem=problem or _GONE)
    try:
        return read(Fields.of(node, shown), branches, viewer)
    except ForgeError as error:
        return Found(shown, problem=str(error))
