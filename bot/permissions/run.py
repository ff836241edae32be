"""What a ``run:`` script needs: its commands one by one, with the words and variables they get."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.hole import HOLE
from bot.permissions.evidence import Doubt
from bot.permissions.walk import Frame
from bot.scripts import shell
from bot.scripts.shell import Assignment, Command, Embedded, Opaque, Variable, Word
from bot.workflow.scope import (
    ANY_TOKEN,
    GITHUB_TOKEN,
    NO_TOKEN,
    THIS_OWNER,
    THIS_REPOSITORY,
    Bound,
    Outputs,
    Tokens,
)

VARIABLES = {
    "GITHUB_REPOSITORY": THIS_REPOSITORY,
    "GITHUB_REPOSITORY_OWNER": THIS_OWNER,
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
    "GITHUB_WORKSPACE": ".",
}
"""What the runner's own variables hold, as far as it is the same in every run."""

_OIDC = re.compile(r"ACTIONS_ID_TOKEN_REQUEST_(?:URL|TOKEN)")
_OIDC_SOURCE = (
    "https://docs.github.com/en/actions/reference/security/oidc#updating-your-workflows-for-oidc",
)
_MAX_HOPS = 8
_MAX_TEXT = 65_536
_PUSH = re.compile(r"\bgit\b[^\n]{0,60}\bpush\b")
_NAME = re.compile(r"(?:variable:)?[A-Za-z_]\w*\Z")
_LEAVES = frozenset({"exit", "return", "exec", "break", "continue"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One script that is being read.

    Attributes:
        frame: where it stands; its scope holds the step's ``env``.
        line_of: the script's line → the file's line.
        folder: the working directory from the checkout's root, or None where it isn't known.
        extra: tokens that whoever runs the script hands it beside the environment.
        variables: variable → the tokens that it can hold at any place of the script.
        ambient: the tokens in the environment of every program that the script starts.
    """

    frame: Frame
    script: shell.Script
    line_of: Callable[[int], int]
    folder: str | None = ""
    extra: Tokens = NO_TOKEN
    variables: Mapping[str, Tokens] = field(default_factory=dict)
    ambient: Tokens = NO_TOKEN
    _assigned: Mapping[str, tuple[Assignment, ...]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    def line(self, command: Command) -> int:
        """The line of the file on which a command stands."""
        return self.line_of(command.line)

    def text(self, word: Word, hops: int = 0) -> str:
        """The word with what is known filled in: :data:`HOLE` for what is not."""
        done: list[str] = []
        for part in word.parts:
            match part:
                case str():
                    done.append(part)
                case Embedded(source):
                    done.append(self.frame.scope.text("${{ %s }}" % source))  # noqa: UP031
                case Variable(name, default):
                    done.append(self._variable_text(name, default, hops))
                case Opaque():
                    done.append(HOLE)
        return "".join(done)

    def tokens(self, word: Word) -> Tokens:
        """The tokens that a word can carry."""
        return _word_tokens(self.frame, self.variables, word)

    def variable(self, name: str) -> Tokens:
        """The tokens that a variable can hold: the environment's and all that is assigned."""
        return self.variables.get(name, NO_TOKEN)

    def in_env(self, command: Command, *names: str) -> Tokens | None:
        """The tokens in the first of the variables that is set for a command; None if none is."""
        for name in names:
            for key, value in command.env:
                if key == name:
                    return self.tokens(value)
            exported = any(a.exported for a in self._assigned.get(name, ()))
            if exported or name in self.frame.scope.env:
                return self.variable(name)
        return None

    def handed(self, command: Command) -> Tokens:
        """All tokens that a command gets: by its words, its input, and its environment."""
        found = self.extra | self.ambient
        for word in command.words:
            found |= self.tokens(word)
        if command.stdin is not None:
            found |= self.tokens(command.stdin)
        for _, value in command.env:
            found |= self.tokens(value)
        return found

    def _variable_text(self, name: str, default: Word | None, hops: int) -> str:
        if hops > _MAX_HOPS:
            return HOLE
        if name not in self._texts:
            text = self._known_text(name, default, hops)
            self._texts[name] = text if len(text) <= _MAX_TEXT else HOLE
        return self._texts[name]

    def _known_text(self, name: str, default: Word | None, hops: int) -> str:
        assigned = self._assigned.get(name, ())
        bound = self.frame.scope.env.get(name)
        if not assigned and bound is not None:
            return bound.render()
        if len(assigned) == 1 and bound is None:
            return self.text(assigned[0].value, hops + 1)
        if not assigned and name in VARIABLES:
            return VARIABLES[name]
        if name == "GITHUB_ACTION_PATH":
            return self.frame.scope.facts.get(("github", "action_path"), HOLE)
        if not assigned and default is not None and not name.startswith("GITHUB_"):
            return HOLE if default.literal is None else default.literal
        return HOLE


def _word_tokens(frame: Frame, variables: Mapping[str, Tokens], word: Word) -> Tokens:
    found = NO_TOKEN
    words = [word]
    while words:
        for part in words.pop().parts:
            match part:
                case Embedded(source):
                    found |= frame.tokens("${{ %s }}" % source)  # noqa: UP031
                case Variable(name, default):
                    found |= variables.get(name, NO_TOKEN)
                    if default is not None:
                        words.append(default)
    return found


def _variables(frame: Frame, assigned: Mapping[str, tuple[Assignment, ...]]) -> dict[str, Tokens]:
    """The tokens of all variables, whatever refers to whatever: a union that grows until it stays.

    What still grows after :data:`_MAX_HOPS` rounds can be anything.
    """
    found = {name: bound.tokens() for name, bound in frame.scope.env.items()}
    changed: set[str] = set()
    for _ in range(_MAX_HOPS):
        changed = set()
        for name, assignments in assigned.items():
            tokens = found.get(name, NO_TOKEN)
            for one in assignments:
                tokens |= _word_tokens(frame, found, one.value)
            if tokens != found.get(name, NO_TOKEN):
                found[name] = tokens
                changed.add(name)
        if not changed:
            return found
    return {**found, **dict.fromkeys(changed, ANY_TOKEN)}


def read(
    frame: Frame,
    text: str,
    shell_name: str,
    line_of: Callable[[int], int],
    visit: Callable[[Reading, Command], None],
    *,
    folder: str | None = "",
    extra: Tokens = NO_TOKEN,
) -> Outputs:
    """Read a script's commands in their order, ``visit`` each, and give what the step puts out.

    ``frame``'s scope holds the environment of the script.
    """
    if _OIDC.search(text):
        frame.need(
            {"id-token": "write"},
            "asks for an OIDC token",
            "$ACTIONS_ID_TOKEN_REQUEST_URL",
            tokens=GITHUB_TOKEN,
            sources=_OIDC_SOURCE,
        )
    if not frame.spend(1 + text.count("\n") + len(frame.scope.env)):
        return Outputs(tokens=ANY_TOKEN)
    found = shell.read(text, "bash" if "${{" in shell_name else shell_name)
    if isinstance(found, shell.UnreadShell):
        return _unread(frame, text, shell_name, extra)
    left_out = NO_TOKEN if found.sound else _judge_unread(frame, text, "bash, in part", extra)
    if not frame.spend(len(found.commands) + len(found.assignments)):
        return Outputs(tokens=ANY_TOKEN)
    assigned: dict[str, tuple[Assignment, ...]] = {}
    for one in found.assignments:
        if one.target == "shell" and _NAME.match(one.name):
            assigned[one.name] = (*assigned.get(one.name, ()), one)
    variables = _variables(frame, assigned)
    ambient = NO_TOKEN
    for name in frame.scope.env:
        ambient |= variables.get(name, NO_TOKEN)
    for name, assignments in assigned.items():
        if any(a.exported for a in assignments):
            ambient |= variables.get(name, NO_TOKEN)
    reading = Reading(frame, found, line_of, folder, extra, variables, ambient, assigned)
    walk = frame.walk
    outer = walk.tolerated, walk.conditional
    left = False  # something may have ended the script
    for command in found.commands:
        # A script can be started by a command of another one.
        walk.tolerated = outer[0] or command.tolerated
        walk.conditional = outer[1] or left or command.conditional or command.function is not None
        visit(reading, command)
        left = left or command.words[0].literal in _LEAVES
    walk.tolerated, walk.conditional = outer
    outputs = _leave(reading)
    return replace(outputs, tokens=outputs.tokens | left_out)


def _leave(reading: Reading) -> Outputs:
    """Note what the script sets for later steps; its outputs can be what it was handed."""
    walk = reading.frame.walk
    tokens = NO_TOKEN
    for one in reading.script.assignments:
        carried = reading.tokens(one.value)
        if one.target == "output":
            tokens |= carried
        elif one.target == "env" and one.name:
            value = reading.text(one.value)
            known = not carried.any and HOLE not in value and one.name not in walk.env
            walk.env[one.name] = Bound(value) if known else Bound(carries=carried)
    return Outputs(tokens=tokens)


def says_push(text: str) -> bool:
    """Whether a text in any language speaks of ``git push``."""
    return _PUSH.search(text) is not None


def _unread(frame: Frame, text: str, shell_name: str, extra: Tokens) -> Outputs:
    """A script in a language that isn't read."""
    words = shell_name.split() or ["a shell"]
    return Outputs(tokens=_judge_unread(frame, text, words[0], extra))


def _judge_unread(frame: Frame, text: str, what: str, extra: Tokens) -> Tokens:
    """Judge text for ``what`` that could not be read, and give the tokens that it is handed.

    It is harmless if it is handed none, and says nothing of a push with credentials that are kept.
    """
    tokens = extra | frame.tokens(text)
    for bound in frame.scope.env.values():
        tokens |= bound.tokens()
    kept = frame.walk.git_tokens
    for registry in frame.walk.registries.values():
        kept |= registry
    if tokens.maybe_github or (kept.maybe_github and "push" in text):
        frame.unknown(Doubt.UNREAD, what)
    else:
        frame.assume(f"a script for {what}")
    return tokens
