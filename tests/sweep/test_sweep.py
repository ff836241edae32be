"""Nights over an organisation: what is done, what is left, and what that costs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.commands import Exit
from bot.sweep import sweep, waves, work
from bot.sweep.journal import Journal
from bot.sweep.record import State
from tests.forge.faults import status
from tests.stories.teller import BRANCH, CHECKS, CI, FIXED, RELEASE, RELEASES
from tests.sweep.nights import Nights, opened


def test_a_quiet_night_costs_a_page_and_a_look_at_what_is_open(nights: Nights) -> None:
    nights.repositories(3, FIXED)
    nights.hub.light("acme/open", {CI: CHECKS})
    nights.sweep()
    nights.sweep()
    nights.hub.calls.clear()
    assert nights.sweep() is Exit.DONE
    assert not nights.hub.calls.git
    named = [one.operation or one.path for one in nights.hub.calls]
    assert named == ["OwnerRepositories", "/rate_limit"]
    assert nights.states() == {State.UNCHANGED: 4}


def test_only_what_has_changed_is_looked_at_again(nights: Nights) -> None:
    made = nights.repositories(4, FIXED)
    nights.sweep()
    made[2].human.push({CI: CHECKS})
    nights.hub.calls.clear()
    nights.sweep()
    assert opened(made) == ["r02"]
    assert {one.path.split("/")[2] for one in nights.hub.calls.git} == {"r02.git"}


def test_one_whose_box_was_ticked_is_looked_at_again(nights: Nights) -> None:
    (repo,) = nights.repositories(1)
    nights.sweep()
    nights.sweep()
    nights.hub.advance(minutes=1)
    repo.human.tick(repo.pull, "clearance:rebase")
    nights.sweep()
    assert nights.states() == {State.UPDATED: 1}


def test_what_was_closed_stays_closed(nights: Nights) -> None:
    (repo,) = nights.repositories(1)
    nights.sweep()
    repo.human.close(repo.pull)
    nights.sweep()
    assert nights.states() == {State.REFUSED: 1}
    assert len(repo.pulls) == 1


def test_what_is_no_longer_needed_is_closed(nights: Nights) -> None:
    (repo,) = nights.repositories(1)
    nights.sweep()
    repo.human.push({CI: FIXED})
    nights.sweep()
    assert nights.states() == {State.CLOSED: 1}
    assert set(repo.branches) == {"main"}


def test_a_dry_run_writes_nothing(nights: Nights) -> None:
    nights.repositories(3)
    assert nights.sweep(dry=True) is Exit.DONE
    assert not nights.hub.calls.writes
    told = nights.records().values()
    assert {(one.state, one.why) for one in told} == {
        (State.OPENED, "it was a dry run: nothing was done")
    }
    assert all(one.files for one in told)


def test_a_dry_run_hides_nothing_from_the_next(nights: Nights) -> None:
    made = nights.repositories(2)
    nights.sweep(dry=True)
    nights.sweep()
    assert len(opened(made)) == 2


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        pytest.param({"topics": ("no-clearance",)}, "it has the topic no-clearance", id="topic"),
        pytest.param({"archived": True}, "it is archived", id="archived"),
        pytest.param({"is_fork": True}, "it is a fork", id="fork"),
    ],
)
def test_what_is_left_out_says_why(nights: Nights, prepare: dict[str, object], why: str) -> None:
    first, second = nights.repositories(2)
    if "is_fork" in prepare:
        first.parent = second
    else:
        for name, value in prepare.items():
            setattr(first, name, value)
    nights.sweep()
    assert opened([first, second]) == ["r01"]
    assert nights.whys(State.STOPPED) == {why}


def test_a_label_opts_out(nights: Nights) -> None:
    (repo,) = nights.repositories(1)
    nights.sweep()
    repo.human.label(repo.pull, "no-clearance")
    repo.human.push({RELEASE: RELEASES})
    nights.sweep()
    assert nights.states() == {State.STOPPED: 1}


def test_one_that_fails_stops_no_other_and_is_tried_again(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.hub.fault("POST /repos/acme/r01/pulls", status(422), times=None)
    assert nights.sweep() is Exit.FINDINGS
    assert opened(made) == ["r00", "r02", "r03"]
    assert nights.records()["r01"].state is State.FAILED
    nights.hub.heal()
    assert nights.sweep() is Exit.DONE
    assert len(opened(made)) == 4


def test_one_whose_program_fault_stops_no_other(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, run = nights.repositories(3), vars(work)["run"]

    def breaks(client: object, order: object, *rest: object) -> object:
        if "r01" in str(order):
            raise KeyError("x")
        return run(client, order, *rest)

    monkeypatch.setattr(work, "run", breaks)
    assert nights.sweep() is Exit.FINDINGS
    assert opened(made) == ["r00", "r02"]
    assert nights.whys(State.FAILED) == {"the program failed on it (KeyError); please report it"}


def test_overrides_are_for_those_that_they_name(nights: Nights) -> None:
    made = nights.repositories(3)
    more = 'overrides:\n  - repositories: ["acme/r01"]\n    enabled: false\n'
    nights.sweep(more=more)
    assert opened(made) == ["r00", "r02"]
    assert nights.records()["r01"].state is State.STOPPED


def test_most_new_is_for_a_sweep(nights: Nights) -> None:
    made = nights.repositories(5)
    told = "canaries: 0\nmost_new: 2"
    for count in (2, 4, 5):
        nights.sweep(told)
        assert len(opened(made)) == count


def test_most_open_is_for_all_sweeps(nights: Nights) -> None:
    made = nights.repositories(5)
    told = "canaries: 0\nmost_open: 2"
    for _ in range(2):
        nights.sweep(told)
        assert opened(made) == ["r00", "r01"]
    assert nights.whys(State.LATER) == {waves.MOST_OPEN}
    made[0].human.merge(made[0].pull)
    nights.sweep(told)
    assert opened(made) == ["r01", "r02"]


def test_a_sweep_that_is_gone_on_with_opens_no_more_than_one(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, told = nights.repositories(4), "canaries: 0\nmost_new: 2"
    end = Journal.end
    monkeypatch.setattr(Journal, "end", lambda *_: None)
    nights.sweep(told)
    monkeypatch.setattr(Journal, "end", end)
    nights.sweep(told, resume=True)
    assert opened(made) == ["r00", "r01"]
    assert nights.states() == {State.OPENED: 2, State.LATER: 2}


def test_each_remedy_s_pull_request_counts(nights: Nights) -> None:
    made = nights.repositories(3, RELEASES)
    nights.sweep("canaries: 0\nmost_new: 2", "pull_requests: one-a-remedy")
    assert sum(len(one.pulls) for one in made) == 2


@pytest.mark.parametrize(("hour", "count"), [(3, 2), (12, 0)], ids=["within", "outside"])
def test_the_window_is_for_what_is_opened(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, hour: int, count: int
) -> None:
    made = nights.repositories(2)
    moment = datetime(2026, 1, 31, hour, tzinfo=UTC)
    monkeypatch.setattr(sweep, "datetime", type("Fixed", (), {"now": lambda _: moment}))
    nights.sweep("canaries: 0\nwindow: 22-6")
    assert len(opened(made)) == count
    assert nights.whys(State.LATER) == (set() if count else {waves.WINDOW})


@pytest.mark.parametrize("window", ["nonsense", "6", "5-25", "-1-5"])
def test_hours_that_are_none_are_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str], window: str
) -> None:
    assert nights.sweep(f'window: "{window}"') is Exit.ERROR
    told = capsys.readouterr().err
    assert "window" in told
    assert "22-6" in told
    assert told.count("\n") == 1


def test_a_changed_program_or_settings_look_at_all_again(nights: Nights) -> None:
    nights.repositories(2, FIXED)
    nights.sweep()
    nights.hub.calls.clear()
    nights.sweep(more="labels: [bot]")
    assert nights.hub.calls.git
    assert nights.states() == {State.NOTHING: 2}


def test_an_owner_that_is_not_there_fails_and_stops_no_other(nights: Nights) -> None:
    made = nights.repositories(1)
    assert nights.sweep("canaries: 0\nusers: [nobody]") is Exit.FINDINGS
    assert opened(made) == ["r00"]
    assert nights.records()[""].state is State.FAILED


def test_the_pull_request_is_on_the_record(nights: Nights) -> None:
    (repo,) = nights.repositories(1)
    nights.sweep()
    told = nights.records()["r00"]
    assert (told.pull, told.branch, told.head) == (repo.pull.url, BRANCH, repo.head)
    assert [one.path for one in told.files] == [CI]
