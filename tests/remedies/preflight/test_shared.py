"""Which steps share a probe, and which have probes of their own."""

import pytest

from bot.probes import Kind
from tests.remedies.preflight.support import MAKE, RELEASE, alone, block, job, see, workflow

_CHECKOUT = "- uses: actions/checkout@v4"
_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_OTHER = "env: {GH_TOKEN: '${{ secrets.OTHER }}'}"
_LOGIN = """\
- uses: docker/login-action@v3
  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}"""
_PACKAGES = "permissions: {packages: write}"
_REGISTER = "gh api -X POST repos/{owner}/{repo}/actions/runners/registration-token"


def _run(command: str, env: str) -> str:
    return f"- run: {command}\n  {env}"


_BUILD = "- uses: docker/build-push-action@v6\n  with: {push: true, tags: '%s'}"
_SHARED = {
    "two-releases-of-one-job": (alone(MAKE, RELEASE, RELEASE), ["a"]),
    "release-and-tag": (alone(_CHECKOUT, MAKE, RELEASE, "- run: git push --tags"), ["a"]),
    "late-steps-of-the-entry-job-and-of-one-behind-it": (
        workflow(job("build", MAKE, RELEASE), job("one", RELEASE, keys="needs: build")),
        ["build", "one"],
    ),
    "two-jobs-behind-one": (
        workflow(
            job("build", MAKE),
            job("one", RELEASE, keys="needs: build"),
            job("two", RELEASE, keys="needs: build"),
        ),
        ["one", "two"],
    ),
}


@pytest.mark.parametrize(("text", "jobs"), _SHARED.values(), ids=_SHARED)
def test_one_probe_for_steps_that_ask_the_same(text: str, jobs: list[str]) -> None:
    seen = see(text)
    assert seen.probe.kind is Kind.DRAFT_RELEASE
    assert _guards(seen.written[1].env["GUARDS"].text) == jobs


def _guards(text: str) -> list[str]:
    return text.split(", ")


_APART = {
    "two-scopes": alone(
        _LOGIN,
        MAKE,
        RELEASE,
        _BUILD % "ghcr.io/a/b",
        top=block(0, "permissions: {contents: write, packages: write}"),
    ),
    "two-images": alone(
        _LOGIN, MAKE, _BUILD % "ghcr.io/a/b", _BUILD % "ghcr.io/a/c", top=_PACKAGES
    ),
    "two-tokens": alone(MAKE, RELEASE, _run("gh release create v1", _PAT)),
    "two-secrets": alone(
        MAKE, _run("gh release create v1", _PAT), _run("gh release create v1", _OTHER)
    ),
    "two-repositories": alone(
        MAKE,
        _run("gh release create v1 --repo a/b", _PAT),
        _run("gh release create v1 --repo a/c", _PAT),
    ),
    "two-permissions-of-a-token": alone(
        MAKE, _run("gh release create v1", _PAT), _run(_REGISTER, _PAT)
    ),
    "two-jobs": workflow(job("a", MAKE, RELEASE), job("b", MAKE, RELEASE)),
}


@pytest.mark.parametrize("text", _APART.values(), ids=_APART)
def test_probes_of_their_own_for_steps_that_differ(text: str) -> None:
    assert len(see(text).plan.probes) == 2
