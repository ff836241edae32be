"""A repository of one commit that is a git repository on disk only once somebody needs that.

What a list asks of it is answered from memory; so there can be ten thousand of them.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.forge.bare import Bare, Object


def _hash(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()


class Light(Bare):
    """The repository; its one commit is the same in memory and on disk."""

    def __init__(
        self,
        folder: Path,
        hooks: Path,
        branch: str,
        files: Mapping[str, str],
        author: str,
        at: datetime,
    ) -> None:
        super().__init__(folder)
        self._hooks, self._branch, self._files = hooks, branch, files
        self._author, self._at = author, at
        self._objects: dict[str, tuple[str, bytes]] = {}
        self._paths: dict[str, str] = {}
        self._making = threading.RLock()
        self._real = False
        tree = self._tree(files, "")
        seconds = int(at.timestamp())
        who = f"{author} {seconds} +0000"
        text = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nBegin"
        self._commit = self._keep("commit", text.encode())
        self._names = {"HEAD", branch, f"refs/heads/{branch}", self._commit}

    @property
    def folder(self) -> Path:
        """Where it is on disk, from now on."""
        self._make()
        return self._folder

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._folder = folder

    def _keep(self, kind: str, data: bytes) -> str:
        oid = _hash(kind, data)
        self._objects[oid] = (kind, data)
        return oid

    def _tree(self, files: Mapping[str, str], above: str) -> str:
        folders: dict[str, dict[str, str]] = {}
        entries: list[tuple[str, str, str]] = []
        for path, text in files.items():
            first, _, rest = path.partition("/")
            if rest:
                folders.setdefault(first, {})[rest] = text
            else:
                oid = self._keep("blob", text.encode())
                self._paths[above + first] = oid
                entries.append((first, "100644", oid))
        for name, inner in folders.items():
            oid = self._tree(inner, f"{above}{name}/")
            self._paths[above + name] = oid
            entries.append((f"{name}/", "40000", oid))
        data = b"".join(
            f"{mode} {name.rstrip('/')}\0".encode() + bytes.fromhex(oid)
            for name, mode, oid in sorted(entries)
        )
        return self._keep("tree", data)

    def _make(self) -> None:
        with self._making:
            if self._real:
                return
            self._real = True
            made = Bare.create(self._folder, self._branch, self._hooks)
            oid = made.commit(self._branch, self._files, "Begin", self._author, at=self._at)
            made.close()
            assert oid == self._commit, "the commit on disk is another one"
            self._objects.clear()

    def close(self) -> None:
        """End the process that reads objects, if there is one."""
        if self._real:
            super().close()

    def refs(self) -> dict[str, str]:
        """All refs and their hashes."""
        return super().refs() if self._real else {f"refs/heads/{self._branch}": self._commit}

    def find(self, expression: str) -> Object | None:
        """The object that an expression stands for."""
        if self._real:
            return super().find(expression)
        name, colon, path = expression.partition(":")
        oid = name
        if name in self._names:
            oid = self._paths.get(path, "") if colon else self._commit
        kind, data = self._objects.get(oid, ("", b""))
        return Object(oid, kind, len(data)) if kind else None

    def read(self, oid: str) -> bytes:
        """An object's content."""
        return super().read(oid) if self._real else self._objects[oid][1]

    def run(self, *arguments: str, **options: Any) -> str:
        """What a git command writes; of all of them one can do without the disk."""
        if self._real or arguments[:2] != ("ls-tree", "-z") or len(arguments) != 3:
            self._make()
            return super().run(*arguments, **options)
        found, data = [], self._objects[arguments[2]][1]
        while data:
            head, _, rest = data.partition(b"\0")
            mode, _, name = head.decode().partition(" ")
            oid, data = rest[:20].hex(), rest[20:]
            found.append(f"{mode:0>6} {self._objects[oid][0]} {oid}\t{name}")
        return "\0".join(found)
