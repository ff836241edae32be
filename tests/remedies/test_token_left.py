"""Where the token remedy leaves a call with its token, and why."""

import pytest

from bot.remedies.token import edits
from bot.remedies.token.facts import TokenObstacle
from tests.remedies.token_support import CURL, ENV, GH, OWN, PAT, RUN, job, remedy

_ON_PULLS = "- uses: actions/checkout@v4\n"
_HEAD = "- uses: actions/checkout@v4\n  with: {ref: '${{ github.event.pull_request.head.sha }}'}\n"

# Events, keys above the steps, steps, why.
_LEFT = {
    "pull-request-target-with-its-head": (
        "pull_request_target",
        "",
        _HEAD + RUN,
        TokenObstacle.FETCHED,
    ),
    "pull-request-target-with-its-repository": (
        "pull_request_target",
        "",
        (
            "- uses: actions/checkout@v4\n  with:\n"
            "    repository: ${{ github.event.pull_request.head.repo.full_name }}\n" + RUN
        ),
        TokenObstacle.FETCHED,
    ),
    "comment-whose-words-are-put-into-github-script": (
        "issue_comment",
        "",
        (
            "- uses: actions/github-script@v7\n  with:\n"
            "    script: console.log(`${{ github.event.comment.body }}`)\n" + RUN
        ),
        TokenObstacle.FETCHED,
    ),
    "variable-that-an-earlier-step-may-set-anew": (
        "issue_comment",
        "env:\n  A: b\n",
        f"- run: gh pr checkout 1\n- if: env.A == 'c'\n  run: {CURL}\n",
        TokenObstacle.FETCHED,
    ),
    "comment-that-checks-a-pull-request-out": (
        "issue_comment",
        "",
        f"- run: gh pr checkout 1\n{RUN}",
        TokenObstacle.FETCHED,
    ),
    "workflow-run-with-an-artifact": (
        "{workflow_run: {workflows: [x]}}",
        "",
        f"- uses: actions/download-artifact@v4\n{RUN}",
        TokenObstacle.FETCHED,
    ),
    "workflow-run-with-an-artifact-by-gh": (
        "{workflow_run: {workflows: [x]}}",
        "",
        f"- run: gh run download 1\n{RUN}",
        TokenObstacle.FETCHED,
    ),
    "issue-whose-title-is-put-into-a-script": (
        "issues",
        "",
        f"- run: echo ${{{{ github.event.issue.title }}}}\n{RUN}",
        TokenObstacle.FETCHED,
    ),
    "comment-that-fetches-by-git": (
        "issue_comment",
        "",
        f"- run: git fetch origin pull/1/head\n{RUN}",
        TokenObstacle.FETCHED,
    ),
    "pull-request-that-is-checked-out": (
        "pull_request",
        "",
        _ON_PULLS + RUN,
        TokenObstacle.PULL_REQUEST,
    ),
    "called-workflow": ("workflow_call", "", RUN, TokenObstacle.CALLED),
    "one-variable-for-both-kinds-of-calls": (
        "push",
        "",
        f"- run: |\n    {GH}\n    gh release create v1\n{ENV}",
        TokenObstacle.SHARED,
    ),
    "one-variable-for-a-call-and-an-unknown-script": (
        "push",
        "",
        f"- run: |\n    {GH}\n    ./release.sh\n{ENV}",
        TokenObstacle.SHARED,
    ),
    "output-that-a-later-step-uses": (
        "push",
        "",
        (
            f'- id: one\n  run: |\n    {GH}\n    echo "t=$GH_TOKEN" >> $GITHUB_OUTPUT\n{ENV}'
            "- run: gh release create v1\n  env: {GH_TOKEN: '${{ steps.one.outputs.t }}'}\n"
        ),
        TokenObstacle.SHARED,
    ),
    "one-variable-for-a-call-and-an-unknown-one": (
        "push",
        "",
        f'- run: |\n    {GH}\n    curl -H "Authorization: Bearer $GH_TOKEN" "$URL"\n{ENV}',
        TokenObstacle.SHARED,
    ),
    "login-that-a-later-step-uses": (
        "push",
        "",
        (
            f"- run: |\n    gh auth login --with-token <<< {OWN}\n    {GH}\n"
            "- run: gh release create v1\n"
        ),
        TokenObstacle.SHARED,
    ),
    "more-expressions-than-are-tried": (
        "push",
        "",
        "- run: |\n" + f"    echo {OWN}\n" * 60 + f"    {CURL}\n",
        TokenObstacle.SIZE,
    ),
    "variable-of-the-job-that-can-be-two-tokens": (
        "push",
        "env:\n  TOKEN: ${{ secrets.X || github.token }}\n",
        f"- run: {GH}\n  env:\n    GH_TOKEN: ${{{{ env.TOKEN }}}}\n",
        TokenObstacle.WIDE,
    ),
    "variable-whose-name-has-a-dot": (
        "push",
        "",
        (
            "- run: " + CURL.replace("secrets.GITHUB_TOKEN", "env['my.token']") + "\n"
            f"  env:\n    my.token: {OWN}\n"
        ),
        TokenObstacle.FORM,
    ),
    "blank-lines-that-are-part-of-the-script": (
        "push",
        f"env:\n  GH_TOKEN: {OWN}\n",
        f"- run: |+\n    {GH}\n\n- run: echo\n",
        TokenObstacle.FORM,
    ),
    "output-of-an-action-that-nobody-has-read": (
        "push",
        "",
        (
            "- id: one\n  uses: nobody/knows@v1\n"
            f"- run: {GH}\n  env: {{GH_TOKEN: '${{{{ steps.one.outputs.token }}}}'}}\n"
        ),
        TokenObstacle.UNSURE,
    ),
    "either-of-two-tokens": (
        "push",
        "",
        f"- run: {GH}\n  env: {{GH_TOKEN: '${{{{ secrets.X || github.token }}}}'}}\n",
        TokenObstacle.WIDE,
    ),
    "step-in-flow-style": (
        "push",
        "",
        f"- {{run: {GH}, env: {{GH_TOKEN: '{OWN}'}}}}\n",
        TokenObstacle.FLOW,
    ),
    "variables-that-two-steps-share": (
        "push",
        "",
        f"- run: {GH}\n  env: &e\n    GH_TOKEN: {OWN}\n- run: echo\n  env: *e\n",
        TokenObstacle.ALIAS,
    ),
    "step-that-is-an-anchor": (
        "push",
        "",
        f"- &s\n  run: {GH}\n  env:\n    GH_TOKEN: {OWN}\n- *s\n",
        TokenObstacle.ALIAS,
    ),
    "variables-in-flow-style-that-lack-it": (
        "push",
        f"env:\n  GH_TOKEN: {OWN}\n",
        f"- run: {GH}\n  env: {{A: b}}\n",
        TokenObstacle.FORM,
    ),
    "expression-behind-an-escape": (
        "push",
        "",
        f'- run: {GH}\n  env:\n    GH_TOKEN: "\\x24{{{{ github.token }}}}"\n',
        TokenObstacle.FORM,
    ),
}


