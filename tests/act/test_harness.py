"""What the harness adds to act: events, tokens, actions, and the machine."""

from __future__ import annotations

import time

import pytest

from bot.permissions.scopes import everything
from tests.act import tokens
from tests.act.actions import STAND_INS
from tests.act.samples import job, workflow
from tests.act.support import ActError, run
from tests.forge.standin import StandIn

_POST = 'curl -sS -o /dev/null -w "%{http_code}\\n" --data \'{"tag_name":"v1","draft":true}\''
CREATE = _POST + ' -H "Authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/octo/demo/releases"'
ENV = "env: {TOKEN: '${{ github.token }}'}"


# ---- what a run knows of itself


@pytest.mark.parametrize(
    ("event", "ref", "shown"),
    [
        ("push", None, "push refs/heads/main branch main - 4711 1"),
        ("push", "refs/tags/v1.2", "push refs/tags/v1.2 tag v1.2 - 4711 1"),
        ("pull_request", None, "pull_request refs/pull/7/merge - 7/merge topic 4711 1"),
        ("schedule", None, "schedule refs/heads/main branch main - 4711 1"),
        ("merge_group", None, "merge_group refs/heads/gh-readonly-queue/main/pr-7-"),
    ],
)
def test_the_github_context(github: StandIn, event: str, ref: str | None, shown: str) -> None:
    names = ("repository", "event_name", "ref", "ref_type", "ref_name", "head_ref", "run_id")
    words = [f"${{{{ github.{name} || '-' }}}}" for name in (*names, "run_attempt")]
    text = workflow(job("a", script=f"echo {' '.join(words)}"), f"[{event}]")
    assert f"octo/demo {shown}" in run(text, event, standin=github, ref=ref).log


def test_inputs_have_their_defaults_and_types(github: StandIn) -> None:
    on = """
  workflow_dispatch:
    inputs:
      version: {default: v1}
      dry-run: {type: boolean, default: false}
      level: {type: choice, options: [low, high]}
"""
    script = "echo ${{ inputs.version }} ${{ !inputs.dry-run }} ${{ github.event.inputs.version }}"
    text = workflow(job("a", script=f"{script} ${{{{ inputs.level }}}}"), on)
    ran = run(text, "workflow_dispatch", standin=github, inputs={"level": "high"})
    assert "v1 true v1 high" in ran.log


def test_a_payload_stands_over_the_one_made_up(github: StandIn) -> None:
    fork = {"head": {"ref": "theirs", "repo": {"full_name": "else/demo", "fork": True}}}
    script = "echo from ${{ github.event.pull_request.head.repo.full_name }}"
    text = workflow(job("a", script=script), "pull_request")
    ran = run(text, "pull_request", standin=github, payload={"pull_request": fork})
    assert "from else/demo" in ran.log


# ---- tokens


def test_each_job_has_a_token_of_its_own(github: StandIn) -> None:
    top = "env: {TOP: '${{ secrets.GITHUB_TOKEN }}'}\n"
    script = 'echo "$GITHUB_JOB: $TOKEN $TOP ${{ github.token }}"'
    jobs = job("a", ENV, script=script) + job("b-c", ENV, script=script)
    log = run(workflow(jobs, top=top), standin=github).log
    assert "a: ghs_a ghs_a ghs_a" in log
    assert "b-c: ghs_b-c ghs_b-c ghs_b-c" in log


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("x: ${{ github.token }}", "x: ${{ secrets[github.job] }}"),
        ("'${{secrets.GITHUB_TOKEN||1}}'", "'${{secrets[github.job]||1}}'"),
        ("${{ secrets['GITHUB_TOKEN'] }}", "${{ secrets[github.job] }}"),
        ("${{ secrets.GITHUB_TOKEN_2 }}", "${{ secrets.GITHUB_TOKEN_2 }}"),
        ("echo secrets.GITHUB_TOKEN ${{ a }}", "echo secrets.GITHUB_TOKEN ${{ a }}"),
    ],
)
def test_only_the_token_s_expressions_are_put_in_another_way(written: str, read: str) -> None:
    assert tokens.told_apart(written) == read


