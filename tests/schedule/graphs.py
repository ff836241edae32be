"""Workflows as Hypothesis makes them up: job graphs with conditions, builds and late publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.workflow.model import Job, Step, Workflow
from tests.schedule.model import REPOSITORY, Event, Outcomes, is_probe


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow's text, and events that start it."""

    text: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Publishing:
    """A step that publishes.

    Attributes:
        mark: what its ``uses`` or ``run`` contains, and no other step's.
        scope: what it needs of GITHUB_TOKEN; empty where it has a token of its own.
        checkout: it needs one before it.
        certain: a refused token surely fails the step where it runs.
    """

    lines: tuple[str, ...]
    mark: str
    scope: str
    checkout: bool = False
    certain: bool = True


_GH = "env: {GH_TOKEN: '${{ github.token }}'}"
PUBLISHING = (
    Publishing(("uses: softprops/action-gh-release@v2",), "softprops/", "contents"),
    Publishing(("run: gh release create v1 --notes one", _GH), "--notes one", "contents"),
    Publishing(
        (
            "run: |",
            "  set -e",
            "  gh release create v1 --notes two",
            "env:",
            "  GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
        ),
        "--notes two",
        "contents",
    ),
    Publishing(("run: git push origin v1",), "git push", "contents", checkout=True),
    Publishing(
        (
            "run: |",
            '  echo "$TOKEN" | docker login ghcr.io -u octo --password-stdin',
            "  docker push ghcr.io/octo/demo:v1",
            "env:",
            "  TOKEN: ${{ github.token }}",
        ),
        "docker push",
        "packages",
    ),
    Publishing(
        (
            "run: gh release create v1 --notes mine",
            "env: {GH_TOKEN: '${{ secrets.RELEASE_TOKEN }}'}",
        ),
        "--notes mine",
        "",
    ),
    Publishing(("uses: pypa/gh-action-pypi-publish@release/v1",), "pypa/", "id-token"),
    Publishing(
        ("run: gh release create v1 --notes three || true", _GH),
        "--notes three",
        "contents",
        certain=False,
    ),
    Publishing(
        (
            "run: |",
            '  if [ "$GITHUB_REF_TYPE" = tag ]; then',
            "    gh release create v1 --notes four",
            "  fi",
            "env:",
            "  GH_TOKEN: ${{ github.token }}",
        ),
        "--notes four",
        "contents",
        certain=False,
    ),
)
"""Ways to publish. Where the shell or the tool decides for itself, a refusal may never come."""

_BUILDING = (
    ("run: make build",),
    ("run: |", "  npm ci", "  npm test"),
    ("name: Build", "run: cargo build --release", "shell: bash"),
)


def publishing(step: Step) -> Publishing | None:
    """Which of :data:`PUBLISHING` a step is."""
    words = (step.run or step.uses).text if step.run or step.uses else ""  # type: ignore[union-attr]
    return next((way for way in PUBLISHING if way.mark in words), None)


def builds(step: Step) -> bool:
    """Whether a step is one of the building ones."""
    words = step.run.text if step.run else ""
    return not is_probe(step) and any(tool in words for tool in ("make", "npm", "cargo"))


# The condition, how often it is drawn. `{need}` stands for a job that is needed.
_JOB_CONDITIONS = (
    *[""] * 18,
    "github.event_name == 'push'",
    "github.event_name != 'pull_request'",
    "startsWith(github.ref, 'refs/tags/')",
    "startsWith(github.ref, 'refs/tags/v') && github.event_name == 'push'",
    "${{ github.ref == 'refs/heads/main' }}",
    "github.ref == 'refs/heads/main' || github.event_name == 'workflow_dispatch'",
    f"github.repository == '{REPOSITORY}'",
    "github.repository == 'somebody/else'",
    "inputs.publish",
    "${{ !inputs.dry-run }}",
    "github.event.inputs.publish == 'true'",
    "vars.RELEASE == 'yes'",
    "github.event.pull_request.head.repo.fork == false",
    "github.event.pull_request.merged == true",
    "success()",
    "always()",
    "${{ !cancelled() }}",
    "always() && startsWith(github.ref, 'refs/tags/')",
    "${{ !cancelled() && github.event_name != 'pull_request' }}",
)
_LATE_CONDITIONS = (
    "needs.{need}.result != 'failure'",
    "needs.{need}.result == 'success' && github.ref == 'refs/heads/main'",
    "always() && needs.{need}.result == 'success'",
    "${{ !cancelled() && needs.{need}.result != 'failure' }}",
    "needs.{need}.outputs.go == 'true'",
    "needs.{need}.outputs.go == 'true' && startsWith(github.ref, 'refs/tags/')",
    "needs.{need}.outputs.go == 'true' || startsWith(github.ref, 'refs/tags/')",
    "failure()",
    "success() || failure()",
    "${{ !failure() }}",
    "${{ !success() }}",
    "failure() && github.event_name == 'push'",
    "contains(needs.*.result, 'failure')",
    "always() && !contains(needs.*.result, 'failure')",
)
_STEP_CONDITIONS = (
    *[""] * 14,
    "github.event_name == 'push'",
    "startsWith(github.ref, 'refs/tags/')",
    "github.event_name != 'pull_request' && github.ref == 'refs/heads/main'",
    "${{ github.event_name == 'release' }}",
    "inputs.publish",
    "inputs.dry-run != true",
    "always()",
    "${{ !cancelled() }}",
    "failure()",
    "always() && github.event_name == 'push'",
    "steps.decide.outputs.go == 'true'",
    "steps.decide.outcome == 'success' && startsWith(github.ref, 'refs/tags/')",
    "steps.decide.outputs.go == 'true' || github.ref == 'refs/heads/main'",
    "hashFiles('Makefile') != ''",
    "env.DEPLOY == 'yes'",
    "job.status == 'failure' && always()",
)
_MATRIX_CONDITIONS = ("matrix.leg == 'b'", "matrix.leg == 'a' && github.event_name == 'push'")

