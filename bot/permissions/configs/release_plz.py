"""release-plz: whether crates are published, and by whose leave."""

from __future__ import annotations

from bot.permissions.configs.files import at, is_false
from bot.permissions.configs.tool import Tool
from bot.workflow.scope import GITHUB_TOKEN


def release_plz(tool: Tool) -> None:
    """Without a token, crates go out by trusted publishing, unless nothing is published."""
    if "--dry-run" in tool.words or tool.input("dry_run") == "true":
        return
    if tool.input("command") == "release-pr":
        return
    words = tool.words
    given = tool.env("CARGO_REGISTRY_TOKEN") is not None or (
        any(w.startswith("--token") for w in words) if words else bool(tool.input("token"))
    )
    found = tool.first("release-plz.toml", ".release-plz.toml")
    off = found is not None and is_false(at(found[1], "workspace", "publish"))
    if not given and not off:
        tool.need("id-token", "publishes the crates by trusted publishing", GITHUB_TOKEN)
