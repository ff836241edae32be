"""Repositories with branches of their own: what comes from these is found and counted too."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.commands import Exit
from bot.sweep import waves
from bot.sweep.branches import Branches, common
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.record import Record, State
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.stories.teller import CHECKS, CI
from tests.sweep.nights import Nights, opened

BRANCH = "clearance/permissions"
OCTO = Sources(organisations=("octo",))
OWN = ".github/clearance.yml"
SPLIT = """\
branch: bot/all
overrides:
  - repositories: ["old-*"]
    branch: bot/old
  - repositories: [octo/new-one]
    pull_requests: one-a-remedy
"""


def complete(
    client: Lister, settings: str | None = None, last: Sequence[Record] = ()
) -> list[Found]:
    asked = common(settings)
    branches = Branches(client, settings, asked, lambda _: last)
    return list(branches.complete(discover(client, OCTO, asked)))


def test_the_branches_of_all_overrides_are_asked_for_of_all() -> None:
    rows = [f"  - repositories: [r{n}]\n    branch: bot/{n}\n" for n in range(9)]
    assert common(None) == (BRANCH,)
    assert common(SPLIT) == (
        "bot/all",
        "bot/old",
        "bot/all-permissions",
        "bot/all-preflight",
        "bot/all-token",
    )
    assert common("overrides:\n" + "".join(rows)) == (BRANCH, *(f"bot/{n}" for n in range(5)))


def test_what_overrides_name_costs_no_call(hub: GitHub, client: Lister) -> None:
    repo = hub.repository("octo/old-one", {CI: CHECKS})
    repo.human.push({CI: "on: release\n"}, "bot/old")
    repo.human.open("bot/old")
    (found,) = complete(client, SPLIT)
    assert [pull.number for pull in found.pulls] == [1]
    assert found.branches == common(SPLIT)
    assert len(hub.calls.api) == 1


def test_six_branches_of_fifty_cost_four_points(hub: GitHub, client: Lister) -> None:
    for number in range(50):
        hub.light(f"octo/r{number:02}", {CI: CHECKS})
    rows = [f"  - repositories: [r{n}]\n    branch: bot/{n}\n" for n in range(5)]
    complete(client, "overrides:\n" + "".join(rows))
    assert len(hub.calls.api) == 1
    assert hub.limits.state("tok", "graphql")["used"] == 4


def test_branches_beyond_these_are_asked_for_where_they_are_meant(
    hub: GitHub, client: Lister
) -> None:
    rows = [f"  - repositories: [r{n:02}]\n    branch: bot/{n}\n" for n in range(60)]
    settings = "overrides:\n" + "".join(rows)
    for number in range(70):
        hub.light(f"octo/r{number:02}", {CI: CHECKS})
    repo = hub.world.find("octo/r59")[0]
    assert repo
    head = repo.human.push({CI: "on: release\n"}, "bot/59")
    repo.human.open("bot/59")
    hub.calls.clear()
    found = {one.repository: one for one in complete(client, settings)}
    assert len(found) == 70
    assert found["octo/r59"].refs[-1] == head
    assert found["octo/r59"].pull
    assert found["octo/r65"].branches == common(settings)
    # Two pages, and 55 repositories once more.
    assert len(hub.calls.api) == 4


def test_what_a_repository_s_own_file_names_is_read_where_nothing_is_remembered(
    hub: GitHub, client: Lister
) -> None:
    hub.repository("octo/plain", {CI: CHECKS})
    repo = hub.repository("octo/own", {CI: CHECKS, OWN: "branch: bot/own\n"})
    repo.human.push({CI: "on: release\n"}, "bot/own")
    repo.human.open("bot/own")
    plain, own = complete(client)
    assert (plain.repository, plain.pull) == ("octo/plain", None)
    assert own.branches == (BRANCH, "bot/own")
    assert own.pull
    assert [one.operation for one in hub.calls.api] == [
        "OwnerRepositories",
        "Files",
        "Repositories",
    ]


def test_what_is_remembered_is_not_read_again(hub: GitHub, client: Lister) -> None:
    repo = hub.repository("octo/own", {CI: CHECKS, OWN: "branch: bot/new\n"})
    repo.human.push({CI: "on: release\n"}, "bot/own")
    repo.human.open("bot/own")
    (own,) = complete(client, last=(Record("octo/own", State.RIGHT, branch="bot/own"),))
    assert own.branches == (BRANCH, "bot/own")
    assert own.pull
    assert [one.operation for one in hub.calls.api] == ["OwnerRepositories", "Repositories"]


def test_an_own_file_that_names_no_branch_costs_nothing_once_it_is_remembered(
    hub: GitHub, client: Lister
) -> None:
    hub.repository("octo/own", {CI: CHECKS, OWN: "draft: true\n"})
    complete(client, last=(Record("octo/own", State.RIGHT, branch=BRANCH),))
    assert len(hub.calls.api) == 1


@pytest.mark.parametrize(
    "text",
    ["branch: [\n", "fork: always\n", "\0", "x" * 600_000],
    ids=["no YAML", "not its to choose", "no text", "too long"],
)
def test_an_own_file_that_can_t_be_used_names_nothing(
    text: str, hub: GitHub, client: Lister
) -> None:
    hub.repository("octo/own", {CI: CHECKS, OWN: text})
    (own,) = complete(client)
    assert (own.problem, own.branches) == ("", (BRANCH,))


def test_a_group_that_is_too_much_is_asked_for_in_parts(hub: GitHub, client: Lister) -> None:
    for number in range(8):
        hub.light(f"octo/r{number}", {CI: CHECKS, OWN: f"branch: bot/{number}\n"})
    hub.fault("Repositories", status(502), times=3)
    found = complete(client)
    assert sorted(one.branches[-1] for one in found) == [f"bot/{n}" for n in range(8)]


def test_one_that_is_too_much_by_itself_is_told(hub: GitHub, client: Lister) -> None:
    hub.light("octo/own", {CI: CHECKS, OWN: "draft: true\n"})
    hub.limits.requests = 3
    last = [Record("octo/own", State.RIGHT, branch=f"bot/{name}") for name in "ab"]
    (own,) = complete(client, last=last)
    assert (own.repository, "no answer" in own.problem) == ("octo/own", True)


OTHER = "overrides:\n  - repositories: [r00, r01]\n    branch: bot/other\n"


def test_pull_requests_of_overridden_branches_count(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep("canaries: 2", OTHER)
    assert opened(made) == ["r00", "r01"]
    nights.sweep("canaries: 2", OTHER)
    assert opened(made) == ["r00", "r01"]
    assert nights.whys(State.LATER) == {waves.CANARIES}


def test_canaries_of_overridden_branches_turn_green(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep("canaries: 2", OTHER)
    for one in made[:2]:
        one.human.merge(one.pull)
        nights.hub.run(one, CI, conclusion="success")
    assert nights.sweep("canaries: 2", OTHER) is Exit.DONE
    assert opened(made) == ["r02", "r03"]


def own_files(nights: Nights, count: int) -> None:
    for number in range(count):
        files = {CI: CHECKS, OWN: f"branch: bot/own-{number}\n"}
        nights.hub.light(f"acme/own{number}", files)


def test_pull_requests_of_a_repository_s_own_branch_count(nights: Nights) -> None:
    own_files(nights, 2)
    made = nights.repositories(3)
    told = "canaries: 0\nmost_open: 2"
    nights.sweep(told)
    nights.sweep(told)
    assert opened(made) == []
    assert nights.whys(State.LATER) == {waves.MOST_OPEN}


def test_a_lost_journal_loses_no_count(nights: Nights) -> None:
    own_files(nights, 2)
    made = nights.repositories(3)
    told = "canaries: 0\nmost_open: 2"
    nights.sweep(told)
    (nights.folder / "journal.sqlite").unlink()
    nights.sweep(told)
    assert opened(made) == []


def test_what_has_a_branch_of_its_own_is_not_looked_at_every_night(nights: Nights) -> None:
    own_files(nights, 2)
    nights.sweep()
    nights.sweep()
    nights.hub.calls.clear()
    nights.sweep()
    assert nights.states() == {State.UNCHANGED: 2}
    named = [one.operation or one.path for one in nights.hub.calls]
    assert named == ["OwnerRepositories", "Repositories", "/rate_limit"]
