"""What other people's programs do wrong now and then is no fault of a test."""

from __future__ import annotations

import signal
from collections.abc import Iterable

import pytest

# act 0.2.89 reads and writes one map in two threads when a job is cancelled, and Go ends it for
# that.
_OTHERS = ["fatal error: concurrent map"]


def pytest_configure() -> None:
    """Let Ctrl+C reach what tests start, though a shell that runs them behind itself forbids it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Let a test that failed by that, and by nothing else, be run again."""
    for item in items:
        if "act" in item.path.parts:
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=_OTHERS))
