"""Small repositories for the tests of the token remedy, and what it makes of them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from bot import gate
from bot.permissions.infer import infer
from bot.permissions.world import World
from bot.remedies.token import propose
from bot.remedies.token.facts import TokenProposal, TokenRules
from bot.workflow import document, edit, reader
from bot.workflow.model import Workflow

PATH = ".github/workflows/x.yml"
ORIGIN = "acme/site"
REGISTER = "https://api.github.com/repos/acme/site/actions/runners/registration-token"
ORDINARY = "https://api.github.com/repos/acme/site/releases"
OWN = "${{ secrets.GITHUB_TOKEN }}"
PAT = "${{ secrets.GH_PAT_TOKEN }}"
CURL = f'curl -X POST --oauth2-bearer "{OWN}" {REGISTER}'
RUN = f"- run: {CURL}\n"
GH = "gh secret set NAME --body x"
ENV = f"  env:\n    GH_TOKEN: {OWN}\n"
APP = TokenRules(strategy="app")


class Memory:
    """The files of a checkout that is nowhere."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def read(self, path: str) -> str | None:
        """The text of a file."""
        return self._files.get(path)

    def workflows(self) -> tuple[str, ...]:
        """The paths of the workflows."""
        return tuple(sorted(p for p in self._files if p.startswith(".github/workflows/")))


@dataclass(frozen=True)
class Outcome:
    """What the remedy made of a workflow, and the file before and after."""

    proposal: TokenProposal
    before: str
    after: str

    @property
    def gone(self) -> list[str]:
        """The lines that are no longer there."""
        return [line for line in self.before.splitlines() if line not in self.after.splitlines()]

    @property
    def new(self) -> list[str]:
        """The lines that were not there."""
        return [line for line in self.after.splitlines() if line not in self.before.splitlines()]


def remedy(
    text: str, rules: TokenRules | None = None, files: Mapping[str, str] | None = None
) -> Outcome:
    """Run the remedy on a workflow among other files; its edits are proved by the gate."""

    def run(workflow: Workflow) -> TokenProposal:
        world = World(Memory({PATH: workflow.document.text, **(files or {})}), origin=ORIGIN)
        needs = {job.id: infer(world, workflow, job) for job in workflow.jobs}
        return propose(world, workflow, needs, rules or TokenRules())

    workflow = reader.read_workflow(document.parse(PATH, text))
    proposal = run(workflow)
    after = edit.apply(workflow.document, proposal.change.edits)
    if proposal.change.edits:
        gate.prove(
            workflow,
            after,
            proposal.change,
            lambda again: edit.apply(again.document, run(again).change.edits),
        )
    return Outcome(proposal, text, after)


def job(steps: str, on: str = "push", above: str = "") -> str:
    """A workflow of one job: its steps, its events, and keys of the job above the steps."""
    return (
        f"on: {on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        + textwrap.indent(textwrap.dedent(above), "    ")
        + "    steps:\n"
        + textwrap.indent(textwrap.dedent(steps), "      ")
    )
