"""Two runs at once, and people who act while a run is at work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.apart import Apart
from bot.forge.errors import ForgeError
from bot.life.decide import Action
from bot.life.past import Stop
from bot.strand import Result
from tests.forge.faults import Call, Match, status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.meanwhile import meanwhile
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, HOME, Teller, is_right

MORE = ".github/workflows/more.yml"
BESIDE = f"{BRANCH}-next"
API = "commit_via: api\n"
PULLS = f"/repos/{HOME}/pulls"


def the_push(call: Call) -> bool:
    return call.operation == "git-receive-pack" and call.path.endswith("info/refs")


MOMENTS: dict[str, tuple[str | None, Match]] = {
    "before its clone": (None, "git-upload-pack"),
    "before its push": (None, the_push),
    "before its pull request": (None, f"POST {PULLS}"),
    "before its branch beside": (API, f"POST /repos/{HOME}/git/refs"),
    "before its commit": (API, "Commit"),
    "before the push of its commit": (API, the_push),
    "before the pull request of its commit": (API, f"POST {PULLS}"),
}
"""Where one run stops while another one goes through; with the settings of both."""


@pytest.fixture
def other(hub: GitHub, teller: Teller, apart: Apart) -> Callable[[str | None], Result]:
    """The other run, by the same account, from another machine."""
    return lambda settings: Teller(hub, apart, teller.folder / "other", teller.token).run(
        settings=settings
    )


@pytest.mark.parametrize(("settings", "moment"), MOMENTS.values(), ids=MOMENTS)
def test_two_first_runs_make_one_pull_request(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    other: Callable[[str | None], Result],
    settings: str | None,
    moment: Match,
) -> None:
    came_to = meanwhile(hub, moment, lambda: other(settings))
    result = teller.run(settings=settings)
    assert len(came_to) == 1
    assert result.pull == repo.pull.url
    assert is_right(repo, CI)
    hub.calls.clear()
    teller.run(settings=settings)
    assert not hub.calls.writes


def test_a_run_that_is_overtaken_twice_ends_well(
    hub: GitHub, teller: Teller, repo: Repository, other: Callable[[str | None], Result]
) -> None:
    def pushes_only() -> None:
        hub.fault(f"POST {PULLS}", status(403))
        with pytest.raises(ForgeError):
            other("sign_off: true")  # else it may be the very same commit
        meanwhile(hub, f"POST {PULLS}", lambda: other(None))

    meanwhile(hub, the_push, pushes_only)
    assert teller.run().outcome is Action.KEEP
    assert is_right(repo, CI)


def test_two_processes_started_at_once_make_one_pull_request(
    teller: Teller, repo: Repository
) -> None:
    both = [teller.process() for _ in range(2)]
    said = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert is_right(repo, CI)


@pytest.mark.parametrize(
    ("settings", "moment"),
    [
        pytest.param(None, the_push, id="before its push"),
        pytest.param(None, f"PATCH {PULLS}", id="before its text"),
        pytest.param(API, "Commit", id="before its commit"),
        pytest.param(API, the_push, id="before the push of its commit"),
    ],
)
def test_two_updates_make_one(
    hub: GitHub,
    teller: Teller,
    repo: Repository,
    other: Callable[[str | None], Result],
    settings: str | None,
    moment: Match,
) -> None:
    teller.run(settings=settings)
    repo.human.push({MORE: CHECKS})
    came_to = meanwhile(hub, moment, lambda: other(settings))
    teller.run(settings=settings)
    assert len(came_to) == 1
    assert is_right(repo, CI, MORE)


def test_two_runs_that_both_close_leave_one_closing(
    hub: GitHub, teller: Teller, repo: Repository, other: Callable[[str | None], Result]
) -> None:
    teller.run()
    repo.human.push({CI: FIXED})
    meanwhile(hub, f"GET {PULLS}/1", lambda: other(None))
    assert teller.run().outcome is Action.NOTHING
    assert len(repo.pulls[1].comments) == 1
    assert set(repo.branches) == {"main"}


def test_a_commit_that_a_human_pushes_before_the_push_stays(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.push({MORE: CHECKS})
    meanwhile(hub, the_push, lambda: repo.human.push({"README.md": "Mine."}, branch=BRANCH))
    assert teller.run().stop is Stop.TOUCHED
    assert repo.text("README.md", BRANCH) == "Mine."
    assert teller.run().stop is Stop.TOUCHED


def test_a_commit_that_a_human_pushes_before_the_push_of_a_signed_one_stays(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run(settings=API)
    repo.human.push({MORE: CHECKS})
    meanwhile(hub, the_push, lambda: repo.human.push({"README.md": "Mine."}, branch=BRANCH))
    assert teller.run(settings=API).stop is Stop.TOUCHED
    assert repo.text("README.md", BRANCH) == "Mine."
    assert BESIDE not in repo.branches


def test_a_commit_that_a_human_pushes_before_the_text_stays(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.push({MORE: CHECKS})
    meanwhile(hub, f"PATCH {PULLS}", lambda: repo.human.push({"README.md": "Mine."}, branch=BRANCH))
    teller.run()
    assert repo.text("README.md", BRANCH) == "Mine."
    assert teller.run().stop is Stop.TOUCHED


def test_a_commit_that_a_human_pushes_before_the_closing_stays_open(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.push({CI: FIXED})
    meanwhile(hub, f"GET {PULLS}/1", lambda: repo.human.push({"README.md": "Mine."}, branch=BRANCH))
    assert teller.run().stop is Stop.TOUCHED
    assert repo.pull.state == "OPEN"
    assert repo.text("README.md", BRANCH) == "Mine."


def test_a_branch_that_a_human_makes_before_the_first_push_is_theirs(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    def theirs() -> None:
        repo.human.create_branch(BRANCH)
        repo.human.push({"README.md": "Mine."}, branch=BRANCH)

    meanwhile(hub, the_push, theirs)
    assert teller.run().stop is Stop.TAKEN
    assert repo.text("README.md", BRANCH) == "Mine."
    assert not repo.pulls


def test_a_pull_request_that_a_human_opens_from_the_branch_keeps_its_text(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    meanwhile(hub, f"POST {PULLS}", lambda: repo.human.open(BRANCH, title="Mine", body="My words."))
    assert teller.run().stop is Stop.TAKEN
    assert (repo.pull.title, repo.pull.body) == ("Mine", "My words.")


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(the_push, id="before the push"),
        pytest.param(f"PATCH {PULLS}", id="before the text"),
    ],
)
def test_what_a_human_closes_before_an_update_is_refused_as_they_saw_it(
    hub: GitHub, teller: Teller, repo: Repository, moment: Match
) -> None:
    teller.run()
    title, body = repo.pull.title, repo.pull.body
    repo.human.push({MORE: CHECKS})
    meanwhile(hub, moment, lambda: repo.human.close(repo.pulls[1]))
    assert teller.run().outcome is Action.CREATE
    assert (repo.pulls[1].state, repo.pulls[1].title, repo.pulls[1].body) == ("CLOSED", title, body)
    assert set(repo.pulls[2].files()) == {MORE}


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(the_push, id="before the push"),
        pytest.param(f"PATCH {PULLS}", id="before the text"),
    ],
)
def test_what_a_human_merges_before_an_update_is_merged(
    hub: GitHub, teller: Teller, repo: Repository, moment: Match
) -> None:
    teller.run()
    repo.human.push({MORE: CHECKS})
    meanwhile(hub, moment, lambda: repo.human.merge(repo.pulls[1], "merge"))
    assert teller.run().outcome is Action.CREATE
    assert repo.pulls[1].state == "MERGED"
    assert "permissions: {}" in str(repo.text(CI))


def test_what_a_human_closes_before_the_own_closing_stays_refused(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    teller.run()
    repo.human.push({CI: FIXED})
    meanwhile(hub, f"GET {PULLS}/1", lambda: repo.human.close(repo.pulls[1]))
    teller.run()
    assert not repo.pulls[1].comments
    repo.human.push({CI: CHECKS})
    assert teller.run().outcome is Action.REFUSED
