"""Where the token must not be: in arguments, files, traces, logs, and commands that only read."""

from __future__ import annotations

import logging
import os
import shutil
import traceback
from pathlib import Path

import pytest

from bot.forge.errors import ForgeError
from tests.checkout.origin import BRANCH, GIVEN, WORKFLOW, Origin, proposal, tree
from tests.checkout.server import BASIC, TOKEN

_SECRETS = (TOKEN.encode(), BASIC.encode(), BASIC.rstrip("=").encode())
_NETWORK = {"fetch", "push"}


def _whole_life(origin: Origin) -> None:
    with origin.clone() as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        assert tree(cloned).read(WORKFLOW) is not None
        cloned.fetch_commit(origin.commit("More"))
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
        cloned.delete_branch(BRANCH, commit)


def _holders(folder: Path) -> list[str]:
    """The files below a folder that hold the token in one of its forms."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(p) for p in files if any(s in p.read_bytes() for s in _SECRETS)]


def test_no_file_holds_it(origin: Origin, tmp_path: Path) -> None:
    _whole_life(origin)
    assert _holders(tmp_path) == []


def test_a_user_who_traces_git_does_not_see_it(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = ",".join(f"GIT_CONFIG_VALUE_{number}" for number in range(40))
    kept = ("GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF")
    dropped = ("GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE_SETUP")
    for name in (*kept, *dropped):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")
    monkeypatch.setenv("GIT_TRACE2_ENV_VARS", everything)
    monkeypatch.setenv("GIT_TRACE2_CONFIG_PARAMS", "http.*")
    (tmp_path / "home/.gitconfig").write_text(
        f"[trace2]\n\tconfigParams = http.*\n\tenvVars = {everything}\n"
    )
    with origin.clone() as cloned:
        cloned.push(proposal(cloned), BRANCH, None)
    for name in kept:
        assert "push" in (tmp_path / name).read_text()
    assert [name for name in dropped if (tmp_path / name).exists()] == []
    assert _holders(tmp_path) == []


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``git`` that records its words and its variables, and traces all that it can."""
    made = tmp_path / "records"
    programs = tmp_path / "programs"
    made.mkdir()
    programs.mkdir()
    real = shutil.which("git")
    wrapper = programs / "git"
    wrapper.write_text(
        f"""#!/bin/sh
printf '%s\\n' "$@" > {made}/$$.words
env > {made}/$$.variables
export GIT_TRACE={made}/trace GIT_TRACE2_EVENT={made}/event GIT_TRACE_CURL={made}/curl
export GIT_TRACE_SETUP={made}/setup GIT_TRACE_PACKET={made}/packet
exec {real} "$@"
"""
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return made


def test_only_commands_that_talk_to_the_server_have_it(origin: Origin, records: Path) -> None:
    with origin.clone() as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
        cloned.delete_branch(BRANCH, commit)
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for words in records.glob("*.words"):
        text = words.with_suffix(".variables").read_bytes()
        if b"GIT_PROJECT_ROOT=" in text:
            continue  # the server's own git
        assert TOKEN.encode() not in text
        command = next(w for w in words.read_text().split() if w in _COMMANDS)
        seen[BASIC.encode() in text].add(command)
    assert seen[True] == _NETWORK
    assert seen[False] == _COMMANDS - _NETWORK


_COMMANDS = _NETWORK | {
    "cat-file",
    "check-ref-format",
    "commit-tree",
    "hash-object",
    "init",
    "mktree",
    "rev-parse",
    "version",
}


def test_no_argument_and_no_trace_holds_it(origin: Origin, records: Path) -> None:
    _whole_life(origin)
    for path in records.glob("*.variables"):
        path.unlink()
    assert "uthorization: Basic <redacted>" in (records / "curl").read_text()
    assert _holders(records) == []


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500])
def test_no_error_and_no_log_tells_it(
    origin: Origin, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    text = f"{TOKEN} {BASIC}".encode()
    headers = {"Content-Type": "text/plain"}
    origin.server.answers["GET /"] = (status, headers, text)
    with caplog.at_level(logging.DEBUG), pytest.raises(ForgeError) as caught:
        origin.clone()
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "Basic" not in told
    assert TOKEN not in told
    assert BASIC not in told
    assert TOKEN not in repr(GIVEN)


def test_the_clone_does_not_show_it(origin: Origin) -> None:
    with origin.clone() as cloned:
        assert TOKEN not in repr(cloned)
        assert BASIC not in repr(cloned.repository.git.environment())