_TRIGGERS: dict[str, tuple[tuple[str, ...], tuple[Event, ...]]] = {
    "tags": (("push:", "  tags: ['v*']"), (Event("push", "refs/tags/v1"),)),
    "branches": (("push:", "  branches: [main]"), (Event("push", "refs/heads/main"),)),
    "push": (
        ("push:",),
        (
            Event("push", "refs/heads/main"),
            Event("push", "refs/heads/topic"),
            Event("push", "refs/tags/v1"),
        ),
    ),
    "pull_request": (
        ("pull_request:", "  types: [opened, synchronize, closed]"),
        (
            Event("pull_request", "refs/pull/7/merge"),
            Event("pull_request", "refs/pull/7/merge", fork=True),
        ),
    ),
    "pull_request_target": (
        ("pull_request_target:",),
        (
            Event("pull_request_target", "refs/heads/main"),
            Event("pull_request_target", "refs/heads/main", fork=True),
        ),
    ),
    "merge_group": (("merge_group:",), (Event("merge_group", "refs/heads/gh-readonly-queue/1"),)),
    "workflow_dispatch": (
        (
            "workflow_dispatch:",
            "  inputs:",
            "    publish: {type: boolean, default: false}",
            "    dry-run: {type: boolean, default: true}",
        ),
        tuple(
            Event("workflow_dispatch", ref, inputs=(("publish", publish), ("dry-run", not publish)))
            for ref in ("refs/heads/main", "refs/tags/v1")
            for publish in (True, False)
        ),
    ),
    "workflow_call": (
        (
            "workflow_call:",
            "  inputs:",
            "    publish: {type: boolean, default: false}",
        ),
        (
            Event("push", "refs/tags/v1", inputs=(("publish", True),)),
            Event("push", "refs/heads/main", inputs=(("publish", False),)),
            Event("pull_request", "refs/pull/7/merge", inputs=(("publish", True),)),
            Event("pull_request", "refs/pull/7/merge", fork=True, inputs=(("publish", False),)),
        ),
    ),
    "schedule": (("schedule:", "  - cron: 5 4 * * *"), (Event("schedule", "refs/heads/main"),)),
    "workflow_run": (
        ("workflow_run:", "  workflows: [CI]"),
        (Event("workflow_run", "refs/heads/main"),),
    ),
    "release": (
        ("release:", "  types: [published]"),
        (Event("release", "refs/tags/v1"),),
    ),
}
_COMBINED = (
    ("tags",),
    ("push",),
    ("branches",),
    ("tags", "workflow_dispatch"),
    ("push", "pull_request"),
    ("push", "pull_request", "workflow_dispatch"),
    ("branches", "pull_request", "merge_group"),
    ("pull_request_target",),
    ("workflow_call",),
    ("workflow_dispatch", "workflow_call"),
    ("release",),
    ("workflow_run",),
    ("schedule", "workflow_dispatch"),
)
_RUNNERS = (
    *["runs-on: ubuntu-latest"] * 7,
    "runs-on: ubuntu-24.04",
    "runs-on: windows-latest",
    "runs-on: [self-hosted, linux]",
    "runs-on: ${{ vars.RUNNER }}",
)
_WHOLE = (
    (),
    ("permissions:", "  contents: read"),
    ("permissions:", "  contents: write", "  packages: write"),
    ("permissions:", "  contents: write", "  packages: write"),
    ("permissions: {}",),
    ("permissions: write-all",),
)


