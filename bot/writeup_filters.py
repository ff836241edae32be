"""What the templates of a pull request's text call: facts → Markdown.

Every function gives :class:`~markupsafe.Markup` in which foreign text is a code span or stands in a
block of code. Those that take ``context`` link lines to the forge, where it is known.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot import markdown, token_form
from bot.excerpts import Excerpt
from bot.facts import JobChange, Obstacle, Reason, Use, written
from bot.facts_forge import Answered, EarlierRun, FailedRun
from bot.facts_late import Late, ProbeFact, SwapFact, TokenNeed
from bot.facts_lost import GivenBack
from bot.links import Links
from bot.permissions.scopes import Grants
from bot.probes import RULE
from bot.refusals import refusal_log
from bot.where import Where

_MAX_LISTED = 12
_MAX_MESSAGE = 8
_MAX_WORDS = 160


def _links(context: Context) -> Links:
    found = context["links"]
    assert isinstance(found, Links)  # noqa: S101 - the only thing of that name
    return found


def linked(links: Links, label: str, where: Where) -> Markup:
    """A line by its name, as a permanent link where that is known."""
    return markdown.link(label, links.line(where.path, where.line))


def plural(number: int, noun: str) -> Markup:
    """A number of things (``2 jobs``)."""
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


@pass_context
def _place(context: Context, where: Where) -> Markup:
    """A line, and its step by name."""
    text = linked(_links(context), where.text, where)
    return Markup("{}, step {}").format(text, markdown.code(where.step, 80)) if where.step else text


@pass_context
def _places(context: Context, uses: Sequence[Use]) -> Markup:
    """Where something is needed; with the step's name where that is one place."""
    wheres = list(dict.fromkeys(use.where for use in uses))
    return _place(context, wheres[0]) if len(wheres) == 1 else _lines(_links(context), wheres)


def _lines(links: Links, wheres: Iterable[Where]) -> Markup:
    """Lines of files, each file named once: ``ci.yml:3``, ``:8``."""
    texts = []
    last = None
    for one in {(one.path, one.line): one for one in wheres}.values():
        texts.append(linked(links, f":{one.line}" if one.path == last else one.text, one))
        last = one.path
    return _some(texts)


def _command(what: str) -> Markup:
    return markdown.code(what, 60) if what.strip(" …") else Markup("a command that the run names")


def _commands(commands: Sequence[tuple[str, tuple[Where, ...]]]) -> Markup:
    return _some(
        Markup("{} ({})").format(_command(what), _lines(Links(), wheres))
        for what, wheres in commands
    )


def _by_text(obstacles: Sequence[Obstacle]) -> list[list[Obstacle]]:
    """Obstacles in groups of the same file and words, so that each is said once."""
    groups: dict[tuple[str, str], list[Obstacle]] = {}
    for one in obstacles:
        groups.setdefault((one.path, one.what), []).append(one)
    return list(groups.values())


@pass_context
def _obstacles(context: Context, group: Sequence[Obstacle]) -> Markup:
    first = group[0]
    if not first.job:
        return Markup("{}: {}").format(markdown.code(first.path), markdown.code(first.what))
    jobs = _some(markdown.code(job) for job in dict.fromkeys(one.job for one in group))
    said = Markup("{} in {}").format(jobs, _filename(first.path))
    if not first.what:
        return said
    places = _lines(_links(context), (one.where for one in group if one.where))
    return Markup("{}: {} ({})").format(said, _command(first.what), places)


def _condition(text: str) -> Markup:
    """An ``if:``, as long as it may be worth reading."""
    return markdown.code(text, 400)


@pass_context
def _late(context: Context, step: Late) -> Markup:
    """What a late step does, where, and what it takes."""
    said = _phrase(step.why, step.rule)
    place = _place(context, step.where)
    return Markup("{}, {}, which takes {}").format(said, place, markdown.code(step.permission))


