"""Conditions of late steps, as far as an early step can know them."""

from dataclasses import replace

import pytest

from bot.hole import HOLE
from bot.workflow.early import Early, Place, Term, early
from bot.workflow.expression import condition, parse
from bot.workflow.scope import ANY_TOKEN, PULL_REQUEST, Bound, Outputs, Scope

_SAME, _OTHER = Place.SAME_JOB, Place.OTHER_JOB
_FILE = Scope(inputs=None)
_ENV = (
    _FILE.with_env({"TOP": "${{ github.ref == 'refs/heads/main' }}", "WORD": "yes"})
    .with_env({"JOB": "${{ env.TOP }}", "NUMBER": "1"})
    .with_env({"TEXT": "v${{ vars.MAJOR }}-${{ env.WORD }}", "BROKEN": "${{ vars. }}"})
    .with_env({"OPEN": "a ${{ vars.MAJOR", "HAS": "${{ secrets.PAT != '' }}"})
)
_WRITTEN = replace(_ENV, env={**_ENV.env, "WORD": Bound(carries=ANY_TOKEN)})
_FORK = "github.event.pull_request.head.repo.full_name == github.repository"
_SAME_OWNER = "github.event.pull_request.head.user == github.event.pull_request.base.user"
_TAG = "startsWith(github.ref, 'refs/tags/')"
_PUSHES = (
    "inputs.push == 'true' || contains(inputs.outputs, 'push=true')"
    " || contains(inputs.outputs, 'type=registry')"
)


def _action(scope: Scope = _FILE, **inputs: str) -> Scope:
    return Scope(inputs={name: Bound(text, scope) for name, text in inputs.items()})


def _chosen(one: str, other: str) -> Scope:
    return _FILE.with_env({"X": f"${{{{ github.ref_type == 'tag' && {one} || {other} }}}}"})


_STEPS = replace(_FILE, steps={"a": Outputs({"tag": Bound("${{ github.ref_name }}", _FILE)})})
_ANY = (None,)

