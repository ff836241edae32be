"""A local git repository, through git's own plumbing, with nothing in it trusted.

A repository's ``.git/config`` can name programs that git then runs: hooks, a file system monitor,
a transport. Overrides in the environment beat that file, and no command used here touches a work
tree or an index. The user's own configuration stays in force: the identity and ``safe.directory``
are there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bot.remote import slug

if TYPE_CHECKING:
    from git import Git

TIMEOUT = 60.0
"""Seconds after which git is given up. (Nothing asked of it takes one, in any known repository.)"""

# Comments: what each of these could make git do.
_OVERRIDES = (
    ("core.hooksPath", os.devnull),  # update-ref runs the hook reference-transaction
    ("core.fsmonitor", "false"),
    ("gc.auto", "0"),
    ("i18n.commitEncoding", "utf-8"),
    ("user.useConfigOnly", "true"),  # else git makes an identity of the host's name
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # a blob that is missing in a partial clone is not fetched
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_QUESTIONS = (
    "--git-common-dir",
    "--is-bare-repository",
    "--is-inside-work-tree",
    "--show-prefix",
)


class RepositoryError(Exception):
    """What can't be done with a repository; the message is one sentence without its name."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its tree, its parents and its message, as they are stored."""

    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A local branch; ``worktree`` is where it is checked out, or empty."""

    commit: str
    worktree: str


@dataclass(slots=True)
class Repository:
    """A repository that was opened with :func:`open_repository`; a context manager.

    Attributes:
        folder: the common git directory, absolute.
        head: the commit that HEAD names.
    """

    git: Git
    folder: Path
    head: str

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def blob(self, name: str, largest: int) -> bytes:
        """The content of an object; ``name`` is its hash.

        Raises:
            RepositoryError: it is not there, or has more than ``largest`` bytes.
        """
        watchdog = threading.Timer(TIMEOUT, self._kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            _, _, size = self.git.get_object_header(name)
            if size > largest:
                raise RepositoryError(f"it is larger than {largest // 1024 // 1024} MiB")
            return self.git.get_object_data(name)[3]
        except (ValueError, OSError):
            self._stop()
            raise RepositoryError("git can't read it; it may be missing in this clone") from None
        finally:
            watchdog.cancel()

    def commit(self, name: str) -> Commit:
        """A commit by its hash."""
        head, _, message = self.blob(name, 1 << 20).partition(b"\n\n")
        fields = [line.split(b" ", 1) for line in head.split(b"\n") if b" " in line]
        trees = [value.decode() for key, value in fields if key == b"tree"]
        parents = tuple(value.decode() for key, value in fields if key == b"parent")
        return Commit(trees[0], parents, message.decode("utf-8", "replace"))

    def subjects(self, count: int) -> tuple[str, ...]:
        """The first lines of the latest commits' messages, without merges."""
        log = self.run(
            "rev-list", f"--max-count={count}", "--no-merges", "--format=%s", self.head
        ).split("\n")
        return tuple(log[1::2])

    def slug(self) -> str | None:
        """``owner/name`` on github.com, by the remote ``origin``; else None."""
        try:
            return slug(self.run("config", "--get", "remote.origin.url"))
        except RepositoryError:
            return None

    def branch(self, name: str) -> Branch | None:
        """A local branch, or None."""
        form = "%(refname) %(objectname) %(worktreepath)"
        for line in self.run("for-each-ref", f"--format={form}", f"refs/heads/{name}").split("\n"):
            reference, _, rest = line.partition(" ")
            if reference == f"refs/heads/{name}":
                commit, _, worktree = rest.partition(" ")
                return Branch(commit, worktree)
        return None

    def is_branch_name(self, name: str) -> bool:
        """Whether git takes a name for a branch."""
        try:
            self.run("check-ref-format", f"refs/heads/{name}")
        except RepositoryError:
            return False
        return not name.startswith("-")

    def require_identity(self) -> None:
        """Raise where git does not know who makes a commit.

        Raises:
            RepositoryError: what to do about it.
        """
        for role in ("AUTHOR", "COMMITTER"):
            try:
                self.run("var", f"GIT_{role}_IDENT")
            except RepositoryError:
                raise RepositoryError(
                    "git does not know who makes the commit; set it with git config --global "
                    "user.name NAME and git config --global user.email ADDRESS"
                ) from None

    def store(self, texts: Sequence[bytes]) -> tuple[str, ...]:
        """Store contents as blobs, without any filter; gives their hashes."""
        with tempfile.TemporaryDirectory(prefix="clearance-run-") as folder:
            paths = [Path(folder) / str(number) for number in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.write_bytes(text)
            listed = "".join(f"{path}\n" for path in paths).encode()
            names = self.run("hash-object", "-w", "--no-filters", "--stdin-paths", given=listed)
        return tuple(names.split())

    def make_tree(self, listing: bytes) -> str:
        """Store a tree; ``listing`` as ``git ls-tree -z`` writes it."""
        return self.run("mktree", "-z", "--missing", given=listing)

    def make_commit(
        self,
        tree: str,
        message: str,
        *,
        parent: str | None = None,
        identity: Mapping[str, str] | None = None,
    ) -> str:
        """Store a commit; no branch moves, no hook runs.

        It is not signed: the program that signs is named by the configuration, which the
        repository may have written, and one that asks for a passphrase would wait for ever.

        Args:
            parent: None is HEAD.
            identity: git's variables for who makes it; None leaves that to the configuration.
        """
        words = ("--no-gpg-sign", "-p", parent or self.head, "-F", "-", tree)
        return self.run("commit-tree", *words, given=message.encode(), variables=identity)

    def set_branch(self, name: str, new: str, old: str | None) -> None:
        """Let a branch name ``new``, if it still names ``old`` (None: if there is none yet)."""
        reference = f"refs/heads/{name}"
        try:
            self.run("update-ref", "-m", "clearance", reference, new, old or "0" * len(new))
        except RepositoryError as error:
            raise RepositoryError(f"{error}; choose another name with --branch") from None

    def run(
        self,
        *words: str,
        given: bytes | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> str:
        """What a git command puts out.

        Args:
            given: its input.
            variables: added to its environment, for this command alone.
        """
        return _run(self.git, words, given, variables)

    def _stop(self) -> None:
        """End the processes that read objects; they start again when they are needed."""
        self.git.clear_cache()

    def _kill(self) -> None:
        for process in (self.git.cat_file_header, self.git.cat_file_all):
            if process is not None and process.proc is not None:
                process.proc.kill()


def open_repository(path: Path) -> Repository:
    """Open the repository whose top folder (or bare repository) ``path`` is.

    Raises:
        RepositoryError: it is none, or nothing can be read from it.
    """
    if not path.is_dir():
        raise RepositoryError("it is not a folder; name a checkout, or OWNER/REPO on GitHub")
    if "GIT_DIR" in os.environ:
        raise RepositoryError("GIT_DIR is set and names another place; unset it")
    if not os.access(path, os.X_OK):  # GitPython would then work in the current folder
        raise RepositoryError("it can't be entered; check its permissions")
    try:
        from git import Git
    except ImportError:  # GitPython asks git for its version when it is imported
        raise RepositoryError("there is no git on this machine; install it") from None
    git = Git(os.path.realpath(path))
    git.update_environment(**_environment(os.environ))
    try:
        told = _run(git, ("rev-parse", "--path-format=absolute", *_QUESTIONS)).split("\n")
    except RepositoryError as error:
        if "not a git repository" in str(error):
            raise RepositoryError(
                "it is not a git checkout; clearance fix works on any folder"
            ) from None
        raise
    folder, bare, inside, prefix = Path(told[0]), told[1], told[2], "".join(told[3:])
    if bare == "true":
        if os.path.realpath(folder) != os.path.realpath(path):
            raise RepositoryError(f"it lies in the repository {folder}; name that one")
    elif inside != "true":
        raise RepositoryError("it is the inside of a repository; name the checkout")
    elif prefix:
        raise RepositoryError("it is a folder of a checkout; name the checkout's top folder")
    try:
        head = _run(git, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))
    except RepositoryError:
        raise RepositoryError("it has no commits; make the first one") from None
    if len(head) != 40:
        raise RepositoryError("it names its objects by SHA-256, which GitHub does not take")
    return Repository(git, folder, head)


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What is set for each git command; configuration that the user's environment gives stays."""
    count = inherited.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdecimal() else 0
    values = dict(_ENVIRONMENT)
    for number, (key, value) in enumerate(_OVERRIDES, first):
        values[f"GIT_CONFIG_KEY_{number}"] = key
        values[f"GIT_CONFIG_VALUE_{number}"] = value
    values["GIT_CONFIG_COUNT"] = str(first + len(_OVERRIDES))
    return values


def _run(
    git: Git,
    words: Sequence[str],
    given: bytes | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    from git.exc import GitCommandError

    # GitPython's time limit is not there on Windows.
    limit = TIMEOUT if sys.platform != "win32" else None
    with tempfile.TemporaryFile() as stream:
        stream.write(given or b"")
        stream.seek(0)
        try:
            output = git.execute(
                [git.GIT_PYTHON_GIT_EXECUTABLE or "git", *words],
                istream=stream.fileno(),
                env=dict(variables or {}),
                kill_after_timeout=limit,
            )
        except GitCommandError as error:
            said = str(error.stderr).strip().removeprefix("stderr:").strip(" '\n").splitlines()
            first = said[0].removeprefix("fatal: ") if said else f"{words[0]} ended in an error"
            raise RepositoryError(f"git says: {first}") from None
    return str(output)
