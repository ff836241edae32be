"""What a sweep shows of itself while it goes on, on a terminal and in a log."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.forge.limiter import Limiter, Pace, Rate, Use, Wait
from bot.report.sweepprogress import line, picture, shown
from bot.sweep.outlook import Outlook, Watch
from bot.sweep.record import Record, State
from bot.sweep.tally import Tally

NOW = 1_700_000_000.0
"""2023-11-14, 22:13:20 UTC."""
TALLY = Tally(
    expected=10_000,
    found=10_000,
    whole=True,
    looked=9_990,
    unchanged=9_500,
    to_do=412,
    done=131,
    held=20,
    failed=2,
    failure=Record("octo/demo", State.FAILED, why="git could not fetch it"),
)
PACE = Pace(
    150,
    (Use(80, 80, "changes a minute"), Use(311, 500, "changes an hour")),
    (Rate("core", 4100, 5000, NOW + 3000), Rate("search", 3, 30, NOW + 9)),
    Wait("the limit of 80 changes a minute", NOW + 42),
)
SEEN = Outlook(TALLY, PACE, NOW, 1500, 640, 6480)
BEGINNING = Outlook(Tally(), Pace(0, (), (), None), NOW, 0, 0, None)


def drawn(seen: Outlook, width: int = 80, **more: object) -> list[str]:
    """The lines of the picture, without the blanks at their ends."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, **more)  # type: ignore[arg-type]
    console.print(picture(seen, width))
    return [one.rstrip() for one in stream.getvalue().splitlines()]


def test_the_picture_tells_of_each_part() -> None:
    full, half = "━" * 30, "━" * 10
    assert drawn(SEEN) == [
        f"Looked at  {full[:-1]}╸ 9,990 of 10,000",
        "           9,500 unchanged · 640 repositories a minute",
        f"Published  {half}                     131 of 392 · 20 put off",
        "Changes    80 of 80 a minute · 311 of 500 an hour",
        "Calls left REST 4,100 of 5,000",
        "Failed     2 repositories",
        "           octo/demo: git could not fetch it",
        "Waits for  the limit of 80 changes a minute · until 22:14:02 UTC",
        "Time       25 min so far · about 1 h 48 min left",
    ]


def test_at_first_nothing_is_told_that_is_not_known() -> None:
    assert drawn(BEGINNING) == ["Looked at  nothing found yet", "Time       0 s so far"]


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        pytest.param(Tally(found=12, looked=5), "5 · 12 found", id="nobody knows of how many"),
        pytest.param(
            Tally(found=12, looked=5, expected=40), "5 of about 40 · 12 found", id="about so many"
        ),
        pytest.param(Tally(found=12, looked=5, whole=True), "5 of 12", id="of exactly so many"),
    ],
)
def test_how_many_there_are_is_told_as_far_as_it_is_known(tally: Tally, words: str) -> None:
    first = drawn(replace(BEGINNING, tally=tally, per_minute=3), 120)[0]
    assert first.endswith(f"{words} · 3 repositories a minute")


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 120, 400])
def test_it_fits_into_any_terminal(width: int) -> None:
    hostile = Record("octo/\x1b[31m日本語" * 20, State.FAILED, why="[bold]\u202e\n" * 50)
    lines = drawn(replace(SEEN, tally=replace(TALLY, failure=hostile)), width)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) <= 20


def test_a_narrow_one_has_all_that_a_wide_one_has() -> None:
    words = " ".join(" ".join(drawn(SEEN, 48)).replace("·", "").split())
    for part in ("9,500 unchanged", "20 put off", "311 of 500 an hour", "about 1 h 48 min left"):
        assert part in words


def test_hostile_texts_do_nothing() -> None:
    hostile = Record("o/\x1b]0;x\x07[red]x[/red]", State.FAILED, why="##[error]\u202e")
    text = "\n".join(drawn(replace(SEEN, tally=replace(TALLY, failure=hostile)), 120))
    assert r"o/\x1b]0;x\x07[red]x[/red]: ##\[error]\u202e" in text


