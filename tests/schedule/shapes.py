"""The shapes that a made-up workflow is put together from, as tables of lines.

An entry that stands in its table more than once is drawn more often.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.schedule.contexts import REPOSITORY
from tests.schedule.runs import Event


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

BUILDING = (
    ("run: make build",),
    ("run: |", "  npm ci", "  npm test"),
    ("name: Build", "run: cargo build --release", "shell: bash"),
)
"""Steps that build."""

JOB_CONDITIONS = (
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
"""Conditions of any job; where it is empty, the job has none."""

LATE_CONDITIONS = (
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
"""Conditions of a job that needs others: ``{need}`` stands for one of them."""

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

TRIGGERS: dict[str, tuple[tuple[str, ...], tuple[Event, ...]]] = {
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
"""Trigger → its lines, and the events that it starts a run for."""

COMBINED = (
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
"""The triggers of one workflow."""

RUNNERS = (
    *["runs-on: ubuntu-latest"] * 7,
    "runs-on: ubuntu-24.04",
    "runs-on: windows-latest",
    "runs-on: [self-hosted, linux]",
    "runs-on: ${{ vars.RUNNER }}",
)
WHOLE = (
    (),
    ("permissions:", "  contents: read"),
    ("permissions:", "  contents: write", "  packages: write"),
    ("permissions:", "  contents: write", "  packages: write"),
    ("permissions: {}",),
    ("permissions: write-all",),
)
"""Permissions of the whole workflow."""

STEP_KEYS = (
    *((f"if: {condition}",) if condition else () for condition in _STEP_CONDITIONS),
    ("continue-on-error: true",),
    ("continue-on-error: true",),
    ("if: github.ref == 'refs/heads/main'", "continue-on-error: true"),
    ("continue-on-error: ${{ github.event_name == 'push' }}",),
)
"""What a step may say besides what it does."""

MATRIX_KEYS = tuple((f"if: {condition}",) for condition in _MATRIX_CONDITIONS)
"""What else it may say in a job with :data:`MATRIX`."""

OUTPUT = ("outputs:", "  go: ${{ steps.decide.outputs.go }}")
MATRIX = ("strategy: {matrix: {leg: [a, b]}}",)
HARDENED = ("steps: hardened",)
"""No line of a job: its steps begin with one that hardens the runner."""

FEATURES = (
    OUTPUT,
    OUTPUT,
    MATRIX,
    HARDENED,
    ("environment: production",),
    ("container: node:22",),
    ("continue-on-error: true",),
    ("concurrency: {group: one, cancel-in-progress: true}",),
    ("defaults: {run: {shell: sh, working-directory: src}}",),
    ("env: {DEPLOY: 'yes'}",),
)
"""What a job may say besides its needs, condition, runner, permissions and steps."""

TOPS = (
    *[()] * 8,
    ("concurrency: {group: all, cancel-in-progress: true}",),
    ("defaults: {run: {working-directory: src}}",),
    ("env: {DEPLOY: 'yes'}",),
)
"""What a workflow may say besides its triggers, permissions and jobs."""

NAMES = ("build", "test", "lint", "pack", "release", "notify")
