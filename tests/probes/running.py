"""Runs a probe as GitHub's runner does."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bot import probes
from tests.forge.standin import StandIn

TOKEN = "t0ken-5ecret"  # noqa: S105
FLAGS = ("--noprofile", "--norc", "-e", "-o", "pipefail")
_TOOLS = ("bash", "date", "sleep", "tr")
# Notes how it was called, and waits for less than ten seconds.
_CURL = """#!/bin/bash
printf '%s\\n' "$@" >>"$ARGV"
exec {curl} "$@" --max-time "$MAX_TIME"
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``verdict`` is what the step's output says; ``argv`` all arguments that curl got."""

    code: int
    verdict: str
    log: str
    argv: str
    seconds: float

    def commands(self) -> list[str]:
        """The lines that the runner takes for a command."""
        lines = self.log.splitlines()
        return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that runs a probe in ``folder``."""

    kind: probes.Kind
    folder: Path
    github: StandIn

    def start(self, **env: str) -> subprocess.Popen[str]:
        """Start it in a process group of its own; ``env`` is added to what a runner sets."""
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        for tool in _TOOLS:
            (tools / tool).unlink(missing_ok=True)
            (tools / tool).symlink_to(str(shutil.which(tool)))
        with_curl = self.folder / "with-curl"
        with_curl.mkdir(exist_ok=True)
        curl = with_curl / "curl"
        curl.write_text(_CURL.format(curl=shutil.which("curl")))
        curl.chmod(0o755)
        script = self.folder / "script.sh"
        text = probes.script(self.kind).replace("https://ghcr.io", self.github.url)
        script.write_text(text + "\n")
        runner = {
            "PATH": f"{with_curl}{os.pathsep}{tools}",
            "ARGV": str(self.folder / "argv"),
            "MAX_TIME": "9",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "octo/demo",
            "GITHUB_RUN_ID": "42",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "TOKEN": TOKEN,
            "REPOSITORY": "octo/demo",
            "IMAGE": "Octo/Demo",
            "GUARDS": "publish",
            "ON_REFUSAL": "fail",
        }
        return subprocess.Popen(
            [str(shutil.which("bash")), *FLAGS, str(script)],
            cwd=self.folder,
            env=runner | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def run(self, **env: str) -> Outcome:
        """Start it, and wait for its end."""
        began = time.monotonic()
        return self.outcome(self.start(**env), began)

    def outcome(self, process: subprocess.Popen[str], began: float) -> Outcome:
        """Wait for the end of what was started."""
        log, _ = process.communicate(timeout=20)
        output, argv = self.folder / "output", self.folder / "argv"
        lines = output.read_text().splitlines() if output.exists() else []
        verdicts = [line.removeprefix("verdict=") for line in lines]
        return Outcome(
            code=process.returncode,
            verdict=",".join(verdicts),
            log=log,
            argv=argv.read_text() if argv.exists() else "",
            seconds=time.monotonic() - began,
        )

    def path_without_curl(self) -> str:
        """A ``PATH`` with what a probe calls, but no curl."""
        return str(self.folder / "tools")
