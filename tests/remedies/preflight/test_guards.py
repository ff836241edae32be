"""Which steps get a probe, of which kind, with which token, and for what."""

import pytest

from bot import probes
from bot.probes import Kind
from bot.remedies import preflight
from bot.remedies.rules import Rules
from tests.remedies.preflight.support import MAKE, RELEASE, alone, chain, see

_CHECKOUT = "- uses: actions/checkout@v4"
_GITHUB = "env: {GH_TOKEN: '${{ github.token }}'}"
_PAT = "env: {GH_TOKEN: '${{ secrets.PAT }}'}"
_LOGIN = """\
- uses: docker/login-action@v3
  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}"""
_PACKAGES = "permissions: {packages: write}"
_BY_NPM = "- run: npm publish\n  env: {NODE_AUTH_TOKEN: '${{ github.token }}'}"
_PYPI = "- uses: pypa/gh-action-pypi-publish@release/v1"
_PYPI_BLOCK = "permissions: {id-token: write}"
_REGISTER = "gh api -X POST repos/{owner}/{repo}/actions/runners/registration-token"


def _run(command: str, env: str = _GITHUB) -> str:
    return f"- run: {command}\n  {env}"


_KINDS = {
    "release-by-an-action": (alone(MAKE, RELEASE), Kind.DRAFT_RELEASE),
    "release-by-gh": (alone(MAKE, _run("gh release create v1")), Kind.DRAFT_RELEASE),
    "assets": (alone(MAKE, _run("gh release upload v1 x.zip")), Kind.DRAFT_RELEASE),
    "tags": (alone(_CHECKOUT, MAKE, "- run: git push --tags"), Kind.REFS),
    "a-tag-by-the-api": (
        alone(MAKE, _run("gh api -X POST repos/{owner}/{repo}/git/refs -f ref=refs/tags/v1")),
        Kind.REFS,
    ),
    "branch": (alone(_CHECKOUT, MAKE, "- run: git push origin main"), Kind.REFS),
    "pages-branch": (
        alone(
            _CHECKOUT,
            MAKE,
            "- uses: peaceiris/actions-gh-pages@v4\n  with: {github_token: '${{ github.token }}'}",
        ),
        Kind.REFS,
    ),
    "image": (
        alone(
            _LOGIN,
            MAKE,
            "- uses: docker/build-push-action@v6\n  with: {push: true, tags: 'ghcr.io/a/b:1'}",
            top=_PACKAGES,
        ),
        Kind.GHCR,
    ),
    "oidc-of-a-called-workflow": (
        alone(MAKE, _PYPI, top=_PYPI_BLOCK, on="workflow_call"),
        Kind.ID_TOKEN,
    ),
    "personal-token": (alone(MAKE, _run("gh release create v1", _PAT)), Kind.TOKEN),
    "personal-token-beyond-all-scopes": (alone(MAKE, _run(_REGISTER, _PAT)), Kind.TOKEN),
    "personal-token-for-an-image": (
        alone(
            _LOGIN.replace("github.token", "secrets.PAT"),
            MAKE,
            "- uses: docker/build-push-action@v6\n  with: {push: true, tags: 'ghcr.io/a/b:1'}",
        ),
        Kind.GHCR,
    ),
}


@pytest.mark.parametrize(("text", "kind"), _KINDS.values(), ids=_KINDS)
def test_kind(text: str, kind: Kind) -> None:
    seen = see(text)
    assert seen.probe.kind is kind
    (host, step) = seen.written
    assert step.run is not None
    assert probes.recognise(step.run.text) is kind
    assert host.id == seen.probe.host == seen.probe.guards[0].job


