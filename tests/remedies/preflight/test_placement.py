"""Where a probe stands: the three places, in their order, and what keeps it from each."""

import pytest

from bot.analysis import analyse
from bot.permissions.world import World
from bot.remedies import job_permissions
from bot.remedies.rules import Remedy, Rules
from tests.remedies.preflight.support import (
    MAKE,
    PATH,
    RELEASE,
    WRITE,
    Memory,
    alone,
    block,
    chain,
    job,
    see,
    workflow,
)

_LOOK = "- run: echo"
_MATRIX = "strategy: {matrix: {x: [a]}}"
_PAT = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_MINT = """\
- uses: actions/create-github-app-token@v2
  id: mint
  with: {app-id: '1', private-key: '${{ secrets.KEY }}'}"""
_APP = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ steps.mint.outputs.token }}'}"
_PYPI = "- uses: pypa/gh-action-pypi-publish@release/v1"
_CALLED = {".github/workflows/y.yml": "on: workflow_call\njobs: {a: {runs-on: x, steps: []}}\n"}


def _on(label: str, *others: str) -> str:
    return workflow(job("a", MAKE, RELEASE, on=label), *others)


def _legs(labels: str) -> str:
    return alone(MAKE, RELEASE, keys=f"strategy: {{matrix: {{os: {labels}}}}}").replace(
        "ubuntu-latest", "${{ matrix.os }}", 1
    )


_UBUNTU = job("z", _LOOK)
_RUNNERS = {
    "ubuntu": (_on("ubuntu-24.04"), "SAME_JOB a"),
    "windows": (_on("windows-latest"), "SAME_JOB a"),
    "macos": (_on("macos-14"), "SAME_JOB a"),
    "one-label-in-a-list": (_on("[ubuntu-latest]"), "SAME_JOB a"),
    "self-hosted": (_on("self-hosted"), "RUNNER"),
    "self-hosted-by-several-labels": (_on("[self-hosted, ubuntu-latest]"), "RUNNER"),
    "self-hosted-beside-ubuntu": (_on("self-hosted", _UBUNTU), "OWN_JOB"),
    "self-hosted-beside-windows": (
        _on("self-hosted", job("z", _LOOK, on="windows-2022")),
        "RUNNER",
    ),
    "self-hosted-beside-ubuntu-that-is-gone": (
        _on("self-hosted", job("z", _LOOK, on="ubuntu-18.04")),
        "RUNNER",
    ),
    "group": (_on("{group: big}", _UBUNTU), "OWN_JOB"),
    "group-with-a-label": (_on("{group: big, labels: ubuntu-latest}"), "RUNNER"),
    "expression": (_on("'${{ inputs.runner }}'", _UBUNTU), "OWN_JOB"),
    "matrix-of-three-systems": (
        _legs("[ubuntu-latest, windows-latest, macos-latest]"),
        "SAME_JOB a",
    ),
    "matrix-with-a-leg-that-is-self-hosted": (_legs("[windows-latest, self-hosted]"), "RUNNER"),
    "matrix-by-an-expression": (_legs("'${{ fromJSON(inputs.x) }}'"), "RUNNER"),
    "container": (alone(MAKE, RELEASE, keys="container: node:20"), "OWN_JOB"),
    "services-alone": (alone(MAKE, RELEASE, keys="services: {x: {image: y}}"), "SAME_JOB a"),
}


@pytest.mark.parametrize(("text", "outcome"), _RUNNERS.values(), ids=_RUNNERS)
def test_runner(text: str, outcome: str) -> None:
    assert see(text).outcome == outcome


_LABELS = {
    "the-entry-jobs": (_on("self-hosted", job("z", _LOOK, on="ubuntu-22.04")), "ubuntu-22.04"),
    "latest-before-others": (
        _on("self-hosted", job("y", _LOOK, on="ubuntu-22.04"), job("z", _LOOK)),
        "ubuntu-latest",
    ),
    "of-a-leg": (
        workflow(
            job("a", MAKE, RELEASE, on="self-hosted"),
            job(
                "z", _LOOK, on="'${{ matrix.os }}'", keys="strategy: {matrix: {os: [ubuntu-24.04]}}"
            ),
        ),
        "ubuntu-24.04",
    ),
}


