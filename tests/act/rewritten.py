"""Workflows with publishing late, of many kinds and shapes, as the project rewrites them.

They are in ``workflows``. In them the steps that take their time are called ``Build …``, and those
that publish are called ``Publish …``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from bot.analysis import FileReport, analyse
from bot.permissions.scopes import everything
from bot.permissions.world import World
from bot.probes import Kind
from bot.remedies.preflight import Spot
from bot.remedies.rules import Rules
from tests.act.actions import TOOLS
from tests.act.support import Run, run
from tests.forge.standin import StandIn

DRAFT, NOTES, REFS, GHCR, TOKEN = (
    Kind.DRAFT_RELEASE,
    Kind.GENERATE_NOTES,
    Kind.REFS,
    Kind.GHCR,
    Kind.TOKEN,
)
SAME, ENTRY, OWN = Spot.SAME_JOB, Spot.ENTRY_JOB, Spot.OWN_JOB

TAG = "refs/tags/v1.0.0"
MAIN = "refs/heads/main"
PAT = "github_pat_mine"

_FORK = {
    "head": {"ref": "theirs", "sha": "0" * 40, "repo": {"full_name": "else/demo", "fork": True}},
    "base": {"ref": "main", "repo": {"full_name": "octo/demo", "fork": False}},
}
_FOLDER = Path(__file__).with_name("workflows")


@dataclass(frozen=True, slots=True)
class Due:
    """A run of a workflow: ``inputs`` are names and values, ``fork`` is of a pull request."""

    event: str
    ref: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    fork: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """A workflow, the run in which it publishes, and what is expected of its rewrite.

    Attributes:
        name: of its file, without the ending.
        probes: kind and place of each.
        made: what its run leaves on the stand-in (see :func:`left`).
        event, ref, inputs: of that run.
        refuse: the permission whose lack shows.
        secret: the name of another token that it publishes with; empty for GITHUB_TOKEN.
        warns: a refusal is no more than a warning.
    """

    name: str
    probes: tuple[tuple[Kind, Spot], ...]
    made: tuple[str, ...] = ("release v1.0.0",)
    event: str = "push"
    ref: str = TAG
    inputs: tuple[tuple[str, str], ...] = ()
    refuse: str = "contents"
    secret: str = ""
    warns: bool = False

    @property
    def text(self) -> str:
        """The workflow as it was written."""
        return (_FOLDER / f"{self.name}.yml").read_text()


class _Files:
    def __init__(self, path: str, text: str) -> None:
        self._files = {path: text}

    def read(self, path: str) -> str | None:
        return self._files.get(path)

    def workflows(self) -> tuple[str, ...]:
        return tuple(self._files)


@cache
def report(text: str) -> FileReport:
    """What the project makes of a workflow that is the only file of its repository."""
    path = ".github/workflows/workflow.yml"
    return analyse(World(_Files(path, text)), path, text.encode(), Rules())


def after(sample: Sample) -> str:
    """The sample as the project rewrites it."""
    found = report(sample.text)
    assert found.proof, found.problem
    return found.after


def play(
    sample: Sample,
    text: str,
    standin: StandIn,
    *,
    due: Due | None = None,
    refused: bool = False,
    lacking: str = "",
    **more: object,
) -> Run:
    """Run the text in place of the sample.

    Args:
        due: the run, if not that in which the sample publishes.
        refused: without the permission to publish.
        lacking: the name of a tool that is not there.
        more: of :func:`run`, over what is made of the rest.
    """
    when = due or Due(sample.event, sample.ref, sample.inputs)
    secrets = {}
    if sample.secret:
        level = "read" if refused else "write"
        standin.allow(PAT, {sample.refuse: level}, kind="fine-grained")
        secrets[sample.secret] = PAT
    arguments: dict[str, object] = {
        "event": when.event,
        "ref": when.ref,
        "inputs": dict(when.inputs),
        "payload": {"pull_request": _FORK} if when.fork else {},
        "secrets": secrets,
        "refuse": frozenset({sample.refuse}) if refused and not sample.secret else frozenset(),
        "tools": {**TOOLS, lacking: None} if lacking else TOOLS,
    }
    text = text.replace("registry=https://ghcr.io", f"registry={standin.url}")
    return run(text, standin=standin, **arguments | more)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Original:
    """What came of the workflow as it was written.

    Attributes:
        left: what was on the stand-in in the end.
        calls: how many it got.
    """

    ok: bool
    steps: tuple[tuple[str, str, str], ...]
    left: tuple[str, ...]
    calls: int


@cache
def original(
    sample: Sample, *, due: Due | None = None, refused: bool = False, lacking: str = ""
) -> Original:
    """Run a sample as it was written, where the repository's default permissions are permissive."""
    with StandIn() as standin:
        ran = play(
            sample,
            sample.text,
            standin,
            due=due,
            refused=refused,
            lacking=lacking,
            default=everything("write"),
        )
        return Original(ran.ok, steps(ran), left(standin), len(ran.calls))


