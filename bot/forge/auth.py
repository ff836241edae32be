"""Whose name the calls are made in: a token from the environment, or a GitHub App.

Tokens are taken out of the environment, so that no process started later inherits one.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

from bot.forge.calls import Call, Calls, Identity, server_time
from bot.forge.errors import BadToken, ForgeError, NotFound, Refused, Unreachable
from bot.forge.limiter import PROCESS, Cost, Limiter
from bot.forge.redact import secret
from bot.forge.transport import Reply
from bot.forge.wording import place, shown

_TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE_TOKENS = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_APP_ID = "CLEARANCE_APP_ID"
_KEY = "CLEARANCE_APP_KEY"
_KEY_FILE = "CLEARANCE_APP_KEY_FILE"
_RUNNER_TOKENS = ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN")
_SECRETS = (*_ENTERPRISE_TOKENS, *_TOKENS, _KEY, *_RUNNER_TOKENS)

_DOTCOM = re.compile(r"(?:api\.github\.com|.+\.ghe\.com)")

_EARLY = 300.0
"""Seconds before its end that an installation token is renewed: time enough to push."""

_NEEDED = {
    "contents": "write",
    "pull_requests": "write",
    "workflows": "write",
    "actions": "read",
    "checks": "read",
    "statuses": "read",
    "administration": "read",
    "secrets": "read",
}
"""What the program does with an installation token, and the levels that it takes."""
_LISTED = dict.fromkeys(("contents", "pull_requests", "actions", "checks", "statuses"), "read")
"""What it takes to list what an account has, and to look at what came after a merge."""
_LEVELS = ("read", "write", "admin")
_PAGE = 100
SUSPENDED = "the app's installation there is suspended: an owner has to allow it again"
ALL = "*"
"""In the place of a repository's name: all that an app is installed on in an account, to read."""


class TokenKind(StrEnum):
    """What gave a token its rights."""

    CLASSIC = "classic"
    FINE_GRAINED = "fine-grained"
    APP = "app"
    ACTIONS = "actions"
    UNKNOWN = "unknown"


_PREFIXES = (
    ("ghp_", TokenKind.CLASSIC),
    ("gho_", TokenKind.CLASSIC),
    ("github_pat_", TokenKind.FINE_GRAINED),
    ("ghs_", TokenKind.APP),
)
"""``gho_`` is what ``gh auth token`` gives: scopes decide, as with a classic token."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and what is known of it.

    Attributes:
        permissions: name → level, as GitHub said on minting it; None for what was not minted here.
    """

    value: str = field(repr=False)
    kind: TokenKind
    permissions: Mapping[str, str] | None = None


class Credentials(Protocol):
    """Where tokens come from."""

    def token(self, repository: str) -> Token:
        """One for ``owner/name`` that is good for some minutes at least. Raises ForgeError.

        For ``owner/*`` (:data:`ALL`) an app's token may read all that it is installed on there.
        """


@dataclass(frozen=True, slots=True)
class Account:
    """An account that an app is installed on.

    Attributes:
        whole: it is for all that the account owns, and not for a choice of it.
        suspended: it gives no token until an owner of the account allows it again.
    """

    login: str
    whole: bool
    suspended: bool


def accounts(credentials: Credentials) -> tuple[Account, ...] | None:
    """All that an app is installed on; None where there is no app, but a token for everything.

    Raises:
        ForgeError: GitHub does not know the app, or gives no answer.
    """
    return credentials.accounts() if isinstance(credentials, _App) else None


def is_app(credentials: Credentials) -> bool:
    """Whether each account needs a token of its own."""
    return isinstance(credentials, _App)


