"""The token remedy with the token of an app, which a step of its own mints."""

import pytest

from bot.remedies.token.facts import TokenObstacle
from tests.remedies.token_support import APP, CURL, ENV, GH, RUN, job, remedy

_ACTION = "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3"
_MINTED = [
    "      - name: Mint a token of the app",
    "        id: app-token",
    f"        uses: {_ACTION} # v3.1.1",
    "        with:",
    "          client-id: ${{ vars.CLEARANCE_APP_CLIENT_ID }}",
    "          private-key: ${{ secrets.CLEARANCE_APP_PRIVATE_KEY }}",
    "          permission-administration: write",
]


def test_an_app_s_token_is_minted_right_before() -> None:
    found = remedy(job(f"- run: echo\n\n# registers\n- name: Register\n  run: {CURL}\n"), APP)
    swapped = f"        run: {CURL}".replace(
        "secrets.GITHUB_TOKEN", "steps.app-token.outputs.token"
    )
    assert found.new == [*_MINTED, swapped]
    assert "echo\n\n      - name: Mint" in found.after
    assert "write\n\n      # registers\n" in found.after


def test_an_app_s_token_is_minted_when_it_is_used() -> None:
    steps = f"- if: always() # see above\n  continue-on-error: true\n  run: {CURL}\n"
    found = remedy(job(steps), APP)
    lines = found.after.splitlines()
    at = lines.index(_MINTED[0])
    assert lines[at + 1 : at + 3] == ["        if: always()", "        continue-on-error: true"]


def test_each_step_has_a_token_of_its_own() -> None:
    set_secret = f"- id: app-token\n  run: {GH}\n{ENV}"
    found = remedy(job(RUN + set_secret), APP)
    assert [change.minted for change in found.proposal.changes] == ["app-token-2", "app-token-3"]
    assert found.after.count("permission-secrets: write") == 1


def test_an_app_s_token_for_another_repository() -> None:
    steps = f"- run: gh secret set A -R other/repo\n{ENV}"
    after = remedy(job(steps), APP).after
    assert "          owner: other\n          repositories: repo\n" in after


_NO_APP = {
    "a-person's-own-affairs": (f"- run: gh ssh-key add x\n{ENV}", TokenObstacle.NO_APP),
    "variables-have-no-input": (f"- run: gh variable set A\n{ENV}", TokenObstacle.NO_APP),
    "one-of-several-permissions": (
        f"- run: gh secret set A --app dependabot\n{ENV}",
        TokenObstacle.NO_APP,
    ),
    "repositories-of-two-owners": (
        f"- run: |\n    gh secret set A -R x/one\n    gh secret set A -R y/two\n{ENV}",
        TokenObstacle.SEVERAL,
    ),
    "condition-over-two-lines": (f"- if: >\n    true\n  run: {CURL}\n", TokenObstacle.FORM),
    "dash-on-a-line-of-its-own": (f"-\n  run: {CURL}\n", TokenObstacle.FORM),
    "group-that-runs-at-once": (
        f"- parallel:\n    - run: {CURL}\n    - run: echo\n",
        TokenObstacle.FORM,
    ),
}


@pytest.mark.parametrize(("steps", "why"), _NO_APP.values(), ids=_NO_APP)
def test_where_no_app_will_do(steps: str, why: TokenObstacle) -> None:
    proposal = remedy(job(steps), APP).proposal
    assert not proposal.changes
    assert {left.why for left in proposal.left} == {why}


def test_an_app_s_token_gets_the_greater_of_two_levels() -> None:
    after = remedy(job(f"- run: |\n    {GH}\n    gh secret list\n{ENV}"), APP).after
    assert after.count("permission-") == after.count("permission-secrets: write") == 1