@pytest.mark.parametrize(("on", "above", "steps", "why"), _LEFT.values(), ids=_LEFT)
def test_left_as_it_is(on: str, above: str, steps: str, why: TokenObstacle) -> None:
    found = remedy(job(steps, on, above))
    assert not found.proposal.change.edits
    assert {left.why for left in found.proposal.left} == {why}


_ALLOWED = {
    "pull-request-target-without-a-checkout": ("pull_request_target", RUN),
    "comment-with-the-default-branch": ("issue_comment", _ON_PULLS + RUN),
    "pull-request-without-a-checkout": ("pull_request", RUN),
    "step-that-pull-requests-do-not-reach": (
        "[push, pull_request]",
        f"{_ON_PULLS}- if: github.event_name == 'push'\n  run: {CURL}\n",
    ),
    "workflow-run-with-the-default-branch": (
        "{workflow_run: {workflows: [x]}}",
        "- uses: actions/checkout@v4\n  with: {ref: '${{ github.ref }}'}\n" + RUN,
    ),
    "issue-in-a-repository-whose-name-is-put-into-a-script": (
        "issues",
        f"- run: echo ${{{{ github.event.repository.name }}}}\n{RUN}",
    ),
    "issue-whose-number-is-put-into-a-script": (
        "issues",
        f"- run: echo ${{{{ github.event.issue.number }}}}\n{RUN}",
    ),
}


