"""GitHub, the disk or another sweep gets in the way: nothing is lost, and nothing done twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bot import sweeping
from bot.commands import Exit
from bot.forge import auth
from bot.forge.limiter import Limiter
from bot.sweep import work
from bot.sweep.journal import Journal
from bot.sweep.record import Record, State
from tests.forge import limits
from tests.forge.answers import Answer
from tests.forge.faults import SECONDARY, Call, Cut, status
from tests.forge.repository import Repository
from tests.forge_client.support import FakeClock
from tests.stories.teller import BRANCH
from tests.sweep.nights import TOKEN, Nights, opened

RATE_LIMITED = Answer.json(
    200, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
)
BROKEN = Answer.json(
    200,
    {
        "data": {"repositoryOwner": None, "repository": None},
        "errors": [{"message": "Something went wrong while executing your query on 2026-01-31."}],
    },
)
OUTCOMES = (
    status(500),
    status(502),
    status(503),
    status(429, retry_after="1"),
    status(429),
    SECONDARY,
    Cut.BEFORE,
    Cut.AFTER,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The program's clock, which goes on only when it waits; the stand-in's minutes are its."""
    made = FakeClock()
    monkeypatch.setattr(work, "Limiter", partial(Limiter, clock=made))
    monkeypatch.setattr(limits, "time", made)
    return made


def _all_right(made: list[Repository]) -> None:
    """Each has one pull request, which is of its branch."""
    for one in made:
        (pull,) = one.pulls.values()
        assert pull.state == "OPEN"
        assert set(one.branches) == {"main", BRANCH}
        assert one.branches[BRANCH] in pull.body


@pytest.mark.parametrize("seed", range(2))
def test_whatever_goes_wrong_at_random_is_right_in_the_end(
    nights: Nights, clock: FakeClock, seed: int
) -> None:
    dice, lock = random.Random(seed), threading.Lock()  # noqa: S311 - it keeps no secret

    def unlucky(_call: Call) -> bool:
        with lock:
            return dice.random() < 0.02

    def asks(call: Call) -> bool:
        return bool(call.operation) and call.path == "/graphql" and unlucky(call)

    made = nights.repositories(5)
    for outcome in OUTCOMES:
        nights.hub.fault(unlucky, outcome, times=None)
    for outcome in (RATE_LIMITED, BROKEN):
        nights.hub.fault(asks, outcome, times=None)
    for _ in range(3):
        nights.sweep()
    nights.hub.heal()
    assert nights.sweep() is Exit.DONE
    _all_right(made)
    created = Counter(one.path for one in nights.hub.calls if _creates(one.method, one.path))
    assert len(created) == len(made)
    nights.hub.calls.clear()
    nights.sweep()
    assert not nights.hub.calls.writes


