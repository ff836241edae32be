"""What came of a branch, as its record."""

from __future__ import annotations

import pytest

from bot.life.decide import Action
from bot.life.past import Stop
from bot.strand import Result
from bot.sweep.record import Record, State, from_line, to_line
from bot.sweep.recording import record
from tests.forge.github import GitHub
from tests.stories.teller import CHECKS, CI, FIXED, RELEASE, RELEASES, Teller

STATES = {
    Action.NOTHING: (State.NOTHING, ""),
    Action.REFUSED: (State.REFUSED, ""),
    Action.LATER: (State.LATER, str(Action.LATER)),
    Action.CREATE: (State.OPENED, ""),
    Action.UPDATE: (State.UPDATED, ""),
    Action.KEEP: (State.RIGHT, ""),
    Action.WAIT: (State.LATER, str(Action.WAIT)),
    Action.CLOSE: (State.CLOSED, ""),
}


def test_all_actions_are_told() -> None:
    assert set(STATES) == set(Action)


@pytest.mark.parametrize("action", Action, ids=lambda one: one.name)
def test_an_action_is_a_state(action: Action) -> None:
    told = record(Result("o/r", "b", action, pull="https://x/1", notes=("n",)), "c0", 1.234, 7)
    state, why = STATES[action]
    assert told == Record("o/r", state, "c0", "b", why, "https://x/1", 1.23, 7, notes=("n",))


@pytest.mark.parametrize("stop", Stop, ids=lambda one: one.name)
def test_what_was_stopped_says_why(stop: Stop) -> None:
    told = record(Result("o/r", "b", Action.NOTHING, stop), "", 0, 0)
    assert (told.state, told.why) == (State.STOPPED, str(stop))


def _told(hub: GitHub, teller: Teller, name: str, files: dict[str, str]) -> Record:
    hub.repository(name, files)
    return record(teller.run(name, dry=True, brief=True), "", 0, 0)


def test_the_files_that_change_are_told_and_no_others(hub: GitHub, teller: Teller) -> None:
    told = _told(hub, teller, "o/one", {CI: FIXED, RELEASE: RELEASES})
    assert [one.path for one in told.files] == [RELEASE]
    (file,) = told.files
    assert file.diff.startswith(f"--- a/{RELEASE}\n+++ b/{RELEASE}\n")
    assert set(file.remedies) == {"permissions", "preflight"}
    assert from_line(to_line(told)) == told


def test_the_jobs_of_a_file_are_told_with_what_they_had(hub: GitHub, teller: Teller) -> None:
    (file,) = _told(hub, teller, "o/one", {RELEASE: RELEASES}).files
    jobs = {one.id: one for one in file.jobs}
    build, publish = jobs["build"], jobs["publish"]
    assert (build.before, build.after) == (None, ("contents: read",))
    assert (publish.before, publish.after) == (None, ("contents: write",))
    assert "build" in publish.needs
    assert publish.line == RELEASES.split("\n").index("  publish:") + 1
    (scope, why, line) = publish.reasons[0]
    assert (scope, line) == ("contents: write", 15)
    assert "gh release create" in RELEASES.split("\n")[line - 1]
    assert why


def test_a_probe_is_told_in_the_job_that_has_it(hub: GitHub, teller: Teller) -> None:
    (file,) = _told(hub, teller, "o/one", {RELEASE: RELEASES}).files
    probed = [one for one in file.jobs if one.probes]
    assert len(probed) == 1
    assert probed[0].added is (probed[0].id not in ("build", "publish"))
    assert probed[0].after is not None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param({CI: CHECKS}, {CI: CHECKS}, True, id="the same file"),
        pytest.param({CI: CHECKS}, {CI: f"name: Other\n{CHECKS}"}, True, id="on another line"),
        pytest.param({RELEASE: RELEASES}, {CI: RELEASES}, True, id="under another name"),
        pytest.param(
            {CI: CHECKS},
            {CI: CHECKS.replace("      - uses", "      # checks it out\n      - uses")},
            True,
            id="what stands below is another",
        ),
        pytest.param(
            {CI: CHECKS},
            {CI: CHECKS.replace("actions/checkout@v4", "actions/labeler@v5")},
            False,
            id="another permission",
        ),
    ],
)
def test_a_cluster_is_the_same_change(
    hub: GitHub, teller: Teller, one: dict[str, str], other: dict[str, str], same: bool
) -> None:
    first = _told(hub, teller, "one/name", one).files[0].cluster
    second = _told(hub, teller, "quite/another-name", other).files[0].cluster
    assert (first == second) is same


def test_findings_are_told(hub: GitHub, teller: Teller) -> None:
    told = _told(hub, teller, "o/one", {CI: CHECKS})
    assert {(one.path, one.job) for one in told.findings} == {(CI, "test")}
    assert all(one.line > 0 and one.rule and one.fingerprint for one in told.findings)
