"""Make a condition shorter without changing when it holds."""

from collections.abc import Iterable, Iterator, Sequence

from bot.workflow.evaluate import UNKNOWN, Array, Object, PartialText, Unknown, Value, evaluate
from bot.workflow.evaluate import truth as truth_of
from bot.workflow.expression import Binary, Call, Expr, Literal, Logical, Not, reads
from bot.workflow.grammar import children, number
from bot.workflow.kinds import TEXTS, Kind, kind_of
from bot.workflow.resolve import formatted, rebuilt
from bot.workflow.runs import Run, told_apart
from bot.workflow.unparse import unparse
from bot.workflow.values import equal, text

TRUE = Literal(True, start=0, end=0)
FALSE = Literal(False, start=0, end=0)

_MAX_EVALUATIONS = 2_000
"""After so many, nothing more is worked out; a real condition takes a hundred."""

_EVENT_NAME = frozenset({("github", "event_name")})
_OPPOSITE = {"==": "!=", "!=": "=="}
_TEXT_FUNCTIONS = frozenset({"contains", "endswith", "startswith"})


def simplified(expr: Expr, runs: Sequence[Run], *, stable: bool) -> Expr:
    """Give a condition that holds in the same of these kinds of runs; `TRUE` if it always does.

    Negations stand in front of what has no smaller condition in it. `stable`: all that is read
    has one value throughout the run, so the same words say the same.
    """
    return _Simplifier(told_apart(runs, expr), stable).condition(expr)


def conjunction(terms: Iterable[Expr]) -> Expr:
    """Terms that must all hold, as one expression."""
    return _joined("&&", list(terms))


def disjunction(terms: Iterable[Expr]) -> Expr:
    """Terms of which one must hold, as one expression."""
    return _joined("||", list(terms))


def negated(expr: Expr) -> Expr:
    """A condition that holds exactly where the given one doesn't, by De Morgan's laws."""
    match expr:
        case Not(operand=operand):
            return operand
        case Binary(op="==" | "!=" as op, left=left, right=right):
            return Binary(_OPPOSITE[op], left, right, start=0, end=0)
        case Logical(op=op, terms=terms):
            return _joined("||" if op == "&&" else "&&", [negated(term) for term in terms])
        case _:
            return Not(expr, start=0, end=0)


def functions(name: str, _args: tuple[Value, ...]) -> Value:
    """What a function of the run returns whatever the run; for `evaluate`."""
    return True if name == "always" else UNKNOWN


def _joined(op: str, terms: list[Expr]) -> Expr:
    flat: list[Expr] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Logical) and term.op == op else (term,))
    if not flat:
        return TRUE if op == "&&" else FALSE
    return flat[0] if len(flat) == 1 else Logical(op, tuple(flat), start=0, end=0)