@pytest.mark.parametrize(
    ("top", "keys", "refuse", "status"),
    [
        pytest.param("", ("permissions: {contents: write}",), (), 201, id="own block"),
        pytest.param("", ("permissions: {contents: read}",), (), 403, id="own block without it"),
        pytest.param("permissions: {contents: write}", (), (), 201, id="the workflow's block"),
        pytest.param(
            "permissions: {contents: write}",
            ("permissions: {issues: write}",),
            (),
            403,
            id="a block of its own in place of the workflow's",
        ),
        pytest.param("permissions: write-all", (), (), 201, id="write-all"),
        pytest.param("", (), (), 403, id="no block: the restricted default"),
        pytest.param("permissions: write-all", (), ("contents",), 403, id="a clamp"),
    ],
)
def test_a_call_is_allowed_by_the_job_s_block_alone(
    github: StandIn, top: str, keys: tuple[str, ...], refuse: tuple[str, ...], status: int
) -> None:
    text = workflow(job("a", ENV, *keys, script=CREATE), top=f"{top}\n")
    ran = run(text, standin=github, refuse=frozenset(refuse))
    assert [(call.method, call.token, call.status) for call in ran.calls] == [
        ("POST", "ghs_a", status)
    ]
    assert str(status) in ran.log.splitlines()


def test_a_permissive_default_is_to_be_had(github: StandIn) -> None:
    text = workflow(job("a", ENV, script=CREATE))
    assert run(text, standin=github, default=everything("write")).calls[0].status == 201


def test_a_clamp_leaves_reading(github: StandIn) -> None:
    script = 'curl -sS -H "Authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/octo/demo/releases"'
    text = workflow(job("a", ENV, "permissions: write-all", script=script))
    assert run(text, standin=github, refuse=frozenset({"contents"})).calls[0].status == 200


def test_an_id_token_is_only_for_jobs_that_may_have_it(github: StandIn) -> None:
    script = 'echo "$GITHUB_JOB: ${ACTIONS_ID_TOKEN_REQUEST_URL:+yes}"'
    jobs = job("a", "permissions: {id-token: write}", script=script) + job("b", script=script)
    log = run(workflow(jobs), standin=github).log.splitlines()
    assert {"a: yes", "b: "} <= set(log)
    assert "a: " in run(workflow(jobs), standin=github, refuse=frozenset({"id-token"})).log


def test_gh_and_curl_reach_the_same_stand_in(github: StandIn) -> None:
    env = "env: {GH_TOKEN: '${{ github.token }}', TOKEN: '${{ github.token }}'}"
    script = f"gh release create v2 --repo octo/demo --draft --notes x\n{CREATE}"
    ran = run(
        workflow(job("a", env, "permissions: {contents: write}", script=script)), standin=github
    )
    assert [call.path for call in ran.calls] == ["/repos/octo/demo/releases"] * 2
    assert len(github.releases) == 2


def test_gh_is_refused_as_on_github(github: StandIn) -> None:
    # On a busy machine act loses the last words of a step that ends at once.
    script = "gh release create v2 --repo octo/demo --draft --notes x || { sleep 0.5; exit 1; }"
    ran = run(
        workflow(job("a", "env: {GH_TOKEN: '${{ github.token }}'}", script=script)), standin=github
    )
    assert "HTTP 403: Resource not accessible by integration" in ran.log
    assert ran.jobs == {"a": "failure"}


def test_other_secrets_are_the_test_s_own(github: StandIn) -> None:
    github.allow("ghp_mine", {"repo": ""}, kind="classic")
    text = workflow(job("a", "env: {TOKEN: '${{ secrets.MINE }}'}", script=CREATE))
    assert run(text, standin=github, secrets={"MINE": "ghp_mine"}).calls[0].status == 201


# ---- actions