def test_a_line_tells_it_all_and_names_no_repository() -> None:
    assert line(SEEN) == (
        "2023-11-14T22:13:20Z sweep: 9,990 of 10,000 repositories looked at (9,500 unchanged), "
        "640 a minute, 131 of 392 published, 20 put off, 2 failed, about 1 h 48 min left, "
        "waiting for the limit of 80 changes a minute, until 22:14:02 UTC"
    )


def test_a_line_at_first_is_short() -> None:
    assert line(BEGINNING) == "2023-11-14T22:13:20Z sweep: 0 repositories looked at"


def test_a_short_wait_is_not_told() -> None:
    short = replace(PACE, wait=Wait("the limit of 80 changes a minute", NOW + 1))
    assert "waiting" not in line(replace(SEEN, pace=short))


def test_in_a_file_are_plain_lines_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.report.sweepprogress._LINES", 0.01)
    stream = io.StringIO()
    with shown(Watch(Tally(), Limiter()), stream):
        time.sleep(0.2)
    lines = stream.getvalue().splitlines()
    assert len(lines) > 2
    assert all(one.endswith("sweep: 0 repositories looked at") for one in lines)
    assert stream.getvalue().isprintable() is False
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_short_sweep_says_nothing_in_a_file() -> None:
    stream = io.StringIO()
    with shown(Watch(Tally(), Limiter()), stream):
        pass
    assert stream.getvalue() == ""


def test_a_log_that_takes_no_more_does_not_stop_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.report.sweepprogress._LINES", 0.01)
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    stream = io.StringIO()
    with shown(Watch(Tally(), Limiter()), stream):
        stream.close()
        time.sleep(0.1)
    assert told == []


_SWEEP = """
import sys, time
from bot.forge.limiter import Limiter
from bot.report import sweepprogress
from bot.sweep.outlook import Watch
from bot.sweep.tally import Tally
sweepprogress._REDRAWN = sweepprogress._LINES = 0.05
with sweepprogress.shown(Watch(Tally(found=7, looked=3, whole=True), Limiter()), sys.stderr):
    time.sleep(float(sys.argv[1]))
print("summary")
"""


def on_a_terminal(
    seconds: float, environ: Mapping[str, str] | None = None, *, stop: bool = False
) -> str:
    """What a sweep of so many seconds writes to a terminal, both streams together."""
    own, theirs = pty.openpty()
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with subprocess.Popen(
        [sys.executable, "-c", _SWEEP, str(seconds)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**known, "TERM": "xterm", "COLUMNS": "80", **(environ or {})},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        text = b""
        while select.select([own], [], [], 20)[0]:
            try:
                text += os.read(own, 10_000)
            except OSError:
                break
            if stop and b"Time" in text:
                process.send_signal(signal.SIGINT)
                stop = False
        os.close(own)
        process.wait(20)
    return text.decode()


_HIDDEN, _SHOWN = "\x1b[?25l", "\x1b[?25h"


def test_on_a_terminal_it_is_drawn_and_taken_away_before_the_summary() -> None:
    text = on_a_terminal(0.4)
    drawn, _, after = text.rpartition(_SHOWN)
    assert drawn.count("3 of 7") > 2
    # Up and away, a line each.
    assert after == "\r" + "\x1b[1A\x1b[2K" * 2 + "summary\r\n"


def test_ctrl_c_gives_the_cursor_back() -> None:
    text = on_a_terminal(20, stop=True)
    assert _HIDDEN in text
    assert _SHOWN in text.rpartition(_HIDDEN)[2]
    assert "\x1b[2K" in text.rpartition(_SHOWN)[2]
    assert "KeyboardInterrupt" in text


def test_no_color_leaves_the_colours_out() -> None:
    assert "\x1b[36m" in on_a_terminal(0.2)
    plain = on_a_terminal(0.2, {"NO_COLOR": "1"})
    assert "3 of 7" in plain
    assert not re.search(r"\x1b\[(3|4|9)\d", plain)


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TTY_COMPATIBLE": "0"}])
def test_a_terminal_that_can_not_draw_gets_lines(environ: dict[str, str]) -> None:
    text = on_a_terminal(0.3, environ)
    assert "sweep: 3 of 7 repositories looked at" in text
    assert "\x1b" not in text
