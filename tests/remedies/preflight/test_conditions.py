"""When a probe runs, and what its refusal does: a row for each kind of condition."""

import pytest

from tests.remedies.preflight.support import (
    MAKE,
    RELEASE,
    TAGS,
    alone,
    block,
    chain,
    job,
    see,
    workflow,
)

_FORKS = (
    "!github.event.pull_request"
    " || github.event.pull_request.head.repo.full_name == github.repository"
)
_MAY_FAIL = (
    "${{ (startsWith(github.event_name, 'pull_request') || github.event_name == 'merge_group')"
    " && 'warn' || 'fail' }}"
)
_TAG = "startsWith(github.ref, 'refs/tags/')"
_PULLS = "in runs for pull requests and merge queues a probe never fails"
_PR = "[push, pull_request]"
_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_GITHUB = "env: {GH_TOKEN: '${{ github.token }}'}"


def _if(condition: str, on: str = TAGS, keys: str = "") -> str:
    return alone(MAKE, f"{RELEASE}\n  if: {condition}", on=on, keys=keys)


def _run(script: str, env: str = _GITHUB) -> str:
    lines = block(4, script)
    return alone("- uses: actions/checkout@v4", MAKE, f"- run: |\n{lines}  {env}")


_WHEN: dict[str, tuple[str, str]] = {
    "none": (alone(MAKE, RELEASE), ""),
    "push-of-a-tag": (_if(_TAG, "push"), _TAG),
    "push-of-a-tag-by-the-workflows-filter": (_if(_TAG), _TAG),
    "in-braces": (_if(f"${{{{ {_TAG} }}}}", "push"), _TAG),
    "input-of-a-manual-run": (
        _if("inputs.release", "{workflow_dispatch: {inputs: {release: {type: boolean}}}}"),
        "inputs.release",
    ),
    "input-of-a-manual-run-by-its-event": (
        _if("github.event.inputs.release == 'true'", "[push, workflow_dispatch]"),
        "github.event.inputs.release == 'true'",
    ),
    "never-for-pull-requests": (
        _if("github.event_name == 'push'", _PR),
        "github.event_name == 'push'",
    ),
    "after-another-workflow": (
        _if(
            "github.event.workflow_run.conclusion == 'success'",
            "{workflow_run: {workflows: [x]}}",
        ),
        "github.event.workflow_run.conclusion == 'success'",
    ),
    "schedule": (alone(MAKE, RELEASE, on="{schedule: [{cron: '0 0 * * *'}]}"), ""),
    "schedule-or-not": (
        _if("github.event_name != 'schedule'", "{push: , schedule: [{cron: '0 0 * * *'}]}"),
        "github.event_name != 'schedule'",
    ),
    "matrix-of-its-own-job": (
        _if("matrix.os == 'ubuntu-latest'", keys="strategy: {matrix: {os: [ubuntu-latest]}}"),
        "matrix.os == 'ubuntu-latest'",
    ),
    "jobs-own-condition-has-been-met": (
        alone(MAKE, RELEASE, keys="if: github.actor == 'x'"),
        "",
    ),
    "condition-of-the-publishing-job": (
        chain(last="if: github.actor == 'x'"),
        "github.actor == 'x'",
    ),
    "condition-of-the-entry-job-has-been-met": (chain(first="if: github.actor == 'x'"), ""),
    "condition-of-the-entry-job-in-front-of-which-it-stands": (
        chain(first="if: github.actor == 'x'", top=""),
        "github.actor == 'x'",
    ),
    "condition-of-a-quick-job-before-has-been-met": (
        workflow(
            job("a", "- run: echo", keys="if: github.actor == 'x'"),
            job("b", MAKE, RELEASE, keys="needs: a"),
        ),
        "",
    ),
    "condition-of-a-job-between": (
        workflow(
            job("a", MAKE),
            job("b", MAKE, keys="needs: a\nif: github.actor == 'x'"),
            job("c", RELEASE, keys="needs: b"),
        ),
        "github.actor == 'x'",
    ),
    "condition-of-a-job-between-whose-skipping-does-not-matter": (
        workflow(
            job("a", MAKE),
            job("b", MAKE, keys="needs: a\nif: github.actor == 'x'"),
            job("c", RELEASE, keys="needs: b\nif: always()"),
        ),
        "",
    ),
    "conditions-of-step-and-job": (
        chain(f"{RELEASE}\n  if: github.actor == 'x'", last="if: github.repository == 'a/b'"),
        "github.actor == 'x' && github.repository == 'a/b'",
    ),
    "condition-that-is-no-expression": (chain(last="if: github.actor =="), ""),
    "environment": (chain(last="environment: prod"), ""),
    "variable-of-the-repository": (chain(last="if: vars.X"), "vars.X"),
    "concurrency-that-cancels": (
        alone(MAKE, RELEASE, keys="concurrency: {group: x, cancel-in-progress: true}"),
        "",
    ),
    "always": (_if("always()"), ""),
    "success": (_if("success()"), ""),
    "not-cancelled": (_if("'!cancelled()'"), ""),
    "quotes-in-a-text": (_if("\"github.actor == 'it''s'\""), "github.actor == 'it''s'"),
    "tolerance-that-is-plainly-off": (alone(MAKE, f"{RELEASE}\n  continue-on-error: false"), ""),
    "one-of-two-steps": (
        alone(MAKE, *(f"{RELEASE}\n  if: github.actor == '{x}'" for x in "ab")),
        "github.actor == 'a' || github.actor == 'b'",
    ),
    "the-one-of-two-whose-failure-counts": (
        alone(
            MAKE,
            f"{RELEASE}\n  if: github.actor == 'a'\n  continue-on-error: true",
            f"{RELEASE}\n  if: github.actor == 'b'",
        ),
        "github.actor == 'b'",
    ),
    "push-to-a-branch-that-is-named-in-a-condition": (
        chain(on="push", top="", last="if: github.ref == 'refs/heads/main'"),
        "github.ref == 'refs/heads/main'",
    ),
    "push-to-a-branch-that-is-named-by-its-short-name": (
        chain(on="push", top="", last="if: github.ref_name == 'main'"),
        "github.ref_name == 'main'",
    ),
    "push-to-a-branch-that-is-named-by-the-event": (
        chain(on="push", top="", last="if: github.event.ref == 'refs/heads/main'"),
        "github.event.ref == 'refs/heads/main'",
    ),
    "no-push": (
        chain(on="[push, release]", top="", last="if: github.event_name != 'push'"),
        "github.event_name != 'push'",
    ),
    "push-to-a-branch-that-is-named-by-the-workflow": (
        chain(on="{push: {branches: [main]}}", top=""),
        "",
    ),
    "push-of-a-tag-in-front-of-a-job": (chain(on="push", top="", last=f"if: {_TAG}"), _TAG),
    "push-of-a-tag-by-its-name": (
        chain(on="push", top="", last="if: github.ref_type == 'tag'"),
        "github.ref_type == 'tag'",
    ),
    "release": (chain(on="release", top=""), ""),
    "secret-of-the-environment-of-both-jobs": (
        chain(
            f"- run: gh release create v1\n  {_PAT}",
            first="environment: prod",
            last="environment: prod",
        ),
        "",
    ),
    "the-one-of-two-that-is-told-early": (
        alone(MAKE, f"{RELEASE}\n  if: env.X", f"{RELEASE}\n  if: github.actor == 'b'"),
        "github.actor == 'b'",
    ),
    "with-and-without-condition": (
        alone(MAKE, f"{RELEASE}\n  if: github.actor == 'a'", RELEASE),
        "",
    ),
    "command": (_run("gh release create v1"), ""),
    "command-before-another": (_run("gh release create v1 && echo"), ""),
    "command-of-a-variable": (_run("out=$(gh release create v1)"), ""),
    "command-in-parentheses": (_run("(gh release create v1)"), ""),
}