_LEFT = {
    "package-on-a-registry-without-a-probe": (alone(MAKE, _BY_NPM, top=_PACKAGES), "NO_PROBE"),
    "package-with-a-personal-token": (
        alone(MAKE, _BY_NPM.replace("github.token", "secrets.PAT"), top=""),
        "NO_PROBE",
    ),
    "oidc-by-the-jobs-own-declaration": (alone(MAKE, _PYPI, top=_PYPI_BLOCK), "OWN_BLOCK"),
    "oidc-by-the-block-that-is-written-now": (alone(MAKE, _PYPI, top=""), "OWN_BLOCK"),
    "oidc-behind-another-job": (
        chain(_PYPI, top=_PYPI_BLOCK, on="workflow_call"),
        "OWN_BLOCK",
    ),
    "scope-that-the-job-does-not-hold": (
        alone(MAKE, RELEASE, top="permissions: {contents: read}"),
        "LACKING",
    ),
    "one-of-two-secrets": (
        alone(
            MAKE,
            _run("gh release create v1", _PAT.replace("secrets.PAT", "secrets.A || secrets.B")),
        ),
        "TOKEN",
    ),
    "token-that-is-an-input": (
        alone(
            MAKE,
            _run("gh release create v1", _PAT.replace("secrets.PAT", "inputs.token")),
            on="workflow_dispatch",
        ),
        "TOKEN",
    ),
    "repository-only-known-in-a-run": (
        alone(MAKE, _run("gh release create v1 --repo acme/$NAME", _PAT)),
        "REPOSITORY",
    ),
    "repository-with-a-host": (
        alone(MAKE, _run("gh release create v1 --repo ghe.example/acme/x", _PAT)),
        "REPOSITORY",
    ),
    "repository-without-an-owner": (
        alone(MAKE, "- run: git push https://x:${{ secrets.PAT }}@github.com/site main"),
        "REPOSITORY",
    ),
    "repository-that-is-a-wiki": (
        alone(
            MAKE,
            "- run: git push https://x:${{ secrets.PAT }}@github.com/acme/site.wiki.git main",
        ),
        "REPOSITORY",
    ),
    "image-only-known-in-a-run": (
        alone(_LOGIN, MAKE, "- run: docker push $(cat name)", top=_PACKAGES),
        "IMAGE",
    ),
    "image-that-holds-an-output": (
        alone(
            _LOGIN,
            MAKE,
            "- uses: docker/build-push-action@v6\n"
            "  with: {push: true, tags: 'ghcr.io/a/${{ steps.x.outputs.y }}'}",
            top=_PACKAGES,
        ),
        "IMAGE",
    ),
    "one-of-two-images": (
        alone(
            _LOGIN,
            MAKE,
            "- run: docker push $(cat name)\n  env: {A: ghcr.io/a/b, B: ghcr.io/a/c}",
            top=_PACKAGES,
        ),
        "IMAGE",
    ),
}


@pytest.mark.parametrize(("text", "reason"), _LEFT.values(), ids=_LEFT)
def test_left_alone(text: str, reason: str) -> None:
    seen = see(text)
    assert seen.outcome == reason
    assert not seen.plan.change.edits


_NO_GUARDS = {
    "comment-on-a-pull-request": alone(MAKE, _run("gh pr comment 1 --body x"), top=""),
    "deletion-of-a-ref": alone(
        MAKE, _run("gh api -X DELETE repos/{owner}/{repo}/git/refs/heads/x")
    ),
    "login-to-a-cloud": alone(
        MAKE,
        "- uses: aws-actions/configure-aws-credentials@v4\n  with: {role-to-assume: x}",
        top=_PYPI_BLOCK,
    ),
    "comment-with-a-personal-token": alone(MAKE, _run("gh pr comment 1 --body x", _PAT), top=""),
    "read-of-a-secret-list-with-a-personal-token": alone(
        MAKE, _run("gh api repos/acme/site/actions/secrets", _PAT), top=""
    ),
    "quick-call-with-a-personal-token": alone(
        MAKE, _run("gh api -X POST repos/acme/other/dispatches", _PAT), top=""
    ),
    "nothing-that-publishes": alone(_CHECKOUT, MAKE, top=""),
}


@pytest.mark.parametrize("text", _NO_GUARDS.values(), ids=_NO_GUARDS)
def test_what_publishes_nothing(text: str) -> None:
    assert see(text).outcome == ""


def _env(text: str) -> dict[str, str]:
    return {name: value.text for name, value in see(text).written[1].env.items()}


_MINT = """\
- uses: actions/create-github-app-token@v2
  id: Mint
  with: {app-id: '1', private-key: '${{ secrets.KEY }}'}"""
