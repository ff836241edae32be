"""Pull requests that come from a fork, and those that strangers make look like the program's."""

from __future__ import annotations

import pytest

from bot.forge import forks
from bot.forge.errors import ForgeError
from bot.life.decide import Action
from bot.life.past import Stop
from tests.forge.faults import Cut, status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, HOME, RELEASE, RELEASES, Teller

PUBLISHES = """\
on: push
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: npm publish
        env:
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
"""


@pytest.fixture(autouse=True)
def _soon(hub: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.world.fork_delay = 0
    monkeypatch.setattr(forks, "PAUSE", 0.2)


@pytest.fixture
def foreign(hub: GitHub) -> Repository:
    """A repository that the program may read, and no more."""
    return hub.repository(HOME, {CI: CHECKS}, collaborators={})


def _fork(hub: GitHub) -> Repository:
    found, _ = hub.world.find("clearance/demo")
    assert found is not None
    return found


def test_without_the_right_to_push_it_goes_by_a_fork(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    assert teller.run().outcome is Action.CREATE
    assert foreign.pull.head_repository is _fork(hub)
    assert set(foreign.pull.files()) == {CI}
    assert set(foreign.branches) == {"main"}


def test_maintainers_may_push_to_the_forks_branch(teller: Teller, foreign: Repository) -> None:
    teller.run()
    assert foreign.pull.maintainer_can_modify


@pytest.mark.parametrize(
    ("choice", "home"),
    [("never", HOME), ("when-needed", HOME), ("always", "clearance/demo")],
)
def test_with_the_right_to_push_the_setting_decides(
    teller: Teller, repo: Repository, choice: str, home: str
) -> None:
    assert teller.run(settings=f"fork: {choice}").outcome is Action.CREATE
    assert repo.pull.head_repository is not None
    assert repo.pull.head_repository.full_name == home


def test_a_fork_that_takes_a_while_is_waited_for(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    hub.world.fork_delay = 1
    assert teller.run().outcome is Action.CREATE
    assert foreign.pull.head_repository is _fork(hub)


def test_a_fork_that_takes_too_long_is_told(
    hub: GitHub, teller: Teller, foreign: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.world.fork_delay = 1000
    monkeypatch.setattr(forks, "PAUSE", 0)
    with pytest.raises(ForgeError, match="clearance/demo is still being made; run it again"):
        teller.run()


def test_where_nobody_may_fork_that_is_told(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    foreign.forks_allowed = False
    with pytest.raises(ForgeError, match="may neither push to it nor fork it"):
        teller.run()


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
def test_a_fork_of_which_no_answer_came_is_asked_for_again(
    hub: GitHub, teller: Teller, foreign: Repository, cut: Cut
) -> None:
    hub.fault("POST /repos/octo/demo/forks", cut)
    assert teller.run().outcome is Action.CREATE
    assert len(foreign.forks) == 1


@pytest.mark.parametrize("via", ["git", "api"])
@pytest.mark.parametrize("shown", [True, False], ids=["tells of its parent", "tells of itself"])
def test_a_fork_with_an_old_base_takes_the_new_one(
    hub: GitHub, teller: Teller, foreign: Repository, shown: bool, via: str
) -> None:
    fork = hub.world.add("clearance/demo", "main", foreign)
    if not shown:
        fork.git.run("config", "core.alternateRefsCommand", "true")
    foreign.human.push({RELEASE: RELEASES})
    old = fork.head
    assert teller.run(settings=f"commit_via: {via}").outcome is Action.CREATE
    assert set(foreign.pull.files()) == {CI, RELEASE}
    assert fork.head == old
    assert set(fork.branches) == {"main", BRANCH}


def test_a_second_run_is_quiet(hub: GitHub, teller: Teller, foreign: Repository) -> None:
    teller.run()
    hub.calls.clear()
    assert teller.run().outcome is Action.KEEP
    assert (len(list(hub.calls.api)), len(list(hub.calls.git))) == (1, 0)


def test_a_fix_that_changed_is_pushed_to_the_fork(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    foreign.human.push({RELEASE: RELEASES})
    assert teller.run().outcome is Action.UPDATE
    assert set(foreign.pull.files()) == {CI, RELEASE}
    assert set(foreign.branches) == {"main"}


def test_a_fork_stays_one_when_the_right_to_push_is_given(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    foreign.collaborators.update(hub.repository("octo/other").collaborators)
    foreign.human.push({RELEASE: RELEASES})
    assert teller.run().outcome is Action.UPDATE
    assert set(foreign.branches) == {"main"}


def test_a_maintainers_push_to_the_fork_makes_it_theirs(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    head = _fork(hub).by("mona").push({"README.md": "Mine."}, branch=BRANCH)
    foreign.human.push({RELEASE: RELEASES})
    assert teller.run().stop is Stop.TOUCHED
    assert _fork(hub).branches[BRANCH] == head


def test_what_a_human_pushed_there_and_closed_is_not_overwritten(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    head = _fork(hub).by("mona").push({"README.md": "Mine."}, branch=BRANCH)
    foreign.human.close(foreign.pull)
    foreign.human.push({RELEASE: RELEASES})
    with pytest.raises(ForgeError, match=f"{BRANCH} of clearance/demo holds what .* choose"):
        teller.run()
    assert _fork(hub).branches[BRANCH] == head


def test_a_merged_branch_that_was_left_in_the_fork_is_used_again(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    foreign.human.merge(foreign.pull, "squash")
    foreign.human.push({RELEASE: RELEASES})
    assert teller.run().outcome is Action.CREATE
    assert set(foreign.pulls[2].files()) == {RELEASE}


def test_what_was_fixed_upstream_is_closed_and_the_forks_branch_deleted(
    hub: GitHub, teller: Teller, foreign: Repository
) -> None:
    teller.run()
    foreign.human.push({CI: FIXED})
    assert teller.run().outcome is Action.CLOSE
    assert foreign.pull.state == "CLOSED"
    assert set(_fork(hub).branches) == {"main"}


def test_a_fork_that_is_gone_is_told(hub: GitHub, teller: Teller, foreign: Repository) -> None:
    teller.run()
    _fork(hub).deleted = True
    assert teller.run().stop is Stop.GONE


def test_a_push_that_would_publish_goes_to_a_fork(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: PUBLISHES})
    result = teller.run()
    assert repo.pull.head_repository is _fork(hub)
    (note,) = result.notes
    assert f"would start job publish of {CI}" in note


def test_a_push_that_would_publish_is_not_made_where_nothing_goes_to_forks(
    hub: GitHub, teller: Teller
) -> None:
    repo = hub.repository(HOME, {CI: PUBLISHES})
    with pytest.raises(ForgeError, match=f"would start job publish of {CI}.*a filter for branches"):
        teller.run(settings="fork: never")
    assert set(repo.branches) == {"main"}


def test_a_push_that_came_to_publish_is_not_made_again(teller: Teller, repo: Repository) -> None:
    teller.run()
    head = repo.branches[BRANCH]
    repo.human.push({RELEASE: PUBLISHES})
    with pytest.raises(ForgeError, match=f"job publish of {RELEASE}.* close its pull request"):
        teller.run()
    assert repo.branches[BRANCH] == head


def _forge(hub: GitHub, teller: Teller, repo: Repository, login: str = "eve") -> None:
    """Let a stranger open a pull request that tells just what the program's own would tell."""
    twin = hub.repository("octo/twin", {CI: CHECKS})
    teller.run("octo/twin")
    fork = hub.world.add(f"{login}/demo", "main", repo)
    fork.human.push({CI: FIXED}, branch=BRANCH)
    title, body = twin.pull.title, twin.pull.body
    repo.open_pull(hub.user(login), BRANCH, "main", title, body, source=fork)


def test_an_account_that_is_named_like_the_app_silences_nothing(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    rights = {"contents": "write", "pull_requests": "write", "workflows": "write"}
    teller.app = hub.app("octo", rights, slug="helper")
    _forge(hub, teller, repo, "helper")
    repo.human.close(repo.pull)
    assert teller.run().outcome is Action.CREATE


def test_a_strangers_closed_pull_request_silences_nothing(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    _forge(hub, teller, repo)
    repo.human.close(repo.pull)
    assert teller.run().outcome is Action.CREATE


def test_a_strangers_open_pull_request_is_not_the_programs_own(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    _forge(hub, teller, repo)
    head, body = repo.pull.head_oid, repo.pull.body
    assert teller.run().outcome is Action.CREATE
    assert (repo.pulls[1].head_oid, repo.pulls[1].body) == (head, body)
    assert repo.pulls[2].head_repository is repo


def test_a_strangers_pull_request_is_not_found_for_the_programs_own(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    _forge(hub, teller, repo)
    hub.fault("POST /repos/octo/demo/pulls", status(422, "Validation Failed"))
    with pytest.raises(ForgeError, match="Validation Failed"):
        teller.run()
