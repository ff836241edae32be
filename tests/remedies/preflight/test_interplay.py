"""All remedies together: each choice of them gives a workflow that holds together."""

from itertools import combinations

import pytest

from bot import probes
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenRules
from bot.workflow.model import Workflow
from tests.remedies.preflight.support import (
    MAKE,
    RELEASE,
    WRITE,
    Seen,
    alone,
    chain,
    job,
    see,
    workflow,
    written,
)

_CHECKOUT = "- uses: actions/checkout@v4"
_BUILD = "- run: cargo build"
_HARDEN = "- uses: step-security/harden-runner@v2"
_REGISTER = """\
- run: gh api -X POST repos/acme/site/actions/runners/registration-token
  env: {GH_TOKEN: '${{ github.token }}'}"""
_MINT = """\
- uses: actions/create-github-app-token@v2
  id: mint
  with: {app-id: '1', private-key: '${{ secrets.KEY }}'}"""
_APP = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ steps.mint.outputs.token }}'}"
_PULLS = "{push: {branches: [main]}, pull_request: }"

_TEXTS = {
    "two-jobs": workflow(
        job("build", _CHECKOUT, _BUILD),
        job("publish", RELEASE, _REGISTER, keys="needs: build"),
        top="",
    ),
    "two-jobs-and-pull-requests": workflow(
        job("build", _CHECKOUT, _BUILD),
        job(
            "publish",
            RELEASE,
            _REGISTER,
            keys="needs: build\nif: github.event_name == 'push'",
        ),
        on=_PULLS,
        top="",
    ),
    "call-first": workflow(job("a", _REGISTER, _BUILD, RELEASE), top=""),
    "call-between": workflow(job("a", _BUILD, _REGISTER, RELEASE), top=""),
    "call-last": workflow(job("a", _BUILD, RELEASE, _REGISTER), top=""),
    "call-behind-harden-runner": workflow(job("a", _HARDEN, _REGISTER, _BUILD, RELEASE), top=""),
    "call-before-an-app-token": workflow(
        job("a", _CHECKOUT, _REGISTER, _MINT, _BUILD, _APP, keys=WRITE), top=""
    ),
    "call-behind-an-app-token": workflow(
        job("a", _CHECKOUT, _MINT, _BUILD, _REGISTER, _APP, keys=WRITE), top=""
    ),
    "call-where-the-probe-stands-first": workflow(
        job("build", _REGISTER, _BUILD, keys=WRITE),
        job("publish", RELEASE, keys=f"needs: build\n{WRITE}"),
        top="",
    ),
}
_CHOICES = [frozenset(some) for count in (1, 2, 3) for some in combinations(Remedy, count)]


def _needs_resolve(found: Workflow) -> bool:
    ids = {one.id for one in found.jobs}
    return all(set(one.needs) <= ids for one in found.jobs)


def _probes_hold_their_scopes(seen: Seen) -> bool:
    """Whether each probe's job holds what it asks for, where a block says what it holds."""
    for host, step in written(seen.after):
        kind = probes.recognise(step.run.text) if step.run is not None else None
        assert kind is not None
        held = seen.after.held(host)
        asked = probes.grants(kind) if "github.token" in step.env["TOKEN"].text else {}
        if held is None:
            # A default applies: no other job's probe proves it.
            if asked and step.env["GUARDS"].text != host.id:
                return False
        elif any(held.grants.get(scope) != level for scope, level in asked.items()):
            return False
    return True


@pytest.mark.parametrize("strategy", ["pat", "app"])
@pytest.mark.parametrize("remedies", _CHOICES, ids=lambda some: "+".join(sorted(some)))
@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
def test_every_choice_holds_together(text: str, remedies: frozenset[Remedy], strategy: str) -> None:
    token = TokenRules(strategy="app" if strategy == "app" else "pat")
    seen = see(text, Rules(remedies=remedies, token=token))
    assert _needs_resolve(seen.after)
    assert _probes_hold_their_scopes(seen)
    assert bool(written(seen.after)) <= (Remedy.PREFLIGHT in remedies)
    assert ("permissions:" in seen.report.after) >= (Remedy.PERMISSIONS in remedies)
    swapped = seen.report.after.count("github.token") < text.count("github.token") + len(
        [step for _, step in written(seen.after) if "github.token" in step.env["TOKEN"].text]
    )
    assert swapped is (Remedy.TOKEN in remedies)


def test_a_new_token_is_probed_in_the_same_run() -> None:
    seen = see(workflow(job("a", _BUILD, _REGISTER), top=""))
    host, step = seen.written
    assert host.id == "a"
    assert step.env["TOKEN"].text == "${{ secrets.GH_PAT_TOKEN }}"
    assert step.env["PROBE_SECRET"].text == "GH_PAT_TOKEN"
    assert host.steps[2].env["GH_TOKEN"].text == "${{ secrets.GH_PAT_TOKEN }}"


def test_a_new_apps_token_comes_too_late_for_a_probe() -> None:
    rules = Rules(token=TokenRules(strategy="app"))
    assert see(workflow(job("a", _BUILD, _REGISTER), top=""), rules).outcome == "MINTED_LATE"


def test_a_probes_scope_is_a_requirement_of_its_job() -> None:
    seen = see(chain(top="permissions: write-all", build=_BUILD))
    (found,) = seen.plan.needs["build"]
    assert dict(found.grants) == {"contents": "write"}
    assert found.why == "preflight probe for publish"
    assert found.rule == probes.RULE
    assert "contents: write # preflight probe for publish\n" in seen.report.after


def test_two_probes_of_one_job_ask_for_two_scopes() -> None:
    text = alone(
        "- uses: docker/login-action@v3\n"
        "  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}",
        _BUILD,
        RELEASE,
        "- uses: docker/build-push-action@v6\n  with: {push: true, tags: ghcr.io/a/b}",
        top="permissions: {contents: write, packages: write}",
    )
    seen = see(text)
    assert [dict(one.grants) for one in seen.plan.needs["a"]] == [
        {"contents": "write"},
        {"packages": "write"},
    ]
    assert seen.plan.inserted == {"a": (0, 0)}


def test_a_probe_of_another_token_asks_for_no_scope() -> None:
    late = "- run: gh release create v1\n  env: {GH_TOKEN: '${{ secrets.PAT }}'}"
    assert see(alone(MAKE, late)).plan.needs == {}


def test_a_job_of_its_own_states_its_own_scope() -> None:
    seen = see(chain(top=""))
    assert seen.plan.needs == {}
    held = seen.after.held(seen.job("preflight"))
    assert held is not None
    assert held.grants == {"contents": "write"}


def test_where_the_probes_stand_is_told() -> None:
    assert dict(see(chain()).plan.inserted) == {"build": (0,)}
    assert dict(see(alone(_HARDEN, MAKE, RELEASE)).plan.inserted) == {"a": (1,)}
    assert dict(see(chain(top="")).plan.inserted) == {}


def test_the_line_of_a_probe_is_that_of_its_job() -> None:
    assert see(chain()).probe.line == 3
    assert see(chain(top="")).probe.line == 6
