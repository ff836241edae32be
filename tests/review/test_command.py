"""The command ``review``, from its arguments to its exit code, on a stand-in for GitHub."""

from __future__ import annotations

import json

import pytest

from bot.commands import Exit
from bot.review.options import Deed, Form
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Command, in_public, retell
from tests.stories.teller import BRANCH, CHECKS, CI, HOME, Teller


def test_what_is_ours_ends_in_zero(repo: Repository, review: Command) -> None:
    code, out, err = review()
    assert (code, err) == (Exit.DONE, "")
    assert "octo/demo#1  + exactly ours" in out
    assert f"- low     {CI} test" in out


def test_an_address_does_as_well(repo: Repository, review: Command) -> None:
    assert review(repo.pull.url)[0] is Exit.DONE


def test_what_is_not_ours_ends_in_one_with_what_differs(repo: Repository, review: Command) -> None:
    repo.git.commit(BRANCH, {CI: CHECKS}, "Undo\x1b[2J", "eve\x1b]0;x\x07 <e@e>")
    repo.human.force_push(BRANCH, repo.branches[BRANCH])
    retell(repo, head=repo.branches[BRANCH])
    code, out, _ = review()
    assert code is Exit.FINDINGS
    assert "x not ours" in out
    assert "-permissions: {}" in out
    assert "\x1b" not in out


def test_it_is_one_document_of_json(repo: Repository, review: Command) -> None:
    told = json.loads(review(form=Form.JSON)[1])
    assert (told["version"], told["verdict"], told["number"]) == (1, "exactly ours", 1)
    assert {one["job"] for one in told["risks"]} >= {"test", "publish"}


@pytest.mark.parametrize(
    "target", ["", "octo", "octo/demo", "octo/demo#", "octo/demo#0x1", "#1", "../..#1"]
)
def test_what_names_no_pull_request_is_an_error(review: Command, target: str) -> None:
    code, out, err = review(target)
    assert (code, out) == (Exit.ERROR, "")
    assert "OWNER/REPO#1" in err


def test_one_that_is_not_there_is_an_error(repo: Repository, review: Command) -> None:
    code, _, err = review(f"{HOME}#99")
    assert code is Exit.ERROR
    assert "no such pull request" in err


@pytest.fixture
def many(hub: GitHub, teller: Teller) -> tuple[Repository, ...]:
    """Three repositories, each with a pull request of the program's."""
    people = {"clearance": "write", "rita": "write"}
    names = ("octo/one", "octo/two", "acme/three")
    made = tuple(hub.repository(name, {CI: CHECKS}, collaborators=people) for name in names)
    for name in names:
        teller.run(name)
    return made


def test_the_table_has_the_urgent_ones_first(
    hub: GitHub, many: tuple[Repository, ...], review: Command
) -> None:
    _, two, three = many
    two.checks[two.branches[BRANCH]] = "FAILURE"
    three.human.push({"README.md": "Mine.\n"}, BRANCH)
    hub.advance(days=3)
    code, out, _ = review(None, author="clearance")
    lines = out.splitlines()
    assert code is Exit.FINDINGS
    assert [line.split()[0] for line in lines[1:4]] == ["octo/two#1", "acme/three#1", "octo/one#1"]
    assert "x failure" in lines[1]
    assert "! 1 commit of others" in lines[2]
    assert lines[4] == "3 pull requests, 2 of them to look at."


def test_the_table_is_of_its_own_by_default(
    many: tuple[Repository, ...], teller: Teller, review: Command
) -> None:
    assert review(None)[1] == "0 pull requests.\n"
    assert review(None, token=teller.token)[1].endswith("3 pull requests.\n")


def test_the_table_can_be_of_some_repositories(
    many: tuple[Repository, ...], review: Command
) -> None:
    told = json.loads(review(None, author="clearance", pattern="OCTO/*", form=Form.JSON)[1])
    assert {one["repository"] for one in told["pulls"]} == {"octo/one", "octo/two"}


def test_the_table_goes_through_all_pages(
    hub: GitHub, many: tuple[Repository, ...], review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.review.asking._PAGE", 1)
    hub.calls.clear()
    assert "3 pull requests." in review(None, author="clearance")[1]
    assert len(list(hub.calls.api)) == 3


def test_many_are_only_shown_until_somebody_is_sure(
    many: tuple[Repository, ...], review: Command
) -> None:
    code, out, err = review(None, author="clearance", deed=Deed.MERGE)
    assert out.count("would merge") == 3
    assert "--yes" in err
    assert {one.pull.state for one in many} == {"OPEN"}
    code, out, _ = review(None, author="clearance", deed=Deed.MERGE, sure=True, pattern="octo/*")
    assert code is Exit.DONE
    assert [one.pull.state for one in many] == ["MERGED", "MERGED", "OPEN"]


def test_one_that_is_not_ours_is_left_out_of_many(
    many: tuple[Repository, ...], review: Command
) -> None:
    many[0].human.push({CI: CHECKS}, BRANCH)
    code, _, err = review(None, author="clearance", deed=Deed.APPROVE, sure=True)
    assert code is Exit.FINDINGS
    assert "octo/one#1" in err
    assert [len(one.pull.reviews) for one in many] == [0, 1, 1]


def test_a_persons_pull_request_is_never_meant(
    hub: GitHub, many: tuple[Repository, ...], review: Command
) -> None:
    many[0].human.push({"README.md": "x"}, f"{BRANCH}-mine")
    many[0].by("clearance").open(f"{BRANCH}-mine", "A change")
    _, out, _ = review(None, author="clearance", deed=Deed.CLOSE, sure=True)
    assert out.count("would close") == 3
    assert many[0].pulls[2].state == "OPEN"


def test_a_private_repository_is_not_told_of_in_public(
    repo: Repository, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.private = True
    in_public(monkeypatch)
    code, out, err = review()
    assert (code, out) == (Exit.ERROR, "")
    assert "private_from_public" in err
    assert review(None, author="clearance")[1] == "0 pull requests.\n"
