"""Probes that are there: the program's own of any age, and early steps that serve as well."""

import re

import pytest

from bot.probes import Kind
from bot.remedies.preflight import existing
from bot.workflow.document import parse
from bot.workflow.reader import read_workflow
from tests.remedies.preflight.support import (
    MAKE,
    PATH,
    RELEASE,
    WRITE,
    alone,
    block,
    chain,
    job,
    see,
    workflow,
    written,
)

_CHECKOUT = "- uses: actions/checkout@v4"
_GITHUB = "env: {GH_TOKEN: '${{ github.token }}'}"
_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_PUSHES = "- run: git push origin v1"


def _run(script: str, env: str = _GITHUB, more: str = "") -> str:
    return "- run: |\n" + block(4, script) + block(2, env, more)


_PROBE = _run("gh release create probe --draft\ngh release delete probe --yes")

_EARLIER = {
    "draft-made-and-deleted-in-a-job-of-its-own": workflow(
        job("look", _PROBE),
        job("build", MAKE, keys="needs: look"),
        job("a", RELEASE, keys="needs: build"),
    ),
    "draft-made-and-deleted-in-the-same-job": alone(_PROBE, MAKE, RELEASE),
    "failure-that-is-caught-told-and-passed-on": alone(
        _run("if ! gh release create x --draft; then\n  echo refused\n  exit 1\nfi"), MAKE, RELEASE
    ),
    "draft-at-the-start-of-the-entry-job": workflow(
        job("build", _CHECKOUT, _PROBE, MAKE), job("a", RELEASE, keys="needs: build")
    ),
    "draft-in-the-same-job-behind-a-quick-one": workflow(
        job("quick", "- run: echo"), job("a", _PROBE, MAKE, RELEASE, keys="needs: quick")
    ),
    "tag-pushed-before-the-build": alone(_CHECKOUT, _PUSHES, MAKE, RELEASE),
    "tag-pushed-in-a-job-before": workflow(
        job("tag", _CHECKOUT, _PUSHES),
        job("build", MAKE, keys="needs: tag"),
        job("a", RELEASE, keys="needs: build"),
    ),
}


@pytest.mark.parametrize("text", _EARLIER.values(), ids=_EARLIER)
def test_an_early_step_that_serves_as_well(text: str) -> None:
    seen = see(text)
    assert seen.plan.probes == ()
    assert "EARLIER" in seen.reasons
    (left,) = (one for one in seen.plan.left if one.reason.name == "EARLIER")
    assert left.detail.startswith("Run ")


_NOT_EARLIER = {
    "behind-the-build": alone(MAKE, _PROBE, RELEASE),
    "behind-the-build-in-the-entry-job": workflow(
        job("build", MAKE, _PROBE), job("a", RELEASE, keys="needs: build")
    ),
    "in-the-step-that-builds": alone(_run("make\ngh release create x"), RELEASE),
    "on-a-condition": alone(f"{_PROBE}  if: github.actor", MAKE, RELEASE),
    "on-a-condition-of-the-script": alone(
        _run("if [ -f x ]; then gh release create x; fi"), MAKE, RELEASE
    ),
    "tolerated-in-the-script": alone(_run("gh release create x || true"), MAKE, RELEASE),
    "tolerated-in-the-step": alone(f"{_PROBE}  continue-on-error: true", MAKE, RELEASE),
    "tolerated-in-the-job": workflow(
        job("look", _PROBE, keys="continue-on-error: true"),
        job("build", MAKE, keys="needs: look"),
        job("a", RELEASE, keys="needs: build"),
    ),
    "tool-that-decides": alone(
        "- uses: googleapis/release-please-action@v4",
        MAKE,
        RELEASE,
        top="permissions: {contents: write, pull-requests: write}",
    ),
    "another-token": alone(_run("gh release create x", _PAT), MAKE, RELEASE),
    "this-token-or-another": alone(
        _run("gh release create x", _GITHUB.replace("github", "secrets.PAT || github")),
        MAKE,
        RELEASE,
    ),
    "caught-told-and-passed-on-in-a-step-that-may-fail": alone(
        _run(
            "if ! gh release create x --draft; then\n  exit 1\nfi", more="continue-on-error: true"
        ),
        MAKE,
        RELEASE,
    ),
    "only-reads": alone(_run("gh release view x"), MAKE, RELEASE),
    "another-scope": alone(
        _run("gh pr comment 1 --body x"),
        MAKE,
        RELEASE,
        top="permissions: {contents: write, pull-requests: write}",
    ),
    "one-of-two-entry-jobs": workflow(
        job("look", _PROBE), job("build", MAKE), job("a", RELEASE, keys="needs: [look, build]")
    ),
    "job-beside-it": workflow(job("look", _PROBE), job("a", MAKE, RELEASE)),
    "personal-token-for-another-repository": alone(
        _run("gh release create x --repo a/b", _PAT), MAKE, _run("gh release create v1", _PAT)
    ),
}


@pytest.mark.parametrize("text", _NOT_EARLIER.values(), ids=_NOT_EARLIER)
def test_an_early_step_that_does_not_serve(text: str) -> None:
    assert len(see(text).plan.probes) == 1


