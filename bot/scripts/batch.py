"""Scripts for ``cmd``: words and operators, as that interpreter reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.scripts.recorder import Pipe, Place, Recorder
from bot.scripts.shell import Opaque, Part, Variable, Word
from bot.scripts.words import merge, split_assignment

_TOKEN = re.compile(
    r'"(?P<quoted>[^"\n]*+)"?'
    r"|%(?P<percent>\w+)(?::[^%\n]*+)?%|!(?P<bang>\w+)!|%%?(?P<loop>~?\w|\*)"
    r"|\^(?P<escaped>[^\n])|(?P<blank>(?:[^\S\n]|\^\n)+)"
    r"|(?P<operator>&&|\|\||[&|()\n]|(?:(?<=\s)[12])?>>?(?:&[12])?)"
    r"|(?P<text>[^\s\"%!^&|()<>]+|.)"
)
_COMPARES = frozenset({"equ", "neq", "lss", "leq", "gtr", "geq", "=="})


@dataclass(slots=True)
class _Statement:
    """``before`` and ``after``: the operators around it. ``inside``: of parentheses."""

    row: int
    before: str
    inside: bool
    words: list[Word] = field(default_factory=list)
    destination: Word | None = None
    after: str = ""


def read_batch(recorder: Recorder, text: str, row: int, place: Place) -> None:
    """Hand what ``text`` does to ``recorder``.

    ``row``: of its first line in the whole script. ``place``: where in it the text stands. Only
    the status of the last command counts.
    """
    found = _statements(recorder, text, row)
    pipe: Pipe | None = None
    for number, one in enumerate(found):
        words, guarded = _proper(one.words)
        stdin, pipe = pipe, Pipe() if one.after == "|" else None
        in_loop = number and found[number - 1].words[0].text.lower() == "for"
        if not words or (in_loop and one.before == "("):
            continue
        conditional = guarded or one.inside or one.before in ("&&", "||")
        here = Place(
            swallowed=place.swallowed or number < len(found) - 1,
            conditional=place.conditional or conditional,
            function=place.function,
            sink=recorder.sink(one.destination) if one.destination else place.sink,
            stdin=stdin,
            stdout=pipe,
        )
        if words[0].text.lower() == "set" and len(words) > 1:
            named = split_assignment(words[1])
            if named:
                value = merge([p for w in (named[1], *words[2:]) for p in (" ", *w.parts)][1:])
                recorder.assign(named[0], value, one.row, exported=True)
            continue
        recorder.command(words, (), one.row, here, tolerated=here.swallowed)


def _statements(recorder: Recorder, text: str, row: int) -> list[_Statement]:
    depth = 0
    one = _Statement(row, "", inside=False)
    found: list[_Statement] = []
    parts: list[Part] | None = None
    redirects = False
    for match in _TOKEN.finditer(text + "\n"):
        kind = match.lastgroup
        if kind not in ("blank", "operator"):
            parts = [] if parts is None else parts
            parts += _parts(recorder, match)
            continue
        if parts is not None:
            if redirects:
                one.destination = merge(parts)
            else:
                one.words.append(merge(parts))
            parts, redirects = None, False
        operator = match["operator"] or ""
        if ">" in operator:
            redirects = "&" not in operator
        elif operator:
            depth += (operator == "(") - (operator == ")")
            if one.words:
                one.after = operator
                found.append(one)
            row += operator == "\n"
            one = _Statement(row, operator, inside=depth > 0)
        else:
            row += match[0].count("\n")
    recorder.sound &= depth == 0
    return found


def _parts(recorder: Recorder, match: re.Match[str]) -> tuple[Part, ...]:
    if match["percent"] or match["bang"]:
        return (Variable(match["percent"] or match["bang"]),)
    if match["loop"]:
        return (Opaque(),)
    quoted = match["quoted"]
    if quoted is not None:
        parts: list[Part] = []
        end = 0
        for inner in re.finditer(r"%(\w+)(?::[^%]*+)?%|%%?~?\w", quoted):
            parts += recorder.parts(quoted[end : inner.start()])
            parts.append(Variable(inner[1]) if inner[1] else Opaque())
            end = inner.end()
        return (*parts, *recorder.parts(quoted[end:]))
    return recorder.parts(match["escaped"] or match["text"])


def _proper(words: list[Word]) -> tuple[tuple[Word, ...], bool]:
    """The command proper, and whether a condition stands before it."""
    at, guarded = 0, False
    while at < len(words):
        text = words[at].text.lower()
        if text in ("@", "@call", "call", "else"):
            guarded |= text == "else"
            at += 1
        elif text == "if":
            guarded = True
            at += 1
            while at < len(words) and words[at].text.lower() in ("not", "/i"):
                at += 1
            compared = at + 1 < len(words) and words[at + 1].text.lower() in _COMPARES
            glued = at < len(words) and "==" in words[at].text
            at += 3 if compared else 1 if glued else 2
        elif text in ("for", "do"):
            guarded = True
            # `for … in ( … ) do …`: the parentheses have made three statements of it.
            at = len(words) if text == "for" else at + 1
        else:
            break
    first = words[at : at + 1]
    if first and first[0].text.startswith("@") and isinstance(first[0].parts[0], str):
        first = [merge((first[0].parts[0][1:], *first[0].parts[1:]))]
    if first and first[0].text.startswith(":"):
        return (), guarded
    return (*first, *words[at + 1 :]), guarded
