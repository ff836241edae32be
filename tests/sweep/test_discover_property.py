"""Whatever GitHub does in between, each repository is told once, and none is missed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from bot.forge.errors import Invalid, Unreachable
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.lister import Fault, Lister, TooMuch

_TOLD = {
    "visibility": "PUBLIC",
    "isArchived": False,
    "isDisabled": False,
    "isEmpty": True,
    "isFork": False,
    "isTemplate": False,
}


class Flaky:
    """Lists of repositories; some queries are too much, some repositories are errors.

    Attributes:
        failing: whether the next query is too much; none are once these are used up.
        withheld: the numbers of repositories that are errors.
        heavy: the number of one that is too much by itself; less than 0 for none.
    """

    is_app = False

    def __init__(self, count: int, failing: list[bool], withheld: set[int], heavy: int) -> None:
        self.count, self.failing, self.withheld, self.heavy = count, failing, withheld, heavy
        self.calls = 0

    def at(self, _owner: str) -> Flaky:
        return self

    def _node(self, number: int) -> Mapping[str, Any] | None:
        if number in self.withheld:
            return None
        name = f"octo/r{number}"
        return {"id": f"R_{number}", "databaseId": number + 1, "nameWithOwner": name} | _TOLD

    def listed(
        self, _name: str, query: str, variables: Mapping[str, object], *, patient: bool
    ) -> tuple[Mapping[str, Any], tuple[Fault, ...]]:
        self.calls += 1
        fails = self.failing.pop() if self.failing else False
        size = variables.get("size")
        if isinstance(size, int):
            begin = int(str(variables["after"] or 0))
            numbers = list(range(begin, min(self.count, begin + size)))
        else:
            names = [str(variables[f"b{at}"]) for at in range(len(variables) // 2)]
            numbers = [int(name.removeprefix("r")) for name in names]
        full = "defaultBranchRef" in query
        if not patient and fails:
            raise TooMuch("too much")
        if full and self.heavy in numbers:
            raise Unreachable("no answer") if patient else TooMuch("too much")
        if not isinstance(size, int):
            data: dict[str, Any] = {f"n{at}": self._node(one) for at, one in enumerate(numbers)}
            places: list[tuple[str | int, ...]] = [(f"n{at}",) for at in range(len(numbers))]
        else:
            end = begin + len(numbers)
            found = {
                "totalCount": self.count,
                "nodes": [self._node(one) for one in numbers],
                "pageInfo": {"hasNextPage": end < self.count, "endCursor": str(end)},
            }
            data = {"repositoryOwner": {"repositories": found}}
            places = [
                ("repositoryOwner", "repositories", "nodes", at) for at in range(len(numbers))
            ]
        faults = [
            Fault(place, Invalid("withheld"))
            for place, one in zip(places, numbers, strict=True)
            if one in self.withheld
        ]
        return data | {"viewer": {"login": "clearance"}}, tuple(faults)


def told(flaky: Flaky, sources: Sources) -> list[Found]:
    return list(discover(cast("Lister", flaky), sources, ("b",)))


@given(
    st.integers(0, 160),
    st.lists(st.booleans(), max_size=20),
    st.sets(st.integers(0, 160), max_size=5),
    st.integers(-1, 160),
    st.booleans(),
)
def test_all_are_told_once(
    count: int, failing: list[bool], withheld: set[int], heavy: int, named: bool
) -> None:
    sources = (
        Sources(repositories=tuple(f"octo/r{one}" for one in range(count)))
        if named
        else Sources(organisations=("octo",))
    )
    flaky = Flaky(count, failing, withheld, heavy)
    founds = told(flaky, sources)
    assert len(founds) == count
    bad = {at for at, one in enumerate(founds) if one.problem}
    assert bad == {one for one in {*withheld, heavy} if 0 <= one < count}
    good = [one.id - 1 for one in founds if not one.problem]
    assert good == [one for one in range(count) if one not in bad]
    assert flaky.calls <= count + 60
