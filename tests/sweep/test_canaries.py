"""The first pull requests go ahead; the others follow when these were merged, and have run."""

from __future__ import annotations

import sqlite3

import pytest

from bot.commands import Exit
from bot.sweep import standing, waves
from bot.sweep.record import State
from tests.forge.faults import status
from tests.forge.pulls import PullRequest
from tests.forge.repository import Repository
from tests.forge.runs import Step
from tests.review.logs import job_log
from tests.stories.teller import BRANCH, CI
from tests.sweep.nights import RIGHTS, Nights, as_app, opened

TWO = "canaries: 2"
LACKS = job_log(
    [
        "remote: Permission to acme/r00.git denied to github-actions[bot].",
        "The requested URL returned error: 403",
    ]
)


def _merged(nights: Nights, *repositories: Repository, conclusion: str = "success") -> None:
    for one in repositories:
        one.human.merge(one.pull)
        nights.hub.run(one, CI, conclusion=conclusion)


def _red(nights: Nights, repository: Repository) -> None:
    repository.human.merge(repository.pull)
    jobs = [("test", "failure", [Step("Run ./publish.sh", "failure", 30)], LACKS)]
    nights.hub.run(repository, CI, jobs=jobs)


def test_the_first_sweep_opens_the_canaries_alone(nights: Nights) -> None:
    made = nights.repositories(6)
    assert nights.sweep(TWO) is Exit.DONE
    assert opened(made) == ["r00", "r01"]
    assert nights.states() == {State.OPENED: 2, State.LATER: 4}
    assert nights.whys(State.LATER) == {waves.CANARIES}


@pytest.mark.parametrize("merged", [0, 1], ids=["none merged", "one of two merged"])
def test_the_rest_waits_as_long_as_not_all_canaries_are_merged(nights: Nights, merged: int) -> None:
    made = nights.repositories(6)
    nights.sweep(TWO)
    _merged(nights, *made[:merged])
    nights.sweep(TWO)
    assert opened(made) == ["r00", "r01"][merged:]


