"""Where the program runs: in GitHub Actions, logs and artifacts may be open to everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

_LARGEST = 1 << 20


def is_public(environ: Mapping[str, str]) -> bool:
    """Whether this is a run of GitHub Actions whose logs everybody can read.

    A run whose repository's visibility can't be told counts as one. Source of the variables:
    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    if environ.get("GITHUB_ACTIONS") != "true":
        return False
    try:
        with Path(environ.get("GITHUB_EVENT_PATH", "")).open("rb") as stream:
            event = json.loads(stream.read(_LARGEST))
        repository = event["repository"]
        told = repository.get("visibility") or ("private" if repository["private"] else "public")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return True
    return told not in ("private", "internal")
