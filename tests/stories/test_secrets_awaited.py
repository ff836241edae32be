"""A pull request that takes another token waits, as a draft, for the secret that holds it."""

from __future__ import annotations

import pytest

from bot.life.decide import Action
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI, HOME, ROTATE, ROTATES, Teller

STORED = "GH_PAT_TOKEN"
READS = {"contents": "write", "pull_requests": "write", "workflows": "write", "secrets": "read"}


@pytest.fixture
def repo(hub: GitHub) -> Repository:
    """A repository with a step that GITHUB_TOKEN can never do."""
    return hub.repository(HOME, {ROTATE: ROTATES})


@pytest.fixture
def sees(hub: GitHub, teller: Teller) -> Teller:
    """Who may see the names of the secrets."""
    teller.token = "github_pat_" + "a" * 40
    hub.fine_grained(teller.token, READS, repositories=[HOME])
    return teller


def test_it_is_a_draft_as_long_as_the_secret_is_not_there(sees: Teller, repo: Repository) -> None:
    assert sees.run().outcome is Action.CREATE
    assert repo.pull.draft
    assert f"`{STORED}` is stored" in repo.pull.body
    sees.run()
    assert repo.pull.draft


def test_it_asks_for_review_once_the_secret_is_there(sees: Teller, repo: Repository) -> None:
    sees.run()
    repo.secrets = (STORED,)
    result = sees.run()
    assert result.outcome is Action.KEEP
    assert not repo.pull.draft
    assert result.notes == ("its draft asks for review now: the secret is stored",)


def test_it_is_no_draft_where_the_secret_is_there_already(sees: Teller, repo: Repository) -> None:
    repo.secrets = (STORED,)
    sees.run()
    assert not repo.pull.draft
    assert "clearance:stored" not in repo.pull.body


def test_a_ticked_box_says_that_the_secret_is_there(teller: Teller, repo: Repository) -> None:
    teller.run()
    assert repo.pull.draft
    repo.human.tick(repo.pull, "clearance:stored")
    teller.run()
    assert not repo.pull.draft


def test_what_was_ticked_stays_said_when_the_text_is_written_anew(
    teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.tick(repo.pull, "clearance:stored")
    repo.human.push({CI: CHECKS})
    assert teller.run().outcome is Action.UPDATE
    assert not repo.pull.draft
    teller.run()
    assert not repo.pull.draft


def test_an_update_makes_no_draft_of_what_a_human_has_made_ready(
    sees: Teller, repo: Repository
) -> None:
    sees.run()
    repo.pull.draft = False
    repo.human.push({CI: CHECKS})
    assert sees.run().outcome is Action.UPDATE
    assert not repo.pull.draft


def test_an_update_asks_for_review_where_the_secret_came_meanwhile(
    sees: Teller, repo: Repository
) -> None:
    sees.run()
    repo.secrets = (STORED,)
    repo.human.push({CI: CHECKS})
    assert sees.run().outcome is Action.UPDATE
    assert not repo.pull.draft


def test_a_draft_that_the_settings_ask_for_stays_one(sees: Teller, repo: Repository) -> None:
    sees.run(settings="draft: true")
    repo.secrets = (STORED,)
    sees.run(settings="draft: true")
    assert repo.pull.draft


def test_a_dry_run_leaves_the_draft(sees: Teller, repo: Repository) -> None:
    sees.run()
    repo.secrets = (STORED,)
    sees.run(dry=True)
    assert repo.pull.draft


def test_a_repository_without_drafts_gets_one_that_is_open_for_review(
    hub: GitHub, sees: Teller, repo: Repository
) -> None:
    hub.fault(
        "POST /repos/octo/demo/pulls",
        status(422, "Draft pull requests are not supported in this repository."),
    )
    assert sees.run().outcome is Action.CREATE
    assert not repo.pull.draft
    assert repo.branches[BRANCH] == repo.pull.head_oid
    assert sees.run().outcome is Action.KEEP
