"""A bare git repository on disk, as the stand-in keeps each of its repositories."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

ZERO = "0" * 40
"""What git writes for an object that is not there."""

_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
    "GIT_AUTHOR_NAME": "GitHub",
    "GIT_AUTHOR_EMAIL": "noreply@github.com",
    "TZ": "UTC",
}
_CONFIGURATION = """[core]
\trepositoryformatversion = 0
\tbare = true
\tfilemode = true
\thooksPath = {hooks}
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tprocReceiveRefs = refs
\tadvertisePushOptions = true
[transfer]
\thideRefs = refs/standin
[gc]
\tauto = 0
"""


class GitError(Exception):
    """git ended with an error; the message is what it wrote."""


@dataclass(frozen=True, slots=True)
class Symlink:
    """A file of a repository that is a symbolic link."""

    target: str


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the repository: its hash, its kind (``blob``, …) and its length in bytes."""

    oid: str
    kind: str
    size: int


Content = str | bytes | Symlink | None
"""What a path of a commit gets; ``None`` takes it away."""


class Bare:
    """The repository in ``folder``. All methods raise :class:`GitError` where git does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._reader: subprocess.Popen[bytes] | None = None

    @staticmethod
    def create(folder: Path, branch: str, hooks: Path, parent: Bare | None = None) -> Bare:
        """A new one; with ``parent`` a fork: it has the parent's objects and branches."""
        for name in ("objects/info", "refs/heads"):
            (folder / name).mkdir(parents=True)
        (folder / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
        (folder / "config").write_text(_CONFIGURATION.format(hooks=hooks))
        made = Bare(folder)
        if parent is not None:
            alternates = folder / "objects" / "info" / "alternates"
            alternates.write_text(f"{parent.folder / 'objects'}\n")
            for ref, oid in parent.refs().items():
                if ref.startswith(("refs/heads/", "refs/tags/")):
                    made.update(ref, oid)
        return made

    def close(self) -> None:
        """End the process that reads objects."""
        if self._reader is not None:
            for pipe in (self._reader.stdin, self._reader.stdout):
                cast("IO[bytes]", pipe).close()
            self._reader.wait()
            self._reader = None

    def run(
        self, *arguments: str, data: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> str:
        """What a git command writes, without the last line end."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            input=data,
            capture_output=True,
            env=_ENVIRONMENT | dict(environment or {}),
            check=False,
        )
        if done.returncode:
            raise GitError((done.stderr or done.stdout).decode(errors="replace").strip())
        return done.stdout.decode(errors="surrogateescape").removesuffix("\n")

    def commit(
        self,
        branch: str,
        changes: Mapping[str, Content],
        message: str,
        author: str,
        *,
        at: datetime | None = None,
    ) -> str:
        """A commit on top of the branch, or the branch's first one; its hash.

        ``author`` is ``Name <address>``; ``at`` is now by default.
        """
        seconds = int((at or datetime.now(UTC)).timestamp())
        ref = f"refs/heads/{branch}"
        text = message.encode()
        parts = [
            f"commit {ref}\nauthor {author} {seconds} +0000\n".encode(),
            f"committer {author} {seconds} +0000\ndata {len(text)}\n".encode(),
            text,
            b"\n",
        ]
        parent = self.resolve(ref)
        if parent:
            parts.append(f"from {parent}\n".encode())
        for path, content in changes.items():
            quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
            if content is None:
                parts.append(f"D {quoted}\n".encode())
                continue
            mode, data = "100644", content
            if isinstance(data, Symlink):
                mode, data = "120000", data.target
            written = data.encode() if isinstance(data, str) else data
            parts.append(f"M {mode} inline {quoted}\ndata {len(written)}\n".encode())
            parts += [written, b"\n"]
        self.run("fast-import", "--quiet", "--force", data=b"".join(parts))
        return self.run("rev-parse", ref)

    def commit_tree(self, tree: str, parents: tuple[str, ...], message: str, author: str) -> str:
        """A commit of a tree that is there already, on no branch; its hash."""
        name, _, address = author.partition(" <")
        who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address.rstrip(">")}
        above = [part for parent in parents for part in ("-p", parent)]
        return self.run("commit-tree", tree, *above, data=message.encode(), environment=who)

    def refs(self) -> dict[str, str]:
        """All refs and their hashes."""
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {name: oid for oid, name in (line.split(" ", 1) for line in lines)}

    def update(self, ref: str, new: str | None, old: str | None = None) -> None:
        """Set a ref, or delete it (``new`` is ``None``), only from ``old`` where that is given."""
        command = ["-d", ref] if new is None else [ref, new]
        self.run("update-ref", *command, *([old] if old else []))

    def find(self, expression: str) -> Object | None:
        """The object that an expression (``main``, ``HEAD:path``, a hash) stands for."""
        if not expression or any(ord(one) < 32 for one in expression):
            return None
        with self._lock:
            answer = self._ask(f"info {expression}\n")
        parts = answer.rsplit(" ", 2)
        if len(parts) != 3 or not parts[2].isdigit() or " " in parts[0]:
            return None
        return Object(parts[0], parts[1], int(parts[2]))

    def resolve(self, expression: str) -> str | None:
        """The hash of the object that an expression stands for."""
        found = self.find(expression)
        return found.oid if found else None

    def read(self, oid: str) -> bytes:
        """An object's content; ``GitError`` where there is none."""
        with self._lock:
            parts = self._ask(f"contents {oid}\n").split(" ")
            if len(parts) != 3:
                raise GitError(" ".join(parts))
            content = cast("IO[bytes]", cast("subprocess.Popen[bytes]", self._reader).stdout)
            return content.read(int(parts[2]) + 1)[:-1]

    def text(self, expression: str) -> str | None:
        """A file as text, such as ``main:README.md``."""
        found = self.find(expression)
        return self.read(found.oid).decode(errors="replace") if found else None

    def _ask(self, line: str) -> str:
        if self._reader is None:
            _make_room(self)
            self._reader = subprocess.Popen(
                ["git", "cat-file", "--batch-command"],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
            )
        stdin, stdout = (
            cast("IO[bytes]", self._reader.stdin),
            cast("IO[bytes]", self._reader.stdout),
        )
        stdin.write(line.encode(errors="surrogateescape"))
        stdin.flush()
        return stdout.readline().decode(errors="surrogateescape").removesuffix("\n")

    @property
    def reads(self) -> bool:
        """Whether a process that reads objects is there."""
        return self._reader is not None

    def rest(self) -> bool:
        """End the process that reads objects until it is needed again; whether it was idle."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self.close()
        finally:
            self._lock.release()
        return True

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether a commit is another's ancestor, or the same one."""
        try:
            return self.run("merge-base", older, newer) == older
        except GitError:
            return False

    def count(self, base: str, head: str) -> int:
        """How many commits of ``head`` are not in ``base``."""
        return int(self.run("rev-list", "--count", head, f"^{base}"))

    def changed(self, old: str | None, new: str) -> tuple[str, ...]:
        """The paths that differ between two commits; without ``old`` all paths of the new one."""
        command = (
            ("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new)
            if old
            else ("ls-tree", "-r", "-z", "--name-only", new)
        )
        return tuple(name for name in self.run(*command).split("\0") if name)

    def size(self, old: str, new: str) -> tuple[int, int, int]:
        """How many files, lines added and lines removed lie between two commits."""
        lines = [line.split("\t") for line in self.run("diff", "--numstat", old, new).splitlines()]
        added, removed = (
            sum(int(line[at]) for line in lines if line[at].isdigit()) for at in (0, 1)
        )
        return len(lines), added, removed

    def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of a merge of two commits; ``None`` where they conflict."""
        try:
            return self.run("merge-tree", "--write-tree", base, head).splitlines()[0]
        except GitError:
            return None

    def fetch(self, other: Bare, oid: str) -> None:
        """Take a commit, and all that it needs, over from another repository."""
        self.run("fetch", "--quiet", "--no-tags", str(other.folder), f"+{oid}:refs/standin/{oid}")


_READERS = 64
_reading: deque[Bare] = deque()
_room = threading.Lock()


def _make_room(bare: Bare) -> None:
    """See to it that there are not as many processes as there are repositories."""
    with _room:
        if len(_reading) >= _READERS:
            oldest = _reading.popleft()
            if not oldest.rest():
                _reading.append(oldest)
        _reading.append(bare)
