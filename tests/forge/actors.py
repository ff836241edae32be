"""What people and bots do on the stand-in, in a test's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.forge.bare import Content
from tests.forge.people import User
from tests.forge.pulls import Comment, PullRequest
from tests.forge.repository import Repository


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at a repository; nothing here needs rights."""

    user: User
    repository: Repository

    def push(
        self,
        changes: Mapping[str, Content],
        branch: str = "",
        message: str = "Change something",
    ) -> str:
        """Commit changes (path → text, ``None`` removes) to a branch, else to the default one."""
        repository = self.repository
        return repository.commit(branch or repository.default_branch, changes, message, self.user)

    def create_branch(self, name: str, start: str = "") -> str:
        """A branch at a commit, by default the default branch's."""
        start = start or self.repository.head
        self.repository.set_ref(f"refs/heads/{name}", start, self.user)
        return start

    def force_push(self, branch: str, commit: str) -> None:
        """Put a branch at a commit, whatever it was."""
        self.repository.set_ref(f"refs/heads/{branch}", commit, self.user)

    def delete_branch(self, name: str) -> None:
        """Delete a branch; what was open from it is closed."""
        self.repository.set_ref(f"refs/heads/{name}", None, self.user)

    def open(
        self, head: str, title: str = "A change", body: str = "", base: str = ""
    ) -> PullRequest:
        """Open a pull request of a branch of this repository."""
        repository = self.repository
        return repository.open_pull(self.user, head, base or repository.default_branch, title, body)

    def close(self, pull: PullRequest) -> None:
        """Close it."""
        pull.close(self.user)

    def reopen(self, pull: PullRequest) -> None:
        """Open it again."""
        pull.reopen(self.user)

    def merge(self, pull: PullRequest, method: str = "merge") -> str:
        """Merge it (``merge`` or ``squash``), draft or not; the commit that the branch got."""
        pull.draft = False
        return pull.merge(self.user, method)

    def revert(self, pull: PullRequest) -> str:
        """Undo on its base branch what a merged one did; the commit."""
        git = self.repository.git
        assert pull.merge_commit, "it is not merged"
        before = git.run("rev-parse", f"{pull.merge_commit}^1")
        paths = git.changed(before, pull.merge_commit)
        changes: dict[str, Content] = {}
        for path in paths:
            found = git.find(f"{before}:{path}")
            changes[path] = git.read(found.oid) if found else None
        message = f'Revert "{pull.title}"\n\nThis reverts commit {pull.merge_commit}.\n'
        return self.push(changes, pull.base, message)

    def comment(self, pull: PullRequest, body: str) -> Comment:
        """Comment on it."""
        made = Comment(self.repository.next_id(), self.user, body, self.repository.now())
        pull.comments.append(made)
        pull.note("IssueComment", self.user)
        return made

    def edit(self, pull: PullRequest, *, title: str = "", body: str = "") -> None:
        """Write another title or body."""
        pull.title, pull.body = title or pull.title, body or pull.body
        pull.updated = self.repository.now()

    def tick(self, pull: PullRequest, box: str) -> None:
        """Tick the box of the body whose line contains this. ``AssertionError``: there is none."""
        lines = pull.body.split("\n")
        found = [at for at, line in enumerate(lines) if box in line and "- [ ]" in line]
        assert found, f"no empty box: {box}"
        lines[found[0]] = lines[found[0]].replace("- [ ]", "- [x]", 1)
        self.edit(pull, body="\n".join(lines))

    def label(self, pull: PullRequest, name: str) -> None:
        """Put a label on it."""
        self.repository.labels.setdefault(name, self.repository.next_id())
        if name not in pull.labels:
            pull.labels.append(name)
            pull.note("LabeledEvent", self.user, name)

    def unlabel(self, pull: PullRequest, name: str) -> None:
        """Take a label off it."""
        pull.labels.remove(name)
        pull.note("UnlabeledEvent", self.user, name)
