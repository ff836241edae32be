"""What every grammar of scripts hands its findings to; makes them a :class:`~.shell.Script`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.scripts.effects import EFFECTS
from bot.scripts.shell import (
    Assignment,
    Command,
    Embedded,
    Interpreter,
    Opaque,
    Part,
    Script,
    Target,
    Variable,
    Word,
)
from bot.scripts.words import UNKNOWN, join, lines, printed, program, tail
from bot.scripts.wrappers import unwrap

_MAX_NESTING = 5
_MAX_PIPED = 100_000
# The text of an expression ends at the first `}}` outside of its single-quoted strings.
_EXPRESSION = re.compile(r"\$\{\{((?:[^'}]++|'[^']*+'|\}(?!\}))*+)\}\}")
_SINKS: Mapping[Part, Target] = {
    Variable("GITHUB_ENV"): "env",
    Variable("GITHUB_OUTPUT"): "output",
    Embedded("github.env"): "env",
    Embedded("github.output"): "output",
}
_LONG_VALUE = re.compile(r"([^=<]+)<<(.+)", re.DOTALL)
_SET_OUTPUT = re.compile(r"::set-output name=([\w.-]+)::")


@dataclass(slots=True)
class Pipe:
    """What is written into a pipe, as far as known, while its writers are being read."""

    written: list[Word] = field(default_factory=list)
    _seen: int = 0
    _content: Word | None = None

    def content(self) -> Word | None:
        """All that was written; None when nothing of it is known, or it is very long."""
        if self._seen != len(self.written):
            self._seen = len(self.written)
            known = any(word != UNKNOWN for word in self.written)
            size = sum(_size(word) for word in self.written)
            self._content = join(self.written, "\n") if known and size <= _MAX_PIPED else None
        return self._content


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands.

    ``swallowed``: something around it makes its failure harmless. ``decisive``: its status is
    that of what is around it. ``sink``: the file of GitHub's that its output goes to.
    """

    swallowed: bool = False
    decisive: bool = True
    conditional: bool = False
    function: str | None = None
    sink: Target | None = None
    stdin: Word | Pipe | None = None
    stdout: Pipe | None = None

    def harmless(self) -> Place:
        """The same place, failures without consequence."""
        return self if self.swallowed else replace(self, swallowed=True)

    def optional(self) -> Place:
        """The same place, where a condition decides about what stands in it."""
        return self if self.conditional else replace(self, conditional=True)

    def apart(self) -> Place:
        """The same place for what is not part of its output and does not share its input."""
        if self.sink is None and self.stdin is None and self.stdout is None:
            return self
        return replace(self, sink=None, stdin=None, stdout=None)


