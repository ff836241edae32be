"""The token remedy: which expression changes, what is inserted, and what keeps its token."""

import re

import pytest

from bot.remedies.token.facts import TokenObstacle, TokenRules
from tests.remedies.token_support import (
    CURL,
    ENV,
    GH,
    ORDINARY,
    OWN,
    PAT,
    REGISTER,
    RUN,
    job,
    remedy,
)

_REST = "github.rest.actions.createRegistrationTokenForRepo({...context.repo})"

# Steps, what goes, what comes.
_CHANGES = {
    "script-in-one-line": (RUN, [CURL], [CURL.replace(OWN, PAT)]),
    "block-of-many-lines": (
        f"""\
        - name: Register
          run: |
             # asks for {{}}

             answer=$(curl -s -X POST \\
               -H "Authorization: token {OWN}" \\
               -H "Accept: application/vnd.github+json" \\
               {REGISTER})
             echo "$answer"
        """,
        [f'"Authorization: token {OWN}"'],
        [f'"Authorization: token {PAT}"'],
    ),
    "folded-scalar": (
        f"""\
        - run: >-
            curl -X POST
            -H "Authorization: Bearer ${{{{secrets.GITHUB_TOKEN}}}}"
            {REGISTER}
        """,
        ["${{secrets.GITHUB_TOKEN}}"],
        ["${{secrets.GH_PAT_TOKEN}}"],
    ),
    "comment-behind-the-block's-sign": (
        f"- run: | # not this {OWN}\n    {CURL}\n",
        [f"    {CURL}"],
        [f"    {CURL}".replace(OWN, PAT)],
    ),
    "here-document": (
        f"""\
        - run: |
            gh secret set NAME < value.txt
            cat <<EOF
            ${{{{ github.repository }}}}
            EOF
          env:
            GH_TOKEN: {OWN}
        """,
        [f"GH_TOKEN: {OWN}"],
        [f"GH_TOKEN: {PAT}"],
    ),
    "single-quoted": (
        f"- run: '{CURL}'\n",
        [f"'{CURL}'"],
        [f"'{CURL}'".replace(OWN, PAT)],
    ),
    "double-quoted-over-two-lines": (
        f"""\
        - run: "curl -X POST -H 'Authorization: Bearer {OWN}'
            {REGISTER}"
        """,
        [f"'Authorization: Bearer {OWN}'"],
        [f"'Authorization: Bearer {PAT}'"],
    ),
    "github.token-in-any-case": (
        f"- run: {GH}\n  env: {{GH_TOKEN: '${{{{ GitHub.Token }}}}'}}\n",
        ["'${{ GitHub.Token }}'"],
        ["'${{ secrets.GH_PAT_TOKEN }}'"],
    ),
    "index-with-a-quoted-name": (
        f"- run: {GH}\n  env:\n    GH_TOKEN: ${{{{ secrets['GITHUB_TOKEN'] }}}}\n",
        ["${{ secrets['GITHUB_TOKEN'] }}"],
        [PAT],
    ),
    "variable-of-the-step": (
        f"- env:\n    GH_TOKEN: {OWN}\n  run: {GH}\n",
        [f"GH_TOKEN: {OWN}"],
        [f"GH_TOKEN: {PAT}"],
    ),
    "input-of-github-script": (
        (
            f"- uses: actions/github-script@v7\n  with:\n    Github-Token: {OWN}\n"
            f"    script: await {_REST}\n"
        ),
        [f"Github-Token: {OWN}"],
        [f"Github-Token: {PAT}"],
    ),
    "one-of-two-expressions": (
        f"""\
        - run: |
            curl -H "Authorization: Bearer {OWN}" {ORDINARY}
            curl -X POST --header 'Authorization: Bearer {OWN}' {REGISTER}
        """,
        [f"curl -X POST --header 'Authorization: Bearer {OWN}' {REGISTER}"],
        [f"curl -X POST --header 'Authorization: Bearer {PAT}' {REGISTER}"],
    ),
    "two-headers-of-one-request": (
        f"""\
        - run: |
            # {OWN} in a comment
            curl -X POST -H "Authorization: Bearer {OWN}" \\
              -H "X-Token: {OWN}" {REGISTER}
        """,
        [
            f'curl -X POST -H "Authorization: Bearer {OWN}" \\',
            f'-H "X-Token: {OWN}" {REGISTER}',
        ],
        [
            f'curl -X POST -H "Authorization: Bearer {PAT}" \\',
            f'-H "X-Token: {PAT}" {REGISTER}',
        ],
    ),
    "expression-that-names-a-variable": (
        f"""\
        - run: {CURL.replace("secrets.GITHUB_TOKEN", "env.TOKEN")}
        - run: echo done
        """,
        ["${{ env.TOKEN }}"],
        [PAT],
    ),
    "windows-and-its-header-table": (
        f"""\
        - shell: pwsh
          run: |
            irm -Method POST -Headers @{{Authorization="Bearer {OWN}"}} -Uri {REGISTER}
        """,
        [f'"Bearer {OWN}"'],
        [f'"Bearer {PAT}"'],
    ),
}


