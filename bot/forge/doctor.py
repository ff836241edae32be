"""The program's own preflight: what its token may do, and what would be in its way.

Nothing is made or changed. Where nothing else tells what a token may do, GitHub is asked for what
can't be made: it answers 422 to a token that may ask, 403 to one that may not.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote

from bot.forge import checks, history
from bot.forge.auth import Token, TokenKind
from bot.forge.checks import CONTENTS, NAMES, PULLS, WORKFLOWS, Check, Right, Verdict
from bot.forge.errors import BadToken, ForgeError, Invalid, NotFound, Refused
from bot.forge.fields import Fields
from bot.forge.limiter import RESOURCES
from bot.forge.overview import look
from bot.life.overview import Overview

_SOON = timedelta(days=14)
_SKEW = timedelta(seconds=60)
"""An app's own token is refused by GitHub when the clock is off by more than that."""

_FEW = 50
_GIT = (2, 32)
"""The first git that can be kept from reading the user's configuration (GIT_CONFIG_GLOBAL)."""

_MINTED = frozenset({TokenKind.APP, TokenKind.ACTIONS})
"""Kinds that are made for a while, and of which no user is the owner."""

_NO_NAME = "clearance..doctor"
"""No branch and no tag can ever have such a name (git-check-ref-format)."""

_NO_COMMIT = "0" * 40
_UNABLE = "resource not accessible"
_HIDDEN = Check(
    "repository",
    Verdict.UNKNOWN,
    "it is not public, and this run's log is, so nothing is told of it",
    "run doctor from a private repository, or on your own machine",
)


class Answer(Protocol):
    """What it takes of :class:`bot.forge.client.Reply`."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in lower case."""

    def json(self) -> Any:
        """The parsed body."""


class Client(Protocol):
    """What it takes of :class:`bot.forge.client.Client`."""

    def token(self) -> Token:
        """The token."""

    def get(self, path: str) -> Answer:
        """Answer a GET."""

    def send(self, method: str, path: str, body: Mapping[str, object]) -> Answer:
        """Answer a POST."""

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        """The data that a query is answered with."""

    def download(self, path: str, limit: int) -> bytes:
        """At most ``limit`` bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the checks are for.

    Attributes:
        repository: ``owner/name``; None: the token alone is looked at.
        branch: the short name of the branch that would be pushed.
        forks: whether it may go to a fork.
        public: what is found can be read by everybody; then nothing is told of a repository that
            is not public.
    """

    repository: str | None
    branch: str
    forks: bool
    public: bool = False


def _now() -> datetime:
    return datetime.now(UTC)


def examine(
    client: Client,
    asked: Asked,
    *,
    clock: Callable[[], datetime] = _now,
    git: Callable[[], str | None] | None = None,
) -> tuple[Check, ...]:
    """All checks, in the order in which people want to read them.

    Args:
        clock: the time here, in UTC.
        git: what ``git --version`` says, None where there is none; the default asks it.

    Raises:
        ForgeError: GitHub can't be asked.
    """
    own = _git((git or git_says)())
    try:
        token = client.token()
        headers, limits = _first(client, token)
    except BadToken as error:
        return Check("token", Verdict.LACKS, str(error)), own
    except NotFound as error:
        return _no_token(asked, error), own
    moment = clock()
    about: tuple[Check, ...] = ()
    login = ""
    if asked.repository is None:
        login = _login(client, token)
        about = (checks.of_actions(),) if checks.is_of_actions(token, login) else ()
    else:
        try:
            overview = look(client, asked.repository, asked.branch)
        except (Refused, NotFound) as error:
            about = (Check("repository", Verdict.LACKS, str(error)),)
        else:
            login = overview.viewer.login
            if asked.public and overview.visibility != "PUBLIC":
                about = (_HIDDEN,)
            else:
                about = tuple(_repository(client, token, overview, asked.forks, headers))
    whose = f" of {login}" if login else ""
    return (
        Check("token", Verdict.OK, f"it is {NAMES[token.kind]}{whose}"),
        *_expiry(token, headers, moment),
        *about,
        *limits,
        _clock(headers, moment),
        own,
    )


