"""What a call of GitHub's API is written down as, whoever makes it: gh, curl, a script."""

from __future__ import annotations

import re
from enum import Enum

from bot.hole import HOLE
from bot.permissions.evidence import Doubt
from bot.permissions.rest import Call, Need, permission_text
from bot.permissions.scopes import RANK, Grants, join
from bot.permissions.walk import ISSUE_EVENTS, PULL_REQUEST_EVENTS, Frame, comment_scopes
from bot.permissions.world import World
from bot.workflow.scope import THIS_NAME, Tokens

_EITHER = frozenset({"issues", "pull-requests"})
_PULL_REQUEST = re.compile(r"pull|(?:^|[^a-z])prs?(?:[^a-z]|$)|[a-z]Pr(?:[^a-z]|$)|^pr[A-Z]|PR")
_WORKS_ON_PULLS = re.compile(r"\.pulls\.|pullRequests?\b|(?:is|type):(?:pr|pull)|/pulls\b|gh pr ")
_EVENT = re.compile(r"^(?:context\.(?:issue|payload)|github\.event)\b")


class Topic(Enum):
    """What a call is about whose endpoint serves issues and pull requests alike.

    A pull request takes ``pull-requests``: ``issues`` alone is refused there
    (docs.github.com, permissions required for GitHub Apps).
    """

    EVENT = "what started the run, or labels and the like where nothing did"
    ISSUE = "an issue"
    PULL_REQUEST = "a pull request"
    EITHER = "an issue or a pull request"


_SCOPES = {
    Topic.EVENT: ("issues",),
    Topic.ISSUE: ("issues",),
    Topic.PULL_REQUEST: ("pull-requests",),
    Topic.EITHER: ("issues", "pull-requests"),
}


def topic(number: str, text: str) -> Topic:
    """What a call is about, by the expression for its number and the text that it stands in."""
    if _EVENT.match(number):
        on_pull_request = "pull_request" in number and ".issue" not in number
        return Topic.PULL_REQUEST if on_pull_request else Topic.EVENT
    if _PULL_REQUEST.search(number):
        return Topic.PULL_REQUEST
    if not number:
        return Topic.EVENT
    if "issue" in number.lower():
        return Topic.ISSUE
    return Topic.EITHER if _WORKS_ON_PULLS.search(text) else Topic.ISSUE


def judge(
    frame: Frame,
    need: Need,
    why: str,
    tokens: Tokens,
    line: int,
    *,
    about: Topic = Topic.EVENT,
    repository: str | None = None,
) -> None:
    """Write down what a call needs when it is made with these tokens.

    ``repository``: ``owner/name`` that it is about; None for the workflow's own.
    """
    if not tokens.any:
        return
    if repository and tokens.maybe_github and is_another(frame.walk.world, repository):
        _elsewhere(frame, need, why, tokens, line, repository)
        return
    if not tokens.maybe_github and not need.grantable:
        use = frame.use(tokens, repository=repository)
        frame.other(need.permission, why, need.what, use, line)
        return
    if isinstance(need, Call) and need.alternatives:
        others = [one for one in need.alternatives if one.grantable]
        for one in others:
            _grant(frame, one, why, tokens, line, about, repository)
    if not need.grantable:
        frame.beyond(why, need.permission, need.what, tokens, line, repository)
        return
    _grant(frame, need, why, tokens, line, about, repository)


def _elsewhere(
    frame: Frame, need: Need, why: str, tokens: Tokens, line: int, repository: str
) -> None:
    """A call about another repository, which GITHUB_TOKEN can read if it is public, and no more."""
    if not tokens.github or (isinstance(need, Call) and need.alternatives):
        return
    if need.grantable and all("write" not in grants.values() for grants in need.needs):
        return
    permission = need.permission
    if need.grantable:
        least = min(map(_width, need.needs))
        permission = permission_text(tuple(g for g in need.needs if _width(g) == least))
    name = "/".join(repository.split("/")[-2:])
    frame.beyond(f"{why} in {name}", permission, need.what, tokens, line, name)


def _grant(
    frame: Frame,
    need: Need,
    why: str,
    tokens: Tokens,
    line: int,
    about: Topic,
    repository: str | None,
) -> None:
    if not need.needs or {} in need.needs:
        return
    named = {scope for grants in need.needs for scope in grants}
    level = join(need.needs)[min(named)]
    if named >= _EITHER and all(len(grants) == 1 for grants in need.needs):
        scopes: dict[str, str] = dict.fromkeys(_about(frame, about), level)
        if "discussions" in named and any(e and e.startswith("discussion") for e in frame.events):
            scopes["discussions"] = level
    elif named == {"issues"} and "/reactions" in need.what:
        # Documented for issues alone; but what else is done to a pull request's comments takes
        # pull-requests, so a reaction there gets both.
        scopes = dict.fromkeys({"issues", *_about(frame, about)}, level)
    else:
        narrowest = min(need.needs, key=_width)
        scopes = dict(narrowest)
    frame.need(
        scopes,
        why,
        need.what,
        tokens=tokens,
        sources=(need.source,),
        line=line,
        repository=repository,
    )


def _width(grants: Grants) -> int:
    return sum(RANK[level] for level in grants.values())


def _about(frame: Frame, about: Topic) -> tuple[str, ...]:
    known = [e for e in frame.events if e in PULL_REQUEST_EVENTS or e in ISSUE_EVENTS]
    if about is Topic.EVENT and (known or None in frame.events):
        return comment_scopes(frame.events)
    return _SCOPES[about]


def unknown_call(frame: Frame, what: str, tokens: Tokens, line: int) -> None:
    """Write down a call that can't be told, if GITHUB_TOKEN can be the one that makes it."""
    if tokens.maybe_github:
        frame.unknown(Doubt.CALL, what.replace(HOLE, "…"), line)


def is_another(world: World, repository: str | None) -> bool:
    """Whether ``[github.com/]owner/name`` is for sure not the workflow's own repository.

    One of the same name under another owner can be the same: GitHub redirects calls after a
    transfer. A wiki is its repository's.
    """
    known = world.repository
    if known is None or not repository or "/" not in repository:
        return False
    name = repository.rpartition("/")[2].removesuffix(".git").removesuffix(".wiki")
    if HOLE in repository or THIS_NAME in repository or "{" in name or "$" in name:
        return False
    return name.lower() != known.rpartition("/")[2].lower()
