"""What was decided about a repository before: its own pull requests, and what people said to them.

A no is a no: what a human closed, reverted or undid is not proposed again. What a stale bot closed,
or the program itself, was refused by nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.life import seal, state
from bot.life.overview import Head, Overview, Pull, PullState
from bot.life.state import Box, State
from bot.permissions.evidence import Lost
from bot.permissions.lost import MOST

WORD = "no-clearance"
"""The topic of a repository, or the label of a pull request, that stops the program."""
_PATIENCE = 2
"""Times that a stale bot's closing is no answer; then it is one."""


class Stop(StrEnum):
    """Why nothing can or may be done; the value is a sentence about the repository."""

    ARCHIVED = "it is archived; nothing can be pushed to it"
    DISABLED = "GitHub has disabled it; nothing can be pushed to it"
    EMPTY = "it has no commits; there is nothing to read"
    NO_WORKFLOWS = "it has no workflows, or none but those that exclude names"
    TOPIC = f"it has the topic {WORD}; remove it to get pull requests again"
    LABEL = f"a pull request here has the label {WORD}; remove it to get pull requests again"
    SETTINGS = "the settings say enabled: false, its .github/clearance.yml or those for all"
    QUEUED = "its pull request is in the merge queue; nothing is done until it leaves that"
    TOUCHED = "somebody else has pushed to the branch of its pull request, which is left to them"
    MOVED = "its pull request is to go into another branch than the default one; it is left to you"
    GONE = "the fork of its pull request is gone; tick Propose this again there and close it"
    SILENT = (
        "a pull request of its own does not tell this version what it proposed; put its hidden "
        "block back, or `- [x] <!-- clearance:again -->` to forget it, and close it"
    )
    TAKEN = (
        "the branch holds what this program did not put there; choose another name with the "
        "setting branch"
    )


@dataclass(frozen=True, slots=True)
class Own:
    """One of the program's own pull requests, with what it remembers."""

    pull: Pull
    state: State

    @property
    def boxes(self) -> frozenset[Box]:
        """What is ticked in its body."""
        return state.ticked(self.pull.body)


@dataclass(frozen=True, slots=True)
class Past:
    """What came of the program's earlier work in a repository.

    Attributes:
        current: its open pull request.
        refused: fingerprints of edits that people have refused.
        branch: where the branch stands that the pull request is, or is to be, made from; None where
            there is none yet.
        stop: why nothing may be done; None where something may.
    """

    current: Own | None
    refused: frozenset[str]
    branch: Head | None
    stop: Stop | None

    @property
    def told(self) -> tuple[Lost, ...]:
        """What the body of the open pull request says that runs have failed without."""
        return self.current.state.lost if self.current else ()


def past(overview: Overview) -> Past:
    """What is known before anything is read."""
    own = tuple(_own(overview))
    current = next((one for one in own if one.pull.state is PullState.OPEN), None)
    wanted = frozenset(current.state.fingerprints) if current else frozenset()
    branch = current.pull.head if current else overview.branch
    return Past(current, _refused(own) - wanted, branch, _stop(overview, current, branch))


def lost(before: Iterable[Lost], told: Iterable[Lost]) -> tuple[Lost, ...]:
    """What runs have failed without: what the open pull request rests on, and what is ``told``."""
    found: dict[tuple[str, ...], Lost] = {}
    for one in (*before, *told):
        found.setdefault((one.path, one.job, one.scope, one.level), one)
    return tuple(found.values())[:MOST]


def is_news(past: Past, lost: Sequence[Lost]) -> bool:
    """Whether the open pull request does not know of all that runs have failed without."""
    return past.current is None or len(past.told) != len(lost)


def is_foreign(overview: Overview, branch: Head) -> bool:
    """Whether a branch holds what the program did not put there, and what no merge has taken."""
    merged = {one.pull.head_oid for one in _own(overview) if one.pull.state is PullState.MERGED}
    return _is_touched(branch) and branch.oid not in merged


def _is_touched(branch: Head) -> bool:
    return not seal.is_own(branch.message, branch.parents, branch.tree)


def _own(overview: Overview) -> list[Own]:
    """The program's own pull requests, newest first.

    Anybody can make one from a fork and write anything into it; only those count that the token's
    account made, or somebody who may push to the repository.
    """
    found = []
    for pull in overview.pulls:
        if _mine(pull, overview) or _here(pull, overview):
            told = state.read(pull.body)
            if told is not None:
                found.append(Own(pull, told))
    return found


def _refused(own: tuple[Own, ...]) -> frozenset[str]:
    refused: set[str] = set()
    stale: Counter[str] = Counter()
    for one in own:
        if one.pull.state is PullState.OPEN or Box.AGAIN in one.boxes:
            continue
        closed = one.pull.state is PullState.CLOSED
        if closed and one.state.ending:
            continue
        if closed and _by_stale_bot(one.pull):
            stale.update(one.state.fingerprints)
        else:
            # What was merged and is to be proposed again was reverted, or undone by hand.
            refused.update(one.state.fingerprints)
    return frozenset(refused | {mark for mark, times in stale.items() if times >= _PATIENCE})


def _by_stale_bot(pull: Pull) -> bool:
    """Whether a bot closed it for its age: actions/stale runs as ``github-actions``."""
    by = pull.closed_by
    if by is None or not by.is_bot:
        return False
    return by.login.removesuffix("[bot]") == "github-actions" or "stale" in by.login.lower()


def _stop(overview: Overview, current: Own | None, branch: Head | None) -> Stop | None:
    opens = any(p.state is PullState.OPEN and _here(p, overview) for p in overview.pulls)
    touched = branch is not None and _is_touched(branch)
    foreign = branch is not None and is_foreign(overview, branch)
    moved = current is not None and overview.base and current.pull.base != overview.base.name
    reasons = {
        Stop.ARCHIVED: overview.archived,
        Stop.DISABLED: overview.disabled,
        Stop.EMPTY: overview.empty or overview.base is None,
        Stop.TOPIC: WORD in overview.topics,
        Stop.LABEL: any(WORD in map(str.lower, pull.labels) for pull in overview.pulls),
        Stop.QUEUED: current is not None and current.pull.queued,
        Stop.TOUCHED: current is not None and touched,
        Stop.MOVED: moved,
        Stop.GONE: current is not None and branch is None,
        Stop.SILENT: any(_silent(pull, overview) for pull in overview.pulls),
        Stop.TAKEN: current is None and (foreign or opens),
    }
    return next((stop for stop, holds in reasons.items() if holds), None)


def _mine(pull: Pull, overview: Overview) -> bool:
    return pull.author == overview.viewer.login


def _here(pull: Pull, overview: Overview) -> bool:
    return pull.head_repository == overview.repository


def _silent(pull: Pull, overview: Overview) -> bool:
    """Whether somebody may have refused in it what it no longer tells of."""
    lost = pull.state is not PullState.MERGED and state.read(pull.body) is None
    return lost and _mine(pull, overview) and Box.AGAIN not in state.ticked(pull.body)
