"""What a process has once, and tests have to have anew."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from bot.forge import redact


@pytest.fixture
def redacted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging is scrubbed, and no secret known yet; afterwards all is as it was."""
    factory = logging.getLogRecordFactory()
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(redact, "_forms", set())
    monkeypatch.setattr(redact, "_known", None)
    redact.install()
    yield
    logging.setLogRecordFactory(factory)
