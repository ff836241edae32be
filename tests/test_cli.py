import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.options import FormatName
from tests.samples import (
    BEYOND,
    CALLED,
    EXPLICIT,
    GENERATED,
    HOSTILE,
    IMPLICIT,
    LACKING,
    LACKING_READ,
    LATE,
    UNDECIDED,
    repository,
    workflow,
)


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)


class TestScan:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            pytest.param(EXPLICIT, 0, id="nothing-to-say"),
            pytest.param(UNDECIDED, 0, id="an-undecided-job-is-a-note"),
            pytest.param(CALLED, 0, id="a-job-that-is-held-back-is-a-note"),
            pytest.param(IMPLICIT, 1, id="no-permissions-of-its-own"),
            pytest.param(LACKING, 1, id="a-permission-that-it-lacks"),
            pytest.param(LACKING_READ, 1, id="a-read-that-it-lacks"),
            pytest.param(BEYOND, 1, id="a-call-beyond-its-token"),
            pytest.param("a: [", 1, id="an-unreadable-file"),
        ],
    )
    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
    def test_exit_code(self, tmp_path: Path, text: str, code: int, form: str) -> None:
        assert _run("scan", repository(tmp_path, x=text), "--format", form).exit_code == code

    def test_nothing_found_is_said(self, tmp_path: Path) -> None:
        result = _run("scan", repository(tmp_path, x=EXPLICIT))
        assert result.stdout == "1 workflow, 1 job: nothing to do.\n"

    def test_an_absent_path_does_not_stop_the_others(self, tmp_path: Path) -> None:
        result = _run("scan", tmp_path / "none", repository(tmp_path / "x", x=IMPLICIT))
        assert result.exit_code == 2
        assert result.stdout.startswith(f"{tmp_path}/x/.github/workflows/x.yml\n")
        assert result.stderr == (
            f"clearance: {tmp_path}/none: it can't be read (No such file or directory); "
            "check its name and its permissions\n"
        )

    def test_a_file_that_is_no_text_is_one_sentence(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x="", y=EXPLICIT)
        workflow(root, "x").write_bytes(b"\xff")
        result = _run("scan", root)
        assert result.stderr == (
            f"clearance: {workflow(root, 'x')}: it is not UTF-8 (byte 0); save it as UTF-8\n"
        )
        assert result.stdout == "2 workflows, 1 job: 1 unreadable.\n"

    def test_widen_writes_what_the_workflow_does_not_grant(self, tmp_path: Path) -> None:
        text = LACKING.replace("    permissions:\n      contents: read\n", "")
        root = repository(tmp_path, x=text)
        assert "uses and does not hold" in _run("scan", root).stdout
        assert "takes the workflow's permissions" in _run("scan", root, "--widen").stdout

    def test_a_settings_file_counts_for_all(self, tmp_path: Path) -> None:
        settings = tmp_path / "settings.yml"
        settings.write_text("exclude: ['*.yml']\n")
        root = repository(tmp_path / "x", x=IMPLICIT)
        assert _run("scan", root, "--config", settings).exit_code == 0

    @pytest.mark.parametrize("command", ["scan", "fix", "explain", "run"])
    def test_a_wrong_settings_file_is_one_sentence(self, tmp_path: Path, command: str) -> None:
        settings = tmp_path / "settings.yml"
        settings.write_text("server: x\n")
        result = _run(command, repository(tmp_path, x=IMPLICIT), "--config", settings)
        assert result.exit_code == 2
        assert result.stderr == (
            f"clearance: {settings}: line 1: server can't be that; write github.com or ghes\n"
        )
        assert result.stdout == ""

    def test_json_tells_of_paths_that_will_not_do(self, tmp_path: Path) -> None:
        result = _run("scan", tmp_path / "none", "--format", "json")
        assert result.exit_code == 2
        assert [one["path"] for one in json.loads(result.stdout)["errors"]] == [f"{tmp_path}/none"]


