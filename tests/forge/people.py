"""Who acts on the stand-in: people, bots and apps, and the tokens that speak for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """What somebody is to a repository."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


class TokenKind(StrEnum):
    """How a token was made."""

    CLASSIC = "classic"
    FINE_GRAINED = "fine-grained"
    INSTALLATION = "installation"
    ACTIONS = "actions"


@dataclass(frozen=True, slots=True)
class User:
    """An account.

    Attributes:
        login: as REST says it; a bot's ends with ``[bot]``.
        kind: ``User``, ``Bot`` or ``Organization``.
    """

    login: str
    id: int
    kind: str

    @property
    def address(self) -> str:
        """``Name <address>`` for a commit."""
        return f"{self.login} <{self.id}+{self.login}@users.noreply.github.com>"


@dataclass(slots=True)
class Token:
    """A token, and what it may do.

    Attributes:
        scopes: a classic one's.
        permissions: the others': permission (with underscores) → read, write or admin.
        repositories: the ``owner/name`` that it was given for; ``None`` for all of its user's.
    """

    value: str
    user: User
    kind: TokenKind
    scopes: tuple[str, ...] = ()
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: tuple[str, ...] | None = None
    expires: datetime | None = None
    app: App | None = None

    @property
    def whose(self) -> str:
        """How GitHub names its like in a refusal."""
        return (
            "personal access token"
            if self.kind in (TokenKind.CLASSIC, TokenKind.FINE_GRAINED)
            else "integration"
        )

    def grants(self, permission: str, level: str) -> bool:
        """Whether its permissions hold that much; nothing to a classic one."""
        order = ("none", "read", "write", "admin")
        return order.index(self.permissions.get(permission, "none")) >= order.index(level)


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App and one of its installations.

    Attributes:
        account: whose repositories it is installed on.
        repositories: the ``owner/name`` it is installed on; ``None`` for all of the account's.
        private_key: PEM, as its owner has it.
        public_key: PEM, as GitHub has it.
        suspended: whether the account lets it do nothing for now.
    """

    id: int
    client_id: str
    slug: str
    installation: int
    account: str
    permissions: Mapping[str, str]
    repositories: tuple[str, ...] | None
    private_key: str
    public_key: str
    suspended: bool = False