class Recorder:
    """Collects what one script does, and what the scripts in it do."""

    def __init__(self, text: str) -> None:
        self.sound = True
        self.functions: set[str] = set()
        self._commands: list[Command] = []
        self._assignments: list[Assignment] = []
        self._written: dict[Target, list[tuple[int, Word]]] = {"env": [], "output": []}
        self._nesting = 0
        # Text may be read again for every command that it is fed to: bounded for hostile scripts.
        self._budget = 4 * len(text) + 10_000
        self._holes: list[Part] = []
        self._mark = "GH"
        while self._mark in text:
            self._mark += "X"
        self._placeholder = re.compile(self._mark + r"(\d{1,7})z", re.ASCII)
        self._swallowed_breaks: list[int] = []
        self._text = self._cut(text.replace("\r\n", "\n").replace("\0", ""))

    def script(self, who: Interpreter) -> Script:
        """Read the whole text."""
        self._read(self._text, who, 0, Place())
        for target in self._written:
            self._assign_written(target)
        return Script(
            self._forgiven(),
            tuple(self._assignments),
            frozenset(self.functions),
            self.sound,
        )

    def parts(self, text: str) -> tuple[Part, ...]:
        """``text`` with what the placeholders in it stand for."""
        if self._mark not in text:
            return (text,) if text else ()
        found: list[Part] = []
        end = 0
        for match in self._placeholder.finditer(text):
            number = int(match[1])
            if number < len(self._holes):
                found += [text[end : match.start()], self._holes[number]]
                end = match.end()
        found.append(text[end:])
        return tuple([p for p in found if p != ""])

    def variable(self, name: str, default: Word | None = None) -> Part:
        """The part for a variable; unknown when GitHub writes (a piece of) its name."""
        return Opaque() if self._mark in name else Variable(name, default)

    def command(
        self,
        words: tuple[Word, ...],
        env: tuple[tuple[str, Word], ...],
        row: int,
        place: Place,
        tolerated: bool,
    ) -> None:
        """Note a command. ``words``: as they stand, at least one."""
        stdin = place.stdin.content() if isinstance(place.stdin, Pipe) else place.stdin
        real = unwrap(words)
        env += real.env
        if real.script is not None:
            for name, value in env:
                self.assign(name, value, row, exported=True)
            self.nested(real.script, real.interpreter, row, replace(place, swallowed=tolerated))
            return
        words = real.words
        self._commands.append(
            Command(
                words, env, self._line(row), stdin, tolerated, place.conditional, place.function
            )
        )
        name = program(words[0])
        prints = name in ("echo", "printf")
        if prints or place.sink or place.stdout is not None:
            value = printed(name, words, stdin)
            if place.sink:
                self.write(place.sink, value, row)
            if place.stdout is not None:
                place.stdout.written.append(value)
            if prints and (match := _SET_OUTPUT.match(value.text)):
                self.assign(match[1], tail(value, match.end()), row, target="output")
        if name in EFFECTS:
            EFFECTS[name](self, words, row, replace(place, swallowed=tolerated), stdin)

    def assign(
        self, name: str, value: Word, row: int, *, exported: bool = False, target: Target = "shell"
    ) -> None:
        """Note an assignment."""
        self._assignments.append(Assignment(name, value, exported, self._line(row), target))

    def nested(self, script: Word, who: Interpreter | None, row: int, place: Place) -> None:
        """Read a script that stands in a word. ``who``: None for a shell like the one it is in."""
        text = "".join([p if isinstance(p, str) else self._hole(p) for p in script.parts])
        inner = replace(place, decisive=True, stdin=None)
        self._read(text, who or Interpreter("bash"), row, inner)

    def sink(self, destination: Word) -> Target | None:
        """Which of GitHub's files a word names."""
        return _SINKS.get(destination.parts[0]) if len(destination.parts) == 1 else None

    def write(self, target: Target, value: Word, row: int) -> None:
        """Note lines that go to one of GitHub's files."""
        self._budget -= _size(value)
        self._written[target].append((row, value if self._budget > 0 else UNKNOWN))

    def _read(self, text: str, who: Interpreter, row: int, place: Place) -> None:
        self._budget -= len(text)
        if self._nesting >= _MAX_NESTING or self._budget < 0:
            self.sound = False
            return
        self._nesting += 1
        if who.dialect == "bash":
            from bot.scripts.bash import read_bash

            read_bash(self, text, who, row, place)
        elif who.dialect == "powershell":
            from bot.scripts.powershell import read_powershell

            read_powershell(self, text, row, place)
        else:
            from bot.scripts.batch import read_batch

            read_batch(self, text, row, place)
        self._nesting -= 1

    def _cut(self, text: str) -> str:
        """``text`` with a placeholder for each expression of GitHub's."""
        pieces: list[str] = []
        end = row = 0
        while (start := text.find("${{", end)) >= 0:
            match = _EXPRESSION.match(text, start)
            if not match:
                self.sound = False
                break
            pieces += [text[end:start], self._hole(Embedded(match[1].strip()))]
            row += text.count("\n", end, start)
            end = match.end()
            self._swallowed_breaks += [row] * match[0].count("\n")
        pieces.append(text[end:])
        return "".join(pieces)

    def _hole(self, part: Part) -> str:
        self._holes.append(part)
        return f"{self._mark}{len(self._holes) - 1}z"

    def _line(self, row: int) -> int:
        return row + bisect_left(self._swallowed_breaks, row)

    def _assign_written(self, target: Target) -> None:
        """Read one of GitHub's files: ``NAME=value``, or ``NAME<<END``, lines, ``END``."""
        exported = target == "env"
        name, end, start = "", None, 0
        value: list[Word] = []
        for row, chunk in self._written[target]:
            for line in lines(chunk):
                text = line.text
                if end is not None:
                    if text == end:
                        self.assign(
                            name, join(value, "\n"), start, exported=exported, target=target
                        )
                        end = None
                    else:
                        value.append(line)
                elif match := _LONG_VALUE.fullmatch(text):
                    name, end, start, value = match[1].strip(), match[2], row, []
                elif "=" in text or line == UNKNOWN:
                    first = line.parts[0]
                    name = first.partition("=")[0] if isinstance(first, str) else ""
                    known = isinstance(first, str) and "=" in first
                    found = tail(line, len(name) + 1) if known else UNKNOWN
                    name = name.strip() if known else ""
                    self.assign(name, found, row, exported=exported, target=target)
        if end is not None:
            self.assign(name, UNKNOWN, start, exported=exported, target=target)

    def _forgiven(self) -> tuple[Command, ...]:
        """The commands; tolerated, too, in a function that is called where failing is harmless."""
        if not self.functions:
            return tuple(self._commands)
        callers: dict[str, set[str]] = {}
        forgiven: list[str] = []
        for command in self._commands:
            called = command.words[0].literal
            if called in self.functions and called is not None:
                if command.tolerated:
                    forgiven.append(called)
                elif command.function:
                    callers.setdefault(command.function, set()).add(called)
        seen: set[str] = set()
        while forgiven:
            name = forgiven.pop()
            if name not in seen:
                seen.add(name)
                forgiven += callers.get(name, ())
        return tuple(
            [replace(c, tolerated=True) if c.function in seen else c for c in self._commands]
        )


def _size(word: Word) -> int:
    return sum(len(p) if isinstance(p, str) else 1 for p in word.parts) + 1
