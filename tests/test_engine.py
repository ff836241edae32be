import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import engine
from bot.analysis import FileReport
from bot.config import Settings
from bot.files import Checkout
from bot.targets import Repository, Trouble, discover, origin
from tests.samples import EXPLICIT, IMPLICIT, repository, workflow


def _seen(_: Repository, report: FileReport) -> tuple[str, str]:
    return report.path, report.problem


def _named(root: Path, names: Sequence[str]) -> Repository:
    found, troubles = discover([str(repository(root, **dict.fromkeys(names, EXPLICIT)))], None)
    assert not troubles
    return found[0]


def _dies_of_37(_: Repository, report: FileReport) -> str:
    if report.path.endswith("w37.yml") and not report.problem:
        os.kill(os.getpid(), signal.SIGKILL)
    return report.problem


def _hangs_at_37(_: Repository, report: FileReport) -> str:
    if report.path.endswith("w37.yml") and not report.problem:
        time.sleep(60)
    return report.problem


def _raises_at_37(_: Repository, report: FileReport) -> str:
    if report.path.endswith("w37.yml") and not report.problem:
        raise KeyError("x")
    return report.problem


MANY = [f"w{number:02}" for number in range(90)]


@pytest.fixture
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_processors", lambda: 2)


class TestRun:
    @pytest.mark.parametrize("processors", [1, 2])
    def test_results_come_in_the_order_of_the_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int
    ) -> None:
        monkeypatch.setattr(engine, "_processors", lambda: processors)
        repositories = [_named(tmp_path / "a", MANY), _named(tmp_path / "b", MANY[:3])]
        results = list(engine.run(repositories, _seen))
        expected = [(one.root, path, "") for one in repositories for path in one.workflows]
        assert [(one.root, *seen) for one, seen in results] == expected

    @pytest.mark.usefixtures("_two_processors")
    def test_many_files_are_read_by_other_processes(self, tmp_path: Path) -> None:
        pids = {pid for _, pid in engine.run([_named(tmp_path, MANY)], _pid)}
        assert os.getpid() not in pids

    def test_few_files_are_read_here(self, tmp_path: Path) -> None:
        pids = {pid for _, pid in engine.run([_named(tmp_path, MANY[:39])], _pid)}
        assert pids == {os.getpid()}

    @pytest.mark.usefixtures("_two_processors")
    def test_a_dead_process_costs_one_file(self, tmp_path: Path) -> None:
        results = [problem for _, problem in engine.run([_named(tmp_path, MANY)], _dies_of_37)]
        expected = [""] * 90
        expected[37] = "the program died of it"
        assert results == expected

    @pytest.mark.usefixtures("_two_processors")
    def test_a_hanging_process_costs_one_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "_PATIENCE", 1.0)
        results = [problem for _, problem in engine.run([_named(tmp_path, MANY)], _hangs_at_37)]
        expected = [""] * 90
        expected[37] = "it took more than 1 seconds"
        assert results == expected

    @pytest.mark.parametrize("files", [90, 38], ids=["two-processes", "one-process"])
    @pytest.mark.usefixtures("_two_processors")
    def test_a_fault_of_the_program_costs_one_file(self, tmp_path: Path, files: int) -> None:
        repositories = [_named(tmp_path, MANY[:files])]
        results = [problem for _, problem in engine.run(repositories, _raises_at_37)]
        expected = [""] * files
        expected[37] = "the program failed on it (KeyError)"
        assert results == expected

    def test_a_developer_sees_the_fault(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CLEARANCE_TRACEBACK", "1")
        with pytest.raises(KeyError):
            list(engine.run([_named(tmp_path, MANY[:38])], _raises_at_37))


def _pid(_: Repository, __: FileReport) -> int:
    return os.getpid()


class TestJudge:
    @pytest.mark.parametrize(
        ("data", "problem"),
        [
            pytest.param(b"on: \xff", "it is not UTF-8 (byte 4)", id="not-utf-8"),
            pytest.param(b"a: [", "it is not YAML", id="not-yaml"),
            pytest.param(b"#" * 3_000_000, "it is larger than 2 MiB", id="large"),
        ],
    )
    def test_bad_content(self, tmp_path: Path, data: bytes, problem: str) -> None:
        root = repository(tmp_path, x="")
        workflow(root, "x").write_bytes(data)
        assert self._problem(root).startswith(problem)

    def test_a_link_out_of_the_checkout(self, tmp_path: Path) -> None:
        (tmp_path / "outside.yml").write_text(IMPLICIT)
        root = repository(tmp_path / "repository")
        workflow(root, "x").symlink_to(tmp_path / "outside.yml")
        assert self._problem(root) == "it is a link that leads out of the checkout"

    def test_a_folder_with_a_files_name(self, tmp_path: Path) -> None:
        root = repository(tmp_path)
        workflow(root, "x").mkdir()
        assert self._problem(root) == "it is not a file"

    def _problem(self, root: Path) -> str:
        found, _ = discover([str(root)], None)
        [(_, (_path, problem))] = engine.run(found, _seen)
        return problem


class TestDiscover:
    @pytest.mark.parametrize(
        ("target", "name"),
        [
            pytest.param(".", ".", id="a-repository"),
            pytest.param(".github/workflows", ".", id="its-workflows"),
            pytest.param(".github/workflows/x.yml", ".", id="one-of-its-workflows"),
            pytest.param("../repository", "../repository", id="by-another-way"),
        ],
    )
    def test_what_stands_for_a_repository(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, name: str
    ) -> None:
        root = repository(tmp_path / "repository", x=EXPLICIT)
        monkeypatch.chdir(root)
        found, troubles = discover([target], None)
        assert not troubles
        assert [(one.name, one.workflows) for one in found] == [
            (name, (".github/workflows/x.yml",))
        ]

    def test_a_file_that_lies_elsewhere(self, tmp_path: Path) -> None:
        (tmp_path / "x.yml").write_text(EXPLICIT)
        found, _ = discover([str(tmp_path / "x.yml")], None)
        assert [(one.root, one.workflows) for one in found] == [(tmp_path, ("x.yml",))]

    def test_a_tree_of_repositories(self, tmp_path: Path) -> None:
        for name in ("b", "deep/a"):
            repository(tmp_path / name, x=EXPLICIT)
        found, _ = discover([str(tmp_path)], None)
        assert [one.root for one in found] == [tmp_path / "b", tmp_path / "deep/a"]

    def test_a_file_is_read_once_however_often_it_is_named(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=EXPLICIT, y=EXPLICIT)
        found, _ = discover([str(workflow(root, "y")), str(root), str(root)], None)
        assert [len(one.workflows) for one in found] == [2]

    @pytest.mark.parametrize(
        ("target", "what"),
        [
            pytest.param("none", "it can't be read (No such file or directory)", id="absent"),
            pytest.param("a\0b", "it can't be read (embedded null byte)", id="no-path"),
            pytest.param(
                "empty",
                "it has no workflows; name a folder with .github/workflows/*.yml in or below it",
                id="no-workflows",
            ),
            pytest.param(
                "pipe",
                "it is neither a file nor a folder; name a repository or a workflow file",
                id="a-pipe",
            ),
        ],
    )
    def test_what_nothing_can_be_done_with(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, what: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "empty" / ".github" / "workflows").mkdir(parents=True)
        os.mkfifo(tmp_path / "pipe")
        found, troubles = discover([target], None)
        assert not found
        assert [(one.path, one.what) for one in troubles] == [(target, what)]

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_that_may_not_be_read(self, tmp_path: Path) -> None:
        bad, good = (repository(tmp_path / name, x=EXPLICIT) for name in ("a", "b"))
        (bad / ".github" / "workflows").chmod(0)
        found, troubles = discover([str(tmp_path)], None)
        assert troubles == (
            Trouble(f"{bad}/.github/workflows", "it can't be read (Permission denied)"),
        )
        assert [one.root for one in found] == [good]

    def test_a_repository_has_its_own_settings(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=EXPLICIT, y=EXPLICIT)
        (root / ".github" / "clearance.yml").write_text("widen: true\nexclude: [x.yml]\n")
        found, _ = discover([str(root)], None)
        assert found[0].settings.widen
        assert found[0].workflows == (".github/workflows/y.yml",)

    def test_settings_of_the_user_come_first(self, tmp_path: Path) -> None:
        root = repository(tmp_path, x=EXPLICIT)
        (root / ".github" / "clearance.yml").write_text("widen: true\n")
        found, _ = discover([str(root)], Settings(server="ghes"))
        assert found[0].settings == Settings(server="ghes")

    def test_settings_that_are_wrong_leave_the_repository_out(self, tmp_path: Path) -> None:
        good, bad = (repository(tmp_path / name, x=EXPLICIT) for name in ("a", "b"))
        (bad / ".github" / "clearance.yml").write_text("x: 1\n")
        found, troubles = discover([str(tmp_path)], None)
        assert [one.root for one in found] == [good]
        assert [one.path for one in troubles] == [f"{bad}/.github/clearance.yml"]

    def test_settings_are_not_read_out_of_the_checkout(self, tmp_path: Path) -> None:
        root = repository(tmp_path / "x", x=EXPLICIT)
        (tmp_path / "secret").write_text("widen: true\n")
        (root / ".github" / "clearance.yml").symlink_to(tmp_path / "secret")
        _, troubles = discover([str(root)], None)
        assert [one.what for one in troubles] == ["it is a link that leads out of the checkout"]


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        pytest.param("https://github.com/a/b.git", "a/b", id="https"),
        pytest.param("git@github.com:a/b", "a/b", id="ssh"),
        pytest.param("https://user:secret@github.com/a/b/", "a/b", id="with-a-login"),
        pytest.param("https://gitlab.com/a/b", None, id="another-server"),
        pytest.param("https://notgithub.com/a/b", None, id="a-similar-server"),
    ],
)
def test_origin(tmp_path: Path, url: str, slug: str | None) -> None:
    (tmp_path / ".git").mkdir()
    config = (
        f'[core]\n\tbare = false\n[remote "origin"]\n\tfetch = +x\n\turl = {url}\n[branch "m"]\n'
    )
    (tmp_path / ".git" / "config").write_text(config)
    assert origin(Checkout(tmp_path)) == slug