_MINTED = "env: {GH_TOKEN: '${{ steps.mint.outputs.token }}'}"
_OWN = "${{ github.repository }}"
_DIRECT = {"ON_REFUSAL": "fail", "GUARDS": "a"}
_CHECK = {"PROBE_PERMISSION": "contents: write", "PROBE_CHECK": "POST git/refs"}
_ENVIRONMENTS = {
    "github-token": (
        alone(MAKE, RELEASE),
        {"TOKEN": "${{ github.token }}", "REPOSITORY": _OWN},
    ),
    "personal-token-of-an-action-that-may-do-without": (
        alone(MAKE, f"{RELEASE}\n  with: {{token: '${{{{ secrets.PAT }}}}'}}"),
        {"TOKEN": "${{ secrets.PAT }}", "REPOSITORY": _OWN, "PROBE_SECRET": "PAT", **_CHECK},
    ),
    "personal-token-of-a-script-that-needs-it": (
        alone(MAKE, _run("gh release create v1", _PAT)),
        {
            "TOKEN": "${{ secrets.PAT }}",
            "REPOSITORY": _OWN,
            "PROBE_SECRET": "PAT",
            "PROBE_EMPTY": "refused",
            **_CHECK,
        },
    ),
    "personal-token-or-the-github-token": (
        alone(
            MAKE,
            _run(
                "gh release create v1", _PAT.replace("secrets.PAT", "secrets.PAT || github.token")
            ),
        ),
        {
            "TOKEN": "${{ secrets.PAT || github.token }}",
            "REPOSITORY": _OWN,
            "PROBE_SECRET": "PAT",
            "ON_REFUSAL": "warn",
        },
    ),
    "app-token-minted-early": (
        alone(_MINT, MAKE, _run("gh release create v1", _MINTED)),
        {
            "TOKEN": "${{ steps.Mint.outputs.token }}",
            "REPOSITORY": _OWN,
            "PROBE_SECRET": "steps.Mint.outputs.token",
            "PROBE_EMPTY": "refused",
            **_CHECK,
        },
    ),
    "another-repository": (
        alone(MAKE, _run("gh release create v1 --repo acme/other", _PAT)),
        {
            "TOKEN": "${{ secrets.PAT }}",
            "REPOSITORY": "acme/other",
            "PROBE_SECRET": "PAT",
            "PROBE_EMPTY": "refused",
            **_CHECK,
        },
    ),
    "another-repository-of-this-owner": (
        alone(MAKE, _run("gh release create v1 --repo ${{ github.repository_owner }}/b", _PAT)),
        {
            "TOKEN": "${{ secrets.PAT }}",
            "REPOSITORY": "${{ github.repository_owner }}/b",
            "PROBE_SECRET": "PAT",
            "PROBE_EMPTY": "refused",
            **_CHECK,
        },
    ),
    "permission-without-a-harmless-call": (
        alone(MAKE, _run("gh api -X POST orgs/acme/actions/runners/registration-token", _PAT)),
        None,
    ),
    "runner-registration": (
        alone(MAKE, _run(_REGISTER, _PAT)),
        {
            "TOKEN": "${{ secrets.PAT }}",
            "REPOSITORY": _OWN,
            "PROBE_SECRET": "PAT",
            "PROBE_EMPTY": "refused",
            "PROBE_PERMISSION": "administration: write",
            "PROBE_CHECK": "GET actions/runners",
        },
    ),
    "oidc-needs-no-token": (
        alone(MAKE, _PYPI, top=_PYPI_BLOCK, on="workflow_call"),
        {
            "ON_REFUSAL": "${{ (startsWith(github.event_name, 'pull_request')"
            " || github.event_name == 'merge_group') && 'warn' || 'fail' }}"
        },
    ),
}


@pytest.mark.parametrize(("text", "env"), _ENVIRONMENTS.values(), ids=_ENVIRONMENTS)
def test_what_the_script_is_given(text: str, env: dict[str, str] | None) -> None:
    if env is None:
        assert "PROBE_CHECK" not in _env(text)
    else:
        assert _env(text) == {**_DIRECT, **env}


@pytest.mark.parametrize("kind", [Kind.GENERATE_NOTES, Kind.DRAFT_RELEASE])
def test_a_kind_that_is_turned_off_is_not_written(kind: Kind) -> None:
    rules = Rules(preflight=preflight.Rules(frozenset(Kind) - {kind}))
    assert kind not in {probe.kind for probe in see(chain(), rules).plan.probes}


def test_without_drafts_the_notes_are_asked_for() -> None:
    rules = Rules(preflight=preflight.Rules(frozenset({Kind.GENERATE_NOTES})))
    assert see(chain(), rules).probe.kind is Kind.GENERATE_NOTES


_KINDS_LEFT = {
    "drafts-would-be-seen": (chain(on="push"), {Kind.DRAFT_RELEASE}, "OFF"),
    "drafts-are-safe": (chain(), {Kind.DRAFT_RELEASE}, "ENTRY_JOB build"),
    "refs-ask-for-the-same": (chain(), {Kind.REFS}, "ENTRY_JOB build"),
    "others-do-not": (chain(), {Kind.GHCR, Kind.TOKEN, Kind.ID_TOKEN}, "OFF"),
    "of-a-token": (
        alone(MAKE, _run("gh release create v1", _PAT)),
        set(Kind) - {Kind.TOKEN},
        "OFF",
    ),
}


@pytest.mark.parametrize(("text", "kinds", "outcome"), _KINDS_LEFT.values(), ids=_KINDS_LEFT)
def test_kinds_that_are_left(text: str, kinds: set[Kind], outcome: str) -> None:
    seen = see(text, Rules(preflight=preflight.Rules(frozenset(kinds))))
    assert seen.outcome == outcome
    assert {probe.kind for probe in seen.plan.probes} <= kinds


def test_a_secret_that_one_of_two_steps_can_do_without_may_be_empty() -> None:
    text = alone(
        MAKE,
        _run("gh release create v1 || true", _PAT),
        f"{RELEASE}\n  with: {{token: '${{{{ secrets.PAT }}}}'}}",
    )
    env = _env(text)
    assert (env["ON_REFUSAL"], env.get("PROBE_EMPTY")) == ("fail", None)


def test_with_every_kind_off_it_is_said() -> None:
    rules = Rules(preflight=preflight.Rules(frozenset()))
    assert see(chain(), rules).outcome == "OFF"