class TestFix:
    def test_a_file_is_rewritten_and_then_left_alone(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=IMPLICIT)
        result = _run("fix", root)
        assert result.exit_code == 0
        assert result.stdout == (f"{workflow(root, 'x')}: 1 block\n1 file written: 1 block.\n")
        assert "contents: write" in workflow(root, "x").read_text()
        assert _run("fix", root).stdout == "nothing to write.\n"

    def test_what_was_written_is_counted(self, tmp_path: Path) -> None:
        late = LATE.replace("    permissions:\n      contents: write\n", "")
        result = _run("fix", repository(tmp_path, beyond=BEYOND, late=late))
        assert result.stdout.splitlines()[-1] == "2 files written: 1 block, 1 probe, 1 token."

    def test_diff_writes_nothing_and_patch_takes_it(self, tmp_path: Path) -> None:
        root = repository(tmp_path / "a", x=IMPLICIT)
        shutil.copytree(root, tmp_path / "b")
        result = _run("fix", "--diff", workflow(root, "x"))
        assert result.exit_code == 0
        assert workflow(root, "x").read_text() == IMPLICIT
        apply = ["git", "apply", "-p0", "--unsafe-paths", "-"]
        diff = result.stdout.replace(str(workflow(root, "x")), ".github/workflows/x.yml")
        subprocess.run(apply, input=diff, text=True, check=True, cwd=tmp_path / "b")
        _run("fix", root)
        assert workflow(tmp_path / "b", "x").read_text() == workflow(root, "x").read_text()

    def test_a_diff_in_githubs_log_does_not_act_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = IMPLICIT.replace("    steps:\n", "    env:\n      ::error::x: 1\n    steps:\n")
        root = repository(tmp_path, x=text)
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        lines = _run("fix", "--diff", root).stdout.splitlines()
        assert any("error" in line for line in lines)
        assert not any(line.lstrip().startswith("::") for line in lines)

    def test_a_link_within_the_checkout_stays_one(self, tmp_path: Path) -> None:
        root = repository(tmp_path)
        (root / "shared.yml").write_text(IMPLICIT)
        workflow(root, "x").symlink_to("../../shared.yml")
        assert _run("fix", root).exit_code == 0
        assert workflow(root, "x").is_symlink()
        assert "permissions:" in (root / "shared.yml").read_text()

    def test_a_generated_file_is_left_alone(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=GENERATED)
        (root / "make.py").write_text("")
        assert _run("fix", root).stdout == "nothing to write.\n"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
    def test_a_read_only_file_is_one_sentence(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=IMPLICIT)
        workflow(root, "x").chmod(0o444)
        result = _run("fix", root)
        assert result.exit_code == 2
        assert result.stderr.endswith(": it is read-only; make it writable\n")

    def test_a_bad_file_does_not_stop_the_others(self, tmp_path: Path) -> None:
        root = repository(tmp_path, bad="a: [", good=IMPLICIT)
        result = _run("fix", root)
        assert result.exit_code == 2
        assert "permissions:" in workflow(root, "good").read_text()

    def test_an_unknown_remedy_is_one_sentence(self, tmp_path: Path) -> None:
        result = _run("fix", repository(tmp_path, x=IMPLICIT), "--only", "permissions,tokens")
        assert result.exit_code == 2
        assert result.stderr == (
            "clearance: --only tokens: there is no such remedy; "
            "there is permissions, preflight, token\n"
        )
        assert workflow(tmp_path, "x").read_text() == IMPLICIT


class TestExplain:
    def test_an_unknown_job_is_one_sentence(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=IMPLICIT)
        result = _run("explain", root, "--job", "none")
        assert result.exit_code == 2
        assert result.stderr == (
            f"clearance: {root}: no workflow has a job none; leave --job out to see all\n"
        )

    def test_one_job(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=IMPLICIT, y=EXPLICIT)
        result = _run("explain", root, "--job", "release")
        assert result.exit_code == 0
        assert "job release, line 3" in result.stdout
        assert "job build" not in result.stdout


