"""The tables of actions and of tools: every row keeps the form that CONTRIBUTING.md tells."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from ruamel.yaml.cyaml import CSafeLoader
from ruamel.yaml.nodes import MappingNode

from bot.permissions import actions, commands, configs

_DATA = files("bot.permissions.data")
_ACTION_FILES = sorted(f.name for f in _DATA.joinpath("actions").iterdir() if f.name[-4:] == ".yml")
_FILES = [*(f"actions/{name}" for name in _ACTION_FILES), "tools.yml"]
_PERMALINK = re.compile(r"https://github\.com/[^/]+/[^/]+/(?:blob|tree)/[0-9a-f]{40}(?:/|\Z)")
_THREAD = re.compile(r"https://github\.com/[^/]+/[^/]+/(?:issues|pull|discussions)/\d+")
_WHY = re.compile(r"[a-z].*[^.]\Z")


def _keys(name: str) -> list[str]:
    """The keys as they stand, with those that stand twice, which a mapping would hide."""
    root = CSafeLoader(_DATA.joinpath(name).read_text(encoding="utf-8")).get_single_node()
    assert isinstance(root, MappingNode)
    return [key.value for key, _ in root.value]


def _rows(name: str) -> list[actions.Row]:
    find = actions.tool if name == "tools.yml" else actions.action
    rows = [find(key) for key in _keys(name)]
    return [row for row in rows if row is not None]


@pytest.mark.parametrize("name", _FILES)
def test_every_key_is_found_by_its_name(name: str) -> None:
    assert [row.name for row in _rows(name)] == _keys(name)


@pytest.mark.parametrize("name", _FILES)
def test_keys_are_sorted_and_stand_once(name: str) -> None:
    keys = _keys(name)

    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", _ACTION_FILES)
def test_actions_stand_in_the_file_of_their_owner_in_lower_case(name: str) -> None:
    first = re.compile(r"\d" if name == "0-9.yml" else re.escape(name[0]))
    misplaced = [k for k in _keys(f"actions/{name}") if k != k.lower() or not first.match(k)]

    assert misplaced == []


@pytest.mark.parametrize("name", _FILES)
def test_reasons_are_phrases_that_fit_behind_a_scope(name: str) -> None:
    odd = [
        f"{row.name}: {need.why}"
        for row in _rows(name)
        for need in row.needs
        if len(need.why) > 60 or not _WHY.match(need.why)
    ]

    assert odd == []


@pytest.mark.parametrize("name", _FILES)
def test_sources_on_github_name_a_commit_or_a_thread(name: str) -> None:
    odd = [
        f"{row.name}: {source}"
        for row in _rows(name)
        for source in row.sources
        if not source.startswith("https://")
        or (
            source.startswith("https://github.com/")
            and not _PERMALINK.match(source)
            and not _THREAD.match(source)
        )
    ]

    assert odd == []


@pytest.mark.parametrize("name", _FILES)
def test_every_row_has_a_source(name: str) -> None:
    assert [row.name for row in _rows(name) if not row.sources] == []


@pytest.mark.parametrize("name", _FILES)
def test_every_configuration_has_a_reader(name: str) -> None:
    unread = {row.config for row in _rows(name) if row.config is not None} - configs.NAMES

    assert unread == set()


@pytest.mark.parametrize("name", _FILES)
def test_caveats_say_something(name: str) -> None:
    empty = [row.name for row in _rows(name) for caveat in row.caveats if not caveat.why.strip()]

    assert empty == []


def test_all_rows_are_those_of_all_files() -> None:
    assert sum(1 for _ in actions.all_rows()) == sum(len(_keys(name)) for name in _FILES)


@pytest.mark.parametrize("key", _keys("tools.yml"))
def test_no_tool_is_hidden_by_a_reader_of_its_own(key: str) -> None:
    program = key.split()[0]

    assert program not in commands._HANDLERS
    assert key not in commands._harmless()
