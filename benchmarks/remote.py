"""What ``clearance run OWNER/REPO`` costs: bytes, calls and seconds, beside a full clone.

Usage: python benchmarks/remote.py [--megabytes N] [--rounds N]

GitHub is the stand-in of the tests, with a real git behind it, on this machine: seconds hold no
network. The repository has a workflow, as many bytes as are asked for in files that nothing
compresses, and some commits.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.forge.github import GitHub
from tests.forge.repository import Repository

_HOME = "octo/demo"
_TOKEN = "ghp_" + "b" * 36
_WORKFLOW = Path(__file__).parent.parent / "examples/release-pipeline/.github/workflows/release.yml"
_FILE = 1 << 20
_COMMITS = 5


class Cost(NamedTuple):
    """What one command cost: seconds, bytes through git, calls of REST and GraphQL."""

    seconds: float
    git_bytes: int
    calls: int


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--megabytes", type=int, default=75)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    rounds = [_round(chosen.megabytes) for _ in range(chosen.rounds)]
    print("| | seconds (median) | bytes through git | calls |")
    print("|:--|--:|--:|--:|")
    for number, name in enumerate(("full clone", "first run", "quiet second run")):
        costs = [one[number] for one in rounds]
        middle = statistics.median(cost.seconds for cost in costs)
        print(f"| {name} | {middle:.2f} | {costs[0].git_bytes:,} | {costs[0].calls} |")
    ratios = [one[1].seconds / one[0].seconds for one in rounds]
    print(f"\nfirst run to full clone: {min(ratios):.2f} to {max(ratios):.2f}")


def _round(megabytes: int) -> tuple[Cost, Cost, Cost]:
    with GitHub() as hub, tempfile.TemporaryDirectory() as folder:
        hub.token(_TOKEN)
        repo = hub.repository(_HOME, {".github/workflows/release.yml": _WORKFLOW.read_text()})
        _fill(repo, megabytes)
        clone = ("git", "clone", "--quiet", repo.clone_url, f"{folder}/clone")
        run = (sys.executable, "-m", "bot", "run", _HOME)
        environ = {
            **os.environ,
            **hub.environment(_TOKEN),
            "XDG_CACHE_HOME": f"{folder}/cache",
        }
        return _cost(hub, clone, environ), _cost(hub, run, environ), _cost(hub, run, environ)


def _fill(repo: Repository, megabytes: int) -> None:
    source = random.Random(0)  # noqa: S311 - noise that is the same each time
    for commit in range(_COMMITS):
        share = range(commit * megabytes // _COMMITS, (commit + 1) * megabytes // _COMMITS)
        repo.human.push({f"data/{number}.bin": source.randbytes(_FILE) for number in share})


def _cost(hub: GitHub, command: tuple[str, ...], environ: Mapping[str, str]) -> Cost:
    hub.calls.clear()
    start = time.perf_counter()
    subprocess.run(command, env=dict(environ), check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    return Cost(seconds, hub.calls.git_bytes, len(hub.calls.api))


if __name__ == "__main__":
    main()
