"""Packages that go to npm, by whichever tool, and changesets and release-it, which send them."""

from __future__ import annotations

import re

from bot.permissions.configs.files import at, is_false, is_true
from bot.permissions.configs.tool import Tool
from bot.workflow.scope import ANY_TOKEN, GITHUB_TOKEN

_PROVENANCE = "signs the packages' provenance"
_TRUSTED = "publishes as a trusted publisher or with provenance"


def npm(tool: Tool, path: str | None) -> None:
    """A package that goes to npm; ``path``: of its package.json, None for one of many."""
    found = tool.first(path) if path else None
    package = None if found is None else found[1]
    if is_true(at(package, "private")):
        return
    token = tool.env("NPM_TOKEN", "NODE_AUTH_TOKEN")
    if token is not None and token.maybe_github:
        tool.need("packages", "publishes to GitHub Packages", token)
        if token.github:
            return
    provenance = tool.scope.env.get("NPM_CONFIG_PROVENANCE")
    settings = tool.frame.walk.world.files.read(".npmrc") or ""
    if (
        is_true(at(package, "publishConfig", "provenance"))
        or (provenance is not None and is_true(provenance.render()))
        or re.search(r"^provenance\s*=\s*true", settings, re.MULTILINE)
    ):
        tool.need("id-token", _PROVENANCE, GITHUB_TOKEN)
    elif package is None:
        tool.identity_by_declaration(_TRUSTED)
    elif token is None:
        tool.need("id-token", "publishes to npm as a trusted publisher", ANY_TOKEN)


def changesets(tool: Tool) -> None:
    """``changeset publish``, and the action that runs it where it is given no script."""
    args = (tool.scope.inputs or {}).get("args")
    publishes = "publish" in tool.words if args is not None else not tool.input("script")
    if publishes:
        found = tool.first("package.json")
        package = None if found is None else found[1]
        alone = package is not None and at(package, "workspaces") is None
        npm(tool, "package.json" if alone and not is_true(at(package, "private")) else None)


_RELEASE_IT_FILES = tuple(f".release-it.{e}" for e in ("json", "yaml", "yml", "toml"))
_RELEASE_IT_STOP = ("--dry-run", "--release-version", "--changelog")


def release_it(tool: Tool) -> None:
    """Write down what release-it adds to the commit and tag that it pushes."""
    words = tool.words
    if any(word in words for word in _RELEASE_IT_STOP):
        return
    found = tool.first("package.json")
    config = at(found[1], "release-it") if found is not None else None
    if config is None:
        found = tool.first(*_RELEASE_IT_FILES)
        config = found[1] if found is not None else None
    # A token is handed over for the release alone, so without a configuration there is one.
    github = at(config, "github")
    if config is None or not is_false(at(github, "release") or "false"):
        tool.need("contents", "creates the release", tool.tokens)
    if is_true(at(github, "comments")) or is_true(at(github, "comments", "submit")):
        tool.need("issues", "comments on what the release resolves", tool.tokens)
        tool.need("pull-requests", "comments on what the release resolves", tool.tokens)
    if at(config, "plugins") is not None:
        tool.unknown("its plugins")
    package = at(config, "npm")
    if not (is_false(package) or is_false(at(package, "publish")) or _off(words, "npm")):
        npm(tool, "package.json")


def _off(words: list[str], key: str) -> bool:
    return any(w in words for w in (f"--no-{key}", f"--no-{key}.publish", f"--{key}.publish=false"))