@pytest.mark.parametrize(("text", "label"), _LABELS.values(), ids=_LABELS)
def test_label_of_the_job_of_its_own(text: str, label: str) -> None:
    assert see(text).job("preflight").runs_on == (label,)


@pytest.mark.parametrize(
    "label",
    [
        "ubuntu-latest",
        "ubuntu-slim",
        "ubuntu-26.04",
        "ubuntu-24.04",
        "ubuntu-22.04",
        "ubuntu-24.04-arm",
        "ubuntu-22.04-arm",
    ],
)
def test_labels_that_a_job_of_its_own_can_have(label: str) -> None:
    seen = see(_on("self-hosted", job("z", _LOOK, on=label)))
    assert seen.job("preflight").runs_on == (label,)


_ENTRY = {
    "one": (chain(), "ENTRY_JOB build"),
    "one-at-two-removes": (
        workflow(
            job("a", MAKE),
            job("b", MAKE, keys="needs: a"),
            job("c", MAKE, keys="needs: a"),
            job("d", RELEASE, keys="needs: [b, c]"),
        ),
        "ENTRY_JOB a",
    ),
    "several": (
        workflow(job("a", MAKE), job("b", MAKE), job("c", RELEASE, keys="needs: [a, b]")),
        "OWN_JOB",
    ),
    "matrix": (chain(first=_MATRIX), "OWN_JOB"),
    "tolerated": (chain(first="continue-on-error: true"), "OWN_JOB"),
    "environment": (chain(first="environment: prod"), "ENTRY_JOB build"),
    "container": (chain(first="container: node:20"), "OWN_JOB"),
    "default-permissions-in-both": (
        chain(top="", first="permissions: {}"),
        "OWN_JOB",
    ),
    "default-permissions-in-the-entry-job": (chain(top="", last=WRITE), "OWN_JOB"),
    "blocks-of-their-own": (chain(top="", first=WRITE, last=WRITE), "ENTRY_JOB build"),
    "block-of-its-own-written-now-in-the-entry-job": (chain(last=WRITE), "ENTRY_JOB build"),
    "block-of-its-own-in-the-entry-job-alone": (chain(first=WRITE), "ENTRY_JOB build"),
    "entry-job-that-only-reads": (
        chain(top="", first="permissions: {contents: read}", last=WRITE),
        "OWN_JOB",
    ),
    "without-steps": (
        workflow(
            "a: {runs-on: ubuntu-latest, steps: []}",
            job("b", MAKE, keys="needs: a"),
            job("c", RELEASE, keys="needs: b"),
        ),
        "FORM",
    ),
    "without-steps-yet": (
        workflow(
            "a:\n  runs-on: ubuntu-latest\n  steps: []",
            job("b", MAKE, keys="needs: a"),
            job("c", RELEASE, keys="needs: b"),
        ),
        "OWN_JOB",
    ),
    "called-workflow": (chain(on="workflow_call"), "ENTRY_JOB build"),
    "called-workflow-where-the-late-job-alone-has-a-block": (
        chain(on="workflow_call", last=WRITE),
        "CALLED",
    ),
    "calls-a-workflow": (
        workflow("a:\n  uses: ./.github/workflows/y.yml", job("b", RELEASE, keys="needs: a")),
        "OWN_JOB",
    ),
    "personal-token-needs-no-block": (chain(_PAT, top=""), "ENTRY_JOB build"),
    "steps-in-brackets": (
        workflow(
            "a: {runs-on: ubuntu-latest, steps: [{run: make}]}", job("b", RELEASE, keys="needs: a")
        ),
        "FORM",
    ),
}


@pytest.mark.parametrize(("text", "outcome"), _ENTRY.values(), ids=_ENTRY)
def test_entry_job(text: str, outcome: str) -> None:
    seen = see(text, files=_CALLED)
    assert seen.outcome == outcome


