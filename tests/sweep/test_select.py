"""A repository is left out for a reason, and only for one that the settings give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.names import matches
from bot.sweep.found import Found
from bot.sweep.select import left_out
from bot.sweep.settings import SweepSettings

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FOUND = Found(
    "octo/demo",
    id=1,
    visibility="public",
    language="Go",
    topics=("cli", "tools"),
    size=2048,
    pushed=NOW - timedelta(days=10),
)


@pytest.mark.parametrize(
    ("found", "settings", "reason"),
    [
        ({}, {}, ""),
        ({"archived": True}, {}, "it is archived"),
        ({"archived": True}, {"archived": True}, ""),
        ({"fork": True}, {}, "it is a fork"),
        ({"fork": True}, {"forks": True}, ""),
        ({"template": True}, {}, ""),
        ({"template": True}, {"templates": False}, "it is a template"),
        ({"topics": ("no-clearance",)}, {}, "it has the topic no-clearance"),
        ({}, {"topics": ("CLI", "web")}, ""),
        ({}, {"topics": ("web", "app")}, "it has none of the topics web, app"),
        ({}, {"include": ("octo/*",)}, ""),
        ({}, {"include": ("DEMO",)}, ""),
        ({}, {"include": ("other/*", "x*")}, "include names no pattern that it is like"),
        ({}, {"include": ("octo",)}, "include names no pattern that it is like"),
        ({}, {"exclude": ("x*", "d?mo")}, "exclude has d?mo"),
        ({}, {"include": ("demo",), "exclude": ("octo/*",)}, "exclude has octo/*"),
        ({}, {"visibility": ("public",)}, ""),
        (
            {},
            {"visibility": ("private", "internal")},
            "it is public, and visibility asks for private, internal",
        ),
        ({}, {"languages": ("go",)}, ""),
        ({}, {"languages": ("C",)}, "it is written in Go, and languages asks for C"),
        (
            {"language": ""},
            {"languages": ("C",)},
            "it is written in no language that GitHub knows, and languages asks for C",
        ),
        ({}, {"largest": 2}, ""),
        ({"size": 2049}, {"largest": 2}, "it has 2 MB, and largest is 2"),
        ({}, {"pushed_within": 10}, ""),
        ({}, {"pushed_within": 9}, "it was last pushed to on 2026-01-21, not within 9 days"),
        (
            {"pushed": None},
            {"pushed_within": 9},
            "nobody ever pushed to it, and pushed_within asks for a push within 9 days",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_is_left_out(found: dict[str, Any], settings: dict[str, Any], reason: str) -> None:
    asked = replace(SweepSettings(), **settings)
    assert left_out(replace(FOUND, **found), asked, NOW) == reason


NAMES = st.text("abAB-._1", min_size=1, max_size=8)


@given(NAMES, NAMES)
def test_each_name_is_like_itself_and_like_a_star(owner: str, name: str) -> None:
    full = f"{owner}/{name}"
    assert matches(full, full)
    assert matches(full, name.upper())
    assert matches(full, f"{owner}/*")
    assert not matches(full, f"{owner}x/*")


def test_a_pattern_made_to_take_long_takes_no_time() -> None:
    assert not matches("octo/" + "a" * 99, "*a" * 40 + "b")
