"""What a command of a script brings about besides its running: values, and further commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.scripts.shell import Interpreter, Word
from bot.scripts.words import UNKNOWN, blank, formatted, split_assignment

if TYPE_CHECKING:
    from bot.scripts.recorder import Place, Recorder

Effect = Callable[["Recorder", tuple[Word, ...], int, "Place", Word | None], None]
"""Recorder, the command's words, its row, its place (``swallowed``: it is tolerated), stdin."""

_STARTS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
_FROM_INPUT = frozenset({"-", "-s", "-e", "-x", "-l", "-ex", "-xe", "-eu", "-eux"})


def _tee(
    recorder: Recorder, words: tuple[Word, ...], line: int, _place: Place, stdin: Word | None
) -> None:
    for word in words[1:]:
        target = recorder.sink(word)
        if target:
            recorder.write(target, stdin or UNKNOWN, line)


def _shell(
    recorder: Recorder, words: tuple[Word, ...], line: int, place: Place, stdin: Word | None
) -> None:
    flags = [word.literal or "" for word in words[1:]]
    if stdin is None or not _FROM_INPUT.issuperset(flags):
        return
    who = Interpreter("bash", errexit=any("e" in flag for flag in flags))
    inner = place.apart()
    recorder.nested(stdin, who, line, inner)


def _trap(
    recorder: Recorder, words: tuple[Word, ...], line: int, place: Place, _stdin: Word | None
) -> None:
    if len(words) > 2 and not words[1].text.startswith("-"):
        handler = place.harmless().optional().apart()
        recorder.nested(words[1], None, line, handler)


def _find(
    recorder: Recorder, words: tuple[Word, ...], line: int, place: Place, _stdin: Word | None
) -> None:
    start: int | None = None
    for at, word in enumerate(words):
        if start is None:
            start = at + 1 if word.literal in _STARTS else None
        elif word.literal in (";", "+"):
            if start < at:
                found = tuple([blank(w, "{}") for w in words[start:at]])
                inner = place.harmless().optional().apart()
                recorder.command(found, (), line, inner, tolerated=True)
            start = None


def _read(
    recorder: Recorder, words: tuple[Word, ...], line: int, _place: Place, _stdin: Word | None
) -> None:
    for word in words[1:]:
        if (word.literal or "").isidentifier():
            recorder.assign(word.text, UNKNOWN, line)


def _printf(
    recorder: Recorder, words: tuple[Word, ...], line: int, _place: Place, _stdin: Word | None
) -> None:
    if len(words) > 3 and words[1].literal == "-v":
        recorder.assign(words[2].text, formatted(words[3], words[4:]), line)


def _export(
    recorder: Recorder, words: tuple[Word, ...], line: int, _place: Place, _stdin: Word | None
) -> None:
    for word in words[1:]:
        named = split_assignment(word)
        if named is None and word.text.isidentifier():
            named = word.text, Word((recorder.variable(word.text),))
        if named:
            recorder.assign(*named, line, exported=True)


EFFECTS: Mapping[str, Effect] = {
    "bash": _shell,
    "export": _export,
    "find": _find,
    "mapfile": _read,
    "printf": _printf,
    "read": _read,
    "readarray": _read,
    "sh": _shell,
    "tee": _tee,
    "trap": _trap,
}
"""Program → what it does."""
