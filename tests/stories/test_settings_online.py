"""What a repository and whoever runs the program may choose, and what comes of it on GitHub."""

from __future__ import annotations

import pytest

from bot.config import HOME as SETTINGS
from bot.config import SettingsError
from bot.life import seal
from bot.life.decide import Action
from bot.life.past import WORD, Stop
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import (
    BRANCH,
    CHECKS,
    CI,
    FIXED,
    HOME,
    RELEASE,
    RELEASES,
    ROTATE,
    ROTATES,
    Teller,
)

SPLIT = "pull_requests: one-a-remedy\n"
TEMPLATE = ".github/pull_request_template.md"


def _subject(repo: Repository, branch: str = BRANCH) -> str:
    return repo.git.run("log", "-1", "--format=%s", branch)


def _message(repo: Repository, branch: str = BRANCH) -> str:
    return repo.git.run("log", "-1", "--format=%B", branch)


# Whose settings count.


def test_a_repositorys_settings_go_before_the_organisations(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: CHECKS, SETTINGS: "branch: mine/permissions\n"})
    teller.run(settings="branch: theirs/permissions\nlabels: [ci]")
    assert set(repo.branches) == {"main", "mine/permissions"}
    assert repo.pull.labels == ["ci"]


def test_a_branch_of_the_repositorys_own_choice_is_found_again(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME, {CI: CHECKS, SETTINGS: "branch: mine/permissions\n"})
    teller.run()
    hub.calls.clear()
    assert teller.run().outcome is Action.KEEP
    assert len(list(hub.calls.api)) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "fork: always", "repository's .github/clearance.yml: line 1: fork", id="operators"
        ),
        pytest.param("widen: [", "repository's .github/clearance.yml: it is not YAML", id="broken"),
        pytest.param("widen: perhaps", "widen can't be that; write true or false", id="no value"),
        pytest.param("colour: red", "colour is no setting", id="no setting"),
    ],
)
def test_a_repositorys_file_that_is_wrong_is_told_and_nothing_done(
    hub: GitHub, teller: Teller, text: str, told: str
) -> None:
    hub.repository(HOME, {CI: CHECKS, SETTINGS: text})
    with pytest.raises(SettingsError, match=told):
        teller.run()
    assert not list(hub.calls.writes)


def test_an_organisations_file_that_is_wrong_is_told(
    hub: GitHub, teller: Teller, repo: Repository
) -> None:
    with pytest.raises(SettingsError, match="organisation's settings: line 1: colour is"):
        teller.run(settings="colour: red")
    assert not list(hub.calls)


def test_a_repository_that_wants_none_gets_none(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME, {CI: CHECKS, SETTINGS: "enabled: false\n"})
    assert teller.run().stop is Stop.SETTINGS
    assert len(list(hub.calls.api)) == 1


