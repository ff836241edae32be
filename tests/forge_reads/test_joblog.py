"""A job's log: what its token held, and what it was refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.forge import joblog

_START = datetime(2026, 1, 2, 10, 0, 0, tzinfo=UTC)
_END = datetime(2026, 1, 2, 10, 0, 9, tzinfo=UTC)
_NEEDS = frozenset({"contents: write"})
_403 = "Resource not accessible by integration"
_PUSH = "remote: Permission to octo/app.git denied to github-actions[bot]"


def _log(*lines: str, at: str = "10:00:05") -> str:
    return "".join(f"2026-01-02T{at}.1234567Z {line}\n" for line in lines)


def _held(*lines: str) -> tuple[str, ...]:
    return joblog.held(_log("##[group]GITHUB_TOKEN Permissions", *lines, "##[endgroup]", "Next"))


@pytest.mark.parametrize(
    ("lines", "held"),
    [
        pytest.param(("Contents: read", "Metadata: read"), ("Contents: read", "Metadata: read")),
        pytest.param(("PullRequests: write",), ("PullRequests: write",), id="two-words"),
        pytest.param(("Contents: all", "Sudo: write", "@octocat"), (), id="what-is-no-scope"),
        pytest.param(("\x1b[36;1mIssues: write\x1b[0m",), ("Issues: write",), id="colours"),
    ],
)
def test_what_the_token_held(lines: tuple[str, ...], held: tuple[str, ...]) -> None:
    assert _held(*lines) == held


def test_the_group_ends() -> None:
    log = _log("##[group]GITHUB_TOKEN Permissions", "##[endgroup]", "Contents: write")
    assert joblog.held(log) == ()


def test_a_group_that_a_step_printed_late_is_not_taken() -> None:
    log = _log(*["line"] * 400, "##[group]GITHUB_TOKEN Permissions", "Contents: write")
    assert joblog.held(log) == ()


def test_the_first_line_may_bear_a_mark() -> None:
    log = "\ufeff" + _log("##[group]GITHUB_TOKEN Permissions", "Contents: write")
    assert joblog.held(log) == ("Contents: write",)


def _words(log: str) -> str | None:
    found = joblog.refusal(log, _START, _END, _NEEDS)
    return found and found[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(f"##[error]{_403} - https://docs", _403, id="only-words-that-are-known"),
        pytest.param(f"\x1b[31mHTTP 403: {_403}\x1b[0m", _403, id="colours"),
        pytest.param(f"{_PUSH}.", _PUSH, id="words-around-a-name"),
        pytest.param("remote: Permission to x", None, id="its-end-is-missing"),
        pytest.param(_PUSH.replace("octo", "o" * 300), None, id="too-far"),
        pytest.param(f"Failed to persist attestation: {_403}", None, id="the-longer-one-counts"),
        pytest.param("You have exceeded a secondary rate limit", None, id="rate-limit"),
        pytest.param(
            "Unable to get ACTIONS_ID_TOKEN_REQUEST_URL env variable", None, id="another-permission"
        ),
    ],
)
def test_what_was_refused(line: str, words: str | None) -> None:
    assert _words(_log(line)) == words


def test_the_time_of_the_refusal() -> None:
    found = joblog.refusal(_log(_403), _START, _END, _NEEDS)
    assert found is not None
    assert found[1] == datetime(2026, 1, 2, 10, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("at", ["09:59:59", "10:00:10"])
def test_another_step_does_not_count(at: str) -> None:
    assert _words(_log(_403, at=at)) is None


def test_a_line_without_a_time_does_not_count() -> None:
    assert _words(f"{_403}\n") is None


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((_403, _PUSH), id="the-later-one"),
        pytest.param((f"##[error]{_PUSH}", _403), id="the-error-before-a-later-line"),
        pytest.param((f"##[error]{_403}", f"##[error]{_PUSH}"), id="the-later-error"),
    ],
)
def test_which_of_two_is_told(lines: tuple[str, ...]) -> None:
    assert _words(_log(*lines)) == _PUSH


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(_log("\x1b[" * 300_000), id="escapes"),
        pytest.param(_log("remote: Permission to " * 100_000), id="beginnings"),
        pytest.param("2026-01-02T10:00:05Z \n" * 190_000, id="lines"),
        pytest.param("x" * 4_000_000, id="one-line"),
        pytest.param("\r" * 4_000_000, id="returns"),
    ],
)
def test_hostile_logs_take_no_time(log: str) -> None:
    began = time.process_time()
    assert _words(log) is None
    assert time.process_time() - began < 3


def test_a_day_that_there_is_not_tells_nothing() -> None:
    start, end = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    log = f"2026-02-30T10:00:05Z {_403}\n"
    assert joblog.refusal(log, start, end, _NEEDS) is None