def _behind(condition: str) -> str:
    return workflow(
        job("a", MAKE, keys=_MATRIX),
        job("b", RELEASE, keys="needs: a"),
        job("c", _LOOK, keys=f"needs: b\nif: {condition}"),
    )


def _pull(entry: str, on: str = "{push: {branches: [main]}, pull_request: }") -> str:
    late = "if: github.event_name == 'push'"
    return chain(on=on, first=block(0, _MATRIX, entry), last=late)


_OWN = {
    "called-workflow": (chain(on="workflow_call", first=_MATRIX), "CALLED"),
    "always-behind-it": (_behind("always()"), "SURVIVOR"),
    "failure-behind-it": (_behind("failure()"), "SURVIVOR"),
    "no-failure-behind-it": (_behind("'!failure()'"), "OWN_JOB"),
    "success-behind-it": (_behind("success()"), "OWN_JOB"),
    "no-success-behind-it": (_behind("'!success()'"), "SURVIVOR"),
    "success-or-more-behind-it": (_behind("success() || github.actor"), "SURVIVOR"),
    "cancelled-behind-it": (_behind("cancelled()"), "OWN_JOB"),
    "not-cancelled-behind-it": (_behind("'!cancelled() && github.actor'"), "SURVIVOR"),
    "condition-without-status-behind-it": (_behind("github.actor"), "OWN_JOB"),
    "always-in-the-late-job": (chain(first=_MATRIX, last="if: always()"), "SURVIVOR"),
    "always-in-the-entry-job": (chain(first=f"{_MATRIX}\nif: always()"), "SURVIVOR"),
    "always-beside-it": (
        workflow(
            job("a", MAKE, keys=_MATRIX),
            job("b", RELEASE, keys="needs: a"),
            job("c", _LOOK, keys="if: always()"),
        ),
        "OWN_JOB",
    ),
    "pull-requests": (_pull(""), "OWN_JOB"),
    "pull-requests-where-the-entry-job-has-a-condition": (_pull("if: github.actor"), "GATE"),
    "merge-queue-where-the-entry-job-has-a-condition": (
        _pull("if: github.actor", on="[push, merge_group]"),
        "GATE",
    ),
    "pull-requests-for-which-the-entry-job-does-not-run": (
        _pull("if: github.event_name == 'push'"),
        "OWN_JOB",
    ),
    "pull-requests-where-the-entry-jobs-condition-is-none": (_pull("if: github.actor =="), "GATE"),
    "pull-requests-where-one-of-two-entry-jobs-has-a-condition": (
        workflow(
            job("a", MAKE),
            job("b", MAKE, keys="if: github.actor"),
            job("c", RELEASE, keys="needs: [a, b]"),
            on="{push: {branches: [main]}, pull_request: }",
        ),
        "GATE",
    ),
    "no-pull-requests-where-the-entry-jobs-condition-is-none": (
        chain(first=f"{_MATRIX}\nif: github.actor =="),
        "OWN_JOB",
    ),
    "no-pull-requests-where-the-entry-job-has-a-condition": (
        chain(first=f"{_MATRIX}\nif: github.actor"),
        "OWN_JOB",
    ),
    "no-hosted-ubuntu": (
        workflow(
            job("a", MAKE, on="windows-latest", keys=_MATRIX),
            job("b", RELEASE, on="self-hosted", keys="needs: a"),
        ),
        "RUNNER",
    ),
    "entry-job-in-braces": (
        workflow(
            "a: {runs-on: ubuntu-latest, steps: [{run: make}]}", job("b", RELEASE, keys="needs: a")
        ),
        "FORM",
    ),
    "entry-job-that-is-two": (
        workflow(
            "a: &a\n  runs-on: ubuntu-latest\n  steps: [run: make]",
            "b: *a",
            job("c", RELEASE, keys="needs: [a, b]"),
        ),
        "FORM",
    ),
    "needs-that-stand-elsewhere": (
        workflow(
            job("z", _LOOK, keys="needs: &none []"),
            job("a", MAKE, keys=f"needs: *none\n{_MATRIX}"),
            job("b", RELEASE, keys="needs: a"),
        ),
        "FORM",
    ),
    "one-of-two-entry-jobs-in-braces": (
        workflow(
            job("y", MAKE),
            "z: {runs-on: ubuntu-latest, steps: [{run: make}]}",
            job("b", RELEASE, keys="needs: [y, z]"),
        ),
        "FORM",
    ),
}


