"""How fast ``clearance scan`` is: against zizmor over the same files, and as the files get more.

Usage: python benchmarks/scan.py FOLDER [--rounds N]

Both programs are whole processes, started in turn, from the environment of the Python that runs
this. Linux only: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_PROGRAMS = Path(sys.executable).parent
_CLEARANCE = (str(_PROGRAMS / "clearance"), "scan")
_ZIZMOR = (str(_PROGRAMS / "zizmor"), "--offline", "--collect=workflows")
_FINE: Mapping[tuple[str, ...], tuple[int, ...]] = {
    _CLEARANCE: (0, 1),
    _ZIZMOR: (0, 11, 12, 13, 14),
}
"""Exit codes of a run that read its files: nothing found, or something."""
_SHARES = (0.1, 0.5, 1.0)
_SAMPLE_SECONDS = 0.01


class Run(NamedTuple):
    """One run of a program: seconds on the clock, seconds of all processors."""

    wall: float
    cpu: float


def run(command: tuple[str, ...], folder: Path) -> Run:
    """Run a program over a folder.

    Raises:
        SystemExit: it failed, or said nothing.
    """
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([*command, str(folder)], stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in _FINE[command] or not output.tell():
            raise SystemExit(f"{Path(command[0]).name} failed with {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime)


def peak_memory(command: tuple[str, ...], folder: Path) -> float:
    """The most memory, in MB, that a program's processes have together (shared pages once)."""
    arguments = [*command, str(folder)]
    with subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, _family(process.pid))))
            time.sleep(_SAMPLE_SECONDS)
    return peak


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:  # it has ended meanwhile
            continue
        found += map(int, children.split())
    return found


def _memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def compare(folder: Path, rounds: int) -> None:
    """Print how long both programs take in turn, and the ratio of each pair."""
    ours: list[Run] = []
    theirs: list[Run] = []
    for number in range(-1, rounds):
        # Each goes first as often as the other; the first pair only fills the disk's cache.
        pair = [(_CLEARANCE, ours), (_ZIZMOR, theirs)]
        for command, runs in pair if number % 2 else reversed(pair):
            once = run(command, folder)
            if number >= 0:
                runs.append(once)
    print("\n| | min | median | max |\n|:--|--:|--:|--:|")
    _row("clearance scan, s", [one.wall for one in ours])
    _row("clearance scan, s of all processors", [one.cpu for one in ours])
    _row("zizmor --offline, s", [one.wall for one in theirs])
    _row("zizmor --offline, s of all processors", [one.cpu for one in theirs])
    _row("ratio", [a.wall / b.wall for a, b in zip(ours, theirs, strict=True)])
    for command in (_CLEARANCE, _ZIZMOR):
        print(f"\n{Path(command[0]).name}: peak memory {peak_memory(command, folder):.0f} MB")


def _row(name: str, values: Sequence[float]) -> None:
    numbers = (min(values), statistics.median(values), max(values))
    print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in numbers) + " |")


def grow(folder: Path, rounds: int) -> None:
    """Print how long ``clearance scan`` takes over a part of the files and over all of them."""
    print("\n| files | s, median | ms a file |\n|--:|--:|--:|")
    for share in _SHARES:
        with tempfile.TemporaryDirectory() as work:
            part = Path(work, "part")
            shutil.copytree(folder, part, symlinks=True)
            kept = _thin_out(part, share)
            wall = statistics.median(run(_CLEARANCE, part).wall for _ in range(rounds))
            print(f"| {kept} | {wall:.2f} | {wall / kept * 1000:.2f} |")


def _workflows(folder: Path) -> list[Path]:
    return sorted(folder.glob("**/.github/workflows/*.y*ml"))


def _thin_out(folder: Path, share: float) -> int:
    """Remove workflows evenly until a share is left; gives how many are."""
    kept = 0
    for number, path in enumerate(_workflows(folder), 1):
        if kept < round(number * share):
            kept += 1
        else:
            path.unlink()
    return kept


def main() -> None:
    """Print both comparisons as tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="repositories to read")
    parser.add_argument("--rounds", type=int, default=10, help="pairs of runs (10)")
    arguments = parser.parse_args()
    files = len(_workflows(arguments.folder))
    print(f"{files} workflow files, {len(os.sched_getaffinity(0))} processors")
    compare(arguments.folder, arguments.rounds)
    grow(arguments.folder, arguments.rounds)


if __name__ == "__main__":
    main()