class _Simplifier:
    __slots__ = ("_done", "_left", "_runs", "_stable")

    def __init__(self, runs: tuple[Run, ...], stable: bool) -> None:
        self._runs = runs
        self._stable = stable
        self._left = _MAX_EVALUATIONS
        # Values that were simplified once, kept so that their ids stay theirs: nested choices
        # would be gone through twice at every level.
        self._done: dict[int, Expr] = {}

    def condition(self, expr: Expr) -> Expr:
        """What holds where the expression counts as true."""
        match expr:
            case Logical(op=op, terms=terms):
                return self._logical(op, [self.condition(term) for term in terms])
            case Not(operand=operand):
                inner = negated(self.condition(operand))
                if isinstance(inner, Logical):
                    # What was turned around is put together in another way.
                    return self._logical(inner.op, list(inner.terms))
                return self._decided(inner)
            case Binary():
                found: Expr = self._comparison(expr)
            case _:
                found = self._value(expr)
        match found:
            case Logical() | Not():
                return self.condition(found)
            case Call(name="format", args=(Literal(value="{0}"), inner)):
                kind = kind_of(inner)
                if kind is Kind.BOOLEAN:
                    return TRUE
                if kind in TEXTS:
                    return self.condition(inner)
        return self._decided(found)

    def _values(self, expr: Expr) -> Iterator[Value]:
        for run in self._runs:
            self._left -= 1
            yield UNKNOWN if self._left < 0 else evaluate(expr, run.lookup, functions)

    def _truth(self, expr: Expr) -> bool | None:
        """Whether it holds, if it is the same in all the runs."""
        found: bool | None = None
        for value in self._values(expr):
            known = truth_of(value)
            if known is None or found is (not known):
                return None
            found = known
        return found

    def _decided(self, expr: Expr) -> Expr:
        known = self._truth(expr)
        return expr if known is None else _constant(known)

    def _value(self, expr: Expr) -> Expr:
        """An expression of the same value."""
        if id(expr) not in self._done:
            found = self._folded(self._shorter(expr))
            self._done[id(expr)] = expr
            self._done[id(found)] = found
            return found
        return expr

    def _shorter(self, expr: Expr) -> Expr:
        match expr:
            case Literal():
                return expr
            case Not(operand=operand):
                inner = self.condition(operand)
                turned = negated(inner)
                is_boolean = kind_of(turned) is Kind.BOOLEAN
                return turned if is_boolean else Not(inner, start=0, end=0)
            case Binary():
                compared = self._comparison(expr)
                if kind_of(compared) is Kind.BOOLEAN:
                    return compared
        found = rebuilt(expr, tuple(map(self._value, children(expr))))
        match found:
            case Logical(op=op, terms=terms):
                return self._short(op, terms)
            case Call(name="format", args=(Literal(value="{0}"), inner)):
                return inner if kind_of(inner) is Kind.TEXT else found
            case Call(name=name, args=args) if name in _TEXT_FUNCTIONS:
                return Call(name, tuple(map(_unformatted, args)), start=0, end=0)
        return found

    def _comparison(self, expr: Binary) -> Expr:
        """What holds where the comparison does; it may have another value that counts as true."""
        left, right = self._value(expr.left), self._value(expr.right)
        if expr.op in _OPPOSITE:
            return self._folded(_compared(expr.op, left, right))
        return self._folded(Binary(expr.op, left, right, start=0, end=0))

    def _folded(self, expr: Expr) -> Expr:
        """The value itself where it is the same in all the runs."""
        first: Value = UNKNOWN
        for at, value in enumerate(self._values(expr)):
            if isinstance(value, (Unknown, PartialText, Array, Object)) or value != value:
                return expr
            if at and (type(value) is not type(first) or value != first):
                return expr
            first = value
        if isinstance(first, (Unknown, PartialText, Array, Object)):
            return expr
        return Literal(first, start=0, end=0)

    def _short(self, op: str, terms: tuple[Expr, ...]) -> Expr:
        """`&&` or `||` by value: less the terms that never are the result."""
        goes_on = op == "&&"
        kept: list[Expr] = []
        for at, term in enumerate(terms):
            known = self._truth(term)
            if known is not goes_on or at == len(terms) - 1:
                kept.append(term)
            if known is (not goes_on):
                break
        return _joined(op, kept)

    def _logical(self, op: str, terms: list[Expr]) -> Expr:
        """`&&` or `||` of simplified conditions."""
        idle, decisive = (TRUE, FALSE) if op == "&&" else (FALSE, TRUE)
        flat = _joined(op, [term for term in terms if term != idle])
        if not isinstance(flat, Logical) or flat.op != op:
            return flat
        kept = list(flat.terms)
        if decisive in kept:
            return decisive
        if self._stable:
            kept = _without_repeats(op, kept)
            words = set(map(unparse, kept))
            if any(unparse(negated(term)) in words for term in kept):
                return decisive
            kept = self._without_implied(op, kept)
        return self._decided(_joined(op, kept))

    def _without_implied(self, op: str, terms: list[Expr]) -> list[Expr]:
        """Leave out what decides nothing in those events that other terms leave open.

        Only comparisons of the event's name rule others out: what follows from payloads would
        puzzle people.
        """
        decides = op == "||"
        tables = [[truth_of(value) for value in self._values(term)] for term in terms]
        ruling = [reads(term) == _EVENT_NAME for term in terms]
        # From the last, since the first is what stands outermost.
        for place in range(len(terms) - 1, -1, -1):
            others = [row for at, row in enumerate(tables) if ruling[at] and at != place]
            still_open = [
                known
                for at, known in enumerate(tables[place])
                if all(row[at] is not decides for row in others)
            ]
            if others and still_open and all(known is (not decides) for known in still_open):
                ruling[place] = False
                tables[place] = []
        return [term for term, table in zip(terms, tables, strict=True) if table]


