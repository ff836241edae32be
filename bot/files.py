"""The checkout: reading its files safely, and writing one back whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.workflow.document import MAX_BYTES

WORKFLOWS = ".github/workflows"
_ENDINGS = (".yml", ".yaml")


class FilesError(OSError):
    """A file or folder that can't be used; the message is one sentence."""


@dataclass(slots=True)
class Checkout:
    """A folder with a repository's files. Nothing outside of it is ever read."""

    root: Path
    _real: str = field(init=False)
    # Folder, by its path from the root → where it really is; None outside of the checkout.
    _folders: dict[str, str | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._real = os.path.realpath(self.root)

    def read(self, path: str) -> str | None:
        """The text of a file of the repository; None where there is none that is text."""
        try:
            return self.read_bytes(path).decode("utf-8")
        except (FilesError, UnicodeDecodeError):
            return None

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes.

        Raises:
            FilesError: it is not there, not a file, too large, or lies outside of the checkout.
        """
        try:
            real = self._resolve(path)
            if real is None:
                raise FilesError("it is a link that leads out of the checkout")
            if not os.path.isfile(real):  # noqa: PTH113 - a device or a pipe would hang
                raise FilesError("it is not a file")
            with open(real, "rb") as stream:  # noqa: PTH123
                data = stream.read(MAX_BYTES + 1)
        except FilesError:
            raise
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise FilesError(f"it can't be read ({reason})") from None
        return data

    def _resolve(self, path: str) -> str | None:
        """Where a file really is; None outside of the checkout. Folders are looked up once."""
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            real = os.path.realpath(os.path.join(self._real, folder))  # noqa: PTH118
            inside = real == self._real or real.startswith(self._real + os.sep)
            self._folders[folder] = real if inside else None
        home = self._folders[folder]
        if home is None:
            return None
        full = f"{home}{os.sep}{name}"
        if name not in ("", ".", "..") and not stat.S_ISLNK(os.lstat(full).st_mode):
            return full
        real = os.path.realpath(full, strict=True)
        return real if real.startswith(self._real + os.sep) else None

    def workflows(self) -> tuple[str, ...]:
        """The paths of the workflow files, sorted."""
        home = self.root / WORKFLOWS
        try:
            names = sorted(entry.name for entry in home.iterdir())
        except OSError:
            return ()
        return tuple(f"{WORKFLOWS}/{name}" for name in names if name.endswith(_ENDINGS))


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: into a temporary one beside it, which then takes its name.

    Raises:
        FilesError: it can't be written; the file is as it was.
    """
    path = Path(os.path.realpath(path))  # a link stays one; the file that it leads to is written
    try:
        if not os.access(path, os.W_OK):
            raise FilesError("it is read-only")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except FilesError:
        raise
    except OSError as error:
        raise FilesError(f"it can't be written ({error.strerror})") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path)
    except OSError as error:
        raise FilesError(f"it can't be written ({error.strerror})") from None
    finally:
        temporary.unlink(missing_ok=True)


def repositories(path: Path) -> Iterator[Path]:
    """The repositories at or below a folder: those that have a ``.github/workflows``."""
    if (path / WORKFLOWS).is_dir():
        yield path
        return
    for folder, names, _ in os.walk(path):
        names.sort()
        if (Path(folder) / WORKFLOWS).is_dir():
            names.clear()
            yield Path(folder)
        else:
            names[:] = [n for n in names if n not in (".git", "node_modules", ".venv")]
