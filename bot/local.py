"""``clearance run`` on a local checkout: a branch with one commit, and the pull request's text."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from bot import config, engine
from bot.analysis import FileReport
from bot.config import Settings, SettingsError
from bot.facts_forge import Circumstances
from bot.files import FilesError
from bot.gather import gather
from bot.life import seal
from bot.permissions.world import World
from bot.repository import Branch, Repository, RepositoryError, open_repository
from bot.tree import Tree
from bot.writeup import EVIDENCE, WriteUp, write

_LOG = 50  # commits whose subjects show the repository's habit


class LocalError(Exception):
    """Why nothing was done; the message is one sentence without the checkout's name."""


class Outcome(StrEnum):
    """What became of the branch."""

    NOTHING = "nothing to change"
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "already there"


@dataclass(frozen=True, slots=True)
class LocalResult:
    """What was done to a checkout.

    Attributes:
        commit: the branch's commit; empty where there is nothing to change.
        base: the commit that was read.
        texts: the files with the pull request's text: title, body, and where the body had to be
            cut, the evidence.
        reports: on every workflow file, also where nothing changes.
    """

    outcome: Outcome
    branch: str
    commit: str
    base: str
    changed: tuple[str, ...]
    texts: tuple[Path, ...]
    reports: tuple[FileReport, ...]


def run(
    path: Path, settings: Settings | None, *, out: Path | None, branch: str, widen: bool = False
) -> LocalResult:
    """Put the proposal for a checkout's HEAD on a branch of its own.

    The work tree, the index, HEAD and the hooks are not touched. A branch of that name is
    replaced if nothing is on it but what this function put there.

    Args:
        settings: None takes those that the commit holds, or the defaults.
        out: the folder for the texts; None is one in the git directory.
        widen: overrides the setting.

    Raises:
        LocalError: the checkout or the branch can't be used.
    """
    try:
        with open_repository(path) as repository:
            return _run(repository, settings, out, branch, widen)
    except (RepositoryError, FilesError) as error:
        raise LocalError(str(error)) from None


def _run(
    repository: Repository, settings: Settings | None, out: Path | None, branch: str, widen: bool
) -> LocalResult:
    if not repository.is_branch_name(branch):
        raise LocalError("git takes no such name for a branch; choose another with --branch")
    head = repository.commit(repository.head)
    tree = Tree(repository, head.tree)
    reports = _analyse(repository, tree, settings, widen)
    changed = {r.path: r.after.encode() for r in reports if r.changed}
    if not changed:
        return LocalResult(Outcome.NOTHING, branch, "", repository.head, (), (), reports)
    repository.require_identity()
    facts = gather(reports, repository.head, repository.slug() or "")
    circumstances = Circumstances(repository=repository.slug() or "")
    writeup = write(facts, repository.subjects(_LOG), circumstances)
    wanted = tree.with_texts(changed)
    message = seal.sealed(writeup.commit, repository.head, wanted)
    there = repository.branch(branch)
    outcome = _outcome(repository, there, branch, wanted, message)
    texts = _write_texts(repository, out, branch, writeup)
    commit = there.commit if there else ""
    if outcome is not Outcome.UNCHANGED:
        commit = repository.make_commit(wanted, message)
        repository.set_branch(branch, commit, there.commit if there else None)
    return LocalResult(
        outcome,
        branch,
        commit,
        repository.head,
        tuple(changed),
        texts,
        reports,
    )


def _analyse(
    repository: Repository, tree: Tree, settings: Settings | None, widen: bool
) -> tuple[FileReport, ...]:
    paths = tree.workflows()
    if not paths:
        raise LocalError("its commit has no workflows; they are .github/workflows/*.yml")
    if settings is None:
        text = tree.read(config.HOME)
        try:
            settings = config.parse(text) if text is not None else Settings()
        except SettingsError as error:
            raise LocalError(f"{config.HOME}: {error}") from None
    settings = replace(settings, widen=settings.widen or widen)
    world = World(tree, origin=repository.slug())
    rules = settings.rules()
    return tuple(
        engine.examine(world, tree, path, rules) for path in paths if not settings.excludes(path)
    )


def _outcome(
    repository: Repository, there: Branch | None, branch: str, tree: str, message: str
) -> Outcome:
    """What is to be done about the branch.

    Raises:
        LocalError: it holds what this program did not put there, or is checked out.
    """
    if there is None:
        return Outcome.CREATED
    commit = repository.commit(there.commit)
    if (commit.tree, commit.parents, commit.message) == (tree, (repository.head,), message):
        return Outcome.UNCHANGED
    if not seal.is_own(commit.message, commit.parents, commit.tree):
        raise LocalError(
            f"the branch {branch} holds something else; choose another name with --branch"
        )
    if there.worktree:
        raise LocalError(
            f"the branch {branch} is checked out in {there.worktree}; check out another one there, "
            "or choose another name with --branch"
        )
    return Outcome.REPLACED


def _write_texts(
    repository: Repository, out: Path | None, branch: str, writeup: WriteUp
) -> tuple[Path, ...]:
    home = os.path.realpath(repository.folder)
    folder = out if out is not None else Path(home, "clearance", *branch.split("/"))
    if out is None and os.path.realpath(folder) != str(folder):
        raise LocalError(f"{folder} is a link; remove it, or choose a folder with --out")
    return write_texts(folder, writeup)


def write_texts(folder: Path, writeup: WriteUp) -> tuple[Path, ...]:
    """Write a pull request's title, its body, and its evidence if the body lacks it.

    Raises:
        LocalError: the folder can't be written.
    """
    texts = {"title.txt": f"{writeup.title}\n", "body.md": writeup.body, EVIDENCE: writeup.evidence}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            if text:
                _write(folder / name, text)
            else:
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise LocalError(
            f"{folder} can't be written ({error.strerror}); choose a folder with --out"
        ) from None
    return tuple(folder / name for name, text in texts.items() if text)


def _write(path: Path, text: str) -> None:
    """Write a file under a name of its own first, so that no link is ever followed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
