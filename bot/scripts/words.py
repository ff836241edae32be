"""Building and taking apart :class:`~bot.scripts.shell.Word`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.scripts.shell import Opaque, Part, Word

UNKNOWN = Word((Opaque(),))

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)
_FORMAT = re.compile(r"%(?:[-+ #0]*\d*(?:\.\d+)?[sdiqb]|%)")


def merge(parts: Iterable[Part]) -> Word:
    """A word of ``parts``, with neighbouring texts made one."""
    merged: list[Part] = []
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if texts:
            merged.append("".join(texts))
            texts = []
        merged.append(part)
    if texts:
        merged.append("".join(texts))
    return Word(tuple([p for p in merged if p != ""]))


def join(words: Iterable[Word], between: str = " ") -> Word:
    """``words`` as one."""
    parts: list[Part] = []
    for number, word in enumerate(words):
        if number:
            parts.append(between)
        parts.extend(word.parts)
    return merge(parts)


def lines(word: Word) -> list[Word]:
    """The lines of a word, at least one."""
    rows: list[list[Part]] = [[]]
    for part in word.parts:
        if isinstance(part, str):
            first, *more = part.split("\n")
            rows[-1].append(first)
            rows += [[text] for text in more]
        else:
            rows[-1].append(part)
    return [merge(row) for row in rows]


def blank(word: Word, mark: str) -> Word:
    """``word`` with a part that can't be known wherever ``mark`` stands."""
    parts: list[Part] = []
    for part in word.parts:
        if isinstance(part, str):
            for number, piece in enumerate(part.split(mark)):
                parts += [Opaque(), piece] if number else [piece]
        else:
            parts.append(part)
    return merge(parts)


def tail(word: Word, length: int) -> Word:
    """``word`` without the first ``length`` characters, which are in its first part."""
    first = word.parts[0] if word.parts else ""
    return merge((first[length:], *word.parts[1:])) if isinstance(first, str) else word


def split_assignment(word: Word) -> tuple[str, Word] | None:
    """``NAME=value`` as its two halves."""
    first = word.parts[0] if word.parts else None
    match = _ASSIGNMENT.match(first) if isinstance(first, str) else None
    return (match[1], tail(word, match.end())) if match else None


def program(word: Word) -> str:
    """A program's name without its directory and ``.exe``; empty when it is not known."""
    literal = word.literal
    if literal is None:
        return ""
    if "/" in literal or "\\" in literal:
        literal = literal.replace("\\", "/").rsplit("/", 1)[-1]
    return literal.removesuffix(".exe")


def printed(name: str, words: Sequence[Word], stdin: Word | None) -> Word:
    """What the command ``words``, whose program is called ``name``, prints, as far as known.

    A line break at the end is left out.
    """
    if name.lower() in _ECHOES:
        at = 1
        while at < len(words) and words[at].literal in _ECHO_FLAGS:
            at += 1
        return join(words[at:])
    if name == "printf" and len(words) > 1:
        return formatted(words[1], words[2:])
    if name == "tee" or (name == "cat" and all(w.literal == "-" for w in words[1:])):
        return stdin or UNKNOWN
    return UNKNOWN


_ECHOES = frozenset({"echo", "write-output", "write-host"})
_ECHO_FLAGS = frozenset({"-n", "-e", "-E", "-ne", "-en"})


def formatted(form: Word, values: Sequence[Word]) -> Word:
    """What ``printf`` prints: the format, filled in once, without a line break at the end."""
    left = list(reversed(values))
    parts: list[Part] = []
    for part in form.parts:
        if not isinstance(part, str):
            parts.append(part)
            continue
        end = 0
        for match in _FORMAT.finditer(part):
            parts.append(_unescape(part[end : match.start()]))
            if match[0] == "%%":
                parts.append("%")
            elif left:
                parts += left.pop().parts
            end = match.end()
        parts.append(_unescape(part[end:]))
    word = merge(parts)
    last = word.parts[-1] if word.parts else None
    return merge((*word.parts[:-1], last.removesuffix("\n"))) if isinstance(last, str) else word


def _unescape(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")
