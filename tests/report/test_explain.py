from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.permissions.evidence import Doubt
from tests.samples import BEYOND, IDLE, IMPLICIT, LACKING, LATE, UNDECIDED, UNPROBED, repository


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
            [
                "beyond GITHUB_TOKEN",
                "holds today nothing",
                "`clearance fix` names secrets.GH_PAT_TOKEN there",
            ],
            id="beyond",
        ),
        pytest.param(
            LATE,
            [
                "late steps",
                "line 18 runs gh release create",
                "it takes contents: write, in step “Run gh release create v1”",
                "draft-release probe in the new job preflight: a refusal fails the run",
            ],
            id="late",
        ),
        pytest.param(
            LATE.replace(
                "    needs: build\n", "    needs: build\n    if: github.ref_type == 'tag'\n"
            ),
            ["if github.ref_type == 'tag'"],
            id="condition-of-a-probe",
        ),
        pytest.param(
            UNPROBED,
            [
                "late steps",
                "no probe is added: no job of the file names a GitHub-hosted Ubuntu runner",
            ],
            id="no-probe-fits",
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


def test_publishing_first_of_all_is_not_late(tmp_path: Path) -> None:
    assert "late steps" not in _explained(tmp_path, LATE.replace("    needs: build\n", ""))


def test_a_block_that_is_not_to_be_written_is_not_promised(tmp_path: Path) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text("remedies: [preflight]\n")
    root = repository(tmp_path / "x", x=IMPLICIT)
    result = CliRunner().invoke(app, ["explain", str(root), "--config", str(settings)])
    assert "gets no block, since the settings leave that remedy out" in result.stdout


@pytest.mark.parametrize("text", [LATE, BEYOND], ids=["late", "beyond"])
def test_names_of_late_steps_do_nothing_on_a_terminal(tmp_path: Path, text: str) -> None:
    hostile = text.replace("      - run: gh ", '      - name: "\\e[2J##[error]x"\n        run: gh ')
    result = CliRunner().invoke(app, ["explain", str(repository(tmp_path, x=hostile))])
    assert "\\x1b[2J##\\[error]x" in result.stdout
    assert not set(result.stdout) & {"\x1b"}
    assert "##[" not in result.stdout


def test_conditions_of_late_steps_do_nothing_on_a_terminal(tmp_path: Path) -> None:
    condition = "    needs: build\n    if: \"needs.build.outputs.x == '\\e[2J##[error]'\"\n"
    hostile = LATE.replace("    needs: build\n", condition)
    result = CliRunner().invoke(app, ["explain", str(repository(tmp_path, x=hostile))])
    assert "not told early: needs.build.outputs.x == '\\x1b[2J##\\[error]'" in result.stdout
    assert "\x1b" not in result.stdout
