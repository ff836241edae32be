"""The files of a commit, read through git: what is committed, whatever lies in the work tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.files import WORKFLOWS, FilesError
from bot.repository import Repository, RepositoryError
from bot.workflow.document import MAX_BYTES

_FOLDER = "40000"
_LINK = "120000"
_FILES = ("100644", "100755", "100664")
_MAX_LISTING = 32 << 20  # a folder with some 500,000 entries
_HASH_BYTES = 20
_NO_FILE = "there is no such file in the commit"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder holds under a name: git's mode (octal, as stored) and the object's hash."""

    mode: str
    object: str


@dataclass(slots=True)
class Tree:
    """A commit's files, as :class:`bot.permissions.world.Files`. Symbolic links lead nowhere."""

    repository: Repository
    root: str
    _folders: dict[str, Mapping[bytes, Entry]] = field(default_factory=dict)

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none that is text."""
        try:
            return self.read_bytes(path).decode("utf-8")
        except (FilesError, UnicodeDecodeError):
            return None

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes.

        Raises:
            FilesError: it is not there, not a file, a symbolic link, or too large.
        """
        try:
            return self.repository.blob(self.blob(path), MAX_BYTES)
        except RepositoryError as error:
            raise FilesError(str(error)) from None

    def blob(self, path: str) -> str:
        """The hash of a file's content, which may be missing in this clone.

        Raises:
            FilesError: it is not there, not a file, or a symbolic link.
        """
        entry = self._entry(path)
        if entry is None:
            raise FilesError(_NO_FILE)
        if entry.mode == _LINK:
            raise FilesError("it is a symbolic link")
        if entry.mode not in _FILES:
            raise FilesError("it is not a file")
        return entry.object

    def workflows(self) -> tuple[str, ...]:
        """The paths of the workflow files, sorted."""
        entry = self._entry(WORKFLOWS)
        if entry is None or entry.mode != _FOLDER:
            return ()
        names = [_name(raw) for raw in self._folder(entry.object)]
        return tuple(sorted(f"{WORKFLOWS}/{n}" for n in names if n.endswith((".yml", ".yaml"))))

    def with_texts(self, texts: Mapping[str, bytes]) -> str:
        """Store a tree like this one with other contents of some of its files; gives its hash."""
        hashes = self.repository.store(tuple(texts.values()))
        return self._rebuilt(self.root, dict(zip(texts, hashes, strict=True)))

    def _rebuilt(self, folder: str, changes: Mapping[str, str]) -> str:
        """A folder's tree with new objects at paths below it; depth is that of the paths."""
        entries = dict(self._folder(folder))
        below: dict[str, dict[str, str]] = {}
        for path, blob in changes.items():
            name, _, rest = path.partition("/")
            if rest:
                below.setdefault(name, {})[rest] = blob
            else:
                raw = _raw(name)
                entries[raw] = Entry(entries[raw].mode, blob)
        for name, inner in below.items():
            raw = _raw(name)
            entries[raw] = Entry(_FOLDER, self._rebuilt(entries[raw].object, inner))
        listing = b"".join(
            f"{one.mode} {_kind(one.mode)} {one.object}\t".encode() + raw + b"\0"
            for raw, one in entries.items()
        )
        return self.repository.make_tree(listing)

    def _entry(self, path: str) -> Entry | None:
        entry = Entry(_FOLDER, self.root)
        for name in path.split("/"):
            if entry.mode != _FOLDER:
                return None
            found = self._folder(entry.object).get(_raw(name))
            if found is None:
                return None
            entry = found
        return entry

    def _folder(self, tree: str) -> Mapping[bytes, Entry]:
        if tree not in self._folders:
            try:
                self._folders[tree] = _entries(self.repository.blob(tree, _MAX_LISTING))
            except (RepositoryError, ValueError):  # ValueError: it is no tree that git would write
                self._folders[tree] = {}
        return self._folders[tree]


def _entries(data: bytes) -> dict[bytes, Entry]:
    """The entries of a tree object: ``mode name\\0hash`` each (gitformat, "tree objects")."""
    found: dict[bytes, Entry] = {}
    at = 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        at = end + 1 + _HASH_BYTES
        if b"/" in name:
            raise ValueError(name)
        found[name] = Entry(mode.decode(), data[end + 1 : at].hex())
    return found


def _kind(mode: str) -> str:
    return {_FOLDER: "tree", "160000": "commit"}.get(mode, "blob")


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
