"""Which of the repositories that were found a sweep leaves out, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.life.past import WORD
from bot.names import matches
from bot.sweep.found import Found
from bot.sweep.settings import SweepSettings

_KB = 1024


def left_out(found: Found, settings: SweepSettings, now: datetime) -> str:
    """Why a repository is left out, as a sentence without its name; empty where it is not.

    A pattern with a slash is compared with ``owner/name``, another one with the name alone; case
    is no matter in either, as in GitHub's names and topics.

    Args:
        now: UTC.
    """
    return next((why for test in _TESTS if (why := test(found, settings, now))), "")


def _by_name(found: Found, settings: SweepSettings, _now: datetime) -> str:
    if settings.include and not any(matches(found.repository, one) for one in settings.include):
        return "include names no pattern that it is like"
    shut = next((one for one in settings.exclude if matches(found.repository, one)), None)
    return "" if shut is None else f"exclude has {shut}"


def _by_topic(found: Found, settings: SweepSettings, _now: datetime) -> str:
    topics = {one.lower() for one in found.topics}
    if WORD in topics:
        return f"it has the topic {WORD}"
    if settings.topics and topics.isdisjoint(one.lower() for one in settings.topics):
        return f"it has none of the topics {_listed(settings.topics)}"
    return ""


def _by_visibility(found: Found, settings: SweepSettings, _now: datetime) -> str:
    if settings.visibility and found.visibility not in settings.visibility:
        return f"it is {found.visibility}, and visibility asks for {_listed(settings.visibility)}"
    return ""


def _by_language(found: Found, settings: SweepSettings, _now: datetime) -> str:
    asked = {one.lower() for one in settings.languages}
    if asked and found.language.lower() not in asked:
        language = found.language or "no language that GitHub knows"
        return f"it is written in {language}, and languages asks for {_listed(settings.languages)}"
    return ""


def _by_kind(found: Found, settings: SweepSettings, _now: datetime) -> str:
    kinds = (
        (found.archived, settings.archived, "it is archived"),
        (found.fork, settings.forks, "it is a fork"),
        (found.template, settings.templates, "it is a template"),
    )
    return next((why for is_one, wanted, why in kinds if is_one and not wanted), "")


def _by_size(found: Found, settings: SweepSettings, _now: datetime) -> str:
    if settings.largest and found.size > settings.largest * _KB:
        return f"it has {found.size // _KB} MB, and largest is {settings.largest}"
    return ""


def _by_push(found: Found, settings: SweepSettings, now: datetime) -> str:
    if not settings.pushed_within:
        return ""
    within = f"within {settings.pushed_within} days"
    if found.pushed is None:
        return f"nobody ever pushed to it, and pushed_within asks for a push {within}"
    if now - found.pushed > timedelta(days=settings.pushed_within):
        return f"it was last pushed to on {found.pushed:%Y-%m-%d}, not {within}"
    return ""


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words)


_TESTS: tuple[Callable[[Found, SweepSettings, datetime], str], ...] = (
    _by_topic,
    _by_name,
    _by_kind,
    _by_visibility,
    _by_language,
    _by_size,
    _by_push,
)