def from_environment(
    environ: MutableMapping[str, str], api_url: str, *, limiter: Limiter | None = None
) -> Credentials:
    """A token's or an app's credentials, by the variables that are set.

    ``GH_TOKEN``, then ``GITHUB_TOKEN`` (for a GitHub Enterprise Server ``GH_ENTERPRISE_TOKEN`` and
    ``GITHUB_ENTERPRISE_TOKEN`` before them), else ``CLEARANCE_APP_ID`` with ``CLEARANCE_APP_KEY``
    or ``CLEARANCE_APP_KEY_FILE``. All that is secret is taken out of ``environ``, used or not.
    Raises ForgeError, which says what to set.
    """
    taken = {name: environ.pop(name, "").strip() for name in _SECRETS}
    for value in taken.values():
        secret(value)
    host = urlsplit(api_url).hostname or ""
    names = _TOKENS if _DOTCOM.fullmatch(host) else (*_ENTERPRISE_TOKENS, *_TOKENS)
    name = next((name for name in names if taken[name]), "")
    if name:
        in_actions = environ.get("GITHUB_ACTIONS") == "true"
        return _Fixed(_token(name, taken, in_actions=in_actions))
    app_id = environ.get(_APP_ID, "").strip()
    key = taken[_KEY] or _key_in_file(environ.pop(_KEY_FILE, "").strip())
    if app_id and key:
        return _App(app_id, key.replace("\\n", "\n"), api_url, limiter or PROCESS)
    if app_id:
        raise ForgeError(f"A GitHub App needs its key: set {_KEY_FILE}, or {_KEY}")
    if key:
        raise ForgeError(f"A GitHub App's key needs the app's id: set {_APP_ID}")
    raise ForgeError(f"There is no token: set {names[0]}, or {_APP_ID} and {_KEY_FILE}")


def _token(name: str, taken: Mapping[str, str], *, in_actions: bool) -> Token:
    value = taken[name]
    # A header with anything else is refused by the HTTP library, which then shows it.
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise BadToken(f"{name} holds characters that no token has: set it to the token alone")
    kind = next((kind for prefix, kind in _PREFIXES if value.startswith(prefix)), TokenKind.UNKNOWN)
    # A workflow's own token and an app's look the same, but only one is called GITHUB_TOKEN.
    if kind is TokenKind.APP and in_actions and value == taken["GITHUB_TOKEN"]:
        kind = TokenKind.ACTIONS
    return Token(value, kind)


def _key_in_file(path: str) -> str:
    if not path:
        return ""
    try:
        key = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or "no text"
        raise ForgeError(
            f"{_KEY_FILE} can't be read ({shown(path)}: {why}): "
            "set it to the file that GitHub gave for the app"
        ) from None
    secret(key)
    return key


