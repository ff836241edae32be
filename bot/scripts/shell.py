"""What the script of a ``run:`` step can execute: commands, their words, and what they set.

:func:`read` is the entry point. The grammars live in files of their own and are loaded when a
script needs them: :mod:`.bash`, :mod:`.powershell`, :mod:`.batch`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

HOLE = "\0"
"""Stands in :attr:`Word.text` for a part that is no text. No script can contain it."""

_MAX_SCRIPT = 200_000  # characters: ten times what people write

Dialect = Literal["bash", "powershell", "cmd"]
Target = Literal["shell", "env", "output"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's value: ``$NAME``, ``${NAME}``, ``${NAME:-default}``, ``%NAME%``.

    PowerShell's ``$env:NAME`` is ``NAME``; its own ``$name``, which no other program sees, is
    ``variable:name`` in lower case.
    """

    name: str
    default: Word | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """The text that GitHub puts in place of ``${{ source }}`` before the shell starts."""

    source: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Text that only running the script could tell: a substitution, arithmetic, a glob."""


Part = str | Variable | Embedded | Opaque


@dataclass(frozen=True, slots=True)
class Word:
    """One word, its quotes taken off. No two neighbouring parts are both text."""

    parts: tuple[Part, ...]

    @property
    def literal(self) -> str | None:
        """The word, when all of it is known."""
        match self.parts:
            case (str() as text,):
                return text
            case ():
                return ""
        return None

    @property
    def text(self) -> str:
        """The word with :data:`HOLE` for each part that is no text."""
        return "".join([p if isinstance(p, str) else HOLE for p in self.parts])


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command, the programs that merely start another (``sudo``) taken off.

    ``words``: the program and its arguments; never empty.
    ``env``: assignments that hold for this command only; an empty word unsets the name.
    ``line``: 0-based, in the script's text.
    ``stdin``: what is fed to it, as far as known: a here-document, here-string, ``echo … |``.
    ``tolerated``: its failure does not by itself fail the step.
    ``conditional``: the script may end well without running it.
    ``function``: the shell function in whose body it stands.
    """

    words: tuple[Word, ...]
    env: tuple[tuple[str, Word], ...]
    line: int
    stdin: Word | None
    tolerated: bool
    conditional: bool
    function: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value that the script gives to a name, in order of the text.

    ``name``: empty where the name itself can't be known (``tool >> "$GITHUB_ENV"``).
    ``value``: an array's words are joined by blanks; ``X+=y`` begins with the variable itself; a
    loop's variable has one assignment for each word; unset is an empty word.
    ``exported``: programs started afterwards see it.
    ``target``: the shell itself, ``$GITHUB_ENV`` (later steps), or ``$GITHUB_OUTPUT``.
    """

    name: str
    value: Word
    exported: bool
    line: int
    target: Target = "shell"


@dataclass(frozen=True, slots=True)
class Script:
    """What was read.

    ``functions``: the names of the shell functions that it defines.
    ``sound``: False when a part could not be understood; what could be is here all the same.
    """

    commands: tuple[Command, ...]
    assignments: tuple[Assignment, ...]
    functions: frozenset[str]
    sound: bool


@dataclass(frozen=True, slots=True)
class UnreadShell:
    """The script is for a program whose language is not read here (``python``, ``node`` …)."""

    shell: str


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Who runs a script.

    ``errexit``: a failed command ends it. ``pipefail``: a pipeline fails with any of its commands.
    ``posix``: not bash, so ``errexit`` holds inside of command substitutions as well.
    """

    dialect: Dialect
    errexit: bool = True
    pipefail: bool = False
    posix: bool = False


# What GitHub makes of the values of `shell:` that it knows by name (docs.github.com, workflow
# syntax, `jobs.<job_id>.steps[*].shell`); the empty one is the default off Windows.
_NAMED = {
    "": Interpreter("bash"),
    "bash": Interpreter("bash", pipefail=True),
    "sh": Interpreter("bash", posix=True),
    "pwsh": Interpreter("powershell"),
    "powershell": Interpreter("powershell"),
    "cmd": Interpreter("cmd", errexit=False),
}

_POSIX = frozenset({"sh", "dash", "ash", "ksh", "zsh"})


def interpreter(shell: str) -> Interpreter | None:
    """Who a step's ``shell:`` is, None when it is a program whose language is not read here.

    ``shell``: the value as written, also a template (``bash -e {0}``); empty for no value.
    """
    named = _NAMED.get(shell.strip())
    if named is not None or "${{" in shell:
        return named
    words = shell.replace('"', " ").replace("'", " ").split()
    for at, word in enumerate(words):
        program = re.split(r"[/\\]", word)[-1].lower().removesuffix(".exe")
        flags = words[at + 1 :]
        if program == "msys2":
            # The wrapper that setup-msys2 installs starts bash with these options.
            return Interpreter("bash", pipefail=True)
        if program in _POSIX or program.endswith("bash"):
            short = "".join(f for f in flags if f.startswith("-") and not f.startswith("--"))
            return Interpreter(
                "bash",
                errexit="e" in short or "errexit" in flags,
                pipefail="pipefail" in flags,
                posix=program in _POSIX,
            )
        if program in ("pwsh", "powershell", "cmd"):
            return _NAMED[program]
    return None


@lru_cache(maxsize=4096)
def read(text: str, shell: str) -> Script | UnreadShell:
    """Read a ``run:`` script.

    ``text``: the script with GitHub's ``${{ … }}`` as they stand. ``shell``: the value of
    ``shell:`` that holds for the step, empty when there is none (and the runner is not Windows,
    where the default is ``pwsh``). Never raises, whatever the text is.
    """
    who = interpreter(shell)
    if who is None:
        return UnreadShell(shell)
    if len(text) > _MAX_SCRIPT:
        return Script((), (), frozenset(), sound=False)
    from bot.scripts.recorder import Recorder

    return Recorder(text).script(who)