def test_who_opts_out_later_keeps_what_is_open_as_it_is(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.push({SETTINGS: "enabled: false\n", RELEASE: RELEASES})
    assert teller.run().stop is Stop.SETTINGS
    assert set(repo.pull.files()) == {CI}


@pytest.mark.parametrize(
    ("text", "stop"), [(None, Stop.SETTINGS), ("enabled: true\n", None)], ids=["unasked", "asked"]
)
def test_an_organisation_may_leave_it_to_its_repositories(
    hub: GitHub, teller: Teller, text: str | None, stop: Stop | None
) -> None:
    hub.repository(HOME, {CI: CHECKS} | ({SETTINGS: text} if text else {}))
    assert teller.run(settings="enabled: false").stop is stop


def test_a_topic_stops_it(teller: Teller, repo: Repository) -> None:
    repo.topics = ("ci", WORD)
    assert teller.run().stop is Stop.TOPIC


def test_a_label_stops_it_until_it_is_taken_off(teller: Teller, repo: Repository) -> None:
    teller.run()
    repo.human.label(repo.pull, WORD)
    repo.human.push({RELEASE: RELEASES})
    assert teller.run().stop is Stop.LABEL
    repo.human.unlabel(repo.pull, WORD)
    assert teller.run().outcome is Action.UPDATE


# One pull request a remedy.


@pytest.fixture
def three(hub: GitHub) -> Repository:
    """A repository in which there is work for each remedy."""
    grants = RELEASES.replace("jobs:", "permissions:\n  contents: write\njobs:", 1)
    return hub.repository(HOME, {RELEASE: grants, ROTATE: ROTATES})


def _open(repo: Repository) -> set[str]:
    return {one.head.removeprefix(f"{BRANCH}-") for one in repo.pulls.values() if one.is_open}


def test_each_remedy_has_a_pull_request_and_a_branch(teller: Teller, three: Repository) -> None:
    results = teller.all(settings=SPLIT)
    assert [one.outcome for one in results] == [Action.CREATE] * 3
    assert _open(three) == {"permissions", "preflight", "token"}
    assert len({one.title for one in three.pulls.values()}) == 3


def test_all_of_them_are_quiet_the_second_time(
    hub: GitHub, teller: Teller, three: Repository
) -> None:
    teller.all(settings=SPLIT)
    hub.calls.clear()
    assert [one.outcome for one in teller.all(settings=SPLIT)] == [Action.KEEP] * 3
    # One for each, and one for the secret that the token's waits for.
    assert (len(list(hub.calls.api)), len(list(hub.calls.git))) == (4, 0)


def test_one_that_is_closed_says_no_for_itself(teller: Teller, three: Repository) -> None:
    teller.all(settings=SPLIT)
    (preflight,) = (one for one in three.pulls.values() if one.head.endswith("-preflight"))
    three.human.close(preflight)
    outcomes = [one.outcome for one in teller.all(settings=SPLIT)]
    assert outcomes == [Action.KEEP, Action.REFUSED, Action.KEEP]


def test_no_more_are_open_at_once_than_the_setting_says(teller: Teller, three: Repository) -> None:
    few = f"{SPLIT}open_at_once: 1"
    outcomes = [one.outcome for one in teller.all(settings=few)]
    assert outcomes == [Action.CREATE, Action.LATER, Action.LATER]
    three.human.merge(three.pull, "squash")
    outcomes = [one.outcome for one in teller.all(settings=few)]
    assert outcomes == [Action.NOTHING, Action.CREATE, Action.LATER]


def test_one_that_comes_later_counts_for_those_before_it(teller: Teller, three: Repository) -> None:
    few = f"{SPLIT}open_at_once: 1"
    teller.all(settings=few)
    three.human.merge(three.pull, "squash")
    teller.all(settings=few)
    three.human.push({CI: CHECKS})
    outcomes = [one.outcome for one in teller.all(settings=few)]
    assert outcomes == [Action.LATER, Action.KEEP, Action.LATER]
    assert _open(three) == {"preflight"}


def test_a_merge_of_one_leaves_the_others_mergeable(teller: Teller, three: Repository) -> None:
    teller.all(settings=SPLIT)
    three.human.merge(three.pulls[1], "squash")
    assert teller.all(settings=SPLIT)[0].outcome is Action.NOTHING
    assert _open(three) == {"preflight", "token"}
    three.human.merge(three.pulls[2], "squash")
    three.human.merge(three.pulls[3], "squash")
    # The other token's step is one more that a probe can ask for early.
    outcomes = [one.outcome for one in teller.all(settings=SPLIT)]
    assert outcomes == [Action.NOTHING, Action.CREATE, Action.NOTHING]


# Who makes the commit.


def test_a_commit_by_the_api_leaves_one_branch(teller: Teller, repo: Repository) -> None:
    assert teller.run(settings="commit_via: api").outcome is Action.CREATE
    assert set(repo.branches) == {"main", BRANCH}
    assert set(repo.pull.files()) == {CI}
    assert teller.run(settings="commit_via: api").outcome is Action.KEEP


def test_an_update_by_the_api_keeps_the_pull_request_open(teller: Teller, repo: Repository) -> None:
    teller.run(settings="commit_via: api")
    repo.human.push({RELEASE: RELEASES})
    assert teller.run(settings="commit_via: api").outcome is Action.UPDATE
    assert set(repo.branches) == {"main", BRANCH}
    assert set(repo.pull.files()) == {CI, RELEASE}
    assert not [one for one in repo.pull.timeline if one.kind == "ClosedEvent"]


@pytest.mark.parametrize("via", ["git", "api"])
def test_both_ways_make_one_commit_with_a_seal(teller: Teller, repo: Repository, via: str) -> None:
    teller.run(settings=f"commit_via: {via}")
    tree = repo.git.run("rev-parse", f"{BRANCH}^{{tree}}")
    assert repo.git.run("rev-parse", f"{BRANCH}^") == repo.head
    assert seal.is_own(_message(repo), (repo.head,), tree)


@pytest.mark.parametrize("via", ["git", "api"])
def test_a_commit_that_is_signed_off_is_still_known_as_its_own(
    teller: Teller, repo: Repository, via: str
) -> None:
    settings = f"sign_off: true\ncommit_via: {via}"
    teller.run(settings=settings)
    assert "\nSigned-off-by: clearance <" in _message(repo)
    repo.human.push({RELEASE: RELEASES})
    assert teller.run(settings=settings).outcome is Action.UPDATE


# Who is asked.


def test_a_new_pull_request_is_labelled_and_people_are_asked(
    teller: Teller, repo: Repository
) -> None:
    settings = "labels: [ci]\nreviewers: [mona]\nteam_reviewers: [security]\nassignees: [mona]"
    assert teller.run(settings=settings).notes == ()
    assert repo.pull.labels == ["ci"]
    assert [one.login for one in repo.pull.reviewers] == ["mona"]
    assert repo.pull.team_reviewers == ["security"]
    assert [one.login for one in repo.pull.assignees] == ["mona"]


def test_somebody_who_can_not_be_asked_is_a_note(teller: Teller, repo: Repository) -> None:
    result = teller.run(settings="labels: [ci]\nreviewers: [eve]")
    (note,) = result.notes
    assert "its reviewers could not be set" in note
    assert (result.outcome, repo.pull.labels) == (Action.CREATE, ["ci"])


def test_people_are_asked_once(hub: GitHub, teller: Teller, repo: Repository) -> None:
    settings = "labels: [ci]\nreviewers: [mona]"
    teller.run(settings=settings)
    repo.human.push({RELEASE: RELEASES})
    hub.calls.clear()
    teller.run(settings=settings)
    assert not [one.path for one in hub.calls if one.path.endswith(("labels", "reviewers"))]


def test_a_draft_stays_one(teller: Teller, repo: Repository) -> None:
    teller.run(settings="draft: true")
    repo.human.push({RELEASE: RELEASES})
    teller.run(settings="draft: true")
    assert repo.pull.draft


# What is read and written.


def test_an_excluded_workflow_is_left_alone(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: CHECKS, RELEASE: RELEASES, SETTINGS: "exclude: [rel*.yml]"})
    teller.run()
    assert set(repo.pull.files()) == {CI}


