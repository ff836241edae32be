"""What texts become at one step, and which tokens they can carry."""

from dataclasses import replace

import pytest

from bot.hole import HOLE
from bot.workflow.expression import parse
from bot.workflow.scope import (
    ANY_TOKEN,
    GITHUB_TOKEN,
    ISSUE,
    NO_TOKEN,
    PULL_REQUEST,
    THIS_REPOSITORY,
    Bound,
    Outputs,
    Scope,
    Tokens,
)

PAT = Tokens(others=frozenset({"PAT"}))
EITHER = GITHUB_TOKEN | PAT

_STEPS = {
    "app": Outputs(tokens=Tokens(others=frozenset({"app"}))),
    "text": Outputs({"tag": Bound("v1"), "own": Bound("${{ github.token }}", Scope())}),
}
_SCOPE = (
    Scope(
        inputs={"given": Bound("${{ secrets.PAT }}", Scope()), "word": Bound("yes")}, steps=_STEPS
    )
    .with_env({"OWN": "${{ github.token }}", "PAT": "${{ secrets.PAT }}", "WORD": "a b"})
    .with_env({"SECOND": "${{ env.OWN || env.PAT }}", "TEXT": "${{ env.WORD }}-${{ github.sha }}"})
)

_TOKENS = {
    "no-expression": ("secrets.GITHUB_TOKEN", NO_TOKEN),
    "own": ("${{ github.token }}", GITHUB_TOKEN),
    "own-as-a-secret-in-any-case": ("${{ secrets.GitHub_Token }}", GITHUB_TOKEN),
    "by-index": ("${{ secrets['GITHUB_TOKEN'] }}", GITHUB_TOKEN),
    "another": ("${{ secrets.pat }}", PAT),
    "either": ("${{ secrets.GITHUB_TOKEN || secrets.PAT }}", EITHER),
    "the-other-first": ("${{ secrets.PAT || github.token }}", EITHER),
    "choice": ("${{ github.event_name == 'push' && secrets.PAT || github.token }}", EITHER),
    "condition-only": ("${{ secrets.PAT && 'yes' }}", NO_TOKEN),
    "comparison": ("${{ secrets.PAT != '' }}", NO_TOKEN),
    "negation": ("${{ !secrets.PAT }}", NO_TOKEN),
    "inside-a-text": ("Bearer ${{ github.token }}!", GITHUB_TOKEN),
    "two-in-one-text": ("${{ github.token }}:${{ secrets.PAT }}", EITHER),
    "format": ("${{ format('Bearer {0}', github.token) }}", GITHUB_TOKEN),
    "all-secrets": ("${{ toJSON(secrets) }}", ANY_TOKEN),
    "function-that-tests": ("${{ contains(secrets.PAT, 'a') }}", NO_TOKEN),
    "secret-by-a-name-unknown": ("${{ secrets[matrix.name] }}", ANY_TOKEN),
    "broken": ("${{ secrets. }}", ANY_TOKEN),
    "environment": ("${{ env.OWN }}", GITHUB_TOKEN),
    "environment-through-environment": ("${{ env.SECOND }}", EITHER),
    "environment-not-set": ("${{ env.NONE }}", NO_TOKEN),
    "input": ("${{ inputs.given }}", PAT),
    "input-of-another-case": ("${{ inputs.GIVEN }}", PAT),
    "input-of-the-event": ("${{ github.event.inputs.given }}", PAT),
    "minted-by-a-step": ("${{ steps.app.outputs.token }}", Tokens(others=frozenset({"app"}))),
    "output-that-is-known": ("${{ steps.text.outputs.own }}", GITHUB_TOKEN),
    "output-that-is-a-text": ("${{ steps.text.outputs.tag }}", NO_TOKEN),
    "step-that-is-not-there": ("${{ steps.none.outputs.token }}", NO_TOKEN),
    "variable": ("${{ vars.TOKEN }}", NO_TOKEN),
}


@pytest.mark.parametrize(("text", "tokens"), _TOKENS.values(), ids=_TOKENS)
def test_tokens(text: str, tokens: Tokens) -> None:
    assert _SCOPE.tokens(text) == tokens


