"""Repositories are found once each, with all that decides about them, in few calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.forge.auth import TokenKind
from bot.forge.errors import BadToken, Limited, Unreachable
from bot.life.past import WORD
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from tests.forge.answers import Answer
from tests.forge.bare import Symlink
from tests.forge.faults import Cut, status
from tests.forge.github import BOT, GitHub
from tests.sweep.conftest import lister

CI = ".github/workflows/ci.yml"
FILES = {CI: "on: push\n", ".github/workflows/README.md": "Hello\n"}
BRANCH = "clearance/permissions"
OCTO = Sources(organisations=("octo",))


def found(client: Lister, sources: Sources = OCTO) -> list[Found]:
    return list(discover(client, sources, (BRANCH,)))


def names(founds: list[Found]) -> list[str]:
    return [one.repository for one in founds]


def many(hub: GitHub, count: int, owner: str = "octo") -> list[str]:
    made = [hub.light(f"{owner}/r{number:05}", FILES) for number in range(count)]
    return [one.full_name for one in made]


def test_a_page_tells_all_that_decides_about_a_repository(hub: GitHub, client: Lister) -> None:
    settings = ".github/clearance.yml"
    files = {**FILES, settings: "draft: true\n"}
    repo = hub.repository("octo/demo", files, branch="trunk", topics=("go", WORD), private=True)
    repo.language, repo.kilobytes, repo.template = "Go", 4711, True
    (one,) = found(client)
    ci = repo.find(f"HEAD:{CI}")
    tree, oid = repo.find("HEAD:.github/workflows"), repo.find(f"HEAD:{settings}")
    assert ci
    assert tree
    assert oid
    assert one.pushed
    assert one == Found(
        "octo/demo",
        id=repo.id,
        node=repo.node_id,
        branch="trunk",
        head=repo.head,
        tree=tree.oid,
        workflows=(("ci.yml", ci.oid),),
        settings_oid=oid.oid,
        branches=(BRANCH,),
        refs=("",),
        topics=("go", WORD),
        visibility="private",
        language="Go",
        template=True,
        size=4711,
        pushed=one.pushed,
    )


def test_its_pull_requests_are_told_the_last_updated_first(hub: GitHub, client: Lister) -> None:
    repo = hub.repository("octo/demo", FILES)
    head = repo.human.push({CI: "on: release\n"}, BRANCH)
    repo.human.push({CI: "on: release\n"}, "another")
    repo.human.open("another")
    pull = repo.human.open(BRANCH)
    (one,) = found(client)
    assert one.refs == (head,)
    assert [(pull.number, pull.state, pull.head) for pull in one.pulls] == [(2, "OPEN", head)]
    assert one.pull == one.pulls[0]
    repo.human.close(pull)
    hub.advance(minutes=1)
    second = repo.human.open(BRANCH)
    hub.advance(minutes=1)
    repo.human.edit(pull, body="- [x] again")
    (later,) = found(client)
    assert [(pull.number, pull.state) for pull in later.pulls] == [(2, "CLOSED"), (3, "OPEN")]
    assert later.pull
    assert later.pull.number == second.number
    repo.human.delete_branch(BRANCH)
    (gone,) = found(client)
    assert (gone.refs, gone.pull) == (("",), None)


def test_each_branch_of_the_program_is_asked_for(hub: GitHub, client: Lister) -> None:
    repo = hub.repository("octo/demo", FILES)
    branches = ("clearance/a", 'clearance/"b"', "clearance/ü")
    heads = [repo.human.push({CI: f"on: {name}\n"}, name) for name in branches]
    for name in branches:
        hub.advance(seconds=5)
        repo.human.open(name)
    (one,) = discover(client, OCTO, branches)
    assert one.refs == tuple(heads)
    assert [pull.number for pull in one.pulls] == [3, 2, 1]


def test_all_that_are_open_are_told_and_few_of_the_others(hub: GitHub, client: Lister) -> None:
    repo = hub.repository("octo/demo", FILES)
    branches = tuple(f"clearance/{name}" for name in "abcde")
    for name in branches:
        repo.human.push({CI: f"on: {name}\n"}, name)
        repo.human.open(name)
        hub.advance(seconds=5)

    def told() -> list[int]:
        (one,) = discover(client, OCTO, branches)
        return [pull.number for pull in one.pulls]

    assert told() == [5, 4, 3, 2, 1]
    for number in (5, 4, 3):
        hub.advance(seconds=5)
        repo.human.close(repo.pulls[number])
    assert told() == [3, 2, 1]


def test_odd_repositories_are_told_too(hub: GitHub, client: Lister) -> None:
    hub.repository("octo/empty")
    hub.repository("octo/none", {"README.md": "Hello\n"})
    hub.repository("octo/file", {".github/workflows": "a file\n"})
    hub.repository("octo/link", {".github/workflows": Symlink("/etc")})
    hub.repository("octo/folder", {".github/workflows/inner.yml/x": "a\n"})
    archived = hub.repository("octo/archived", FILES)
    archived.archived = archived.disabled = True
    seen = {one.repository: one for one in found(client)}
    assert all(not one.problem for one in seen.values())
    empty = seen["octo/empty"]
    assert (empty.empty, empty.branch, empty.head, empty.tree) == (True, "", "", "")
    assert [seen[f"octo/{name}"].tree for name in ("none", "file", "link")] == ["", "", ""]
    assert seen["octo/folder"].tree
    assert seen["octo/folder"].workflows == ()
    assert (seen["octo/archived"].archived, seen["octo/archived"].disabled) == (True, True)


def test_every_source_is_looked_at_and_each_repository_told_once(
    hub: GitHub, client: Lister
) -> None:
    mona = hub.user("mona")
    hub.repository("octo/a", FILES, topics=("ours",))
    renamed = hub.repository("octo/old", FILES)
    hub.rename(renamed, "octo/b")
    hub.repository("mona/own", FILES, collaborators={mona.login: "admin", BOT: "write"})
    hub.repository("cat/c", FILES, topics=("ours",))
    hub.repository("cat/d", FILES, collaborators={mona.login: "write"})
    sources = Sources(
        organisations=("octo",),
        users=("mona",),
        repositories=("octo/old", "octo/a", "cat/c", "cat/C", "cat/nothing", "cat"),
        search="topic:ours archived:false",
    )
    told = found(client, sources)
    assert names([one for one in told if not one.problem]) == [
        "octo/a",
        "octo/b",
        "mona/own",
        "cat/c",
    ]
    missed = [(one.repository, one.problem) for one in told if one.problem]
    assert [name for name, _ in missed] == ["cat/nothing", "cat"]
    assert "Could not resolve" in missed[0][1]
    assert len(hub.calls.api) == 4


def test_a_source_that_is_not_there_stops_no_other(hub: GitHub, client: Lister) -> None:
    hub.repository("octo/a", FILES)
    sources = Sources(organisations=("nobody", "octo"), installation=True)
    told = found(client, sources)
    assert [(one.repository, bool(one.problem)) for one in told] == [
        ("nobody", True),
        ("octo/a", False),
        ("the installation", True),
    ]


def test_a_search_that_finds_too_many_says_so(hub: GitHub, client: Lister) -> None:
    many(hub, 1010)
    told = found(client, Sources(search="org:octo"))
    assert told[0].repository == "the search"
    assert "1010 repositories, of which GitHub tells 1000" in told[0].problem
    assert len(told) == 1001


@pytest.mark.parametrize("selected", [False, True], ids=["all of an account", "some of them"])
def test_an_installation(selected: bool, hub: GitHub) -> None:
    full = many(hub, 230)
    hub.light("other/x", FILES)
    chosen = full[:120] if selected else full
    app = hub.app("octo", {"contents": "read"}, repositories=chosen if selected else None)
    hub.world.tokens["ghs_x"] = made = hub.actions_token("ghs_x", {"contents": "read"}, "")
    made.app, made.repositories = app, app.repositories
    client = lister(hub, "ghs_x", TokenKind.APP)
    sources = Sources(installation=True)
    told = found(client, sources)
    assert sorted(names(told)) == sorted(chosen)
    assert client.calls == (2 + 3 if selected else 1 + 5)


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 120])
def test_all_are_told_whatever_fits_on_a_page(count: int, hub: GitHub, client: Lister) -> None:
    full = many(hub, count)
    sources = replace(OCTO, repositories=("octo/r00000", "cat/x"), organisations=("octo", "cat"))
    hub.light("cat/x", FILES)
    told = found(client, sources)
    assert names([one for one in told if not one.problem]) == [*full, "cat/x"]


def test_repositories_that_are_made_or_renamed_meanwhile_are_told_once(
    hub: GitHub, client: Lister
) -> None:
    full = many(hub, 120)
    told: list[Found] = []
    for one in discover(client, OCTO, (BRANCH,)):
        if not told:
            for name in (full[0], full[70]):
                place, _ = hub.world.find(name)
                assert place
                hub.rename(place, f"{name}-new")
            hub.light("octo/a-new-one", FILES)
        told.append(one)
    assert len({one.id for one in told}) == len(told) == 121
    assert f"{full[70]}-new" in names(told)


def test_what_is_withheld_is_told_and_the_others_go_on(hub: GitHub, client: Lister) -> None:
    full = many(hub, 60)
    place, _ = hub.world.find(full[7])
    assert place
    place.withheld = "Resource protected by organization SAML enforcement."
    told = found(client)
    assert len(told) == 60
    assert "SAML" in told[7].problem
    assert names([one for one in told if not one.problem]) == [*full[:7], *full[8:]]
    assert client.calls == 2


def partial(hub: GitHub, path: list[object]) -> None:
    """The next page comes with an error at a path, and nothing there."""
    query = lister(hub, "tok")
    hub.calls.clear()
    list(discover(query, OCTO, (BRANCH,)))
    answer = hub.calls.api[0].answer()
    place: Any = answer["data"]
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = None
    answer["errors"] = [{"message": "Odd", "path": path}] if path else [{"message": "Odd"}]
    hub.fault("OwnerRepositories", Answer.json(200, answer))


NODES: list[object] = ["repositoryOwner", "repositories", "nodes"]


def test_an_error_in_a_repository_is_that_one_s(hub: GitHub, client: Lister) -> None:
    full = many(hub, 3)
    partial(hub, [*NODES, 1, "workflows"])
    told = found(client)
    assert names(told) == full
    assert [bool(one.problem) for one in told] == [False, True, False]
    assert "Odd" in told[1].problem


@pytest.mark.parametrize("path", [[], NODES[:1], NODES[:2]], ids=str)
def test_an_error_that_is_nowhere_is_believed_to_be_everywhere(
    path: list[object], hub: GitHub, client: Lister
) -> None:
    many(hub, 3)
    partial(hub, path)
    (one,) = found(client)
    assert (one.repository, one.id) == ("octo", 0)
    assert "Odd" in one.problem


def test_a_repository_of_another_shape_is_a_problem_of_its_own(hub: GitHub, client: Lister) -> None:
    full = many(hub, 3)
    list(discover(client, OCTO, (BRANCH,)))
    answer = hub.calls.api[0].answer()
    nodes = answer["data"]["repositoryOwner"]["repositories"]["nodes"]
    nodes[0]["databaseId"], nodes[1]["repositoryTopics"] = "x", [1]
    hub.fault("OwnerRepositories", Answer.json(200, answer))
    told = found(client)
    assert names(told) == full
    assert [bool(one.problem) for one in told] == [True, True, False]


LIMITS = Answer.json(
    200,
    {
        "data": None,
        "errors": [
            {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query."}
        ],
    },
)
LATE = Answer.json(
    200, {"errors": [{"message": "Something went wrong while executing your query."}]}
)


@pytest.mark.parametrize(
    "fault",
    [status(502), status(504), LIMITS, LATE, Cut.BEFORE],
    ids=["502", "504", "resource limits", "late", "cut"],
)
def test_a_page_that_is_too_much_is_asked_for_in_parts(
    fault: Answer | Cut, hub: GitHub, client: Lister
) -> None:
    full = many(hub, 400)
    hub.fault("OwnerRepositories", fault, times=2, after=1)
    assert names(found(client)) == full
    sizes = [one.data()["variables"]["size"] for one in hub.calls.api]
    assert sizes == [50, 50, 25, *[12] * 16, *[24] * 7]


def test_pages_stay_as_small_as_they_have_to_be(hub: GitHub, client: Lister) -> None:
    full = many(hub, 600)
    hub.limits.requests = 41
    assert names(found(client)) == full
    late = [one for one in hub.calls.api if one.status == 502]
    assert len(late) <= 5
    assert len(hub.calls.api) < 60


def test_a_repository_that_is_too_much_by_itself_is_passed_by(hub: GitHub, client: Lister) -> None:
    many(hub, 3)
    hub.limits.requests = 2
    told = found(client)
    assert [(one.repository, "no answer" in one.problem) for one in told] == [
        ("octo/r00000", True),
        ("octo/r00001", True),
        ("octo/r00002", True),
    ]
    hub.limits.requests = 1
    listed = found(client, Sources(repositories=("octo/r00001", "octo/r00002")))
    assert [bool(one.problem) for one in listed] == [True, True]


def test_a_github_that_is_down_is_an_error(hub: GitHub, client: Lister) -> None:
    many(hub, 3)
    hub.fault("OwnerRepositories", status(503), times=None)
    with pytest.raises(Unreachable):
        found(client)


def test_a_token_that_is_no_longer_good_is_an_error(hub: GitHub, client: Lister) -> None:
    many(hub, 60)
    walk = discover(client, OCTO, (BRANCH,))
    next(walk)
    hub.revoke("tok")
    with pytest.raises(BadToken):
        list(walk)


def test_points_that_are_used_up_are_waited_for(hub: GitHub, client: Lister) -> None:
    many(hub, 200)
    hub.limits.graphql, hub.limits.seconds = 3, 7200
    told: list[Found] = []
    with pytest.raises(Limited):
        told.extend(discover(client, OCTO, (BRANCH,)))
    assert len(told) == 150


def test_ten_thousand_repositories_take_two_hundred_calls_and_points(
    hub: GitHub, client: Lister
) -> None:
    many(hub, 10_000)
    assert sum(1 for one in discover(client, OCTO, (BRANCH,)) if one.tree) == 10_000
    assert len(hub.calls.api) == 200
    assert hub.limits.state("tok", "graphql")["used"] == 200
