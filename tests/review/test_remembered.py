"""What a pull request remembers of settings and refusals, as a review tells it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.life import state
from bot.life.decide import Action
from bot.review.verify import Verdict
from tests.forge.github import GitHub
from tests.review.reviewer import Reviewer, told
from tests.stories.teller import CHECKS, CI, HOME, RELEASE, RELEASES, Teller


def test_refused_edits_are_left_out_afresh(hub: GitHub, teller: Teller, reviewer: Reviewer) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    repo.human.close(repo.pull)
    repo.human.push({".github/workflows/more.yml": CHECKS})
    teller.run()
    found = reviewer.look(number=2).judgement
    assert found.verdict is Verdict.EXACT
    assert found.notes == (
        "2 more edits come out afresh that it does not propose; people had refused edits before",
    )


def test_an_edit_that_nobody_refused_is_missed(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    repo.human.close(repo.pull)
    repo.human.push({".github/workflows/more.yml": CHECKS})
    teller.run()
    pull = repo.pulls[2]
    pull.body = state.put(pull.body, replace(told(repo, 2), refused=""))
    assert "it tells of no refusal" in reviewer.look(number=2).judgement.notes[0]


def test_a_refusal_of_what_is_gone_is_no_other_setting(
    hub: GitHub, teller: Teller, reviewer: Reviewer
) -> None:
    repo = hub.repository(HOME, {CI: CHECKS}, collaborators={"clearance": "write", "rita": "read"})
    teller.run()
    repo.human.close(repo.pull)
    repo.human.push({CI: None, ".github/workflows/more.yml": CHECKS})
    teller.run()
    assert told(repo, 2).refused
    found = reviewer.look(number=2).judgement
    assert (found.verdict, found.notes) == (Verdict.EXACT, ())


def older(body: str) -> str:
    """A body as it was written when one digest told the settings and what was refused."""
    lines = body.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("<!-- clearance-state "))
    data = json.loads(lines[at].removeprefix("<!-- clearance-state ").removesuffix(" -->"))
    del data["refused"]
    lines[at] = f"<!-- clearance-state {json.dumps({**data, 'settings': 'b' * 12})} -->"
    return "\n".join(lines)


@pytest.mark.parametrize("widen", [False, True])
def test_the_older_form_is_proved_and_kept(
    hub: GitHub, teller: Teller, reviewer: Reviewer, widen: bool
) -> None:
    files = {CI: CHECKS, RELEASE: RELEASES.replace("jobs:", "permissions: read-all\njobs:", 1)}
    repo = hub.repository(HOME, files, collaborators={"clearance": "write", "rita": "read"})
    teller.run(widen=widen)
    repo.pull.body = older(repo.pull.body)
    assert told(repo).settings == ""
    found = reviewer.look().judgement
    assert (found.verdict, found.notes) == (Verdict.EXACT, ())
    assert teller.run(widen=widen).outcome is Action.KEEP
    assert len(repo.pulls) == 1