_NARROW = CHECKS.replace("on: pull_request", "on: pull_request\npermissions: {}")


@pytest.mark.parametrize(
    ("widen", "outcome"), [(False, Action.NOTHING), (True, Action.CREATE)], ids=["no", "yes"]
)
def test_what_a_workflow_does_not_grant_is_granted_where_asked_for(
    hub: GitHub, teller: Teller, widen: bool, outcome: Action
) -> None:
    hub.repository(HOME, {CI: _NARROW})
    assert teller.run(widen=widen).outcome is outcome


@pytest.mark.parametrize(
    ("subject", "start"), [("ci: begin", "ci: "), ("Begin", "Give ")], ids=["conventional", "plain"]
)
def test_a_title_follows_the_repositorys_habit(
    hub: GitHub, teller: Teller, subject: str, start: str
) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, message=subject)
    teller.run()
    assert repo.pull.title.startswith(start)
    assert _subject(repo) == repo.pull.title


def test_the_repositorys_template_is_used_and_no_box_ticked(hub: GitHub, teller: Teller) -> None:
    template = "## What changes\n\n## Checklist\n\n- [ ] I have slept over it\n"
    repo = hub.repository(HOME, {CI: CHECKS, TEMPLATE: template})
    teller.run()
    assert repo.pull.body.startswith("## What changes\n")
    assert "- [ ] I have slept over it" in repo.pull.body


# A dry run.


def _created(teller: Teller, repo: Repository) -> Action:
    return Action.CREATE


def _updated(teller: Teller, repo: Repository) -> Action:
    teller.run()
    repo.human.push({RELEASE: RELEASES})
    return Action.UPDATE


def _closed(teller: Teller, repo: Repository) -> Action:
    teller.run()
    repo.human.push({CI: FIXED})
    return Action.CLOSE


@pytest.mark.parametrize("before", [_created, _updated, _closed])
def test_a_dry_run_writes_nothing_and_tells_what_it_would_do(
    hub: GitHub, teller: Teller, repo: Repository, before: object
) -> None:
    assert callable(before)
    outcome = before(teller, repo)
    branches = repo.branches
    hub.calls.clear()
    assert teller.run(dry=True).outcome is outcome
    assert not list(hub.calls.writes)
    assert "git-receive-pack" not in {one.operation for one in hub.calls.git}
    assert repo.branches == branches


def test_a_dry_run_makes_no_fork(hub: GitHub, teller: Teller) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={})
    assert teller.run(dry=True).outcome is Action.CREATE
    assert not repo.forks


def test_a_dry_run_writes_the_text_that_a_real_one_would(teller: Teller, repo: Repository) -> None:
    dry = teller.run(dry=True).writeup
    teller.run()
    assert dry is not None
    assert (dry.title, dry.commit) == (repo.pull.title, dry.commit)
    shown = dry.body.partition("<!-- clearance-state")[0]
    assert shown == repo.pull.body.partition("<!-- clearance-state")[0]
