"""What makes a probe warn, where a refusal does not mean that the run fails."""

import pytest

from bot.remedies import preflight
from bot.remedies.rules import Rules
from tests.remedies.preflight.support import (
    MAKE,
    RELEASE,
    TAGS,
    alone,
    block,
    chain,
    see,
)

_FORKS = (
    "!github.event.pull_request"
    " || github.event.pull_request.head.repo.full_name == github.repository"
)
_LATER = "some of its conditions can't be told early"
_STEP = "a refusal need not fail its step"
_JOB = "the failure of its job is tolerated"
_SCRIPT = "its script decides whether it gets there"
_TOOL = "the tool decides whether it publishes"
_TOKEN = "it may use another token instead"  # noqa: S105
_ENVIRONMENT = "its environment may have a secret of the same name"
_ANY_BRANCH = "in a push to any branch, a refusal would skip checks of its pull request"
_PR = "[push, pull_request]"
_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_GITHUB = "env: {GH_TOKEN: '${{ github.token }}'}"


def _if(condition: str, on: str = TAGS, keys: str = "") -> str:
    return alone(MAKE, f"{RELEASE}\n  if: {condition}", on=on, keys=keys)


def _run(script: str, env: str = _GITHUB) -> str:
    lines = block(4, script)
    return alone("- uses: actions/checkout@v4", MAKE, f"- run: |\n{lines}  {env}")


