import io
import json

import pytest

from bot.report.lines import lines, read
from tests.report_html.hostile import hostile
from tests.report_html.samples import records


def test_what_is_written_is_read_again() -> None:
    found = [*records(50), *hostile()]
    assert list(read(io.StringIO("".join(lines(found))))) == found


def test_a_record_is_a_line() -> None:
    written = "".join(lines(hostile()))
    assert written.isascii()
    assert written.count("\n") == len(hostile())
    assert len(written.splitlines()) == len(hostile())


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"v":0}', '{"v":1,"repository":1}'])
def test_an_odd_line_is_named(line: str) -> None:
    text = "".join(lines(records(1))) + line + "\n"
    with pytest.raises(ValueError, match=r"^line 2: "):
        list(read(io.StringIO(text)))


def test_a_line_names_its_version() -> None:
    [line] = lines(records(1))
    assert json.loads(line)["v"] == 1
