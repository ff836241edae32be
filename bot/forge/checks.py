"""What a token may do in a repository, told from what is known without another call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.forge.auth import Token, TokenKind
from bot.life.overview import Overview


class Verdict(StrEnum):
    """What a check comes to."""

    OK = "ok"
    LACKS = "lacks"
    UNKNOWN = "unknown"
    NOTE = "note"
    """It works; somebody may want to know."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        sentence: what was seen, without a full stop.
        advice: what to do about it; empty where there is nothing to do.
    """

    name: str
    verdict: Verdict
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Right:
    """A permission that the program needs.

    Attributes:
        key: as tokens of apps have it.
        name: as GitHub's forms have it.
        scopes: of a classic token; any of them does.
        does: what it is needed for.
    """

    key: str
    name: str
    scopes: tuple[str, ...]
    does: str


CONTENTS = Right("contents", "Contents", ("repo", "public_repo"), "push a branch")
PULLS = Right("pull_requests", "Pull requests", ("repo", "public_repo"), "open a pull request")
WORKFLOWS = Right("workflows", "Workflows", ("workflow",), "push changed workflow files")
RIGHTS = (CONTENTS, PULLS, WORKFLOWS)

NAMES: Mapping[TokenKind, str] = {
    TokenKind.CLASSIC: "a token with scopes (a classic personal access token, or gh's own)",
    TokenKind.FINE_GRAINED: "a fine-grained personal access token",
    TokenKind.APP: "an installation token of a GitHub App",
    TokenKind.ACTIONS: "the GITHUB_TOKEN of a workflow's run",
    TokenKind.UNKNOWN: "a token of a kind that is not known",
}

_PUSHING = frozenset({"ADMIN", "MAINTAIN", "WRITE"})
_OF_APPS = frozenset({TokenKind.APP, TokenKind.ACTIONS})
_ACTIONS_LOGIN = "github-actions"
_PUBLIC = "PUBLIC"


def blocking(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Those for which a run can come to nothing."""
    return tuple(check for check in checks if check.verdict is Verdict.LACKS)


def standing(
    token: Token, overview: Overview, *, forks: bool, scopes: Collection[str] | None = None
) -> tuple[Check, ...]:
    """What stands before a run, from its first call alone.

    Rights that only a try would show are left out.

    Args:
        forks: whether the branch may be pushed to a fork.
        scopes: of a classic token, as GitHub tells them; None where they were not seen.
    """
    return (*target(token, overview, forks=forks), *rights(token, overview, scopes))


def target(token: Token, overview: Overview, *, forks: bool) -> Iterator[Check]:
    """Whether the repository can be pushed to at all."""
    name = overview.repository
    empty = overview.empty or overview.base is None
    for is_so, what, advice in (
        (overview.archived, "is archived, so it takes no pushes", "leave it out, or unarchive it"),
        (overview.disabled, "is disabled", "ask its owner, or GitHub's support"),
        (empty, "has no commits yet", "leave it out until then"),
    ):
        if is_so:
            yield Check("repository", Verdict.LACKS, f"{name} {what}", advice)
            return
    yield Check("repository", Verdict.OK, f"{name} is {overview.visibility.lower()} and in use")
    # What an app may do is told by its permissions alone.
    if token.kind in _OF_APPS:
        return
    who = overview.viewer.login
    if can_push(overview):
        yield Check("push", Verdict.OK, f"{who} may push to it")
    elif overview.permission is None:
        yield Check("push", Verdict.UNKNOWN, f"GitHub does not say what {who} may do")
    elif forks:
        sentence = f"{who} may not push to it with this token, so the branch goes to a fork"
        yield Check("push", Verdict.NOTE, sentence)
    else:
        sentence = f"{who} may not push to it with this token, and forks are turned off"
        advice = (
            f"give the account write access, and the token {CONTENTS.name}: read and write; "
            "or set fork: when-needed"
        )
        yield Check("push", Verdict.LACKS, sentence, advice)


def can_push(overview: Overview) -> bool:
    """Whether GitHub says that the token's user may push."""
    return overview.permission in _PUSHING


def rights(token: Token, overview: Overview, scopes: Collection[str] | None) -> tuple[Check, ...]:
    """The permissions, where they can be told without a try; empty where they can't."""
    if is_of_actions(token, overview.viewer.login):
        return (of_actions(),)
    if token.permissions is not None:
        return tuple(_of_app(right, token.permissions) for right in RIGHTS)
    if scopes is not None:
        public = overview.visibility == _PUBLIC
        return tuple(_of_classic(right, scopes, public=public) for right in RIGHTS)
    return ()


def is_of_actions(token: Token, login: str) -> bool:
    """Whether it is a GITHUB_TOKEN."""
    return token.kind is TokenKind.ACTIONS or login.removesuffix("[bot]") == _ACTIONS_LOGIN


def of_actions() -> Check:
    """What a GITHUB_TOKEN always lacks."""
    sentence = f"{NAMES[TokenKind.ACTIONS]} can never {WORKFLOWS.does}"
    return Check(WORKFLOWS.name, Verdict.LACKS, sentence, _INSTEAD)


_INSTEAD = (
    "use an app's or a personal access token with Contents, Pull requests and Workflows: "
    "read and write (classic: the scopes repo and workflow)"
)


def _of_app(right: Right, permissions: Mapping[str, str]) -> Check:
    if permissions.get(right.key) in ("write", "admin"):
        return Check(right.name, Verdict.OK, f"the app may {right.does}")
    advice = (
        f"give the app {right.name}: read and write in its settings, "
        "and accept that where it is installed"
    )
    return Check(right.name, Verdict.LACKS, f"the app may not {right.does}", advice)


def _of_classic(right: Right, scopes: Collection[str], *, public: bool) -> Check:
    wide, *narrow = right.scopes
    enough = {wide, *(narrow if public else ())}
    if enough.isdisjoint(scopes):
        sentence = f"the token may not {right.does}: it lacks the scope {wide}"
        return Check(right.name, Verdict.LACKS, sentence, f"give it the scope {wide}")
    return Check(right.name, Verdict.OK, f"the token's scopes let it {right.does}")