_TEXTS = {
    "plain": ("a", "a"),
    "literal": ("${{ 'a' }}${{ 1 }}${{ true }}", "a1true"),
    "unknown": ("v${{ github.sha }}", f"v{HOLE}"),
    "unknown-twice": ("${{ github.sha }}${{ github.ref }}", HOLE),
    "environment": ("${{ env.WORD }}!", "a b!"),
    "through-environment": ("${{ env.TEXT }}", f"a b-{HOLE}"),
    "repository": ("${{ github.repository }}", THIS_REPOSITORY),
    "owner-and-name": (
        "${{ github.repository_owner }}/${{ github.event.repository.name }}",
        THIS_REPOSITORY,
    ),
    "server": ("${{ github.server_url }}/a", "https://github.com/a"),
    "output": ("${{ steps.text.outputs.tag }}", "v1"),
    "secret": ("${{ secrets.PAT }}", HOLE),
    "not-set": ("[${{ env.NONE }}]", "[]"),
    "default": ("${{ env.NONE || 'b' }}", "b"),
    "broken": ("${{ a b }}", HOLE),
}


@pytest.mark.parametrize(("text", "shown"), _TEXTS.values(), ids=_TEXTS)
def test_text(text: str, shown: str) -> None:
    assert _SCOPE.text(text) == shown


_CONDITIONS = {
    "false": ("false", "push", False),
    "event": ("github.event_name == 'push'", "push", True),
    "another-event": ("github.event_name == 'push'", "release", False),
    "expression-marks": ("${{ github.event_name == 'push' }}", "release", False),
    "unknown-and-no": ("github.actor == 'a' && github.event_name == 'push'", "release", False),
    "unknown-or-no": ("github.actor == 'a' || github.event_name == 'push'", "release", True),
    "pull-request-comment": ("github.event.issue.pull_request", PULL_REQUEST, True),
    "issue-comment": ("github.event.issue.pull_request", ISSUE, False),
    "issue-is-none": ("github.event.issue.pull_request", "issues", False),
    "not-a-pull-request": ("${{ !github.event.issue.pull_request }}", ISSUE, True),
    "both-are-issue-comments": ("github.event_name == 'issue_comment'", ISSUE, True),
    "status-function": ("always() && github.event_name == 'push'", "push", True),
    "environment": ("env.WORD == 'a b'", "push", True),
    "environment-that-differs": ("env.WORD == 'c'", "push", False),
    "broken": ("a b", "push", True),
}


@pytest.mark.parametrize(("condition", "event", "can"), _CONDITIONS.values(), ids=_CONDITIONS)
def test_conditions_in_a_run_of_one_event(condition: str, event: str, can: bool) -> None:
    assert _SCOPE.reached((event,), condition) == ((event,) if can else ())


def test_in_a_called_workflow_secrets_can_be_anything() -> None:
    called = replace(_SCOPE, called=True)
    assert called.tokens("${{ secrets.PAT }}") == ANY_TOKEN
    assert called.tokens("${{ github.token }}") == GITHUB_TOKEN


def test_an_input_that_a_human_types_is_not_the_own_token() -> None:
    typed = replace(_SCOPE, inputs=None).tokens("${{ inputs.token }}")
    assert not typed.maybe_github
    assert typed.any


def test_an_environment_that_is_not_known_can_be_anything() -> None:
    scope = Scope().with_env({"*": "${{ fromJSON(inputs.env) }}"})
    assert scope.tokens("${{ env.ANY }}") == ANY_TOKEN


def test_a_later_level_hides_an_earlier_one() -> None:
    scope = _SCOPE.with_env({"OWN": "${{ secrets.PAT }}"})
    assert scope.tokens("${{ env.OWN }}") == PAT
    assert scope.tokens("${{ env.SECOND }}") == EITHER


def test_variables_that_refer_to_one_another_end() -> None:
    scope = Scope()
    for _ in range(100):
        scope = scope.with_env({"A": "${{ env.A }}${{ env.A }}"})
    assert scope.tokens("${{ env.A }}") == ANY_TOKEN
    assert scope.text("${{ env.A }}") == HOLE


@pytest.mark.parametrize("variable", ["${{ 1 == 1 }}", "${{ true }}", "true"])
def test_a_variable_is_a_text_whatever_its_expression_gives(variable: str) -> None:
    scope = Scope(event="push").with_env({"X": variable})
    assert scope.holds(parse("env.X == 'true'"))
    assert not scope.holds(parse("env.X == 'false'"))