def _no_token(asked: Asked, error: ForgeError) -> Check:
    if asked.repository is not None:
        return Check("repository", Verdict.LACKS, str(error))
    sentence = "an app gets a token for each repository, so there is none to look at"
    return Check("token", Verdict.UNKNOWN, sentence, "name a repository: doctor OWNER/REPO")


def _repository(
    client: Client, token: Token, overview: Overview, forks: bool, headers: Mapping[str, str]
) -> Iterator[Check]:
    yield from checks.target(token, overview, forks=forks)
    told = checks.rights(token, overview, _scopes(token, headers))
    yield from told or _tried(client, token, overview)
    yield from _settings(client, overview.repository)


def _first(client: Client, token: Token) -> tuple[Mapping[str, str], tuple[Check, ...]]:
    """The headers of a first answer, and the limits; asking for them counts against none."""
    try:
        reply = client.get("/rate_limit")
    except NotFound:
        # A server of one's own that sets no limits says so with 404.
        path = "/meta" if token.kind in _MINTED else "/user"
        return client.get(path).headers, (Check("limits", Verdict.OK, "the server sets none"),)
    resources = Fields.of(reply.json(), "/rate_limit").child("resources")
    return reply.headers, tuple(_limit(resources, *one) for one in RESOURCES.items())


def _limit(resources: Fields, key: str, name: str) -> Check:
    bucket = resources.child(key)
    remaining, limit, reset = (bucket.number(n) for n in ("remaining", "limit", "reset"))
    sentence = f"{remaining:,} of {limit:,} points an hour are left for {name}"
    if remaining >= min(_FEW, limit):
        return Check("limits", Verdict.OK, sentence)
    try:
        when = f"{datetime.fromtimestamp(reset, UTC):%H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        when = "later"
    return Check("limits", Verdict.LACKS, sentence, f"wait until {when}")


def _login(client: Client, token: Token) -> str:
    """Whose token it is; empty for one that has no user."""
    if token.kind in _MINTED:
        return ""
    return Fields.of(client.get("/user").json(), "/user").text("login")


def _scopes(token: Token, headers: Mapping[str, str]) -> frozenset[str] | None:
    """The scopes of a classic token; other kinds have none, and their header is empty or absent."""
    text = headers.get("x-oauth-scopes")
    if text is None or not (text.strip() or token.kind is TokenKind.CLASSIC):
        return None
    return frozenset(scope.strip() for scope in text.split(",")) - {""}