@pytest.mark.parametrize(("steps", "gone", "new"), _CHANGES.values(), ids=_CHANGES)
def test_only_the_expression_changes(steps: str, gone: list[str], new: list[str]) -> None:
    found = remedy(job(steps, above=f"env:\n  TOKEN: {OWN}\n"))
    assert len(found.gone) == len(found.new) == len(gone)
    for line, after, part, other in zip(found.gone, found.new, gone, new, strict=True):
        assert part in line
        assert line.replace(part, other) == after


# Steps, keys above them, the lines that come.
_INSERTIONS = {
    "variable-of-the-job": (
        f"- name: Set\n  run: {GH}\n- run: gh release create v1\n",
        f"env:\n  GH_TOKEN: {OWN}\n",
        ["        env:", f"          GH_TOKEN: {PAT}"],
    ),
    "variable-of-the-job-beside-the-step's-own": (
        f"- name: Set\n  env:\n    # theirs\n    A: b\n  run: {GH}\n",
        f"env:\n  GH_TOKEN: {OWN}\n",
        [f"          GH_TOKEN: {PAT}"],
    ),
    "script-in-front": (
        f"- run: |\n    {GH}\n\n- run: echo\n",
        f"env:\n  GH_TOKEN: {OWN}\n",
        ["        env:", f"          GH_TOKEN: {PAT}"],
    ),
    "script-in-one-line-in-front": (
        f"- run: {GH}\n",
        f"env:\n  GH_TOKEN: {OWN}\n",
        ["        env:", f"          GH_TOKEN: {PAT}"],
    ),
    "keys-in-quotes": (
        f'- "name": Set\n  "run": {GH}\n',
        f"env:\n  GH_TOKEN: {OWN}\n",
        ['        "env":', f'          "GH_TOKEN": "{PAT}"'],
    ),
    "github-script-without-its-token": (
        f"- uses: actions/github-script@v7\n  with:\n    script: |\n      await {_REST}\n",
        "",
        [f"          github-token: {PAT}"],
    ),
    "token-of-an-earlier-login": (
        (
            f"- run: gh auth login --with-token <<< {OWN}\n- run: gh release create v1\n"
            f"- name: Set\n  run: {GH}\n"
        ),
        "",
        ["        env:", f"          GH_TOKEN: {PAT}"],
    ),
}


@pytest.mark.parametrize(("steps", "above", "new"), _INSERTIONS.values(), ids=_INSERTIONS)
def test_what_a_step_does_not_set_itself_is_inserted(
    steps: str, above: str, new: list[str]
) -> None:
    found = remedy(job(steps, above=above))
    assert (found.gone, found.new) == ([], new)


def test_a_variable_of_the_workflow_is_set_anew_in_the_step() -> None:
    text = f"env:\n  GITHUB_TOKEN: {OWN}\n" + job(f"- name: Set\n  run: {GH}\n")
    assert remedy(text).new == ["        env:", f"          GITHUB_TOKEN: {PAT}"]


def test_a_block_stands_right_behind_a_script_in_front() -> None:
    steps = f"- run: |\n    {GH}\n\n\n- run: echo\n"
    after = remedy(job(steps, above=f"env:\n  GH_TOKEN: {OWN}\n")).after
    assert f"{GH}\n        env:\n          GH_TOKEN: {PAT}\n\n\n" in after


def test_a_block_stands_above_the_comment_on_the_script() -> None:
    steps = f"- name: Set\n  # because\n  run: {GH}\n"
    after = remedy(job(steps, above=f"env:\n  GH_TOKEN: {OWN}\n")).after
    assert f"name: Set\n        env:\n          GH_TOKEN: {PAT}\n        # because\n" in after


def test_line_ends_are_the_file_s() -> None:
    text = job(f"- name: Set\n  run: {GH}\n", above=f"env:\n  GH_TOKEN: {OWN}\n")
    after = remedy(text.replace("\n", "\r\n")).after
    assert f"        env:\r\n          GH_TOKEN: {PAT}\r\n" in after
    assert not re.search(r"(?<!\r)\n", after)


