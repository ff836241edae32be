"""A fix worked out afresh rests on the answers that were recorded, and on no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.life.state import Source
from bot.review.verify import Verdict
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.review.reviewer import Reviewer, retell, told
from tests.stories.teller import CHECKS, CI, HOME, Teller

GO = """\
runs:
  using: composite
  steps:
    - run: bash "${{ github.action_path }}/go.sh"
      shell: bash
      env:
        GH_TOKEN: ${{ github.token }}
"""
USES = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: acme/act@v1
"""


def test_nothing_is_asked_for_by_a_name_that_moves(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    action = GO.replace('bash "${{ github.action_path }}/go.sh"', "gh release create v1")
    other = hub.repository("acme/act", {"action.yml": action})
    other.human.create_branch("v1")
    text = CHECKS.replace("actions/checkout@v4", "acme/act@v1")
    hub.repository(HOME, {CI: text}, collaborators={"clearance": "write", "rita": "write"})
    teller.run()
    assert told(hub.world.find(HOME)[0]).sources  # type: ignore[arg-type]
    other.human.push({"action.yml": "runs: {using: composite, steps: []}\n"}, "v1")
    found = reviewer.look().judgement
    assert found.verdict is Verdict.EXACT


def test_an_answer_of_another_file_is_none(repo: Repository, reviewer: Reviewer) -> None:
    commit = repo.head
    blob = repo.git.resolve(f"{commit}:README.md")
    retell(repo, sources=(Source(f"{HOME}@main", commit, "README.md", str(blob)),))
    found = reviewer.look().judgement
    assert found.verdict is Verdict.NOT_OURS


def test_an_answer_that_another_file_asked_for_first_is_recorded(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    other = hub.repository("acme/act", {"action.yml": GO, "go.sh": "gh release create v1\n"})
    other.human.create_branch("v1")
    stated = f"permissions:\n  contents: write\n{USES}"
    files = {".github/workflows/a.yml": stated, ".github/workflows/b.yml": USES}
    repo = hub.repository(HOME, files, collaborators={"clearance": "write", "rita": "write"})
    teller.run()
    assert set(repo.pull.files()) == {".github/workflows/b.yml"}
    assert len(told(repo).sources) == 2
    # It publishes when it is pushed to, so that the branch went to a fork.
    assert reviewer.look(None, "clearance").judgement.verdict is Verdict.EXACT


def test_a_pinned_action_is_read_at_no_other_commit(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    other = hub.repository("acme/act", {"action.yml": GO, "go.sh": "gh release create v1\n"})
    pinned = other.head
    text = USES.replace("on: push", "on: pull_request").replace("@v1", f"@{pinned}")
    repo = hub.repository(HOME, {CI: text}, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    assert reviewer.look().judgement.verdict is Verdict.EXACT
    moved = other.human.push({"action.yml": f"# x\n{GO}"})
    sources = tuple(
        replace(one, commit=moved, blob=str(other.git.resolve(f"{moved}:{one.path}")))
        for one in told(repo).sources
    )
    retell(repo, sources=sources)
    assert reviewer.look().judgement.verdict is Verdict.NOT_OURS


def test_a_body_without_room_for_all_answers_proves_nothing(
    hub: GitHub, teller: Teller, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repository("acme/act", {"action.yml": GO, "go.sh": "gh release create v1\n"})
    text = USES.replace("on: push", "on: pull_request").replace("@v1", "@main")
    repo = hub.repository(HOME, {CI: text}, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    retell(repo, sources=())
    assert reviewer.look().judgement.verdict is Verdict.NOT_OURS
    monkeypatch.setattr("bot.review.fetching._CROWDED", 100)
    assert reviewer.look().judgement.verdict is Verdict.UNPROVED
