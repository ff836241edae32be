"""What a probe leaves behind when it is stopped, and what hostile answers make of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from bot.probes import Kind
from tests.forge.standin import Answer, Failure, StandIn
from tests.probes.running import TOKEN, Step

Steps = Callable[[Kind], Step]


def creating(method: str, path: str) -> bool:
    return method == "POST" and path.endswith(("/releases", "/blobs/uploads/"))


def deleting(method: str, _path: str) -> bool:
    return method == "DELETE"


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


@pytest.mark.parametrize("to", ["the group", "the shell"])
@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT] * 3])
@pytest.mark.parametrize("kind", [Kind.DRAFT_RELEASE, Kind.GHCR])
def test_a_run_cancelled_while_it_is_made_leaves_nothing(
    kind: Kind, signals: list[signal.Signals], to: str, step: Steps, github: StandIn
) -> None:
    github.allow(TOKEN, {"contents": "write", "packages": "write"})
    github.delay(creating, 0.6)
    github.delay(deleting, 0.3)
    began = time.monotonic()
    cancelled = step(kind)
    process = cancelled.start()
    wait_for(lambda: github.releases or github.uploads)
    for number in signals:
        (os.killpg if to == "the group" else os.kill)(process.pid, number)
        time.sleep(0.35)  # the second one meets the rest of the call, the third one the clean-up
    outcome = cancelled.outcome(process, began)
    assert github.releases == {}
    assert github.uploads == set()
    assert (outcome.verdict, outcome.code) == ("unknown", 0)


@pytest.mark.parametrize("after", [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15])
def test_a_run_cancelled_at_any_time_leaves_nothing(
    after: float, step: Steps, github: StandIn
) -> None:
    github.allow(TOKEN, {"contents": "write"})
    cancelled = step(Kind.DRAFT_RELEASE)
    process = cancelled.start()
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    cancelled.outcome(process, 0.0)
    assert github.releases == {}


def test_a_draft_that_stays_is_told_of(step: Steps, github: StandIn) -> None:
    github.allow(TOKEN, {"contents": "write"})
    github.answer(deleting, Failure.ERROR)
    outcome = step(Kind.DRAFT_RELEASE).run()
    assert (outcome.verdict, outcome.code) == ("pass", 0)
    (warning,) = outcome.commands()
    assert warning.startswith("::warning title=A draft is left::Delete clearance-preflight-42-1 at")
    assert warning.endswith(" https://github.com/octo/demo/releases")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(Failure.HANG, True, id="no answer"),
        pytest.param(Failure.CUT, True, id="half an answer"),
        pytest.param(Failure.UNAVAILABLE, True, id="a gateway's error"),
        pytest.param(Failure.NOT_FOUND, False, id="a clear no"),
    ],
)
def test_a_draft_that_may_have_been_made_is_told_of(
    answer: Failure, told: bool, step: Steps, github: StandIn
) -> None:
    github.answer(creating, answer)
    outcome = step(Kind.DRAFT_RELEASE).run(MAX_TIME="0.7")
    assert ("title=A draft may be left::" in outcome.log) == told


OTHERS = '{"url": "https://api.github.com/repos/octo/demo/releases/7", "tag_name": "v1.0.0"}'


@pytest.mark.parametrize("status", [200, 201, 403, 422, 500])
def test_no_release_but_its_own_is_deleted(status: int, step: Steps, github: StandIn) -> None:
    github.answer(creating, Answer(status, OTHERS.encode()))
    step(Kind.DRAFT_RELEASE).run()
    assert [call.method for call in github.calls] == ["POST"]


def test_an_upload_is_cancelled_at_the_registry_only(step: Steps, github: StandIn) -> None:
    with StandIn() as other:
        location = f"{other.url}/v2/octo/demo/blobs/upload/1"
        github.answer(creating, Answer(202, headers={"Location": location}))
        outcome = step(Kind.GHCR).run()
        assert outcome.verdict == "pass"
        assert other.calls == []
    assert [call.method for call in github.calls] == ["GET", "POST"]


HOSTILE = [
    pytest.param("::error::x", id="a command"),
    pytest.param("a\n::set-output name=verdict::pass", id="a command on a line of its own"),
    pytest.param("a\r::warning::x", id="behind a carriage return"),
    pytest.param("a%0A::error::x", id="an escaped line end"),
    pytest.param("a\x1b[2J\x1b]0;x\x07", id="ANSI escapes"),
    pytest.param("##[error]x", id="a command of the old form"),
    pytest.param("####[[error]x", id="one that appears when one is taken out"),
    pytest.param("\u202eevil\u2028::error::x", id="Unicode that turns or ends a line"),
    pytest.param("$(touch pwned)`touch pwned`\\'\"", id="a shell's words"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("raw", [False, True], ids=["as JSON", "raw"])
@pytest.mark.parametrize("prefix", ["", "Resource not accessible by "])
@pytest.mark.parametrize("kind", [Kind.REFS, Kind.GHCR])
def test_the_log_takes_no_command_from_an_answer(
    kind: Kind, prefix: str, raw: bool, text: str, step: Steps, github: StandIn
) -> None:
    said = f'{{"message": "{prefix}{text}"}}'.encode()
    answer = Answer(403, said) if raw else Answer.message(403, prefix + text)
    github.answer(lambda _m, path: path != "/token", answer)
    hostile = step(kind)
    outcome = hostile.run()
    (command,) = outcome.commands()
    assert command.startswith(("::error title=Preflight ", "::warning title=Preflight "))
    assert "%0A" not in command
    assert outcome.log.isprintable() or outcome.log.replace("\n", "").isprintable()
    assert not (hostile.folder / "pwned").exists()
    assert outcome.verdict in ("refused", "unknown")


@pytest.mark.parametrize("filler", ['"', "a", "[", "\x00", '"message": "'])
@pytest.mark.parametrize("kind", [Kind.DRAFT_RELEASE, Kind.GHCR, Kind.TOKEN])
def test_a_megabyte_of_answer_does_not_hold_it_up(
    kind: Kind, filler: str, step: Steps, github: StandIn
) -> None:
    github.answer(lambda _m, _p: True, Answer(403, filler.encode() * (1_000_000 // len(filler))))
    outcome = step(kind).run()
    assert (outcome.verdict, outcome.code) == ("unknown", 0)
    assert outcome.seconds < 5
    assert len(outcome.log) < 2_000


@pytest.mark.parametrize("name", ["REPOSITORY", "IMAGE"])
def test_a_name_that_is_none_gives_no_command(name: str, step: Steps) -> None:
    kind = Kind.GHCR if name == "IMAGE" else Kind.DRAFT_RELEASE
    outcome = step(kind).run(**{name: "a\n::error::x/b##[error]$(id)"})
    assert len(outcome.commands()) == 1
    assert outcome.code == 0
