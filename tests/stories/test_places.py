"""Where the program may not do its work, or finds a place that is not as it is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.forge.errors import BadToken, ForgeError, NotFound
from bot.forge.refusals import PushRefused, WorkflowsRefused
from bot.life.decide import Action
from bot.life.past import Stop
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI, HOME, RELEASE, RELEASES, Teller

WRITES = {"contents": "write", "pull_requests": "write", "workflows": "write"}


def _archived(repo: Repository) -> None:
    repo.archived = True


def _disabled(repo: Repository) -> None:
    repo.disabled = True


@pytest.mark.parametrize(
    ("closes", "stop"),
    [
        pytest.param(_archived, Stop.ARCHIVED, id="archived"),
        pytest.param(_disabled, Stop.DISABLED, id="disabled"),
    ],
)
def test_what_takes_no_pushes_is_left_after_one_call(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    closes: Callable[[Repository], None],
    stop: Stop,
) -> None:
    closes(repo)
    assert teller.run().stop is stop
    assert (len(list(hub.calls.api)), len(list(hub.calls.git))) == (1, 0)


def test_an_empty_repository_has_nothing_to_read(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME)
    assert teller.run().stop is Stop.EMPTY


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        pytest.param({"README.md": "Hello."}, None, id="no folder for them"),
        pytest.param({CI: CHECKS}, "exclude: [ci.yml]", id="all of them excluded"),
    ],
)
def test_without_workflows_that_is_said(
    hub: GitHub, teller: Teller, files: dict[str, str], settings: str | None
) -> None:
    hub.repository(HOME, files)
    assert teller.run(settings=settings).stop is Stop.NO_WORKFLOWS


def test_a_pull_request_for_workflows_that_are_gone_is_closed(
    teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.push({CI: None, "README.md": "Hello."})
    assert teller.run().outcome is Action.CLOSE


@pytest.mark.parametrize(
    "name", [pytest.param("octo/new", id="renamed"), pytest.param("mona/demo", id="moved")]
)
def test_an_old_name_leads_to_the_new_one(
    hub: GitHub, teller: Teller, repo: Repository, name: str
) -> None:
    hub.rename(repo, name)
    assert teller.run(HOME).repository == name
    assert repo.pull.state == "OPEN"
    assert not [one.path for one in hub.calls if one.path.lstrip("/").startswith(HOME)]
    assert not [one.path for one in hub.calls if one.path.startswith(f"/repos/{HOME}")]


def test_a_second_run_by_the_old_name_is_quiet(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run()
    hub.rename(repo, "octo/new")
    assert teller.run(HOME).outcome is Action.KEEP


def test_a_name_that_nobody_has_is_not_found(hub: GitHub, teller: Teller) -> None:
    with pytest.raises(NotFound, match=r"octo/demo: .* check the name"):
        teller.run()


def test_what_the_token_may_not_see_is_not_found(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME, {CI: CHECKS}, private=True, collaborators={})
    with pytest.raises(NotFound, match="the token may not see it"):
        teller.run()


def test_who_may_only_read_goes_by_a_fork(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={})
    hub.world.fork_delay = 0
    assert teller.run().outcome is Action.CREATE
    assert repo.pull.head_repository is hub.world.find("clearance/demo")[0]


def test_who_may_only_read_and_may_not_fork_is_told(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={})
    with pytest.raises(ForgeError, match="give it Contents: write, or set fork: when-needed"):
        teller.run(settings="fork: never")
    assert not repo.forks


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [
        pytest.param(["repo"], "push changed workflow files.*scope workflow", id="no workflow"),
        pytest.param(["workflow"], "push a branch.*scope repo", id="no repo"),
    ],
)
def test_scopes_that_a_classic_token_lacks_are_told_before_anything_is_read(
    hub: GitHub, teller: Teller, repo: Repository, scopes: list[str], lacks: str
) -> None:
    hub.token(teller.token, scopes=scopes)
    with pytest.raises(ForgeError, match=lacks):
        teller.run()
    assert (len(list(hub.calls.api)), len(list(hub.calls.git))) == (1, 0)


def test_a_fine_grained_token_without_workflows_is_told_what_to_give(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.token = "github_pat_" + "a" * 40
    given = {"contents": "write", "pull_requests": "write"}
    hub.fine_grained(teller.token, given, repositories=[HOME])
    with pytest.raises(WorkflowsRefused, match="give it Workflows: write"):
        teller.run()
    assert BRANCH not in repo.branches


def test_a_fine_grained_token_without_pull_requests_is_told_what_to_give(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.token = "github_pat_" + "a" * 40
    given = {"contents": "write", "workflows": "write"}
    hub.fine_grained(teller.token, given, repositories=[HOME])
    with pytest.raises(ForgeError, match="give the token pull_requests=write"):
        teller.run()
    hub.fine_grained(teller.token, WRITES, repositories=[HOME])
    assert teller.run().outcome is Action.CREATE


def test_the_token_of_a_workflows_run_is_told_apart(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.token = "ghs_" + "a" * 36
    hub.actions_token(teller.token, {"contents": "write", "pull_requests": "write"}, HOME)
    with pytest.raises(ForgeError, match=r"GITHUB_TOKEN .* can never push changed workflow files"):
        teller.run()


def test_an_app_does_it_as_well(hub: GitHub, teller: Teller, repo: Repository) -> None:
    teller.app = hub.app("octo", WRITES)
    assert teller.run().outcome is Action.CREATE
    assert repo.pull.author.login == "clearance[bot]"
    assert teller.run().outcome is Action.KEEP


def test_what_an_app_lacks_is_told_before_anything_is_read(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.app = hub.app("octo", {"contents": "write", "pull_requests": "write"})
    with pytest.raises(ForgeError, match="give the app Workflows: read and write"):
        teller.run()
    assert not list(hub.calls.git)


def test_an_app_that_is_not_installed_there_is_told(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.app = hub.app("elsewhere", WRITES)
    with pytest.raises(ForgeError, match="The app is not installed on octo/demo"):
        teller.run()


def test_an_expired_token_is_told(hub: GitHub, teller: Teller, repo: Repository) -> None:
    hub.token(teller.token, expires=datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(BadToken, match="neither expired nor been revoked"):
        teller.run()


_SAML = "Resource protected by organization SAML enforcement. You must grant your Personal Access "


@pytest.mark.parametrize("call", ["Overview", "POST /repos/octo/demo/pulls"])
def test_single_sign_on_is_told(hub: GitHub, teller: Teller, repo: Repository, call: str) -> None:
    hub.fault(call, status(403, _SAML + "Token access.", x_github_sso="required; url=https://x"))
    with pytest.raises(ForgeError, match="authorise the token for the organisation"):
        teller.run()


@pytest.mark.parametrize("name", ["trunk", "release/1.x", "ветка/основа", "-dash", "a'b&c#d%e"])
def test_the_default_branch_may_have_any_name(hub: GitHub, teller: Teller, name: str) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, branch=name)
    assert teller.run().outcome is Action.CREATE
    assert repo.pull.base == name


def _protected(repo: Repository) -> None:
    repo.protect(BRANCH)


def _ruled(repo: Repository) -> None:
    repo.ruleset(r"refs/heads/clearance/.*")


@pytest.mark.parametrize("via", ["git", "api"])
@pytest.mark.parametrize("rules", [_protected, _ruled])
def test_a_rule_for_the_branch_is_told(
    teller: Teller, repo: Repository, rules: Callable[[Repository], None], via: str
) -> None:
    rules(repo)
    with pytest.raises(PushRefused, match=r"allow (it|the branch) there,? or choose another name"):
        teller.run(settings=f"commit_via: {via}")
    assert not repo.pulls
    assert set(repo.branches) == {"main"}


def test_a_protected_default_branch_is_no_matter(teller: Teller, repo: Repository) -> None:
    repo.protect("main")
    assert teller.run().outcome is Action.CREATE


def test_the_default_branch_is_never_the_programs_own(teller: Teller, repo: Repository) -> None:
    head = repo.head
    with pytest.raises(ForgeError, match="main is its default branch; choose another"):
        teller.run(settings="branch: main")
    assert repo.head == head


def test_a_branch_with_something_else_is_left_alone(teller: Teller, repo: Repository) -> None:
    head = repo.human.push({"README.md": "Mine."}, branch=BRANCH)
    assert teller.run().stop is Stop.TAKEN
    assert repo.branches[BRANCH] == head


def test_a_branch_at_a_commit_of_the_default_one_is_left_alone(
    teller: Teller, repo: Repository
) -> None:
    repo.human.create_branch(BRANCH)
    assert teller.run().stop is Stop.TAKEN


def test_somebody_elses_pull_request_from_the_branch_is_left_alone(
    teller: Teller, repo: Repository
) -> None:
    repo.human.push({"README.md": "Mine."}, branch=BRANCH)
    repo.human.open(BRANCH)
    assert teller.run().stop is Stop.TAKEN
    assert repo.pull.state == "OPEN"


def test_a_strangers_branch_of_the_same_name_is_no_matter(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    fork = hub.world.add("eve/demo", "main", repo)
    fork.human.push({"README.md": "Theirs."}, branch=BRANCH)
    repo.open_pull(hub.user("eve"), BRANCH, "main", "A change", source=fork)
    assert teller.run().outcome is Action.CREATE
    assert repo.pulls[2].head_repository is repo


@pytest.mark.parametrize(
    ("via", "told"),
    [
        pytest.param("git", "first part of this branch's name.* choose another name", id="git"),
        pytest.param("api", "takes no branch clearance/permissions-next", id="api"),
    ],
)
def test_a_branch_with_the_first_part_of_the_name_is_told(
    teller: Teller, repo: Repository, via: str, told: str
) -> None:
    repo.human.create_branch("clearance")
    with pytest.raises(PushRefused, match=told):
        teller.run(settings=f"commit_via: {via}")


def test_a_merged_branch_that_was_left_is_used_again(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.merge(repo.pull, "squash")
    repo.human.push({RELEASE: RELEASES})
    assert teller.run().outcome is Action.CREATE
    assert set(repo.pulls[2].files()) == {RELEASE}


def test_a_merged_branch_with_a_humans_commits_is_theirs(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.merge(repo.pull, "squash")
    head = repo.human.push({"README.md": "Mine."}, branch=BRANCH)
    repo.human.push({RELEASE: RELEASES})
    assert teller.run().stop is Stop.TAKEN
    assert repo.branches[BRANCH] == head


def test_a_pull_request_into_another_branch_is_left_to_them(
    teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.create_branch("next")
    repo.pull.base = "next"
    repo.human.push({RELEASE: RELEASES})
    assert teller.run().stop is Stop.MOVED
    assert set(repo.pull.files()) == {CI}


def test_a_default_branch_that_got_another_name_takes_its_pull_requests_along(
    teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.create_branch("trunk")
    repo.default_branch = repo.pull.base = "trunk"
    repo.git.run("symbolic-ref", "HEAD", "refs/heads/trunk")
    assert teller.run().outcome is Action.KEEP
