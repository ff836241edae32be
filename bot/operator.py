"""What is in the settings file of whoever runs the program, and in no repository's."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.settings import Settings
from bot.sweep.settings import SweepSettings


@dataclass(frozen=True, slots=True)
class Override(Settings):
    """Settings for some of the repositories: they go before those for all.

    Attributes:
        repositories: patterns of ``owner/name`` or of a name, for those that they are for.
    """

    repositories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator(Settings):
    """The settings of Clearance.

    Attributes:
        sweep: which repositories ``clearance sweep`` goes through, and how.
        overrides: settings for some repositories by their names; a later entry goes before an
            earlier one, a repository's own file before all.
    """

    sweep: SweepSettings = field(default_factory=SweepSettings)
    overrides: tuple[Override, ...] = ()


FOR_ALL = frozenset({"content_per_minute", "content_per_hour"})
"""Settings that count for all repositories together, so that no override can change them."""
