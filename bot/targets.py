"""Paths on the command line → repositories with their workflows and settings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot import config
from bot.config import Settings, SettingsError
from bot.files import WORKFLOWS, Checkout, FilesError, repositories
from bot.remote import slug

# The section of a git configuration, then the key in it.
_ORIGIN = re.compile(r'^\[remote "origin"\]\s*$([^\[]*)', re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, or a file's folder that stands for one.

    Attributes:
        name: the root as the user named it, for messages.
        workflows: paths of workflow files from the root, sorted.
    """

    root: Path
    name: str
    workflows: tuple[str, ...]
    settings: Settings

    def display(self, path: str) -> str:
        """A file of the repository as a user of the command would name it."""
        return path if self.name == "." else f"{self.name}/{path}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A path that nothing could be done with; ``what`` is one sentence without it."""

    path: str
    what: str


def discover(
    targets: Iterable[str],
    chosen: Settings | None,
    *,
    widen: bool = False,
    only: frozenset[str] = frozenset(),
) -> tuple[tuple[Repository, ...], tuple[Trouble, ...]]:
    """The repositories that paths stand for, each workflow once, and the paths that won't do.

    ``chosen``: settings for all; None takes each repository's own, or the defaults. ``widen``:
    and ``only`` (the remedies) override the settings.
    """
    found: dict[str, Repository] = {}
    troubles: list[Trouble] = []
    for target in targets:
        for one in _named(target):
            if isinstance(one, Trouble):
                troubles.append(one)
                continue
            key = os.path.realpath(one.root)
            if key in found:
                more = tuple(sorted({*found[key].workflows, *one.workflows}))
                found[key] = replace(found[key], workflows=more)
                continue
            try:
                settings = chosen or _own_settings(one.root)
            except SettingsError as error:
                troubles.append(Trouble(f"{one.name}/{config.HOME}", str(error)))
                continue
            kept = tuple(one for one in settings.remedies if one in only or not only)
            settings = replace(settings, widen=settings.widen or widen, remedies=kept)
            found[key] = replace(one, settings=settings)
    chosen_files = []
    for one in found.values():
        paths = tuple(path for path in one.workflows if not one.settings.excludes(path))
        chosen_files.append(replace(one, workflows=paths))
    return tuple(chosen_files), tuple(troubles)


def _own_settings(root: Path) -> Settings:
    if not os.path.lexists(root / config.HOME):
        return Settings()
    try:
        return config.read(Checkout(root).read_bytes(config.HOME))
    except FilesError as error:
        raise SettingsError(str(error)) from None


def _named(target: str) -> Iterator[Repository | Trouble]:
    """What a path stands for; the settings are yet to be read."""
    path = Path(target)
    try:
        path.stat()
        if path.is_dir():
            os.scandir(path).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        yield Trouble(target, f"it can't be read ({reason})")
        return
    if path.is_file():
        yield _of_file(target)
        return
    if not path.is_dir():
        what = "it is neither a file nor a folder; name a repository or a workflow file"
        yield Trouble(target, what)
        return
    if Path(os.path.abspath(path)).parts[-2:] == (".github", "workflows"):  # noqa: PTH100
        path = Path(os.path.normpath(path / ".." / ".."))
    empty = True
    for root in repositories(path):
        home = root / WORKFLOWS
        try:
            os.scandir(home).close()
        except OSError as error:
            yield Trouble(str(home), f"it can't be read ({error.strerror})")
            empty = False
            continue
        workflows = Checkout(root).workflows()
        if workflows:
            yield Repository(root, str(root), workflows, Settings())
            empty = False
    if empty:
        what = f"it has no workflows; name a folder with {WORKFLOWS}/*.yml in or below it"
        yield Trouble(target, what)


def _of_file(target: str) -> Repository:
    """A single file: its repository is the folder above ``.github``, else its own folder."""
    folders = Path(os.path.abspath(target)).parts[:-1]  # noqa: PTH100 - a link keeps its own place
    home = folders[-2:] == (".github", "workflows")
    up = (target, "..", "..", "..") if home else (target, "..")
    root = os.path.normpath(os.path.join(*up))  # noqa: PTH118 - pathlib can't drop a "file/.."
    name = os.path.basename(target)  # noqa: PTH119
    workflows = (f"{WORKFLOWS}/{name}" if home else name,)
    return Repository(Path(root), root, workflows, Settings())


def origin(checkout: Checkout) -> str | None:
    """``owner/name`` on github.com by the remote ``origin`` of a checkout; else None."""
    section = _ORIGIN.search(checkout.read(".git/config") or "")
    url = _URL.search(section[1]) if section else None
    return slug(url[1]) if url else None
