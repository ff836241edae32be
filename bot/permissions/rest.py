"""What a call of GitHub's REST API needs of the token, from a table of all documented endpoints.

``lookup`` takes a method and a path as it stands in a script; ``by_octokit`` takes the name of a
method of Octokit, old names included. Both answer with a :class:`Call`.

The table (``data/endpoints.tsv``) has a row for each method and path: ``needs`` in workflow scopes
(``|`` is OR, ``&`` is AND, ``none``, or ``never`` for what GITHUB_TOKEN can't be granted),
``permission`` (what another token needs, where that is not the same), the operation's id, the
names in Octokit (``@octokit/plugin-rest-endpoint-methods`` 2.0 to 18.0) and the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import cast

from bot.hole import HOLE
from bot.permissions.scopes import Grants, Level, ordered

_DOCUMENTED = "https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps"
_SOURCES = {
    "D26": _DOCUMENTED,
    "D23": f"{_DOCUMENTED} (edition of 2023)",
    "RULE": "https://docs.github.com/en/rest, by the kind of endpoint",
    "INFERRED": "https://docs.github.com/en/rest, inferred from the sibling endpoints",
}
# A parameter that may hold slashes; compare's is two parameters around dots.
_LONG = frozenset({"{path}", "{ref}", "{tag}", "{branch}", "{basehead}", "{base}...{head}"})
_MAX_SEGMENTS = 40
_ORIGIN = re.compile(
    r"(?:https?://(?P<host>[^/?#]*)|\$\{?GITHUB_API_URL\}?|\$env:GITHUB_API_URL)(?=[/?#]|$)",
    re.IGNORECASE,
)
_HOSTS = frozenset({"api.github.com", "uploads.github.com"})
_PLACEHOLDER = re.compile(r":[A-Za-z_]\w*|\{\+?[A-Za-z_]\w*\}")


@dataclass(frozen=True, slots=True)
class Need:
    """What one call, query or command needs.

    ``needs`` are alternatives (OR), each a mapping scope → level, all of which it takes (AND);
    ``({},)`` needs nothing, ``()`` goes with ``grantable=False``: no grant makes GITHUB_TOKEN do
    it. ``permission`` says what the token of an app, or a PAT, must have (``administration:
    write``; ``user token`` where only a person's own will do). ``source`` is where that is from.
    """

    what: str
    needs: tuple[Grants, ...]
    grantable: bool
    permission: str
    source: str


@dataclass(frozen=True, slots=True)
class Call(Need):
    """A :class:`Need` of an endpoint; ``path`` is the template of the documentation.

    ``alternatives`` are the other endpoints with other needs that the path can as well be; empty
    unless it has holes. ``operation`` is GitHub's id (``repos/create-release``), which names the
    page of the documentation, ``""`` for endpoints that are no longer documented.
    """

    method: str
    path: str
    operation: str
    alternatives: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class _Endpoint:
    segments: tuple[str, ...]
    literals: frozenset[str]
    line: str


def parse_needs(text: str) -> tuple[Grants, ...]:
    """The alternatives of a cell such as ``issues: write & contents: read | contents: write``.

    ``none`` and the empty text are ``({},)``, ``never`` is ``()``.
    """
    if text == "never":
        return ()
    return tuple(_grants(alternative) for alternative in text.split(" | "))


def _grants(text: str) -> Grants:
    pairs = (part.split(": ") for part in text.split(" & ") if part not in ("none", ""))
    return MappingProxyType(ordered({scope: cast("Level", level) for scope, level in pairs}))


def permission_text(needs: tuple[Grants, ...]) -> str:
    """``needs`` in the words of ``Need.permission``: ``issues: write | pull_requests: write``."""
    return " | ".join(
        " & ".join(f"{scope.replace('-', '_')}: {level}" for scope, level in grants.items())
        for grants in needs
    )


def read_table(name: str) -> Iterator[list[str]]:
    """The rows of ``data/<name>``, cell by cell, without the heading."""
    for line in _read(name):
        yield line.split("\t")


def _read(name: str) -> list[str]:
    text = resources.files("bot.permissions.data").joinpath(name).read_text(encoding="utf-8")
    return text.splitlines()[1:]


def source_text(code: str) -> str:
    """The source column in full: a short code is written out, everything else stands."""
    return _SOURCES.get(code, code)


def lookup(method: str, path: str) -> Call | None:
    """The call that ``method path`` makes, or ``None`` if it is none of the API that is known.

    ``path`` may begin with a slash, a host of the API or ``$GITHUB_API_URL``, may have a query,
    placeholders (``{owner}``, ``:owner``) and :data:`HOLE`. Segments of the path that are words of
    the endpoint count first; a hole right behind ``repos`` may be ``owner/repo``.
    """
    return _lookup(method.upper(), path)


@lru_cache(maxsize=1024)
def _lookup(method: str, path: str) -> Call | None:
    method = "GET" if method == "HEAD" else method
    segments = _segments(path)
    if segments is None or len(segments) > _MAX_SEGMENTS:
        return None
    line = _lines().get((method, "/" + "/".join(segments)))
    if line is not None:
        return _call(line)
    if segments[:1] == (HOLE,) and segments[1:2] in (("repos",), ("orgs",)):
        segments = segments[1:]  # the hole was the address of the API
    found = _best(_endpoints(method), segments)
    return _joined(_call(endpoint.line) for endpoint in found)


def by_octokit(name: str) -> Call | None:
    """The call behind ``repos.createRelease`` (also ``rest.repos.createRelease``)."""
    line = _octokit().get(name.removeprefix("rest."))
    return None if line is None else _call(line)


@cache
def _lines() -> Mapping[tuple[str, str], str]:
    """The rows as they are, by method and path."""
    rows: dict[tuple[str, str], str] = {}
    for line in _read("endpoints.tsv"):
        method, path, _ = line.split("\t", 2)
        rows[method, path] = line
    return rows


@cache
def _endpoints(method: str) -> tuple[_Endpoint, ...]:
    found: list[_Endpoint] = []
    for (verb, path), line in _lines().items():
        if verb == method:
            segments = tuple(path[1:].split("/"))
            words = frozenset(s for s in segments if s[:1] != "{")
            found.append(_Endpoint(segments, words, line))
    return tuple(found)


@cache
def _octokit() -> Mapping[str, str]:
    return {name: line for line in _lines().values() for name in line.split("\t")[5].split(" ")}


@lru_cache(maxsize=1024)
def _call(line: str) -> Call:
    method, path, cell, permission, operation, _, source = line.split("\t")
    needs = parse_needs(cell)
    return Call(
        what=f"{method} {path}",
        needs=needs,
        grantable=bool(needs),
        permission=permission or permission_text(needs),
        source=source_text(source),
        method=method,
        path=path,
        operation=operation,
    )


def _joined(calls: Iterable[Call]) -> Call | None:
    distinct = {(call.permission, call.grantable): call for call in reversed(list(calls))}
    if not distinct:
        return None
    first, *others = reversed(distinct.values())
    return replace(first, alternatives=tuple(others)) if others else first


def _segments(path: str) -> tuple[str, ...] | None:
    origin = _ORIGIN.match(path)
    enterprise = False
    if origin:
        path = path[origin.end() :]
        host = (origin["host"] or "").lower()
        enterprise = host not in _HOSTS and host != "" and HOLE not in host
    path = re.split(r"[?#]|\{[?&]", path, maxsplit=1)[0]
    segments = tuple(s for s in path.split("/") if s)
    if segments[:2] == ("api", "v3") or segments[:2] == ("api", "uploads"):
        return segments[2:]
    return None if enterprise else segments


# How well a path fits an endpoint, the greater the better: words that agree, then whether every
# hole is one parameter (or owner/repo), then the words that only a hole can stand for (negative).
_Fit = tuple[int, int, int]
# Nothing tells how much of a path a hole at its beginning is.
_ANYWHERE: _Fit = (0, -1, 0)


def _best(endpoints: Sequence[_Endpoint], segments: tuple[str, ...]) -> list[_Endpoint]:
    words = frozenset(s for s in segments if HOLE not in s)
    partial = sum(HOLE in s and s != HOLE for s in segments)
    best: _Fit = (0, 0, 0)
    found: list[_Endpoint] = []
    # No endpoint agrees in more words than it shares, so the most promising come first.
    for endpoint in sorted(endpoints, key=lambda e: -len(e.literals & words)):
        if len(endpoint.literals & words) + partial < best[0]:
            break
        fit = _fit(endpoint.segments, segments)
        if fit is None or fit < best or fit[0] == 0:
            continue
        if fit > best:
            best, found = fit, []
        found.append(endpoint)
    return found


def _fit(template: tuple[str, ...], segments: tuple[str, ...]) -> _Fit | None:
    """The best way to lay ``segments`` over ``template``, by dynamic programming over both."""
    width = len(template) + 1
    row: list[_Fit | None] = [None] * width
    row[0] = (0, 0, 0)
    for position, segment in enumerate(segments):
        after: list[_Fit | None] = [None] * width
        hole = HOLE in segment
        after_repos = position == 1 and segments[0] == "repos"
        for column in range(1, width):
            part = template[column - 1]
            step = _ANYWHERE if hole and position == 0 else _step(part, segment)
            candidates: list[_Fit] = []
            if step is not None:
                if row[column - 1] is not None:
                    candidates.append(_add(row[column - 1], step))
                if part in _LONG and row[column] is not None:
                    candidates.append(_add(row[column], (0, 0, 0)))
            if hole and after[column - 1] is not None and column > 1:
                both = after_repos and part == "{repo}"
                word = part[:1] != "{" and position > 0
                candidates.append(_add(after[column - 1], (0, 0 if both else -1, -int(word))))
            after[column] = max(candidates, default=None)
        row = after
    fit = row[-1]
    return None if fit is None else (fit[0], max(fit[1], -1), fit[2])


def _add(fit: _Fit | None, step: _Fit) -> _Fit:
    one = fit or (0, 0, 0)
    return one[0] + step[0], one[1] + step[1], one[2] + step[2]


def _step(part: str, segment: str) -> _Fit | None:
    word = part[:1] != "{"
    if _PLACEHOLDER.fullmatch(segment):
        return None if word else (0, 0, 0)
    if HOLE not in segment:
        if not word:
            return (0, 0, 0)
        return (1, 0, 0) if part == segment else None
    if not word:
        return (0, 0, 0)
    if segment == HOLE:
        return (0, 0, -1)
    before, *_, behind = segment.split(HOLE)
    fits = len(before) + len(behind) <= len(part)
    if fits and part.startswith(before) and part.endswith(behind):
        return (1, 0, -1)
    return None


def repository_of(path: str) -> str | None:
    """``owner/repo`` where ``path`` is one of a repository that it spells out, else ``None``."""
    segments = _segments(path) or ()
    named = segments[1:3]
    if segments[:1] != ("repos",) or len(named) < 2:
        return None
    if any(HOLE in s or _PLACEHOLDER.fullmatch(s) or "$" in s for s in named):
        return None
    return "/".join(named)
