"""The tables of actions and of tools: what each needs of GITHUB_TOKEN, and under which inputs.

``data/actions/<first character of the owner>.yml`` holds the actions, ``data/tools.yml`` the
programs that scripts run. Their form is told in CONTRIBUTING.md; each row names its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from bot.permissions.scopes import SCOPES, is_level
from bot.workflow import document
from bot.workflow.document import DocumentError
from bot.workflow.expression import Expr, ExpressionError, parse

COMMENTS = "comments"
"""A pseudo scope: issues or pull-requests, whichever the event that started the run is about."""

_FIELDS = frozenset(
    {"token", "inputs", "needs", "mints", "runs", "login", "git-credentials", "config", "unknown"}
    | {"beyond", "outputs", "note", "source"}
)
_NEED_FIELDS = frozenset({"scopes", "when", "why", "token", "images"})
_SHELLS = ("bash", "pwsh", "javascript")
_WHY_LENGTH = 60


class TableError(ValueError):
    """A row that breaks the form of the table."""


@dataclass(frozen=True, slots=True)
class Need:
    """What an action needs, and when.

    Attributes:
        scopes: scope (or :data:`COMMENTS`) → level.
        when: None for always.
        carriers: where the token comes from; see :class:`Row`.
        images: text that names the images, for the carrier ``registry``.
    """

    scopes: Mapping[str, str]
    why: str
    when: Expr | None
    carriers: tuple[str, ...]
    images: Expr | None


@dataclass(frozen=True, slots=True)
class Script:
    """An input that holds a script which the action runs."""

    input: str
    shell: str


@dataclass(frozen=True, slots=True)
class Login:
    """An action that logs in to a container registry."""

    registry: str
    default: str
    password: str


@dataclass(frozen=True, slots=True)
class GitCredentials:
    """An action that leaves a token in the git configuration."""

    carriers: tuple[str, ...]
    when: Expr | None


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something that a row can't tell."""

    why: str
    when: Expr | None


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """A call that no grant allows GITHUB_TOKEN; ``permission`` is what another token needs."""

    permission: str
    why: str
    when: Expr | None


@dataclass(frozen=True, slots=True)
class Row:
    """One action or tool.

    Attributes:
        carriers: ``with.NAME`` or ``env.NAME``, of which the first that is set carries the token;
            ``git``, ``registry`` for credentials that an earlier step left; ``own`` (or ``oidc``)
            where the job's own token is used without being handed over.
        defaults: input → its default.
        mints: outputs that carry a token which is not GITHUB_TOKEN.
        outputs: output → an expression over ``inputs`` that says enough of it: the images that it
            names.
        config: the release tool whose configuration decides, or None.
    """

    name: str
    carriers: tuple[str, ...]
    defaults: Mapping[str, str]
    needs: tuple[Need, ...]
    mints: tuple[str, ...]
    outputs: Mapping[str, str]
    runs: tuple[Script, ...]
    login: Login | None
    git_credentials: GitCredentials | None
    config: str | None
    caveats: tuple[Caveat, ...]
    beyond: tuple[OutOfReach, ...]
    sources: tuple[str, ...]


def action(name: str) -> Row | None:
    """The row of ``owner/repo`` or ``owner/repo/path``, in any case; None if there is none."""
    name = name.lower()
    first = name[:1]
    return _table("actions/0-9.yml" if first.isdigit() else f"actions/{first}.yml").get(name)


def tool(name: str) -> Row | None:
    """The row of a program that scripts run; None if there is none."""
    return _table("tools.yml").get(name)


def tools() -> Iterable[str]:
    """The names of all programs that have a row."""
    return _table("tools.yml")


def all_rows() -> Iterator[Row]:
    """Every row of every table.

    Raises:
        TableError: a row breaks the form.
    """
    data = files("bot.permissions.data")
    names = sorted(f"actions/{f.name}" for f in data.joinpath("actions").iterdir())
    for name in [*(n for n in names if n.endswith(".yml")), "tools.yml"]:
        yield from _table(name).values()