_WARNS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "output-of-a-step": (
        _if("steps.x.outputs.y == 'z'"),
        "",
        (_LATER,),
        ("steps.x.outputs.y == 'z'",),
    ),
    "output-of-a-step-and-more": (
        _if("steps.x.outputs.y == 'z' && github.actor == 'x'"),
        "github.actor == 'x'",
        (_LATER,),
        ("steps.x.outputs.y == 'z'",),
    ),
    "output-of-a-step-or-more": (
        _if("steps.x.outputs.y == 'z' || github.actor == 'x'"),
        "",
        (_LATER,),
        ("steps.x.outputs.y == 'z' || github.actor == 'x'",),
    ),
    "variable-that-a-step-may-set": (_if("env.X == 'x'"), "", (_LATER,), ("env.X == 'x'",)),
    "files": (_if("hashFiles('x') != ''"), "", (_LATER,), ("hashFiles('x') != ''",)),
    "output-of-a-job": (
        chain(last="if: needs.build.outputs.x"),
        "",
        (_LATER,),
        ("needs.build.outputs.x",),
    ),
    "matrix-of-another-job": (
        chain(f"{RELEASE}\n  if: matrix.x == 'a'", last="strategy: {matrix: {x: [a]}}"),
        "",
        (_LATER,),
        ("matrix.x == 'a'",),
    ),
    "variable-of-an-environment": (
        chain(last="environment: prod\nif: vars.X"),
        "",
        (_LATER,),
        ("vars.X",),
    ),
    "step-that-may-fail": (alone(MAKE, f"{RELEASE}\n  continue-on-error: true"), "", (_STEP,), ()),
    "step-that-may-fail-by-an-expression": (
        alone(MAKE, f"{RELEASE}\n  continue-on-error: ${{{{ inputs.x }}}}"),
        "",
        (_STEP,),
        (),
    ),
    "job-that-may-fail": (alone(MAKE, RELEASE, keys="continue-on-error: true"), "", (_JOB,), ()),
    "job-behind-others-that-may-fail": (chain(last="continue-on-error: true"), "", (_JOB,), ()),
    "or-true": (_run("gh release create v1 || true"), "", (_STEP,), ()),
    "if-not": (_run("if ! gh release create v1; then echo; fi"), "", (_STEP,), ()),
    "without-set-e": (_run("set +e\ngh release create v1\necho"), "", (_STEP,), ()),
    "in-the-background": (_run("gh release create v1 &"), "", (_STEP,), ()),
    "if": (_run('if [ "$X" ]; then gh release create v1; fi'), "", (_SCRIPT,), ()),
    "and": (_run('[ "$X" ] && gh release create v1'), "", (_SCRIPT,), ()),
    "unless-it-is-there": (_run("gh release view v1 || gh release create v1"), "", (_SCRIPT,), ()),
    "function": (_run("f() { gh release create v1; }\nf"), "", (_SCRIPT,), ()),
    "early-exit": (_run('[ "$X" ] || exit 0\ngh release create v1'), "", (_SCRIPT,), ()),
    "loop": (_run("for x in $Y; do gh release create $x; done"), "", (_SCRIPT,), ()),
    "case": (_run("case $X in a) gh release create v1 ;; esac"), "", (_SCRIPT,), ()),
    "github-script": (
        alone(
            MAKE,
            "- uses: actions/github-script@v7\n  with:\n    script: |\n"
            "      github.rest.repos.createRelease({...context.repo, tag_name: 'v1'})",
        ),
        "",
        (_SCRIPT,),
        (),
    ),
    "semantic-release": (
        alone(
            "- uses: actions/checkout@v4",
            MAKE,
            "- run: npx semantic-release\n  env: {GITHUB_TOKEN: '${{ github.token }}'}",
        ),
        "",
        (_TOOL,),
        (),
    ),
    "changesets": (
        alone(
            MAKE,
            "- uses: changesets/action@v1\n  env: {GITHUB_TOKEN: '${{ github.token }}'}",
            top="permissions: {contents: write, pull-requests: write}",
        ),
        "",
        (_TOOL,),
        (),
    ),
    "release-please": (
        alone(
            MAKE,
            "- uses: googleapis/release-please-action@v4",
            top="permissions: {contents: write, pull-requests: write}",
        ),
        "",
        (_TOOL,),
        (),
    ),
    "another-token-first": (
        _run("gh release create v1", _GITHUB.replace("github", "secrets.PAT || github")),
        "",
        (_TOKEN,),
        (),
    ),
    "secret-that-its-environment-may-have-too": (
        chain(f"- run: gh release create v1\n  {_PAT}", last="environment: prod"),
        "",
        (_ENVIRONMENT,),
        (),
    ),
    "secret-that-the-environment-of-the-entry-job-may-have-too": (
        chain(f"- run: gh release create v1\n  {_PAT}", first="environment: prod"),
        "",
        (_ENVIRONMENT,),
        (),
    ),
    "push-to-a-branch-that-anybody-may-name": (
        chain(on="push", top=""),
        "",
        (_ANY_BRANCH,),
        (),
    ),
    "step-that-may-fail-in-a-push-to-any-branch": (
        chain(f"{RELEASE}\n  continue-on-error: true", on="push", top=""),
        "",
        (_STEP,),
        (),
    ),
    "push-to-all-branches-but-some": (
        chain(on="{push: {tags: [v1], branches-ignore: [x]}}", top=""),
        "",
        (_ANY_BRANCH,),
        (),
    ),
    "push-to-a-branch-that-is-not-main": (
        chain(on="push", top="", last="if: github.ref != 'refs/heads/main'"),
        "github.ref != 'refs/heads/main'",
        (_ANY_BRANCH,),
        (),
    ),
    "several-reasons": (
        alone(
            MAKE,
            f"{RELEASE}\n  if: env.X\n  continue-on-error: true",
            keys="continue-on-error: true",
        ),
        "",
        (_LATER, _STEP, _JOB),
        ("env.X",),
    ),
    "two-steps-of-which-none-must-go-well": (
        alone(
            MAKE,
            f"{RELEASE}\n  if: env.X",
            f"{RELEASE}\n  continue-on-error: true",
        ),
        "",
        (_LATER, _STEP),
        ("env.X",),
    ),
    "for-pull-requests-too": (
        alone(MAKE, f"{RELEASE}\n  continue-on-error: true", on=_PR),
        f"${{{{ {_FORKS} }}}}",
        (_STEP,),
        (),
    ),
}


@pytest.mark.parametrize(("text", "condition", "softened", "dropped"), _WARNS.values(), ids=_WARNS)
def test_a_probe_that_only_warns(
    text: str, condition: str, softened: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    seen = see(text)
    step = seen.written[1]
    assert (step.condition.text if step.condition else "") == condition
    assert step.env["ON_REFUSAL"].text == "warn"
    assert (seen.probe.softened, seen.probe.dropped) == (softened, dropped)
    assert seen.probe.always_warns


@pytest.mark.parametrize(
    ("step", "probes", "reasons"),
    [
        pytest.param("- run: gh release create v1 || true", 0, ["WARNING"], id="only-warns"),
        pytest.param("- run: gh release create v1", 1, [], id="fails"),
    ],
)
def test_probes_that_only_warn_can_be_left_out(step: str, probes: int, reasons: list[str]) -> None:
    step += "\n  env: {GH_TOKEN: '${{ github.token }}'}"
    seen = see(alone(MAKE, step), Rules(preflight=preflight.Rules(warnings=False)))
    assert (len(seen.plan.probes), list(seen.reasons)) == (probes, reasons)
