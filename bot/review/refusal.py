"""What a job's log says of a refusal: which step, which permission, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.forge.messages import Cure, Message, diagnose
from bot.permissions import graphql, rest
from bot.permissions.scopes import RANK, SCOPES, Grants, covers, is_level
from bot.review.runlog import JobLog, Line

_BEFORE, _AFTER = 12, 60
"""Lines around a message in which a client prints what it has asked for."""
_ACCEPTED = re.compile(
    r"x-accepted-github-permissions['\"]?\s{0,4}[:=]\s{0,4}['\"]?([a-z_]+=[a-z][a-z_=,; ]{0,400})",
    re.IGNORECASE,
)
_URL = re.compile(r"https?://[^\s'\"()<>,]{1,500}")
_API = re.compile(
    r"https?://(?:api\.github\.com|[^/]+/api/v3|api\.[^/]+\.ghe\.com|uploads\.[^/]+)/"
)
_METHOD = re.compile(r"\bmethod['\"]?\s{0,4}:\s{0,4}['\"]([A-Z]{3,6})['\"]")
_BEFORE_URL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) \Z")
_FIELDS = re.compile(r"Resource not accessible by [a-z ]{1,30} \(([\w.]{1,200})\)")
_ASKED = re.compile(r"requesting '([^']{1,300})'")
_UNKNOWN_KEY = re.compile(r"The (?:permission|key) '([a-z-]{1,40})' is not allowed")
_SCOPES_WANTED = re.compile(r"\['?([a-z_:]{1,40})'?\]")
_WRITES = ("POST", "PATCH", "PUT", "DELETE")
_CLEAR = frozenset({Cure.GRANT, Cure.TOKEN, Cure.PAT, Cure.LOOK})
"""Where what is missing can stand beside the message."""


@dataclass(frozen=True, slots=True)
class Need:
    """What it takes.

    Attributes:
        permission: in the words of tokens, ``administration: write``; alternatives behind ``|``.
        grants: in workflow scopes, the alternatives; empty where no scope does it.
        how: what showed it, a clause.
    """

    permission: str
    grants: tuple[Grants, ...]
    how: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in a job's log.

    Attributes:
        job: as the log has it, or whoever got it; may be empty.
        words: the message, in GitHub's or the tool's own words.
        need: None where it does not show.
        held: what the job's token could do; None where it does not show.
        secrets: see :class:`~bot.review.runlog.JobLog`.
        fails: whether its step failed; where GitHub does not say it, as the log has it.
        seconds: from the log's beginning to it; None where the log has no times.
        proved: whether GitHub says that its step failed; a log says what a workflow writes.
        addresses: those of the API that stand beside it.
    """

    job: str
    step: str
    words: str
    means: str
    cure: Cure
    need: Need | None
    held: Grants | None
    secrets: str
    fails: bool
    seconds: int | None
    proved: bool = False
    addresses: tuple[str, ...] = ()


def refusals(log: JobLog) -> tuple[Refusal, ...]:
    """The refusals of a job, each step's most telling one, what failed first.

    A step can survive a refusal; so that of a step which the runner says failed goes first.
    """
    failed = {line.step for line in log.lines if line.is_error}
    best: dict[str, tuple[tuple[bool, ...], Refusal]] = {}
    for at, line in enumerate(log.lines):
        found = diagnose(line.text)
        if found is None:
            continue
        fails = line.step in failed if line.failed is None else line.failed
        one = _refusal(log, at, *found, fails=fails)
        rank = one.cure is not Cure.LOOK, one.need is not None, line.is_error
        if line.step not in best or rank > best[line.step][0]:
            best[line.step] = rank, one
    return tuple(sorted((one for _, one in best.values()), key=lambda one: not one.fails))


def _refusal(log: JobLog, at: int, words: str, row: Message, *, fails: bool) -> Refusal:
    line = log.lines[at]
    near = _near(log.lines, at)
    need = _of_row(row) or _told(line.text)
    if need is None and row.cure in _CLEAR:
        asked = (look(near, line.text, log.held) for look in _LOOKS)
        need = next((one for one in asked if one is not None), None)
    cure = row.cure
    if cure is Cure.GRANT and need is not None and not need.grants:
        cure = Cure.TOKEN
    return Refusal(
        log.job,
        line.step,
        words,
        row.means,
        cure,
        need,
        log.held,
        log.secrets,
        fails,
        _seconds(log.lines, line),
        line.failed is True,
        tuple(dict.fromkeys(url for text in near for _, url in _calls(text))),
    )


def _near(lines: Sequence[Line], at: int) -> tuple[str, ...]:
    """The lines around one that are of the same step, itself first."""
    step = lines[at].step
    behind = (one.text for one in lines[at + 1 : at + 1 + _AFTER] if one.step == step)
    before = (one.text for one in reversed(lines[max(0, at - _BEFORE) : at]) if one.step == step)
    return (lines[at].text, *behind, *before)


def _seconds(lines: Sequence[Line], line: Line) -> int | None:
    first = next((one.stamp for one in lines if one.stamp), "")
    try:
        passed = datetime.fromisoformat(line.stamp) - datetime.fromisoformat(first)
    except ValueError:
        return None
    return max(0, int(passed.total_seconds()))


