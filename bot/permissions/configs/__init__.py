"""Release tools whose configuration in the repository decides what they need.

A tool that has no configuration in the checkout works by its documented defaults. Where those
don't decide either, the job's own declaration does for ``id-token``: no default grants it, so a
job that doesn't declare it can't be using it. What is left is *unknown*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.permissions.configs.goreleaser import goreleaser
from bot.permissions.configs.npm import changesets, release_it
from bot.permissions.configs.release_plz import release_plz
from bot.permissions.configs.semantic_release import semantic_release
from bot.permissions.configs.tool import Tool
from bot.permissions.walk import Frame
from bot.workflow.scope import Scope, Tokens

_READERS: Mapping[str, Callable[[Tool], None]] = {
    "changesets": changesets,
    "goreleaser": goreleaser,
    "release-it": release_it,
    "release-plz": release_plz,
    "semantic-release": semantic_release,
}
NAMES = frozenset(_READERS)
"""What a row's ``config`` can be."""


def read(frame: Frame, tool: str, scope: Scope, tokens: Tokens, sources: tuple[str, ...]) -> None:
    """Write down what a tool's configuration adds to what its row says.

    ``tool``: the row's ``config``. ``tokens``: those that the row's carriers hold.
    """
    _READERS[tool](Tool(frame, tool, scope, tokens, sources))
