"""What is asked of early conditions, and what holds for all of them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.workflow.early import MAX_LENGTH, Early, Place, Term, early, either, holds
from bot.workflow.evaluate import (
    Lookup,
    Value,
    evaluate,
    template,
    text,
    truth,
)
from bot.workflow.expression import condition, parse, pieces
from bot.workflow.scope import ANY_TOKEN, ISSUE, Bound, Scope

_OTHER = Place.OTHER_JOB
_FILE = Scope(inputs=None)
_ANY = (None,)
_TAG = "startsWith(github.ref, 'refs/tags/')"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("failure()", "", id="alone"),
        pytest.param("failure() && vars.A", "vars.A", id="and"),
        pytest.param("cancelled() || failure()", "", id="either"),
        pytest.param("!success()", "", id="no success"),
        pytest.param("failure() && vars.A || cancelled() && vars.B", "vars.A || vars.B", id="or"),
    ],
)
def test_what_follows_a_failure_is_told_apart(source: str, text: str) -> None:
    found = early([Term(parse(source), _FILE)], _OTHER, _ANY)
    assert (found.text, found.exact, found.after_failure) == (text, False, True)


def test_what_may_follow_a_failure_is_not_told_apart() -> None:
    found = early([Term(parse("failure() && vars.A || vars.B"), _FILE)], _OTHER, _ANY)
    assert (found.text, found.exact, found.after_failure) == ("vars.A || vars.B", False, False)


@pytest.mark.parametrize(
    ("source", "event", "known"),
    [
        pytest.param("", "push", True, id="always"),
        pytest.param("github.event_name == 'push'", "push", True, id="this event"),
        pytest.param("github.event_name == 'push'", "pull_request", False, id="another event"),
        pytest.param("vars.A", "push", None, id="open"),
        pytest.param(_TAG, "push", None, id="some pushes"),
        pytest.param(_TAG, "pull_request", False, id="no pull request has a tag"),
        pytest.param("startsWith(github.ref, 'refs/heads/')", "pull_request", None, id="merged"),
        pytest.param(_TAG, "release", None, id="a release may have any ref"),
        pytest.param("inputs.a", "push", False, id="no inputs on a push"),
        pytest.param("inputs.a", "workflow_dispatch", None, id="inputs of a manual run"),
        pytest.param("github.event.issue.pull_request", ISSUE, False, id="an issue's comment"),
        pytest.param("github.event.release", "an_event", None, id="an event of the future"),
    ],
)
def test_whether_it_holds_in_runs_of_an_event(source: str, event: str, known: bool | None) -> None:
    made = early([Term(condition(source), _FILE)], _OTHER, (event, "push", "pull_request", None))
    assert holds(made, event) is known


def test_inputs_of_a_call_are_open_in_any_event() -> None:
    made = early([Term(parse("inputs.a"), replace(_FILE, called=True))], _OTHER, ("push", None))
    assert holds(made, "push") is None


def test_what_is_never_met_holds_in_no_event() -> None:
    made = early([Term(parse("github.event_name == 'release'"), _FILE)], _OTHER, ("push",))
    assert (made.never, holds(made, "push")) == (True, False)


_NEVER = Early("false", True, (), never=True)


@pytest.mark.parametrize(
    ("several", "one"),
    [
        pytest.param([Early("a", True, ())], Early("a", True, ()), id="a single one"),
        pytest.param(
            [Early("a && b", True, ()), Early("c", True, ())],
            Early("a && b || c", True, ()),
            id="two",
        ),
        pytest.param([Early("a", True, ()), _NEVER], Early("a", True, ()), id="one that never is"),
        pytest.param([_NEVER, _NEVER], _NEVER, id="none that ever is"),
        pytest.param([], _NEVER, id="none at all"),
        pytest.param(
            [Early("a", True, ()), Early("a", True, ())], Early("a", True, ()), id="the same"
        ),
        pytest.param(
            [Early("a", True, ()), Early("a && b", True, ())], Early("a", True, ()), id="a part"
        ),
        pytest.param(
            [Early("a", True, ()), Early("!a", True, ())], Early("", True, ()), id="opposites"
        ),
        pytest.param(
            [Early("", False, ("x",)), Early("b", True, ())],
            Early("", False, ("x",)),
            id="one of which nothing is known",
        ),
        pytest.param(
            [Early("", True, ()), Early("b", False, ("x",))],
            Early("", True, ()),
            id="one that always is",
        ),
        pytest.param(
            [Early("a", False, ("x", "y")), Early("b", False, ("y",), after_failure=True)],
            Early("a || b", False, ("x", "y")),
            id="what was dropped, once",
        ),
        pytest.param(
            [Early("a", False, ("x",), after_failure=True)],
            Early("a", False, ("x",), after_failure=True),
            id="one after a failure",
        ),
    ],
)
def test_either(several: list[Early], one: Early) -> None:
    assert either(several) == one


def test_what_is_too_long_is_dropped_from_the_end() -> None:
    parts = [f"vars.A{at} == '{'b' * 100}'" for at in range(20)]
    found = early([Term(parse(" && ".join(parts)), _FILE)], _OTHER, _ANY)
    assert found.text.startswith("vars.A0 ==")
    assert MAX_LENGTH - 130 < len(found.text) <= MAX_LENGTH
    assert len(found.dropped) + found.text.count("vars.") == 20


def test_what_is_too_large_is_dropped_and_shown_in_part() -> None:
    found = early([Term(parse(" || ".join(["vars.A"] * 100)), _FILE)], _OTHER, _ANY)
    assert (found.text, found.exact) == ("", False)
    assert [len(text) for text in found.dropped] == [201]


def _nested(times: int, text: str) -> Scope:
    scope = _FILE.with_env({"A": "${{ vars.A }}"})
    for _ in range(times):
        scope = scope.with_env({"A": text})
    return scope


_DOUBLED = "'0123456789'"
for _ in range(36):
    _DOUBLED = f"format('{{0}}{{0}}', {_DOUBLED})"
_CHOICES = "vars.A"
for _ in range(9):
    _CHOICES = f"(!({_CHOICES}) && 'a' || vars.B) == 'a'"
_SOME = ("push", "pull_request", "schedule", "workflow_dispatch", "release", "issues", None)


@pytest.mark.parametrize(
    ("source", "scope", "events"),
    [
        pytest.param("env.A", _nested(100, "${{ env.A }}"), _SOME, id="a long way"),
        pytest.param("env.A", _nested(12, "${{ env.A }}" * 9), _SOME, id="more at every level"),
        pytest.param("env.A", _nested(12, "!" * 40 + "${{ env.A }}"), _SOME, id="deep"),
        pytest.param("env.A", _nested(12, "${{ !" + "!" * 40 + "env.A }}"), _SOME, id="deeper"),
        pytest.param(_DOUBLED, _FILE, _SOME, id="a text that doubles"),
        pytest.param(_CHOICES, _FILE, _SOME, id="choices in choices"),
        pytest.param(" || ".join(["vars.A"] * 2_000), _FILE, _SOME, id="a long disjunction"),
        pytest.param(" && ".join([_TAG] * 500), _FILE, _SOME, id="a long conjunction"),
        pytest.param(
            " && ".join(f"(vars.A == {n} || github.event_name < '{n}')" for n in range(400)),
            *(_FILE, tuple(f"e{n}" for n in range(60))),
            id="many events",
        ),
        pytest.param("vars.A", _FILE, tuple(f"e{n}" for n in range(100_000)), id="too many events"),
    ],
)  # fmt: skip
def test_hostile_conditions_end_soon(
    source: str, scope: Scope, events: tuple[str | None, ...]
) -> None:
    begun = time.process_time()
    found = early([Term(parse(source), scope)], _OTHER, events)
    assert len(found.text) <= MAX_LENGTH
    assert time.process_time() - begun < 2


# Soundness: conditions are made of references to what is known early, to what never is, and to
# texts that hold such references. The late conditions are evaluated by what the texts become.

_BOUND = {
    "LONE": "${{ vars.A == 'a' }}",
    "CHOICE": "${{ matrix.m == 'a' && 'true' || 'false' }}",
    "MIXED": "a${{ vars.A }}",
    "OUTPUT": "${{ steps.s.outputs.o }}",
    "LOGIC": "${{ needs.n.outputs.o && github.event_name == 'push' }}",
    "WORD": "true",
}
_SCOPE = _FILE.with_env(_BOUND)
_SCOPE = replace(_SCOPE, env={**_SCOPE.env, "RUNTIME": Bound(carries=ANY_TOKEN)})
_REFERENCES = (
    *("github.event_name", "github.ref", "vars.A", "vars.B", "inputs.i"),
    *("github.event.inputs.i", "github.event.pull_request.draft", "github.head_ref"),
    *("matrix.m", "needs.n.outputs.o", "steps.s.outputs.o", "env.RUNTIME", "secrets.S"),
    *(f"env.{name}" for name in _BOUND),
)
_LEAF = st.one_of(
    st.sampled_from(_REFERENCES),
    st.sampled_from(_REFERENCES),
    st.sampled_from(["'a'", "''", "'push'", "'true'", "'false'", "'refs/tags/'", "'0'"]),
    st.sampled_from(["true", "false", "null", "0", "1"]),
    st.sampled_from(["success()", "always()", "failure()", "cancelled()"]),
)
_LAYOUTS = (
    *("!{}", "!({} && {})", "!({} || {})", "({} && {})", "({} || {})", "({} && {} || {})"),
    *("({} == {})", "({} != {})", "({} < {})", "({} && 'true' || {})", "({} && 'a' || 'b')"),
    *("contains({}, {})", "startsWith({}, {})", "format('{{0}}', {})", "format('a{{0}}', {})"),
    *("case({} == {}, {}, {})", "fromJSON({})", "(format('{{0}}', {}) == 'true')"),
)


@st.composite
def _sources(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(_LEAF)
    layout = draw(st.sampled_from(_LAYOUTS))
    parts = [draw(_sources(depth - 1)) for _ in range(layout.count("{}"))]
    return layout.format(*parts)


_TEXTS = st.sampled_from(["", "a", "A", "true", "false", "0", "push"])
_SET_OR_NOT = st.one_of(st.none(), _TEXTS)
_SCALARS = st.one_of(_SET_OR_NOT, st.booleans(), st.sampled_from([0.0, 1.0]))


@st.composite
def _runs(draw: st.DrawFn) -> dict[str, Value]:
    """What the references are in one run."""
    event = draw(st.sampled_from(["push", "pull_request", "workflow_dispatch", "schedule"]))
    known: dict[str, Value] = {name: draw(_SET_OR_NOT) for name in ("vars.a", "vars.b")}
    known |= {f"{job}.outputs.o": draw(_SET_OR_NOT) for job in ("needs.n", "steps.s")}
    known |= {"matrix.m": draw(_SCALARS), "secrets.s": draw(_SET_OR_NOT)}
    manual, asked = event == "workflow_dispatch", event == "pull_request"
    refs = {"push": ("tags/a", "heads/a"), "pull_request": ("pull/1/merge", "heads/a")}
    known |= {
        "github.event_name": event,
        "github.ref": "refs/" + draw(st.sampled_from(refs.get(event, ("heads/a",)))),
        "github.event.pull_request.draft": draw(st.booleans()) if asked else None,
        "github.head_ref": draw(_TEXTS) if asked else "",
        "github.event.inputs.i": draw(_TEXTS) if manual else None,
        "inputs.i": draw(_SCALARS) if manual else None,
        "env.RUNTIME": draw(_TEXTS),
    }
    return known


def _late(known: Mapping[str, Value]) -> Lookup:
    def lookup(path: tuple[str, ...]) -> Value:
        if path[0] == "env" and path[1] in _BOUND:
            return text(template(pieces(_BOUND[path[1]]), lookup))
        return known[".".join(path)]

    return lookup


def _early(known: Mapping[str, Value], place: Place) -> Lookup:
    allowed = {
        Place.SAME_JOB: ("github", "inputs", "matrix", "needs", "vars"),
        Place.OTHER_JOB: ("github", "inputs", "vars"),
        Place.OTHER_ENVIRONMENT: ("github", "inputs"),
    }[place]

    def lookup(path: tuple[str, ...]) -> Value:
        assert path[0] in allowed
        return known[".".join(path)]

    return lookup


def _functions(failed: bool) -> Callable[[str, tuple[Value, ...]], Value]:
    def calls(name: str, _args: tuple[Value, ...]) -> Value:
        return {"always": True, "success": not failed, "failure": failed}.get(name, False)

    return calls


def _no_functions(name: str, _args: tuple[Value, ...]) -> Value:
    raise AssertionError(name)


_EVENTS = st.sampled_from(
    [(None,), ("push", "pull_request", "workflow_dispatch", "schedule"), ("push", None)]
)


def _runs_early(made: Early, place: Place, known: Mapping[str, Value]) -> bool | None:
    if not made.text:
        return True
    return truth(evaluate(parse(made.text), _early(known, place), _no_functions))


@settings(max_examples=400, deadline=None)
@given(
    sources=st.lists(_sources(), min_size=1, max_size=2),
    place=st.sampled_from(Place),
    events=_EVENTS,
    known=_runs(),
    failed=st.booleans(),
)
def test_an_early_condition_misses_no_run_and_an_exact_one_is_the_late_one(
    sources: list[str],
    place: Place,
    events: tuple[str | None, ...],
    known: dict[str, Value],
    failed: bool,
) -> None:
    made = early([Term(parse(source), _SCOPE) for source in sources], place, events)
    values = [evaluate(parse(one), _late(known), _functions(failed)) for one in sources]
    late = [truth(value) for value in values]
    # GitHub fails where a `case` is asked about no boolean, or `fromJSON` about no JSON.
    assume(None not in late)
    begins = _runs_early(made, place, known)
    assert begins is not None
    if all(late):
        assert begins
        assert not made.never
    elif made.exact and not failed:
        assert not begins
    answer = holds(made, str(known["github.event_name"]))
    assert answer is None or answer is begins


@settings(max_examples=200, deadline=None)
@given(sources=st.lists(_sources(3), max_size=3), place=st.sampled_from(Place), known=_runs())
def test_either_is_due_where_one_is(
    sources: list[str], place: Place, known: dict[str, Value]
) -> None:
    several = [early([Term(parse(one), _SCOPE)], place, _ANY) for one in sources]
    due = any(_runs_early(one, place, known) for one in several)
    assert _runs_early(either(several), place, known) is due
