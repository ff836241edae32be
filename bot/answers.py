"""What the network said about other repositories' files, as analysis looks it up.

Analysis makes no calls: :class:`Answers` is a mapping that notes what was asked of it and what it
did not have. Who runs the analysis fetches that (:mod:`bot.forge.network`) and runs it again.

A *reference* names a file of a repository at a ref:

- ``owner/repo[/folder]@ref``: the metadata of an action,
- ``owner/repo/.github/workflows/name.yml@ref``: a workflow,
- ``owner/repo@ref:path/of/file``: any other file, such as an action's script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# What GitHub allows in names, and of git's rules for refs and paths as much as is in real use:
# nothing that is a revision's syntax (`^`, `~`, `@{`, `..`), and nothing that begins with a dash.
_NAME = r"[A-Za-z0-9_.-]{1,100}"
_PART = r"(?!\.{1,2}/|\.{1,2}$)[^/\\:@\x00-\x1f\x7f]{1,255}"
_REFERENCE = re.compile(
    rf"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{{0,99}})/(?P<name>(?!\.{{1,2}}[/@]){_NAME})"
    rf"(?P<folder>(?:/(?!\.{{1,2}}[/@])[^/\\:@\x00-\x1f\x7f]{{1,255}}){{0,40}})/?"
    r"@(?P<ref>(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./+#=,-]{0,254})"
    rf"(?::(?P<path>(?:{_PART}/){{0,40}}{_PART}))?"
)
_MAX_LENGTH = 2_000
_COMMIT = re.compile(r"[0-9a-f]{40}")
_WORKFLOW = re.compile(r"/\.github/workflows/[^/]+\.ya?ml")


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference taken apart.

    Attributes:
        ref: a branch, a tag or a commit.
        paths: where the file can be, from the repository's root, the first that is there counts.
    """

    owner: str
    name: str
    ref: str
    paths: tuple[str, ...]

    @property
    def fixed(self) -> bool:
        """Whether the ref is a full commit, so that what it names never changes."""
        return _COMMIT.fullmatch(self.ref) is not None


def parse(reference: str) -> Reference | None:
    """A reference taken apart; None for what is none, or what GitHub would not resolve."""
    found = _REFERENCE.fullmatch(reference) if len(reference) <= _MAX_LENGTH else None
    if found is None:
        return None
    owner, name, folder, ref, path = found.group("owner", "name", "folder", "ref", "path")
    if path is not None:
        paths: tuple[str, ...] = () if folder else (path,)
    elif _WORKFLOW.fullmatch(folder):
        paths = (folder[1:],)
    else:
        home = f"{folder[1:]}/" if folder else ""
        paths = (f"{home}action.yml", f"{home}action.yaml")
    return Reference(owner, name, ref, paths) if paths else None


def file_of(reference: str, path: str) -> str:
    """The reference of another file, by its path from the root, of the repository of an action."""
    place, _, ref = reference.partition("@")
    return f"{'/'.join(place.split('/')[:2])}@{ref.partition(':')[0]}:{path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A file of another repository.

    Attributes:
        reference: as it was asked.
        commit: what the ref stood for.
        path: of the file that was read, from the repository's root.
        blob: its git hash (SHA-1), by which it can be had again and checked.
    """

    reference: str
    commit: str
    path: str
    blob: str
    text: str = field(repr=False)


class Answers:
    """A :class:`~bot.permissions.world.Context` of answers that are at hand. Can be pickled.

    Attributes:
        known: reference → the answer; None where it was asked for and is not there.
    """

    def __init__(self, known: Mapping[str, Answer | None] | None = None) -> None:
        self.known: dict[str, Answer | None] = dict(known or {})
        self._file = ""
        self._asked: dict[str, set[str]] = {}

    def action(self, reference: str) -> str | None:
        """The metadata of an action."""
        return self._text(reference)

    def workflow(self, reference: str) -> str | None:
        """A workflow of another repository."""
        return self._text(reference)

    def source(self, reference: str, path: str) -> str | None:
        """A file, by its path from the root, of the repository of an action."""
        return self._text(file_of(reference, path))

    def judging(self, path: str) -> None:
        """From now on what is asked is asked for this workflow file."""
        self._file = path

    @property
    def asked(self) -> frozenset[str]:
        """All references that were looked up."""
        return frozenset().union(*self._asked.values())

    @property
    def wanted(self) -> frozenset[str]:
        """References that were looked up and about which nothing is known."""
        return self.asked - self.known.keys()

    def asked_for(self, paths: Iterable[str]) -> frozenset[str]:
        """The references that were looked up while these workflow files were judged."""
        return frozenset().union(*(self._asked.get(path, ()) for path in paths))

    def used(self, paths: Iterable[str]) -> tuple[Answer, ...]:
        """The answers that these workflow files were judged by, sorted by their references."""
        found = (self.known.get(reference) for reference in sorted(self.asked_for(paths)))
        return tuple(answer for answer in found if answer is not None)

    def _text(self, reference: str) -> str | None:
        self._asked.setdefault(self._file, set()).add(reference)
        answer = self.known.get(reference)
        return None if answer is None else answer.text
