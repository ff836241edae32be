"""Scanning by processes of somebody else's engine does what threads do, and no token goes there."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.commands import Exit
from bot.sweep import work
from bot.sweep.record import Record
from bot.sweeping import Wish, sweep
from tests.forge.github import GitHub
from tests.stories.teller import CHECKS, CI, RELEASE, RELEASES

pytest.importorskip("distributed", reason="the extra dask is not installed")

HERE, THERE = "ghp_" + "a" * 36, "ghp_" + "b" * 36
REPOSITORIES = 5
PASSING = {"head", "seconds", "calls"}
"""What differs from sweep to sweep."""


@dataclass
class Cluster:
    """A scheduler and two workers on this machine, each a process of its own."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(work.__file__).parents[2]),
    }
    told = tmp_path / "scheduler.json"

    def start(name: str, *words: str, **more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", *words, "--no-dashboard"],
            env=environ | more,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    where = ("--scheduler-file", str(told))
    processes = [start("scheduler", *where, "--host", "127.0.0.1", "--port", "0")]
    # One is kept by a nanny, as by default, and one stands alone, so that it can be killed.
    common = (*where, "--nthreads", "2", "--host", "127.0.0.1")
    token = {"GH_TOKEN": THERE}
    processes.append(start("worker", *common, "--nanny", **token))
    processes.append(start("worker", *common, "--no-nanny", **token))
    try:
        deadline = time.monotonic() + 30
        while not (told.exists() and told.read_text().strip()):
            assert time.monotonic() < deadline, "no scheduler came up"
            time.sleep(0.05)
        yield Cluster(json.loads(told.read_text())["address"], processes[1:])
    finally:
        # The nanny is asked, so that it ends its worker; the others have nothing to do any more.
        processes[1].terminate()
        for process in processes[2], processes[1], processes[0]:
            if process is not processes[1]:
                process.kill()
            process.wait(20)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with GitHub() as made:
        made.token(HERE)
        made.token(THERE)
        yield made


def fill(hub: GitHub, owner: str) -> None:
    for number in range(REPOSITORIES):
        files = {CI: CHECKS.replace("test:", f"test-{number % 3}:")}
        if number == 1:
            files[RELEASE] = RELEASES
        if number == 2:
            files = {"README.md": "Hello\n"}
        hub.repository(f"{owner}/r{number}", files)


def night(
    hub: GitHub, folder: Path, owner: str, settings: str, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """A whole sweep of an organisation, and its records without what passes."""
    config = folder / f"{owner}.yml"
    config.write_text(f"sweep:\n  organisations: [{owner}]\n  canaries: 0\n{settings}")
    for name, value in hub.environment(HERE).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    out = folder / owner
    assert sweep(Wish(str(config), str(folder / f"{owner}.sqlite"), str(out))) is Exit.DONE
    text = (out / "records.jsonl").read_text().replace(owner, "them")
    records = [
        {key: value for key, value in json.loads(line).items() if key not in PASSING}
        for line in text.splitlines()
    ]
    return sorted(records, key=lambda one: str(one["repository"]))


def by_dask(cluster: Cluster) -> str:
    return f"  executor: dask\n  scheduler: {cluster.address}\n"


def test_it_does_what_threads_do(
    hub: GitHub, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(hub, "acme")
    fill(hub, "boss")
    near = night(hub, tmp_path, "acme", "", monkeypatch)
    hub.calls.clear()
    far = night(hub, tmp_path, "boss", by_dask(cluster), monkeypatch)
    assert [one["state"] for one in near].count("opened") == REPOSITORIES - 1
    assert far == near
    scanned = {one.path.split("/")[2] for one in hub.calls.git if one.token == THERE}
    assert len(scanned) == REPOSITORIES - 1
    assert {one.token for one in hub.calls.writes if one.kind == "git"} == {HERE}


def test_a_worker_that_dies_loses_nothing(
    hub: GitHub, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(hub, "acme")
    killed: list[bool] = []

    def kill() -> None:
        while not any(one.token == THERE for one in hub.calls.git):
            if done.wait(0.01):
                return
        cluster.workers[1].kill()
        killed.append(True)

    done = threading.Event()
    thread = threading.Thread(target=kill)
    thread.start()
    try:
        records = night(hub, tmp_path, "acme", by_dask(cluster), monkeypatch)
    finally:
        done.set()
        thread.join()
    assert killed
    assert [one["state"] for one in records].count("opened") == REPOSITORIES - 1
    assert len([one for one in hub.world if one.pulls]) == REPOSITORIES - 1


def test_a_task_holds_no_token(
    hub: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(hub, "acme")
    sent: list[bytes] = []

    def kept(task: work.Task) -> tuple[Record, ...]:
        sent.append(pickle.dumps((work.afar, task)))
        return ()

    class Dask:
        def __init__(self, address: str) -> None:
            assert address == "tcp://127.0.0.1:1"

        def __enter__(self) -> Dask:
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def get_executor(self, **words: object) -> Any:
            from concurrent.futures import ThreadPoolExecutor

            assert words == {"pure": False}
            return ThreadPoolExecutor(1)

    monkeypatch.setattr("distributed.Client", Dask)
    monkeypatch.setattr("bot.sweeping.afar", kept)
    night(
        hub,
        tmp_path,
        "acme",
        "  executor: dask\n  scheduler: tcp://127.0.0.1:1\n",
        monkeypatch,
    )
    assert len(sent) == REPOSITORIES - 1
    assert not any(HERE.encode() in one for one in sent)


@pytest.mark.parametrize(
    ("scheduler", "why"),
    [
        ("tcp://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1; check that it runs"),
        ('""', "needs the address of its scheduler"),
    ],
    ids=["it-does-not-run", "none-is-named"],
)
def test_a_scheduler_that_is_not_there_is_told(
    scheduler: str,
    why: str,
    hub: GitHub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import dask

    config = tmp_path / "settings.yml"
    config.write_text(
        f"sweep:\n  organisations: [acme]\n  executor: dask\n  scheduler: {scheduler}\n"
    )
    for name, value in hub.environment(HERE).items():
        monkeypatch.setenv(name, value)
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        ended = sweep(Wish(str(config), str(tmp_path / "journal"), str(tmp_path / "out")))
    assert ended is Exit.ERROR
    assert why in capsys.readouterr().err
