"""The pull request's title, body and commit message: facts through the templates.

Whatever a template prints becomes a code span, unless it is a number or one of the filters below
has made Markdown of it. So text from a workflow can't be forgotten on its way.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bot import __version__, markdown, token_form
from bot.facts import Facts, JobChange, Obstacle, Reason, Use, written
from bot.facts_late import Late, SwapFact, TokenNeed
from bot.permissions.scopes import Grants
from bot.probes import RULE
from bot.where import Where

MAX_BODY = 65_536
"""GitHub's limit on a pull request's body, in characters."""
EVIDENCE = "evidence.md"
"""The file that holds what the body has no room for."""
_MAX_LISTED = 12
_WIDTH = 72
_CONVENTIONAL = re.compile(r"[a-z]+(?:\([^()]*\))?!?: \S")


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a body tells.

    Attributes:
        rows: the jobs, before and after.
        reasons: the evidence for each scope, and each place where something was left alone.
        files: how many files, and places that lack something, are named.
    """

    rows: bool
    reasons: bool
    files: int = 100


_EVERY = 100_000
_DETAILS = (
    Detail(rows=True, reasons=True, files=_EVERY),
    Detail(rows=True, reasons=False, files=_EVERY),
    Detail(rows=False, reasons=False),
)
"""What is tried, the most first; the last one fits whatever the facts are."""


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


def write(facts: Facts, subjects: Sequence[str]) -> WriteUp:
    """Write a pull request. ``subjects``: those of the repository's latest commits."""
    title = _render("title.j2", facts=facts, conventional=is_conventional(subjects)).strip()
    commit = _wrapped(_render("commit.j2", facts=facts, title=title))
    bodies = (_tidy(_render("body.md.j2", facts=facts, detail=detail)) for detail in _DETAILS)
    full = next(bodies)
    if _length(full) < MAX_BODY:
        return WriteUp(title, full, commit, "")
    body = next(body for body in bodies if _length(body) < MAX_BODY)
    return WriteUp(title, body, commit, full)


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
    environment.filters.update(_FILTERS)
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


def _plural(number: int, noun: str) -> Markup:
    return Markup(f"{number:,} {noun if number == 1 else noun + 's'}")  # noqa: S704


def _verb(verb: str, number: int) -> Markup:
    """A verb as it agrees with a number of things."""
    one = {"are": "is"}.get(verb, f"{verb}s")
    return Markup(one if number == 1 else verb)  # noqa: S704


def _some(items: Iterable[Markup], noun: str = "") -> Markup:
    """A list of what is ready, cut where it gets long."""
    every = list(items)
    shown = every[:_MAX_LISTED] if len(every) > _MAX_LISTED + 1 else every
    rest = len(every) - len(shown)
    more = [f"and {rest:,} more{noun and ' '}{noun}"] if rest else []
    return Markup(", ".join([*shown, *more]))  # noqa: S704


def _before(job: JobChange) -> Markup:
    """What is held today; struck through what is not held any more."""
    if job.held is None:
        return Markup("not stated")
    after = set(job.after)
    lost = {g for g in job.before if g not in after and (g.endswith("-all") or job.dropped)}
    return _some(
        Markup("~~{}~~").format(markdown.cell(g)) if g in lost else markdown.cell(g)
        for g in job.before
    )


def _filename(path: str) -> Markup:
    return markdown.cell(path.rpartition("/")[2])


def _grants(grants: Grants) -> Markup:
    return _some(map(markdown.code, written(grants)))


def _shown_by(reason: Reason) -> Markup:
    """Why, with a link to where that can be read."""
    if reason.rule == RULE:
        jobs = reason.why.removeprefix(f"{RULE} for ").split(", ")
        return Markup("needed by the preflight probe for {}").format(
            _some(map(markdown.code, jobs))
        )
    rule = markdown.link(reason.rule, reason.source)
    if reason.verb:
        return Markup("{} {}").format(markdown.prose(reason.verb), rule)
    more = f", and {reason.more:,} more" if reason.more else ""
    return Markup("{}{} ({})").format(markdown.prose(reason.why), more, rule)


def _place(where: Where) -> Markup:
    text = markdown.code(where.text)
    return Markup("{}, step {}").format(text, markdown.code(where.step, 80)) if where.step else text


def _places(uses: Sequence[Use]) -> Markup:
    """Where something is needed; with the step's name where that is one place."""
    wheres = list(dict.fromkeys(use.where for use in uses))
    return _place(wheres[0]) if len(wheres) == 1 else _lines(wheres)


