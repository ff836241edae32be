"""The machine that a workflow runs on: a folder of its own, a repository, tools, no network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.workflow.model import Workflow
from tests.forge.standin import StandIn

_REQUIRED = os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1"
_LABELS = ("macos-latest", "ubuntu-22.04", "ubuntu-24.04", "ubuntu-latest", "windows-latest")
_NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not answer, so that whatever looks for the network fails at once."""
_REFS = {
    "merge_group": f"refs/heads/gh-readonly-queue/main/pr-7-{'0' * 40}",
    "pull_request": "refs/pull/7/merge",
    "pull_request_review": "refs/pull/7/merge",
}
"""``github.ref`` of events that don't run on a branch of the repository's own."""
_REFUSED = {"sudo": "#!/bin/sh\necho 'sudo: not on this machine' >&2\nexit 1\n"}


def tool(name: str) -> str:
    """The path of a program that the test extra installs; else the test ends here.

    A test without it is skipped, or fails if ``CLEARANCE_REQUIRE_ORACLES`` is 1.
    """
    places = (str(Path(sys.executable).parent), os.environ["PATH"])
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        reason = f"needs {name} (PyPI: {name}-bin)"
        if _REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass(frozen=True)
class Machine:
    """What act is started with.

    Attributes:
        folder: an empty one; all that is written goes below it.
        tools: name → the script that is run in its place, or None: there is no such tool.
    """

    folder: Path
    standin: StandIn
    tools: Mapping[str, str | None]

    @property
    def checkout(self) -> Path:
        """The repository."""
        return self.folder / "repository"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of act, which it hands to every step."""
        home = self.folder / "home"
        return {
            "PATH": self._path(),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(self.folder),
            "LANG": "C.UTF-8",
            "ACT_DISABLE_VERSION_CHECK": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GH_CONFIG_DIR": str(home / "gh"),
            "GH_NO_UPDATE_NOTIFIER": "1",
            "GH_PROMPT_DISABLED": "1",
            "GH_TELEMETRY": "0",
            "NO_COLOR": "1",
            "REPOSITORY_FOLDER": str(self.checkout),
            "http_proxy": _NOWHERE,
            "https_proxy": _NOWHERE,
            "no_proxy": "127.0.0.1",
        }

    def repository(self, workflow: str) -> None:
        """Make ``octo/demo`` with one commit that holds the workflow and a README."""
        (self.checkout / ".github/workflows").mkdir(parents=True)
        (self.checkout / ".github/workflows/workflow.yml").write_text(workflow, newline="")
        (self.checkout / "README.md").write_text("# Demo\n")
        who = ("-c", "user.name=octo", "-c", "user.email=octo@example.com")
        for words in (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", "https://github.com/octo/demo.git"),
            ("add", "."),
            (*who, "commit", "--quiet", "--message=A workflow"),
        ):
            subprocess.run(("git", *words), cwd=self.checkout, check=True, env=self.environment)
        settings = self.folder / "home/gh"
        settings.mkdir(parents=True)
        (settings / "config.yml").write_text(f"http_unix_socket: {self.standin.socket}\n")

    def event(
        self,
        workflow: Workflow,
        event: str,
        payload: Mapping[str, object],
        inputs: Mapping[str, str],
    ) -> None:
        """Write the event's payload: what all have, what this kind has, and ``payload`` over it."""
        made: dict[str, object] = {
            "repository": {
                "full_name": "octo/demo",
                "default_branch": "main",
                "fork": False,
                "private": True,
            },
            "sender": {"login": "octo"},
        }
        if event.startswith("pull_request"):
            side = {"sha": "0" * 40, "repo": made["repository"]}
            sides = {"head": side | {"ref": "topic"}, "base": side | {"ref": "main"}}
            made |= {"number": 7, "pull_request": {"number": 7, "draft": False, **sides}}
        if event == "workflow_dispatch":
            defaults = {n: i.default.text for n, i in workflow.inputs.items() if i.default}
            made["inputs"] = defaults | dict(inputs)
        (self.folder / "event.json").write_text(json.dumps(made | dict(payload)))

    def command(
        self, workflow: Workflow, event: str, ref: str | None, actions: Mapping[str, str]
    ) -> list[str]:
        """act's command line, the tokens excepted."""
        labels = {label for job in workflow.jobs for label in job.runs_on if "${{" not in label}
        return [
            tool("act"),
            event,
            "--workflows=.github/workflows/workflow.yml",
            f"--eventpath={self.folder / 'event.json'}",
            "--actor=octo",
            "--json",
            "--insecure-secrets",
            "--pull=false",
            "--action-offline-mode",
            "--no-cache-server",
            "--no-skip-checkout",
            "--container-daemon-socket=-",
            f"--env=GITHUB_API_URL={self.standin.url}",
            f"--env=GITHUB_REF={ref or _REFS.get(event, 'refs/heads/main')}",
            "--env=GITHUB_RUN_ID=4711",
            *(f"--platform={label}=-self-hosted" for label in sorted({*labels, *_LABELS})),
            *(f"--local-repository={one}" for one in self._actions(workflow, actions)),
        ]

    def _actions(self, workflow: Workflow, actions: Mapping[str, str]) -> Iterator[str]:
        """``owner/repo@ref=folder`` for each action used, which is written there."""
        used = {step.uses.text for job in workflow.jobs for step in job.steps if step.uses}
        for reference in sorted(used):
            name, _, ref = reference.partition("@")
            owner, repository, *below = name.split("/")
            folder = self.folder / "actions" / owner / f"{repository}@{ref.replace('/', '-')}"
            target = folder.joinpath(*below)
            target.mkdir(parents=True, exist_ok=True)
            (target / "action.yml").write_text(actions[name])
            yield f"{owner}/{repository}@{ref}={folder}"

    def _path(self) -> str:
        """The ``PATH``: ``gh`` and stand-ins, then the machine's; all in one folder to lack one."""
        folder = self.folder / "bin"
        lacking = None in self.tools.values()
        places = os.environ["PATH"].split(os.pathsep)
        if not folder.exists():
            folder.mkdir(parents=True)
            for name, script in {**_REFUSED, **self.tools}.items():
                if script is not None:
                    (folder / name).write_text(script)
                    (folder / name).chmod(0o755)
            found = (path for place in places if lacking for path in Path(place).glob("*"))
            for path in (Path(tool("gh")), *found):
                link = folder / path.name
                if path.name not in self.tools and not os.path.lexists(link):
                    link.symlink_to(path)
        return str(folder) if lacking else os.pathsep.join([str(folder), *places])
