"""What the contexts of an expression hold at one step, as far as the files tell.

A :class:`Scope` answers two questions about a text with ``${{ }}``: which text it becomes, and
which tokens it can carry. ``env`` is followed through its three levels, ``inputs`` into the call
that gave them, ``steps`` into what an earlier step put out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import cast

from bot.hole import HOLE
from bot.workflow import evaluate, values
from bot.workflow.expression import (
    Binary,
    Call,
    Embedded,
    Expr,
    ExpressionError,
    Logical,
    Not,
    condition,
    pieces,
    reads,
)
from bot.workflow.values import UNKNOWN, PartialText, Unknown, Value

THIS_OWNER, THIS_NAME = "\ue000", "\ue001"
"""Stand in a text for the owner and the name of the repository that the workflow runs in."""
THIS_REPOSITORY = f"{THIS_OWNER}/{THIS_NAME}"

_MAX_HOPS = 12
"""How many texts are followed from one to the next; real workflows need three."""

FACTS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("github", "repository"): THIS_REPOSITORY,
        ("github", "repository_owner"): THIS_OWNER,
        ("github", "event", "repository", "full_name"): THIS_REPOSITORY,
        ("github", "event", "repository", "name"): THIS_NAME,
        ("github", "event", "repository", "owner", "login"): THIS_OWNER,
        ("github", "server_url"): "https://github.com",
        ("github", "api_url"): "https://api.github.com",
        ("github", "graphql_url"): "https://api.github.com/graphql",
        ("github", "workspace"): ".",
    }
)
"""What a plain reference to a context becomes in a text, beside ``env``, ``inputs``, ``steps``."""

ISSUE, PULL_REQUEST = "issue_comment/issue", "issue_comment/pull_request"
"""The event ``issue_comment``, told apart by what was commented on."""
_OWN_TOKEN = (("secrets", "github_token"), ("github", "token"))
_CARRIES_TOKENS = frozenset({"format", "join", "tojson", "fromjson", "case"})
"""Functions whose result holds their arguments' text."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Which tokens a text can carry.

    Attributes:
        github: it can be GITHUB_TOKEN.
        others: names of other secrets and outputs that it can be.
        unknown: it can be anything; GITHUB_TOKEN is not ruled out.
    """

    github: bool = False
    others: frozenset[str] = frozenset()
    unknown: bool = False

    @property
    def maybe_github(self) -> bool:
        """Whether GITHUB_TOKEN is not ruled out."""
        return self.github or self.unknown

    @property
    def any(self) -> bool:
        """Whether it can carry a token at all."""
        return self.github or self.unknown or bool(self.others)

    def __or__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.github or other.github, self.others | other.others, self.unknown or other.unknown
        )


NO_TOKEN = Tokens()
GITHUB_TOKEN = Tokens(github=True)
ANY_TOKEN = Tokens(unknown=True)


@dataclass(frozen=True, slots=True)
class Bound:
    """A text, and the scope in which its expressions are read.

    Attributes:
        scope: None where the text is known as it stands.
        carries: the tokens it can carry, where the text itself is not known.
    """

    text: str = ""
    scope: Scope | None = None
    carries: Tokens | None = None
    # What was worked out once: texts refer to one another, and a hostile file makes them do it
    # a hundred times at every level.
    _memo: dict[str, object] = field(default_factory=dict, init=False, compare=False, repr=False)

    def tokens(self, hops: int = 0) -> Tokens:
        """The tokens that the text can carry."""
        if self.carries is not None:
            return self.carries
        if self.scope is None or "${{" not in self.text:
            return NO_TOKEN
        if hops > _MAX_HOPS:
            return ANY_TOKEN
        if "tokens" not in self._memo:
            self._memo["tokens"] = self.scope._tokens(self.text, hops)
        return cast("Tokens", self._memo["tokens"])

    def render(self, hops: int = 0) -> str:
        """The text with its expressions filled in."""
        if self.carries is not None or hops > _MAX_HOPS:
            return HOLE
        if self.scope is None or "${{" not in self.text:
            return self.text
        if "text" not in self._memo:
            text = self.scope._text(self.text, hops)
            self._memo["text"] = text if len(text) <= values.MAX_TEXT else HOLE
        return cast("str", self._memo["text"])

    def value(self, hops: int = 0) -> Value:
        """The text with its expressions evaluated."""
        if self.carries is not None or hops > _MAX_HOPS:
            return UNKNOWN
        if self.scope is None or "${{" not in self.text:
            return self.text
        if "value" not in self._memo:
            # Variables and inputs are texts, whatever the expression alone would give.
            value = self.scope._value(self.text, hops)
            self._memo["value"] = value if isinstance(value, Unknown) else values.text(value)
        return cast("Value", self._memo["value"])


_EMPTY = Bound("")


@dataclass(frozen=True, slots=True)
class Outputs:
    """What an earlier step put out: texts where they are known, else which tokens they can be."""

    texts: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    tokens: Tokens = NO_TOKEN


@dataclass(frozen=True, slots=True)
class Scope:
    """What contexts hold at one place.

    Attributes:
        env: variable → its text.
        inputs: input → its text; None where somebody else gives them (a call, a manual run).
        steps: step id (lower case) → what it put out.
        event: the name of the event (or :data:`ISSUE`, :data:`PULL_REQUEST`), or None where it
            is not decided.
        called: it is a called workflow, whose secrets may be anything.
        secrets_set: a secret that is named counts as one that exists and isn't empty.
        facts: what plain references to other contexts become in a text.
    """

    env: Mapping[str, Bound] = field(default_factory=lambda: MappingProxyType({}))
    inputs: Mapping[str, Bound] | None = field(default_factory=lambda: MappingProxyType({}))
    steps: Mapping[str, Outputs] = field(default_factory=lambda: MappingProxyType({}))
    event: str | None = None
    called: bool = False
    secrets_set: bool = False
    facts: Mapping[tuple[str, ...], str] = field(default_factory=lambda: FACTS)

    def with_env(self, texts: Mapping[str, str]) -> Scope:
        """This scope with more variables, whose texts are read in this scope."""
        if not texts:
            return self
        more = {name: Bound(text, self) for name, text in texts.items()}
        return replace(self, env={**self.env, **more})

    def with_tokens(self, carried: Mapping[str, Tokens]) -> Scope:
        """This scope with more variables, of which only the tokens are known."""
        more = {name: Bound(carries=tokens) for name, tokens in carried.items()}
        return replace(self, env={**self.env, **more}) if more else self

    def at_event(self, event: str) -> Scope:
        """This scope in a run that ``event`` started."""
        return replace(self, event=event)

    def text(self, text: str) -> str:
        """The text with its expressions filled in: :data:`HOLE` for what is not known."""
        return text if "${{" not in text else _flat(self._text(text, 0))

    def render(self, expr: Expr) -> str:
        """The text that an expression of inputs becomes: :data:`HOLE` for what is not known."""

        def lookup(path: tuple[str, ...]) -> Value:
            bound = self._bound(path)
            return UNKNOWN if bound is None else bound.render()

        return _flat(_render(evaluate.evaluate(expr, lookup)))

    def tokens(self, text: str) -> Tokens:
        """The tokens that the text can carry."""
        return NO_TOKEN if "${{" not in text else self._tokens(text, 0)

    def reached(self, events: tuple[str | None, ...], text: str) -> tuple[str | None, ...]:
        """Of these events (None: any), those in whose runs an ``if:`` of this text can be met."""
        parsed = _condition(text)
        return events if parsed is None else self.holding(events, parsed)

    def holding(self, events: tuple[str | None, ...], expr: Expr) -> tuple[str | None, ...]:
        """Of these events (None: any), those in whose runs an expression can be true."""
        if not any(self._reads_event(path) for path in _reads(expr)):
            return events if self.holds(expr) else ()
        return tuple(e for e in events if (self.at_event(e) if e else self).holds(expr))

    def _reads_event(self, path: tuple[str, ...]) -> bool:
        """Whether a path's value can depend on which event started the run."""
        if path[0] == "github":
            return path[1] in ("event_name", "event", "*")
        bound = self._bound(path)
        return bound is not None and bound.scope is not None and "${{" in bound.text

    def holds(self, expr: Expr) -> bool:
        """Whether an expression can be true; what is unknown can."""
        return values.truth(evaluate.evaluate(expr, self._lookup(0))) is not False

    def _lookup(self, hops: int) -> evaluate.Lookup:
        def lookup(path: tuple[str, ...]) -> Value:
            bound = self._bound(path)
            if bound is not None:
                return bound.value(hops + 1)
            if path in _OWN_TOKEN or (self.secrets_set and path[0] == "secrets"):
                return Unknown.TRUTHY
            return self._event_value(path)

        return lookup

    def _event_value(self, path: tuple[str, ...]) -> Value:
        """What the event alone tells of the ``github`` context."""
        if self.event is None:
            return UNKNOWN
        match path:
            case ("github", "event_name"):
                return self.event.partition("/")[0]
            case ("github", "event", "issue", "pull_request", *_):
                if self.event == PULL_REQUEST:
                    return "a pull request"
                return None if self.event in (ISSUE, "issues") else UNKNOWN
            case _:
                return UNKNOWN

    def _bound(self, path: tuple[str, ...]) -> Bound | None:
        """The text behind a path of ``env``, ``inputs`` or ``steps``; None where it isn't known."""
        match path:
            case ("env", name):
                if "*" in self.env:
                    return None
                return self.env.get(name, _EMPTY)
            case ("inputs", name) | ("github", "event", "inputs", name):
                return None if self.inputs is None else self.inputs.get(name, _EMPTY)
            case ("steps", step, "outputs", name):
                outputs = self.steps.get(step)
                return outputs.texts.get(name) if outputs else None
            case _:
                return None

    def _value(self, text: str, hops: int) -> Value:
        return evaluate.template(_pieces(text), self._lookup(hops))

    def _text(self, text: str, hops: int) -> str:
        done: list[str] = []
        for piece in _pieces(text):
            if isinstance(piece, str):
                done.append(piece)
                continue
            paths = _plain_path(piece)
            if paths in self.facts:
                done.append(self.facts[paths])
                continue
            bound = self._bound(paths)
            if bound is not None:
                done.append(bound.render(hops + 1))
                continue
            value: Value = UNKNOWN
            if piece.expr is not None:
                value = evaluate.evaluate(piece.expr, self._lookup(hops))
            done.append(_render(value))
        return "".join(done)

    def _tokens(self, text: str, hops: int) -> Tokens:
        found = NO_TOKEN
        for piece in _pieces(text):
            if not isinstance(piece, str):
                found |= ANY_TOKEN if piece.expr is None else self._expr_tokens(piece.expr, hops)
        return found

    def _expr_tokens(self, expr: Expr, hops: int) -> Tokens:
        """The union over all that an expression can give; an operator that compares gives none."""
        match expr:
            case Logical("&&", terms):
                return self._expr_tokens(terms[-1], hops)
            case Logical(_, terms):
                return self._union(terms, hops)
            case Binary() | Not():
                return NO_TOKEN
            case Call(name, args):
                return self._union(args, hops) if name in _CARRIES_TOKENS else NO_TOKEN
            case _:
                found = NO_TOKEN
                for path in reads(expr):
                    found |= self._path_tokens(path, hops)
                return found

    def _union(self, exprs: tuple[Expr, ...], hops: int) -> Tokens:
        found = NO_TOKEN
        for expr in exprs:
            found |= self._expr_tokens(expr, hops)
        return found

    def _path_tokens(self, path: tuple[str, ...], hops: int) -> Tokens:
        match path:
            case _ if path in _OWN_TOKEN:
                return GITHUB_TOKEN
            case ("secrets", "*") | ("github", "*"):
                return ANY_TOKEN
            case ("secrets", name):
                return ANY_TOKEN if self.called else Tokens(others=frozenset({name.upper()}))
            case ("env", name):
                if "*" in self.env or name == "*":
                    return ANY_TOKEN
                return self._bound_tokens(self.env.get(name), hops)
            case ("inputs", name) | ("github", "event", "inputs", name):
                if self.inputs is None:
                    # Typed by a human, or given in a call's `with`, where GitHub allows neither
                    # `secrets` nor `github.token` (docs.github.com, contexts: availability).
                    return Tokens(others=frozenset({f"inputs.{name}"}))
                return ANY_TOKEN if name == "*" else self._bound_tokens(self.inputs.get(name), hops)
            case ("steps", step, *rest):
                outputs = self.steps.get(step)
                if outputs is None:
                    return NO_TOKEN
                name = rest[1] if len(rest) > 1 else "*"
                if name in outputs.texts:
                    return self._bound_tokens(outputs.texts[name], hops)
                return outputs.tokens
            case _:
                return NO_TOKEN

    @staticmethod
    def _bound_tokens(bound: Bound | None, hops: int) -> Tokens:
        return NO_TOKEN if bound is None else bound.tokens(hops + 1)


@lru_cache(maxsize=4096)
def _reads(expr: Expr) -> frozenset[tuple[str, ...]]:
    return reads(expr)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str | Embedded, ...]:
    return pieces(text)


@lru_cache(maxsize=4096)
def _condition(text: str) -> Expr | None:
    """An ``if:``, or None where GitHub would refuse it."""
    try:
        return condition(text)
    except ExpressionError:
        return None


@lru_cache(maxsize=4096)
def _plain_path(piece: Embedded) -> tuple[str, ...]:
    """The path of an expression that is nothing but one; else the empty tuple."""
    if piece.expr is None or isinstance(piece.expr, (Binary, Call, Logical, Not)):
        return ()
    paths = reads(piece.expr)
    return next(iter(paths)) if len(paths) == 1 else ()


def _render(value: Value) -> str:
    shown = values.text(value)
    return HOLE.join(shown.fragments) if isinstance(shown, PartialText) else shown


def _flat(text: str) -> str:
    while HOLE * 2 in text:
        text = text.replace(HOLE * 2, HOLE)
    return text
