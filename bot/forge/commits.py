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
from bot.forge.errors import ForgeError, Invalid, NotFound
from bot.life import seal
from bot.life.overview import Head, Viewer
from bot.tree import Tree

_NEXT = "-next"
"""Behind the name of a branch: where GitHub makes a commit before the branch takes it."""
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


def by_git(clone: Clone, branch: Branch, contents: Contents, who: Identity) -> str:
    """Make a commit on the cloned one, and let the branch name it; gives its hash.

    A branch that stands at such a commit already is left as it is.
    """
    repository = clone.repository
    tree = Tree(repository, repository.commit(clone.head).tree).with_texts(contents.texts)
    message = _message(contents, clone.head, tree, who)
    there = branch.there
    if there and (there.tree, there.parents, there.message.rstrip()) == (
        tree,
        (clone.head,),
        message.rstrip(),
    ):
        return there.oid
    commit = repository.make_commit(tree, message, identity=gitenv.identity(who.name, who.address))
    clone.push(commit, branch.name, branch.expected, url=branch.url)
    return commit


def by_api(client: Client, clone: Clone, branch: Branch, contents: Contents, who: Identity) -> str:
    """The same, but GitHub makes the commit, on a branch beside, and so signs it.

    The branch itself then takes it by a push with a lease: were it set back to the base first, its
    pull request would be closed, and a human's push in between be lost.

    Raises:
        ForgeError: GitHub made something else than what was proved.
    """
    repository = clone.repository
    tree = Tree(repository, repository.commit(clone.head).tree).with_texts(contents.texts)
    headline, _, body = _message(contents, clone.head, tree, who).partition("\n\n")
    beside = f"{branch.name}{_NEXT}"
    _delete(client, branch.repository, beside)
    refs = f"/repos{quoted(*branch.repository.split('/'))}/git/refs"
    client.send("POST", refs, {"ref": f"refs/heads/{beside}", "sha": clone.head})
    try:
        wanted = {
            "branch": {"repositoryNameWithOwner": branch.repository, "branchName": beside},
            "expectedHeadOid": clone.head,
            "message": {"headline": headline, "body": body},
            "fileChanges": {
                "additions": [
                    {"path": path, "contents": base64.b64encode(data).decode()}
                    for path, data in contents.texts.items()
                ]
            },
        }
        made = client.graphql(queries.COMMIT, {"input": wanted})["createCommitOnBranch"]["commit"]
        if made["tree"]["oid"] != tree:
            raise ForgeError("GitHub committed something else than was sent; run it again")
        commit = str(made["oid"])
        clone.fetch_commit(commit, url=branch.url)
        clone.push(commit, branch.name, branch.expected, url=branch.url)
    finally:
        _delete(client, branch.repository, beside)
    return commit


def _message(contents: Contents, base: str, tree: str, who: Identity) -> str:
    return seal.sealed(contents.message, base, tree, str(who) if contents.signed_off else "")


def _delete(client: Client, repository: str, branch: str) -> None:
    path = f"/repos{quoted(*repository.split('/'))}/git/refs/heads{quoted(*branch.split('/'))}"
    with suppress(NotFound, Invalid):  # 422: there is no such reference
        client.send("DELETE", path, {})
