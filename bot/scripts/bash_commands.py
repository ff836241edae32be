"""Simple commands of bash: words, assignments, redirections, options of the shell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from bot.scripts.bash_words import WordReader
from bot.scripts.recorder import Place, Recorder
from bot.scripts.shell import Interpreter, Word
from bot.scripts.words import merge, split_assignment

_LINE_BREAK = re.compile(r"(?<!\\)\n")
_ERREXIT = re.compile(r"[-+]\w*e")
_PUNCTUATION = frozenset({"(", ")", ";", "\n"})


@dataclass(frozen=True, slots=True)
class Options:
    """What ``set`` has switched on, at one point of the script."""

    errexit: bool
    pipefail: bool


class SimpleCommands:
    """Reads single commands of one text; what is substituted in them goes on the stack."""

    def __init__(self, recorder: Recorder, text: str, who: Interpreter, row: int) -> None:
        self.recorder = recorder
        self.words = WordReader(recorder, text)
        self.row = row
        self.posix = who.posix
        self.options = Options(who.errexit, who.pipefail)
        # What is still to be read, the next one last, and options to go back to in between.
        self.stack: list[tuple[Node | Options, Place]] = []

    def tolerated(self, place: Place) -> bool:
        """Whether a failure there leaves the step unharmed."""
        return place.swallowed or not (place.decisive or self.options.errexit)

    def redirects(
        self, nodes: Sequence[Node], place: Place, after: list[tuple[str, Node]]
    ) -> Place:
        """The place of what is redirected. ``after`` gets the rest of a here-document's line."""
        for node in nodes:
            if node.type == "file_redirect":
                place = self.to_file(node, place)
            elif node.type == "herestring_redirect":
                place = replace(place, stdin=self.words.read(node.named_children[0]))
            else:
                place = replace(place, stdin=self.words.here_document(node))
                for child in node.named_children:
                    if child.type == "file_redirect":
                        place = self.to_file(child, place)
                    elif child.type == "pipeline":
                        after.append(("|", child))
                operator = node.child_by_field_name("operator")
                right = node.child_by_field_name("right")
                if operator is not None and right is not None:
                    after.append((operator.type, right))
        self.masked(place)
        return place

    def to_file(self, node: Node, place: Place) -> Place:
        """The place of what is redirected to or from a file."""
        destination = node.child_by_field_name("destination")
        if destination is None:
            return place
        word = self.words.read(destination)
        if node.children[0].type in (">", ">>", "&>", "&>>", ">|"):
            return replace(place, sink=self.recorder.sink(word), stdout=None)
        return replace(place, stdin=None) if node.children[0].type == "<" else place

    def command(self, node: Node, place: Place) -> None:
        """A command, or several that the grammar took for one."""
        children = node.children
        if node.start_point[0] == node.end_point[0]:
            self.simple(children, place)
            return
        # The grammar takes statements on several lines for one command now and then, when the
        # first is an assignment or stands behind `||`.
        start = 0
        for at in range(1, len(children)):
            gap = self.words.slice(children[at - 1].end_byte, children[at].start_byte)
            if _LINE_BREAK.search(gap):
                self.simple(children[start:at], place)
                start = at
        self.simple(children[start:], place)

    def simple(self, nodes: Sequence[Node], place: Place) -> None:
        """One command: assignments, words, redirections."""
        env: list[tuple[str, Word]] = []
        words: list[Word] = []
        read = self.words.read
        for node in nodes:
            kind = node.type
            if kind == "command_name":
                words.append(read(node.children[0]))
            elif kind == "variable_assignment":
                env.append(self.named(node))
            elif kind.endswith("_redirect"):
                place = self.redirects([node], place, [])
            elif node.is_named or kind not in _PUNCTUATION:
                words.append(read(node))
        row = self.line(nodes[0])
        if not words:
            for name, value in env:
                self.recorder.assign(name, value, row)
            self.substituted(place)
            return
        self.recorder.command(tuple(words), tuple(env), row, place, self.tolerated(place))
        if words[0].literal == "set":
            self.set_options(words, place)
        self.masked(place)

    def set_options(self, words: Sequence[Word], place: Place) -> None:
        """``set``: what is switched off in one branch is taken to be off in the others, too."""
        errexit, pipefail = self.options.errexit, self.options.pipefail
        before = ""
        for word in words[1:]:
            text = word.text
            on = not (before or text).startswith("+")
            if _ERREXIT.match(text) or (before and text == "errexit"):
                errexit = on and (errexit or not place.conditional)
            elif before and text == "pipefail":
                pipefail = on and (pipefail or not place.conditional)
            before = text if text.startswith(("-", "+")) and text.endswith("o") else ""
        self.options = Options(errexit, pipefail)

    def assignment(self, node: Node, place: Place) -> None:
        """A statement that only sets a variable."""
        name, value = self.named(node)
        self.recorder.assign(name, value, self.line(node))
        self.substituted(place)

    def assignments(self, node: Node, place: Place) -> None:
        """A statement that sets several."""
        self.stack += [(child, place) for child in reversed(node.named_children)]

    def named(self, node: Node) -> tuple[str, Word]:
        """The two halves of an assignment."""
        target, operator, *given = node.children
        name = self.words.cut(target).partition("[")[0]
        value = self.words.read(given[0]) if given else Word(())
        if operator.type == "+=":
            value = merge((self.recorder.variable(name), *value.parts))
        return name, value

    def declaration(self, node: Node, place: Place) -> None:
        """``export`` and its like."""
        first, *rest = node.children
        row = self.line(node)
        flags = [self.words.cut(child) for child in rest if child.type == "word"]
        exported = first.type == "export" or any(f.startswith("-") and "x" in f for f in flags)
        for child in rest:
            if child.type == "variable_assignment":
                name, value = self.named(child)
                self.recorder.assign(name, value, row, exported=exported)
            elif child.type == "variable_name":
                if exported:
                    name = self.words.cut(child)
                    value = Word((self.recorder.variable(name),))
                    self.recorder.assign(name, value, row, exported=True)
            elif child.is_named and (named := split_assignment(self.words.read(child))):
                self.recorder.assign(*named, row, exported=exported)
        self.masked(place)

    def unset(self, node: Node, place: Place) -> None:
        """``unset`` of variables."""
        for child in node.named_children:
            if child.type == "variable_name":
                self.recorder.assign(self.words.cut(child), Word(()), self.line(node))
        self.masked(place)

    def masked(self, place: Place) -> None:
        """Take up what was substituted in words of a command, whose status hides theirs."""
        if self.words.pending:
            self.substituted(place.harmless())

    def substituted(self, place: Place) -> None:
        """Take up what was substituted in the words read so far."""
        pending = self.words.pending
        if not pending:
            return
        self.words.pending = []
        for one in reversed(pending):
            if isinstance(one, str):
                inner = place.harmless().apart()
                self.recorder.nested(Word(self.recorder.parts(one)), None, self.row, inner)
            else:
                self.stack.append((one, place))

    def line(self, node: Node) -> int:
        """The row of a node in the whole script."""
        return self.row + node.start_point[0]
