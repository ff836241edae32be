"""What a call of GitHub's API is written down as, whoever makes it: gh, curl, a script."""

from __future__ import annotations

from bot.permissions.actions import COMMENTS
from bot.permissions.evidence import Doubt
from bot.permissions.rest import Call, Need
from bot.permissions.scopes import RANK
from bot.permissions.walk import Frame
from bot.workflow.scope import HOLE, THIS_NAME, THIS_REPOSITORY, Tokens

_EITHER = frozenset({"issues", "pull-requests"})


def judge(frame: Frame, need: Need, why: str, tokens: Tokens, line: int) -> None:
    """Write down what a call needs when it is made with these tokens."""
    if not tokens.maybe_github:
        return
    if isinstance(need, Call) and need.alternatives:
        others = [one for one in need.alternatives if one.grantable]
        for one in others:
            _grant(frame, one, why, tokens, line)
    if not need.grantable:
        frame.beyond(why, need.permission, line)
        return
    _grant(frame, need, why, tokens, line)


def _grant(frame: Frame, need: Need, why: str, tokens: Tokens, line: int) -> None:
    if not need.needs or {} in need.needs:
        return
    named = {scope for grants in need.needs for scope in grants}
    if named == _EITHER and all(len(grants) == 1 for grants in need.needs):
        level = max((g[s] for g in need.needs for s in g), key=lambda lv: RANK[lv])
        scopes: dict[str, str] = {COMMENTS: level}
    else:
        scopes = dict(min(need.needs, key=lambda g: sum(RANK[lv] for lv in g.values())))
    frame.need(scopes, why, need.what, tokens=tokens, sources=(need.source,), line=line)


def unknown_call(frame: Frame, what: str, tokens: Tokens, line: int) -> None:
    """Write down a call that can't be told, if GITHUB_TOKEN can be the one that makes it."""
    if tokens.maybe_github:
        frame.unknown(Doubt.CALL, what.replace(HOLE, "…"), line)


def is_another(frame: Frame, repository: str | None) -> bool:
    """Whether ``[host/]owner/name`` is for sure not the workflow's own repository."""
    if not repository or HOLE in repository or THIS_NAME in repository:
        return False
    known = frame.walk.world.repository
    name = "/".join(repository.split("/")[-2:])
    return known is not None and name != THIS_REPOSITORY and name.lower() != known.lower()