def _lines(wheres: Iterable[Where]) -> Markup:
    """Lines of files, each file named once: ``ci.yml:3``, ``:8``."""
    texts = []
    last = None
    for one in {(one.path, one.line): one for one in wheres}.values():
        texts.append(markdown.code(f":{one.line}" if one.path == last else one.text))
        last = one.path
    return _some(texts)


def _command(what: str) -> Markup:
    return markdown.code(what, 60) if what.strip(" …") else Markup("a command that the run names")


def _commands(commands: Sequence[tuple[str, tuple[Where, ...]]]) -> Markup:
    return _some(
        Markup("{} ({})").format(_command(what), _lines(wheres)) for what, wheres in commands
    )


def _by_text(obstacles: Sequence[Obstacle]) -> list[list[Obstacle]]:
    """Obstacles in groups of the same file and words, so that each is said once."""
    groups: dict[tuple[str, str], list[Obstacle]] = {}
    for one in obstacles:
        groups.setdefault((one.path, one.what), []).append(one)
    return list(groups.values())


def _obstacles(group: Sequence[Obstacle]) -> Markup:
    first = group[0]
    if not first.job:
        return Markup("{}: {}").format(markdown.code(first.path), markdown.code(first.what))
    jobs = _some(markdown.code(job) for job in dict.fromkeys(one.job for one in group))
    said = Markup("{} in {}").format(jobs, _filename(first.path))
    if not first.what:
        return said
    places = _lines(one.where for one in group if one.where)
    return Markup("{}: {} ({})").format(said, _command(first.what), places)


def _condition(text: str) -> Markup:
    """An ``if:``, as long as it may be worth reading."""
    return markdown.code(text, 400)


def _late(step: Late) -> Markup:
    """What a late step does, where, and what it takes."""
    said = _phrase(step.why, step.rule)
    place = _place(step.where)
    return Markup("{}, {}, which takes {}").format(said, place, markdown.code(step.permission))


def _unprobed(steps: Sequence[Late]) -> Markup:
    return _some(
        Markup("{} ({}, {})").format(
            markdown.code(step.job), _phrase(step.why, step.rule), _place(step.where)
        )
        for step in steps
    )


def _phrase(why: str, rule: str) -> Markup:
    """A verb phrase; a rule at its end stays in one piece."""
    if why == rule:
        started = why.removeprefix("runs ")
        return (
            markdown.prose(why) if started == why else Markup("runs {}").format(_command(started))
        )
    if why.endswith(rule):
        return Markup("{} {}").format(markdown.prose(why.removesuffix(rule)), markdown.code(rule))
    return Markup("{} ({})").format(markdown.prose(why), markdown.code(rule))


def _swap(swap: SwapFact) -> Markup:
    after = markdown.code(swap.after)
    before = markdown.code(swap.before) if swap.before else Markup("what stood for it before")
    at = Markup("in {}, ").format(markdown.code(swap.at)) if swap.at else ""
    return Markup("{} in place of {} ({}line {})").format(after, before, at, swap.line)


def _form(need: TokenNeed) -> Markup:
    """The address of the form for a token, which is made of checked parts alone."""
    owners = {name.partition("/")[0] for name in need.repositories}
    owner = owners.pop() if len(owners) == 1 else ""
    return Markup(token_form.address(need.secret, owner, need.permissions))  # noqa: S704


def _levels(need: TokenNeed) -> Markup:
    """The permissions by their names on GitHub's page."""
    named, others = token_form.by_hand(need.permissions)
    return _some([*map(Markup, [f"*{name}*" for name in named]), *map(markdown.code, others)])


def _store(need: TokenNeed, *options: str) -> Markup:
    """The command that stores a secret."""
    words = ["gh", "secret", "set", need.secret, *options]
    words += ["--repo", need.home] if need.home else []
    return markdown.code(shlex.join(words), 200)


_FILTERS = {
    "before": _before,
    "by_text": _by_text,
    "cells": lambda texts: _some(map(markdown.cell, texts)),
    "codes": lambda texts: _some(map(markdown.code, texts)),
    "commands": _commands,
    "condition": _condition,
    "filename": _filename,
    "form": _form,
    "grants": _grants,
    "late": _late,
    "levels": _levels,
    "link": markdown.link,
    "md": Markup,  # for words of the project's own
    "obstacles": _obstacles,
    "place": _place,
    "places": _places,
    "plural": _plural,
    "prose": markdown.prose,
    "phrase": lambda text: _phrase(text, text),
    "shown_by": _shown_by,
    "store": _store,
    "swap": _swap,
    "unprobed": _unprobed,
    "verb": _verb,
}
