"""An operator's file that can't be used: each command names it, and says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import config, online, sweeping
from bot.commands import Exit, Targets, scan
from bot.config import SettingsError
from bot.options import FormatName
from bot.remote import Remote
from bot.review import command

REMOTE = Remote("octo/demo", "http://127.0.0.1:9")
COMMANDS = {
    "scan": lambda path: scan(Targets((".",), path), FormatName.TEXT),
    "run": lambda path: online.run(online.Wish(REMOTE, path, None, widen=False, dry=True)),
    "review": lambda path: command.run(command.Wish(config=path)),
    "sweep": lambda path: sweeping.sweep(sweeping.Wish(path, None, f"{path}.out")),
}
FILES = {
    "missing": (None, "it can't be read (No such file or directory); check its name and its"),
    "folder": ("", "it is a folder; name a file"),
    "not UTF-8": (b"widen: \xe9\n", "it is not UTF-8 (byte 7); save it as UTF-8"),
    "tab": (b"sweep:\n\tusers: [a]\n", "a tab where only spaces may stand (line 2); correct it"),
    "no YAML": (b"widen: [\n", "(line 2); correct it"),
    "a word": (b"widen\n", "it is not a list of settings; write lines like widen: true"),
    "no setting": (b"\nwide: true\n", "line 2: wide is no setting; the settings are widen"),
    "window": (b"sweep:\n  window: 22-22\n", "line 2: window can't be that; write two hours"),
}


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("GH_", "GITHUB_", "CLEARANCE_APP"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(("content", "words"), FILES.values(), ids=FILES)
def test_it_is_named_with_what_to_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | str | None,
    words: str,
) -> None:
    path = tmp_path / "operator.yml"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.mkdir()
    assert COMMANDS[name](str(path)) is Exit.ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"clearance: {path}: ")
    assert words in told
    assert (told.count("\n"), told.count(";"), "left as it is" in told) == (1, 1, False)


def test_an_empty_one_names_no_repositories(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "operator.yml"
    path.touch()
    assert COMMANDS["sweep"](str(path)) is Exit.ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"clearance: {path}: it names no repositories; write organisations")


def test_a_link_is_followed_on_disk(tmp_path: Path) -> None:
    (tmp_path / "real.yml").write_text("widen: true\n")
    link = tmp_path / "link.yml"
    link.symlink_to("real.yml")
    assert config.load(link).widen


def test_a_link_in_a_repository_is_told() -> None:
    with pytest.raises(
        SettingsError, match=r"clearance\.yml: it holds a path alone, as a symbolic"
    ):
        config.layered(None, "../settings/clearance.yml")


@pytest.mark.parametrize("name", ["run", "review", "sweep"])
def test_a_server_that_can_t_be_reached_is_told_with_one_hint(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    path = tmp_path / "operator.yml"
    path.write_text("sweep:\n  users: [octo]\n")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("bot.forge.calls._TRIES", 1)
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "ghp_" + "a" * 36)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert COMMANDS[name](str(path)) is Exit.ERROR
    told = capsys.readouterr().err
    assert "127.0.0.1:9 can't be reached for " in told
    assert told.endswith("proxies on the way\n")


@pytest.mark.parametrize(
    ("named", "words"),
    [
        (
            "/nope",
            "it can't be read (No such file or directory); check it, or give a run's address",
        ),
        (".", "it can't be read (Is a directory); check it, or give a run's address"),
        ("https://github.com/octo/demo", "it is no run on GitHub; give the address of its page"),
    ],
)
def test_what_is_no_log(capsys: pytest.CaptureFixture[str], named: str, words: str) -> None:
    assert command.run(command.Wish(run=named)) is Exit.ERROR
    assert capsys.readouterr().err.startswith(f"clearance: {named}: {words}")


@pytest.mark.parametrize("day", ["yesterday", "2026-99-99", "2026-1-1", "20260101"])
def test_what_is_no_day(capsys: pytest.CaptureFixture[str], day: str) -> None:
    assert command.run(command.Wish(merged_since=day)) is Exit.ERROR
    assert "it is no day; write it as 2026-01-31" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["file/below", "file"])
def test_a_journal_that_can_t_be_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "operator.yml"
    path.write_text("sweep:\n  users: [octo]\n")
    monkeypatch.setenv("GH_TOKEN", "ghp_" + "a" * 36)
    journal = tmp_path / folder / "journal.sqlite"
    wish = sweeping.Wish(str(path), str(journal), str(tmp_path / "out"))
    assert sweeping.sweep(wish) is Exit.ERROR
    told = capsys.readouterr().err
    assert told.startswith(f"clearance: sweep: the journal {journal} can't be made")
    assert told.count("\n") == 1
