"""The project's own workflows, and its action, run by ``act`` against a stateful GitHub.

The repository ``acme/ops`` that runs them has the project's files as they are. Three things are
stood in for, since there is no network:

- remote actions, by composite ones that keep artifacts and caches in a folder, and refuse what the
  real ones refuse (a second cache or artifact of the same name, a file that isn't there);
- ``python3 -m venv`` and the ``pip`` in it: it "installs" the program that is under test, where it
  is given a folder with a ``pyproject.toml``, and no token;
- ``concurrency``, ``environment`` and ``permissions`` count for nothing in act.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.act.actions import CHECKOUT
from tests.act.machine import tool
from tests.forge.github import GitHub

ROOT = Path(__file__).parents[2]
HOME = "acme/ops"
FILES = (
    "action.yml",
    "pyproject.toml",
    ".github/workflows/fix-one.yml",
    ".github/workflows/sweep.yml",
)
NONE: Mapping[str, str] = MappingProxyType({})

_RESTORE = """\
name: Restores a folder
inputs: {path: {}, key: {}, restore-keys: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {TO: '${{ inputs.path }}', KEY: '${{ inputs.key }}', START: '${{ inputs.restore-keys }}'}
      run: |
        for one in "$STORE/caches/$KEY" $(ls -td "$STORE/caches/$START"* 2> /dev/null); do
          if [ -d "$one" ]; then
            mkdir -p "$TO" && cp -R "$one/." "$TO" && echo "restored ${one##*/}" && break
          fi
        done
"""
_SAVE = """\
name: Saves a folder, once under each name
inputs: {path: {}, key: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {FROM: '${{ inputs.path }}', TO: '${{ inputs.key }}'}
      run: mkdir "$STORE/caches/$TO" && cp -R "$FROM/." "$STORE/caches/$TO"
"""
_UPLOAD = """\
name: Keeps a file or a folder, once under each name in a run
inputs: {name: {}, path: {}, if-no-files-found: {}, overwrite: {}, retention-days: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: '${{ inputs.name }}', FROM: '${{ inputs.path }}'}
      run: |
        mkdir "$STORE/artifacts/$NAME"
        if [ -d "$FROM" ]; then FROM=$FROM/.; fi
        cp -R "$FROM" "$STORE/artifacts/$NAME"
"""
_DOWNLOAD = """\
name: Fetches what is kept
inputs: {pattern: {}, path: {}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {PATTERN: '${{ inputs.pattern }}', TO: '${{ inputs.path }}'}
      run: mkdir -p "$TO" && find "$STORE/artifacts" -name "$PATTERN" -exec cp -R {} "$TO" ';'
"""
_ACTIONS: Mapping[str, str] = {
    "actions/cache/restore": _RESTORE,
    "actions/cache/save": _SAVE,
    "actions/checkout": CHECKOUT,
    "actions/download-artifact": _DOWNLOAD,
    "actions/upload-artifact": _UPLOAD,
}
_PYTHON = f"""\
#!/bin/sh
if [ "$1 $2" != "-m venv" ]; then exec {sys.executable} "$@"; fi
mkdir -p "$3/bin"
cat > "$3/bin/pip" <<'END'
#!/bin/sh
for last; do :; done
test -f "$last/pyproject.toml" && test -z "$GH_TOKEN$GITHUB_TOKEN" &&
  ln -s "$PROGRAM_UNDER_TEST" "${{0%/*}}/clearance"
END
chmod +x "$3/bin/pip"
"""
_NOWHERE = "http://127.0.0.1:9"
_USES = re.compile(r"uses: ([^\s@]+)@(\S+)")


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended.

    Attributes:
        jobs: id → ``success``, ``failure`` or ``skipped``; of a matrix, the worst.
        log: what the steps wrote.
    """

    jobs: Mapping[str, str]
    log: str


@dataclass(slots=True)
class Ops:
    """The repository that runs the workflows, and what stays from one run to the next."""

    hub: GitHub
    folder: Path
    runs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.write({name: (ROOT / name).read_text("utf-8") for name in FILES})
        for name in ("artifacts", "caches"):
            (self.folder / name).mkdir()
        python = self.folder / "bin/python3"
        python.parent.mkdir()
        python.write_text(_PYTHON)
        python.chmod(0o755)

    @property
    def checkout(self) -> Path:
        """Where its files are."""
        return self.folder / "repository"

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into it."""
        for name, text in files.items():
            path = self.checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def kept(self, what: str) -> set[str]:
        """The names of the ``artifacts`` or ``caches``."""
        return {path.name for path in (self.folder / what).iterdir()}

    def artifact(self, name: str) -> Path:
        """The folder of an artifact."""
        return self.folder / "artifacts" / name

    def run(
        self,
        workflow: str,
        event: str = "workflow_dispatch",
        *,
        inputs: Mapping[str, str] = NONE,
        secrets: Mapping[str, str] = NONE,
        variables: Mapping[str, str] = NONE,
    ) -> Ended:
        """Run a workflow of the repository; artifacts of the run before are gone then.

        ``inputs``: text, as in GitHub's payload; it is act that makes booleans and numbers of it.
        """
        self.runs += 1
        for old in (self.folder / "artifacts").iterdir():
            shutil.rmtree(old)
        self._commit()
        event_file = self.folder / "event.json"
        repository = {"full_name": HOME, "default_branch": "main", "private": True}
        told = {"inputs": dict(inputs)} if event == "workflow_dispatch" else {}
        event_file.write_text(json.dumps({"repository": repository, **told}))
        path = f".github/workflows/{workflow}.yml"
        command = [
            *(tool("act"), event, f"--workflows={path}", f"--eventpath={event_file}"),
            *("--json", "--insecure-secrets", "--pull=false", "--action-offline-mode"),
            *("--no-cache-server", "--no-skip-checkout", "--container-daemon-socket=-"),
            f"--env=GITHUB_API_URL={self.hub.api_url}",
            f"--env=GITHUB_RUN_ID={4710 + self.runs}",
            "--platform=ubuntu-24.04=-self-hosted",
            *(f"--local-repository={one}" for one in self._actions()),
            *(f"--secret={name}={value}" for name, value in secrets.items()),
            *(f"--var={name}={value}" for name, value in variables.items()),
        ]
        done = subprocess.run(
            command,
            cwd=self.checkout,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return _read(done.stdout, done.stderr)

    def _commit(self) -> None:
        who = ("-c", "user.name=octo", "-c", "user.email=octo@example.com")
        first: tuple[tuple[str, ...], ...] = (
            ("init", "--quiet", "--initial-branch=main"),
            ("remote", "add", "origin", f"https://github.com/{HOME}.git"),
        )
        for words in (
            *(() if (self.checkout / ".git").exists() else first),
            ("add", "."),
            (*who, "commit", "--quiet", "--allow-empty", "--message=Files"),
        ):
            environment = self._environment()
            subprocess.run(("git", *words), cwd=self.checkout, check=True, env=environment)

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "TMPDIR": str(self.folder),
            "LANG": "C.UTF-8",
            "ACT_DISABLE_VERSION_CHECK": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_COLOR": "1",
            "PROGRAM_UNDER_TEST": str(Path(sys.executable).with_name("clearance")),
            "REPOSITORY_FOLDER": str(self.checkout),
            "STORE": str(self.folder),
            "http_proxy": _NOWHERE,
            "https_proxy": _NOWHERE,
            "no_proxy": "127.0.0.1",
        }

    def _actions(self) -> set[str]:
        """``owner/repo@ref=folder`` for each remote action used, which is written there."""
        texts = [path.read_text("utf-8") for path in self.checkout.glob(".github/workflows/*.yml")]
        written = set()
        for name, ref in {one for text in texts for one in _USES.findall(text)}:
            owner, repository, *below = name.split("/")
            place = self.folder / "actions" / repository
            target = place.joinpath(*below)
            target.mkdir(parents=True, exist_ok=True)
            (target / "action.yml").write_text(_ACTIONS[name])
            written.add(f"{owner}/{repository}@{ref}={place}")
        return written


def _read(output: str, errors: str) -> Ended:
    results: dict[str, str] = {}
    log = [errors]
    for line in output.splitlines():
        entry = json.loads(line) if line.startswith("{") else {"msg": line, "level": "error"}
        if entry.keys() & {"raw", "raw_output"} or entry["level"] in ("error", "fatal"):
            log.append(str(entry.get("raw", entry["msg"])).rstrip("\r\n"))
        if "jobResult" in entry and results.get(entry["jobID"]) != "failure":
            results[entry["jobID"]] = entry["jobResult"]
    return Ended(MappingProxyType(results), "\n".join(log))
