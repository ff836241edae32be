"""Actions that no table knows are looked up, all at once, and shape what is proposed."""

from __future__ import annotations

from bot.life import state
from bot.life.decide import Action
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import BRANCH, CI, HOME, Teller

METADATA = "action.yml"
SCRIPT = """\
name: Quiet
inputs:
  colour:
    default: red
runs:
  using: node20
  main: index.js
"""
RELEASES = """\
name: Releases
runs:
  using: composite
  steps:
    - run: gh release create "$GITHUB_REF_NAME"
      shell: bash
      env:
        GH_TOKEN: ${{ github.token }}
"""
WRAPS = """\
name: Wraps
runs:
  using: composite
  steps:
    - uses: acme/releases@v1
"""


def _workflow(*actions: str) -> str:
    steps = "".join(f"      - uses: {one}\n" for one in actions)
    return f"on: workflow_dispatch\njobs:\n  work:\n    runs-on: ubuntu-latest\n    steps:\n{steps}"


def _action(hub: GitHub, name: str, metadata: str, tag: str = "v1") -> Repository:
    made = hub.repository(f"acme/{name}", {METADATA: metadata})
    made.git.update(f"refs/tags/{tag}", made.head)
    return made


def _asked(hub: GitHub) -> int:
    """How many calls asked for files of other repositories."""
    return sum(one.operation == "Files" for one in hub.calls.api)


def _block(repo: Repository) -> str:
    """The block of the one job, in one line."""
    text = repo.text(CI, BRANCH) or ""
    return " ".join(text.partition("    permissions:")[2].partition("    steps:")[0].split())


def test_an_action_without_a_token_needs_none(hub: GitHub, teller: Teller) -> None:
    _action(hub, "quiet", SCRIPT)
    repo = hub.repository(HOME, {CI: _workflow("acme/quiet@v1")})
    assert teller.run().outcome is Action.CREATE
    assert _block(repo).startswith("{}")


def test_the_steps_of_a_composite_action_are_read(hub: GitHub, teller: Teller) -> None:
    _action(hub, "releases", RELEASES)
    repo = hub.repository(HOME, {CI: _workflow("acme/releases@v1")})
    teller.run()
    assert _block(repo).startswith("contents: write")


def test_an_action_within_an_action_is_read(hub: GitHub, teller: Teller) -> None:
    _action(hub, "releases", RELEASES)
    _action(hub, "wraps", WRAPS)
    repo = hub.repository(HOME, {CI: _workflow("acme/wraps@v1")})
    teller.run()
    assert _block(repo).startswith("contents: write")


def test_what_was_read_is_remembered(hub: GitHub, teller: Teller) -> None:
    action = _action(hub, "releases", RELEASES)
    repo = hub.repository(HOME, {CI: _workflow("acme/releases@v1")})
    teller.run()
    told = state.read(repo.pull.body)
    assert told is not None
    (source,) = told.sources
    blob = action.find(f"v1:{METADATA}")
    assert blob is not None
    assert source == state.Source("acme/releases@v1", action.head, METADATA, blob.oid)


def test_an_action_that_is_not_there_stays_unknown(hub: GitHub, teller: Teller) -> None:
    hub.repository(HOME, {CI: _workflow("acme/gone@v1")})
    result = teller.run()
    assert result.outcome is Action.NOTHING
    assert [one.path for one in result.reports] == [CI]


def test_one_that_is_not_there_does_not_hide_the_others(hub: GitHub, teller: Teller) -> None:
    _action(hub, "quiet", SCRIPT)
    files = {
        CI: _workflow("acme/quiet@v1"),
        ".github/workflows/gone.yml": _workflow("acme/gone@v1"),
    }
    repo = hub.repository(HOME, files)
    teller.run()
    assert set(repo.pull.files()) == {CI}


def test_all_of_them_take_one_call(hub: GitHub, teller: Teller) -> None:
    names = [f"quiet-{number}" for number in range(8)]
    for name in names:
        _action(hub, name, SCRIPT)
    hub.repository(HOME, {CI: _workflow(*(f"acme/{name}@v1" for name in names))})
    teller.run()
    assert _asked(hub) == 1


def test_one_at_a_commit_is_asked_for_once(hub: GitHub, teller: Teller) -> None:
    action = _action(hub, "quiet", SCRIPT)
    for name in (HOME, "octo/other"):
        hub.repository(name, {CI: _workflow(f"acme/quiet@{action.head}")})
        teller.run(name)
    assert _asked(hub) == 1


def test_one_at_a_tag_is_asked_for_each_time(hub: GitHub, teller: Teller) -> None:
    _action(hub, "quiet", SCRIPT)
    for name in (HOME, "octo/other"):
        hub.repository(name, {CI: _workflow("acme/quiet@v1")})
        teller.run(name)
    assert _asked(hub) == 2


def test_a_tag_that_was_moved_is_seen_when_the_base_moves(hub: GitHub, teller: Teller) -> None:
    action = _action(hub, "changes", SCRIPT)
    repo = hub.repository(HOME, {CI: _workflow("acme/changes@v1")})
    teller.run()
    action.human.push({METADATA: RELEASES})
    action.git.update("refs/tags/v1", action.head)
    repo.human.push({"README.md": "More."})
    assert teller.run().outcome is Action.UPDATE
    assert _block(repo).startswith("contents: write")


def test_what_can_not_be_read_this_time_takes_nothing_away(hub: GitHub, teller: Teller) -> None:
    _action(hub, "releases", RELEASES)
    repo = hub.repository(HOME, {CI: _workflow("acme/releases@v1")})
    teller.run()
    head = repo.branches[BRANCH]
    repo.human.push({"README.md": "More."})
    hub.fault("Files", status(404), times=None)
    assert teller.run().outcome is Action.WAIT
    assert (repo.pull.state, repo.branches[BRANCH]) == ("OPEN", head)