class _Rows(Mapping[str, Row]):
    """Rows by name, each built when it is first asked for."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw
        self._built: dict[str, Row] = {}

    def __getitem__(self, name: str) -> Row:
        if name not in self._built:
            self._built[name] = _row(name, self._raw[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


@cache
def _table(name: str) -> _Rows:
    path = files("bot.permissions.data").joinpath(name)
    if not path.is_file():
        return _Rows({})
    try:
        raw = document.plain(document.parse(name, path.read_text(encoding="utf-8")).root)
    except DocumentError as error:
        raise TableError(f"{name}: {error}") from None
    return _Rows(raw or {})


def _row(name: str, raw: Any) -> Row:
    if not isinstance(raw, dict) or not _FIELDS.issuperset(raw):
        raise TableError(f"{name}: unknown field among {', '.join(map(str, raw))}")
    if "needs" not in raw or "source" not in raw:
        raise TableError(f"{name}: needs and source must be there")
    carriers = _carriers(name, raw.get("token"))
    login = raw.get("login")
    git = raw.get("git-credentials")
    return Row(
        name=name,
        carriers=carriers,
        defaults={key.lower(): value for key, value in (raw.get("inputs") or {}).items()},
        needs=tuple(_need(name, one, carriers) for one in raw["needs"]),
        mints=tuple(raw.get("mints") or ()),
        outputs={key.lower(): _checked(name, text) for key, text in _outputs(raw)},
        runs=tuple(_script(name, one) for one in raw.get("runs") or ()),
        login=Login(_input(login["registry"]), login["default"], _input(login["password"]))
        if login
        else None,
        git_credentials=GitCredentials(
            _carriers(name, git["token"]), _expression(name, git.get("when"))
        )
        if git
        else None,
        config=raw.get("config"),
        caveats=tuple(
            Caveat(one["why"], _expression(name, one.get("when")))
            for one in raw.get("unknown") or ()
        ),
        beyond=tuple(
            OutOfReach(one["permission"], one["why"], _expression(name, one.get("when")))
            for one in raw.get("beyond") or ()
        ),
        sources=tuple(_words(raw["source"])),
    )


def _need(name: str, raw: Any, carriers: tuple[str, ...]) -> Need:
    if not isinstance(raw, dict) or not _NEED_FIELDS.issuperset(raw):
        raise TableError(f"{name}: a need has an unknown field")
    scopes: dict[str, str] = dict(raw["scopes"])
    for scope, level in scopes.items():
        fits = level in ("read", "write") if scope == COMMENTS else is_level(scope, level)
        if not fits:
            raise TableError(f"{name}: {scope}: {level} is no permission")
    why = raw["why"]
    if len(why) > _WHY_LENGTH or any(scope in why for scope in SCOPES if "-" in scope):
        raise TableError(f"{name}: the reason {why!r} is too long or names a scope")
    own = _carriers(name, raw["token"]) if "token" in raw else carriers
    return Need(
        scopes=scopes,
        why=why,
        when=_expression(name, raw.get("when")),
        carriers=own or ("own",),
        images=_expression(name, raw.get("images")),
    )


def _outputs(raw: Any) -> Iterable[tuple[str, str]]:
    outputs: dict[str, str] = raw.get("outputs") or {}
    return outputs.items()


def _checked(name: str, text: str) -> str:
    """An expression as the text that holds nothing else."""
    _expression(name, text)
    return "${{ %s }}" % text  # noqa: UP031 - braces


def _script(name: str, raw: Any) -> Script:
    if raw["shell"] not in _SHELLS:
        raise TableError(f"{name}: {raw['shell']!r} is no shell that can be read")
    return Script(raw["input"].lower(), raw["shell"])


def _carriers(name: str, raw: Any) -> tuple[str, ...]:
    found = tuple(_words(raw))
    for one in found:
        if one not in ("git", "registry", "oidc", "own") and not one.startswith(("with.", "env.")):
            raise TableError(f"{name}: {one!r} is no place for a token")
    return tuple(f"with.{one[5:].lower()}" if one.startswith("with.") else one for one in found)


def _input(place: str) -> str:
    return place.removeprefix("with.").lower()


def _expression(name: str, text: str | None) -> Expr | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ExpressionError as error:
        raise TableError(f"{name}: {text!r}: {error}") from None


def _words(raw: Any) -> list[str]:
    return [] if raw is None else [raw] if isinstance(raw, str) else list(raw)
