"""Repositories that were made to hurt are told of, and hurt nothing: no machine and no other one.

The whole organisation is swept once, by the program as a user runs it.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from bot.report.lines import read
from bot.sweep.record import Record, State
from tests.forge.github import GitHub
from tests.sweep import hostile

TOKEN = "ghp_" + "a" * 36
ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "tests/data/sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
LONGEST = 60.0
"""Seconds of processors that all of it may take, however busy the machine is besides."""
PATIENCE = 600.0
SETTINGS = """\
sweep:
  organisations: [acme]
  canaries: 0
"""
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Night:
    """What came of the sweep.

    Attributes:
        seconds: of processors that it took.
        left: processes of it that were still there after it.
    """

    folder: Path
    names: frozenset[str]
    hub: GitHub
    seconds: float = 0.0
    said: str = ""
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    left: list[str] = field(default_factory=list)

    @property
    def records(self) -> tuple[Record, ...]:
        with (self.folder / "out/records.jsonl").open(encoding="utf-8") as stream:
            return tuple(read(stream))


def processes(mark: str) -> list[str]:
    """The command lines of processes whose environment holds a text."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (one / "environ").read_bytes():
                found.append((one / "cmdline").read_text())
        except OSError:
            continue
    return found


def files(folder: Path) -> frozenset[str]:
    return frozenset(str(one.relative_to(folder)) for one in folder.rglob("*"))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("hostile")
    home = folder / "home"
    for made in ("home/.config", "temp", "cache"):
        (folder / made).mkdir(parents=True)
    (home / "canary").write_text("alive")
    trap = folder / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {folder}/sprung\n")
    trap.chmod(0o755)
    (folder / "settings.yml").write_text(SETTINGS)
    with GitHub() as hub:
        hub.token(TOKEN)
        done = Night(folder, hostile.organisation(hub, trap), hub)
        done.before = files(folder)
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = ("--config", "../settings.yml", "--journal", "../journal", "--out", "../out")
        ended = subprocess.run(
            [sys.executable, "-m", "bot", "sweep", *words],
            cwd=home,
            env={
                "PATH": "/usr/local/bin:/usr/bin:/bin",
                "PYTHONPATH": str(ROOT),
                "HOME": str(home),
                "TMPDIR": str(folder / "temp"),
                "XDG_CACHE_HOME": str(folder / "cache"),
                "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
                "MARK": str(folder),
                **hub.environment(TOKEN),
            },
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        done.seconds = used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime
        done.said = ended.stdout.decode() + ended.stderr.decode()
        deadline = time.monotonic() + 5
        while (left := processes(f"MARK={folder}")) and time.monotonic() < deadline:
            time.sleep(0.1)
        done.left, done.after = left, files(folder)
        yield done


def state_of(night: Night, name: str) -> Record:
    (found,) = [one for one in night.records if one.repository == f"acme/{name}"]
    return found


def test_each_is_told_of_once(night: Night) -> None:
    assert len(night.names) >= 50
    assert sorted(one.repository for one in night.records) == sorted(night.names)


def test_it_takes_no_longer_than_it_may(night: Night) -> None:
    assert night.seconds < LONGEST


def test_nothing_that_is_wrong_with_one_is_a_fault_of_the_program(night: Night) -> None:
    assert [one for one in night.records if "report it" in one.why] == []
    assert "Traceback" not in night.said


def test_what_is_left_alone_is_said_with_its_reason(night: Night) -> None:
    untold = [
        one.repository.partition("/")[2]
        for one in night.records
        if one.state is not State.OPENED and not one.why and not one.findings
    ]
    # It is a workflow without jobs: there is nothing to say.
    assert untold == ["tags"]


def test_a_good_one_among_them_gets_its_pull_request(night: Night) -> None:
    assert state_of(night, "good").state is State.OPENED
    (repo,) = [one for one in night.hub.world if one.full_name == hostile.GOOD]
    assert repo.pull.state == "OPEN"
    assert repo.pull.files()


def test_no_program_of_theirs_has_run(night: Night) -> None:
    assert not (night.folder / "sprung").exists()
    assert not Path("/tmp/sprung").exists()  # noqa: S108 - where one of them wants to write
    assert not list(Path("/tmp").glob("sprung*"))  # noqa: S108


def test_nothing_is_written_but_the_reports_the_journal_and_the_cache(night: Night) -> None:
    made = {name.partition("/")[0] for name in night.after - night.before}
    assert made <= {"out", "journal", "journal-wal", "journal-shm", "cache", "summary.md"}
    assert (night.folder / "home/canary").read_text() == "alive"
    assert night.after >= night.before


def test_no_process_is_left(night: Night) -> None:
    assert night.left == []


def test_what_it_says_holds_nothing_that_a_terminal_obeys(night: Night) -> None:
    assert _CONTROL.search(night.said) is None


def test_the_step_summary_pings_nobody_and_commands_nothing(night: Night) -> None:
    summary = (night.folder / "summary.md").read_text(encoding="utf-8")
    assert _CONTROL.search(summary) is None
    assert "<script" not in summary
    assert not re.search(r"(?<![\w`])@acme/owners(?!`)", summary)


def test_the_findings_are_sarif(night: Night) -> None:
    log = json.loads((night.folder / "out/findings.sarif").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)


class Scripts(HTMLParser):
    """Finds what a page runs, and what it fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []
        self.bad: list[tuple[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.kinds.append(dict(attrs).get("type") or "")
        self.bad += [(tag, attrs) for name, _ in attrs if name.startswith("on")]
        if tag in ("img", "iframe", "object", "embed"):
            self.bad.append((tag, attrs))


def test_the_page_runs_nothing_of_theirs(night: Night) -> None:
    page = (night.folder / "out/report.html").read_text(encoding="utf-8")
    found = Scripts()
    found.feed(page)
    assert found.bad == []
    assert "<script>alert" not in page


def test_what_they_ping_is_pinged_by_no_pull_request(night: Night) -> None:
    (repo,) = [one for one in night.hub.world if one.name == "template-pings"]
    outside = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->", "", repo.pull.body, flags=re.DOTALL)
    assert "@everyone" not in outside
    assert "Closes #1" not in outside


def test_the_token_is_nowhere(night: Night) -> None:
    assert TOKEN not in night.said
    kept = [one for one in night.folder.rglob("*") if one.is_file()]
    assert [one for one in kept if TOKEN.encode() in one.read_bytes()] == []
