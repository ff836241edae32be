"""goreleaser: releases, images, signatures, package indices."""

from __future__ import annotations

import re
from dataclasses import replace
from posixpath import join

from bot.hole import HOLE
from bot.permissions.configs.files import at, is_true, items, strings
from bot.permissions.configs.tool import Tool, option, value_of
from bot.workflow.scope import ANY_TOKEN, GITHUB_TOKEN, NO_TOKEN, Tokens

_GITHUB_REGISTRIES = ("ghcr.io", "docker.pkg.github.com")
_TEMPLATE = re.compile(r"\{\{[^}]*\}\}")
_FILES = tuple(
    f"{name}.{ending}"
    for name in (".config/goreleaser", ".goreleaser", "goreleaser")
    for ending in ("yml", "yaml")
)
_OFFLINE = frozenset(
    {"build", "check", "healthcheck", "init", "jsonschema", "schema", "changelog", "help", "man"}
    | {"completion", "announce", "mcp"}
)
_STOP = frozenset(
    {"--snapshot", "--snapshot=true", "--split", "--prepare", "--skip-publish"}
    | {"--skip-publish=true", "--version", "-v", "--help", "-h"}
)
_TAPS = ("brews", "homebrew_casks", "scoops", "nix", "krews", "winget")
_IMAGES = ("dockers", "dockers_v2", "docker_manifests", "kos", "docker_signs")
_COSIGN_KEYS = ("COSIGN_PRIVATE_KEY", "COSIGN_PASSWORD", "COSIGN_KEY")


def goreleaser(tool: Tool) -> None:
    """Write down what a run of goreleaser publishes.

    Without a configuration at hand it releases; a login to ghcr tells that it pushes images, and
    cosign among the job's steps that it signs.
    """
    words = tool.words
    skipped = _skips(words)
    command = next((word for word in words if not word.startswith("-")), "release")
    if is_true(tool.input("install-only")) or command in _OFFLINE:
        return
    if _STOP & {*words, *skipped}:
        return
    folder = tool.input("workdir")
    given = option(words, "-f", "--config")
    names = (given,) if given else _FILES
    found = None if HOLE in folder else tool.first(*(join(folder, name) for name in names))
    config = None if found is None else found[1]
    if config is None:
        tool.frame.assume("goreleaser without a configuration at hand: its defaults")
    if at(config, "includes") is not None:
        tool.unknown("its configuration includes others")
    if not is_true(at(config, "release", "disable")):
        tool = replace(tool, frame=replace(tool.frame, conditional=_may_not(tool, config)))
        tool.need("contents", "creates the release and uploads its files", tool.tokens)
    if at(config, "release", "discussion_category_name"):
        tool.need("discussions", "opens the release's discussion", tool.tokens)
    if any(is_true(at(one, "close")) for one in items(at(config, "milestones"))):
        tool.need("issues", "closes the release's milestone", tool.tokens)
    _taps(tool, config)
    if "docker" not in skipped:
        tool.need("packages", "pushes the images", _images(tool, config))
    if "sign" not in skipped:
        _signs(tool, config)
    if at(config, "mcp", "auth", "type") == "github-oidc" and "mcp" not in skipped:
        tool.need("id-token", "signs in to the registry of MCP servers", GITHUB_TOKEN)


def _may_not(tool: Tool, config: object) -> bool:
    """Whether a run may end well without a release here: by its words, or its configuration."""
    return (
        tool.frame.conditional
        or config is None
        or HOLE in tool.input("args")
        or any(word.startswith(("--auto-snapshot", "--snapshot")) for word in tool.words)
        or at(config, "release", "disable") is not None
        or at(config, "release", "github") is not None
    )


def _skips(words: list[str]) -> frozenset[str]:
    """What ``--skip`` names; ``--skip-publish`` stands for the step that publishes."""
    text = ",".join(
        value for n, word in enumerate(words) if (value := value_of(words, n, word, "--skip"))
    )
    return frozenset("--skip-publish" if one == "publish" else one for one in text.split(","))


def _taps(tool: Tool, config: object) -> None:
    """Package indices that are kept in a repository; without a token of their own, in this one."""
    for key in _TAPS:
        for one in items(at(config, key)):
            repository = at(one, "repository")
            if at(repository, "token") or is_true(at(one, "skip_upload")) or not repository:
                continue
            tool.need("contents", "pushes to the package index", tool.tokens)
            if is_true(at(repository, "pull_request", "enabled")):
                tool.need("pull-requests", "opens the package index's pull request", tool.tokens)


def _images(tool: Tool, config: object) -> Tokens:
    """The tokens with which images go to GitHub's registries; a login says so, if nothing else."""
    if config is None:
        hosts = {*_GITHUB_REGISTRIES, "?"}
    else:
        names = [s for key in _IMAGES for s in strings(at(config, key)) if "/" in s]
        hosts = {_TEMPLATE.sub("?", name).split("/")[0] for name in names}
        if any("?" in host for host in hosts):
            hosts |= {*_GITHUB_REGISTRIES, "?"}
    found = NO_TOKEN
    for host in hosts.intersection(tool.frame.walk.registries):
        found |= tool.frame.walk.registries[host]
    return found


def _signs(tool: Tool, config: object) -> None:
    why = "signs without a key"
    if config is None:
        if tool.job is None:
            tool.identity_by_declaration(why)
        elif tool.env(*_COSIGN_KEYS) is None and tool.mentions("cosign", "sigstore"):
            tool.need("id-token", why, ANY_TOKEN)
        return
    for key, default in (("signs", "gpg"), ("binary_signs", "gpg"), ("docker_signs", "cosign")):
        for one in items(at(config, key)):
            command = at(one, "cmd") or default
            # Without arguments of its own a docker_sign uses a key.
            arguments = list(strings(at(one, "args"))) or ["--key"]
            keyless = not any(word.startswith(("--key", "-key")) for word in arguments)
            if "cosign" in str(command) and keyless and at(one, "artifacts") != "none":
                tool.need("id-token", why, GITHUB_TOKEN)
