"""Which remedies are applied, and the settings that each obeys."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.remedies import job_permissions, preflight
from bot.remedies.token.facts import TokenRules


class Remedy(StrEnum):
    """The remedies, in the order in which they act on one another."""

    TOKEN = "token"  # noqa: S105 - no password
    PREFLIGHT = "preflight"
    PERMISSIONS = "permissions"


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of all remedies.

    Attributes:
        remedies: those that are applied.
    """

    permissions: job_permissions.Rules = field(default_factory=job_permissions.Rules)
    preflight: preflight.Rules = field(default_factory=preflight.Rules)
    token: TokenRules = field(default_factory=TokenRules)
    remedies: frozenset[Remedy] = frozenset(Remedy)

    def without(self, refused: frozenset[str]) -> Rules:
        """The same rules, but for edits with these fingerprints, which are not made."""
        return replace(
            self,
            permissions=replace(self.permissions, refused=refused),
            preflight=replace(self.preflight, refused=refused),
            token=replace(self.token, refused=refused),
        )