class TestRun:
    def test_a_folder_without_git_is_one_sentence(self, tmp_path: Path) -> None:
        result = _run("run", repository(tmp_path, x=IMPLICIT))
        assert result.exit_code == 2
        assert result.stderr.startswith(f"clearance: {tmp_path}: it is not a git checkout; ")

    def test_a_branch_and_the_texts(self, tmp_path: Path) -> None:
        root = repository(tmp_path / "x", x=IMPLICIT)
        for command in (
            ["init", "-q"],
            ["config", "user.name", "A"],
            ["config", "user.email", "a@example.com"],
            ["add", "."],
            ["commit", "-qm", "First"],
        ):
            subprocess.run(["git", *command], cwd=root, check=True)
        result = _run("run", root, "--out", tmp_path / "out", "--branch", "more/explicit")
        assert result.exit_code == 0
        assert result.stdout.startswith("more/explicit: created (")
        assert (tmp_path / "out" / "body.md").is_file()
        show = ["git", "show", "more/explicit:.github/workflows/x.yml"]
        shown = subprocess.run(show, cwd=root, check=True, capture_output=True, text=True)
        assert "contents: write" in shown.stdout


class TestProcess:
    """The command as a user starts it."""

    def test_version(self) -> None:
        result = _start("--version")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith("clearance ")

    def test_help_loads_nothing_of_the_program(self) -> None:
        code = "import sys, bot.cli; sys.exit(any(m.startswith('bot.perm') for m in sys.modules))"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_settings_are_needed_for_pydantic_to_be_loaded(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=EXPLICIT)
        code = (
            "import sys, bot.commands as c, bot.options as o;"
            f"c.scan(c.Targets(({str(root)!r},), None), o.FormatName.TEXT);"
            "sys.exit(any(m in sys.modules for m in ('pydantic', 'rich', 'multiprocessing')))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_a_wrong_option_is_an_error(self) -> None:
        assert _start("scan", "--no-such-option").returncode == 2

    def test_many_files(self, tmp_path: Path) -> None:
        names = {f"w{number:02}": IMPLICIT for number in range(60)}
        result = _start("scan", str(repository(tmp_path, **names)), "--format", "json")
        assert result.returncode == 1
        assert json.loads(result.stdout)["summary"]["failing"] == 60

    def test_a_reader_that_leaves_is_no_fault(self, tmp_path: Path) -> None:
        names = {f"w{number:02}": IMPLICIT for number in range(30)}
        root = repository(tmp_path, **names)
        script = f"{sys.executable} -m bot scan {root} --format json | head -c 1"
        result = subprocess.run(["bash", "-c", script], check=False, capture_output=True, text=True)
        assert (result.stdout, result.stderr) == ("{", "")

    def test_a_fault_of_the_program_is_one_sentence(self) -> None:
        code = "import bot.commands as c, bot.cli;c.scan = lambda *a: 1 / 0;bot.cli.main()"
        result = subprocess.run(
            [sys.executable, "-c", code, "scan", "."], check=False, capture_output=True, text=True
        )
        assert result.returncode == 2
        assert result.stderr == (
            "clearance: the program failed (ZeroDivisionError); please report it, "
            "CLEARANCE_TRACEBACK=1 shows the place\n"
        )


def _start(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("form", ["text", "github"])
def test_nothing_of_a_workflow_acts_on_a_terminal_or_a_log(tmp_path: Path, form: str) -> None:
    result = _run("scan", repository(tmp_path, x=HOSTILE), "--format", form)
    assert "nobody/x" in result.stdout
    assert all(c.isprintable() or c == "\n" for c in result.stdout)
    assert "##[" not in result.stdout


def test_a_path_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    root = repository(tmp_path / os.fsdecode(b"\xff\x1b"), x=IMPLICIT)
    for form in FormatName:
        assert _run("scan", root, "--format", form).exit_code == 1
