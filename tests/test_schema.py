"""The JSON Schema of the settings says what the program says."""

import json
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from ruamel.yaml import YAML

from bot import schema
from bot.config import Settings
from bot.sweep.settings import SweepSettings
from tests.test_config import EXAMPLE, MISTAKES, NO_BRANCHES, SETTINGS
from tests.test_config_sweep import OVERRIDES, SWEEPS, WINDOWS, WRONG

_FILE = EXAMPLE.parent / ".github" / "clearance.schema.json"
_SCHEMA = schema.schema()
_BEYOND = frozenset(
    # What no schema can tell: it sees a value and not its text.
    {"key-twice", "no-yaml"}
    # What an editor shows anyhow.
    | {"text-direction"}
    # YAML takes a label for a number.
    | {"labels-as-they-are-written"}
)


def _value(text: str) -> Any:
    return YAML(typ="safe").load(text)


def _accepts(text: str) -> bool:
    validator = jsonschema.Draft202012Validator(_SCHEMA)
    return bool(validator.is_valid(_value(text)))


def _told(rows: list[Any]) -> list[Any]:
    return [pytest.param(row.values[0], id=row.id) for row in rows if row.id not in _BEYOND]


def _filled(rows: list[Any]) -> list[Any]:
    return [row for row in _told(rows) if row.values[0] and _value(row.values[0])]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(_SCHEMA)


def test_the_published_file_is_what_is_made_now() -> None:
    """After a change of the settings: ``python -m bot.schema > .github/clearance.schema.json``."""
    assert _FILE.read_text(encoding="utf-8") == schema.text()


def test_the_program_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.schema"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == schema.text()


def test_the_example_names_it() -> None:
    first = EXAMPLE.read_text(encoding="utf-8").partition("\n")[0]
    name = first.removeprefix("# yaml-language-server: $schema=")
    assert EXAMPLE.parent / name == _FILE


def test_it_accepts_the_example() -> None:
    assert _accepts(EXAMPLE.read_text(encoding="utf-8"))


def test_it_accepts_what_the_readme_shows() -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```yaml\nsweep:")[2].partition("```")[0]
    assert _accepts(f"sweep:{shown}")


@pytest.mark.parametrize("text", _filled(SETTINGS))
def test_it_accepts_settings(text: str) -> None:
    assert _accepts(text)


@pytest.mark.parametrize("text", _filled(SWEEPS))
def test_it_accepts_sweeps(text: str) -> None:
    assert _accepts(text)


def test_it_accepts_overrides() -> None:
    assert _accepts(OVERRIDES)


@pytest.mark.parametrize("text", _told(MISTAKES + WRONG))
def test_it_refuses_a_mistake(text: str) -> None:
    assert not _accepts(text)


@pytest.mark.parametrize("name", _told(NO_BRANCHES))
def test_it_refuses_what_is_no_branch(name: str) -> None:
    assert not _accepts(f'branch: "{name}"\n')


@pytest.mark.parametrize("window", WINDOWS)
def test_it_refuses_what_is_no_window(window: str) -> None:
    assert not _accepts(f"sweep: {{window: '{window}'}}\n")


def _properties() -> dict[str, dict[str, Any]]:
    parts = {"": _SCHEMA, **_SCHEMA["$defs"]}
    return {
        f"{part}.{name}": one
        for part, made in parts.items()
        for name, one in made["properties"].items()
    }


@pytest.mark.parametrize("name", _properties())
def test_every_setting_is_described(name: str) -> None:
    told = _properties()[name]["description"]
    assert len(told) > 15
    assert told.endswith(".")
    assert "``" not in told


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        pytest.param(_SCHEMA, Settings, id="settings"),
        pytest.param(_SCHEMA["$defs"]["SweepSettings"], SweepSettings, id="sweep"),
    ],
)
def test_the_defaults_are_there(part: dict[str, Any], kind: type[Any]) -> None:
    for field in fields(kind):
        assert part["properties"][field.name]["default"] == json.loads(json.dumps(field.default))


_PATTERNS = sorted(
    {found for one in _properties().values() if (found := one.get("items", one).get("pattern"))}
)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_editors_can_read_the_patterns(tmp_path: Path) -> None:
    program = tmp_path / "patterns.mjs"
    program.write_text(f"for (const one of {json.dumps(_PATTERNS)}) new RegExp(one, 'u');\n")
    subprocess.run(["node", str(program)], timeout=60, check=True)
