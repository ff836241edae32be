"""The pull request's title, body and commit message: facts through the templates.

Whatever a template prints becomes a code span, unless it is a number or one of the filters below
has made Markdown of it. So text from a workflow can't be forgotten on its way.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bot import __version__, markdown, pull_template
from bot.excerpts import Part
from bot.facts import Facts
from bot.facts_forge import NOWHERE, Circumstances
from bot.facts_story import story
from bot.links import links
from bot.pull_template import Topic
from bot.writeup_filters import FILTERS

MAX_BODY = 65_536
"""GitHub's limit on a pull request's body, in characters."""
EVIDENCE = "evidence.md"
"""The file that holds what the body has no room for."""
_WIDTH = 72
_CONVENTIONAL = re.compile(r"[a-z]+(?:\([^()]*\))?!?: \S")


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a body tells.

    Attributes:
        rows: the jobs, before and after.
        reasons: the evidence for each scope, and each place where something was left alone.
        files: how many files, and places that lack something, are named.
        needs: for how many secrets it is told what a human has to do.
    """

    rows: bool
    reasons: bool
    files: int
    needs: int


_EVERY = 100_000
_DETAILS = (
    Detail(rows=True, reasons=True, files=_EVERY, needs=_EVERY),
    Detail(rows=True, reasons=False, files=_EVERY, needs=_EVERY),
    Detail(rows=False, reasons=False, files=100, needs=5),
    Detail(rows=False, reasons=False, files=10, needs=1),
)
"""What is tried, the most first; the last one leaves room for a state of :data:`MAX_STATE`."""
MAX_STATE = 36_000
"""Characters that are kept free for a state, if it needs them."""


@dataclass(frozen=True, slots=True)
class WriteUp:
    """The texts of a pull request.

    Attributes:
        commit: the commit message, without trailers.
        evidence: the whole body, where ``body`` had to be cut to GitHub's limit; else empty.
    """

    title: str
    body: str
    commit: str
    evidence: str


def write(
    facts: Facts,
    subjects: Sequence[str],
    circumstances: Circumstances = NOWHERE,
    *,
    state: str = "",
) -> WriteUp:
    """Write a pull request.

    Args:
        subjects: those of the repository's latest commits, which show its habit.
        state: what the body ends with, as it is: a hidden comment of at most :data:`MAX_STATE`
            characters.
    """
    values: dict[str, object] = {
        "facts": facts,
        "circumstances": circumstances,
        "links": links(circumstances, facts.base),
        "story": story(facts, circumstances),
        "part": Part,
    }
    title = _render("title.j2", **values, conventional=is_conventional(subjects)).strip()
    commit = _wrapped(_render("commit.j2", **values, title=title))
    room = MAX_BODY - _length(state) - 2
    bodies = (_body(values, circumstances.template, detail) for detail in _DETAILS)
    full = next(bodies)
    if _length(full) <= room:
        return WriteUp(title, _ended(full, state), commit, "")
    body = next(body for body in bodies if _length(body) <= room)
    return WriteUp(title, _ended(body, state), commit, full)


def _body(values: dict[str, object], template: str, detail: Detail) -> str:
    """The text at some detail, below the repository's own template."""
    text = _render("body.md.j2", **values, detail=detail)
    if template.strip():
        texts = {
            topic: Markup(_render("topic.md.j2", **values, topic=topic).strip())  # noqa: S704
            for topic in Topic
        }
        filled = pull_template.fill(template, texts)
        text = f"{filled}\n\n---\n\n{text}" if filled else text
    return _tidy(text)


def _ended(body: str, state: str) -> str:
    return f"{body}\n{state}" if state else body


def closing(base: str) -> str:
    """The comment under a pull request that is no longer needed. ``base``: what was read."""
    return _tidy(_render("closing.md.j2", base=base))


def is_conventional(subjects: Sequence[str]) -> bool:
    """Whether more than half of the subjects are conventional commits (``ci: …``)."""
    return sum(bool(_CONVENTIONAL.match(s)) for s in subjects) * 2 > len(subjects)


def _length(text: str) -> int:
    """Length as GitHub may count it: in UTF-16 units, the largest of the usual counts."""
    return len(text.encode("utf-16-le")) // 2


def _render(template: str, **values: object) -> str:
    return _environment(template.endswith(".md.j2")).get_template(template).render(values)


@cache
def _environment(is_markdown: bool) -> Environment:
    """The templates; ``is_markdown`` decides how foreign text is made harmless."""
    harmless = markdown.code if is_markdown else markdown.plain

    def finalize(value: object) -> object:
        if isinstance(value, Markup):
            return value
        return Markup(value if isinstance(value, int) else harmless(str(value)))  # noqa: S704

    templates = resources.files("bot.templates")
    environment = Environment(
        loader=FunctionLoader(lambda name: (templates / name).read_text("utf-8")),
        undefined=StrictUndefined,
        autoescape=True,  # for Markup, which marks what is ready; nothing else gets through
        finalize=finalize,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(version=__version__)
    return environment


def _tidy(text: str) -> str:
    """A text without blank lines in a row, and with one line end at its end."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _wrapped(message: str) -> str:
    """A commit message with its lines at most :data:`_WIDTH` wide, if words allow."""
    lines = [
        textwrap.fill(
            line,
            _WIDTH,
            subsequent_indent="  " if line.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in _tidy(message).splitlines()
    ]
    return "\n".join(lines) + "\n"