_OWN = {
    "in-the-same-job": alone(MAKE, RELEASE),
    "in-the-entry-job": chain(),
    "in-a-job-of-its-own": chain(top=""),
    "for-a-personal-token": alone(MAKE, _run("gh release create v1", _PAT)),
    "for-two-jobs": workflow(
        job("build", MAKE),
        job("one", RELEASE, keys="needs: build"),
        job("two", RELEASE, keys="needs: build"),
    ),
    "that-warns": alone(MAKE, f"{RELEASE}\n  continue-on-error: true"),
}

_EDITS = {
    "as-it-was": ("", ""),
    "of-another-version": (r"set \+e\n", "set +e\n          echo more\n"),
    "with-an-edited-script": (r"--max-time 10", "--max-time 99"),
    "with-a-comment-of-somebodys": (r"# (Only a plain|It makes no)", "# NB. \\1"),
    "with-another-name": (r"name: Preflight - [^\n]*", "name: Look"),
    "with-a-condition-of-somebodys": (
        r"\n( *)shell: bash",
        "\n\\1if: github.actor\n\\1shell: bash",
    ),
    "that-warns-by-somebodys-hand": (r"ON_REFUSAL: fail", "ON_REFUSAL: warn"),
    "with-its-guards-between-blanks": (r"GUARDS: (.*)", "GUARDS: '  \\1  '"),
}


@pytest.mark.parametrize("text", _OWN.values(), ids=_OWN)
@pytest.mark.parametrize(("old", "new"), _EDITS.values(), ids=_EDITS)
def test_an_own_probe_is_recognised(text: str, old: str, new: str) -> None:
    after = re.sub(old, new, see(text).report.after) if old else see(text).report.after
    seen = see(after)
    assert set(seen.reasons) == {"PROBED"}
    assert not seen.report.changed


def test_a_probe_of_another_job_of_the_same_kind() -> None:
    jobs = job("a", MAKE, RELEASE, keys=WRITE), job("b", MAKE, keys=WRITE)
    probed = see(workflow(*jobs)).report.after
    again = see(probed + block(6, RELEASE))
    assert [probe.host for probe in again.plan.probes] == ["b"]
    assert len(written(again.after)) == 2


def test_a_job_that_was_renamed_gets_a_probe_of_its_new_name() -> None:
    renamed = see(alone(MAKE, RELEASE)).report.after.replace("  a:\n", "  b:\n")
    assert see(renamed).outcome == "SAME_JOB b"


def test_a_probe_that_somebody_took_out_is_written_again() -> None:
    text = alone(MAKE, RELEASE)
    assert see(see(text).report.before).outcome == "SAME_JOB a"


_SIGNED = "# Clearance preflight probe: %s\ntrue"


def _probed(kind: str, env: str, late: str = RELEASE) -> str:
    return alone(f"- run: |\n{block(4, _SIGNED % kind)}  env: {env}", MAKE, late)


_ALIKE = {
    "drafts-and-notes": (_probed("generate-notes", "{GUARDS: a}"), "PROBED"),
    "drafts-and-refs": (_probed("refs", "{GUARDS: a}"), "PROBED"),
    "one-of-several-guards": (_probed("refs", "{GUARDS: 'x, a'}"), "PROBED"),
    "guards-without-commas": (_probed("refs", "{GUARDS: x a}"), "PROBED"),
    "another-scope": (_probed("ghcr", "{GUARDS: a}"), "SAME_JOB a"),
    "another-job": (_probed("refs", "{GUARDS: ab}"), "SAME_JOB a"),
    "no-guards": (_probed("refs", "{X: a}"), "SAME_JOB a"),
    "another-token": (_probed("refs", "{GUARDS: a, PROBE_SECRET: PAT}"), "SAME_JOB a"),
    "token-for-the-same-secret": (
        _probed("token", "{GUARDS: a, PROBE_SECRET: PAT}", _run("gh release create v1", _PAT)),
        "PROBED",
    ),
    "token-for-another-secret": (
        _probed("token", "{GUARDS: a, PROBE_SECRET: OTHER}", _run("gh release create v1", _PAT)),
        "SAME_JOB a",
    ),
    "refs-for-a-token": (
        _probed("refs", "{GUARDS: a, PROBE_SECRET: PAT}", _run("gh release create v1", _PAT)),
        "SAME_JOB a",
    ),
    "kind-that-is-not-known": (_probed("future", "{GUARDS: a}"), "SAME_JOB a"),
}


@pytest.mark.parametrize(("text", "outcome"), _ALIKE.values(), ids=_ALIKE)
def test_what_a_probe_stands_for(text: str, outcome: str) -> None:
    assert see(text).outcome == outcome


def test_own_probes_are_read_with_what_they_guard() -> None:
    text = _probed("token", "{GUARDS: 'x, a', PROBE_SECRET: PAT}")
    (found,) = existing.own(read_workflow(parse(PATH, text)))
    assert found == existing.Existing(Kind.TOKEN, frozenset({"x", "a"}), "PAT")