def _in(lines: Sequence[str], by: int = 2) -> list[str]:
    return [" " * by + line for line in lines]


def _items(steps: Sequence[Sequence[str]]) -> list[str]:
    return [f"{'- ' if n == 0 else '  '}{line}" for step in steps for n, line in enumerate(step)]


_STEP_KEYS = (
    *((f"if: {condition}",) if condition else () for condition in _STEP_CONDITIONS),
    ("continue-on-error: true",),
    ("continue-on-error: true",),
    ("if: github.ref == 'refs/heads/main'", "continue-on-error: true"),
    ("continue-on-error: ${{ github.event_name == 'push' }}",),
)
_MATRIX_KEYS = tuple((f"if: {condition}",) for condition in _MATRIX_CONDITIONS)
_OUTPUT = ("outputs:", "  go: ${{ steps.decide.outputs.go }}")
_MATRIX = ("strategy: {matrix: {leg: [a, b]}}",)
_HARDENED = ("steps: hardened",)
_FEATURES = (
    _OUTPUT,
    _OUTPUT,
    _MATRIX,
    _HARDENED,
    ("environment: production",),
    ("container: node:22",),
    ("continue-on-error: true",),
    ("concurrency: {group: one, cancel-in-progress: true}",),
    ("defaults: {run: {shell: sh, working-directory: src}}",),
    ("env: {DEPLOY: 'yes'}",),
)
_TOPS = (
    *[()] * 8,
    ("concurrency: {group: all, cancel-in-progress: true}",),
    ("defaults: {run: {working-directory: src}}",),
    ("env: {DEPLOY: 'yes'}",),
)
_NAMES = ("build", "test", "lint", "pack", "release", "notify")

# Made once: Hypothesis looks a strategy through each time that it is made.
_BOOLEAN = st.booleans()
_COMBINATION = st.sampled_from(_COMBINED)
_FEATURE_LISTS = st.lists(st.sampled_from(_FEATURES), max_size=3, unique=True)
_RUNNER = st.sampled_from(_RUNNERS)
_SOME_STEPS = st.lists(
    st.sampled_from([("id: decide", "run: echo go=true >> $GITHUB_OUTPUT"), *_BUILDING]),
    max_size=3,
    unique=True,
)
_STEP_KEY = st.sampled_from(_STEP_KEYS)
_STEP_OR_MATRIX_KEY = st.sampled_from(_STEP_KEYS + _MATRIX_KEYS * 3)
_TOP = st.sampled_from(_TOPS)
_WAYS = st.lists(st.sampled_from(PUBLISHING), min_size=1, max_size=2, unique=True)
_WHOLE_BLOCK = st.sampled_from(_WHOLE)


def _steps(draw: st.DrawFn, ways: Sequence[Publishing], features: Sequence[object]) -> list[str]:
    """The lines of ``steps:``."""
    keys = _STEP_OR_MATRIX_KEY if _MATRIX in features else _STEP_KEY
    steps: list[tuple[str, ...]] = []
    if _HARDENED in features:
        steps.append(("uses: step-security/harden-runner@v2",))
    if any(way.checkout for way in ways) or draw(_BOOLEAN):
        steps.append(("uses: actions/checkout@v4",))
    ordinary = draw(_SOME_STEPS) or ([] if ways else [("run: echo hello",)])
    steps += [(*lines, *draw(keys)) for lines in (*ordinary, *(way.lines for way in ways))]
    if draw(_BOOLEAN):
        steps.append(("run: echo done", *draw(keys)))
    return ["steps:", *_in(_items(steps), 2 if draw(_BOOLEAN) else 0)]


