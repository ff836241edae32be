"""A canary went red: with the setting, the scope that its job lacked is proposed in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands import Exit
from bot.review.fetching import Review, review
from bot.review.verify import Verdict
from bot.sweep import waves
from bot.sweep.record import State
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Run, Step
from tests.review.logs import DENIED, job_log
from tests.review.reviewer import Reviewer
from tests.stories.teller import BRANCH, CHECKS, CI
from tests.stories.warm import Near
from tests.sweep.nights import Nights, opened

OFF = "canaries: 2"
ON = f"{OFF}\ngive_back: true"
LACKS = job_log(DENIED)


def red(nights: Nights, repository: Repository, *, name: str = "test", log: str = LACKS) -> Run:
    """Its pull request is merged, and then a job fails."""
    repository.human.merge(repository.pulls[1])
    nights.hub.advance(minutes=5)
    return fails(nights, repository, name=name, log=log)


def fails(nights: Nights, repository: Repository, *, name: str = "test", log: str = LACKS) -> Run:
    log = log.replace("octo/demo", repository.full_name)
    jobs = [(name, "failure", [Step("Run ./publish.sh", "failure", 30)], log)]
    made = nights.hub.run(repository, CI, jobs=jobs)
    nights.hub.advance(minutes=5)
    return made


def passes(nights: Nights, repository: Repository) -> None:
    jobs = [("test", "success", [Step("Run ./publish.sh")], "")]
    nights.hub.run(repository, CI, conclusion="success", jobs=jobs)
    nights.hub.advance(minutes=5)


def alarmed(nights: Nights) -> set[str]:
    return {name for name, one in nights.records().items() if one.alarms}


def reviewed(hub: GitHub, folder: Path, repository: Repository, number: int) -> Review:
    """What somebody else makes of it, with a token of their own."""
    someone = Reviewer(hub, Near(), folder)  # type: ignore[arg-type]
    hub.token(someone.token, user="mona")
    return review(someone.desk(), repository.full_name, number)


def test_without_the_setting_there_is_only_the_alarm(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(OFF)
    red(nights, made[0])
    assert nights.sweep(OFF) is Exit.FINDINGS
    assert alarmed(nights) == {"r00"}
    assert len(made[0].pulls) == 1


def test_with_it_the_scope_is_proposed_though_all_others_wait(
    nights: Nights, tmp_path: Path
) -> None:
    made = nights.repositories(4)
    nights.sweep(ON)
    before = made[0].text(CI, BRANCH) or ""
    run = red(nights, made[0])
    assert nights.sweep(ON) is Exit.FINDINGS
    assert opened(made) == ["r00", "r01"]
    assert nights.records()["r00"].state is State.OPENED
    assert alarmed(nights) == {"r00"}
    assert nights.whys(State.LATER) == {waves.RED}
    wanted = before.replace("contents: read", "contents: write # a run failed without it")
    assert made[0].text(CI, BRANCH) == wanted
    body = made[0].pulls[2].body
    assert f"{made[0].web_url}/actions/runs/{run.id}" in body
    assert "after #1 was merged" in body
    found = reviewed(nights.hub, tmp_path, made[0], 2)
    assert found.judgement.verdict is Verdict.EXACT, found.judgement.reasons


def test_the_next_night_is_quiet(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(ON)
    red(nights, made[0])
    nights.sweep(ON)
    nights.hub.calls.clear()
    nights.sweep(ON)
    assert not nights.hub.calls.writes
    assert nights.records()["r00"].state is State.RIGHT
    assert len(made[0].pulls) == 2


def test_a_human_s_no_holds_for_ever(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep(ON)
    red(nights, made[0])
    nights.sweep(ON)
    made[0].human.close(made[0].pulls[2])
    fails(nights, made[0])
    for _ in range(2):
        assert nights.sweep(ON) is Exit.FINDINGS
        assert nights.records()["r00"].state is State.REFUSED
    assert len(made[0].pulls) == 2
    assert alarmed(nights) == {"r00"}


def test_merged_and_gone_through_the_others_go_on(nights: Nights) -> None:
    made = nights.repositories(5)
    nights.sweep(ON)
    red(nights, made[0])
    nights.sweep(ON)
    made[0].human.merge(made[0].pulls[2])
    nights.hub.advance(minutes=5)
    assert nights.sweep(ON) is Exit.FINDINGS
    assert opened(made) == ["r01"]
    passes(nights, made[0])
    made[1].human.merge(made[1].pulls[1])
    nights.hub.advance(minutes=5)
    passes(nights, made[1])
    assert nights.sweep(ON) is Exit.DONE
    assert not alarmed(nights)
    assert opened(made) == ["r02", "r03", "r04"]


def test_mended_by_hand_the_others_go_on_without_the_setting(nights: Nights) -> None:
    made = nights.repositories(4)
    nights.sweep("canaries: 1")
    red(nights, made[0])
    text = (made[0].text(CI) or "").replace("contents: read", "contents: write")
    made[0].human.push({CI: text})
    passes(nights, made[0])
    assert nights.sweep("canaries: 1") is Exit.DONE
    assert opened(made) == ["r01", "r02", "r03"]


_NOTHING = {
    "a job that is not in the file": {"name": "deploy"},
    "a name that is YAML": {"name": "test:\n    permissions: write-all\n#"},
    "a log that does not tell what lacked": {
        "log": job_log(["##[error]Resource not accessible by integration"])
    },
    "a log that asks for a scope that nobody knows": {
        "log": job_log(
            [
                "##[error]Resource not accessible by integration",
                "x-accepted-github-permissions: everything=write",
            ]
        )
    },
}


@pytest.mark.parametrize("more", _NOTHING.values(), ids=_NOTHING)
def test_nothing_is_given_for(more: dict[str, str], nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0], **more)
    nights.sweep(ON)
    assert len(made[0].pulls) == 1


def test_an_alarm_for_which_nothing_can_be_given_opens_no_way_for_other_things(
    nights: Nights,
) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0], name="deploy")
    made[0].human.push({CI.replace("ci", "more"): CHECKS})
    nights.sweep(ON)
    assert len(made[0].pulls) == 1
    assert nights.records()["r00"].why == waves.RED


def test_a_log_that_names_something_else_gives_nothing(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    evil = "evil } # `x` ${{ secrets.X }} <!-- --> @mona"
    log = job_log([f"remote: Permission to {evil}.git denied to github-actions[bot]."])
    red(nights, made[0], log=log)
    nights.sweep(ON)
    assert alarmed(nights) == {"r00"}
    assert len(made[0].pulls) == 1


def test_what_the_job_has_got_by_hand_is_not_given(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0])
    text = (made[0].text(CI) or "").replace("contents: read", "contents: write")
    made[0].human.push({CI: text})
    nights.sweep(ON)
    assert alarmed(nights) == {"r00"}
    assert len(made[0].pulls) == 1


def test_a_dry_run_and_a_part_give_nothing(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0])
    nights.sweep(ON, dry=True)
    nights.sweep(ON, shard="1/1")
    assert len(made[0].pulls) == 1


def test_outside_of_the_window_it_waits(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0])
    hour = datetime.now(UTC).hour
    shut = f"window: {(hour + 2) % 24}-{(hour + 3) % 24}"
    assert nights.sweep(f"{ON}\n{shut}") is Exit.FINDINGS
    assert len(made[0].pulls) == 1
    nights.sweep(ON)
    assert len(made[0].pulls) == 2


def test_a_publisher_of_what_shards_have_scanned_gives_it_back(nights: Nights) -> None:
    made = nights.repositories(3)
    nights.sweep(ON)
    red(nights, made[0])
    part = nights.folder / "part"
    nights.sweep(ON, shard="1/1", out=str(part), journal=str(nights.folder / "part.sqlite"))
    nights.sweep(ON, publish=(str(part / "records.jsonl"),))
    assert opened(made) == ["r00", "r01"]
