"""The page around a report's data: what stands in it before any script has run.

All text goes through :func:`bot.report.escape.visible` and then through Jinja's escaping, unless
it is Markup. Style and script are named by their hashes in the page's policy, so that nothing else
can ever run in it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bot import __version__
from bot.markdown import is_address
from bot.report.digest import Digest, Named, pace
from bot.report.escape import visible
from bot.report.html.index import Index
from bot.report.html.store import for_script
from bot.report.states import LABELS, Label, duration, of_count
from bot.sweep.record import State, Summary

_SCRIPTS = (
    "dom.js",
    "data.js",
    "filters.js",
    "diff.js",
    "layout.js",
    "graph.js",
    "detail.js",
    "lists.js",
    "main.js",
)
_STYLES = ("page.css", "lists.css", "diff.css", "print.css")
_MOST_WHYS = 8
_MOST_ALARMS = 50
_BAR = 1000


@dataclass(frozen=True, slots=True)
class _Segment:
    """A state's share of the bar, in thousandths."""

    state: State
    label: Label
    count: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class _Why:
    """Why something was not done, how often, and the filter that shows where."""

    label: Label
    text: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class _Limit:
    name: str
    left: int
    of: int
    used: float


@dataclass(frozen=True, slots=True)
class _Alarm:
    row: int
    named: Named


def pieces(
    index: Index, digest: Digest, alarmed: Sequence[int], summary: Summary, server: str
) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        index: complete; its store's parts are read.
        alarmed: the number of the row of each alarm of the digest.
        server: the address of the forge's pages.
    """
    style, script = _joined(_STYLES), _script()
    data = for_script({"server": server, **index.whole()})
    whys = sorted(digest.whys.items(), key=lambda pair: (-pair[1], pair[0]))
    values: dict[str, object] = {
        "policy": _policy(style, script),
        "style": Markup(style),  # noqa: S704 - the project's own
        "script": Markup(script),  # noqa: S704
        "index": Markup(data),  # noqa: S704 - see for_script
        "parts": map(Markup, index.store.parts()),
        "version": __version__,
        "title": _title(summary.started),
        "summary": summary,
        "clusters": len(index.headlines),
        "opened": digest.states[State.OPENED] + digest.states[State.UPDATED],
        "repositories": len(digest.names),
        "segments": tuple(_segments(digest.states)),
        "whys": [_why(index, *one) for one in whys[:_MOST_WHYS]],
        "more_whys": len(whys) - _MOST_WHYS,
        "limits": [_limit(name, *pair) for name, pair in summary.limits.items()],
        "alarms": [_Alarm(*pair) for pair in zip(alarmed, digest.alarms, strict=False)][
            :_MOST_ALARMS
        ],
        "alarmed": digest.alarmed,
        "pace": pace(summary),
    }
    yield from _environment().get_template("page.html.j2").generate(values)


def _title(started: str) -> str:
    try:
        when = datetime.fromisoformat(started)
    except ValueError:
        return f"Sweep of {started}"
    return f"Sweep of {when.day} {when:%B %Y, %H:%M} UTC"


def _segments(states: Mapping[State, int]) -> Iterator[_Segment]:
    total = sum(states.values())
    left = 0.0
    for state, label in LABELS.items():
        if states.get(state):
            width = states[state] * _BAR / total
            yield _Segment(state, label, states[state], round(left, 2), round(width, 2))
            left += width


def _why(index: Index, key: tuple[State, str], count: int) -> _Why:
    state, text = key
    why = index.whys.known.get(text)
    query = f"state={state}" if why is None else f"state={state}&why={why}"
    label = LABELS[state]
    return _Why(label, text or label.meaning, count, query)


def _limit(name: str, left: int, of: int) -> _Limit:
    return _Limit(name, left, of, _BAR * min(max(of - left, 0) / of, 1) if of > 0 else 0)


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
            "trusted-types 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    return f'(() => {{\n"use strict";\n{_joined(_SCRIPTS)}}})();\n'


@cache
def _joined(names: tuple[str, ...]) -> str:
    folder = resources.files("bot.templates") / "report"
    return "".join((folder / name).read_text("utf-8") for name in names)


@cache
def _environment() -> Environment:
    def finalize(value: object) -> object:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    folder = resources.files("bot.templates") / "report"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text("utf-8")),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=duration, number=lambda value: f"{value:,}", address=_address
    )
    environment.globals.update(of_count=of_count)
    return environment


def _address(text: str) -> str:
    """An address of the web, or the empty text: no other kind of link is ever written."""
    return text if is_address(text) else ""
