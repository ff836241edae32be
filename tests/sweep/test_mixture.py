"""Whatever GitHub does wrong, at random and all together: in the end each is right, and once."""

from __future__ import annotations

import random
import threading
from collections import Counter

import pytest

from bot.commands import Exit
from bot.forge import transport
from tests.forge.answers import Answer
from tests.forge.faults import SECONDARY, Call, Cut, status
from tests.forge_client.support import FakeClock
from tests.sweep.nights import Nights, all_right

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
SILENCE = (Cut.HANG, Cut.HANG_AFTER, Cut.STALL)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_goes_wrong_at_random_is_right_in_the_end(
    nights: Nights, clock: FakeClock, seed: int
) -> None:
    dice, lock = random.Random(seed), threading.Lock()  # noqa: S311 - it keeps no secret
    nights.patch.setattr(transport, "_READ_SECONDS", 0.3)

    def unlucky(_call: Call) -> bool:
        with lock:
            return dice.random() < 0.02

    def of_api(call: Call) -> bool:
        return not call.operation.startswith("git-") and unlucky(call)

    def asks(call: Call) -> bool:
        return bool(call.operation) and call.path == "/graphql" and unlucky(call)

    made = nights.repositories(10)
    nights.hub.limits.creations_a_minute = 20
    for match, outcomes in ((unlucky, OUTCOMES), (of_api, SILENCE), (asks, (RATE_LIMITED, BROKEN))):
        for outcome in outcomes:
            nights.hub.fault(match, outcome, times=None)
    for _ in range(3):
        nights.sweep(more="content_per_minute: 20")
    nights.hub.heal()
    assert nights.sweep(more="content_per_minute: 20") is Exit.DONE
    all_right(made)
    assert nights.hub.limits.refused == 0
    created = Counter(one.path for one in nights.hub.calls if _creates(one.method, one.path))
    assert len(created) == len(made)
    nights.hub.calls.clear()
    nights.sweep(more="content_per_minute: 20")
    assert not nights.hub.calls.writes


def _creates(method: str, path: str) -> bool:
    return method == "POST" and path.endswith("/pulls")
