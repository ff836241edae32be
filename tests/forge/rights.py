"""What a token may see and do."""

from __future__ import annotations

from tests.forge.answers import Answer
from tests.forge.people import Role, Token, TokenKind
from tests.forge.repository import Repository

NOT_FOUND = Answer.message(404, "Not Found")


def sees(token: Token | None, repository: Repository) -> bool:
    """Whether a token (``None``: nobody) may know that a repository is there."""
    if repository.deleted:
        return False
    if not repository.private and not repository.internal:
        return True
    if token is None:
        return False
    if token.kind == TokenKind.CLASSIC:
        return "repo" in token.scopes and repository.role(token.user) >= Role.READ
    return repository.covered_by(token) and repository.role_of(token) >= Role.READ


def accepted(permissions: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """``a=read,b=write; c=write`` as alternatives of sets, as the header has it."""
    return tuple(
        tuple((one.split("=")[0].strip(), one.split("=")[1].strip()) for one in every.split(","))
        for every in permissions.split(";")
    )


def holds(token: Token, repository: Repository, permissions: str) -> bool:
    """Whether a token's permissions would do; a classic one's scopes, for anything."""
    if token.kind == TokenKind.CLASSIC:
        scopes = {"repo"} if repository.private else {"repo", "public_repo"}
        return bool(scopes & set(token.scopes))
    if not repository.covered_by(token):
        return False
    return any(
        all(name == "metadata" or token.grants(name, level) for name, level in every)
        for every in accepted(permissions)
    )


def refusal(
    token: Token, repository: Repository, permissions: str, role: Role, *, reads: bool
) -> Answer | None:
    """Why a call is refused; ``None``: it is not.

    ``permissions`` is what ``X-Accepted-GitHub-Permissions`` says, ``role`` what the token's user
    has to be; ``reads``: anybody may read that in a public repository.
    """
    public = not repository.private and not repository.internal
    if reads and public:
        return None
    allowed = repository.role_of(token) >= role
    if token.kind == TokenKind.CLASSIC:
        if allowed and (reads or holds(token, repository, permissions)):
            return None
        if role == Role.ADMIN:
            return Answer.message(403, "Must have admin rights to Repository.")
        return NOT_FOUND
    if allowed and holds(token, repository, permissions):
        return None
    return Answer.message(
        403,
        f"Resource not accessible by {token.whose}",
        X_Accepted_GitHub_Permissions=permissions,
    )


def may_push(token: Token | None, repository: Repository) -> bool:
    """Whether git may push with a token."""
    if token is None or repository.role_of(token) < Role.WRITE:
        return False
    return holds(token, repository, "contents=write")


def workflow_refusal(token: Token, paths: tuple[str, ...]) -> str:
    """GitHub's words where a token may not change the workflows among these paths, else ``""``."""
    touched = [path for path in sorted(paths) if path.startswith(".github/workflows/")]
    if not touched:
        return ""
    start = "refusing to allow {} to create or update workflow `" + touched[0] + "` without "
    if token.kind == TokenKind.CLASSIC and "workflow" not in token.scopes:
        return start.format("a Personal Access Token") + "`workflow` scope"
    if token.kind == TokenKind.FINE_GRAINED and not token.grants("workflows", "write"):
        return start.format("a Personal Access Token") + "`workflow` scope"
    installed = token.kind in (TokenKind.INSTALLATION, TokenKind.ACTIONS)
    if installed and not token.grants("workflows", "write"):
        return start.format("a GitHub App") + "`workflows` permission"
    return ""


def role_with(token: Token, repository: Repository) -> Role:
    """What a token can be said to be at a repository: its user's role, as far as it is granted."""
    role = repository.role_of(token)
    if token.kind == TokenKind.CLASSIC:
        return role if holds(token, repository, "contents=write") else min(role, Role.READ)
    granted = Role.READ
    if repository.covered_by(token):
        for permission, level in (("contents", Role.WRITE), ("administration", Role.ADMIN)):
            granted = max(granted, level) if token.grants(permission, "write") else granted
    return min(role, granted) if role else Role.READ if sees(token, repository) else Role.NONE
