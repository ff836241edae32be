"""Which shells are read, and what happens to scripts that can't be."""

from __future__ import annotations

import pytest

from bot.scripts.shell import Script, UnreadShell, interpreter, read


def read_script(text: str, shell: str) -> Script:
    found = read(text, shell)
    assert isinstance(found, Script)
    return found


@pytest.mark.parametrize("shell", ["python", "node {0}", "nu {0}", "${{ matrix.shell }}"])
def test_other_shells_are_not_read(shell: str) -> None:
    assert read("gh a", shell) == UnreadShell(shell)


@pytest.mark.parametrize(
    ("shell", "errexit", "pipefail"),
    [
        ("", True, False),
        ("bash", True, True),
        ("sh", True, False),
        ("bash {0}", False, False),
        ("bash -euo pipefail {0}", True, True),
        ("sudo -u me sh -ex {0}", True, False),
        ('C:\\cygwin\\bin\\bash.exe -eo pipefail "{0}"', True, True),
        ("msys2 {0}", True, True),
    ],
)
def test_options_of_an_interpreter(shell: str, errexit: bool, pipefail: bool) -> None:
    found = interpreter(shell)
    assert found is not None
    assert (found.errexit, found.pipefail) == (errexit, pipefail)


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("if a; then b", ""),
        ('gh "a', ""),
        ("gh ${{ a", ""),
        ("gh { a", "pwsh"),
        ("gh 'a", "pwsh"),
        ("if exist x (", "cmd"),
        ("eval " * 3 + "eval 'eval \"eval gh\"'", ""),
        ("bash -c \"bash -c 'bash -c \\\"bash -c \\'bash -c bash\\'\\\"'\"; (", ""),
        ("a\n" * 200_000, ""),
        ("a | " * 2001 + "a", ""),
    ],
    ids=[
        "an open if",
        "an open string",
        "an open expression",
        "an open block of PowerShell",
        "an open string of PowerShell",
        "an open block of cmd",
        "quotes that do not pair, evaluated",
        "quotes that do not pair, in a shell's argument",
        "longer than any real script",
        "a pipeline that would take the parser too long",
    ],
)
def test_what_is_not_understood_is_not_sound(text: str, shell: str) -> None:
    assert not read_script(text, shell).sound


HOSTILE = {
    "substitutions": "echo " + "$(" * 10_000,
    "closed substitutions": "echo " + "$(" * 10_000 + ")" * 10_000,
    "defaults": "echo " + "${a:-" * 10_000,
    "closed defaults": "echo " + "${a:-" * 10_000 + "}" * 10_000,
    "calls": "$a.f(" * 10_000,
    "chains": "$a=" * 10_000,
    "returns": "return " * 10_000,
    "blank lines": "\n" * 50_000 + "|",
    "tries": "try { } " * 10_000,
    "quotes": '"' * 50_001,
    "expressions": "${{ '" * 20_000,
    "wrappers": "sudo " * 20_000,
    "functions": "".join(f"f{i}() {{ f{i + 1} || :; }}\n" for i in range(4_000)),
    "a file fed to many": "cat <<E | {"
    + "cat;" * 9_000
    + "} >> $GITHUB_ENV\n"
    + "x=1\n" * 9_000
    + "E",
    "a script fed to many": "echo '" + "x;" * 9_000 + "' | {" + "bash;" * 9_000 + "}",
    "no text": "a\0b \ud800 \udfff \x1b ${{ \0 }}",
    "a million characters": "x" * 1_000_000,
}


@pytest.mark.parametrize("shell", ["bash", "pwsh", "cmd"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_scripts_end(text: str, shell: str) -> None:
    assert isinstance(read(text, shell), Script)
