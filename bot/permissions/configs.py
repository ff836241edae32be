"""Release tools whose configuration in the repository decides what they need."""

from __future__ import annotations

from bot.permissions.evidence import Doubt
from bot.permissions.walk import Frame
from bot.workflow.scope import Scope, Tokens


def read(
    frame: Frame, tool: str, scope: Scope, tokens: Tokens, sources: tuple[str, ...]
) -> None:
    """Write down what a tool's configuration adds to what its row says."""
    del scope, sources
    if tokens.maybe_github:
        frame.unknown(Doubt.CONFIGURATION, tool)