def is_probe(step: str) -> bool:
    """Whether a step's label is that of a probe."""
    return step.startswith("Preflight - ")


def steps(ran: Run) -> tuple[tuple[str, str, str], ...]:
    """Job, step and outcome of each step of a run but the probes, sorted."""
    return tuple(sorted((r.job, r.step, r.outcome) for r in ran.steps if not is_probe(r.step)))


def left(standin: StandIn) -> tuple[str, ...]:
    """What is on the stand-in besides what was there before."""
    releases = [
        f"{'draft' if release['draft'] else 'release'} {release['tag_name']}"
        for release in standin.releases.values()
    ]
    released = {str(release["tag_name"]) for release in standin.releases.values()}
    tags = [f"tag {name}" for name in standin.tags - released]
    branches = [f"branch {name}" for name in standin.branches - {"main"}]
    return tuple(sorted([*releases, *tags, *branches, *["upload" for _ in standin.uploads]]))


_BOTH_TARGETS = ("release v1.0.0-linux", "release v1.0.0-windows")
_VERSION = (("version", "v2.0.0"),)

SAMPLES = (
    Sample("release-chain", ((DRAFT, ENTRY),)),
    Sample("release-by-gh", ((DRAFT, OWN),)),
    Sample("single-job", ((DRAFT, SAME),)),
    Sample(
        "tag-by-push",
        ((REFS, SAME),),
        ("tag v2.0.0",),
        event="workflow_dispatch",
        ref=MAIN,
        inputs=_VERSION,
    ),
    Sample("pages-branch", ((REFS, OWN),), ("branch gh-pages",), ref=MAIN),
    Sample("nightly", ((NOTES, SAME),), ("release nightly-4711",), event="schedule", ref=MAIN),
    Sample(
        "release-by-gh-api",
        ((NOTES, OWN),),
        ("release v2.0.0",),
        event="workflow_dispatch",
        ref=MAIN,
    ),
    Sample("image", ((GHCR, OWN),), ("upload",), ref=MAIN, refuse="packages"),
    Sample("image-by-metadata", ((GHCR, SAME),), ("upload",), ref=MAIN, refuse="packages"),
    Sample("image-by-docker", ((GHCR, OWN),), ("upload",), ref=MAIN, refuse="packages"),
    Sample("release-and-image", ((DRAFT, OWN), (GHCR, OWN)), ("release v1.0.0", "upload")),
    Sample("shared-probe", ((DRAFT, OWN),), ("branch stable", "release v1.0.0")),
    Sample("hardened", ((DRAFT, SAME),)),
    Sample("matrix-before", ((DRAFT, OWN),)),
    Sample("matrix-publishing", ((NOTES, SAME),), _BOTH_TARGETS),
    Sample("defaults", ((DRAFT, SAME),)),
    Sample("tag-on-the-step", ((DRAFT, SAME),)),
    Sample("tag-on-the-job", ((DRAFT, OWN),)),
    Sample("tag-on-a-job-before", ((DRAFT, OWN),)),
    Sample("pull-request", ((REFS, OWN),), ("branch latest",), ref=MAIN),
    Sample("pull-request-with-if", ((DRAFT, OWN),)),
    Sample("image-for-pull-requests", ((GHCR, SAME),), ("upload",), ref=MAIN, refuse="packages"),
    Sample("merge-queue", ((REFS, OWN),), ("branch tested",), ref=MAIN),
    Sample("tolerated-step", ((DRAFT, SAME),), warns=True),
    Sample("tolerated-in-shell", ((DRAFT, OWN),), warns=True),
    Sample(
        "unnoticed",
        ((NOTES, SAME),),
        ("release nightly-4711",),
        event="schedule",
        ref=MAIN,
        warns=True,
    ),
    Sample("tool-decides", ((NOTES, SAME),), (), ref=MAIN, warns=True),
    Sample("shell-decides", ((NOTES, SAME),), (), ref=MAIN, warns=True),
    Sample("personal-token", ((TOKEN, ENTRY),), secret="RELEASE_TOKEN"),  # noqa: S106
    Sample(
        "both-in-one-job",
        ((GHCR, SAME), (DRAFT, SAME)),
        ("release v1.0.0", "upload"),
        event="release",
        refuse="packages",
    ),
    Sample(
        "both-for-pull-requests",
        ((REFS, OWN), (GHCR, OWN)),
        ("branch gh-pages", "upload"),
        ref=MAIN,
    ),
    Sample("cancelled-by-newer", ((NOTES, OWN),)),
    Sample("needs-in-every-form", ((DRAFT, OWN),)),
    Sample("named-preflight", ((DRAFT, OWN),)),
    Sample("odd-form", ((DRAFT, OWN),)),
    Sample("odd-form-of-one-job", ((DRAFT, SAME),)),
)
BY_NAME = MappingProxyType({sample.name: sample for sample in SAMPLES})