def _without_repeats(op: str, terms: list[Expr]) -> list[Expr]:
    """Leave out what another term says already: `a || a && b` is `a`."""
    kept = {unparse(term): term for term in terms}
    return [
        term
        for term in kept.values()
        if not (
            isinstance(term, Logical)
            and term.op != op
            and any(unparse(part) in kept for part in term.terms)
        )
    ]


def _unformatted(expr: Expr) -> Expr:
    """An argument of a function that takes a text's or null's text itself."""
    match expr:
        case Call(name="format", args=(Literal(value="{0}"), inner)) if kind_of(inner) in TEXTS:
            return inner
        case _:
            return expr


def _compared(op: str, left: Expr, right: Expr) -> Expr:
    """A comparison with a constant, by what the other side can be."""
    if isinstance(left, Literal):
        left, right = right, left
    if not isinstance(right, Literal):
        return Binary(op, left, right, start=0, end=0)
    match left:
        case Call(name="format", args=(Literal(value="{0}"), inner)):
            return _against(op, inner, right, as_text=True)
        case _:
            return _against(op, left, right, as_text=False)


def _against(op: str, expr: Expr, constant: Literal, *, as_text: bool) -> Expr:
    """`expr == constant`, or of the expression's text."""

    def same(value: bool | float | str | None) -> bool:
        shown = text(value) if as_text else value
        return equal(shown, constant.value) is (op == "==")

    if kind_of(expr) is Kind.BOOLEAN:
        return _chosen(expr, _constant(same(True)), _constant(same(False)))
    choice = _choice(expr)
    if choice is not None:
        when, one, other = choice
        return _chosen(
            when,
            _constant(same(one.value)),
            _constant(same(other.value))
            if isinstance(other, Literal)
            else _against(op, other, constant, as_text=as_text),
        )
    if as_text and not (kind_of(expr) in TEXTS and _null_is_empty(constant.value)):
        expr = formatted(expr)
    return Binary(op, expr, constant, start=0, end=0)


def _null_is_empty(value: bool | float | str | None) -> bool:
    """Whether null compares with a value as the empty text does."""
    return isinstance(value, str) and (value == "" or number(value) != 0)


def _choice(expr: Expr) -> tuple[Expr, Literal, Expr] | None:
    """The parts of `when && one || other`, where `one` is a constant that counts as true."""
    match expr:
        case Logical(op="||", terms=(Logical(op="&&", terms=(*when, Literal() as one)), *rest)):
            if truth_of(one.value):
                return conjunction(when), one, disjunction(rest)
    return None


def _chosen(when: Expr, one: Literal, other: Expr) -> Expr:
    """`one` where `when` holds, else `other`: a boolean."""
    if one == other:
        return one
    if one == TRUE:
        return when if other == FALSE else _joined("||", [when, other])
    return negated(when) if other == TRUE else _joined("&&", [negated(when), other])


def _constant(value: bool) -> Literal:
    return TRUE if value else FALSE
