from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.permissions.evidence import Doubt
from tests.samples import BEYOND, IDLE, IMPLICIT, LACKING, UNDECIDED, repository


def _explained(root: Path, text: str) -> list[str]:
    result = CliRunner().invoke(app, ["explain", str(repository(root, x=text))])
    assert result.exit_code == 0
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(
            IMPLICIT,
            [
                "job release, line 3: gets a block of its own",
                "holds today nothing is stated, the repository's default applies",
                "needs contents: write",
                "line 7 runs gh release create",
                "shown by gh release create, in step “Run gh release create v1”",
                "line 6 read is enough: checks out the repository",
            ],
            id="evidence",
        ),
        pytest.param(LACKING, ["needs contents: write not held"], id="lacking"),
        pytest.param(
            IDLE,
            [
                "needs nothing: its token is not used",
            ],
            id="no-token",
        ),
        pytest.param(
            UNDECIDED.replace("has-read-this", "x"),
            [
                "unknown",
                f"line 6 {Doubt.ACTION}: nobody/x@v1, in step “nobody/x@v1”",
            ],
            id="unknown",
        ),
        pytest.param(
            BEYOND,
            ["beyond GITHUB_TOKEN", "holds today nothing"],
            id="beyond",
        ),
        pytest.param(
            IDLE.replace("echo hello", "make all"),
            ["assumed to need nothing, since they are handed no token", "line 6 make all"],
            id="assumed",
        ),
    ],
)
def test_a_job(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert set(lines) <= set(_explained(tmp_path, text))


def test_a_source_stands_below_what_it_shows(tmp_path: Path) -> None:
    lines = _explained(tmp_path, IMPLICIT)
    at = lines.index("line 7 runs gh release create")
    assert lines[at + 2].startswith("https://github.com/cli/cli/")
