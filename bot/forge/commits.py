"""One commit on one branch: made by git here, or by GitHub, which then signs it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bot.forge import gitenv, queries
from bot.forge.checkout import Clone
from bot.forge.client import Client, quoted
from bot.forge.errors import ForgeError, Invalid, NotFound, OutcomeUnknown
from bot.forge.fields import Fields
from bot.forge.refusals import BaseMissing, LeaseLost, PushRefused
from bot.life import seal
from bot.life.overview import Head, Viewer
from bot.tree import Tree

_NEXT = "-next"
"""Behind the name of a branch: where GitHub makes a commit before the branch takes it."""
_BUSY = "another run of the program was at work on the same branch; run it again"
_UNSAFE = re.compile(r"[^\w.@+\[\] -]")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a commit."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


def identity(viewer: Viewer, host: str) -> Identity:
    """The account behind a token, with the address by which GitHub links a commit to it.

    Source: https://docs.github.com/en/account-and-profile/reference/email-addresses-reference
    """
    login = _UNSAFE.sub("", viewer.login)[:100] or "clearance"
    number = f"{viewer.id}+" if viewer.id is not None else ""
    return Identity(login, f"{number}{login}@users.noreply.{host}")


@dataclass(frozen=True, slots=True)
class Branch:
    """Where a commit goes.

    Attributes:
        repository: ``owner/name``; a fork where ``url`` is given.
        url: the fork's address for git; None for the cloned repository.
        there: where the branch stands; None where there is none.
    """

    repository: str
    name: str
    url: str | None
    there: Head | None

    @property
    def expected(self) -> str | None:
        """The commit that the branch has to stand at still."""
        return self.there.oid if self.there else None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a commit says and holds.

    Attributes:
        texts: path → the file's new bytes.
        message: without trailers.
        signed_off: whether the committer signs it off.
    """

    texts: Mapping[str, bytes]
    message: str
    signed_off: bool


def by_git(client: Client, clone: Clone, branch: Branch, contents: Contents, who: Identity) -> str:
    """Make a commit on the cloned one, and let the branch name it; gives its hash.

    A branch that stands at such a commit already is left as it is.
    """
    tree, message = _wanted(clone, contents, who)
    there = _already(branch, clone.head, tree, message)
    if there is not None:
        if branch.url is not None:
            sweep(client, clone, branch)
        return there
    made = gitenv.identity(who.name, who.address)
    commit = clone.repository.make_commit(tree, message, identity=made)
    try:
        clone.push(commit, branch.name, branch.expected, url=branch.url)
    except BaseMissing:
        # A fork whose branches are older: it shares its parent's objects, so that a branch of it
        # can name any of them, and git then sees that they are there.
        _start(client, branch, clone.head)
        try:
            clone.push(commit, branch.name, branch.expected, url=branch.url)
        finally:
            _drop(clone, branch, clone.head)
    return commit


def by_api(client: Client, clone: Clone, branch: Branch, contents: Contents, who: Identity) -> str:
    """The same, but GitHub makes the commit, on a branch beside, and so signs it.

    The branch itself then takes it by a push with a lease: were it set back to the base first, its
    pull request would be closed, and a human's push in between be lost.

    Raises:
        LeaseLost: another process of the program uses the branch beside, too.
        ForgeError: GitHub made something else than what was proved.
    """
    tree, message = _wanted(clone, contents, who)
    there = _already(branch, clone.head, tree, message)
    if there is not None:
        sweep(client, clone, branch)
        return there
    _start(client, branch, clone.head)
    stands = clone.head
    try:
        made = _made(client, branch, clone.head, contents, message)
        stands = commit = made.text("oid")
        if made.child("tree").text("oid") != tree:
            raise ForgeError("GitHub committed something else than was sent; run it again")
        clone.fetch_commit(commit, url=branch.url)
        clone.push(commit, branch.name, branch.expected, url=branch.url)
    except OutcomeUnknown:
        sweep(client, clone, branch)
        raise
    finally:
        _drop(clone, branch, stands)
    return commit


def sweep(client: Client, clone: Clone, branch: Branch) -> None:
    """Delete the branch beside, where something has ended a run before it did."""
    path = f"{_repository(branch)}/git/ref/heads{_beside(branch)}"
    # It does no harm, and the next commit takes it away.
    with suppress(ForgeError):
        found = Fields.of(client.get(path).json(), path)
        _drop(clone, branch, found.child("object").text("sha"))


def _start(client: Client, branch: Branch, oid: str) -> None:
    """Let the branch beside stand at ``oid``, wherever an earlier run has left it."""
    refs = f"{_repository(branch)}/git/refs"
    wanted: Mapping[str, object] = {"ref": f"refs/heads/{branch.name}{_NEXT}", "sha": oid}
    try:
        client.send("POST", refs, wanted)
    except (OutcomeUnknown, Invalid) as error:
        moved: Mapping[str, object] = {"sha": oid, "force": True}
        try:
            client.send("PATCH", f"{refs}/heads{_beside(branch)}", moved)
        except Invalid:
            if isinstance(error, OutcomeUnknown):
                raise error from None
            raise PushRefused(
                f"{error}: it takes no branch {branch.name}{_NEXT}, on which it would make the "
                "commit; allow it there, or choose another name with the setting branch"
            ) from None


def _made(client: Client, branch: Branch, base: str, contents: Contents, message: str) -> Fields:
    """The commit that GitHub makes on the branch beside: its hash, and its tree's."""
    headline, _, body = message.partition("\n\n")
    additions = [
        {"path": path, "contents": base64.b64encode(data).decode()}
        for path, data in contents.texts.items()
    ]
    wanted = {
        "branch": {
            "repositoryNameWithOwner": branch.repository,
            "branchName": f"{branch.name}{_NEXT}",
        },
        "expectedHeadOid": base,
        "message": {"headline": headline, "body": body},
        "fileChanges": {"additions": additions},
    }
    try:
        answer = client.graphql(queries.COMMIT, {"input": wanted})
    except (Invalid, NotFound) as error:
        # It was there a moment ago: another process has deleted it, or has committed to it.
        if error.status in (404, 409):
            raise LeaseLost(_BUSY, error.status) from None
        raise
    return Fields.of(answer, "the commit").child("createCommitOnBranch").child("commit")


def _drop(clone: Clone, branch: Branch, expected: str) -> None:
    """Delete the branch beside, unless it is another process's by now."""
    with suppress(ForgeError):
        clone.delete_branch(f"{branch.name}{_NEXT}", expected, url=branch.url)


def _wanted(clone: Clone, contents: Contents, who: Identity) -> tuple[str, str]:
    """The tree and the message of the commit."""
    repository = clone.repository
    tree = Tree(repository, repository.commit(clone.head).tree).with_texts(contents.texts)
    signer = str(who) if contents.signed_off else ""
    return tree, seal.sealed(contents.message, clone.head, tree, signer)


def _already(branch: Branch, base: str, tree: str, message: str) -> str | None:
    """The commit that the branch stands at, where it is as good as a new one."""
    there = branch.there
    if there is None or (there.tree, there.parents) != (tree, (base,)):
        return None
    return there.oid if there.message.rstrip() == message.rstrip() else None


def _repository(branch: Branch) -> str:
    return f"/repos{quoted(*branch.repository.split('/'))}"


def _beside(branch: Branch) -> str:
    return quoted(*f"{branch.name}{_NEXT}".split("/"))
