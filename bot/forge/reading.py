"""A clone → what its analysis makes of it, in rounds: all that one round wants is got at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot import config
from bot.answers import Answer
from bot.files import FilesError
from bot.forge.checkout import Clone
from bot.snapshot import MAX_ROUNDS, Snapshot, Study
from bot.tree import Tree

Ask = Callable[[Iterable[str]], Mapping[str, Answer | None]]
"""References → what the network says of them; None where there is nothing."""

Look = Callable[[Snapshot], Study]
"""The analysis, wherever it is done."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a repository, and what was made of it.

    Attributes:
        unanswered: references to which there was no answer this time, not even that there is
            nothing.
    """

    snapshot: Snapshot
    study: Study
    unanswered: frozenset[str]


def first(clone: Clone, tree: Tree, origin: str) -> Snapshot:
    """A repository's workflows, and its own settings."""
    workflows = tree.workflows()
    snapshot = Snapshot(origin, workflows)
    return snapshot.with_more(_files(clone, tree, (*workflows, config.HOME)), {})


def read(clone: Clone, tree: Tree, snapshot: Snapshot, look: Look, ask: Ask) -> Read:
    """Analyse until nothing more is wanted, or too often.

    Raises:
        ForgeError: a file's content can't be fetched.
    """
    study = look(snapshot)
    unanswered: set[str] = set()
    for _ in range(MAX_ROUNDS - 1):
        if study.complete:
            break
        answers = ask(study.references) if study.references else {}
        unanswered |= study.references - answers.keys()
        # It is unknown in this run, and not asked for again.
        known = {one: answers.get(one) for one in study.references}
        snapshot = snapshot.with_more(_files(clone, tree, study.files), known)
        study = look(snapshot)
    return Read(snapshot, study, frozenset(unanswered) | study.references)


def _files(clone: Clone, tree: Tree, paths: Iterable[str]) -> Mapping[str, bytes | str]:
    """Contents of files, or why they can't be had."""
    found: dict[str, bytes | str] = {}
    hashes: dict[str, str] = {}
    for path in paths:
        try:
            hashes[path] = tree.blob(path)
        except FilesError as error:
            found[path] = str(error)
    clone.fetch_blobs(hashes.values())
    for path in hashes:
        try:
            found[path] = tree.read_bytes(path)
        except FilesError as error:
            found[path] = str(error)
    return found
