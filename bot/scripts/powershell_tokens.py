"""Tokens of PowerShell, with brackets paired, from one pass over the text.

Written by hand: the tree-sitter grammar does not take common arguments of programs
(``cargo build -- -D warnings``, ``./tool.ps1``), for which PowerShell has rules of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "quoted", "variable", "splat", "open", "close", "blank", "end", "operator"]


@dataclass(frozen=True, slots=True)
class Token:
    """``text``: an operator or bracket as written, a variable's name, text without its quotes.

    ``quoted`` and ``variable`` stand side by side for an expandable string, which begins with a
    ``quoted`` token. ``end`` is a line break or a semicolon.
    """

    kind: Kind
    text: str
    row: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """``pairs``: index of an opening bracket → index of its closing one (or of the text's end)."""

    tokens: tuple[Token, ...]
    pairs: dict[int, int]
    sound: bool


_VARIABLE = r"\$(?:\{(?P<braced>[^{}\n]+)\}|(?P<name>(?:\w+:)?\w+|[?$^])(?!:\w))"
_CODE = re.compile(
    r"(?P<end>\r?\n|;)"
    r"|(?P<blank>(?:[^\S\n]|`\r?\n)+)"
    r"|(?P<comment><\#[\s\S]*?(?:\#>|\Z)|(?<![^\s(){};,|])\#[^\n]*)"
    r"|(?P<here>@(?P<mark>['\"])[^\S\n]*\n)"
    r"|'(?P<single>(?:[^']|'')*+)(?:'|(?P<torn>\Z))"
    r'|(?P<double>")'
    r"|(?P<open>[$@]?\(|@?\{)"
    r"|(?P<close>[)}])"
    rf"|{_VARIABLE}"
    r"|(?<![^\s(){};,|])@(?P<splat>\w+)"
    r"|(?P<operator>\|\||&&|[|&<]|(?:(?<=\s)[1-6*])?>>?(?:&[12])?)"
    r"|`(?P<escaped>[\s\S])"
    r"|(?P<text>[^\s'\"`$(){}|;&<>@]+|[\s\S])"
)
_STRING = re.compile(
    rf"(?P<open>\$\()|{_VARIABLE}|`(?P<escaped>[\s\S])|(?P<double>\"\"?)|(?P<text>[^$`\"]+|[\s\S])"
)
_HERE = re.compile(
    rf"(?P<open>\$\()|{_VARIABLE}|`(?P<escaped>[\s\S])|(?P<finish>\n\"@)|(?P<text>[^$`\n]+|[\s\S])"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "", "\n": "\n"}
_CLOSING = {"(": ")", "$(": ")", "@(": ")", "{": "}", "@{": "}"}


def tokenize(text: str) -> Tokens:
    """The tokens of ``text``; unpaired brackets and quotes make them unsound."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.row = 0
        self.tokens: list[Token] = []
        self.pairs: dict[int, int] = {}
        self.sound = True
        # Open brackets by index, and the strings around and between them.
        self.modes: list[int | Literal["string", "here"]] = []

    def run(self) -> Tokens:
        while self.at < len(self.text):
            mode = self.modes[-1] if self.modes else 0
            if mode == "string":
                self.in_string(_STRING)
            elif mode == "here":
                self.in_string(_HERE)
            else:
                self.in_code()
        for mode in self.modes:
            self.sound = False
            if isinstance(mode, int):
                self.pairs[mode] = len(self.tokens)
        return Tokens(tuple(self.tokens), self.pairs, self.sound)

    def add(self, kind: Kind, text: str) -> None:
        self.tokens.append(Token(kind, text, self.row))

    def step(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise AssertionError("every pattern ends with any character")
        self.at = match.end()
        return match

    def in_string(self, pattern: re.Pattern[str]) -> None:
        match = self.step(pattern)
        kind, found = match.lastgroup, match[0]
        if kind == "open":
            self.open(found)
        elif kind in ("braced", "name"):
            self.add("variable", _variable(match[kind]))
        elif kind == "finish" or (kind == "double" and found == '"'):
            self.modes.pop()
        elif kind == "escaped":
            self.add("quoted", _ESCAPES.get(match["escaped"], match["escaped"]))
        else:
            self.add("quoted", '"' if kind == "double" else found)
        self.row += found.count("\n")

    def in_code(self) -> None:
        match = self.step(_CODE)
        kind, found = match.lastgroup, match[0]
        if kind == "open":
            self.open(found)
        elif kind == "close":
            self.close(found)
        elif kind in ("braced", "name"):
            self.add("variable", _variable(match[kind]))
        elif kind in ("single", "torn"):
            self.sound &= kind == "single"
            self.add("quoted", match["single"].replace("''", "'"))
        elif kind == "double":
            self.add("quoted", "")
            self.modes.append("string")
        elif kind == "mark":
            self.here(match["mark"])
            return
        elif kind == "here":
            self.here(match["mark"])
        elif kind == "escaped":
            self.add("text", match["escaped"])
        elif kind == "blank":
            self.add("blank", " ")
        elif kind == "end":
            self.add("end", found)
        elif kind == "operator":
            self.add("operator", found)
        elif kind == "splat":
            self.add("splat", found)
        elif kind == "text":
            self.add("text", found)
        self.row += found.count("\n")

    def here(self, mark: str) -> None:
        """A here-string, from behind its first line."""
        self.row += 1
        self.add("quoted", "")
        if mark == '"':
            # Its end is looked for with the line break before it, also when it is empty.
            self.at -= 1
            self.modes.append("here")
            if not self.text.startswith('\n"@', self.at):
                self.at += 1
            return
        end = self.text.find("\n'@", self.at - 1)
        if end < 0:
            self.sound = False
            end = len(self.text)
        body = self.text[self.at : end]
        self.add("quoted", body)
        self.row += body.count("\n") + 1
        self.at = end + 3

    def open(self, found: str) -> None:
        self.modes.append(len(self.tokens))
        self.add("open", found)

    def close(self, found: str) -> None:
        mode = self.modes[-1] if self.modes else None
        if not isinstance(mode, int) or _CLOSING[self.tokens[mode].text] != found:
            self.sound = False
            return
        self.modes.pop()
        self.pairs[mode] = len(self.tokens)
        self.add("close", found)


def _variable(name: str) -> str:
    drive, colon, rest = name.partition(":")
    if colon and drive.lower() == "env":
        return rest
    return f"variable:{(rest if colon else name).lower()}"
