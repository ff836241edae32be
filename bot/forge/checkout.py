"""A clone of a repository on GitHub that nobody vouches for: what is read of it, and pushes.

It is bare, one commit deep and without files: there is no work tree, so no symbolic link, no
attribute or filter, no submodule and no LFS pointer of the repository can do anything, and it is
made by an own ``init`` and ``fetch``, so no hook can stand in it. Files are fetched by their
hashes when they are wanted, many at once. Commands that read know of no server and hold no token.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bot.forge import gitenv
from bot.forge.errors import ForgeError, Here, NotFound, bare
from bot.forge.refusals import Broken, Lost
from bot.repository import Repository, RepositoryError

if TYPE_CHECKING:
    from bot.forge.auth import Token
    from bot.forge.gitrun import CleanGit

NETWORK_TIMEOUT = 180.0
"""Seconds after which a command that talks to the server is given up."""

_PAUSES = (0.5, 2.0)
"""Seconds before what was to be read is asked for again, when the connection was lost."""

_OLDEST = (2, 32)  # GIT_CONFIG_GLOBAL; an older git would read the user's configuration
_FETCH = (
    *gitenv.PARTIAL,
    "fetch",
    "--quiet",
    "--filter=blob:none",
    "--no-tags",
    "--no-write-fetch-head",
    "--recurse-submodules=no",
    "--no-auto-maintenance",
)
_NOOP = ("-c", "fetch.negotiationAlgorithm=noop")
_PUSH = (
    "push",
    "--porcelain",
    "--no-verify",
    "--no-follow-tags",
    "--no-signed",
    "--recurse-submodules=no",
)
_CHECK = (
    *gitenv.PARTIAL,
    *gitenv.LENIENT,
    "fsck",
    "--strict",
    "--no-dangling",
    "--no-reflogs",
    "--no-progress",
)


@dataclass(slots=True)
class Clone:
    """A clone that was made with :func:`clone`; a context manager.

    Attributes:
        repository: reads it; it misses every file's content until :meth:`fetch_blobs`.
    """

    repository: Repository
    _git: CleanGit
    _url: str
    _token: Token | None = field(repr=False)
    _blobs: set[str] = field(default_factory=set, repr=False)

    def __enter__(self) -> Clone:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.repository.__exit__(kind, error, trace)

    @property
    def head(self) -> str:
        """The commit of the branch that was cloned."""
        return self.repository.head

    def fetch_blobs(self, names: Iterable[str]) -> None:
        """Fetch contents of files by their hashes, all at once; those that are here are left out.

        How large a content is shows only when it is here, so disk and time are what bounds it.

        Raises:
            ForgeError: one of them is not there, or the server does not answer.
        """
        missing = sorted(set(names) - self._blobs)
        if not missing:
            return
        listed = "".join(f"{name}\n" for name in missing).encode()
        # Nothing is said of what is here already: a file's content rests on no other object.
        words = (*_NOOP, *_FETCH, "--stdin", "origin")
        _fetch(self._git, "fetch", words, self._url, self._token, listed)
        self._blobs.update(missing)

    def fetch_commit(self, name: str, *, url: str | None = None) -> None:
        """Fetch a commit by its hash, with its trees, so that it can be read or built upon.

        Args:
            url: the repository that has it; None is the cloned one.

        Raises:
            ForgeError: it is not there, or the server does not answer.
        """
        words = (*_FETCH, "--depth=1", "origin", name)
        _fetch(self._git, "fetch", words, url or self._url, self._token)

    def push(
        self, commit: str, branch: str, expected: str | None, *, url: str | None = None
    ) -> None:
        """Let a branch on the server name ``commit``, if it still names ``expected``.

        A commit that is there already is no error, so a push whose outcome is unknown can be
        done again.

        Args:
            expected: the commit that the branch names; None: there must be no such branch.
            url: the repository to push to (a fork); None is the cloned one.

        Raises:
            bot.forge.refusals.LeaseLost: the branch names something else.
            bot.forge.refusals.PushRefused: its kinds say why.
            ForgeError: the server does not answer, or the token is no good.
        """
        self._push(commit, branch, expected or "", url)

    def delete_branch(self, branch: str, expected: str, *, url: str | None = None) -> None:
        """Delete a branch on the server, if it still names ``expected``.

        Raises:
            bot.forge.refusals.LeaseLost: it names something else, or is gone.
            ForgeError: as for :meth:`push`.
        """
        self._push("", branch, expected, url)

    def _push(self, commit: str, branch: str, expected: str, url: str | None) -> None:
        _require_branch(self.repository, branch)
        reference = f"refs/heads/{branch}"
        # Never a bare --force-with-lease: it trusts what was fetched last, and so overwrites.
        lease = f"--force-with-lease={reference}:{expected}"
        _talk(
            self._git,
            "push",
            (*_PUSH, lease, "origin", f"{commit}:{reference}"),
            url or self._url,
            self._token,
        )


def clone(url: str, folder: Path, branch: str, token: Token | None) -> Clone:
    """Clone one branch's latest commit with its trees.

    Args:
        url: ``https://HOST/OWNER/NAME``, with or without ``.git``; http for this machine only.
        folder: an empty one, or a path where there is nothing yet; it becomes the repository.
        branch: its name as GitHub tells it. It may be anything that git takes for one.
        token: None reads what everybody may read.

    Raises:
        NotFound: there is no such repository or branch, or it is empty.
        Here: the folder can't be written.
        ForgeError: the other kinds; the message is one sentence without the repository's name.
    """
    gitenv.network(url, None)
    git = _prepared(folder)
    repository = Repository(git, folder, "")
    try:
        repository.run("init", "--bare", "--quiet", "--template=", str(folder))
        _require_branch(repository, branch)
        reference = f"refs/heads/{branch}"
        words = (*_FETCH, "--depth=1", "origin", f"+{reference}:{reference}")
        _fetch(git, "clone", words, url, token)
        head = repository.run("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    except RepositoryError as error:
        raise Here(str(error)) from None
    return Clone(Repository(git, folder, head), git, url, token)


def _prepared(folder: Path) -> CleanGit:
    """A git that works in a new folder."""
    try:
        from bot.forge.gitrun import CleanGit
    except ImportError:  # GitPython asks git for its version when it is imported
        raise ForgeError("there is no git on this machine; install it") from None
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ForgeError(f"{folder} is not empty; clone into an empty folder")
    git = CleanGit(folder, gitenv.plumbing(os.environ, folder.absolute()))
    if git.version_info < _OLDEST:
        raise ForgeError("git is older than 2.32; install a newer one")
    return git


def _require_branch(repository: Repository, branch: str) -> None:
    # A name that begins with "-" is one: it stands behind refs/heads/ wherever git sees it.
    try:
        repository.run("check-ref-format", f"refs/heads/{branch}")
    except (RepositoryError, ValueError):  # ValueError: NUL, which no argument can hold
        raise NotFound("git takes no such name for a branch") from None


def _fetch(
    git: CleanGit,
    during: str,
    words: tuple[str, ...],
    url: str,
    token: Token | None,
    given: bytes = b"",
) -> None:
    """Fetch; objects with faults are taken only where all the faults are harmless.

    Raises:
        ForgeError: it came to nothing.
    """
    from git.exc import GitCommandError

    try:
        _read(git, during, words, url, token, given)
    except Broken as broken:
        _read(git, during, ("-c", "transfer.fsckObjects=false", *words), url, token, given)
        try:
            git.execute([git.GIT_PYTHON_GIT_EXECUTABLE or "git", *_CHECK])
        except GitCommandError:
            raise broken from None


def _read(
    git: CleanGit, during: str, words: tuple[str, ...], url: str, token: Token | None, given: bytes
) -> None:
    """Run a command that reads from the server, again where the connection was refused or lost.

    A push is never run twice here: its caller looks first what became of it.
    """
    from tenacity import (
        Retrying,
        retry_if_exception_type,
        stop_after_attempt,
        stop_after_delay,
        wait_chain,
        wait_fixed,
        wait_random,
    )

    tries = Retrying(
        retry=retry_if_exception_type(Lost),
        stop=stop_after_attempt(1 + len(_PAUSES)) | stop_after_delay(NETWORK_TIMEOUT),
        wait=wait_chain(*map(wait_fixed, _PAUSES)) + wait_random(0, _PAUSES[0] / 5),
        before_sleep=lambda _: _sweep_up(Path(git.working_dir or "")),
        reraise=True,
    )
    try:
        tries(lambda: _talk(git, during, words, url, token, given))
    except ForgeError as other:
        error = other
    else:
        return
    try:
        raise bare(error)
    finally:
        del error  # it names this frame, and this frame would name it


def _sweep_up(folder: Path) -> None:
    """Delete what a broken fetch has left: half a pack, which git reads never, and keeps."""
    for part in folder.glob("objects/pack/tmp_*"):
        with suppress(OSError):
            part.unlink()


def _talk(
    git: CleanGit,
    during: str,
    words: tuple[str, ...],
    url: str,
    token: Token | None,
    given: bytes = b"",
) -> None:
    """Run a command that talks to the server; nothing but this has the token."""
    from git.exc import CommandError

    from bot.forge.gitwords import error

    variables = gitenv.network(url, token.value if token is not None else None)
    if during == "push":
        variables |= gitenv.PUSHING
    try:
        with tempfile.TemporaryFile() as stream:
            stream.write(given)
            stream.seek(0)
            git.execute(
                [git.GIT_PYTHON_GIT_EXECUTABLE or "git", *words],
                stream.fileno(),
                env=variables,
                kill_after_timeout=NETWORK_TIMEOUT,
            )
    except CommandError as failure:
        raise error(failure, during) from None
