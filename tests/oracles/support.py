"""Where the oracles are, and what happens where one of them is missing."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
"""The project's own checkout."""

_REQUIRED = os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1"
_PACKAGES = os.environ.get("CLEARANCE_ORACLES")
_CORPUS = os.environ.get("CLEARANCE_CORPUS")


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


def corpus() -> Path:
    """The folder of repositories that ``CLEARANCE_CORPUS`` names; else the test is skipped."""
    if not _CORPUS:
        pytest.skip("needs CLEARANCE_CORPUS")
    folder = Path(_CORPUS)
    assert folder.is_dir(), f"CLEARANCE_CORPUS is no folder: {folder}"
    return folder
