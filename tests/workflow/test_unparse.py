"""Trees written out: as short as GitHub's grammar lets them be, and the same tree again."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.workflow.expression import (
    Binary,
    Call,
    Context,
    Expr,
    Index,
    Literal,
    Logical,
    Not,
    Star,
    parse,
)
from bot.workflow.unparse import unparse


@pytest.mark.parametrize(
    ("source", "written"),
    [
        pytest.param("'it''s'", "'it''s'", id="a quote is doubled"),
        pytest.param("a['b'].c['d-e']", "a.b.c.d-e", id="a key that is a name"),
        pytest.param("a['b c'][0]['']", "a['b c'][0]['']", id="a key that is none"),
        pytest.param("a[*].b.*", "a.*.b.*", id="stars"),
        pytest.param("a['*']", "a['*']", id="a key of that letter"),
        pytest.param("a[b.c || 'd']", "a[b.c || 'd']", id="a computed key"),
        pytest.param("((a)) && (b)", "a && b", id="parentheses too many"),
        pytest.param("(a || b) && c", "(a || b) && c", id="|| in &&"),
        pytest.param("a || (b && c)", "a || b && c", id="&& in ||"),
        pytest.param("a && (b && c)", "a && (b && c)", id="a chain in a chain"),
        pytest.param("(a == b) == c", "a == b == c", id="comparisons from the left"),
        pytest.param("a == (b == c)", "a == (b == c)", id="comparisons from the right"),
        pytest.param("(a < b) == c", "a < b == c", id="the order binds first"),
        pytest.param("(a == b) < c", "(a == b) < c", id="and not the other way"),
        pytest.param("!(a == b)", "!(a == b)", id="a negated comparison"),
        pytest.param("(!a) == b", "!a == b", id="a compared negation"),
        pytest.param("! ! a", "!!a", id="negated twice"),
        pytest.param("(!a).b", "(!a).b", id="a property of a negation"),
        pytest.param("('a').b", "('a').b", id="a property of a text"),
        pytest.param("(fromJSON(a)).b", "fromJSON(a).b", id="a property of a call"),
        pytest.param(
            "STARTSWITH(a,b) || hashfiles('c') || Format('{0}',tojson(d)) || endswith(e,f)",
            "startsWith(a, b) || hashFiles('c') || format('{0}', toJSON(d)) || endsWith(e, f)",
            id="functions as they are documented",
        ),
        pytest.param("GitHub.Ref", "github.Ref", id="a context in lower case, a key as it is"),
        pytest.param("0x1F == 1.50", "31 == 1.5", id="numbers"),
    ],
)
def test_source(source: str, written: str) -> None:
    assert unparse(parse(source)) == written


_NAMES = st.sampled_from(["github", "env", "a", "nan", "x-1", "_y", "success"])
_TEXTS = st.one_of(st.sampled_from(["b", "true", "it's", "''", "", "a b", "*", "{0}"]), st.text())
_NUMBERS = st.one_of(
    st.floats(allow_nan=False), st.sampled_from([0.0, -1.0, 31.0, 1e21, math.inf, -math.inf])
)
_LITERALS = st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS).map(
    lambda value: Literal(value, start=0, end=0)
)
_CONTEXTS = _NAMES.map(lambda name: Context(name, start=0, end=0))
_FUNCTIONS = [("success", 0), ("fromjson", 1), ("join", 1), ("contains", 2), ("case", 3)]


def _larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    keys = st.one_of(inner, _LITERALS, st.just(Star(start=0, end=0)))
    calls = st.sampled_from(_FUNCTIONS).flatmap(
        lambda one: st.lists(inner, min_size=one[1], max_size=one[1]).map(
            lambda args: Call(one[0], tuple(args), start=0, end=0)
        )
    )
    return st.one_of(
        st.builds(lambda target, key: Index(target, key, start=0, end=0), inner, keys),
        calls,
        inner.map(lambda operand: Not(operand, start=0, end=0)),
        st.builds(
            lambda op, left, right: Binary(op, left, right, start=0, end=0),
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            inner,
            inner,
        ),
        st.builds(
            lambda op, terms: Logical(op, tuple(terms), start=0, end=0),
            st.sampled_from(["&&", "||"]),
            st.lists(inner, min_size=2, max_size=3),
        ),
    )


@settings(max_examples=500, deadline=None)
@given(tree=st.recursive(st.one_of(_LITERALS, _CONTEXTS), _larger, max_leaves=12))
def test_what_is_written_is_read_as_the_same_tree(tree: Expr) -> None:
    # Python holds `True` and `1` equal, GitHub does not.
    assert repr(_bare(parse(unparse(tree)))) == repr(_bare(tree))


def _bare(tree: Expr | Star) -> object:
    """The tree without positions."""
    match tree:
        case Star():
            return "*"
        case Literal(value=value):
            return value
        case Context(name=name):
            return ("context", name)
        case Index(target=target, key=key):
            return ("index", _bare(target), _bare(key))
        case Call(name=name, args=args):
            return (name, *map(_bare, args))
        case Not(operand=operand):
            return ("!", _bare(operand))
        case Binary(op=op, left=left, right=right):
            return (op, _bare(left), _bare(right))
        case Logical(op=op, terms=terms):
            return (op, *map(_bare, terms))
