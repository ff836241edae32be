"""Our parser and evaluator against the package `@actions/expressions`, which GitHub publishes.

Left out are contexts that are unknown, which `parse` leaves to its caller, and what the package
does otherwise than the runner: a comma before `)`, more than one `''` in a string, `0b1` and `0X1`,
numbers of more than 15 digits, `format` with `{0 }`, `toJSON` of NaN.
"""

import json
import math
import random
import re
import subprocess
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from bot.workflow import evaluate, expression
from bot.workflow.values import member
from tests.oracles import support

_CONTEXTS: dict[str, Any] = {
    "github": {
        "event_name": "push",
        "ref": "refs/tags/v1.2",
        "Actor": "Octo-Cat",
        "run_number": "17",
        "attempt": 2,
        "event": {
            "forced": False,
            "nothing": None,
            "commits": [{"id": "a", "n": 1}, {"id": "B"}, {"n": 3}],
            "labels": {"one": {"name": "bug"}, "two": {"name": "Feature"}},
            "nested": [["x", "y"], ["z"]],
        },
    },
    "env": {"EMPTY": "", "ZERO": "0", "BLANK": "  ", "with-dash": "d", "JSON": '{"k":[1,"2"]}'},
    "matrix": {"os": ["ubuntu", "macos", 3, None], "number": 1.5},
}

_TRICKY = (
    *Path(__file__).with_name("expressions.txt").read_text("utf-8").splitlines(),
    *("", " ", "true && ", "\n1\t==\r\n1 "),
    *("!" * 50 + "true", "!" * 60 + "true", "github" + ".a" * 60, "1" + " && 1" * 200),
    *("(" * 49 + "1" + ")" * 49, "(" * 60 + "1" + ")" * 60),
    *("'" + "a" * 20_998 + "'", "'" + "a" * 20_999 + "'"),
)

_SCALARS = (
    *("0", "1", "-2.5", "17", "true", "false", "null", "NaN", "''", "'a'", "'A'", "'1'", "' 2 '"),
    *("'push'", "'it''s'", "'é'", "'É'", "'v1.2'", "github.event_name", "github.ref"),
    *("github['actor']", "github.event.forced", "github.event.missing", "github.run_number"),
    *("github.attempt", "env.EMPTY", "env.BLANK", "matrix.number", "matrix.os[0]", "success()"),
    *("github.event.commits[1].id", "cancelled()", "fromJSON('2')", "toJSON('x')"),
)
_FINITE = tuple(scalar for scalar in _SCALARS if scalar != "NaN")
_COLLECTIONS = (
    *("matrix.os", "github.event.commits.*.id", "github.event.labels.*.name", "github.event"),
    *("fromJSON('[1,\"a\",null]')", "fromJSON('{\"a\": 1}')", "github.event.nested.*.*"),
)
_OTHERWISE = re.compile(r"''''|\{[0-9][^}]|,\s*\)")
_BROKEN = ("&", "..", "'", ")", "(", "#", "=", " x", ",,", "$", "1a", "@", "[")


