"""Words of bash: quotes, expansions, here-documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from tree_sitter import Node

from bot.scripts.recorder import Recorder
from bot.scripts.shell import Opaque, Part, Word
from bot.scripts.words import UNKNOWN, join, merge

_MAX_DEPTH = 30
_PLAIN = re.compile(r"[\w./:=@%+,~^-]*")
# An escaped character, or what the shell makes other words of: globs and braces. A `?` before
# `name=` is taken for a URL's query, which the shell leaves alone when no file is called so.
_SPECIAL = re.compile(
    r"\\(.)|(?:\*+|\?(?!\w+=)|\[[^\[\]\s]++\]"
    r"|\{(?:[^{}\s,.]|\.(?!\.))*+(?:,|\.\.)[^{}\s]*+\})",
    re.DOTALL,
)
_IN_QUOTES = re.compile(r'\\([$`"\\\n])')
_IN_DOCUMENT = re.compile(r"\\([$`\\\n])")
_BACKQUOTED = re.compile(r"(?<!\\)`((?:[^`\\]|\\.)*+)`", re.DOTALL)
_ANSI = re.compile(r"\\([ntr'\"\\])")
_ANSI_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r"}
_LEADING_TABS = re.compile(r"^\t+", re.MULTILINE)
_DEFAULTS = frozenset({":-", "-", ":=", "="})
_CHECKS = frozenset({":?", "?"})
_CONTENT = frozenset({"string_content", "heredoc_content"})


class WordReader:
    """Reads the words of one text.

    ``pending``: what the words read so far run by substitution, for the caller to take: nodes,
    or the text between backquotes where the grammar has no node for it.
    """

    def __init__(self, recorder: Recorder, text: str) -> None:
        self.recorder = recorder
        self.pending: list[Node | str] = []
        self._data = text.encode("utf-8", "replace")
        self._text = text if text.isascii() else None
        self._depth = 0

    def cut(self, node: Node) -> str:
        """The text of a node, as written."""
        return self.slice(node.start_byte, node.end_byte)

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets in bytes."""
        if self._text is not None:
            return self._text[start:end]
        return self._data[start:end].decode("utf-8", "replace")

    def read(self, node: Node) -> Word:
        """The word that a node is."""
        kind = node.type
        if kind in ("word", "number"):
            text = self.cut(node)
            if _PLAIN.fullmatch(text):
                return Word(self.recorder.parts(text))
            return merge(self._unquoted(text))
        parts: list[Part] = []
        self._add(node, kind, parts)
        return merge(parts)

    def here_document(self, node: Node) -> Word:
        """The text of a here-document, from its redirection, without the last line break."""
        named = {child.type: child for child in node.named_children}
        start, body = named.get("heredoc_start"), named.get("heredoc_body")
        if start is None or body is None:
            return UNKNOWN
        parts: list[Part] = []
        if set("'\"\\") & set(self.cut(start)):
            parts.append(self.cut(body))
        else:
            for part in self._gaps(body, body.start_byte, body.end_byte):
                parts += self._document_text(part) if isinstance(part, str) else (part,)
        if node.children[0].type == "<<-":
            parts = [_LEADING_TABS.sub("", p) if isinstance(p, str) else p for p in parts]
        if parts and isinstance(parts[-1], str):
            parts[-1] = parts[-1].removesuffix("\n")
        return merge([p for q in parts for p in self._plain(q)])

    def _plain(self, part: Part) -> tuple[Part, ...]:
        return self.recorder.parts(part) if isinstance(part, str) else (part,)

    def _document_text(self, text: str) -> list[Part]:
        parts: list[Part] = []
        end = 0
        if "`" in text:
            for match in _BACKQUOTED.finditer(text):
                self.pending.append(match[1])
                parts += [_IN_DOCUMENT.sub(_escaped, text[end : match.start()]), Opaque()]
                end = match.end()
        parts.append(_IN_DOCUMENT.sub(_escaped, text[end:]))
        return parts

    def _gaps(self, node: Node, start: int, end: int) -> Iterable[Part]:
        """The text between the expansions in ``node``, and these."""
        at = start
        for child in node.named_children:
            if child.type not in _CONTENT:
                if child.start_byte > at:
                    yield self.slice(at, child.start_byte)
                found: list[Part] = []
                self._add(child, child.type, found)
                yield from found
                at = child.end_byte
        if at < end:
            yield self.slice(at, end)

    def _unquoted(self, text: str) -> list[Part]:
        parts: list[Part] = []
        end = 0
        for match in _SPECIAL.finditer(text):
            parts += self.recorder.parts(text[end : match.start()])
            if match[1] is None:
                parts.append(Opaque())
            elif match[1] != "\n":
                parts.append(match[1])
            end = match.end()
        parts += self.recorder.parts(text[end:])
        return parts

    def _add(self, node: Node, kind: str, parts: list[Part]) -> None:
        reader = _READERS.get(kind)
        if reader is not None:
            reader(self, node, parts)
        else:
            parts.append(Opaque())
            self.pending.append(node)

    def _word(self, node: Node, parts: list[Part]) -> None:
        parts += self._unquoted(self.cut(node))

    def _raw(self, node: Node, parts: list[Part]) -> None:
        parts += self.recorder.parts(self.cut(node)[1:-1])

    def _ansi(self, node: Node, parts: list[Part]) -> None:
        text = _ANSI.sub(lambda m: _ANSI_CHARACTERS.get(m[1], m[1]), self.cut(node)[2:-1])
        parts += self.recorder.parts(text)

    def _string(self, node: Node, parts: list[Part]) -> None:
        start, end = node.start_byte + 1, node.end_byte - 1
        # Most strings have one piece of text or one expansion: no gaps to look for.
        for part in self._gaps(node, start, end):
            if isinstance(part, str):
                if "\\" in part:
                    part = _IN_QUOTES.sub(_escaped, part)
                parts += self.recorder.parts(part)
            else:
                parts.append(part)

    def _translated(self, node: Node, parts: list[Part]) -> None:
        for child in node.named_children:
            self._add(child, child.type, parts)

    def _concatenation(self, node: Node, parts: list[Part]) -> None:
        # The grammar cuts unquoted text at brackets and braces, which only mean something together.
        start: int | None = None
        end = 0
        for child in node.children:
            kind = child.type
            if kind == "word" or not child.is_named:
                start = child.start_byte if start is None else start
                end = child.end_byte
                continue
            if start is not None:
                parts += self._unquoted(self.slice(start, end))
                start = None
            self._add(child, kind, parts)
        if start is not None:
            parts += self._unquoted(self.slice(start, end))

    def _variable(self, node: Node, parts: list[Part]) -> None:
        parts.append(self.recorder.variable(self.cut(node)[1:]))

    def _expansion(self, node: Node, parts: list[Part]) -> None:
        _, first, *rest = node.children
        if first.type == "subscript":
            first = first.named_children[0]
        rest = rest[:-1]
        operator = rest[0].type if rest else ""
        if not first.is_named or (rest and operator not in _DEFAULTS | _CHECKS):
            parts.append(Opaque())
            self.pending += [child for child in rest if child.named_child_count]
            return
        default = None
        if operator in _DEFAULTS:
            default = self._deeper(rest[1:])
        parts.append(self.recorder.variable(self.cut(first), default))

    def _deeper(self, nodes: list[Node]) -> Word:
        if self._depth >= _MAX_DEPTH:
            self.recorder.sound = False
            return UNKNOWN
        self._depth += 1
        word = join([self.read(node) for node in nodes], "")
        self._depth -= 1
        return word

    def _array(self, node: Node, parts: list[Part]) -> None:
        parts += self._joined(node).parts

    def _joined(self, node: Node) -> Word:
        return join([self.read(child) for child in node.named_children])


def _escaped(match: re.Match[str]) -> str:
    return "" if match[1] == "\n" else match[1]


_READERS: Mapping[str, Callable[[WordReader, Node, list[Part]], None]] = {
    "ansi_c_string": WordReader._ansi,
    "array": WordReader._array,
    "concatenation": WordReader._concatenation,
    "expansion": WordReader._expansion,
    "extglob_pattern": WordReader._word,
    "number": WordReader._word,
    "raw_string": WordReader._raw,
    "regex": WordReader._word,
    "simple_expansion": WordReader._variable,
    "special_variable_name": WordReader._word,
    "string": WordReader._string,
    "translated_string": WordReader._translated,
    "variable_name": WordReader._word,
    "word": WordReader._word,
}
