"""semantic-release: its plugins decide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import join

from bot.permissions.configs.files import at, is_false, items
from bot.permissions.configs.npm import npm
from bot.permissions.configs.tool import Tool, option

_FILES = (
    ".releaserc",
    *(f".releaserc.{e}" for e in ("json", "yaml", "yml", "js", "cjs", "mjs", "ts")),
    *(f"release.config.{e}" for e in ("js", "cjs", "mjs", "ts")),
)
_DEFAULT: tuple[object, ...] = ("@semantic-release/npm", "@semantic-release/github")
_QUIET = frozenset(
    f"@semantic-release/{name}"
    for name in ("commit-analyzer", "release-notes-generator", "changelog", "git")
)
_QUOTED = re.compile(r"""["']([@\w./-]+)["']""")
_PYTHON = frozenset({"version", "publish", "changelog", "generate-config"})
_STOP = frozenset({"--dry-run", "-d", "--version", "--help", "-h", "--noop"})


def semantic_release(tool: Tool) -> None:
    """Write down what the plugins of semantic-release add to the tag that it pushes."""
    words = tool.words
    if not {*words}.isdisjoint(_PYTHON | _STOP):
        return  # Python's has no plugins; a dry run only checks
    for plugin in _plugins(tool, words):
        name = at(plugin, 0) if isinstance(plugin, list) else at(plugin, "path") or plugin
        options = at(plugin, 1) if isinstance(plugin, list) else plugin
        if name == "@semantic-release/github":
            _comments(tool, options)
        elif name == "@semantic-release/npm":
            if not is_false(at(options, "npmPublish")):
                folder = at(options, "pkgRoot")
                npm(tool, join(folder if isinstance(folder, str) else "", "package.json"))
        elif name not in _QUIET:
            tool.unknown(f"plugin {name}" if isinstance(name, str) else "a plugin")


def _plugins(tool: Tool, words: list[str]) -> Iterator[object]:
    """Plugins as a configuration lists them; what is extended is reported, as it isn't read."""
    found = tool.first("package.json")
    config = at(found[1], "release") if found is not None else None
    if config is None:
        found = tool.first(*_FILES)
        config = found[1] if found is not None else None
    extended = at(config, "extends") or option(words, "-e", "--extends")
    given = option(words, "-p", "--plugins")
    if extended:
        tool.unknown("a shared configuration")
    if given:
        yield from given.split(",")
    elif isinstance(config, str):  # a script, of which only the names are read
        if "extends" in config:
            tool.unknown("a shared configuration")
        named = [word for word in _QUOTED.findall(config) if "semantic-release" in word]
        yield from named if "plugins" in config else _DEFAULT
    elif at(config, "plugins") is not None:
        yield from items(at(config, "plugins"))
    else:
        yield from _DEFAULT


def _comments(tool: Tool, options: object) -> None:
    quiet = is_false(at(options, "successComment")) or is_false(
        at(options, "successCommentCondition")
    )
    resolves = not (quiet and is_false(at(options, "releasedLabels")))
    fails = not any(
        is_false(at(options, key)) for key in ("failComment", "failTitle", "failCommentCondition")
    )
    if resolves:
        tool.need("issues", "comments on what the release resolves", tool.tokens)
        tool.need("pull-requests", "comments on what the release resolves", tool.tokens)
    elif fails:
        tool.need("issues", "opens an issue when a release fails", tool.tokens)
    category = at(options, "discussionCategoryName")
    if category and not is_false(category):
        tool.need("discussions", "opens the release's discussion", tool.tokens)
