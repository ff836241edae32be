"""The condition of an early step that stands for a late one: what can be known of it by then.

All that is left out makes the early step run in more cases, never in fewer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bot.workflow.evaluate import Unknown, evaluate, truth
from bot.workflow.expression import (
    STATUS_FUNCTIONS,
    Call,
    Context,
    Expr,
    ExpressionError,
    Literal,
    Logical,
    Not,
    parse,
    reads,
)
from bot.workflow.grammar import children, walk
from bot.workflow.resolve import TooLargeError, rebuilt, resolve, unmarked
from bot.workflow.runs import Run, runs_of
from bot.workflow.scope import Scope
from bot.workflow.simplify import (
    FALSE,
    TRUE,
    conjunction,
    disjunction,
    functions,
    negated,
    simplified,
)
from bot.workflow.unparse import unparse

MAX_LENGTH = 400
"""Characters of a condition, which people have to read."""

_MAX_PARTS = 100
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Term:
    """A condition that must hold for something to be reached; its references are read in `scope`.

    The `inputs` of the scope are texts, as those of an action are.
    """

    expr: Expr
    scope: Scope


@dataclass(frozen=True, slots=True)
class Early:
    """When an early step runs.

    Attributes:
        text: an expression for `if:`, without `${{ }}`, or "" for always. It can begin with `!`
            and hold `: ` and ` #`: in YAML it has to be quoted.
        exact: where nothing fails, the step runs exactly when the terms hold; else `dropped` says
            what was left out, as source.
        never: no run of the events can meet it.
        after_failure: what it stands for is only reached after something has failed.
        called: its `inputs` can be those of a call.
    """

    text: str
    exact: bool
    dropped: tuple[str, ...]
    never: bool = False
    after_failure: bool = False
    called: bool = False


_NEVER = Early("false", True, (), never=True)


class Place(Enum):
    """Where the early step stands.

    SAME_JOB: in the job of the late step, whose `needs` and `matrix` it shares; the conditions of
    the jobs before it have been met by then, and are no terms. OTHER_JOB: in a job before it.
    OTHER_ENVIRONMENT: in a job before it, where the late step's job names an environment: it can
    have `vars` of its own.
    """

    SAME_JOB = "same job"
    OTHER_JOB = "other job"
    OTHER_ENVIRONMENT = "other environment"


_GITHUB = frozenset(
    {
        "actor",
        "actor_id",
        "api_url",
        "base_ref",
        "event",
        "event_name",
        "graphql_url",
        "head_ref",
        "ref",
        "ref_name",
        "ref_protected",
        "ref_type",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "repository_visibility",
        "repositoryurl",
        "run_attempt",
        "run_id",
        "run_number",
        "server_url",
        "sha",
        "triggering_actor",
        "workflow",
        "workflow_ref",
        "workflow_sha",
    }
)
"""Properties of `github` that are the same in all jobs of a run."""

_SHARED = {
    Place.SAME_JOB: frozenset({"inputs", "matrix", "needs", "strategy", "vars"}),
    Place.OTHER_JOB: frozenset({"inputs", "vars"}),
    Place.OTHER_ENVIRONMENT: frozenset({"inputs"}),
}
_RUNNER = frozenset({"arch", "environment", "name", "os"})
_SAFE = frozenset({"contains", "endswith", "format", "fromjson", "join", "startswith", "tojson"})
"""Functions of nothing but their arguments; `case` fails for what is no boolean."""

_PASSES = frozenset({"success", "!cancelled", "!failure"})


def early(terms: Sequence[Term], place: Place, events: Sequence[str | None]) -> Early:
    """The condition of an early step at `place` for what all the terms guard.

    `events`: those that start the workflow, None for one that isn't known.
    """
    widening = _Widening(place)
    kept: list[Expr] = []
    called = after_failure = False
    for at, (part, scope) in enumerate(_parts(terms)):
        try:
            if at >= _MAX_PARTS:
                raise TooLargeError
            resolved = resolve(part, scope)
        except TooLargeError:
            widening.drop(part)
            continue
        called = called or resolved.called
        runs = runs_of(events, called=resolved.called)
        wide = widening.of(simplified(resolved.expr, runs, stable=False))
        after_failure = after_failure or wide.after_failure
        kept.append(wide.expr)
    found = _written(kept, runs_of(events, called=called), tuple(widening.dropped))
    return replace(found, after_failure=after_failure, called=called)


def holds(early: Early, event: str) -> bool | None:
    """Whether the condition holds in all (True) or none (False) of the runs of an event.

    `event` is one of those that the condition was made for.
    """
    if early.never:
        return False
    if not early.text:
        return True
    expr = parse(early.text)
    runs = runs_of((event,), called=early.called)
    known = {truth(evaluate(expr, run.lookup, functions)) for run in runs}
    return known.pop() if len(known) == 1 else None


def either(several: Sequence[Early]) -> Early:
    """The condition of a step that stands for several: due where any of them is."""
    possible = [one for one in several if not one.never]
    if not possible:
        return _NEVER
    always = next((one for one in possible if one.exact and not one.text), None)
    if always is not None:
        return always
    called = any(one.called for one in possible)
    merged = Early(
        "",
        all(one.exact for one in possible),
        tuple(dict.fromkeys(text for one in possible for text in one.dropped)),
        after_failure=all(one.after_failure for one in possible),
        called=called,
    )
    if any(not one.text for one in possible):
        return merged
    expr = disjunction(parse(one.text) for one in possible)
    found = _written([expr], (Run(None),), merged.dropped)
    return replace(
        merged, text=found.text, exact=merged.exact and found.exact, dropped=found.dropped
    )


def _written(kept: list[Expr], runs: tuple[Run, ...], dropped: tuple[str, ...]) -> Early:
    """The conjunction as text; what makes it too long is dropped from its end."""
    while runs:
        whole = simplified(conjunction(kept), runs, stable=True)
        if whole == FALSE:
            break
        text = "" if whole == TRUE else unparse(whole)
        if len(text) <= MAX_LENGTH and _is_accepted(text):
            return Early(text, not dropped, dropped)
        kept = list(whole.terms) if isinstance(whole, Logical) and whole.op == "&&" else [whole]
        length = len(text)
        while kept:
            last = kept.pop()
            dropped += (_source(last),)
            length -= len(unparse(last)) + len("() && ")
            if length <= MAX_LENGTH:
                break
    return _NEVER


def _is_accepted(text: str) -> bool:
    if not text:
        return True
    try:
        parse(text)
    except ExpressionError:
        return False
    return True


def _parts(terms: Sequence[Term]) -> Iterator[tuple[Expr, Scope]]:
    """The conditions that must all hold, taken apart."""
    for term in terms:
        stack = [term.expr]
        while stack:
            expr = stack.pop()
            match expr:
                case Logical(op="&&", terms=parts):
                    stack.extend(reversed(parts))
                case Not(operand=Logical(op="||", terms=parts)):
                    stack.extend(negated(part) for part in reversed(parts))
                case Not(operand=Not(operand=inner)):
                    stack.append(inner)
                case _:
                    yield expr, term.scope


@dataclass(frozen=True, slots=True)
class _Wide:
    """A condition that holds wherever another does."""

    expr: Expr
    after_failure: bool = False


class _Widening:
    """Leaves out of simplified conditions what isn't known early, and keeps a record of it."""

    __slots__ = ("_place", "dropped")

    def __init__(self, place: Place) -> None:
        self._place = place
        self.dropped: dict[str, None] = {}

    def drop(self, expr: Expr) -> _Wide:
        self.dropped[_source(expr)] = None
        return _Wide(TRUE)

    def of(self, expr: Expr) -> _Wide:
        match expr:
            case Logical(op="&&", terms=terms):
                parts = [self.of(term) for term in terms]
                after_failure = any(part.after_failure for part in parts)
                return _Wide(conjunction(part.expr for part in parts), after_failure)
            case Logical(terms=terms):
                return self._any_of(expr, terms)
        status = _status(expr)
        if status in _PASSES:
            return _Wide(TRUE)
        if status:
            return replace(self.drop(expr), after_failure=True)
        return _Wide(expr) if self._is_known(expr) else self.drop(expr)

    def _any_of(self, expr: Expr, terms: tuple[Expr, ...]) -> _Wide:
        statuses = [_status(term) for term in terms]
        if all(statuses):
            passes = any(status in _PASSES for status in statuses)
            return _Wide(TRUE) if passes else replace(self.drop(expr), after_failure=True)
        before = dict(self.dropped)
        parts = [self.of(term) for term in terms]
        if any(part.expr == TRUE for part in parts):
            # Something in it can't be known at all, and so can't the whole.
            self.dropped = before
            return self.drop(expr)
        after_failure = all(part.after_failure for part in parts)
        return _Wide(disjunction(part.expr for part in parts), after_failure)

    def _is_known(self, expr: Expr) -> bool:
        return all(map(self._is_known_path, reads(expr))) and all(map(_is_safe, walk(expr)))

    def _is_known_path(self, path: tuple[str, ...]) -> bool:
        match path:
            case ("github", name, *_):
                return name in _GITHUB
            case ("runner", name):
                return self._place is Place.SAME_JOB and name in _RUNNER
            case (name, *_):
                return name in _SHARED[self._place]
            case _:
                return False


