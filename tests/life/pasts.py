"""Pull requests and repositories as plain values, for the tests of what is decided about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.life import seal, state
from bot.life.overview import Base, Head, Overview, Pull, PullState, Viewer
from bot.life.state import State

REPOSITORY = "acme/site"
LOGIN = "clearance"
BASE, HEAD, TREE = "a" * 40, "b" * 40, "c" * 40
MARK, OTHER = "1" * 16, "2" * 16
STATE = State(
    program="1.0",
    settings="s" * 16,
    base=BASE,
    head=HEAD,
    content="d" * 32,
    fingerprints=(MARK,),
)
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
AGAIN = "- [x] <!-- clearance:again --> Propose this again\n"
REBASE = "- [x] <!-- clearance:rebase --> Rebase this branch\n"

OWN_HEAD = Head(HEAD, seal.sealed("Fix it", BASE, TREE), TREE, (BASE,))
HUMAN_HEAD = Head("e" * 40, "Tweak it", TREE, (HEAD,))


def body(told: State | None = STATE, boxes: str = "") -> str:
    """The body of a pull request; without a state for None."""
    return f"# Why\n\n{boxes}\n" + (f"{state.render(told)}\n" if told else "")


OPEN = Pull(
    id="PR_1",
    number=1,
    url="https://github.com/acme/site/pull/1",
    state=PullState.OPEN,
    title="Fix it",
    body=body(),
    draft=False,
    mergeable="MERGEABLE",
    queued=False,
    created=WHEN,
    closed=None,
    base="main",
    author=LOGIN,
    head_oid=HEAD,
    head_repository=REPOSITORY,
    head=OWN_HEAD,
    labels=(),
    closed_by=None,
)
CLOSED = replace(OPEN, state=PullState.CLOSED, closed=WHEN, head=None)
MERGED = replace(CLOSED, state=PullState.MERGED)

SEEN = Overview(
    repository=REPOSITORY,
    url="https://github.com/acme/site",
    visibility="PUBLIC",
    archived=False,
    disabled=False,
    empty=False,
    fork=False,
    permission="WRITE",
    base=Base("main", BASE),
    subjects=(),
    topics=(),
    settings_text=None,
    templates=(),
    viewer=Viewer(LOGIN, 7),
    branch=None,
    pulls=(),
    limits=None,
)


def seen(*pulls: Pull, **more: object) -> Overview:
    """A repository with these pull requests, newest first."""
    return replace(SEEN, pulls=pulls, **more)  # type: ignore[arg-type]
