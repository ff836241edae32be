"""A repository on the server, with somebody's work tree to change it from."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.forge.auth import Token, TokenKind
from bot.forge.checkout import Clone, clone
from bot.forge.gitenv import identity
from bot.tree import Tree
from tests.checkout.server import TOKEN, Server

WORKFLOW = ".github/workflows/ci.yml"
TEXT = "on: push\n"
GIVEN = Token(TOKEN, TokenKind.CLASSIC)
BRANCH = "clearance/permissions"
NAME = "o/r"


@dataclass
class Origin:
    server: Server
    work: Path
    folder: Path

    def start(self) -> None:
        self.git("init", "-q", "-b", "main", str(self.work), at=self.work.parent)
        self.serve(NAME)
        self.write("README.md", "first\n")
        self.commit("First")
        self.write(WORKFLOW, TEXT)
        self.commit("Second")

    def git(self, *words: str, at: Path | None = None, given: bytes | None = None) -> str:
        known = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
        done = subprocess.run(
            ["git", *known, *words],
            cwd=at or self.work,
            input=given,
            capture_output=True,
            check=True,
            timeout=60,
        )
        return done.stdout.decode().strip()

    def serve(self, name: str) -> Path:
        """An empty repository on the server."""
        made = self.server.root / f"{name}.git"
        self.git("init", "-q", "--bare", str(made), at=self.work.parent)
        self.git("config", "uploadpack.allowFilter", "true", at=made)
        return made

    def bare(self, name: str = NAME) -> Path:
        return self.server.root / f"{name}.git"

    def write(self, path: str, text: str | bytes) -> None:
        full = self.work / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(text.encode() if isinstance(text, str) else text)

    def commit(self, message: str = "More", branch: str = "main") -> str:
        """Commit all that was written, and push it to the server as somebody else would."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "-f", str(self.bare()), f"HEAD:refs/heads/{branch}")
        return self.git("rev-parse", "HEAD")

    def tip(self, branch: str, name: str = NAME) -> str | None:
        listed = self.git(
            "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}", at=self.bare(name)
        )
        return listed or None

    def url(self, name: str = NAME) -> str:
        return f"{self.server.url}/{name}"

    def clone(self, branch: str = "main", token: Token | None = GIVEN) -> Clone:
        return clone(self.url(), self.folder, branch, token)


def tree(cloned: Clone) -> Tree:
    return Tree(cloned.repository, cloned.repository.commit(cloned.head).tree)


def proposal(cloned: Clone, text: str = "on: pull_request\n", parent: str | None = None) -> str:
    """A commit that changes the workflow; its hash."""
    base = cloned.repository.commit(parent or cloned.head).tree
    changed = Tree(cloned.repository, base).with_texts({WORKFLOW: text.encode()})
    return cloned.repository.make_commit(
        changed, "Change\n", parent=parent, identity=identity("bot", "bot@example.org")
    )