@pytest.mark.parametrize(("text", "condition"), _WHEN.values(), ids=_WHEN)
def test_a_probe_that_fails_runs_when_its_step_is_due(text: str, condition: str) -> None:
    seen = see(text)
    step = seen.written[1]
    assert (step.condition.text if step.condition else "") == condition
    assert step.env["ON_REFUSAL"].text == "fail"
    assert (seen.probe.softened, seen.probe.dropped) == ((), ())
    assert not seen.probe.always_warns


_GUARDED = {
    "pull-requests-too": (alone(MAKE, RELEASE, on=_PR), _FORKS),
    "targets-of-pull-requests-too": (
        alone(MAKE, RELEASE, on="[push, pull_request_target]"),
        _FORKS,
    ),
    "reviews-too": (alone(MAKE, RELEASE, on="[push, pull_request_review]"), _FORKS),
    "merge-queue-too": (alone(MAKE, RELEASE, on="[push, merge_group]"), _FORKS),
    "called": (alone(MAKE, RELEASE, on="workflow_call"), _FORKS),
    "input-of-a-call": (
        _if("inputs.x", "{workflow_call: {inputs: {x: {type: boolean}}}}"),
        f"({_FORKS}) && inputs.x",
    ),
    "one-of-two-conditions": (
        _if("github.actor == 'x' || github.actor == 'y'", _PR),
        f"({_FORKS}) && (github.actor == 'x' || github.actor == 'y')",
    ),
    "in-a-job-of-its-own": (
        chain(on="{push: {branches: [main]}, pull_request: }", top=""),
        _FORKS,
    ),
}


@pytest.mark.parametrize(("text", "condition"), _GUARDED.values(), ids=_GUARDED)
def test_for_pull_requests_it_only_warns_and_for_forks_it_does_not_run(
    text: str, condition: str
) -> None:
    seen = see(text)
    step = seen.written[1]
    written = step.condition.text if step.condition else ""
    assert written.removeprefix("${{ ").removesuffix(" }}") == condition
    assert step.env["ON_REFUSAL"].text == _MAY_FAIL
    assert seen.probe.softened == (_PULLS,)


_NOT_PROBED = {
    "after-a-failure": (_if("failure()"), "FAILURE"),
    "after-a-cancellation": (_if("cancelled()"), "FAILURE"),
    "job-after-a-failure": (chain(last="if: failure()"), "FAILURE"),
    "ref-that-no-event-has": (_if("github.ref == 'x'"), "NEVER"),
    "job-of-another-event": (chain(last="if: github.ref == 'x'"), "NEVER"),
    "pull-requests-alone": (alone(MAKE, RELEASE, on="pull_request"), "PULL_REQUEST"),
    "targets-of-pull-requests-alone": (
        alone(MAKE, RELEASE, on="pull_request_target"),
        "PULL_REQUEST",
    ),
    "merge-queue-alone": (alone(MAKE, RELEASE, on="merge_group"), "PULL_REQUEST"),
    "pull-requests-by-the-condition": (
        _if("github.event_name == 'pull_request'", _PR),
        "PULL_REQUEST",
    ),
}


@pytest.mark.parametrize(("text", "reason"), _NOT_PROBED.values(), ids=_NOT_PROBED)
def test_conditions_without_a_probe(text: str, reason: str) -> None:
    assert see(text).outcome == reason
