"""What searches and lists give is held to what was asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.forge.client import Client
from bot.forge.errors import Refused
from bot.review import asking
from bot.review.facts import Checks
from tests.forge import graph_roots
from tests.forge.answers import Answer
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Reviewer

BRANCH = "clearance/permissions"
BRANCHES = (BRANCH, f"{BRANCH}-token", "clearance/other")


@pytest.fixture
def place(hub: GitHub) -> Repository:
    """A repository with a pull request from each of the branches."""
    made = hub.repository("octo/demo", {"README.md": "x\n"})
    for name in BRANCHES:
        made.human.push({"README.md": f"{name}\n"}, name)
        made.by("clearance").open(name)
    return made


@pytest.fixture
def client(reviewer: Reviewer) -> Client:
    return reviewer.desk().client


@pytest.fixture
def loose(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search finds more than it was asked for."""
    monkeypatch.setattr(graph_roots, "_meets", lambda *_: True)


@pytest.mark.usefixtures("place")
def test_branches_are_those_whose_names_begin_so(client: Client) -> None:
    found = [one.branch for one in asking.opened(client, BRANCH, "clearance")]
    assert found == list(BRANCHES[:2])


@pytest.mark.usefixtures("place", "loose")
def test_branches_that_were_not_asked_for_are_left_out(client: Client) -> None:
    found = [one.branch for one in asking.opened(client, BRANCH, "clearance")]
    assert found == list(BRANCHES[:2])


@pytest.mark.usefixtures("place", "loose")
@pytest.mark.parametrize("author", ["eve", "clearance[bot]"], ids=["somebody", "an app"])
def test_what_others_opened_is_left_out(author: str, client: Client) -> None:
    assert list(asking.opened(client, BRANCH, author)) == []


UNSEEN = {"type": "FORBIDDEN", "message": "Resource not accessible by integration"}
FORBIDDEN = Answer.json(200, {"data": {"search": None}, "errors": [UNSEEN]})


def test_checks_that_may_not_be_seen_are_left_out(
    hub: GitHub, place: Repository, client: Client
) -> None:
    place.checks[place.branches[BRANCH]] = "FAILURE"
    for name in ("Opened", "Review"):
        hub.fault(name, FORBIDDEN)
    found = list(asking.opened(client, BRANCH, "clearance"))
    assert [one.checks for one in found] == [Checks.NONE, Checks.NONE]
    assert asking.one(client, "octo/demo", 1).pull.checks is Checks.NONE
    assert asking.one(client, "octo/demo", 1).pull.checks is Checks.FAILURE


def test_what_may_not_be_seen_at_all_is_an_error(hub: GitHub, client: Client) -> None:
    hub.fault("Opened", FORBIDDEN, times=None)
    with pytest.raises(Refused):
        list(asking.opened(client, BRANCH, "clearance"))


def test_one_that_is_gone_takes_no_other_with_it(place: Repository, client: Client) -> None:
    nodes = [one.node_id for one in place.pulls.values()]
    found = asking.these(client, [nodes[0], "PR_0", *nodes[1:]])
    assert [one.number for one in found] == [1, 2, 3]


def test_very_many_are_asked_for_in_parts(hub: GitHub, place: Repository, client: Client) -> None:
    hub.calls.clear()
    assert len(list(asking.these(client, [place.pulls[1].node_id] * 60))) == 60
    assert len(hub.calls.api) == 3
    assert hub.limits.state(client.token().value, "graphql")["used"] == 3


def test_who_works_with_a_token(client: Client) -> None:
    assert asking.viewer(client) == "rita"


def test_merged_since(place: Repository, client: Client) -> None:
    place.human.merge(place.pulls[1])
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert [one.number for one in asking.merged(client, BRANCH, "clearance", today)] == [1]
    assert list(asking.merged(client, BRANCH, "clearance", "2999-01-01")) == []
    assert list(asking.merged(client, BRANCH, "clearance", today, "acme")) == []
    assert len(list(asking.merged(client, BRANCH, "clearance", today, "octo"))) == 1
