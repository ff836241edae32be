"""What was fetched before, on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.answers import Answer
from bot.forge.cache import Cache, blob_hash

HOST = "https://api.github.com"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REFERENCE = f"octo/act@{COMMIT}"
TEXT = "\ufeffname: Äct\r\nruns: {}\n"
ANSWER = Answer(REFERENCE, COMMIT, "action.yml", blob_hash(TEXT), TEXT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_hash_is_git_s() -> None:
    assert blob_hash("hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_what_is_kept_comes_back_as_it_was(folder: Path) -> None:
    Cache(folder).keep(HOST, ANSWER)
    assert Cache(folder).recall(HOST, REFERENCE) == ANSWER


@pytest.mark.parametrize(
    ("host", "reference"),
    [
        pytest.param("https://ghes.example/api/v3", REFERENCE, id="another GitHub"),
        pytest.param(HOST, f"octo/other@{COMMIT}", id="another repository"),
    ],
)
def test_answers_are_kept_apart(folder: Path, host: str, reference: str) -> None:
    Cache(folder).keep(HOST, ANSWER)
    assert Cache(folder).recall(host, reference) is None


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="emptied"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b'{"reference": 1}', id="something else"),
    ],
)
@pytest.mark.parametrize("which", ["blobs", "references"])
def test_a_damaged_file_is_as_good_as_none(folder: Path, which: str, damage: bytes) -> None:
    cache = Cache(folder)
    cache.keep(HOST, ANSWER)
    for path in files(folder / which):
        path.write_bytes(damage)
    assert cache.recall(HOST, REFERENCE) is None


def test_an_entry_can_not_lead_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    cache = Cache(folder)
    cache.keep(HOST, ANSWER)
    (entry,) = files(folder / "references")
    entry.write_text(entry.read_text().replace(ANSWER.blob, "../../../secret"))
    assert cache.recall(HOST, REFERENCE) is None


def test_the_oldest_go_when_there_are_too_many(folder: Path) -> None:
    cache = Cache(folder, limit=3_000)
    for n in range(4):
        text = str(n) * 1_000
        reference = f"octo/act{n}@{COMMIT}"
        cache.keep(HOST, Answer(reference, COMMIT, "action.yml", blob_hash(text), text))
        for path in files(folder):
            if path.stat().st_mtime > 1_000:
                os.utime(path, (n, n))
    cache.trim()
    kept = [cache.recall(HOST, f"octo/act{n}@{COMMIT}") is not None for n in range(4)]
    assert kept == [False, False, True, True]
    assert sum(path.stat().st_size for path in files(folder)) <= 3_000


def test_a_folder_that_can_not_be_used_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    cache.keep(HOST, ANSWER)
    cache.trim()
    assert cache.recall(HOST, REFERENCE) is None


def test_nothing_half_written_is_left(folder: Path) -> None:
    Cache(folder).keep(HOST, ANSWER)
    assert len(files(folder)) == 2