def _of_row(row: Message) -> Need | None:
    scope, _, level = row.needs.partition(": ")
    if not row.needs:
        return None
    grants = _one(scope, level)
    return Need(row.needs, grants, "the message says so")


def _told(text: str) -> Need | None:
    """What a message spells out that holds more than the table can say."""
    found = _ASKED.search(text)
    if found is not None:
        grants = dict(part.strip().partition(": ")[::2] for part in found[1].split(","))
        if grants and all(is_level(scope, level) for scope, level in grants.items()):
            return Need(found[1], (_typed(grants),), "the called workflow asks for it")
    found = _UNKNOWN_KEY.search(text)
    if found is not None:
        return Need(found[1], (), "the message names it")
    found = _SCOPES_WANTED.search(text) if "required scopes" in text else None
    return Need(found[1], (), "the message names it") if found is not None else None


def _one(scope: str, level: str) -> tuple[Grants, ...]:
    return (_typed({scope: level}),) if is_level(scope, level) else ()


def _typed(grants: Mapping[str, str]) -> Grants:
    return {s: grants[s] for s in SCOPES if s in grants}  # type: ignore[misc]


def _by_header(near: Iterable[str], _: str, __: Grants | None) -> Need | None:
    """What GitHub's answer says that the endpoint accepts: ``;`` is OR, ``,`` is AND."""
    for text in near:
        found = _ACCEPTED.search(text)
        if found is not None:
            sets = [
                dict(part.strip().partition("=")[::2] for part in one.split(","))
                for one in found[1].strip(" ;,'\"").split(";")
                if "=" in one
            ]
            told = " | ".join(" & ".join(f"{k}: {v}" for k, v in one.items()) for one in sets)
            return Need(told, tuple(_scoped(sets)), "GitHub's answer names what it accepts")
    return None


def _scoped(sets: Iterable[Mapping[str, str]]) -> Iterator[Grants]:
    """The alternatives that consist of workflow scopes alone."""
    for one in sets:
        named = {k.replace("_", "-"): v for k, v in one.items() if k != "metadata"}
        if named and all(is_level(scope, level) for scope, level in named.items()):
            yield _typed(named)


def _by_field(_: Iterable[str], line: str, __: Grants | None) -> Need | None:
    """What a field of GraphQL needs that the message names."""
    found = _FIELDS.search(line)
    for name in reversed(found[1].split(".") if found else ()):
        for kind in ("mutation", "query"):
            told = graphql.needs(f"{kind} {{ {name} {{ id }} }}")
            if told.needs and not told.unknown:
                return _need(told.needs[0], f"GraphQL's {name} takes it")
    return None


def _by_url(near: Iterable[str], _: str, held: Grants | None) -> Need | None:
    """What the call needs whose address stands beside the message."""
    texts = tuple(near)
    method = next((found[1] for text in texts if (found := _METHOD.search(text))), "")
    for text in texts:
        for said, url in _calls(text):
            # An Enterprise Server's address is not one that the table knows.
            path = re.sub(r"\Ahttps?://[^/]+(/api/v3)?", "", url)
            call = _call(said or method, path, held)
            if call is not None:
                return _need(call, f"{call.method} {call.path} takes it")
    return None


def _calls(text: str) -> Iterator[tuple[str, str]]:
    """The addresses of the API in a line, each with the method before it, if there is one."""
    for found in _URL.finditer(text):
        url = found[0].rstrip(".:;")
        if _API.match(url):
            said = _BEFORE_URL.search(text[: found.start()])
            yield said[1] if said else "", url


def _call(method: str, path: str, held: Grants | None) -> rest.Call | None:
    """The call; without a method the one write that was not allowed, else the read."""
    if method:
        return rest.lookup(method, path)
    read = rest.lookup("GET", path)
    known = [call for verb in _WRITES if (call := rest.lookup(verb, path))]
    # A word of the path that only some of them spell out is no name.
    words = max((_words(call) for call in (*known, read) if call is not None), default=0)
    writes = [call for call in known if _words(call) == words and _lacks(call, held)]
    if len({call.permission for call in writes}) == 1:
        return writes[0]
    return read if read is not None and not writes and _lacks(read, held) else None


def _words(call: rest.Call) -> int:
    return sum(not part.startswith("{") for part in call.path.split("/"))


def _lacks(call: rest.Call, held: Grants | None) -> bool:
    return held is None or not any(covers(held, one) for one in call.needs)


def _need(call: rest.Need, how: str) -> Need:
    return Need(call.permission, call.needs if call.grantable else (), how)


_LOOKS: tuple[Callable[[Iterable[str], str, Grants | None], Need | None], ...] = (
    _by_header,
    _by_field,
    _by_url,
)


def lacking(refusal: Refusal) -> Grants:
    """What of a refusal's need the job's token did not hold; the least of the alternatives."""
    need = refusal.need
    if need is None or not need.grants:
        return {}
    held = refusal.held or {}
    gaps = [
        {s: lv for s, lv in one.items() if RANK[lv] > RANK[held.get(s, "none")]}
        for one in need.grants
    ]
    return min(gaps, key=len)
