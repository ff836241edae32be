"""Other people's linters, where this machine has them: whether they find anything new in a rewrite.

They say what a reviewer may want to know. What is written is proved by :mod:`bot.gate` alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.analysis import FileReport

_SECONDS = 60.0
_VERSION = 40

Found = Counter[tuple[str, str]]
"""File and finding → how often. No line: what is inserted moves the rest."""


@dataclass(frozen=True, slots=True)
class _Linter:
    """A linter: how it is asked about all files of a folder, and how its answer is read."""

    name: str
    words: tuple[str, ...]
    takes_files: bool
    read: Callable[[Any], Iterator[tuple[str, str]]]


def _of_actionlint(answer: Any) -> Iterator[tuple[str, str]]:
    for one in answer:
        yield Path(one["filepath"]).name, f"{one['kind']}: {one['message']}"


def _of_zizmor(answer: Any) -> Iterator[tuple[str, str]]:
    for one in answer:
        first = one["locations"][0]["symbolic"]
        place = Path(first["key"]["Local"]["verbatim_path"]).name
        yield place, f"{one['ident']}: {first['annotation']}"


_LINTERS = (
    # https://github.com/rhysd/actionlint/blob/main/docs/usage.md#format-error-messages
    _Linter("actionlint", ("-format", "{{json .}}"), takes_files=True, read=_of_actionlint),
    # https://docs.zizmor.sh/usage/#output-formats
    _Linter(
        "zizmor",
        ("--offline", "--no-exit-codes", "--quiet", "--format=json"),
        takes_files=False,
        read=_of_zizmor,
    ),
)


def quiet(changed: Sequence[FileReport]) -> tuple[str, ...]:
    """The linters of this machine that find nothing new in rewritten files, with their versions.

    One that fails, or takes too long, is left out.
    """
    present = [one for one in _LINTERS if shutil.which(one.name)]
    if not (present and changed):
        return ()
    with tempfile.TemporaryDirectory(prefix="clearance-lint-") as name:
        folder = Path(name)
        before = _written(folder / "before", (report.before for report in changed))
        after = _written(folder / "after", (report.after for report in changed))
        return tuple(
            f"{one.name}{_version(one.name, folder)}"
            for one in present
            if _finds_nothing_new(one, before, after)
        )


def _written(folder: Path, texts: Iterable[str]) -> Path:
    # Under names of our own: those of a repository may be anything.
    home = folder / ".github" / "workflows"
    home.mkdir(parents=True)
    for number, text in enumerate(texts):
        (home / f"{number}.yml").write_bytes(text.encode())
    return folder


def _finds_nothing_new(linter: _Linter, before: Path, after: Path) -> bool:
    old, new = _found(linter, before), _found(linter, after)
    return old is not None and new is not None and not new - old


def _found(linter: _Linter, folder: Path) -> Found | None:
    """What a linter says of a folder's workflows; None where it can't be told."""
    files = sorted(str(one) for one in folder.rglob("*.yml")) if linter.takes_files else ["."]
    try:
        answer = json.loads(_run([linter.name, *linter.words, *files], folder))
        return Counter(linter.read(answer or []))
    except (OSError, ValueError, LookupError, TypeError, subprocess.SubprocessError):
        return None


def _version(name: str, folder: Path) -> str:
    """A blank and the version, if the linter tells one that looks like it."""
    try:
        words = _run([name, "--version"], folder).split()
    except (OSError, subprocess.SubprocessError):
        return ""
    version = next((word for word in words if word[:1].isdigit()), "")
    return f" {version}" if version and len(version) < _VERSION else ""


def _run(words: Sequence[str], folder: Path) -> str:
    """What a linter prints. Its exit code says only that it found something."""
    kept = ("PATH", "SYSTEMROOT", "LANG")
    environ: Mapping[str, str] = {k: v for k, v in os.environ.items() if k in kept}
    return subprocess.run(  # noqa: S603 - a program of the table, and names of our own
        words,
        cwd=folder,
        env={**environ, "HOME": str(folder), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_SECONDS,
        check=False,
        encoding="utf-8",
        errors="replace",
    ).stdout