# condition, scope, place, events, the early condition, what was dropped
_Row = tuple[str, Scope, Place, tuple[str | None, ...], str, tuple[str, ...]]
_ROWS: dict[str, _Row] = {
    # What a run knows from its start
    "tag pushes": (_TAG, _FILE, _OTHER, ("push",), _TAG, ()),
    "expression marks and line ends": ("${{\n  vars.A\n}}", _FILE, _OTHER, _ANY, "vars.A", ()),
    "branch pushes": (
        "github.ref == 'refs/heads/main' && github.event_name == 'push'",
        *(_FILE, _OTHER, ("push", "pull_request")),
        *("github.ref == 'refs/heads/main' && github.event_name == 'push'", ()),
    ),
    "pull requests of the same repository": (_FORK, _FILE, _OTHER, ("pull_request",), _FORK, ()),
    "no pull request or none of a fork": (
        f"github.event_name != 'pull_request' || {_FORK}",
        *(_FILE, _OTHER, ("push", "pull_request")),
        *(f"github.event_name != 'pull_request' || {_FORK}", ()),
    ),
    "the owner": (
        "github.repository_owner == 'octo'",
        *(_FILE, _OTHER, _ANY, "github.repository_owner == 'octo'", ()),
    ),
    "an input of a manual run": (
        *("inputs.publish", _FILE, _OTHER, ("workflow_dispatch",)),
        *("inputs.publish", ()),
    ),
    "an input of the event": (
        *("github.event.inputs.publish == 'true'", _FILE, _OTHER, ("push", "workflow_dispatch")),
        *("github.event.inputs.publish == 'true'", ()),
    ),
    "an input of the event, in an action": (
        *("github.event.inputs.publish == 'true'", _action(publish="no"), _OTHER, _ANY),
        *("github.event.inputs.publish == 'true'", ()),
    ),
    "an input of a call": (
        *("inputs.publish == true", replace(_FILE, called=True), _OTHER, ("push",)),
        *("inputs.publish == true", ()),
    ),
    "how another workflow ended": (
        "github.event.workflow_run.conclusion == 'success'",
        *(_FILE, _OTHER, ("workflow_run",)),
        *("github.event.workflow_run.conclusion == 'success'", ()),
    ),
    "labels": (
        "contains(github.event.pull_request.labels.*.name, 'go')",
        *(_FILE, _OTHER, ("pull_request",)),
        *("contains(github.event.pull_request.labels.*.name, 'go')", ()),
    ),
    "a list that is written out": (
        "contains(fromJSON('[\"a\", \"b\"]'), github.actor)",
        *(_FILE, _OTHER, _ANY, "contains(fromJSON('[\"a\", \"b\"]'), github.actor)", ()),
    ),
    # What the event decides
    "the only event there is": (
        *(f"github.event_name == 'push' && {_TAG}", _FILE, _OTHER, ("push",), _TAG, ()),
    ),
    "all of the events": (
        "github.event_name == 'push' || github.event_name == 'release'",
        *(_FILE, _OTHER, ("push", "release"), "", ()),
    ),
    "an event that is not known": (
        "github.event_name == 'push'",
        *(_FILE, _OTHER, ("push", None), "github.event_name == 'push'", ()),
    ),
    "a merge group": (
        "github.event_name != 'merge_group'",
        *(_FILE, _OTHER, ("merge_group", "push"), "github.event_name != 'merge_group'", ()),
    ),
    "said already": (
        "github.event_name == 'push' && github.event_name != 'pull_request'",
        *(_FILE, _OTHER, ("push", "pull_request"), "github.event_name == 'push'", ()),
    ),
    "what only payloads say stays as it is": (
        f"github.event_name != 'pull_request' || {_SAME_OWNER}",
        *(_FILE, _OTHER, ("push", "pull_request")),
        *(f"github.event_name != 'pull_request' || {_SAME_OWNER}", ()),
    ),
    "no pull request on a schedule": (
        "github.event.pull_request.draft == true || vars.A",
        *(_FILE, _OTHER, ("schedule",), "vars.A", ()),
    ),
    "no input on a push": ("!inputs.dry-run", _FILE, _OTHER, ("push",), "", ()),
    "no head on a push": (
        *("github.head_ref == '' && vars.A", _FILE, _OTHER, ("push",), "vars.A", ()),
    ),
    "a kind of ref that the event can't have": (
        *(f"!{_TAG}", _FILE, _OTHER, ("schedule", "pull_request"), "", ()),
    ),
    "a pull request's comment": (
        *("github.event.issue.pull_request", _FILE, _OTHER, (PULL_REQUEST,), "", ()),
    ),
    # What only some places know
    "the matrix, in the job": (
        *("matrix.os == 'a'", _FILE, _SAME, _ANY, "matrix.os == 'a'", ()),
    ),
    "the matrix, elsewhere": (
        *("matrix.os == 'a' && vars.A", _FILE, _OTHER, _ANY, "vars.A", ("matrix.os == 'a'",)),
    ),
    "the strategy, elsewhere": (
        *("strategy.job-index == 0", _FILE, _OTHER, _ANY, "", ("strategy.job-index == 0",)),
    ),
    "a needed job's output, in the job": (
        "needs.a.outputs.b == 'c'",
        *(_FILE, _SAME, _ANY, "needs.a.outputs.b == 'c'", ()),
    ),
    "a needed job's output, elsewhere": (
        "needs.a.outputs.b == 'c'",
        *(_FILE, _OTHER, _ANY, "", ("needs.a.outputs.b == 'c'",)),
    ),
    "the runner, in the job": (
        *("runner.os == 'Linux'", _FILE, _SAME, _ANY, "runner.os == 'Linux'", ()),
    ),
    "the runner, elsewhere": (
        *("runner.os == 'Linux'", _FILE, _OTHER, _ANY, "", ("runner.os == 'Linux'",)),
    ),
    "the runner's folders": (
        *("runner.temp == 'a'", _FILE, _SAME, _ANY, "", ("runner.temp == 'a'",)),
    ),
    "variables of another environment": (
        "vars.A == 'b'",
        *(_FILE, Place.OTHER_ENVIRONMENT, _ANY, "", ("vars.A == 'b'",)),
    ),
    "the job's own name": (
        *("github.job == 'a'", _FILE, _SAME, _ANY, "", ("github.job == 'a'",)),
    ),
    "a token": ("github.token != ''", _FILE, _SAME, _ANY, "", ("github.token != ''",)),
    "a context as a whole": (
        "contains(toJSON(github), 'a')",
        *(_FILE, _SAME, _ANY, "", ("contains(toJSON(github), 'a')",)),
    ),
    "a secret": ("secrets.A != ''", _FILE, _SAME, _ANY, "", ("secrets.A != ''",)),
    "a step's output": (
        "steps.b.outputs.c == 'd' && vars.A",
        *(_FILE, _SAME, _ANY, "vars.A", ("steps.b.outputs.c == 'd'",)),
    ),
    "how a step ended": (
        *("!steps.b.outcome", _FILE, _SAME, _ANY, "", ("!steps.b.outcome",)),
    ),
    "files": ("hashFiles('a') != ''", _FILE, _SAME, _ANY, "", ("hashFiles('a') != ''",)),
    "the job's state": (
        *("job.status == 'success'", _FILE, _SAME, _ANY, "", ("job.status == 'success'",)),
    ),
    # What could fail the step
    "JSON that may be none": (
        *("fromJSON(vars.A).b", _FILE, _OTHER, _ANY, "", ("fromJSON(vars.A).b",)),
    ),
    "a layout that may be wrong": (
        *("format(vars.A, 1) == 'a'", _FILE, _OTHER, _ANY, "", ("format(vars.A, 1) == 'a'",)),
    ),
    "a layout that is wrong": (
        "format('{1}', vars.A) == 'a'",
        *(_FILE, _OTHER, _ANY, "", ("format('{1}', vars.A) == 'a'",)),
    ),
    "a case of something else": (
        "case(vars.A, 'b', 'c') == 'b'",
        *(_FILE, _OTHER, _ANY, "", ("case(vars.A, 'b', 'c') == 'b'",)),
    ),
    "marks in a text": (
        *("inputs.a != vars.A", Scope(inputs={"a": Bound("${{")}), _OTHER, _ANY),
        *("", ("vars.A != '${{'",)),
    ),
    "a line end in a text": (
        *("inputs.a != vars.A", _action(a="b\n"), _OTHER, _ANY, "", ("vars.A != 'b\n'",)),
    ),
    # Polarity
    "half a disjunction": (
        "vars.A || steps.b.outputs.c",
        *(_FILE, _OTHER, _ANY, "", ("vars.A || steps.b.outputs.c",)),
    ),
    "a disjunction of conjunctions": (
        "vars.A && steps.b.outputs.c || vars.D",
        *(_FILE, _OTHER, _ANY, "vars.A || vars.D", ("steps.b.outputs.c",)),
    ),
    "a negated disjunction": (
        "!(vars.A || steps.b.outputs.c)",
        *(_FILE, _OTHER, _ANY, "!vars.A", ("!steps.b.outputs.c",)),
    ),
    "a negated conjunction": (
        "!(vars.A && steps.b.outputs.c)",
        *(_FILE, _OTHER, _ANY, "", ("!vars.A || !steps.b.outputs.c",)),
    ),
    "negated twice": (
        "!!(vars.A && steps.b.outputs.c)",
        *(_FILE, _OTHER, _ANY, "vars.A", ("steps.b.outputs.c",)),
    ),
    "a negated comparison": ("!(vars.A == 'b')", _FILE, _OTHER, _ANY, "vars.A != 'b'", ()),
    "a negated order": ("!(vars.A < 2)", _FILE, _OTHER, _ANY, "!(vars.A < 2)", ()),
    "an argument": (
        "contains(vars.A, steps.b.outputs.c)",
        *(_FILE, _OTHER, _ANY, "", ("contains(vars.A, steps.b.outputs.c)",)),
    ),
    "a compared conjunction": (
        "(vars.A == 'a' && steps.b.outputs.c == 'd') == true && vars.E",
        *(_FILE, _OTHER, _ANY, "vars.A == 'a' && vars.E", ("steps.b.outputs.c == 'd'",)),
    ),
    "the same twice": ("vars.A && (vars.B && vars.A)", _FILE, _OTHER, _ANY, "vars.A && vars.B", ()),
    "the same and more": ("vars.A || vars.A && vars.B", _FILE, _OTHER, _ANY, "vars.A", ()),
    # Variables
    "a variable of the file": (
        *("env.TOP == 'true'", _ENV, _OTHER, _ANY, "github.ref == 'refs/heads/main'", ()),
    ),
    "a variable of the job, by one of the file": (
        *("env.JOB != 'true'", _ENV, _OTHER, _ANY, "github.ref != 'refs/heads/main'", ()),
    ),
    "a boolean is a text": ("env.TOP == true", _ENV, _OTHER, ("push",), "false", ()),
    "any text is true": ("env.TOP && vars.A", _ENV, _OTHER, _ANY, "vars.A", ()),
    "a word": ("env.WORD == 'yes' && vars.A", _ENV, _OTHER, _ANY, "vars.A", ()),
    "a number is a text that equals one": ("env.NUMBER == 1", _ENV, _OTHER, _ANY, "", ()),
    "a text put together": (
        "env.TEXT == github.ref_name",
        *(_ENV, _OTHER, _ANY, "format('v{0}-{1}', vars.MAJOR, 'yes') == github.ref_name", ()),
    ),
    "a text that can't be that": ("env.TEXT != 'w'", _ENV, _OTHER, _ANY, "", ()),
    "a variable that a step writes": (
        *("env.WORD == 'yes'", _WRITTEN, _SAME, _ANY, "", ("env.WORD == 'yes'",)),
    ),
    "a variable that nobody declares": (
        *("env.NONE == ''", _ENV, _SAME, _ANY, "", ("env.NONE == ''",)),
    ),
    "variables that aren't known": (
        "env.WORD == 'yes'",
        *(_ENV.with_env({"*": "${{ fromJSON(vars.A) }}"}), _SAME, _ANY),
        *("", ("env.WORD == 'yes'",)),
    ),
    "a variable with a secret": (
        *("env.HAS == 'true'", _ENV, _SAME, _ANY, "", ("secrets.PAT != ''",)),
    ),
    "a wrong expression": ("env.BROKEN", _ENV, _SAME, _ANY, "", ("env.BROKEN",)),
    "an expression that isn't closed": (
        *("env.OPEN == 'a'", _ENV, _SAME, _ANY, "", ("env.OPEN == 'a'",)),
    ),
    "words of a choice": (
        *("env.X == 'a'", _chosen("'a'", "'b'"), _OTHER, _ANY, "github.ref_type == 'tag'", ()),
    ),
    "the other word": (
        *("env.X == 'b'", _chosen("'a'", "'b'"), _OTHER, _ANY, "github.ref_type != 'tag'", ()),
    ),
    "no word of a choice": ("env.X != 'c'", _chosen("'a'", "'b'"), _OTHER, _ANY, "", ()),
    "a choice of which one is a reference": (
        *("env.X == 'a'", _chosen("'a'", "vars.B"), _OTHER, _ANY),
        *("github.ref_type == 'tag' || vars.B == 'a'", ()),
    ),
    "a choice by what is no boolean, as a text": (
        "format('{0}', (vars.A && 'a' || 'b') == 'a') == 'true'",
        *(_FILE, _OTHER, _ANY, "vars.A", ()),
    ),
    "a text that isn't known where it stands": (
        "env.X == 'a'",
        *(replace(_FILE, env={"X": Bound(f"a{HOLE}")}), _OTHER, _ANY, "", ("env.X == 'a'",)),
    ),
    "braces in a text": (
        "env.X == vars.B",
        *(_FILE.with_env({"X": "{${{ vars.A }}}"}), _OTHER, _ANY),
        *("format('{{{0}}}', vars.A) == vars.B", ()),
    ),
    "a text of null equals no zero": (
        *("env.X == '0'", _FILE.with_env({"X": "${{ vars.A }}"}), _OTHER, _ANY),
        *("format('{0}', vars.A) == '0'", ()),
    ),
    "a text of null equals no other null": (
        *("env.X == vars.B", _FILE.with_env({"X": "${{ vars.A }}"}), _OTHER, _ANY),
        *("format('{0}', vars.A) == vars.B", ()),
    ),
    "a text of null as a text": (
        *("contains(env.X, 'a')", _FILE.with_env({"X": "${{ vars.A }}"}), _OTHER, _ANY),
        *("contains(vars.A, 'a')", ()),
    ),
    "a text of what may be a list": (
        *("contains(env.X, 'a')", _FILE.with_env({"X": "${{ matrix.a }}"}), _SAME, _ANY),
        *("contains(format('{0}', matrix.a), 'a')", ()),
    ),
    # Inputs of actions, outputs of steps
    "an action that pushes but for pull requests": (
        *(_PUSHES, _action(push="${{ github.event_name != 'pull_request' }}"), _OTHER),
        *(("push", "pull_request"), "github.event_name != 'pull_request'", ()),
    ),
    "an action that pushes": (_PUSHES, _action(push="true"), _OTHER, ("push",), "", ()),
    "an action that pushes by its outputs": (
        *(_PUSHES, _action(outputs="type=image,push=true"), _OTHER, ("push",), "", ()),
    ),
    "an action that does not push": (_PUSHES, _action(), _OTHER, ("push",), "false", ()),
    "an action that a step decides on": (
        *(_PUSHES, _action(push="${{ steps.b.outputs.push }}"), _OTHER, _ANY),
        *("", ("steps.b.outputs.push == 'true'",)),
    ),
    "an action's input that isn't known is not the workflow's": (
        *("inputs.a == 'b'", Scope(inputs={"a": Bound(carries=ANY_TOKEN)}), _OTHER, _ANY),
        *("", ("inputs.a == 'b'",)),
    ),
    "a step's output that is a text": (
        *("steps.a.outputs.tag == 'v1'", _STEPS, _OTHER, _ANY, "github.ref_name == 'v1'", ()),
    ),
    # Status functions
    "no condition": ("", _FILE, _OTHER, _ANY, "", ()),
    "success": ("success()", _FILE, _OTHER, _ANY, "", ()),
    "always": ("always()", _FILE, _OTHER, _ANY, "", ()),
    "not cancelled": ("!cancelled()", _FILE, _OTHER, _ANY, "", ()),
    "not failed": ("!failure() && !cancelled()", _FILE, _OTHER, _ANY, "", ()),
    "neither failed nor cancelled": ("!(failure() || cancelled())", _FILE, _OTHER, _ANY, "", ()),
    "success or failure": ("success() || failure()", _FILE, _OTHER, _ANY, "", ()),
    "always and": ("always() && vars.A", _FILE, _OTHER, _ANY, "vars.A", ()),
    "always or": ("always() || vars.A", _FILE, _OTHER, _ANY, "", ()),
    "not cancelled and": ("!cancelled() && vars.A", _FILE, _OTHER, _ANY, "vars.A", ()),
    "success or": ("success() || vars.A", _FILE, _OTHER, _ANY, "", ("success() || vars.A",)),
    "success and, or": (
        *("success() && vars.A || vars.B", _FILE, _OTHER, _ANY, "vars.A || vars.B", ()),
    ),
    "never": ("!always()", _FILE, _OTHER, _ANY, "false", ()),
    # Together
    "a contradiction": ("vars.A && !vars.A", _FILE, _OTHER, _ANY, "false", ()),
    "one or its opposite": ("vars.A == 'b' || vars.A != 'b'", _FILE, _OTHER, _ANY, "", ()),
    "what can't be known is no contradiction": (
        "steps.a.outputs.b && !steps.a.outputs.b",
        *(_FILE, _SAME, _ANY, "", ("steps.a.outputs.b", "!steps.a.outputs.b")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "scope", "place", "events", "text", "dropped"), _ROWS.values(), ids=_ROWS
)
def test_condition(
    source: str,
    scope: Scope,
    place: Place,
    events: tuple[str | None, ...],
    text: str,
    dropped: tuple[str, ...],
) -> None:
    found = early([Term(condition(source), scope)], place, events)
    called = scope.called and "inputs" in source
    assert found == Early(text, not dropped, dropped, never=text == "false", called=called)


def test_terms_must_all_hold() -> None:
    terms = [
        Term(parse("vars.A"), _FILE),
        Term(parse("env.JOB == 'true'"), _ENV),
        Term(parse(_PUSHES), _action(push="${{ steps.meta.outputs.push }}")),
    ]
    dropped = ("steps.meta.outputs.push == 'true'",)
    text = "vars.A && github.ref == 'refs/heads/main'"
    assert early(terms, _OTHER, _ANY) == Early(text, False, dropped)


def test_nothing_at_all_is_always() -> None:
    assert early([], _OTHER, ("push",)) == Early("", True, ())


def test_without_events_there_is_no_run() -> None:
    assert early([], _OTHER, ()).never