def test_an_expression_between_other_line_ends_is_found() -> None:
    text = job(f"- run: |\n    echo\n    {CURL}\n").replace("\n", "\r\n")
    assert remedy(text).new == [f"          {CURL.replace(OWN, PAT)}"]


def test_a_byte_order_mark_moves_nothing() -> None:
    assert remedy("\ufeff" + job(RUN)).after == "\ufeff" + job(RUN.replace(OWN, PAT))


def test_what_is_said_of_a_change() -> None:
    (change,) = remedy(job(RUN)).proposal.changes
    assert (change.job, change.step, change.place.line) == ("a", 0, 5)
    assert change.permissions == ("administration: write",)
    assert (change.secret, change.reused, change.minted) == ("GH_PAT_TOKEN", False, "")
    assert change.repositories == ()
    assert [(s.how, s.before, s.after, s.line) for s in change.swaps] == [
        ("script", "secrets.GITHUB_TOKEN", "secrets.GH_PAT_TOKEN", 5)
    ]


def test_one_change_has_all_calls_that_an_expression_serves() -> None:
    steps = f"- run: |\n    {GH}\n    gh variable set A --body b\n{ENV}"
    (change,) = remedy(job(steps)).proposal.changes
    assert change.permissions == ("secrets: write", "actions_variables: write")


def test_of_two_steps_each_is_judged_alone() -> None:
    steps = f"{RUN}- run: |\n    {GH}\n    gh release create v1\n{ENV}"
    proposal = remedy(job(steps)).proposal
    assert [change.step for change in proposal.changes] == [0]
    assert [left.why for left in proposal.left] == [TokenObstacle.SHARED]


def test_another_repository_is_named() -> None:
    steps = f"- run: gh workflow run x.yml -R other/repo\n{ENV}"
    (change,) = remedy(job(steps)).proposal.changes
    assert change.repositories == ("other/repo",)
    assert change.permissions == ("actions: write",)


def test_a_script_of_the_repository_makes_the_call() -> None:
    files = {"set.sh": f"#!/bin/bash\n{GH}\n"}
    found = remedy(job(f"- run: ./set.sh\n{ENV}"), files=files)
    assert found.new == [f"          GH_TOKEN: {PAT}"]


_REUSED = {
    "one-of-another-workflow": (["RELEASE_PAT"], "RELEASE_PAT", True),
    "two-of-which-neither-counts": (["RELEASE_PAT", "BOT_PAT"], "GH_PAT_TOKEN", False),
    "the-very-one": (["RELEASE_PAT", "GH_PAT_TOKEN"], "GH_PAT_TOKEN", True),
    "one-whose-name-says-nothing": (["DEPLOY"], "GH_PAT_TOKEN", False),
    "one-that-is-no-token": (["GH_APP_KEY"], "GH_PAT_TOKEN", False),
    "the-workflow's-own": (["GITHUB_TOKEN"], "GH_PAT_TOKEN", False),
}


@pytest.mark.parametrize(("used", "named", "reused"), _REUSED.values(), ids=_REUSED)
def test_a_secret_that_is_used_already(used: list[str], named: str, reused: bool) -> None:
    steps = "".join(f"- run: x\n  env: {{GH_TOKEN: '${{{{ secrets.{s} }}}}'}}\n" for s in used)
    (change,) = remedy(job(RUN), files={".github/workflows/y.yml": job(steps)}).proposal.changes
    assert (change.secret, change.reused) == (named, reused)


def test_a_secret_that_a_header_carries_is_used_already() -> None:
    header = "- run: |\n    curl -H 'Authorization: token ${{ secrets.BOT_PAT }}' https://x\n"
    other = {".github/workflows/y.yml": job(header)}
    assert "${{ secrets.BOT_PAT }}" in remedy(job(RUN), files=other).after


def test_settings_name_the_secret_and_the_app() -> None:
    assert "${{ secrets.OURS }}" in remedy(job(RUN), TokenRules(secret="OURS")).after  # noqa: S106
    rules = TokenRules("app", app_client_id="ID", app_private_key="KEY")
    after = remedy(job(RUN), rules).after
    assert "client-id: ${{ vars.ID }}" in after
    assert "private-key: ${{ secrets.KEY }}" in after


def test_an_expression_that_is_never_closed_stays() -> None:
    text = job(f"- run: |\n    {CURL}\n    echo ${{{{ secrets.GITHUB_TOKEN\n")
    found = remedy(text)
    assert found.new == [f"          {CURL.replace(OWN, PAT)}"]


def test_nothing_beyond_the_token_nothing_done() -> None:
    assert not remedy(job("- run: gh release create v1\n" + ENV)).proposal.left
