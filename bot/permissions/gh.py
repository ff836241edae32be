"""What a command line of GitHub's CLI, ``gh``, needs of the token.

The table (``data/gh.tsv``) has a row for each command, and further rows for flags that matter.
``when`` is empty (always), or flags of which one must be given, or, after ``!``, none may be;
``--json=field`` asks for that field among the value's. ``values`` are the flags that take a value
(a long name, its short one). A row for a command alone (``gist``) stands for all its subcommands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from bot.hole import HOLE
from bot.permissions import graphql, rest
from bot.permissions.rest import Need, parse_needs, permission_text, source_text

Words = Sequence[str | None]
Effect = Literal["", "login", "setup-git"]

_GROUPS = {
    "at": "attestation",
    "cs": "codespace",
    "ext": "extension",
    "extensions": "extension",
    "rs": "ruleset",
}
_SUBCOMMANDS = {"new": "create", "ls": "list", "remove": "delete"}
_REPOSITORY = ("--repo", "-R")
_BODY = ("-f", "--raw-field", "-F", "--field", "--input")
_EFFECTS: Mapping[str, Effect] = {"auth login": "login", "auth setup-git": "setup-git"}


@dataclass(frozen=True, slots=True)
class GhCall:
    """What one ``gh`` command line needs: all of ``needs`` (AND), with alternatives in each.

    ``command`` is without aliases (``release create``), ``""`` if it could not be read.
    ``repository`` is the one that the command names (``owner/repo``, with a host, or with
    :data:`bot.hole.HOLE`), ``None`` for that of the working directory; ``hostname``
    likewise. ``effect``: ``login`` keeps a token from standard input for later commands,
    ``setup-git`` lets git use gh's token. Where ``unknown`` is not empty, ``needs`` may lack
    something.
    """

    command: str
    needs: tuple[Need, ...] = ()
    repository: str | None = None
    hostname: str | None = None
    effect: Effect = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    when: str
    need: Need


@dataclass(frozen=True, slots=True)
class _Command:
    rows: tuple[_Row, ...]
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Arguments:
    flags: Mapping[str, tuple[str | None, ...]]
    positional: tuple[str | None, ...]

    def has(self, *names: str) -> bool:
        return any(name in self.flags for name in names)

    def all(self, *names: str) -> tuple[str | None, ...]:
        return tuple(value for name in names for value in self.flags.get(name, ()))

    def last(self, *names: str) -> str | None:
        """The last value; a hole for one that is not known, ``None`` if there is none."""
        values = self.all(*names)
        return (values[-1] or HOLE) if values else None


def needs(argv: tuple[str | None, ...]) -> GhCall:
    """What ``gh`` followed by ``argv`` needs.

    ``None`` in ``argv`` is a word that can't be known; a word may hold
    :data:`bot.hole.HOLE`. Behind the command such a word is taken as an argument or a
    value, not as a flag.
    """
    name, rest_of_it = _command(argv)
    if name is None:
        if argv[:1] in ((), ("--version",), ("--help",), ("-h",)):
            return GhCall("")
        words = " ".join(word or "…" for word in argv[:2])
        return GhCall("", unknown=(f"gh {words} is not in the table",))
    arguments = _parse(rest_of_it, _table()[name].values | set(_REPOSITORY))
    if arguments.has("--help"):
        return GhCall(name)
    if name == "api":
        return _api(arguments)
    found, unknown = _rows(name, arguments)
    return GhCall(
        command=name,
        needs=found,
        repository=_repository(name, arguments),
        hostname=arguments.last("--hostname", *(("-h",) if name.startswith("auth ") else ())),
        effect=_EFFECTS.get(name, ""),
        unknown=unknown,
    )


@cache
def _table() -> Mapping[str, _Command]:
    rows: dict[str, list[_Row]] = {}
    values: dict[str, set[str]] = {}
    for command, when, cell, permission, taking, source in rest.read_table("gh.tsv"):
        alternatives = parse_needs(cell)
        need = Need(
            what=f"gh {command}",
            needs=alternatives,
            grantable=bool(alternatives),
            permission=permission or permission_text(alternatives),
            source=source_text(source),
        )
        rows.setdefault(command, []).append(_Row(when, need))
        values.setdefault(command, set()).update(taking.replace(",", " ").split())
    return {name: _Command(tuple(rows[name]), frozenset(values[name])) for name in rows}


def _command(argv: Words) -> tuple[str | None, Words]:
    """The command that ``argv`` begins with, as the table names it, and the other words."""
    words: list[str] = []
    before: list[str | None] = []
    position = 0
    best: tuple[str | None, Words] = (None, ())
    while position < len(argv) and len(words) < 3:
        word = argv[position]
        if word is None or HOLE in word:
            break
        if word.startswith("-"):
            width = 2 if word in _REPOSITORY else 1
            before += argv[position : position + width]
            position += width
            continue
        position += 1
        words.append(_GROUPS.get(word, word) if not words else word)
        for tail in (words[-1], _SUBCOMMANDS.get(words[-1], "")):
            name = " ".join((*words[:-1], tail))
            if name in _table():
                words[-1] = tail
                best = (name, (*before, *argv[position:]))
                break
    return best


def _parse(words: Words, values: frozenset[str]) -> _Arguments:
    flags: dict[str, tuple[str | None, ...]] = {}
    positional: list[str | None] = []
    queue = iter(words)
    for word in queue:
        if word is None or not word.startswith("-") or word == "-":
            positional.append(word)
        elif word == "--":
            positional.extend(queue)
        elif word.startswith("--"):
            name, given, value = word.partition("=")
            if given:
                flags[name] = (*flags.get(name, ()), value)
            else:
                taken = (next(queue, None),) if name in values else ()
                flags[name] = (*flags.get(name, ()), *taken)
        else:
            _short_flags(word, values, flags, lambda: next(queue, None))
    return _Arguments(flags, tuple(positional))


def _short_flags(
    word: str,
    values: frozenset[str],
    flags: dict[str, tuple[str | None, ...]],
    following: Callable[[], str | None],
) -> None:
    for index, letter in enumerate(word[1:], start=2):
        name = f"-{letter}"
        if name in values:
            value = word[index:].removeprefix("=") or following()
            flags[name] = (*flags.get(name, ()), value)
            return
        flags.setdefault(name, ())


def _rows(name: str, arguments: _Arguments) -> tuple[tuple[Need, ...], tuple[str, ...]]:
    found: list[Need] = []
    unknown: list[str] = []
    for row in _table()[name].rows:
        holds = _holds(row.when, arguments)
        if holds is None:
            unknown.append("the fields of --json are not known")
        elif holds and row.need.needs != ({},):
            found.append(row.need)
    return tuple(found), tuple(dict.fromkeys(unknown))


def _holds(when: str, arguments: _Arguments) -> bool | None:
    if not when:
        return True
    flag, wants, field = when.partition("=")
    if wants:
        fields = ",".join(value or HOLE for value in arguments.all(flag))
        if field in fields.split(","):
            return True
        return None if HOLE in fields else False
    given = arguments.has(*when.removeprefix("!").split(","))
    return given != when.startswith("!")


def _repository(name: str, arguments: _Arguments) -> str | None:
    named = arguments.last(*_REPOSITORY)
    if named is None and name.startswith("repo ") and arguments.positional:
        return arguments.positional[0] or HOLE
    return named


def _api(arguments: _Arguments) -> GhCall:
    hostname = arguments.last("--hostname")
    path = next(iter(arguments.positional), None)
    if path is None:
        return GhCall("api", hostname=hostname, unknown=("the path is not known",))
    if path.strip("/") == "graphql":
        return _graphql(arguments, hostname)
    method = arguments.last("-X", "--method")
    method = method or ("POST" if arguments.has(*_BODY) else "GET")
    call = rest.lookup(method, path)
    if call is None:
        shown = path.replace(HOLE, "…")
        return GhCall("api", hostname=hostname, unknown=(f"{method} {shown} is not in the table",))
    return GhCall("api", (call,), rest.repository_of(path), hostname)


def _graphql(arguments: _Arguments, hostname: str | None) -> GhCall:
    for flag in _BODY:
        for value in arguments.all(flag):
            key, _, document = (value or "").partition("=")
            if key != "query":
                continue
            if flag in ("-F", "--field") and document.startswith("@"):
                break
            read = graphql.needs(document)
            return GhCall("api", read.needs, hostname=hostname, unknown=read.unknown)
    return GhCall("api", hostname=hostname, unknown=("the GraphQL document is not known",))