@pytest.mark.parametrize(("text", "outcome"), _OWN.values(), ids=_OWN)
def test_job_of_its_own(text: str, outcome: str) -> None:
    assert see(text).outcome == outcome


_TOKENS = {
    "app-token-before-the-build": (alone(_MINT, MAKE, _APP), "SAME_JOB a"),
    "app-token-after-the-build": (alone(MAKE, _MINT, _APP), "MINTED_LATE"),
    "app-token-behind-a-building-job": (
        workflow(job("z", MAKE), job("a", _MINT, MAKE, _APP, keys="needs: z")),
        "MINTED_LATE",
    ),
    "app-token-behind-a-quick-job": (
        workflow(job("z", _LOOK), job("a", _MINT, MAKE, _APP, keys="needs: z")),
        "SAME_JOB a",
    ),
    "app-token-on-a-condition": (alone(f"{_MINT}\n  if: inputs.x", MAKE, _APP), "TOKEN"),
    "app-token-in-a-container": (alone(_MINT, MAKE, _APP, keys="container: node:20"), "SHELL"),
    "app-token-by-an-alias": (
        workflow(job("z", _MINT.replace("- ", "- &m\n  ", 1)), job("a", "- *m", MAKE, _APP)),
        "TOKEN",
    ),
    "oidc-in-a-container": (
        alone(
            MAKE,
            _PYPI,
            on="workflow_call",
            top="permissions: {id-token: write}",
            keys="container: node:20",
        ),
        "SHELL",
    ),
}


@pytest.mark.parametrize(("text", "outcome"), _TOKENS.values(), ids=_TOKENS)
def test_tokens_that_only_their_own_job_has(text: str, outcome: str) -> None:
    assert see(text).outcome == outcome


_ONLY = Rules(remedies=frozenset({Remedy.PREFLIGHT}))
_UNWRITTEN = {
    "default-permissions": (chain(top=""), "DEFAULT"),
    "default-permissions-and-a-personal-token": (chain(_PAT, top="", first=_MATRIX), "OWN_JOB"),
    "default-permissions-of-the-late-job": (chain(top="", first=WRITE), "DEFAULT"),
    "default-permissions-of-the-entry-job": (chain(top="", last=WRITE), "OWN_JOB"),
    "block-of-its-own-in-the-late-job-alone": (chain(last=WRITE), "OWN_JOB"),
    "default-permissions-in-its-own-job": (alone(MAKE, RELEASE, top=""), "SAME_JOB a"),
    "oidc-by-the-default-of-a-called-workflow": (
        alone(MAKE, _PYPI, top="", on="workflow_call"),
        "SAME_JOB a",
    ),
    "oidc-by-the-default": (alone(MAKE, _PYPI, top=""), "SAME_JOB a"),
}


@pytest.mark.parametrize(("text", "outcome"), _UNWRITTEN.values(), ids=_UNWRITTEN)
def test_where_no_blocks_are_written(text: str, outcome: str) -> None:
    assert see(text, _ONLY).outcome == outcome


def test_a_scope_that_is_granted_in_this_same_run() -> None:
    text = workflow(
        job("a", MAKE, RELEASE),
        job("b", RELEASE, keys="needs: a"),
        top="permissions: {contents: read}",
    )
    assert see(text).outcome == "LACKING, LACKING"
    assert see(text, Rules(job_permissions.Rules(widen=True))).outcome == "SAME_JOB a"


def test_no_probe_in_a_file_that_publishes_nothing() -> None:
    assert see(alone(MAKE, top="")).plan.probes == ()


def test_jobs_that_need_one_another() -> None:
    text = workflow(job("a", MAKE, RELEASE, keys="needs: b"), job("b", MAKE, keys="needs: a"))
    world = World(Memory({PATH: text}))
    assert not analyse(world, PATH, text.encode(), Rules()).changed
