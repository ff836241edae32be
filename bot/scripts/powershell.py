"""Scripts for PowerShell, on Windows and elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.scripts.powershell_commands import Commands
from bot.scripts.powershell_tokens import Token, tokenize
from bot.scripts.recorder import Pipe, Place, Recorder
from bot.scripts.shell import Opaque, Part, Variable, Word
from bot.scripts.words import UNKNOWN, merge

_Kind = Literal["block", "statement", "expression"]

# fmt: off
_KEYWORDS = frozenset({
    "begin", "catch", "class", "default", "do", "else", "elseif", "end", "enum", "filter",
    "finally", "for", "foreach", "function", "if", "param", "process", "switch", "trap", "try",
    "until", "using", "while",
})
# fmt: on
_ENDINGS = frozenset({"break", "continue", "return", "throw"})
_OPTIONAL = _KEYWORDS - {"try", "finally", "begin", "process", "end"}
_ASSIGNS = re.compile(r"(?:[+*/%-]|\?\?)?=")
_MAX_CATCH = 500  # tokens


def read_powershell(recorder: Recorder, text: str, row: int, place: Place) -> None:
    """Hand what ``text`` does to ``recorder``.

    ``row``: of its first line in the whole script. ``place``: where in it the text stands.
    """
    _Reader(recorder, text, row).run(place)


@dataclass(frozen=True, slots=True)
class _Range:
    """Tokens still to be read, and as what."""

    start: int
    end: int
    place: Place
    kind: _Kind


class _Reader:
    def __init__(self, recorder: Recorder, text: str, row: int) -> None:
        found = tokenize(text)
        recorder.sound &= found.sound
        self.recorder = recorder
        self.row = row
        self.tokens = found.tokens
        self.pairs = found.pairs
        self.solid = list(range(len(found.tokens)))
        for at in range(len(found.tokens) - 2, -1, -1):
            if found.tokens[at].kind in ("blank", "end"):
                self.solid[at] = self.solid[at + 1]
        self.commands = Commands(recorder, text)
        # Ranges of tokens still to be read, the next one last.
        self.todo: list[_Range] = []
        self.inner: list[_Range] = []

    def run(self, place: Place) -> None:
        self.todo.append(_Range(0, len(self.tokens), place, "block"))
        while self.todo:
            one = self.todo.pop()
            if one.kind == "statement":
                self.statement(one.start, one.end, one.place)
            elif one.kind == "expression":
                self.words(one.start, one.end, one.place)
            else:
                for start, end in self.statements(one.start, one.end):
                    self.later(start, end, one.place, "statement")
            self.todo += reversed(self.inner)
            self.inner.clear()
        self.commands.flush()

    def later(
        self,
        start: int,
        end: int,
        place: Place,
        kind: _Kind,
    ) -> None:
        self.inner.append(_Range(start, end, place, kind))

    def within(self, opening: int, place: Place) -> None:
        """Note brackets to be read; in round ones stands a single statement."""
        kind: _Kind = "statement" if self.tokens[opening].text == "(" else "block"
        self.later(opening + 1, self.pairs[opening], place, kind)

    def statements(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges between line breaks and semicolons."""
        first = at = start
        joined = False
        while at < end:
            token = self.tokens[at]
            if token.kind == "end" and not joined and not self.continues(at + 1, end):
                yield first, at
                first = at + 1
            elif token.kind not in ("blank", "end"):
                joined = token.kind == "operator" and token.text in ("|", "||", "&&")
            at = self.after(at, end)
        yield first, end

    def continues(self, at: int, end: int) -> bool:
        """Whether a line goes on with the pipeline before it."""
        at = self.skip(at, end)
        return at < end and self.tokens[at].text in ("|", "||", "&&")

    def after(self, at: int, end: int) -> int:
        """The index behind a token, or behind the bracket that it opens."""
        return min(self.pairs[at] + 1, end) if at in self.pairs else at + 1

    def skip(self, at: int, end: int) -> int:
        """The index of the next token that is not blank."""
        return min(self.solid[at], end) if at < end else end

    def statement(self, start: int, end: int, place: Place) -> None:
        start = self.skip(start, end)
        if start >= end:
            return
        token = self.tokens[start]
        keyword = token.text.lower() if token.kind == "text" else ""
        if keyword in _KEYWORDS and self.stands_alone(start, end):
            self.compound(start, end, place)
        elif keyword in _ENDINGS:
            self.later(start + 1, end, place, "statement")
        elif (value := self.assigned(start, end)) is not None:
            self.assignment(start, value, end, place)
        else:
            self.pipelines(start, end, place)

    def stands_alone(self, at: int, end: int) -> bool:
        """Whether a word ends here: `for-each` begins with a keyword and is none."""
        return at + 1 >= end or self.tokens[at + 1].kind in ("blank", "open", "end")

    def compound(self, start: int, end: int, place: Place) -> None:
        """Keywords with their conditions and blocks, one after the other."""
        at, keyword = start, ""
        inner = place
        while at < end:
            token = self.tokens[at]
            if token.kind == "text" and token.text.lower() in _KEYWORDS:
                keyword = token.text.lower()
                inner = place.optional() if keyword in _OPTIONAL else place
                if keyword == "try" and not self.caught_badly(at):
                    inner = place.harmless()
                elif keyword in ("function", "filter"):
                    at = self.skip(at + 1, end)
                    name = self.tokens[at].text if at < end else ""
                    self.recorder.functions.add(name)
                    inner = Place(conditional=True, function=name)
            elif token.kind == "open":
                closing = self.pairs[at]
                if token.text == "(":
                    self.condition(keyword, at, place)
                else:
                    self.within(at, inner)
                    behind = self.skip(closing + 1, end)
                    text = self.tokens[behind].text.lower() if behind < end else ""
                    if behind < end and text not in _KEYWORDS and keyword != "switch":
                        self.later(behind, end, place, "statement")
                        return
            at = self.after(at, end)

    def condition(self, keyword: str, opening: int, place: Place) -> None:
        first = self.skip(opening + 1, self.pairs[opening])
        if keyword == "foreach" and first < self.pairs[opening]:
            token = self.tokens[first]
            if token.kind == "variable":
                self.recorder.assign(token.text, UNKNOWN, self.line(first))
        self.within(opening, place)

    def caught_badly(self, at: int) -> bool:
        """Whether the ``catch`` of the ``try`` at ``at`` lets the step fail all the same."""
        end = len(self.tokens)
        block = self.skip(at + 1, end)
        catch = self.skip(self.pairs.get(block, end) + 1, end)
        if catch >= end or self.tokens[catch].text.lower() != "catch":
            return True
        body = next((i for i in range(catch, min(catch + 20, end)) if self.opens(i)), end)
        for inside in range(body, min(self.pairs.get(body, body), body + _MAX_CATCH)):
            token = self.tokens[inside]
            name = token.text.lower() if token.kind == "text" else ""
            if name in ("throw", "write-error"):
                return True
            if name == "exit":
                status = self.skip(inside + 1, end)
                return status >= end or self.tokens[status].text != "0"
        return False

    def opens(self, at: int) -> bool:
        return self.tokens[at].kind == "open" and self.tokens[at].text == "{"

    def assigned(self, start: int, end: int) -> int | None:
        """Where the value begins, when the statement gives one to a variable."""
        at = start
        while at < end and self.tokens[at].kind == "text" and self.tokens[at].text.startswith("["):
            at = self.skip(at + 1, end)
        if at >= end or self.tokens[at].kind != "variable":
            return None
        for step in range(at + 1, min(at + 8, end)):
            token = self.tokens[step]
            if token.kind == "text" and _ASSIGNS.match(token.text):
                return step
            if token.kind not in ("blank", "text", "quoted", "variable"):
                return None
        return None

    def assignment(self, start: int, operator: int, end: int, place: Place) -> None:
        target = next(i for i in range(start, end) if self.tokens[i].kind == "variable")
        name = self.tokens[target].text
        token = self.tokens[operator]
        sign = _ASSIGNS.match(token.text)
        glued = token.text[sign.end() :] if sign else ""
        value = self.value(operator + 1, end)
        if glued:
            behind = value if self.skip(operator + 1, end) < end else Word(())
            value = merge((*self.recorder.parts(glued), *(behind or UNKNOWN).parts))
        elif value is None:
            value = UNKNOWN
            self.later(operator + 1, end, place, "statement")
        if name == "variable:erroractionpreference":
            self.commands.prefer(value)
        if token.text.startswith("+"):
            value = merge((Variable(name), *value.parts))
        exported = not name.startswith("variable:")
        if self.tokens[target + 1].kind in ("blank", "text") and operator <= target + 2:
            self.recorder.assign(name, value, self.line(target), exported=exported)

    def value(self, start: int, end: int) -> Word | None:
        """What is written there, when it is one string, variable, or table."""
        start = self.skip(start, end)
        if start >= end or self.tokens[start].kind not in ("quoted", "variable", "open", "text"):
            return None
        token = self.tokens[start]
        if token.kind == "text" and not token.text.isdigit():
            return None
        if token.kind == "open" and token.text != "@{":
            return None
        words, redirected = self.words(start, end, Place())
        return words[0] if len(words) == 1 and redirected is None else None

    def pipelines(self, start: int, end: int, place: Place) -> None:
        """Pipelines with ``&&`` and ``||`` in between."""
        first = at = start
        here = place
        while at < end:
            token = self.tokens[at]
            if token.kind == "operator" and token.text in ("&&", "||"):
                left = here.harmless() if token.text == "||" else here
                self.pipeline(first, at, left)
                here = place.optional()
                first = at + 1
            at = self.after(at, end)
        self.pipeline(first, end, here)

    def pipeline(self, start: int, end: int, place: Place) -> None:
        cuts = [start]
        at = start
        while at < end:
            if self.tokens[at].kind == "operator" and self.tokens[at].text == "|":
                cuts.append(at + 1)
            at = self.after(at, end)
        stdin = place.stdin
        for first, last in zip(cuts, [*[cut - 1 for cut in cuts[1:]], end], strict=True):
            pipe = Pipe() if last < end else place.stdout
            sink = None if last < end else place.sink
            self.segment(first, last, replace(place, stdin=stdin, stdout=pipe, sink=sink))
            stdin = pipe

    def segment(self, start: int, end: int, place: Place) -> None:
        """A command or an expression, with its redirection."""
        start = self.skip(start, end)
        if start >= end:
            return
        token = self.tokens[start]
        called = token.kind == "operator" and token.text == "&"
        at = self.skip(start + 1, end) if called else start
        words, destination = self.words(at, end, place)
        if destination is not None:
            place = replace(place, sink=self.recorder.sink(destination), stdout=None)
        if not words:
            return
        if called or (token.kind == "text" and not re.match(r"[\[!+]|-|\d", token.text)):
            if not (called and self.tokens[at].text == "{"):
                self.commands.add(tuple(words), self.line(at), place)
            return
        value = words[0] if len(words) == 1 else UNKNOWN
        if place.stdout is not None:
            place.stdout.written.append(value)
        if place.sink:
            self.recorder.write(place.sink, value, self.line(start))

    def words(self, start: int, end: int, place: Place) -> tuple[list[Word], Word | None]:
        """The words in a range, and where their output goes; notes the brackets among them."""
        found: list[Word] = []
        parts: list[Part] | None = None
        destination: Word | None = None
        redirects = False
        at = start
        while at <= end:
            token = self.tokens[at] if at < end else Token("blank", "", 0)
            if token.kind in ("blank", "end", "operator"):
                if parts is not None:
                    if redirects:
                        destination, redirects = merge(parts), False
                    else:
                        found.append(merge(parts))
                    parts = None
                if token.kind == "operator" and ">" in token.text and "&" not in token.text:
                    redirects = True
                at += 1
                continue
            parts = [] if parts is None else parts
            at = self.part(at, end, place, parts)
        return found, destination

    def part(self, at: int, end: int, place: Place, parts: list[Part]) -> int:
        """Add what a token stands for; the index behind it."""
        token = self.tokens[at]
        if token.kind == "variable":
            behind = self.tokens[at + 1] if at + 1 < end else None
            if behind and behind.kind == "text" and re.match(r"\.\w|\[|::", behind.text):
                parts.append(Opaque())
                return at + 2
            parts.append(self.recorder.variable(token.text))
        elif token.kind == "splat":
            parts.append(Opaque())
        elif token.kind == "open":
            closing = self.pairs[at]
            before = self.tokens[at - 1] if at else token
            if token.text == "@{":
                self.table(at + 1, closing, place, parts)
            elif closing == at + 2 and self.tokens[at + 1].kind == "variable":
                parts.append(self.recorder.variable(self.tokens[at + 1].text))
            elif token.text == "(" and before.kind in ("text", "variable", "close"):
                parts.append(Opaque())
                self.later(at + 1, closing, place.apart(), "expression")
            else:
                parts.append(Opaque())
                inner = place.apart()
                self.within(at, inner.optional() if token.text == "{" else inner)
            return closing + 1
        else:
            parts += self.recorder.parts(token.text)
        return at + 1

    def table(self, start: int, end: int, place: Place, parts: list[Part]) -> None:
        """A hashtable, as text without its quotes."""
        parts.append("@{")
        at = start
        while at < end:
            token = self.tokens[at]
            if token.kind in ("blank", "end"):
                parts.append(" ")
                at += 1
            elif token.kind == "open" and token.text == "@{":
                parts.append("@{")
                at += 1
            else:
                at = self.part(at, end, place, parts)
        parts.append("}")

    def line(self, at: int) -> int:
        return self.row + self.tokens[at].row