def _status(expr: Expr) -> str | None:
    """A call of a status function, as `failure` or `!failure`."""
    match expr:
        case Call(name=name) if name in STATUS_FUNCTIONS:
            return name
        case Not(operand=Call(name=name)) if name in STATUS_FUNCTIONS:
            return f"!{name}"
        case _:
            return None


def _is_safe(node: Expr) -> bool:
    """Whether a node, by itself, is one that can't make GitHub fail the step."""
    match node:
        case Literal(value=str() as value):
            return value.isprintable() and "${{" not in value
        case Call(name="format", args=(layout, *args)):
            # A wrong layout fails; it can be tried only where it is written out.
            blank = (Literal("", start=0, end=0),) * len(args)
            tried = Call("format", (layout, *blank), start=0, end=0)
            return isinstance(layout, Literal) and _is_known(tried)
        case Call(name="fromjson", args=(source,)):
            return isinstance(source, Literal) and _is_known(node)
        case Call(name=name):
            return name in _SAFE
        case _:
            return True


def _is_known(expr: Expr) -> bool:
    return not isinstance(evaluate(expr, Run(None).lookup), Unknown)


def _source(expr: Expr) -> str:
    """A condition as people write it, as far as they want to read it."""
    text = unparse(_without_marks(expr))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _without_marks(expr: Expr) -> Expr:
    if isinstance(expr, Context):
        return replace(expr, name=unmarked(expr.name))
    return rebuilt(expr, tuple(map(_without_marks, children(expr))))
