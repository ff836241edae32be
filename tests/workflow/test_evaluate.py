"""Evaluation in three values: what is certain is said, what is not is UNKNOWN."""

import math
import time
from collections.abc import Callable, Mapping
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.workflow.evaluate import (
    UNKNOWN,
    Array,
    Object,
    PartialText,
    Unknown,
    Value,
    evaluate,
    template,
    truth,
)
from bot.workflow.expression import condition, parse, pieces
from bot.workflow.values import HOLE, MAX_TEXT, member

_KNOWN: dict[tuple[str, ...], Value] = {
    ("github", "event_name"): "push",
    ("github", "ref"): "refs/tags/v1",
    ("env", "Name"): "value",
    ("env", "PARTIAL"): PartialText(("ghcr.io/", "/app")),
    ("inputs", "list"): Array(("a", "B", 1.0)),
    ("inputs", "open"): Array(("a", UNKNOWN)),
    ("inputs", "items"): Array((Object((("Name", "x"),)), UNKNOWN)),
    ("inputs", "absent"): None,
    ("inputs", "0"): "zero",
}


def _lookup(path: tuple[str, ...]) -> Value:
    return _KNOWN.get(path, UNKNOWN)


def _evaluate(source: str) -> Value:
    return evaluate(parse(source), _lookup)


