"""Before which step a probe stands, and the forms of a file that take none."""

import pytest

from tests.remedies.preflight.support import (
    MAKE,
    RELEASE,
    TAGS,
    WRITE,
    Seen,
    alone,
    block,
    job,
    see,
    workflow,
)

_LOOK = "- run: echo"
_HARDEN = "- uses: step-security/harden-runner@v2"
_MINT = """\
- uses: actions/create-github-app-token@v2
  id: mint
  with: {app-id: '1', private-key: '${{ secrets.KEY }}'}"""
_APP = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ steps.mint.outputs.token }}'}"


def _first(seen: Seen) -> list[str]:
    return [step.label.partition(" - ")[0] for step in seen.written[0].steps][:3]


_ORDER = {
    "first": (alone(MAKE, RELEASE), ["Preflight", "Run make"]),
    "behind-harden-runner": (alone(_HARDEN, MAKE, RELEASE), [_HARDEN[8:], "Preflight"]),
    "harden-runner-in-capitals": (
        alone(_HARDEN.replace("step", "Step"), MAKE, RELEASE),
        ["Step-security/harden-runner@v2", "Preflight"],
    ),
    "harden-runner-that-comes-second": (
        alone("- uses: actions/checkout@v4", _HARDEN, MAKE, RELEASE),
        ["Preflight", "actions/checkout@v4"],
    ),
    "like-harden-runner": (
        alone("- uses: step-security/harden-runner-x@v2", MAKE, RELEASE),
        ["Preflight", "step-security/harden-runner-x@v2"],
    ),
    "behind-the-app-token": (
        alone("- run: echo", _MINT, MAKE, _APP),
        ["Run echo", "actions/create-github-app-token@v2", "Preflight"],
    ),
    "behind-the-app-token-and-not-behind-another-step-with-an-id": (
        alone("- run: echo\n  id: other", _MINT, MAKE, _APP),
        ["Run echo", "actions/create-github-app-token@v2", "Preflight"],
    ),
    "first-step-by-an-alias": (
        workflow(job("z", "- &s\n  run: make"), job("a", "- *s", RELEASE)),
        ["Preflight", "Run make"],
    ),
    "first-step-with-an-anchor": (
        workflow(job("a", "- &s\n  run: make", RELEASE), job("z", "- *s")),
        ["Preflight", "Run make"],
    ),
    "first-step-in-braces": (alone("- {run: make}", RELEASE), ["Preflight", "Run make"]),
    "behind-harden-runner-in-the-entry-job": (
        workflow(job("build", _HARDEN, MAKE), job("a", RELEASE, keys="needs: build")),
        [_HARDEN[8:], "Preflight", "Run make"],
    ),
    "first-of-parallel-steps": (
        alone("- parallel:\n    - run: make\n    - run: make all", RELEASE),
        ["Preflight", "Run make"],
    ),
}


@pytest.mark.parametrize(("text", "first"), _ORDER.values(), ids=_ORDER)
def test_order_of_steps(text: str, first: list[str]) -> None:
    assert _first(see(text))[: len(first)] == first


_BRACES = f"{{runs-on: ubuntu-latest, steps: [{{run: make}}, {{{RELEASE[2:]}}}]}}"
_FORMS = {
    "harden-runner-among-parallel-steps": (
        alone(f"- parallel:\n{block(4, _HARDEN, MAKE)}", RELEASE),
        "OWN_JOB",
    ),
    "harden-runner-by-an-alias": (
        workflow(
            job("z", "- &h\n  uses: step-security/harden-runner@v2", _LOOK),
            job("a", "- *h", MAKE, RELEASE),
        ),
        "OWN_JOB",
    ),
    "steps-in-brackets": (
        alone(MAKE, RELEASE)
        .replace(block(6, MAKE, RELEASE), "")
        .replace("steps:\n", f"steps: [{{run: make}}, {{{RELEASE[2:]}}}]\n"),
        "OWN_JOB",
    ),
    "steps-that-two-jobs-share": (
        workflow(
            f"a:\n  runs-on: ubuntu-latest\n  steps: &s\n{block(4, MAKE, RELEASE)}",
            "b:\n  runs-on: ubuntu-latest\n  steps: *s",
        ),
        "OWN_JOB",
    ),
    "job-in-braces": (
        workflow(f"a: {_BRACES}"),
        "FORM",
    ),
    "jobs-in-braces": (
        f"on: {TAGS}\n{WRITE}\njobs: {{a: {_BRACES}}}\n",
        "FORM",
    ),
    "job-that-is-two": (
        workflow(f"a: &a\n  runs-on: ubuntu-latest\n  steps:\n{block(4, MAKE, RELEASE)}", "b: *a"),
        "FORM, FORM",
    ),
}


@pytest.mark.parametrize(("text", "outcome"), _FORMS.values(), ids=_FORMS)
def test_form(text: str, outcome: str) -> None:
    assert see(text).outcome == outcome