def test_an_action_s_default_token_is_the_job_s(github: StandIn) -> None:
    jobs = """
    a:
      runs-on: ubuntu-latest
      permissions: {contents: write}
      steps: [{uses: softprops/action-gh-release@v2}]
    b:
      needs: a
      runs-on: ubuntu-latest
      steps: [{uses: softprops/action-gh-release@0123456789012345678901234567890123456789}]
    """
    ran = run(workflow(jobs), standin=github, ref="refs/tags/v1")
    assert [(call.token, call.status) for call in ran.calls] == [("ghs_a", 201), ("ghs_b", 403)]
    assert ran.jobs == {"a": "success", "b": "failure"}


def test_an_image_is_pushed_with_the_password_of_the_login(github: StandIn) -> None:
    jobs = """
    a:
      runs-on: ubuntu-latest
      permissions: {packages: %s}
      steps:
        - uses: docker/login-action@v3
          with: {registry: ghcr.io, username: octo, password: '${{ secrets.GITHUB_TOKEN }}'}
        - uses: docker/build-push-action@v6
          with: {push: true}
    """
    assert run(workflow(jobs % "write"), standin=github).calls[-1].status == 202
    assert run(workflow(jobs % "read"), standin=github).calls[-1].status == 403


def test_an_action_without_a_stand_in_is_no_run(github: StandIn) -> None:
    text = workflow("a: {runs-on: ubuntu-latest, steps: [{uses: octo/unknown/below@v1}]}\n")
    with pytest.raises(KeyError, match="octo/unknown/below"):
        run(text, standin=github)
    mine = "runs: {using: composite, steps: [{run: echo mine, shell: bash}]}"
    ran = run(text, standin=github, actions={**STAND_INS, "octo/unknown/below": mine})
    assert "mine" in ran.log


# ---- the machine


def test_a_tool_can_be_missing(github: StandIn) -> None:
    text = workflow(job("a", script="command -v bash git\n! command -v curl"))
    assert run(text, standin=github, tools={"curl": None}).ok


def test_a_tool_can_have_a_stand_in(github: StandIn) -> None:
    text = workflow(job("a", script="cargo build && command -v git"))
    assert "built" in run(text, standin=github, tools={"cargo": "#!/bin/sh\necho built\n"}).log


def test_the_runner_s_environment_is_the_test_s_own(github: StandIn) -> None:
    text = workflow(job("a", script="echo attempt $GITHUB_RUN_ATTEMPT ${{ github.run_attempt }}"))
    assert "attempt 3 3" in run(text, standin=github, env={"GITHUB_RUN_ATTEMPT": "3"}).log


def test_there_is_no_network(github: StandIn) -> None:
    text = workflow(job("a", script="curl --max-time 5 https://api.github.com"))
    start = time.monotonic()
    assert not run(text, standin=github).ok
    assert time.monotonic() - start < 5


def test_a_run_without_end_is_ended(github: StandIn) -> None:
    with pytest.raises(ActError, match="no end after 1 s"):
        run(workflow(job("a", script="sleep 30 & wait")), standin=github, timeout=1)


def test_a_cancelled_step_runs_its_traps(github: StandIn) -> None:
    script = (
        "trap 'echo trapped; exit 1' INT\n" + CREATE + "\nfor n in 1 2 3 4 5 6; do sleep 1; done"
    )
    jobs = job("a", ENV, script=script) + job("b", "needs: a")
    ran = run(workflow(jobs), standin=github, interrupt=lambda: bool(github.calls))
    assert "trapped" in ran.log.splitlines()
    assert ran.jobs == {"a": "failure", "b": "skipped"}
    assert ran.seconds < 4


# ---- what is no run


def test_a_workflow_that_act_refuses_is_no_run(github: StandIn) -> None:
    with pytest.raises(ActError):
        run(workflow(job("a", "if: ${{ github.event_name == }}")), standin=github)


def test_an_event_without_a_trigger_is_no_run(github: StandIn) -> None:
    with pytest.raises(ValueError, match="pull_request"):
        run(workflow(job("a")), "pull_request", standin=github)
