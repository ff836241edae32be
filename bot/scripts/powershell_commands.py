"""Commands of PowerShell: whose failure ends a script, and which write to GitHub's files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.scripts.recorder import Pipe, Place, Recorder
from bot.scripts.shell import Word
from bot.scripts.words import UNKNOWN, program

_CMDLET = re.compile(
    r"(?:add|clear|compare|compress|convert|convertfrom|convertto|copy|disable|enable|enter|exit"
    r"|expand|export|find|foreach|format|get|group|import|install|invoke|join|measure|move|new|out"
    r"|pop|publish|push|read|receive|register|remove|rename|resolve|restart|save|select|send|set"
    r"|sort|split|start|stop|tee|test|uninstall|unregister|update|wait|where|write)-[a-z]\w*",
    re.IGNORECASE,
)
# fmt: off
_ALIASES = frozenset({
    ".", "%", "?", "cat", "cd", "clear", "copy", "cp", "del", "dir", "echo", "erase", "exit",
    "foreach", "gc", "gci", "gi", "iex", "irm", "iwr", "ls", "measure", "md", "mkdir", "move",
    "mv", "popd", "pushd", "pwd", "rd", "ren", "rm", "rmdir", "sc", "select", "sleep", "sls",
    "sort", "tee", "type", "where", "write",
})
# fmt: on
_CHECKS_STATUS = re.compile(
    r"LASTEXITCODE|PSNativeCommandUseErrorActionPreference|\$\?", re.IGNORECASE
)
_FILES = frozenset({"out-file", "add-content", "set-content", "tee-object", "ac", "sc", "tee"})
_FORGIVING = frozenset({"silentlycontinue", "continue", "ignore"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A command that was read, until it is known whether another program's status follows."""

    words: tuple[Word, ...]
    row: int
    place: Place
    native: bool


class Commands:
    """The commands of one script, in order.

    GitHub sets ``$ErrorActionPreference = 'stop'`` in front of the script, and hands on the status
    of the last program behind it: the statuses of all programs before that one are lost.
    """

    def __init__(self, recorder: Recorder, text: str) -> None:
        self._recorder = recorder
        self._checked = bool(_CHECKS_STATUS.search(text))
        self._forgiving = False
        self._found: list[_Found] = []

    def prefer(self, action: Word) -> None:
        """Note a new ``$ErrorActionPreference``."""
        self._forgiving = action.text.lower() in _FORGIVING

    def add(self, words: tuple[Word, ...], row: int, place: Place) -> None:
        """Note a command, at least one word long."""
        name = program(words[0])
        native = not (
            _CMDLET.fullmatch(name)
            or name.lower() in _ALIASES
            or name.lower().endswith(".ps1")
            or name in self._recorder.functions
        )
        forgiving = self._forgiving and not native
        for flag, value in pairwise(words):
            if flag.text.lower() in ("-erroraction", "-ea"):
                forgiving = value.text.lower() in _FORGIVING
        if forgiving:
            place = place.harmless()
        self._found.append(_Found(words, row, place, native))

    def flush(self) -> None:
        """Hand on the commands, now that all of them are known."""
        last = max((i for i, one in enumerate(self._found) if one.native), default=-1)
        for at, one in enumerate(self._found):
            lost = one.native and at < last and not self._checked
            tolerated = one.place.swallowed or lost
            self._recorder.command(one.words, (), one.row, one.place, tolerated)
            if program(one.words[0]).lower() in _FILES:
                self._into_file(one)

    def _into_file(self, one: _Found) -> None:
        target = next((t for w in one.words[1:] if (t := self._recorder.sink(w))), None)
        if target is None:
            return
        stdin = one.place.stdin
        value = stdin.content() if isinstance(stdin, Pipe) else stdin
        for flag, given in pairwise(one.words):
            if flag.text.lower() == "-value":
                value = given
        if value is None:
            rest = [w for w in one.words[1:] if not w.text.startswith("-")]
            value = rest[1] if len(rest) > 1 and self._recorder.sink(rest[0]) else UNKNOWN
        self._recorder.write(target, value, one.row)
