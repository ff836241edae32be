from __future__ import annotations

from bot.review.verify import Verdict
from tests.forge.repository import Repository
from tests.review.reviewer import Reviewer


def test_what_the_program_made_is_exactly_ours(repo: Repository, reviewer: Reviewer) -> None:
    found = reviewer.look()
    assert found.judgement.verdict is Verdict.EXACT, found.judgement
