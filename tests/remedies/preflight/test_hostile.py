"""Huge and odd workflows that publish late: no error, and little time."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.analysis import analyse
from bot.permissions.world import World
from tests.hostile import HOSTILE
from tests.remedies.preflight.support import (
    MAKE,
    PATH,
    RELEASE,
    RULES,
    Memory,
    Seen,
    alone,
    chain,
    job,
    see,
    workflow,
)

_SECONDS = 5
"""Of CPU time; all of these take less than half of it, or minutes."""
_MANY = 1_000
_LOGIN = """\
- uses: docker/login-action@v3
  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}"""


def _in_time(text: str) -> Seen:
    began = time.process_time()
    seen = see(text)
    assert time.process_time() - began < _SECONDS
    return seen


def _image(number: int) -> str:
    return (
        f"- uses: docker/build-push-action@v6\n  with: {{push: true, tags: 'ghcr.io/a/b{number}'}}"
    )


_ENTRIES = [job(f"j{n}", MAKE) for n in range(_MANY)]
_ALL = f"needs: [{', '.join(f'j{n}' for n in range(_MANY))}]"
_LARGE = {
    "chain-of-publishers-with-conditions": workflow(
        *(
            job(
                f"j{n}",
                MAKE,
                RELEASE,
                keys=f"if: github.actor == 'x{n}'\n{f'needs: j{n - 1}' if n else ''}",
            )
            for n in range(_MANY)
        )
    ),
    "every-job-needs-all-before-it": workflow(
        *(
            job(f"j{n}", MAKE, RELEASE, keys=f"needs: [{', '.join(f'j{m}' for m in range(n))}]")
            for n in range(200)
        )
    ),
    "many-entry-jobs": workflow(*_ENTRIES, job("a", RELEASE, keys=_ALL), top=""),
    "many-entry-jobs-for-pull-requests": workflow(
        *_ENTRIES, job("a", RELEASE, keys=_ALL), top="", on="[push, pull_request]"
    ),
    "many-jobs-behind-one": workflow(
        job("z", MAKE), *(job(f"j{n}", RELEASE, keys="needs: z") for n in range(_MANY)), top=""
    ),
    "many-steps-with-conditions": alone(
        MAKE, *(f"{RELEASE}\n  if: github.actor == 'x{n}'" for n in range(_MANY))
    ),
    "many-images": alone(
        _LOGIN, MAKE, *map(_image, range(_MANY)), top="permissions: {packages: write}"
    ),
    "long-condition": alone(
        MAKE,
        f"{RELEASE}\n  if: {' || '.join(f'github.actor == {n}' for n in range(_MANY))}",
        on="[push, pull_request]",
    ),
    "deep-condition": alone(MAKE, f"{RELEASE}\n  if: {'(' * _MANY}github.actor{')' * _MANY}"),
    "names-that-are-taken": workflow(
        *(job(f"preflight-{n}" if n else "preflight", MAKE) for n in range(_MANY)),
        job("a", RELEASE, keys="needs: preflight"),
        top="",
    ),
    "deep-matrix": alone(MAKE, RELEASE).replace(
        "ubuntu-latest", f"'${{{{ matrix{'.a' * _MANY} }}}}'"
    ),
    "wide-matrix": alone(
        MAKE, RELEASE, keys=f"strategy: {{matrix: {{os: [{'ubuntu-latest, ' * _MANY}]}}}}"
    ).replace("runs-on: ubuntu-latest", "runs-on: '${{ matrix.os }}'"),
}


@pytest.mark.parametrize("text", _LARGE.values(), ids=_LARGE)
def test_large_files(text: str) -> None:
    assert _in_time(text).outcome


def test_more_publishing_steps_than_are_looked_at() -> None:
    seen = see(alone(MAKE, *[RELEASE] * 103))
    assert len(seen.probe.guards) == 100
    assert seen.reasons == ["SIZE"] * 3


_PLACES = {
    "secret": "secrets[%s]",
    "condition": "github.actor == %s",
    "repository": "format('{0}', %s)",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("place", _PLACES.values(), ids=_PLACES)
def test_hostile_texts_in_expressions(place: str, name: str) -> None:
    quoted = "'" + name.replace("'", "''") + "'"
    expression = (place % quoted).replace("\\", "\\\\").replace('"', '\\"')
    expression = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in expression)
    text = alone(
        MAKE,
        "- run: gh release create v1\n"
        f'  if: "{expression}"\n'
        f'  env: {{GH_TOKEN: "${{{{ {expression} }}}}"}}',
    )
    world = World(Memory({PATH: text}), origin="acme/site")
    report = analyse(world, PATH, text.encode(), RULES)
    assert "the rewrite was not taken" not in report.problem


_NAMES = st.sampled_from(["a", "b", "c", "preflight", "Preflight", "on", "1x", "true"])
_CONDITIONS = st.sampled_from(
    [
        "",
        "always()",
        "failure()",
        "'!cancelled()'",
        "github.event_name == 'push'",
        "github.event_name != 'pull_request' && github.ref == 'refs/heads/main'",
        "needs.a.outputs.x",
        "env.X",
        "github.actor ==",
        "\"contains(github.actor, ': #')\"",
        "startsWith(github.ref, 'refs/tags/') || inputs.x",
    ]
)
_EVENTS = st.sampled_from(
    [
        "push",
        "[push, pull_request]",
        "{push: {branches: [main]}, pull_request: }",
        "workflow_call",
        "[workflow_dispatch, merge_group]",
        "{push: {tags: ['v*']}}",
        "release",
        "pull_request_target",
    ]
)
_STORES = """\
- run: gh api -X PUT repos/acme/site/actions/secrets/X
  env: {GH_TOKEN: '${{ github.token }}'}"""
_STEPS = st.sampled_from(
    [
        MAKE,
        RELEASE,
        "- run: cargo build",
        "- uses: actions/checkout@v4",
        "- uses: step-security/harden-runner@v2",
        "- {run: make}",
        "- run: git push --tags",
        f"{RELEASE}\n  continue-on-error: true",
        "- run: gh release create v1\n  env: {GH_TOKEN: '${{ secrets.PAT }}'}",
        _STORES,
        "- run: docker push ghcr.io/a/b\n  env: {T: '${{ github.token }}'}",
    ]
)
_KEYS = st.sampled_from(
    [
        "",
        "container: node:20",
        "environment: prod",
        "continue-on-error: true",
        "strategy: {matrix: {x: [a]}}",
        "permissions: {contents: write}",
        "permissions: {}",
        "name: x",
    ]
)
_RUNNERS = st.sampled_from(["ubuntu-latest", "windows-latest", "self-hosted", "'${{ inputs.x }}'"])


@st.composite
def _jobs(draw: st.DrawFn) -> list[str]:
    names = draw(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    found = []
    for number, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:number]), unique=True)) if number else []
        empty = draw(st.booleans())
        form = draw(st.sampled_from(["needs: [{}]", "needs: [ {} ]"]))
        condition = draw(_CONDITIONS)
        keys = "\n".join(
            (
                draw(_KEYS),
                form.format(", ".join(needs)) if needs or empty else "",
                f"if: {condition}" if condition else "",
            )
        )
        steps = draw(st.lists(_STEPS, min_size=1, max_size=4))
        found.append(job(name, *steps, keys=keys, on=draw(_RUNNERS)))
    return found


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    jobs=_jobs(),
    on=_EVENTS,
    top=st.sampled_from(["", "permissions: {contents: write}", "permissions: read-all"]),
)
def test_any_workflow_is_rewritten_whole_and_once(jobs: list[str], on: str, top: str) -> None:
    seen = see(workflow(*jobs, on=on, top=top))
    assert not see(seen.report.after).report.changed


def test_lines_that_end_in_every_way() -> None:
    text = chain(top="").replace("\n", "\r\n", 3)
    assert see(text).outcome == "OWN_JOB"
