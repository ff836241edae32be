from pathlib import Path

import pytest
from rich.text import Text

from bot.engine import run
from bot.report import Piece, Summary, piece
from bot.report.palette import Palette
from bot.report.text import TextBody, sums
from bot.targets import discover
from tests.samples import (
    BEYOND,
    CALLED,
    EXPLICIT,
    GENERATED,
    IDLE,
    IMPLICIT,
    LACKING,
    LATE,
    UNDECIDED,
    UNPROBED,
    repository,
)


def _piece(root: Path, text: str, palette: Palette | None = None) -> Piece:
    found, _ = discover([str(repository(root, x=text))], None)
    body = TextBody(palette or Palette())
    [(_, one)] = run(found, lambda repository, report: piece(body, repository, report))
    return one


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param(EXPLICIT, "", id="nothing-to-say"),
        pytest.param(
            IMPLICIT,
            """\
.github/workflows/x.yml
      3  release states no permissions; it needs
         contents: write  runs gh release create (line 7)

""",
            id="no-permissions",
        ),
        pytest.param(
            IDLE,
            """\
.github/workflows/x.yml
      3  hello states no permissions; it needs none

""",
            id="no-token",
        ),
        pytest.param(
            LACKING,
            """\
.github/workflows/x.yml
      5  release uses and does not hold
         contents: write  runs gh release create (line 10)

""",
            id="lacking",
        ),
        pytest.param(
            UNDECIDED,
            """\
.github/workflows/x.yml
      3  mystery can't be decided:
         action that is neither in the table nor at hand
           nobody/has-read-this@v1 (line 6)

""",
            id="undecided",
        ),
        pytest.param(
            CALLED,
            """\
.github/workflows/x.yml
      3  build is left as it is: other workflows call this one and set its ceiling; it needs
         contents: read  checks out the repository (line 6)

""",
            id="held-back",
        ),
        pytest.param(
            BEYOND,
            """\
.github/workflows/x.yml
      3  admin asks too much of its token:
         calls POST /repos/{owner}/{repo}/actions/runners/registration-token (line 7): \
beyond GITHUB_TOKEN, it takes administration: write
           `clearance fix` names secrets.GH_PAT_TOKEN there

""",
            id="beyond",
        ),
        pytest.param(
            LATE,
            """\
.github/workflows/x.yml
     12  publish has a late step:
         publishes late: runs gh release create (line 18); nothing asks early whether it may

""",
            id="late",
        ),
        pytest.param(
            UNPROBED,
            """\
.github/workflows/x.yml
     12  publish has a late step:
         publishes late: runs gh release create (line 18); \
no probe fits: no job of the file names a GitHub-hosted Ubuntu runner

""",
            id="no-probe-fits",
        ),
        pytest.param("a: [", "", id="unreadable-is-for-standard-error"),
    ],
)
def test_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, body: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert _piece(Path(), text).body == body


def test_a_generated_file_names_its_generator(tmp_path: Path) -> None:
    (tmp_path / "make.py").write_text("")
    assert "  written by make.py: change what that one reads\n" in _piece(tmp_path, GENERATED).body


def test_places_with_the_same_reason_are_counted(tmp_path: Path) -> None:
    checkout = "      - uses: actions/checkout@v4\n"
    body = _piece(tmp_path, IDLE + checkout * 3).body
    assert "contents: read  checks out the repository (line 7 and 2 more)\n" in body


def test_colours_are_all_that_a_palette_adds(tmp_path: Path) -> None:
    plain = _piece(tmp_path, IMPLICIT).body
    painted = _piece(tmp_path, IMPLICIT, Palette(colours=True)).body
    assert "\x1b[32mcontents: write\x1b[0m" in painted
    assert Text.from_ansi(painted).plain == plain


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        pytest.param((EXPLICIT,), "1 workflow, 1 job: nothing to do.", id="nothing"),
        pytest.param(
            (IMPLICIT, LACKING, BEYOND),
            "3 workflows, 3 jobs: 1 without permissions of their own, 1 lacking one that they use, "
            "1 beyond GITHUB_TOKEN.",
            id="findings",
        ),
        pytest.param(
            (LATE, UNPROBED),
            "2 workflows, 4 jobs: 1 publishing late without a probe, 1 late where no probe fits.",
            id="late",
        ),
        pytest.param(
            (UNDECIDED, CALLED),
            "2 workflows, 2 jobs: 1 undecided, 1 left as they are.",
            id="notes",
        ),
    ],
)
def test_sums(tmp_path: Path, texts: tuple[str, ...], line: str) -> None:
    summary = Summary(repositories=1)
    for text in texts:
        summary.add(_piece(tmp_path, text))
    assert sums(summary) == line