@pass_context
def _unprobed(context: Context, steps: Sequence[Late]) -> Markup:
    return _some(
        Markup("{} ({}, {})").format(
            markdown.code(step.job), _phrase(step.why, step.rule), _place(context, step.where)
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


@pass_context
def _form(context: Context, need: TokenNeed) -> Markup:
    """The address of the form for a token, which is made of checked parts alone."""
    owners = {name.partition("/")[0] for name in need.repositories}
    owner = owners.pop() if len(owners) == 1 else ""
    server = _links(context).web_url or token_form.PUBLIC
    return Markup(token_form.address(need.secret, owner, need.permissions, server))  # noqa: S704


def _levels(need: TokenNeed) -> Markup:
    """The permissions by their names on GitHub's page."""
    named, others = token_form.by_hand(need.permissions)
    return _some([*map(Markup, [f"*{name}*" for name in named]), *map(markdown.code, others)])


def _store(need: TokenNeed, *options: str) -> Markup:
    """The command that stores a secret."""
    words = ["gh", "secret", "set", need.secret, *options]
    words += ["--repo", need.home] if need.home else []
    return markdown.code(shlex.join(words), 200)


@pass_context
def _settings(context: Context, need: TokenNeed) -> Markup:
    """The page of the repository that stores secrets; empty where it isn't known."""
    server = _links(context).web_url or token_form.PUBLIC
    page = f"{server}/{need.home}/settings/secrets/actions"
    known = bool(need.home) and markdown.is_address(page)
    return Markup(f"<{page}>" if known else "")  # noqa: S704


def _documented(need: TokenNeed) -> Markup:
    """Where GitHub's documentation lists what each permission allows."""
    return _some(
        Markup("[*{}*]({})").format(Markup(name), Markup(address))  # noqa: S704 - of the table
        for name, address in token_form.documented(need.permissions)
    )


def _diff(excerpt: Excerpt) -> Markup:
    """An excerpt as a diff."""
    lines = [f"@@ {excerpt.path}:{excerpt.line} @@"]
    lines += [f"@@ {one[1:]} @@" if one.startswith("@") else one for one in excerpt.lines]
    return markdown.fence(lines, "diff")


@pass_context
def _refusal(context: Context, probe: ProbeFact) -> Markup:
    """What the log says where a probe is refused; empty where that is not known."""
    lines = refusal_log(probe, context["circumstances"].repository, _links(context).web_url)
    return markdown.fence(lines, "text") if lines else Markup("")


def _message(run: FailedRun) -> Markup:
    """What a failed run's log says."""
    return markdown.fence(run.message.splitlines()[:_MAX_MESSAGE], "text")


@pass_context
def _run(context: Context, run: FailedRun | EarlierRun) -> Markup:
    """A run by its number, linked where the address is one of the forge."""
    server = _links(context).web_url
    known = bool(server) and run.url.startswith(f"{server}/")
    return markdown.link(f"#{run.number}", run.url if known else "")


@pass_context
def _runs(context: Context, runs: Sequence[FailedRun]) -> Markup:
    """Runs with their files and what they cost."""
    return _some(
        Markup("{} of {} ({}{})").format(
            _run(context, run),
            _filename(run.path),
            markdown.code(run.date),
            Markup(", {}").format(plural(round(run.minutes), "minute")) if run.minutes >= 1 else "",
        )
        for run in runs
    )


@pass_context
def _failed(context: Context, given: GivenBack) -> Markup:
    """Which run has failed without a scope, after which merge, and what its log says."""
    page = _links(context).page(f"actions/runs/{given.run:d}")
    said = Markup(" Its log says {}.").format(markdown.code(given.words, _MAX_WORDS))
    return Markup(
        "Run {} failed after #{:d} was merged, in which this program had stated permissions: the "
        "job {} ({}) lacked {}.{}"
    ).format(
        markdown.link(str(given.run), page),
        given.pull,
        markdown.code(given.job),
        _place(context, given.where),
        markdown.code(given.grant),
        said if given.words else "",
    )


@pass_context
def _answer(context: Context, answer: Answered) -> Markup:
    """A file of another repository, so that it can be had again."""
    address = _links(context).answered(answer)
    return Markup("{}, {}, at {}, blob {}").format(
        markdown.code(answer.reference),
        markdown.link(answer.path, address),
        markdown.code(answer.commit),
        markdown.code(answer.blob),
    )


def _evidence(place: str) -> Markup:
    """Where the file with the whole text is."""
    if markdown.is_address(place):
        return Markup("[`evidence.md`]({}), a file of the run").format(Markup(place))  # noqa: S704
    if place:
        return Markup("`evidence.md`, a file of the run ({})").format(markdown.code(place))
    return Markup("`evidence.md`, which was written beside it")


FILTERS: Mapping[str, Callable[..., object]] = {
    "answer": _answer,
    "basename": lambda path: path.rpartition("/")[2],
    "before": _before,
    "by_text": _by_text,
    "cells": lambda texts: _some(map(markdown.cell, texts)),
    "codes": lambda texts: _some(map(markdown.code, texts)),
    "commands": _commands,
    "condition": _condition,
    "diff": _diff,
    "documented": _documented,
    "evidence": _evidence,
    "failed": _failed,
    "filename": _filename,
    "form": _form,
    "grants": _grants,
    "late": _late,
    "levels": _levels,
    "link": markdown.link,
    "md": Markup,  # for words of the project's own
    "message": _message,
    "obstacles": _obstacles,
    "place": _place,
    "places": _places,
    "plural": plural,
    "prose": markdown.prose,
    "phrase": lambda text: _phrase(text, text),
    "refusal": _refusal,
    "run": _run,
    "runs": _runs,
    "settings": _settings,
    "shown_by": _shown_by,
    "store": _store,
    "swap": _swap,
    "unprobed": _unprobed,
    "verb": _verb,
}