def _expiry(token: Token, headers: Mapping[str, str], now: datetime) -> Iterator[Check]:
    if token.kind in _MINTED:
        return
    text = headers.get("github-authentication-token-expiration", "")
    if not text:
        yield Check("expiry", Verdict.OK, "GitHub names no day on which the token expires")
        return
    try:
        ends = datetime.strptime(text.replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
    except ValueError:
        yield Check("expiry", Verdict.UNKNOWN, f"when the token expires can't be read: {text}")
        return
    sentence = f"the token expires on {ends:%Y-%m-%d}"
    if ends - now > _SOON:
        yield Check("expiry", Verdict.OK, sentence)
        return
    days = max((ends - now).days, 0)
    left = f"in {days} days" if days > 1 else "tomorrow" if days == 1 else "within a day"
    yield Check("expiry", Verdict.NOTE, f"{sentence}, {left}", "make a new one before that")


def _tried(client: Client, token: Token, overview: Overview) -> Iterator[Check]:
    """The rights of a token that nothing tells: each by a request that can't be met."""
    if overview.base is None or overview.archived or overview.disabled:
        return
    repository = f"/repos/{quote(overview.repository)}"
    # A user who may not push is refused here whatever the token; the fork is another matter.
    if token.kind in _MINTED or checks.can_push(overview) or overview.permission is None:
        body = {"ref": f"refs/tags/{_NO_NAME}", "sha": _NO_COMMIT}
        yield _try(client, CONTENTS, f"{repository}/git/refs", body)
    body = {"title": "clearance doctor", "head": _NO_NAME, "base": overview.base.name}
    yield _try(client, PULLS, f"{repository}/pulls", body)
    yield Check(
        WORKFLOWS.name,
        Verdict.UNKNOWN,
        f"whether the token may {WORKFLOWS.does} shows only when it does",
        f"look at its settings: {WORKFLOWS.name}: read and write",
    )


def _try(client: Client, right: Right, path: str, body: Mapping[str, object]) -> Check:
    advice = f"give it {right.name}: read and write, for this repository"
    unknown = Check(
        right.name, Verdict.UNKNOWN, f"whether the token may {right.does} can't be told"
    )
    try:
        client.send("POST", path, body)
    except Invalid as error:
        # 409 is said of an empty repository before anything else is looked at.
        if error.status == 422:
            return Check(right.name, Verdict.OK, f"the token may {right.does}")
        return unknown
    except Refused as error:
        if _UNABLE in str(error).lower():
            return Check(right.name, Verdict.LACKS, f"the token may not {right.does}", advice)
        return unknown
    except ForgeError:
        return unknown
    return unknown


def _settings(client: Client, repository: str) -> Iterator[Check]:
    """What the settings of Actions say, which is for administrators to read."""
    path = f"/repos/{quote(repository)}/actions/permissions"
    try:
        actions = history.read(client, path, repository)
        defaults = history.defaults(client, repository)
    except (Refused, NotFound):
        defaults = None
        actions = None
    if actions is None or defaults is None:
        yield Check(
            "settings",
            Verdict.UNKNOWN,
            "the token may not read the settings of Actions, so nothing is said about them",
            "it would take Administration: read; it works without",
        )
        return
    if not actions.flag("enabled"):
        yield Check("settings", Verdict.NOTE, "Actions is turned off here, so nothing runs")
        return
    if actions.text_or_none("allowed_actions") in ("selected", "local_only"):
        yield Check("settings", Verdict.NOTE, "only actions that the settings allow may run")
    yield Check("settings", Verdict.OK, _LEVELS[defaults.level])
    may = "may" if defaults.may_approve else "may not"
    yield Check("settings", Verdict.OK, f"Actions {may} create and approve pull requests")


_LEVELS = {
    "read": "a workflow that states no permissions may read contents and packages",
    "write": "a workflow that states no permissions may write nearly everything",
}


def _clock(headers: Mapping[str, str], now: datetime) -> Check:
    try:
        there = parsedate_to_datetime(headers.get("date", ""))
        off = abs(now - there.replace(tzinfo=there.tzinfo or UTC))
    except (ValueError, OverflowError):
        return Check("clock", Verdict.UNKNOWN, "GitHub's answer bears no time to compare with")
    if off <= _SKEW:
        return Check("clock", Verdict.OK, "the clock is right")
    sentence = f"the clock is off by {int(off.total_seconds()):,} seconds"
    return Check("clock", Verdict.NOTE, sentence, "set it: GitHub refuses apps whose clock is off")


def git_says() -> str | None:
    """What ``git --version`` prints; None where there is no git that answers."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - no shell, nothing of it is from outside
            [git, "--version"], capture_output=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout[:200].decode("ascii", "replace")


def _git(says: str | None) -> Check:
    wanted = ".".join(map(str, _GIT))
    advice = f"install git {wanted} or later"
    if says is None:
        return Check("git", Verdict.LACKS, "there is no git", advice)
    version = re.search(r"(\d{1,4})\.(\d{1,4})", says)
    if version is None:
        return Check("git", Verdict.UNKNOWN, "the version of git can't be told", advice)
    if (int(version[1]), int(version[2])) < _GIT:
        return Check("git", Verdict.LACKS, f"git {version[0]} is too old", advice)
    return Check("git", Verdict.OK, f"git {version[0]} is there")