def _creates(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/pulls")


def test_the_limit_of_changes_a_minute_is_never_met(nights: Nights, clock: FakeClock) -> None:
    made = nights.repositories(9)
    nights.hub.limits.creations_a_minute = 4
    assert nights.sweep(more="content_per_minute: 4") is Exit.DONE
    _all_right(made)
    assert sum(clock.waits) > 60
    assert {one.status for one in nights.hub.calls.writes} <= {200, 201}


def test_a_token_that_ends_in_between_ends_the_sweep_and_no_more(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(4)
    nights.hub.fault(lambda _: True, status(401), times=None, after=12)
    assert nights.sweep() in (Exit.ERROR, Exit.FINDINGS)
    assert "Traceback" not in capsys.readouterr().err
    nights.hub.heal()
    assert nights.sweep() is Exit.DONE
    _all_right(made)


def test_an_installation_s_token_that_expires_is_got_anew(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = nights.repositories(4)
    rights = dict.fromkeys(("contents", "pull_requests", "workflows"), "write")
    app = nights.hub.app("acme", {**rights, "actions": "read"})
    environment = {
        "CLEARANCE_APP_ID": str(app.id),
        "CLEARANCE_APP_KEY": app.private_key,
        "GITHUB_API_URL": nights.hub.api_url,
        "GITHUB_SERVER_URL": nights.hub.web_url,
    }
    monkeypatch.setattr(type(nights.hub), "environment", lambda *_: environment)
    monkeypatch.delenv("GH_TOKEN", raising=False)
    minted: list[str] = []

    def expires(call: Call) -> bool:
        """Each token works for some calls."""
        if not call.path.startswith("/repos") or not call.token.startswith("ghs_"):
            return False
        minted.append(call.token)
        return minted.count(call.token) == 5

    nights.hub.fault(expires, status(401), times=None)
    assert nights.sweep() is Exit.DONE
    _all_right(made)
    assert len(set(minted)) > 1


def test_a_journal_that_was_lost_costs_time_alone(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep()
    for one in nights.folder.glob("journal.sqlite*"):
        one.unlink()
    nights.hub.calls.clear()
    assert nights.sweep() is Exit.DONE
    assert not nights.hub.calls.writes
    assert nights.states() == {State.RIGHT: 3}
    _all_right(made)


def test_two_with_one_journal_are_one_and_a_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(2)
    with Journal(nights.folder / "journal.sqlite"):
        assert nights.sweep() is Exit.ERROR
    told = capsys.readouterr().err
    assert "is in use by another sweep" in told
    assert told.count("\n") == 1
    assert opened(made) == []


def test_two_with_a_journal_each_do_nothing_twice(nights: Nights) -> None:
    made = nights.repositories(4)
    # A process takes its token out of its environment; here two of them share one.
    take = auth.from_environment

    def again(_: object, *rest: Any, **more: Any) -> auth.Credentials:
        return take({"GH_TOKEN": TOKEN}, *rest, **more)

    nights.patch.setattr(auth, "from_environment", again)
    ended: list[Exit] = []

    def sweep(number: int) -> None:
        ended.append(
            nights.sweep(
                journal=str(nights.folder / f"{number}.sqlite"),
                out=str(nights.folder / f"out{number}"),
            )
        )

    threads = [threading.Thread(target=sweep, args=(number,)) for number in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert ended == [Exit.DONE, Exit.DONE]
    _all_right(made)


@pytest.mark.parametrize("after", [0, 2])
def test_a_full_disk_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str], after: int
) -> None:
    made = nights.repositories(3)
    lines = iter(range(1_000_000))

    class Full(sweeping._Teller):
        def tell(self, record: Record) -> None:
            if next(lines) >= after:
                raise OSError(28, "No space left on device")
            super().tell(record)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "_Teller", Full)
        code = nights.sweep()
    told = capsys.readouterr().err
    assert code is Exit.ERROR
    assert f"{nights.out}: it can't be written (No space left on device)" in told
    assert told.count("\n") == 1
    assert list(nights.out.iterdir()) == []
    assert nights.sweep() is Exit.DONE
    _all_right(made)


def test_a_folder_that_can_t_be_written_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(1)
    file = nights.folder / "file"
    file.write_text("")
    assert nights.sweep(out=str(file)) is Exit.ERROR
    told = capsys.readouterr().err
    assert f"{file}: it can't be written" in told
    assert opened(made) == []


def test_a_token_that_has_expired_is_one_sentence(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.repositories(1)
    nights.hub.token(TOKEN, expires=datetime(2020, 1, 1, tzinfo=UTC))
    assert nights.sweep() is Exit.ERROR
    assert capsys.readouterr().err.count("\n") == 1


def test_the_search_for_what_was_merged_may_fail(nights: Nights, clock: FakeClock) -> None:
    made = nights.repositories(3)
    nights.hub.fault("Opened", status(502), times=2)
    assert nights.sweep() is Exit.DONE
    _all_right(made)


def test_a_journal_that_can_t_be_written_ends_the_sweep(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = nights.repositories(3)
    keep, count = Journal._change, iter(range(1_000_000))

    def full(self: Journal, statement: str, *values: object) -> int:
        if next(count) >= 6:
            raise self._error("can't be written, there is no room left; make some and run again")
        return keep(self, statement, *values)

    monkeypatch.setattr(Journal, "_change", full)
    assert nights.sweep() is Exit.ERROR
    assert "no room left" in capsys.readouterr().err
    monkeypatch.setattr(Journal, "_change", keep)
    assert nights.sweep() is Exit.DONE
    _all_right(made)
