"""Scripts for bash and its relatives: tree-sitter's tree, walked with a stack of our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from bot.scripts.bash_commands import Options, SimpleCommands
from bot.scripts.recorder import Pipe, Place, Recorder
from bot.scripts.shell import Interpreter, Variable, Word

# The parser's time grows with the square of the length of a pipeline.
_MAX_OPERATORS = 2_000
_FAILS = re.compile(r"(?:exit|return)(?:\s+(?!0\b)|$)|false$")


def read_bash(recorder: Recorder, text: str, who: Interpreter, row: int, place: Place) -> None:
    """Hand what ``text`` does to ``recorder``.

    ``row``: of its first line in the whole script. ``place``: where in it the text stands.
    """
    if max(text.count("|"), text.count("<")) > _MAX_OPERATORS:
        recorder.sound = False
        return
    tree = _parser().parse(text.encode("utf-8", "replace"))
    recorder.sound &= not tree.root_node.has_error
    _Walk(recorder, text, who, row).run(tree.root_node, place)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bash.language()))


class _Walk(SimpleCommands):
    """Visits statements in the order of the text, whatever their depth."""

    def run(self, root: Node, place: Place) -> None:
        self.stack.append((root, place))
        while self.stack:
            node, place = self.stack.pop()
            if isinstance(node, Options):
                self.options = node
            else:
                _HANDLERS.get(node.type, _Walk.other)(self, node, place)

    def other(self, node: Node, place: Place) -> None:
        """No statement: only what is substituted in it runs."""
        inner = place.harmless().apart()
        self.stack += [(child, inner) for child in reversed(node.named_children)]

    def nothing(self, node: Node, place: Place) -> None:
        """A comment, or a word without anything in it that runs."""

    def sequence(self, node: Node, place: Place) -> None:
        self.statements(node.children, place)

    def statements(self, nodes: Sequence[Node], place: Place) -> None:
        rest = place if not place.decisive else replace(place, decisive=False)
        last, background = place, False
        for node in reversed(nodes):
            if not node.is_named:
                background = node.type == "&"
            elif node.type != "comment":
                here = last.harmless() if background else last
                self.stack.append((node, here))
                last, background = rest, False

    def subshell(self, node: Node, place: Place) -> None:
        """Its own options, its own status, which the shell around it looks at as a whole."""
        self.isolated(node, self.options.errexit, self.settled(place))

    def substitution(self, node: Node, place: Place) -> None:
        """Its failure counts only where an assignment hands it on."""
        inner = self.settled(place).apart()
        self.isolated(node, self.options.errexit and self.posix, inner)

    def process(self, node: Node, place: Place) -> None:
        self.substitution(node, place.harmless())

    def isolated(self, node: Node, errexit: bool, place: Place) -> None:
        before, self.options = self.options, Options(errexit, self.options.pipefail)
        self.stack.append((before, place))
        self.statements(node.children, place)

    def settled(self, place: Place) -> Place:
        """``place`` for the inside of what has a status of its own."""
        swallowed = self.tolerated(place)
        if place.decisive and place.swallowed == swallowed:
            return place
        return replace(place, swallowed=swallowed, decisive=True)

    def joined(self, node: Node, place: Place) -> None:
        self.last_redirected(node, place, place)

    def last_redirected(self, node: Node, place: Place, last: Place) -> None:
        """``a && b``, with the place of its right side."""
        left, operator, *right = [c for c in node.children if c.type != "comment"]
        if right:
            self.both(left, operator.type, right[0], place, last)
        else:
            self.stack.append((left, place))

    def both(self, left: Node, operator: str, right: Node, place: Place, last: Place) -> None:
        """``left && right`` or ``left || right``: ``errexit`` looks at the right one only."""
        self.stack.append((right, last.optional()))
        if operator == "||" and self.fails([right]):
            first = replace(place, decisive=True)
        elif operator == "||" or not place.decisive:
            first = place.harmless()
        else:
            first = place
        self.stack.append((left, first))

    def fails(self, nodes: Sequence[Node]) -> bool:
        """Whether these statements end what they stand in with a failure."""
        for node in nodes:
            if node.type in ("compound_statement", "subshell", "else_clause"):
                if any(self.ends_badly(n) for n in node.named_children):
                    return True
            elif self.ends_badly(node):
                return True
        return False

    def ends_badly(self, node: Node) -> bool:
        return node.type in ("command", "redirected_statement") and bool(
            _FAILS.match(self.words.cut(node))
        )

    def negated(self, node: Node, place: Place) -> None:
        self.other_status(node.named_children, place)

    def other_status(self, nodes: Sequence[Node], place: Place) -> None:
        """Statements whose failure changes only what comes next."""
        inner = place.harmless()
        self.stack += [(n, inner) for n in reversed(nodes) if n.is_named]

    def pipeline(self, node: Node, place: Place) -> None:
        self.piped(node.named_children, place, place)

    def piped(self, nodes: Sequence[Node], place: Place, first: Place) -> None:
        """A pipeline, with the place of its first command."""
        if nodes and nodes[0].type == "negated_command":
            place = place.harmless()
        swallowed = place.swallowed or not self.options.pipefail
        found: list[tuple[Node, Place]] = []
        stdin = first.stdin
        for node in nodes[:-1]:
            pipe = Pipe()
            here = replace(place, swallowed=swallowed, sink=None, stdin=stdin, stdout=pipe)
            found.append((node, here))
            stdin = pipe
        found.append((nodes[-1], replace(place, stdin=stdin)))
        self.stack += reversed(found)

    def function(self, node: Node, place: Place) -> None:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is None or body is None:
            return
        called = self.words.cut(name)
        self.recorder.functions.add(called)
        # Whether a caller looks at the status is known when all calls are: see Recorder.
        self.stack.append((self.options, place))
        self.options = Options(errexit=True, pipefail=self.options.pipefail)
        self.stack.append((body, Place(conditional=True, function=called)))

    def conditional(self, node: Node, place: Place) -> None:
        """``if`` and ``elif``, whose children are alike."""
        children = [c for c in node.children if c.type != "comment"]
        then = next((i for i, c in enumerate(children) if c.type == "then"), len(children))
        condition = [c for c in children[:then] if c.is_named]
        clauses = [c for c in children[then:] if c.type in ("elif_clause", "else_clause")]
        body = [c for c in children[then + 1 :] if c not in clauses]
        inner = place.optional()
        self.stack += [(clause, inner) for clause in reversed(clauses)]
        self.statements(body, inner)
        if len(condition) == 1:
            tested = condition[0].named_children if condition[0].type == "pipeline" else condition
            negated = tested[0].type == "negated_command"
            if self.fails(body if negated else clauses if len(clauses) == 1 else ()):
                first = tested[0].named_children[0] if negated else tested[0]
                decisive = replace(place, decisive=True)
                self.piped([first, *tested[1:]], decisive, decisive)
                return
        self.other_status(condition, place)

    def loop(self, node: Node, place: Place) -> None:
        body = node.child_by_field_name("body")
        if body is None:
            return
        self.stack.append((body, place.optional()))
        self.other_status([c for c in node.named_children if c != body], place)

    def for_loop(self, node: Node, place: Place) -> None:
        body = node.child_by_field_name("body")
        variable = node.child_by_field_name("variable")
        if body is not None:
            self.stack.append((body, place.optional()))
        if variable is not None:
            name, row = self.words.cut(variable), self.line(node)
            values = [self.words.read(v) for v in node.children_by_field_name("value")]
            for value in values or [Word((Variable("@"),))]:
                self.recorder.assign(name, value, row)
            self.masked(place)

    def branches(self, node: Node, place: Place) -> None:
        inner = place.optional()
        self.stack += [(child, inner) for child in reversed(node.named_children)]

    def redirected(self, node: Node, place: Place) -> None:
        body = node.child_by_field_name("body")
        after: list[tuple[str, Node]] = []
        here = self.redirects(node.children_by_field_name("redirect"), place, after)
        if body is None:
            self.stack += [(rest, place) for _, rest in after]
        elif not after:
            # The grammar hangs on the whole list what redirects only its last command.
            if body.type == "list":
                self.last_redirected(body, place, here)
            else:
                self.stack.append((body, here))
        else:
            # `a <<END | b` and `a <<END && b`: the rest of the line stands in the here-document.
            operator, rest = after[0]
            if operator == "|":
                self.piped([body, *rest.named_children], place, here)
            else:
                self.both(body, operator, rest, here, place)


_HANDLERS: Mapping[str, Callable[[_Walk, Node, Place], None]] = {
    "arithmetic_expansion": _Walk.other,
    "case_item": _Walk.sequence,
    "case_statement": _Walk.branches,
    "command": _Walk.command,
    "command_substitution": _Walk.substitution,
    "comment": _Walk.nothing,
    "compound_statement": _Walk.sequence,
    "declaration_command": _Walk.declaration,
    "do_group": _Walk.sequence,
    "elif_clause": _Walk.conditional,
    "else_clause": _Walk.sequence,
    "ERROR": _Walk.sequence,
    "for_statement": _Walk.for_loop,
    "function_definition": _Walk.function,
    "if_statement": _Walk.conditional,
    "list": _Walk.joined,
    "negated_command": _Walk.negated,
    "pipeline": _Walk.pipeline,
    "process_substitution": _Walk.process,
    "program": _Walk.sequence,
    "redirected_statement": _Walk.redirected,
    "subshell": _Walk.subshell,
    "unset_command": _Walk.unset,
    "variable_assignment": _Walk.assignment,
    "variable_assignments": _Walk.assignments,
    "while_statement": _Walk.loop,
    "word": _Walk.nothing,
}