_X = "github.event.x"
_IMAGE = "format('ghcr.io/{0}:{1}', github.event.x, github.ref)"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param(f"false && {_X}", False, id="false decides a conjunction from the left"),
        pytest.param(f"{_X} && false", Unknown.FALSY, id="and from the right, as falsy"),
        pytest.param(f"{_X} && ''", Unknown.FALSY, id="the empty text is falsy"),
        pytest.param(f"{_X} && 'a'", UNKNOWN, id="true on the right decides no conjunction"),
        pytest.param(f"true || {_X}", True, id="true decides a disjunction from the left"),
        pytest.param(f"{_X} || 'a'", Unknown.TRUTHY, id="and from the right, as truthy"),
        pytest.param(f"{_X} || ''", UNKNOWN, id="false on the right decides no disjunction"),
        pytest.param(f"{_X} && false && {_X}", Unknown.FALSY, id="falsy goes on through &&"),
        pytest.param(f"{_X} && false || 'a'", "a", id="falsy gives way in ||"),
        pytest.param(f"({_X} || 'a') && 'b'", "b", id="truthy gives way in &&"),
        pytest.param(f"!{_X}", UNKNOWN, id="the negation of the unknown is unknown"),
        pytest.param(f"!({_X} && false)", True, id="the negation of the falsy is true"),
        pytest.param(f"{_X} == {_X}", UNKNOWN, id="the unknown may be NaN, unequal to itself"),
        pytest.param(f"({_X} || 'a') == ''", False, id="the truthy is not empty"),
        pytest.param(f"({_X} || 'a') == 0", UNKNOWN, id="the truthy text '0' equals 0"),
        pytest.param(f"({_X} && false) == 'a'", False, id="nothing falsy equals a word"),
        pytest.param(f"({_X} && false) == ''", UNKNOWN, id="NaN is falsy and not equal to ''"),
        pytest.param(f"({_X} && false).y", None, id="the falsy has no properties"),
        pytest.param(f"{_X}.*", Unknown.TRUTHY, id="a filter is an array and so truthy"),
        pytest.param("env.Name", "value", id="env keeps its case"),
        pytest.param("GitHub.Event_Name", "push", id="other contexts are looked up in lower case"),
        pytest.param("github[format('event_{0}', 'NAME')]", "push", id="a computed key is known"),
        pytest.param(f"github[{_X}]", UNKNOWN, id="a key that is not known"),
        pytest.param("inputs[0]", "zero", id="a whole number is a segment"),
        pytest.param("inputs.list[1]", UNKNOWN, id="below what was not asked for"),
        pytest.param("success()", UNKNOWN, id="a status function without an answer"),
        pytest.param("hashFiles('*')", UNKNOWN, id="hashFiles without an answer"),
    ],
)
def test_value_with_something_unknown(source: str, value: Value) -> None:
    assert _evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param(_IMAGE, PartialText(("ghcr.io/", ":refs/tags/v1")), id="format"),
        pytest.param(f"format('{{0}}{{1}}', {_X}, {_X})", HOLE, id="two holes side by side"),
        pytest.param(f"format({_X}, 'a')", HOLE, id="format with an unknown layout"),
        pytest.param("join(inputs.open, '+')", PartialText(("a+", "")), id="join"),
        pytest.param(f"join(fromJSON('[1,2]'), {_X})", PartialText(("1", "2")), id="separator"),
        pytest.param(f"join({_X})", HOLE, id="join of the unknown"),
        pytest.param(f"toJSON({_X})", HOLE, id="toJSON"),
        pytest.param("toJSON(inputs.open)", HOLE, id="toJSON of what is known in part"),
        pytest.param(f"contains({_IMAGE}, 'GHCR.io')", True, id="a fragment has it"),
        pytest.param(f"contains({_IMAGE}, 'docker')", UNKNOWN, id="a hole may have it"),
        pytest.param(f"contains('docker.io', {_IMAGE})", False, id="its fragments are not there"),
        pytest.param(f"contains({_X}, '')", UNKNOWN, id="the unknown may be an array"),
        pytest.param(f"contains('a', {_X})", UNKNOWN, id="the part may be anything"),
        pytest.param("contains(inputs.open, 'A')", True, id="an item is equal"),
        pytest.param("contains(inputs.open, 'b')", UNKNOWN, id="an unknown item may be equal"),
        pytest.param("contains(inputs.list, 'c')", False, id="no item is equal"),
        pytest.param(f"startsWith({_IMAGE}, 'ghcr.')", True, id="the prefix is known"),
        pytest.param(f"startsWith({_IMAGE}, 'ghcr.io/a')", UNKNOWN, id="longer than known"),
        pytest.param(f"startsWith({_IMAGE}, 'docker.io/a')", False, id="another prefix"),
        pytest.param(f"startsWith('ghcr', {_IMAGE})", False, id="the part is too long"),
        pytest.param(f"endsWith({_IMAGE}, '/V1')", True, id="the suffix is known"),
        pytest.param(f"endsWith({_IMAGE}, 'a:refs/tags/v1')", UNKNOWN, id="longer suffix"),
        pytest.param(f"endsWith({_IMAGE}, '2')", False, id="another suffix"),
        pytest.param(f"endsWith({_X}, 'a')", UNKNOWN, id="the end of the unknown"),
        pytest.param(f"{_IMAGE} == 'ghcr.io/a'", False, id="the end differs"),
        pytest.param(f"{_IMAGE} == 'GHCR.io/A:refs/tags/v1'", UNKNOWN, id="it could be equal"),
        pytest.param(f"{_IMAGE} != 'docker.io/a'", True, id="the start differs"),
        pytest.param(f"{_IMAGE} == env.PARTIAL", False, id="two texts whose ends differ"),
        pytest.param(f"env.PARTIAL == format('ghcr.io/{{0}}', {_X})", UNKNOWN, id="two alike"),
        pytest.param(f"format('ab{{0}}ba', {_X}) == 'aba'", False, id="the ends may not overlap"),
        pytest.param("inputs.list == inputs.list", UNKNOWN, id="the same array or its copy"),
        pytest.param("inputs.list == inputs.items.*", UNKNOWN, id="two arrays"),
        pytest.param(
            f"fromJSON('{{\"a\": 1}}')[format('{{0}}', {_X})]", UNKNOWN, id="a partial key"
        ),
        pytest.param("env.PARTIAL == 1", UNKNOWN, id="a text may be a number"),
        pytest.param("env.PARTIAL == inputs.list", False, id="a text is no array"),
        pytest.param("env.PARTIAL < 'z'", UNKNOWN, id="order is not worked out"),
        pytest.param("!env.PARTIAL", False, id="a text with a fragment is truthy"),
        pytest.param(f"!format('{{0}}', {_X})", UNKNOWN, id="a mere hole may be empty"),
        pytest.param(f"({_IMAGE}).x", None, id="a text has no properties"),
        pytest.param("inputs.items.*.name", Unknown.TRUTHY, id="a filter over an unknown item"),
        pytest.param(f"case({_X} == 1, 'a', 'b')", UNKNOWN, id="case with an open predicate"),
        pytest.param(
            f"case({_X} == 1, 'a', 'b') && false", Unknown.FALSY, id="an open case is a value"
        ),
        pytest.param("case(env.PARTIAL, 'a', 'b')", UNKNOWN, id="case with a text"),
    ],
)
def test_value_of_texts_and_arrays_with_holes(source: str, value: Value) -> None:
    assert _evaluate(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        pytest.param("format('{0}', 123456789012)", "123456789012", id="12 digits are kept"),
        pytest.param("format('{0}', 1e15)", "1E+15", id="sixteen are not, as in the runner"),
        pytest.param("format('{0}', 0.1e-5)", "1E-06", id="a small number"),
        pytest.param("format('{0}', -Infinity)", "-Infinity", id="infinity"),
        pytest.param("format('{0}', NaN)", "NaN", id="not a number"),
        pytest.param("'a''b''c'", "a'b'c", id="every doubled quote is one"),
        pytest.param("'straße' == 'STRASSE'", False, id="one letter for one"),
        pytest.param("'\u0131' == 'I'", False, id="the dotless i is a letter of its own"),
        pytest.param("toJSON(fromJSON('[1, 2.5]'))", "[\n  1,\n  2.5\n]", id="indented JSON"),
        pytest.param("toJSON(NaN)", HOLE, id="NaN has no JSON that all agree on"),
        pytest.param('fromJSON(\'{"a": 1, "A": 2}\')', UNKNOWN, id="two names alike"),
        pytest.param("fromJSON('NaN')", UNKNOWN, id="NaN is no JSON"),
        pytest.param("format('{0 }', 1)", UNKNOWN, id="a placeholder with a space"),
        pytest.param("'' == fromJSON('x') || true", UNKNOWN, id="a failure is the whole's"),
    ],
)
def test_value_where_the_runner_decides(source: str, value: Value) -> None:
    assert _evaluate(source) == value


