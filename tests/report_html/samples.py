"""Records as a sweep makes them: rewrites of the examples and cases, all over an organisation.

``python -m tests.report_html.samples NUMBER FILE`` writes a report of them, to look at.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.analysis import analyse
from bot.files import Checkout
from bot.life.decide import Action
from bot.permissions.world import World
from bot.remedies.rules import Rules
from bot.report.html import write
from bot.strand import Result
from bot.sweep.record import FileRecord, FindingRecord, Record, State, Summary
from bot.sweep.recording import record

ROOT = Path(__file__).parents[2]
_OWNERS = ("northwind", "northwind-labs", "northwind-archive", "aurora-platform")
_WORDS = (
    "billing", "ledger", "search", "gateway", "catalog", "mobile", "web", "auth", "metrics",
    "deploy", "infra", "notes", "docs", "shipping", "orders", "pricing", "tax", "reports",
)  # fmt: skip
_KINDS = ("api", "service", "client", "worker", "ui", "sdk", "tools", "charts", "proto", "site")
_STATES = (
    (State.UNCHANGED, 4200), (State.NOTHING, 2300), (State.RIGHT, 900), (State.OPENED, 1200),
    (State.UPDATED, 300), (State.LATER, 560), (State.STOPPED, 260), (State.REFUSED, 130),
    (State.CLOSED, 90), (State.FAILED, 60),
)  # fmt: skip
_WHYS = {
    State.LATER: (
        "It waits for the canaries: 2 of 5 are merged.",
        "The limit of 30 pull requests an hour is used up.",
        "The schedule allows no pull requests at this time.",
    ),
    State.STOPPED: (
        "It is archived.",
        "Its settings opt out.",
        "A human has pushed to the branch clearance/permissions.",
    ),
    State.REFUSED: ("A human closed the pull request.", "The merge was reverted by hand."),
    State.FAILED: (
        "The push was refused: a ruleset of the organisation restricts new branches.",
        "The clone took longer than 300 seconds.",
        "GitHub answered 502 five times.",
    ),
    State.CLOSED: ("What it proposed was done by hand.",),
}
_WITH_FILES = {State.OPENED, State.UPDATED, State.RIGHT, State.LATER, State.REFUSED}
_ALARM = "The job release failed in its first run after the merge: it lacked packages: write."


@cache
def rewrites() -> tuple[tuple[FileRecord, tuple[FindingRecord, ...]], ...]:
    """Every rewrite of the examples and cases, with what was found in the file."""
    roots = [*(ROOT / "examples").iterdir(), *(ROOT / "tests" / "cases" / "fix").iterdir()]
    found = []
    for root in sorted(root for root in roots if root.is_dir()):
        checkout = Checkout(root)
        for path in checkout.workflows():
            report = analyse(World(checkout), path, checkout.read_bytes(path), Rules())
            made = record(Result("o/r", "", Action.CREATE, reports=(report,)), "", 0, 0)
            found += [(one, made.findings) for one in made.files]
    return tuple(found)


def records(count: int, seed: int = 1) -> Iterator[Record]:
    """Records of an organisation's sweep, always the same for a number and a seed."""
    chance = random.Random(seed)  # noqa: S311
    changes = rewrites()
    order = sorted(changes, key=lambda change: -len(change[0].jobs))
    weights = [1 / (1 + n) for n in range(len(changes))]
    states, shares = zip(*_STATES, strict=True)
    names = ("ci.yml", "release.yml", "build.yaml", "publish.yml", "x.yml")
    for number in range(count):
        owner = chance.choices(_OWNERS, (60, 20, 5, 15))[0]
        name = f"{owner}/{chance.choice(_WORDS)}-{chance.choice(_KINDS)}-{number}"
        state = chance.choices(states, shares)[0]
        found = (
            chance.choices(order, weights, k=chance.choice((1, 1, 1, 2)))
            if state in _WITH_FILES
            else []
        )
        files = tuple(
            replace(one, path=f".github/workflows/{chance.choice(names)}")
            for one, _ in dict(found).items()
        )
        head = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        pulled = state in (State.OPENED, State.UPDATED, State.RIGHT, State.CLOSED, State.REFUSED)
        yield Record(
            repository=name,
            state=state,
            head=head if state is not State.STOPPED else "",
            branch="clearance/permissions" if pulled else "",
            why=chance.choice(_WHYS.get(state, ("",))),
            pull=f"https://github.com/{name}/pull/{chance.randint(1, 900)}" if pulled else "",
            seconds=round(chance.expovariate(0.4), 2),
            calls=chance.randint(2, 14) if files else 0,
            files=files,
            findings=tuple(f for _, said in found for f in said),
            notes=("The body was cut to GitHub's limit; evidence.md has all of it.",)
            if chance.random() < 0.02
            else (),
            alarms=(_ALARM,) if state is State.RIGHT and chance.random() < 0.03 else (),
        )


def summary(count: int, seed: int = 1) -> Summary:
    """The summary that goes with :func:`records`."""
    states = Counter(one.state for one in records(count, seed))
    return Summary(
        "2026-01-31T04:00:12Z", 742.0 + count / 20, {s.value: n for s, n in states.items()},
        calls=count // 2 + 180, waited=64.0,
        limits={"REST": (3120, 5000), "GraphQL": (4790, 5000), "pull requests an hour": (4, 30)},
    )  # fmt: skip


if __name__ == "__main__":
    number = int(sys.argv[1])
    write(records(number), summary(number), Path(sys.argv[2]))
