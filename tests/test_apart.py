"""Analyses in processes of their own: shared by threads, and ended where they come to no end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.apart import Apart, ApartError
from bot.life.contexts import Push
from bot.settings import Settings
from bot.snapshot import Snapshot, Study

_PUSH = Push("clearance/permissions", "o/r", "main", new=True)
_PATH = ".github/workflows/ci.yml"
_FILE = b"on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
_SNAPSHOT = Snapshot("o/r", (_PATH,), {_PATH: _FILE})


@pytest.fixture
def apart() -> Iterator[Apart]:
    with Apart() as made:
        yield made


def _study(apart: Apart) -> Study:
    return apart.study(_SNAPSHOT, Settings(), frozenset(), _PUSH)


def _pids() -> set[int]:
    return {one.pid for one in multiprocessing.active_children() if one.pid}


def test_threads_share_as_many_processes_as_there_may_be() -> None:
    before = _pids()
    with Apart(2) as apart, ThreadPoolExecutor(6) as threads:
        told = list(threads.map(lambda _: _study(apart), range(12)))
        assert len(_pids() - before) <= 2
    assert {one.reports[0].path for one in told} == {_PATH}
    assert _pids() == before


def test_one_that_works_alone_starts_one_process(apart: Apart) -> None:
    before = _pids()
    for _ in range(3):
        _study(apart)
    assert len(_pids() - before) == 1


def test_a_process_that_was_ended_is_told_and_replaced(apart: Apart) -> None:
    before = _pids()
    _study(apart)
    (pid,) = _pids() - before
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ApartError, match="ended the process"):
        _study(apart)
    assert _study(apart).reports


def test_an_analysis_without_an_end_is_ended() -> None:
    with Apart(patience=0.0) as apart:
        began = time.monotonic()
        with pytest.raises(ApartError, match="longer than 0 seconds"):
            _study(apart)
        assert time.monotonic() - began < 20
        apart.patience = 60.0
        assert _study(apart).reports