def test_functions_of_the_run_are_asked_for() -> None:
    asked: list[tuple[str, tuple[Value, ...]]] = []

    def calls(name: str, args: tuple[Value, ...]) -> Value:
        asked.append((name, args))
        return name == "always"

    assert evaluate(parse("!failure() && Always()"), _lookup, calls) is True
    assert asked == [("failure", ()), ("always", ())]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        pytest.param("", "", id="an empty scalar"),
        pytest.param("plain", "plain", id="no expression"),
        pytest.param("${{ 1 }}", 1.0, id="a lone expression keeps its type"),
        pytest.param("v${{ 1 }}", "v1", id="text beside it makes a text"),
        pytest.param("ghcr.io/${{ env.X }}", PartialText(("ghcr.io/", "")), id="a hole"),
        pytest.param("${{ env.X }}${{ env.Y }}", HOLE, id="two holes are one"),
        pytest.param("a${{ env. }}b", PartialText(("a", "b")), id="a wrong expression"),
        pytest.param("a${{ env.X", PartialText(("a", "")), id="one that is not closed"),
    ],
)
def test_template(scalar: str, value: Value) -> None:
    assert template(pieces(scalar), _lookup) == value


def test_mixed_condition_is_always_true() -> None:
    assert truth(evaluate(condition("${{ false }} && x"), _lookup)) is True


_DOUBLED = "'0123456789'"
for _ in range(40):
    _DOUBLED = f"format('{{0}}{{0}}', {_DOUBLED})"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(_DOUBLED, id="a text that doubles forty times"),
        pytest.param(
            " || ".join(["contains(fromJSON(env.LONG), 1)"] * 600), id="a long array, often"
        ),
        pytest.param("fromJSON(env.DEEP)", id="deep JSON"),
        pytest.param("join(fromJSON(env.LONG), env.LONG)", id="a long separator, often"),
        pytest.param("format(env.HOLES, env.LONG)", id="a long argument, often"),
    ],
)
def test_hostile_expressions_end_soon_and_unknown(source: str) -> None:
    texts = {
        "LONG": "[" + "0," * 20_000 + "0]",
        "DEEP": "[" * 60_000 + "]" * 60_000,
        "HOLES": "{0}" * 20_000,
    }
    begun = time.process_time()
    value = evaluate(parse(source), lambda path: texts[path[1]])
    assert value is UNKNOWN
    assert time.process_time() - begun < 2


def test_template_of_hostile_length_is_a_hole() -> None:
    assert template(pieces("${{ env.A }}" * 3), lambda _: "a" * MAX_TEXT) == HOLE


# Soundness: an expression is evaluated with all leaves known, and with some of them blurred. The
# blurred value must cover the known one.

_WORDS = st.sampled_from(["", "a", "A", "ab", "ba", "aab", "1", " 1", "0", "true", "x-a", "é"])
_KEYS = ("k", "l", "0")
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.sampled_from([0.0, 1.0, -1.5, math.nan, math.inf]), _WORDS
)
_VALUES: st.SearchStrategy[Value] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: Array(tuple(items))),
        st.dictionaries(st.sampled_from(_KEYS), inner, max_size=2).map(
            lambda entries: Object(tuple(entries.items()))
        ),
    ),
    max_leaves=4,
)
_LEAVES = ("a", "b", "c", "d")


@st.composite
def _blurred(draw: st.DrawFn, value: Value) -> Value:
    """Give a value, perhaps with holes, that stands for the given one among others."""
    match draw(st.sampled_from(["same", "same", "any", "truth", "part", "part"])):
        case "any":
            return UNKNOWN
        case "truth":
            return Unknown.TRUTHY if truth(value) else Unknown.FALSY
        case "same":
            return value
    if isinstance(value, str):
        cuts = sorted(draw(st.lists(st.integers(0, len(value)), min_size=2, max_size=4)))
        fragments = [value[: cuts[0]], value[cuts[-1] :]]
        if len(cuts) == 4:
            fragments.insert(1, value[cuts[1] : cuts[2]])
        return PartialText(tuple(fragments))
    if isinstance(value, Array):
        return Array(tuple(draw(_blurred(item)) for item in value.items))
    if isinstance(value, Object):
        return Object(tuple((name, draw(_blurred(entry))) for name, entry in value.entries))
    return value


