"""Why a clone or a push did not happen, by what a caller can do about it."""

from __future__ import annotations

from bot.forge.errors import Invalid, Refused, Unreachable


class Lost(Unreachable):
    """The connection of a clone or fetch was refused or broke: the next one may be better."""


class Broken(Invalid):
    """The repository holds objects that git refuses."""


class LeaseLost(Invalid):
    """The branch is no longer where it was: somebody else moved, made or deleted it."""


class PushRefused(Refused):
    """The server takes no such push."""


class WorkflowsRefused(PushRefused):
    """The token may push, but not to workflow files."""


class ProtectedBranch(PushRefused):
    """A rule of the repository or its organisation forbids the push."""


class Archived(PushRefused):
    """The repository is archived, so nobody can push to it."""


class BaseMissing(PushRefused):
    """The server lacks the commit that the pushed one stands on."""