class _Fixed:
    """One token for everything."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def token(self, repository: str) -> Token:  # noqa: ARG002 - it is what Credentials have
        """The token."""
        return self._token


@dataclass(frozen=True, slots=True)
class _Installation:
    number: int
    permissions: Mapping[str, str]


class _App:
    """Tokens of a GitHub App's installations: each for one repository, and for an hour."""

    def __init__(self, app_id: str, key: str, api_url: str, limiter: Limiter) -> None:
        self._app_id = app_id
        self._key = key
        self._limiter = limiter
        self._calls = Calls(
            api_url,
            self._identity,
            limiter,
            f"check {_APP_ID}, the app's key, and the clock of this machine",
        )
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._installations: dict[str, _Installation] = {}
        self._tokens: dict[str, tuple[Token, float]] = {}

    def token(self, repository: str) -> Token:
        """The repository's token, a new one five minutes before the last one's end."""
        name = repository.lower()
        with self._lock:
            lock = self._locks.setdefault(name, Lock())
        # Threads that need the same token wait for it; others need not wait for them.
        with lock:
            token, until = self._tokens.get(name, (None, 0.0))
            if token is None or self._limiter.clock.monotonic() >= until:
                token, until = self._mint(repository)
                self._tokens[name] = (token, until)
            return token

    def accounts(self) -> tuple[Account, ...]:
        """The accounts that the app is installed on
        (https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app).
        """
        found: list[Account] = []
        for page in itertools.count(1):
            path = f"/app/installations?per_page={_PAGE}&page={page}"
            answer = self._call("GET", path).json()
            if not isinstance(answer, list):
                raise _strange()
            found += filter(None, map(self._account, answer))
            if len(answer) < _PAGE:
                break
        return tuple(found)

    def _account(self, answer: Any) -> Account | None:
        account = _member(answer, "account", object)
        login = account.get("login") if isinstance(account, dict) else None
        if not isinstance(login, str):
            # That of an enterprise has no repositories of its own.
            return None
        number, permissions = _member(answer, "id", int), _member(answer, "permissions", dict)
        suspended = bool(answer.get("suspended_at"))
        if not suspended:
            self._installations[login.lower()] = _Installation(number, permissions)
        return Account(login, answer.get("repository_selection") == "all", suspended)

    def _identity(self) -> Identity:
        from github.Auth import AppAuth

        try:
            web_token = AppAuth(self._app_id, self._key).token
        except Exception:  # noqa: BLE001 - of several libraries, and some show the key
            raise BadToken(
                f"The app's key is no RSA key in PEM: set {_KEY_FILE} to the file that GitHub gave"
            ) from None
        return Identity(f"Bearer {web_token}", f"app {self._app_id}")

    def _mint(self, repository: str) -> tuple[Token, float]:
        owner = repository.partition("/")[0].lower()
        kept = self._installations.get(owner)
        if kept is not None:
            try:
                return self._mint_for(kept, repository)
            except NotFound:
                # The app was taken out and put in again since: it has another number now.
                self._installations.pop(owner, None)
        found = self._find(repository)
        self._installations[owner] = found
        return self._mint_for(found, repository)

    def _find(self, repository: str) -> _Installation:
        owner, _, name = repository.partition("/")
        try:
            answer = self._installed(owner, name)
        except NotFound as error:
            raise NotFound(
                f"The app is not installed on {shown(repository)}, or there is no such "
                "repository: install it there, or check the name",
                error.status,
            ) from None
        number = _member(answer, "id", int)
        if answer.get("suspended_at"):
            raise Refused(
                f"The app's installation on {shown(owner)} is suspended: "
                "an owner has to allow it again"
            )
        return _Installation(number, _member(answer, "permissions", dict))

    def _installed(self, owner: str, name: str) -> Any:
        account = quote(owner, safe="")
        if name != ALL:
            return self._call("GET", f"/repos/{account}/{quote(name, safe='')}/installation").json()
        try:
            return self._call("GET", f"/orgs/{account}/installation").json()
        except NotFound:
            return self._call("GET", f"/users/{account}/installation").json()

    def _mint_for(self, installation: _Installation, repository: str) -> tuple[Token, float]:
        only = repository.partition("/")[2]
        needed = _LISTED if only == ALL else _NEEDED
        wanted = {
            name: min(level, installation.permissions[name], key=_LEVELS.index)
            for name, level in needed.items()
            if installation.permissions.get(name) in _LEVELS
        }
        if not wanted:
            raise Refused(
                f"The app's installation for {shown(repository)} has no permission that helps: "
                "give the app Contents, Pull requests and Workflows: write"
            )
        path = f"/app/installations/{installation.number}/access_tokens"
        body = {"permissions": wanted} | ({} if only == ALL else {"repositories": [only]})
        reply = self._call("POST", path, json.dumps(body).encode())
        answer = reply.json()
        value = _member(answer, "token", str)
        secret(value)
        try:
            ends = datetime.fromisoformat(_member(answer, "expires_at", str)).timestamp()
        except ValueError:
            raise _strange() from None
        lasts = ends - server_time(reply.headers, self._limiter.clock)
        until = self._limiter.clock.monotonic() + lasts - _EARLY
        return Token(value, TokenKind.APP, _member(answer, "permissions", dict)), until

    def _call(self, method: str, path: str, body: bytes | None = None) -> Reply:
        # A token minted twice does no harm: the one that nobody got ends within the hour.
        call = Call(
            method,
            self._calls.api_url + path,
            Cost(write=method == "POST"),
            repeatable=True,
            what=place(method, path),
            body=body,
        )
        return self._calls.run(call, lambda reply: reply)


T = TypeVar("T")


def _member(answer: Any, name: str, kind: type[T]) -> T:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        raise _strange()
    return value


def _strange() -> Unreachable:
    return Unreachable("GitHub's answer about the app is not understood: try again later")
