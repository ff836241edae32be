"""The file of the journal: opened by one process at a time, checked, and never repaired."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

VERSION = 2
_PATIENCE = 1.0
"""Seconds: two that open it at once get in each other's way for a moment."""
_APPLICATION = 0x434C5252
"""Marks the file as this program's (sqlite.org/fileformat.html, "Application ID")."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sweeps (
    id INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    settings TEXT NOT NULL,
    program TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS repositories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    head TEXT NOT NULL,
    stamp TEXT NOT NULL,
    settled INTEGER NOT NULL,
    sweep INTEGER NOT NULL,
    at TEXT NOT NULL,
    records TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS repositories_of_sweep ON repositories (sweep);
CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY,
    sweep INTEGER NOT NULL,
    repository TEXT NOT NULL,
    branch TEXT NOT NULL,
    head TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL,
    began TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS effects_of_sweep ON effects (sweep, state);
CREATE TABLE IF NOT EXISTS merges (
    url TEXT PRIMARY KEY,
    after TEXT NOT NULL,
    at TEXT NOT NULL
);
"""


class JournalError(Exception):
    """The journal can't be used; the message is one sentence with its path."""


class JournalFile:
    """The file, open; a context manager. Threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it where there is none.

        Raises:
            JournalError: it is no journal, a damaged one or one of a newer version; it is in use;
                or it can't be made there.
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = f"can't be made, nor can its folder ({error.strerror}); name another place"
            raise self._error(why) from None
        with self._telling():
            self._database = sqlite3.connect(
                path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            try:
                self._open()
            except BaseException:
                self._database.close()
                raise

    def _open(self) -> None:
        run = self._database.execute
        # Whoever has it keeps it until the process ends, however it does. There is nothing beside
        # it that a dead process could leave locked.
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("BEGIN IMMEDIATE")
        self._check()
        run("COMMIT")
        run("PRAGMA journal_mode = WAL")
        # A power cut takes the last lines with it and nothing else.
        run("PRAGMA synchronous = NORMAL")
        # In this mode the lock is had with the first change, and kept.
        run("BEGIN IMMEDIATE")
        run(f"PRAGMA user_version = {VERSION}")
        run("COMMIT")

    def _check(self) -> None:
        run = self._database.execute
        (application,) = run("PRAGMA application_id").fetchone()
        (version,) = run("PRAGMA user_version").fetchone()
        (tables,) = run("SELECT count(*) FROM sqlite_master").fetchone()
        new = (application, version, tables) == (0, 0, 0)
        if application != _APPLICATION and not new:
            raise self._error("is a database, and no journal of this program; name another file")
        if version > VERSION:
            raise self._error("is of a newer version of this program; use that, or another file")
        (sound,) = run("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise self._error(DAMAGED)
        if version < VERSION:
            # Each version had what the ones before it have.
            for statement in _SCHEMA.split(";"):
                run(statement)
            run(f"PRAGMA application_id = {_APPLICATION}")
            run(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Let go of it: another process can open it then."""
        with self._lock, self._telling():
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _change(self, statement: str, *values: object) -> int:
        """Do it, at once and for good; the number of the row where it makes one."""
        with self._lock, self._telling():
            return self._database.execute(statement, values).lastrowid or 0

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._telling():
            return self._database.execute(statement, values).fetchall()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            why = next((why for start, why in _WHY if name.startswith(start)), None)
            raise self._error(why or f"can't be used ({error}); name another file") from None

    def _error(self, what: str) -> JournalError:
        return JournalError(f"the journal {self._path} {what}")


DAMAGED = (
    "is damaged, and is left as it is; move it away and run again: that takes longer and does "
    "nothing twice"
)
_WHY = (
    ("SQLITE_BUSY", "is in use by another sweep; wait until that has ended, or name another file"),
    ("SQLITE_FULL", "can't be written, there is no room left; make some and run again"),
    ("SQLITE_IOERR", "can't be written or read; check the disk and the room on it, and run again"),
    ("SQLITE_CORRUPT", DAMAGED),
    ("SQLITE_NOTADB", "is no journal, or a damaged one, and is left as it is; name another file"),
    ("SQLITE_CANTOPEN", "can't be opened or made; check its folder"),
    ("SQLITE_READONLY", "can't be written; check who may write it and its folder"),
)
"""By the beginning of SQLite's name for an error (sqlite.org/rescode.html)."""
