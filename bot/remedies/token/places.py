"""Where in one step a token can be named anew: its expressions, and what it does not set itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.permissions import actions
from bot.remedies.token.facts import How
from bot.workflow.document import Document, Span
from bot.workflow.expression import Binary, Call, Embedded, Logical, Not, pieces, reads
from bot.workflow.model import Job, Scalar, Step, Workflow
from bot.workflow.scope import GITHUB_TOKEN, Bound, Scope

_OWN = frozenset({("secrets", "github_token"), ("github", "token")})
_NOWHERE = Scope()
"""Where an action's defaults are read."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a step that can name a token.

    Attributes:
        name: of the variable, or of the input (in lower case); empty for a script.
        line: where it stands; for what is not set the step's.
        before: the expression; for what is not set the text that holds without it.
        number: which expression of its text it is, from 0; -1 for what is not set.
        span: offsets of ``before`` in the document's text; None for what is not set.
    """

    how: How
    name: str
    line: int
    before: str
    number: int = -1
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Spots:
    """What a step offers.

    Attributes:
        all: places that hold GITHUB_TOKEN and nothing else, in the order in which to try them.
        wide: an expression can be GITHUB_TOKEN, and something else too.
        lost: an expression's place in the file can't be told.
    """

    all: tuple[Spot, ...]
    wide: bool
    lost: bool


def job_scope(workflow: Workflow, job: Job) -> Scope:
    """The scope of a job's steps, as far as ``env`` goes."""
    scope = Scope(inputs=None, called=workflow.is_called)
    for level in (workflow.env, job.env):
        scope = scope.with_env({name: value.text for name, value in level.items()})
    return scope


def find(workflow: Workflow, job: Job, step: Step, limit: int) -> Spots:
    """The places of a step that hold GITHUB_TOKEN; of its expressions ``limit`` and one more."""
    outer = job_scope(workflow, job)
    inner = outer.with_env({name: value.text for name, value in step.env.items()})
    own: list[Spot] = []
    through: list[Spot] = []
    wide = lost = False
    for how, name, scalar in _texts(step):
        scope = outer if how == "env" else inner
        spans: tuple[tuple[int, int], ...] | None = ()
        for number, piece in enumerate(_embedded(scalar.text)):
            tokens = scope.tokens(_whole(piece.source))
            if not tokens.maybe_github:
                continue
            path = _path(piece)
            if path is None or tokens != GITHUB_TOKEN:
                wide = True
                continue
            spans = spans or expression_spans(workflow.document, scalar)
            if spans is None:
                lost = True
                break
            line = bisect_right(workflow.document.line_starts, spans[number][0]) - 1
            spot = Spot(how, name, line, piece.source, number, spans[number])
            (own if path in _OWN else through).append(spot)
            if len(own) + len(through) > limit:
                return Spots((*own, *through), wide, lost)
    return Spots((*own, *through, *_unset(step, outer)), wide, lost)


def substituted(step: Step, spots: tuple[Spot, ...], expression: str) -> Step:
    """The step with another expression in these places; what it says of lines stays."""
    run, env, inputs = step.run, dict(step.env), dict(step.inputs)
    here = Span(step.line, 0, step.line, 0)
    for spot in sorted(spots, key=lambda one: -one.number):
        if spot.how == "script" and run is not None:
            run = _with(run, spot.number, expression)
        elif spot.how == "env":
            env[spot.name] = _with(env[spot.name], spot.number, expression)
        elif spot.how == "input":
            inputs[spot.name] = _with(inputs[spot.name], spot.number, expression)
        elif spot.how == "inserted env":
            env[spot.name] = Scalar(_whole(expression), here)
        else:
            inputs[spot.name] = Scalar(_whole(expression), here)
    return replace(step, run=run, env=env, inputs=inputs)


def expression_spans(document: Document, scalar: Scalar) -> tuple[tuple[int, int], ...] | None:
    """Where each ``${{ }}`` of a scalar says what it says: offsets in the document's text.

    The braces and the blanks inside of them are not in the spans. None where the text in the file
    does not show the same expressions in the same order, as where an escape hides one.
    """
    start = document.offset(scalar.span.line, scalar.span.column)
    end = document.offset(scalar.span.end_line, scalar.span.end_column)
    if scalar.style in ("|", ">"):
        start = document.line_end(scalar.span.line)  # a comment may stand behind the `|`
    raw = document.text[start:end]
    if scalar.style in ("'", '"'):
        raw = raw[:-1]
    meant, shown = tuple(_embedded(scalar.text)), tuple(_embedded(raw))
    if [one.source.split() for one in meant] != [one.source.split() for one in shown]:
        return None
    spans = []
    for one in shown:
        at = raw.index(one.source, one.start + len("${{"))
        spans.append((start + at, start + at + len(one.source)))
    return tuple(spans)


def _texts(step: Step) -> Iterator[tuple[How, str, Scalar]]:
    if step.run is not None:
        yield "script", "", step.run
    for name, value in step.env.items():
        yield "env", name, value
    for name, value in step.inputs.items():
        yield "input", name, value


def _unset(step: Step, outer: Scope) -> Iterator[Spot]:
    """Variables of the job or the workflow, and inputs with a default, that hold the token.

    GH_TOKEN goes before what an earlier step gave to ``gh auth login``, which itself refuses to
    work where it is set.
    """
    for name, bound in outer.env.items():
        if name not in step.env and bound.tokens() == GITHUB_TOKEN:
            yield Spot("inserted env", name, step.line, bound.text)
    script = step.run.text if step.run is not None else ""
    if "GH_TOKEN" not in {**outer.env, **step.env} and "auth login" not in script:
        yield Spot("inserted env", "GH_TOKEN", step.line, "")
    if step.uses is None:
        return
    row = actions.action(step.uses.text.partition("@")[0])
    for name, text in row.defaults.items() if row else ():
        if name not in step.inputs and Bound(text, _NOWHERE).tokens() == GITHUB_TOKEN:
            yield Spot("inserted input", name, step.line, text)


def _embedded(text: str) -> Iterator[Embedded]:
    return (piece for piece in pieces(text) if not isinstance(piece, str))


def _path(piece: Embedded) -> tuple[str, ...] | None:
    """The path of an expression that is nothing but one."""
    if piece.expr is None or isinstance(piece.expr, (Binary, Call, Logical, Not)):
        return None
    paths = reads(piece.expr)
    return next(iter(paths)) if len(paths) == 1 else None


def _whole(expression: str) -> str:
    return f"${{{{ {expression} }}}}"


def _with(scalar: Scalar, number: int, expression: str) -> Scalar:
    piece = tuple(_embedded(scalar.text))[number]
    at = scalar.text.index(piece.source, piece.start + len("${{"))
    text = scalar.text[:at] + expression + scalar.text[at + len(piece.source) :]
    return replace(scalar, text=text)