def test_the_rest_waits_until_the_canaries_have_run(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    _merged(nights, made[0])
    made[1].human.merge(made[1].pull)
    nights.sweep(TWO)
    assert opened(made) == []


def _ran(nights: Nights, repository: Repository, event: str, **jobs: str) -> None:
    """A run of the workflow, with what came of each of its jobs."""
    told: list[tuple[str, str, list[Step], str]] = [
        (name, conclusion, [], "") for name, conclusion in jobs.items()
    ]
    nights.hub.run(repository, CI, event=event, jobs=told)


def test_the_rest_waits_until_each_job_has_run_once(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    for one in made[:2]:
        one.human.merge(one.pull)
        for _ in range(4):
            _ran(nights, one, "push", test="success", publish="skipped")
    nights.sweep(TWO)
    assert opened(made) == []
    for one in made[:2]:
        _ran(nights, one, "release", test="success", publish="success")
    nights.sweep(TWO)
    assert opened(made) == ["r02", "r03"]


def test_what_the_others_wait_for_is_told(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    made[0].human.merge(made[0].pull)
    _ran(nights, made[0], "push", test="success", publish="skipped")
    nights.sweep(TWO)
    told = capsys.readouterr().out
    assert f"acme/r00 has not run all that was changed ({CI}, job publish)" in told
    assert "acme/r01 is to be merged" in told


def test_alarms_are_looked_at_each_night_whatever_else_was_merged(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one merge has its turn in a night: the red one, once it is known."""
    monkeypatch.setattr(standing, "_MOST", 1)
    made = nights.repositories(5)
    nights.sweep("canaries: 3")
    for one in made[:2]:
        one.human.merge(one.pull)
    _red(nights, made[2])
    told = []
    for _ in range(5):
        nights.sweep("canaries: 3")
        told.append(nights.whys(State.LATER))
    assert told[2:] == [{waves.RED}] * 3


def test_what_has_run_well_is_not_looked_at_again(nights: Nights) -> None:
    made = nights.repositories(2)
    nights.sweep(TWO)
    _merged(nights, *made)
    for asks in (True, False):
        nights.hub.calls.clear()
        nights.sweep(TWO)
        assert any("/actions/runs" in one.path for one in nights.hub.calls.api) is asks


def test_what_has_run_well_is_looked_at_once_more_after_a_week(nights: Nights) -> None:
    """What a release starts may come long after a push has gone well."""
    made = nights.repositories(4)
    nights.sweep(TWO)
    _merged(nights, *made[:2])
    nights.sweep(TWO)
    jobs = [("test", "failure", [Step("Run ./publish.sh", "failure", 30)], LACKS)]
    nights.hub.run(made[0], CI, event="release", jobs=jobs)
    assert nights.sweep(TWO) is Exit.DONE
    with sqlite3.connect(nights.folder / "journal.sqlite") as journal:
        journal.execute("UPDATE merges SET at = '2026-01-31T12:00:00Z'")
    journal.close()
    assert nights.sweep(TWO) is Exit.FINDINGS


def test_a_fork_s_run_holds_up_until_a_human_says_so(nights: Nights) -> None:
    """Anybody can write such a log."""
    made = nights.repositories(4)
    nights.sweep(TWO)
    _merged(nights, *made[:2])
    eve = nights.hub.world.add(f"eve/{made[0].name}", "main", made[0])
    jobs = [("test", "failure", [Step("Run ./publish.sh", "failure", 30)], LACKS)]
    nights.hub.run(made[0], CI, event="pull_request", head=eve, jobs=jobs)
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []
    assert nights.whys(State.LATER) == {waves.DOUBTED}
    nights.sweep(TWO, go=True)
    assert opened(made) == ["r02", "r03"]


def test_the_rest_follows_green_canaries(nights: Nights) -> None:
    made = nights.repositories(6)
    nights.sweep(TWO)
    _merged(nights, *made[:2])
    assert nights.sweep(TWO) is Exit.DONE
    assert opened(made) == ["r02", "r03", "r04", "r05"]


def test_canaries_that_were_merged_long_ago_are_green(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.hub.advance(days=-40)
    nights.sweep(TWO)
    _merged(nights, *made[:2])
    nights.hub.advance(days=40)
    nights.sweep(TWO)
    assert opened(made) == ["r02", "r03"]


def _stranger(nights: Nights, repository: Repository, login: str, *, body: str = "") -> PullRequest:
    """Somebody opens one from a fork, of a branch that is named like the program's."""
    fork = nights.hub.world.add(f"{login}/{repository.name}", "main", repository)
    fork.human.push({"README.md": f"{login}\n"}, BRANCH)
    user = nights.hub.user(login)
    return repository.open_pull(user, BRANCH, "main", "Permissions", body, source=fork)


def test_strangers_pull_requests_are_no_canaries(nights: Nights) -> None:
    made = nights.repositories(6)
    for one in made[4:]:
        _stranger(nights, one, "eve")
    nights.sweep(TWO)
    assert opened(made[:4]) == ["r00", "r01"]


def test_strangers_pull_requests_that_were_merged_let_nobody_follow(nights: Nights) -> None:
    made = nights.repositories(6)
    nights.sweep(TWO)
    for one in made[4:]:
        one.human.merge(_stranger(nights, one, "eve", body=made[0].pull.body))
        nights.hub.run(one, CI, conclusion="success")
    nights.sweep(TWO)
    assert opened(made) == ["r00", "r01"]


def test_strangers_pull_requests_take_no_room(nights: Nights) -> None:
    made = nights.repositories(3)
    _stranger(nights, made[2], "eve")
    nights.sweep("canaries: 0\nmost_open: 2")
    assert opened(made[:2]) == ["r00", "r01"]


def test_strangers_can_t_hide_what_the_program_opened(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep("canaries: 1")
    nights.hub.advance(minutes=5)
    for login in ("eve", "mallory", "trudy", "oscar"):
        _stranger(nights, made[0], login)
    nights.sweep("canaries: 1")
    assert opened(made) == ["r00"]


def test_strangers_cause_no_look(nights: Nights) -> None:
    made = nights.repositories(1)
    nights.sweep()
    nights.sweep()
    _stranger(nights, made[0], "eve")
    nights.sweep()
    assert nights.states() == {State.UNCHANGED: 1}


def test_an_account_that_is_named_like_the_app_is_a_stranger(nights: Nights) -> None:
    as_app(nights, nights.hub.app("acme", RIGHTS, slug="helper"))
    made = nights.repositories(4)
    for one in made[2:]:
        _stranger(nights, one, "helper")
    nights.sweep(TWO)
    assert opened(made[:2]) == ["r00", "r01"]


def test_what_the_program_opens_from_forks_counts(nights: Nights) -> None:
    made = nights.repositories(4)
    for _ in range(2):
        nights.sweep(TWO, "fork: always")
        assert opened(made) == ["r00", "r01"]
    assert made[0].pull.from_fork
    _merged(nights, *made[:2])
    nights.sweep(TWO, "fork: always")
    assert opened(made) == ["r02", "r03"]


def test_what_another_account_of_the_program_opened_counts(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    as_app(nights, nights.hub.app("acme", RIGHTS))
    nights.sweep(TWO)
    assert opened(made) == ["r00", "r01"]
    _merged(nights, *made[:2])
    nights.sweep(TWO)
    assert opened(made) == ["r02", "r03"]


def _red_weeks_ago(nights: Nights) -> list[Repository]:
    """The sweep before was 20 days ago, and what was merged then was red at once."""
    made = nights.repositories(4)
    nights.hub.advance(days=-20)
    nights.sweep(TWO)
    _merged(nights, made[1])
    _red(nights, made[0])
    nights.hub.advance(days=20)
    return made


def test_what_was_merged_while_nobody_swept_is_looked_at(nights: Nights) -> None:
    made = _red_weeks_ago(nights)
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []
    assert nights.whys(State.LATER) == {waves.RED}


def test_red_does_not_pass_by_age(nights: Nights) -> None:
    made = _red_weeks_ago(nights)
    nights.sweep(TWO)
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []


def test_what_was_merged_is_looked_at_where_the_journal_is_lost(nights: Nights) -> None:
    made = _red_weeks_ago(nights)
    (nights.folder / "journal.sqlite").unlink()
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []


def test_a_dry_run_is_no_look_at_what_was_merged(nights: Nights) -> None:
    made = _red_weeks_ago(nights)
    nights.sweep(TWO, dry=True)
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []


def test_a_red_canary_ends_it(nights: Nights) -> None:
    made = nights.repositories(5)
    nights.sweep(TWO)
    _merged(nights, made[1])
    _red(nights, made[0])
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == []
    assert nights.whys(State.LATER) == {waves.RED}
    alarmed = {name: one.alarms for name, one in nights.records().items() if one.alarms}
    assert set(alarmed) == {"r00"}
    assert "contents: write" in alarmed["r00"][0]


def test_a_red_canary_is_stronger_than_a_human_s_word(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    _red(nights, made[0])
    assert nights.sweep(TWO, go=True) is Exit.FINDINGS
    assert opened(made) == ["r01"]


def test_what_is_open_is_kept_right_while_canaries_are_red(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    _red(nights, made[0])
    made[1].human.push({CI.replace("ci", "more"): made[1].text(CI)})
    nights.sweep(TWO)
    assert nights.records()["r01"].state is State.UPDATED


def test_a_human_can_let_the_rest_follow(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    nights.sweep(TWO, go=True)
    assert len(opened(made)) == 4


def test_when_told_means_by_a_human_alone(nights: Nights) -> None:
    told = f"{TWO}\ngo: when-told"
    made = nights.repositories(4)
    nights.sweep(told)
    _merged(nights, *made[:2])
    nights.sweep(told)
    assert opened(made) == []
    nights.sweep(told, go=True)
    assert opened(made) == ["r02", "r03"]


def test_another_one_takes_the_place_of_a_canary_that_fails(nights: Nights) -> None:
    made = nights.repositories(5)
    nights.hub.fault("POST /repos/acme/r00/pulls", status(403), times=None)
    assert nights.sweep(TWO) is Exit.FINDINGS
    assert opened(made) == ["r01", "r02"]
    assert nights.states() == {State.FAILED: 1, State.OPENED: 2, State.LATER: 2}


def test_what_waits_is_not_looked_at_again(nights: Nights) -> None:
    nights.repositories(5)
    nights.sweep(TWO)
    nights.hub.calls.clear()
    nights.sweep(TWO)
    assert not nights.hub.calls.git
    assert nights.states() == {State.RIGHT: 2, State.LATER: 3}


def test_what_waited_and_has_changed_is_looked_at_again(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(TWO)
    made[3].human.push({CI: None})
    nights.sweep(TWO, go=True)
    assert opened(made) == ["r00", "r01", "r02"]
    assert nights.records()["r03"].state is State.NOTHING