@pytest.mark.parametrize(("on", "steps"), _ALLOWED.values(), ids=_ALLOWED)
def test_events_that_bring_no_code_of_others(on: str, steps: str) -> None:
    assert PAT in remedy(job(steps, on)).after


def test_a_job_that_pull_requests_do_not_reach() -> None:
    above = "if: github.event_name != 'pull_request'\n"
    found = remedy(job(_ON_PULLS + RUN, "[push, pull_request]", above))
    assert PAT in found.after


def test_a_step_that_hands_its_token_to_another_call_beyond_it_is_left() -> None:
    hands_on = f'- id: one\n  run: |\n    {GH}\n    echo "t=$GH_TOKEN" >> $GITHUB_OUTPUT\n{ENV}'
    takes = f"- run: {GH}\n  env:\n    GH_TOKEN: ${{{{ steps.one.outputs.t }}}}\n"
    proposal = remedy(job(hands_on + takes)).proposal
    assert not proposal.changes
    assert proposal.left[0].why is TokenObstacle.SHARED


def test_jobs_that_share_an_anchor_are_left() -> None:
    text = job(RUN).replace("  a:\n", "  a: &a\n") + "  b: *a\n"
    assert {left.why for left in remedy(text).proposal.left} == {TokenObstacle.ALIAS}


def test_an_action_of_the_repository_makes_the_call() -> None:
    action = (
        "runs:\n  using: composite\n  steps:\n"
        f"    - run: {GH}\n      shell: bash\n      env: {{GH_TOKEN: '${{{{ github.token }}}}'}}\n"
    )
    found = remedy(job("- uses: ./set\n"), files={"set/action.yml": action})
    assert [left.why for left in found.proposal.left] == [TokenObstacle.ELSEWHERE]


_HOSTILE = {
    "thousands-of-expressions": (
        "- run: |\n" + f"    echo {OWN}\n" * 3000 + f"    {CURL}\n",
        TokenObstacle.SIZE,
    ),
    "thousands-of-calls": (
        "- run: |\n" + "    gh secret set A; gh release create v1\n" * 2000 + ENV,
        TokenObstacle.SHARED,
    ),
}


@pytest.mark.parametrize(("steps", "why"), _HOSTILE.values(), ids=_HOSTILE)
def test_the_work_is_bounded(steps: str, why: TokenObstacle) -> None:
    proposal = remedy(job(steps)).proposal
    assert not proposal.changes
    assert {left.why for left in proposal.left} == {why}


def test_of_thousands_of_steps_none_is_changed_rather_than_some() -> None:
    proposal = remedy(job(RUN * 1200)).proposal
    assert not proposal.changes
    assert [left.why for left in proposal.left] == [TokenObstacle.SIZE] * 1200


def test_an_edit_that_shows_something_else_than_its_trial_is_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(edits, "_lines", lambda *_: ("          OTHER: text",))
    steps = f"- name: Set\n  run: {GH}\n"
    proposal = remedy(job(steps, above=f"env:\n  GH_TOKEN: {OWN}\n")).proposal
    assert not proposal.change.edits
    assert [left.why for left in proposal.left] == [TokenObstacle.UNPROVED]
