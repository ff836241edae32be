import io

import pytest

from bot.report.palette import Palette


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "colours"),
    [
        pytest.param(_Terminal(), {"TERM": "xterm"}, True, id="a-terminal"),
        pytest.param(io.StringIO(), {"TERM": "xterm"}, False, id="a-file"),
        pytest.param(_Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False, id="no-color"),
        pytest.param(_Terminal(), {"TERM": "dumb"}, False, id="a-dumb-terminal"),
    ],
)
def test_who_gets_colours(
    monkeypatch: pytest.MonkeyPatch,
    stream: io.StringIO,
    environment: dict[str, str],
    colours: bool,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Palette.of(stream).colours is colours