def _scalar(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(_SCALARS)

    def deeper() -> str:
        return _scalar(rng, rng.randrange(depth))

    def either() -> str:
        return rng.choice(_COLLECTIONS) if rng.random() < 0.3 else deeper()

    pad = rng.choice(("", " "))
    return rng.choice(
        (
            lambda: f"!{either()}",
            lambda: f"({deeper()})",
            lambda: f"{deeper()}{pad}{rng.choice(('&&', '||'))}{pad}{deeper()}",
            lambda: f"{deeper()} {rng.choice(('&&', '||'))} {deeper()} || {deeper()}",
            lambda: f"{deeper()}{pad}{rng.choice(('==', '!=', '<', '<=', '>', '>='))} {deeper()}",
            lambda: f"{rng.choice(('contains', 'CONTAINS'))}({either()}, {deeper()})",
            lambda: f"startsWith({either()}, {deeper()})",
            lambda: f"endsWith({deeper()},{either()})",
            lambda: f"format('{{0}}-{{1}}', {either()}, {deeper()})",
            lambda: f"join({either()}, {deeper()})",
            lambda: f"case({deeper()} == {deeper()}, {deeper()}, {deeper()})",
            lambda: f"fromJSON(toJSON({rng.choice(_FINITE)}))",
            lambda: f"github[{deeper()}] == 1",
            lambda: f"matrix.os[{deeper()}]",
        )
    )()


def _generated() -> list[str]:
    rng = random.Random(20_250_101)  # noqa: S311 - the same texts in every run
    texts = [_scalar(rng, rng.randrange(1, 6)) for _ in range(4000)]
    for text in texts[:1000]:
        at = rng.randrange(len(text) + 1)
        texts.append(text[:at] + rng.choice(_BROKEN) + text[at:])
        texts.append(text[:at] + text[at + 1 :])
    return [text for text in texts if not _OTHERWISE.search(text)]


def _known(data: Any) -> evaluate.Value:
    if isinstance(data, dict):
        return evaluate.Object(tuple((name, _known(each)) for name, each in data.items()))
    if isinstance(data, list):
        return evaluate.Array(tuple(map(_known, data)))
    return float(data) if isinstance(data, int) and not isinstance(data, bool) else data


def _lookup(path: tuple[str, ...]) -> evaluate.Value:
    keys: tuple[evaluate.Value, ...] = path
    return reduce(member, keys, _known(_CONTEXTS))


def _calls(name: str, _args: tuple[evaluate.Value, ...]) -> evaluate.Value:
    return {"success": True, "always": True}.get(name, False)


def _value(value: evaluate.Value) -> list[Any]:
    match value:
        case None:
            return ["null"]
        case bool():
            return ["boolean", value]
        case str():
            return ["string", value]
        case float():
            return ["number", value]
        case evaluate.Array(items=items):
            return ["array", [_value(item) for item in items]]
        case evaluate.Object(entries=entries):
            return ["object", [[name, _value(each)] for name, each in entries]]
    return ["not known"]


def _tree(expr: expression.Expr | expression.Star) -> list[Any]:
    match expr:
        case expression.Literal(value=value):
            return ["literal", _value(value)]
        case expression.Context(name=name):
            return ["context", name]
        case expression.Star():
            return ["star"]
        case expression.Index(target=target, key=key):
            return ["index", _tree(target), _tree(key)]
        case expression.Call(name=name, args=args):
            return ["call", name, [_tree(arg) for arg in args]]
        case expression.Not(operand=operand):
            return ["not", _tree(operand)]
        case expression.Binary(op=op, left=left, right=right):
            return ["binary", op, _tree(left), _tree(right)]
        case expression.Logical(op=op, terms=terms):
            return ["logical", op, [_tree(term) for term in terms]]


def _ours(text: str) -> dict[str, Any]:
    try:
        expr = expression.parse(text)
    except expression.ExpressionError:
        return {"error": True}
    found = _value(evaluate.evaluate(expr, _lookup, _calls))
    return {"tree": _tree(expr), "value": found}


def _theirs(answer: dict[str, Any]) -> dict[str, Any]:
    if "error" in answer:
        return {"error": True}
    return {"tree": answer["tree"], "value": answer.get("value", ["not known"])}


def _plain(shape: Any) -> Any:
    """Numbers as texts that are the same for the same number, NaN too."""
    if isinstance(shape, dict):
        return {name: _plain(each) for name, each in shape.items()}
    if isinstance(shape, list) and shape and shape[0] == "number":
        read = float(shape[1])
        return ["number", "NaN" if math.isnan(read) else repr(read + 0.0)]
    return [_plain(each) for each in shape] if isinstance(shape, list) else shape


@pytest.mark.parametrize(
    "texts", [_TRICKY, _generated()], ids=["cases known to be tricky", "generated expressions"]
)
def test_the_package_reads_and_evaluates_alike(texts: tuple[str, ...]) -> None:
    package = support.package("expressions")
    request = {"contexts": _CONTEXTS, "names": list(_CONTEXTS), "texts": texts}
    run = subprocess.run(
        ["node", str(Path(__file__).with_name("expressions.mjs")), str(package)],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    answers = json.loads(run.stdout)
    different = [
        (text[:200], ours, theirs)
        for text, answer in zip(texts, answers, strict=True)
        if (ours := _plain(_ours(text))) != (theirs := _plain(_theirs(answer)))
        and not (theirs == {"error": True} and "unrecognized named" in answer["error"].lower())
    ]
    assert different == []
