"""Small workflows that publish late, and what the preflight remedy makes of them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from bot import probes
from bot.analysis import FileReport, analyse
from bot.permissions.world import World
from bot.remedies.preflight import Plan, Probe
from bot.remedies.rules import Rules
from bot.workflow.document import parse
from bot.workflow.model import Job, Step, Workflow
from bot.workflow.reader import read_workflow

PATH = ".github/workflows/x.yml"
RULES = Rules()
TAGS = "{push: {tags: ['v*']}}"
WRITE = "permissions: {contents: write}"
MAKE = "- run: make"
RELEASE = "- uses: softprops/action-gh-release@v2"


class Memory:
    """The files of a checkout that is nowhere."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> str | None:
        """The text of a file."""
        return self._files.get(path)

    def workflows(self) -> tuple[str, ...]:
        """The paths of the workflows."""
        return tuple(sorted(path for path in self._files if path.startswith(".github/workflows/")))


@dataclass(frozen=True, slots=True)
class Seen:
    """A workflow that was rewritten, or left as it was; the gate has taken the rewrite."""

    report: FileReport
    before: Workflow
    after: Workflow

    @property
    def plan(self) -> Plan:
        return self.report.proposal.plan

    @property
    def probe(self) -> Probe:
        """The one probe that was added."""
        (found,) = self.plan.probes
        return found

    @property
    def reasons(self) -> list[str]:
        """The names of the reasons for what got no probe."""
        return [one.reason.name for one in self.plan.left]

    @property
    def outcome(self) -> str:
        """``SPOT host``, or ``REASON``; several with a comma between them."""
        made = [f"{one.spot.name} {one.host}".strip() for one in self.plan.probes]
        return ", ".join([*made, *self.reasons])

    def job(self, name: str) -> Job:
        """A job of the rewritten workflow."""
        found = self.after.job(name)
        assert found is not None
        return found

    @property
    def written(self) -> tuple[Job, Step]:
        """The one probe step of the rewritten workflow, and its job."""
        (found,) = written(self.after)
        return found


def written(workflow: Workflow) -> list[tuple[Job, Step]]:
    """The probe steps of a workflow with their jobs."""
    return [
        (job, step)
        for job in workflow.jobs
        for step in job.steps
        if step.run is not None and probes.recognise(step.run.text)
    ]


def see(text: str, rules: Rules = RULES, files: Mapping[str, str] | None = None) -> Seen:
    """Judge a workflow; what is rewritten must pass the gate, whose second run must be quiet."""
    world = World(Memory({PATH: text, **(files or {})}), origin="acme/site")
    report = analyse(world, PATH, text.encode(), rules)
    assert report.problem == ""
    before, after = (read_workflow(parse(PATH, one)) for one in (report.before, report.after))
    return Seen(report, before, after)


def block(indent: int, *parts: str) -> str:
    """Texts of one or more lines, one below the other."""
    return "".join(
        textwrap.indent(textwrap.dedent(part).strip("\n") + "\n", " " * indent)
        for part in parts
        if part
    )


def workflow(*jobs: str, on: str = TAGS, top: str = WRITE) -> str:
    """A workflow of jobs."""
    return f"on: {on}\n" + block(0, top) + "jobs:\n" + block(2, *jobs)


def job(name: str, *steps: str, keys: str = "", on: str = "ubuntu-latest") -> str:
    """A job: its steps, and its keys before them."""
    return f"{name}:\n" + block(2, f"runs-on: {on}", keys) + "  steps:\n" + block(4, *steps)


def alone(*steps: str, on: str = TAGS, top: str = WRITE, keys: str = "") -> str:
    """A workflow of one job, ``a``."""
    return workflow(job("a", *steps, keys=keys), on=on, top=top)


def chain(
    late: str = RELEASE,
    *,
    on: str = TAGS,
    top: str = WRITE,
    first: str = "",
    last: str = "",
    build: str = MAKE,
) -> str:
    """A workflow of two jobs: ``build``, and ``publish`` that needs it."""
    return workflow(
        job("build", build, keys=first),
        job("publish", late, keys=block(0, "needs: build", last)),
        on=on,
        top=top,
    )