def _needs(draw: st.DrawFn, above: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which jobs are needed, and the lines that say so, in one of the forms."""
    if not above:
        return [], []
    needed = draw(st.lists(st.sampled_from(above), max_size=2, unique=True))
    if not needed:
        # Late work is what this is about.
        needed = [above[-1]] if draw(_BOOLEAN) else []
    if not needed:
        return [], []
    forms = [
        [f"needs: [{', '.join(needed)}]"],
        ["needs: [", *(f"  {name}," for name in needed), "]"],
        ["needs:", *(f"- {name}" for name in needed)],
        ["needs:", *(f"  - {name}" for name in needed)],
    ]
    if len(needed) == 1:
        forms += [[f"needs: {needed[0]}"], [f'needs: "{needed[0]}" # first']]
    return needed, draw(st.sampled_from(forms))


def _condition(draw: st.DrawFn, needed: Sequence[str]) -> list[str]:
    """The ``if`` of a job that needs these, or nothing."""
    conditions = list(_JOB_CONDITIONS)
    if needed:
        conditions += [one.replace("{need}", needed[0]) for one in _LATE_CONDITIONS] * 2
    condition = draw(st.sampled_from(conditions))
    return [f"if: {condition}"] if condition else []


def _job(draw: st.DrawFn, name: str, above: Sequence[str], ways: Sequence[Publishing]) -> list[str]:
    """The lines of one job; `above` are the jobs that it may need."""
    needed, needs = _needs(draw, above)
    head = [*needs, *_condition(draw, needed)]
    features = draw(_FEATURE_LISTS)
    if not ways and needed and len(features) == 3 and _OUTPUT not in features:
        return [f"{name}:", *_in([*head, "uses: ./.github/workflows/other.yml"])]
    scopes = sorted({way.scope for way in ways} - {""})
    block = ["permissions:", *(f"  {scope}: write" for scope in scopes or ("contents",))]
    body = [
        *head,
        draw(_RUNNER),
        *(block if draw(_BOOLEAN) else []),
        *(line for feature in features if feature is not _HARDENED for line in feature),
        *_steps(draw, ways, features),
    ]
    return [f"{name}:", *_in(body)]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A workflow of one to six jobs, of which one or more publish."""
    names = _NAMES[: draw(st.integers(1, len(_NAMES)))]
    publishing_too = draw(st.sampled_from(names))
    jobs: list[list[str]] = []
    for at, name in enumerate(names):
        ways = draw(_WAYS) if name in (names[-1], publishing_too) else ()
        jobs.append(_job(draw, name, names[:at], ways))
    combined = draw(_COMBINATION)
    triggers = [line for one in combined for line in _TRIGGERS[one][0]]
    if draw(_BOOLEAN):
        jobs.reverse()
    lines = ["on:", *_in(triggers), *draw(_WHOLE_BLOCK), *draw(_TOP)]
    lines += ["jobs:", *_in([line for job in jobs for line in job])]
    events = tuple(event for one in combined for event in _TRIGGERS[one][1])
    return Graph("\n".join(lines) + "\n", events)


@st.composite
def outcomes(draw: st.DrawFn, workflow: Workflow) -> Outcomes:
    """What a run of this workflow may meet: failing steps and outputs."""
    places = [(job.id, n) for job in workflow.jobs for n in range(max(len(job.steps), 1))]
    failed = draw(st.lists(st.sampled_from(places), max_size=2))
    go = draw(st.sampled_from(["true", "false", ""]))
    puts = [
        ((job.id, step.index, "go"), go)
        for job in workflow.jobs
        for step in job.steps
        if step.id == "decide"
    ]
    hashed = draw(st.sampled_from(["", "0badc0de"]))
    return Outcomes(frozenset(failed), tuple(puts), hashed=hashed)


def publishers(job: Job, scope: str) -> dict[tuple[str, int], Publishing]:
    """The steps of a job that publish with this scope of the token, by job and number."""
    ways = ((step.index, publishing(step)) for step in job.steps)
    return {(job.id, at): way for at, way in ways if way is not None and way.scope == scope}


_RUN_KEY = st.sampled_from([one for one in _STEP_KEYS if "hashFiles" not in str(one)])
_RUN_EVENT = st.sampled_from(
    [
        Event("push", "refs/heads/main"),
        Event("push", "refs/tags/v1"),
        Event("pull_request", "refs/pull/7/merge"),
    ]
)


@st.composite
def runnable(draw: st.DrawFn) -> tuple[str, Event, Outcomes]:
    """A workflow that a machine can run, what starts it, and how it goes, which its text says."""
    names = [f"job{number}" for number in range(draw(st.integers(4, 8)))]
    failed: set[tuple[str, int]] = set()
    puts: list[tuple[tuple[str, int, str], str]] = []
    jobs: list[str] = []
    for at, name in enumerate(names):
        needed, needs = _needs(draw, names[:at])
        head = [*needs, *_condition(draw, needed), "runs-on: ubuntu-latest"]
        go = "true" if draw(_BOOLEAN) else "false"
        puts.append(((name, 0, "go"), go))
        steps = [("id: decide", f"run: echo go={go} >> $GITHUB_OUTPUT")]
        for number in range(1, draw(st.integers(2, 4))):
            fails = draw(st.sampled_from([False, False, False, True]))
            failed |= {(name, number)} if fails else set()
            steps.append(("run: " + ("false" if fails else "true"), *draw(_RUN_KEY)))
        jobs += [f"{name}:", *_in([*head, *_OUTPUT, "steps:", *_items(steps)])]
    text = "\n".join(["on: [push, pull_request]", "jobs:", *_in(jobs)]) + "\n"
    return text, draw(_RUN_EVENT), Outcomes(frozenset(failed), tuple(puts))