def _quoted(word: str) -> str:
    return f"'{word}'"


_LEAF = st.one_of(
    st.sampled_from([f"github.{name}" for name in _LEAVES]),
    st.sampled_from([f"github.{name}" for name in _LEAVES]),
    _WORDS.map(_quoted),
    st.sampled_from(["0", "1", "NaN", "null", "true", "false"]),
)
_LAYOUTS = (
    *("!{}", "({})[{}]", "({}).k", "({}).*", "({}).*.l", "github[{}]"),
    *("({} && {})", "({} || {})", "({} && {} || {})", "({} || {} && {} || {})"),
    *("({} == {})", "({} != {})", "({} < {})", "({} <= {})", "({} > {})", "({} >= {})"),
    *("contains({}, {})", "startsWith({}, {})", "endsWith({}, {})"),
    *("join({})", "join({}, {})", "toJSON({})", "fromJSON({})", "fromJSON(toJSON({}))"),
    *("format({}, {})", "format('a{{0}}b{{1}}', {}, {})", "format('{{0}}{{1}}', {}, {})"),
    "case({} == {}, {}, {})",
)


@st.composite
def _sources(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(_LEAF)
    layout = draw(st.sampled_from(_LAYOUTS))
    parts = [draw(_sources(depth - 1)) for _ in range(layout.count("{}"))]
    return layout.format(*parts)


def _below(leaves: Mapping[str, Value]) -> Callable[[tuple[str, ...]], Value]:
    context: Value = Object(tuple(leaves.items()))

    def lookup(path: tuple[str, ...]) -> Value:
        keys: tuple[Value, ...] = path[1:]
        return reduce(member, keys, context)

    return lookup


def _covers(blurred: Value, known: Value) -> bool:
    match blurred:
        case Unknown():
            return blurred is UNKNOWN or truth(known) is (blurred is Unknown.TRUTHY)
        case PartialText(fragments=fragments):
            return isinstance(known, str) and _fills(fragments, known)
        case Array(items=items):
            return (
                isinstance(known, Array)
                and len(items) == len(known.items)
                and all(map(_covers, items, known.items))
            )
        case Object(entries=entries):
            return isinstance(known, Object) and all(
                one[0] == other[0] and _covers(one[1], other[1])
                for one, other in zip(entries, known.entries, strict=True)
            )
        case float():
            return isinstance(known, float) and repr(blurred) == repr(known)
    return type(blurred) is type(known) and blurred == known


def _fills(fragments: tuple[str, ...], known: str) -> bool:
    """Whether the fragments stand in a text, by trying: `values` is not to judge itself."""
    if len(fragments) == 1:
        return known == fragments[0]
    if not known.startswith(fragments[0]):
        return False
    rest = known[len(fragments[0]) :]
    return any(_fills(fragments[1:], rest[at:]) for at in range(len(rest) + 1))


def _is_known(value: Value) -> bool:
    match value:
        case Array(items=items):
            return all(map(_is_known, items))
        case Object(entries=entries):
            return all(_is_known(entry) for _, entry in entries)
    return not isinstance(value, (Unknown, PartialText))


def _check_sound(source: str, known: Mapping[str, Value], blurred: Mapping[str, Value]) -> None:
    expr = parse(source)
    exact = evaluate(expr, _below(known))
    vague = evaluate(expr, _below(blurred))
    # Where GitHub fails, or asks whether two arrays are the same, there is no value to cover.
    if _is_known(exact):
        assert _covers(vague, exact)
    assert truth(vague) is None or truth(exact) is not (not truth(vague))


@settings(max_examples=500, deadline=None)
@given(source=_sources(), data=st.data())
def test_what_is_said_with_holes_holds_for_every_filling(source: str, data: st.DataObject) -> None:
    known = {name: data.draw(_VALUES, label=name) for name in _LEAVES}
    blurred = {name: data.draw(_blurred(value)) for name, value in known.items()}
    _check_sound(source, known, blurred)


@settings(max_examples=500, deadline=None)
@given(
    function=st.sampled_from(["contains({}, {})", "startsWith({}, {})", "endsWith({}, {})",
                              "{} == {}", "{} != {}", "{} < {}", "{} >= {}"]),
    words=st.tuples(_WORDS, _WORDS),
    data=st.data(),
)  # fmt: skip
def test_texts_with_holes_are_compared_soundly(
    function: str, words: tuple[str, str], data: st.DataObject
) -> None:
    known: dict[str, Value] = dict(zip("ab", words, strict=True))
    blurred = {name: data.draw(_blurred(value)) for name, value in known.items()}
    _check_sound(function.format("github.a", "github.b"), known, blurred)
