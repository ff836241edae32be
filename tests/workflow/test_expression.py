"""Expressions in text: what is accepted, where it stands, what it reads."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflow.expression import (
    Binary,
    Call,
    Context,
    Embedded,
    Expr,
    ExpressionError,
    Index,
    Literal,
    Logical,
    Not,
    Star,
    condition,
    names_status,
    parse,
    pieces,
    reads,
    walk,
)


def _literal(value: bool | float | str | None) -> Literal:
    return Literal(value, start=0, end=0)


def _context(name: str) -> Context:
    return Context(name, start=0, end=0)


def _index(target: Expr, *keys: str | Star) -> Expr:
    for key in keys:
        step = key if isinstance(key, Star) else _literal(key)
        target = Index(target, step, start=0, end=0)
    return target


def _call(name: str, *args: Expr) -> Call:
    return Call(name, args, start=0, end=0)


_STAR = Star(start=0, end=0)
_A, _B, _C = (_context(name) for name in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("github.ref", _index(_context("github"), "ref"), id="a property"),
        pytest.param("github['ref']", _index(_context("github"), "ref"), id="an index, the same"),
        pytest.param("GitHub.Ref", _index(_context("github"), "Ref"), id="the key as written"),
        pytest.param("a.*.b[*]", _index(_A, _STAR, "b", _STAR), id="stars"),
        pytest.param("a.true", _index(_A, "true"), id="a keyword behind a dot is a name"),
        pytest.param("env.a-b", _index(_context("env"), "a-b"), id="a name with a hyphen"),
        pytest.param("'it''s '' ok'", _literal("it's ' ok"), id="doubled quotes"),
        pytest.param(".5", _literal(0.5), id="a number that begins with a dot"),
        pytest.param("-.5", _literal(-0.5), id="a negative one"),
        pytest.param("ToJSON ( a )", _call("tojson", _A), id="a function in any case"),
        pytest.param(
            "a || b && c || a",
            Logical(
                "||", (_A, Logical("&&", (_B, _C), start=0, end=0), _A), start=0, end=0
            ),
            id="&& binds before ||, and a chain is one node",
        ),
        pytest.param(
            "!a == b < c",
            Binary(
                "==",
                Not(_A, start=0, end=0),
                Binary("<", _B, _C, start=0, end=0),
                start=0,
                end=0,
            ),
            id="! binds before < before ==",
        ),
        pytest.param(
            "(a || b).c",
            _index(Logical("||", (_A, _B), start=0, end=0), "c"),
            id="a property of a group",
        ),
    ],
)  # fmt: skip
def test_tree(text: str, tree: Expr) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        pytest.param("", "unexpected end", 0, id="nothing"),
        pytest.param("a &&", "unexpected end", 4, id="an operator at the end"),
        pytest.param("a b", "unexpected symbol", 2, id="two operands"),
        pytest.param("a = b", "unexpected symbol", 2, id="a single ="),
        pytest.param("  a # b", "unexpected symbol", 4, id="a comment"),
        pytest.param("'a", "unexpected symbol", 0, id="an open string"),
        pytest.param('a == "b"', "unexpected symbol", 5, id="double quotes"),
        pytest.param("1.2.3", "unexpected symbol", 0, id="no number"),
        pytest.param("'a'.b", "unexpected symbol", 3, id="a property of a literal"),
        pytest.param("a.1", "unexpected symbol", 2, id="a number behind a dot"),
        pytest.param("contains(a, b,)", "unexpected symbol", 14, id="a comma too many"),
        pytest.param("a + b", "unexpected symbol", 2, id="no such operator"),
        pytest.param("a || nope(1)", "unrecognized function", 5, id="no such function"),
        pytest.param("a || contains(a)", "wrong number", 5, id="too few arguments"),
        pytest.param("case(true, 1, false, 2)", "wrong number", 0, id="a case without default"),
        pytest.param("(" * 51 + "a" + ")" * 51, "deeper", 51, id="too many groups"),
        pytest.param("!" * 51 + "a", "deeper", 51, id="too many negations"),
        pytest.param("a" + ".b" * 50, "deeper", 0, id="too many properties"),
        pytest.param("1" + "==1" * 50, "deeper", 0, id="too long a chain of comparisons"),
        pytest.param("'" + "a" * 20_999 + "'", "longer", 0, id="too long a text"),
    ],
)
def test_refusal_says_what_and_where(text: str, message: str, position: int) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text, offset=7)
    assert refused.value.message.startswith(message)
    assert refused.value.position == position + 7


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * 50 + "a" + ")" * 50, id="fifty groups"),
        pytest.param("a" + ".b" * 49, id="a tree of fifty levels"),
        pytest.param("a" + " || a" * 4000, id="a long disjunction"),
        pytest.param("'" + "a" * 20_998 + "'", id="the longest text"),
    ],
)
def test_limits_are_those_of_github(text: str) -> None:
    assert list(walk(parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("'" + "''" * 10_000, id="quotes"),
        pytest.param("(" * 20_000, id="groups"),
        pytest.param("!" * 20_000, id="negations"),
        pytest.param("a[" * 10_000, id="indexes"),
        pytest.param("1 == " * 4_000 + "1", id="comparisons"),
        pytest.param("a || b && c == d < (" * 1_000, id="every level of precedence"),
        pytest.param(" " * 20_000 + "#", id="white space"),
    ],
)
def test_hostile_text_is_refused_soon(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(ExpressionError):
        parse(text)
    assert time.process_time() - begun < 1


def test_positions_are_those_of_the_source() -> None:
    text = "  !(a.b || 'c') && format( '{0}', d [ 1 ] ) == e.*"
    found = {text[node.start - 10 : node.end - 10] for node in walk(parse(text, offset=10))}
    assert found == {
        "!(a.b || 'c') && format( '{0}', d [ 1 ] ) == e.*",
        "!(a.b || 'c')",
        "a.b || 'c'",
        "a.b",
        "a",
        "b",
        "'c'",
        "format( '{0}', d [ 1 ] ) == e.*",
        "format( '{0}', d [ 1 ] )",
        "'{0}'",
        "d [ 1 ]",
        "d",
        "1",
        "e.*",
        "e",
    }


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("plain }} $ {{", ["plain }} $ {{"], id="no expression"),
        pytest.param("${{ a }}", [(0, 8, "a")], id="an expression alone"),
        pytest.param("x-${{ a }}-y", ["x-", (2, 10, "a"), "-y"], id="text around it"),
        pytest.param("${{a}}${{b}}", [(0, 6, "a"), (6, 12, "b")], id="two in a row"),
        pytest.param(
            "${{ 'it''s }}' }}z", [(0, 17, "'it''s }}'"), "z"], id="braces inside a string"
        ),
        pytest.param("${{ a }}}", [(0, 8, "a"), "}"], id="a third brace is text"),
        pytest.param("x${{ a }", ["x", (1, 8, "a }")], id="one that is not closed"),
        pytest.param("${{ 'a }} b", [(0, 11, "'a }} b")], id="a string that is not closed"),
        pytest.param("${{ }}", [(0, 6, "")], id="an empty one"),
    ],
)
def test_pieces(text: str, sources: list[str | tuple[int, int, str]]) -> None:
    found = [
        piece if isinstance(piece, str) else (piece.start, piece.end, piece.source)
        for piece in pieces(text)
    ]
    assert found == sources


@given(st.lists(st.sampled_from(["${{", "}}", "'", "}", " a ", "x\n"])).map("".join))
def test_pieces_cover_the_text(text: str) -> None:
    spelled = [
        piece if isinstance(piece, str) else text[piece.start : piece.end] for piece in pieces(text)
    ]
    assert "".join(spelled) == text


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("x${{ a b }}", 7, id="bad syntax: at the symbol"),
        pytest.param("x${{ a", 1, id="not closed: where it begins"),
        pytest.param("x${{ }}", 5, id="empty: where something should stand"),
    ],
)
def test_a_refused_piece_says_where(text: str, position: int) -> None:
    piece = pieces(text)[1]
    assert isinstance(piece, Embedded)
    assert piece.expr is None
    assert piece.error is not None
    assert piece.error.position == position


def test_positions_in_pieces_are_those_of_the_text() -> None:
    text = "x${{  a.b }}"
    piece = pieces(text)[1]
    assert isinstance(piece, Embedded)
    assert piece.expr is not None
    assert text[piece.expr.start : piece.expr.end] == "a.b"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        pytest.param("a", _A, id="without braces"),
        pytest.param(" a\n", _A, id="white space around it"),
        pytest.param("${{ a }}", _A, id="braces around the whole"),
        pytest.param("", _call("success"), id="nothing"),
        pytest.param("  ", _call("success"), id="blank"),
        pytest.param(
            "${{ a }} && 'b{'",
            _call("format", _literal("{0} && 'b{{'"), _A),
            id="braces around a part: a text",
        ),
        pytest.param("${{ a }}\n", _call("format", _literal("{0}\n"), _A), id="a line end too"),
        pytest.param(
            "!${{ a }}${{ b }}", _call("format", _literal("!{0}{1}"), _A, _B), id="two parts"
        ),
        pytest.param("${{ 'false' }}", _literal(False), id="a lone string is unwrapped"),
        pytest.param("${{ '' }}", _call("success"), id="an empty lone string"),
        pytest.param("${{ ('false') }}", _literal("false"), id="a string in a group is not"),
        pytest.param("'false'", _literal("false"), id="nor one without braces"),
    ],
)
def test_condition(text: str, meaning: Expr) -> None:
    assert condition(text) == meaning


@pytest.mark.parametrize("text", ["a &", "${{ a & }}", "${{ a } && b", "x ${{ }}"])
def test_condition_that_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        condition(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("always()", True, id="alone"),
        pytest.param("!CANCELLED() && a", True, id="in a term, in any case"),
        pytest.param("contains(format('{0}', failure()), 't')", True, id="deep inside"),
        pytest.param("${{ success() }} x", True, id="in a template"),
        pytest.param("", True, id="nothing is success()"),
        pytest.param("a == 'always()'", False, id="in a string"),
        pytest.param("a.always", False, id="as a property"),
        pytest.param("hashFiles('x')", False, id="another function"),
    ],
)
def test_condition_names_a_status_function(text: str, named: bool) -> None:
    assert names_status(condition(text)) is named


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("secrets.GITHUB_TOKEN", {("secrets", "github_token")}, id="in lower case"),
        pytest.param("env.My-Name", {("env", "My-Name")}, id="env as it is"),
        pytest.param(
            "github['event'].issue.number", {("github", "event", "issue", "number")}, id="deep"
        ),
        pytest.param("toJSON(secrets)", {("secrets", "*")}, id="a context as a whole"),
        pytest.param(
            "secrets[format('{0}', matrix.x)]",
            {("secrets", "*"), ("matrix", "x")},
            id="a computed key, and what it reads",
        ),
        pytest.param(
            "a.labels.*.name", {("a", "labels", "*", "name")}, id="a star and what is behind it"
        ),
        pytest.param("a.b[0].c", {("a", "b", "0", "c")}, id="a number"),
        pytest.param("a[1.5].b[true]", {("a", "*", "b", "*")}, id="a key that is no name"),
        pytest.param(
            "fromJSON(needs.a.outputs.b).c[github.ref]",
            {("needs", "a", "outputs", "b"), ("github", "ref")},
            id="what a function is given",
        ),
        pytest.param("!a.x && (b.y || c.z == 'd')", {("a", "x"), ("b", "y"), ("c", "z")}, id="all"),
        pytest.param("'a.b' == success()", set(), id="nothing"),
    ],
)
def test_reads(text: str, paths: set[tuple[str, ...]]) -> None:
    assert reads(parse(text)) == paths
