"""The scripts as texts, and the table of facts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot import probes
from bot.permissions.scopes import is_level
from bot.probes import Kind

# What bash 3.2, the one of macOS, doesn't know.
_NEWER = re.compile(
    r"\$\{\w+(?:,,|\^\^|@)|declare -[An]|local -[An]|mapfile|readarray|&>>|\|&|\bcoproc\b"
    r"|%\(|\[-1\]"
)


@pytest.mark.parametrize("kind", Kind)
def test_shellcheck_has_nothing_to_say(kind: Kind, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(probes.script(kind) + "\n")
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))
    command = [shellcheck, "--shell=bash", "--norc", str(script)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout == ""


@pytest.mark.parametrize("kind", Kind)
def test_a_maintainer_can_read_it(kind: Kind) -> None:
    lines = probes.script(kind).splitlines()
    assert len(lines) <= 89
    assert max(map(len, lines)) <= 105
    assert not any(line != line.rstrip() for line in lines)
    assert "{{" not in probes.script(kind)
    assert "{%" not in probes.script(kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_old_bash_understands_it(kind: Kind) -> None:
    assert _NEWER.findall(probes.script(kind)) == []


@pytest.mark.parametrize("kind", Kind)
def test_the_workflow_is_asked_for_nothing_but_its_environment(kind: Kind) -> None:
    assert "${{" not in probes.script(kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_probe_is_recognised_whatever_follows(kind: Kind) -> None:
    first = probes.script(kind).splitlines()[0]
    assert probes.recognise(probes.script(kind)) is kind
    assert probes.recognise(first + "\r\necho an older version") is kind
    assert probes.recognise(first) is kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "echo release",
        "# Clearance preflight probe: something-else\n",
        "# Clearance preflight probe: refs and more\n",
        "echo x\n# Clearance preflight probe: refs\n",
        "# Clearance preflight probe: " + "-" * 1_000_000,
    ],
)
def test_other_scripts_are_no_probes(text: str) -> None:
    assert probes.recognise(text) is None


@pytest.mark.parametrize("kind", Kind)
def test_every_fact_is_there(kind: Kind) -> None:
    assert all(is_level(scope, level) for scope, level in probes.grants(kind).items())
    assert probes.side_effects(kind).endswith(".")
    assert probes.proves(kind).startswith("that ")
    assert probes.does_not_prove(kind).startswith("that ")
