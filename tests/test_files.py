"""The checkout: what is read of it, and how a file is written back."""

import os
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from bot.files import Checkout, FilesError, replace_text, repositories
from bot.workflow.document import MAX_BYTES


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "checkout"
    (root / ".github/workflows").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "checkout-2").mkdir()
    (tmp_path / "checkout-2/file").write_text("secret")
    (root / "file").write_bytes(b"text\r\n")
    (root / "link").symlink_to("file")
    (root / "folder").symlink_to(".github")
    (root / "out").symlink_to("../secret.txt")
    (root / "away").symlink_to("..")
    (root / "circle").symlink_to("circle")
    (root / "nowhere").symlink_to("gone")
    (root / "latin").write_bytes(b"caf\xe9")
    os.mkfifo(root / "fifo")
    return Checkout(root)


@pytest.mark.parametrize("path", ["file", "link", "./file", ".github/../file"])
def test_read(checkout: Checkout, path: str) -> None:
    assert checkout.read(path) == "text\r\n"


_UNREADABLE = {
    "missing": ("gone", "No such file"),
    "folder": (".github", "not a file"),
    "link-to-a-folder": ("folder", "not a file"),
    "pipe": ("fifo", "not a file"),
    "link-out": ("out", "leads out"),
    "folder-out": ("away/secret.txt", "leads out"),
    "dots-out": ("../secret.txt", "leads out"),
    "neighbour-whose-name-begins-the-same": ("../checkout-2/file", "leads out"),
    "absolute": ("/etc/passwd", "leads out"),
    "link-to-nothing": ("nowhere", "No such file"),
    "link-to-itself": ("circle", "symbolic links"),
    "nul-byte": ("fi\0le", "null byte"),
    "long-name": ("x" * 5_000, "too long"),
    "the-root": ("", "leads out"),
}


@pytest.mark.parametrize(("path", "reason"), _UNREADABLE.values(), ids=_UNREADABLE)
def test_unreadable(checkout: Checkout, path: str, reason: str) -> None:
    with pytest.raises(FilesError, match=reason):
        checkout.read_bytes(path)
    assert checkout.read(path) is None


def test_what_is_no_text_is_bytes_only(checkout: Checkout) -> None:
    assert checkout.read("latin") is None
    assert checkout.read_bytes("latin") == b"caf\xe9"


def test_of_a_huge_file_one_byte_more_than_allowed_is_read(checkout: Checkout) -> None:
    with (checkout.root / "huge").open("wb") as stream:
        stream.truncate(MAX_BYTES * 1_000)
    assert len(checkout.read_bytes("huge")) == MAX_BYTES + 1


def test_workflows_by_their_endings(checkout: Checkout) -> None:
    home = checkout.root / ".github/workflows"
    for name in ("b.yml", "a.yaml", "c.yml.bak", "README.md", "d.YML"):
        (home / name).write_text("")
    assert checkout.workflows() == (".github/workflows/a.yaml", ".github/workflows/b.yml")


def test_no_workflows(tmp_path: Path) -> None:
    assert Checkout(tmp_path).workflows() == ()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.yml"
    path.write_text("before")
    path.chmod(0o640)
    return path


def test_replaced_whole_with_its_mode(file: Path) -> None:
    replace_text(file, "äfter\r\n")
    assert file.read_bytes() == "äfter\r\n".encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["x.yml"]


def test_read_only(file: Path, mocker: MockerFixture) -> None:
    mocker.patch("bot.files.os.access", return_value=False)  # root may write anything
    with pytest.raises(FilesError, match="read-only"):
        replace_text(file, "after")
    assert file.read_text() == "before"


@pytest.mark.parametrize(
    "fault", ["bot.files.tempfile.mkstemp", "bot.files.os.fsync", "pathlib.Path.replace"]
)
def test_a_fault_on_the_way_leaves_everything_as_it_was(
    file: Path, mocker: MockerFixture, fault: str
) -> None:
    mocker.patch(fault, side_effect=OSError(28, "No space left on device"))
    with pytest.raises(FilesError, match="No space left on device"):
        replace_text(file, "after")
    assert file.read_text() == "before"
    assert [path.name for path in file.parent.iterdir()] == ["x.yml"]


def test_an_interrupt_on_the_way_leaves_everything_as_it_was(
    file: Path, mocker: MockerFixture
) -> None:
    mocker.patch("bot.files.os.fsync", side_effect=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        replace_text(file, "after")
    assert file.read_text() == "before"
    assert [path.name for path in file.parent.iterdir()] == ["x.yml"]


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.parent / "link.yml"
    link.symlink_to("x.yml")
    replace_text(link, "after")
    assert link.is_symlink()
    assert file.read_text() == "after"


def test_repositories_below_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a/inner", "a/inner/nested", "node_modules/c", ".git/d"):
        (tmp_path / name / ".github/workflows").mkdir(parents=True)
    found = [str(path.relative_to(tmp_path)) for path in repositories(tmp_path)]
    assert found == ["a/inner", "b"]


def test_a_repository_is_its_own(tmp_path: Path) -> None:
    (tmp_path / ".github/workflows").mkdir(parents=True)
    assert list(repositories(tmp_path)) == [tmp_path]
