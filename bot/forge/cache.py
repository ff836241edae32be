"""Files of public repositories that were fetched before, in the user's cache folder.

Texts lie under their git hash and are checked against it when they are read. What a reference
stands for is remembered only where it can't change: for a full commit. Nothing here is needed:
where the folder can't be used, everything is fetched anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

from bot.answers import Answer

LIMIT = 64 * 1024 * 1024
"""Bytes that the folder may hold; the files that were written first go first."""

_HASH = re.compile(r"[0-9a-f]{40}")
_FIELDS = ("reference", "commit", "path", "blob")


def blob_hash(text: str) -> str:
    """git's name (SHA-1) for a file with this text."""
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.sha1(b"blob %d\0%s" % (len(data), data), usedforsecurity=False).hexdigest()


class Cache:
    """The folder, which is made when something is first written.

    Args:
        folder: None for ``clearance`` in the user's cache folder.
        limit: see :data:`LIMIT`.
    """

    def __init__(self, folder: Path | None = None, limit: int = LIMIT) -> None:
        if folder is None:
            from platformdirs import user_cache_path

            folder = user_cache_path("clearance", appauthor=False)
        self._folder = folder
        self._limit = limit

    def recall(self, host: str, reference: str) -> Answer | None:
        """The answer that was kept for a reference; ``host``: the API's address."""
        raw = self._read(self._entry(host, reference))
        try:
            entry = json.loads(raw or "null")
        except (ValueError, RecursionError):
            return None
        if not isinstance(entry, dict) or entry.get("reference") != reference:
            return None
        _, commit, path, blob = (entry.get(name) for name in _FIELDS)
        if not (isinstance(commit, str) and isinstance(path, str) and isinstance(blob, str)):
            return None
        text = self._read(self._blob(blob)) if _HASH.fullmatch(blob) else None
        if text is None or blob_hash(text) != blob:
            return None
        return Answer(reference, commit, path, blob, text)

    def keep(self, host: str, answer: Answer) -> None:
        """Keep the answer for a reference that never changes its meaning."""
        entry = {name: getattr(answer, name) for name in _FIELDS}
        self._write(self._blob(answer.blob), answer.text)
        self._write(self._entry(host, answer.reference), json.dumps(entry))

    def trim(self) -> None:
        """Remove the oldest files while there are more than the limit allows."""
        files: list[tuple[float, int, str]] = []
        with contextlib.suppress(OSError):
            for place, _, names in os.walk(self._folder):
                for name in names:
                    path = os.path.join(place, name)  # noqa: PTH118 - thousands of them
                    about = os.lstat(path)
                    files.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= self._limit:
                return
            with contextlib.suppress(OSError):
                Path(path).unlink()
            total -= size

    def _blob(self, name: str) -> Path:
        return self._folder / "blobs" / name[:2] / name

    def _entry(self, host: str, reference: str) -> Path:
        name = hashlib.sha256(f"{host}\n{reference}".encode("utf-8", "replace")).hexdigest()
        return self._folder / "references" / name[:2] / name

    def _read(self, path: Path) -> str | None:
        try:
            if path.stat().st_size > self._limit:
                return None
            return path.read_bytes().decode("utf-8", "surrogatepass")
        except (OSError, ValueError):
            return None

    def _write(self, path: Path, text: str) -> None:
        """Write a file under a name of its own first: whoever reads meanwhile sees all or none."""
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
            try:
                with os.fdopen(handle, "wb") as stream:
                    stream.write(text.encode("utf-8", "surrogatepass"))
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
