"""Package managers: what they publish to and install from GitHub Packages, and by OIDC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bot.permissions import follow
from bot.permissions.evidence import Doubt
from bot.permissions.run import Reading
from bot.scripts.shell import Command
from bot.workflow.scope import GITHUB_TOKEN, NO_TOKEN, Tokens

_PACKAGES = (
    (
        "https://docs.github.com/en/packages/managing-github-packages-using-github-actions-workflows/"
        "publishing-and-installing-a-package-with-github-actions"
    ),
)
_NPM_TRUST = (
    "https://docs.npmjs.com/trusted-publishers",
    "https://docs.npmjs.com/generating-provenance-statements",
)
_PYPI_TRUST = (
    "https://github.com/pypi/warehouse/blob/main/docs/user/trusted-publishers/using-a-publisher.md",
)


@dataclass(frozen=True, slots=True)
class _Manager:
    """A package manager.

    Attributes:
        publish: the first words (after its options) that publish.
        install: those that install; ``*`` for every other.
        env: the variables that carry the registry's password.
    """

    publish: tuple[str, ...]
    install: tuple[str, ...]
    env: tuple[str, ...]


_NPM_ENV = ("NODE_AUTH_TOKEN", "NPM_TOKEN", "NPM_AUTH_TOKEN", "YARN_NPM_AUTH_TOKEN")
_MANAGERS = {
    "npm": _Manager(("publish", "pub"), ("ci", "install", "i", "add", "update"), _NPM_ENV),
    "pnpm": _Manager(("publish",), ("install", "i", "add", "update"), _NPM_ENV),
    "yarn": _Manager(("publish", "npm publish"), ("", "install", "add"), _NPM_ENV),
    "bun": _Manager(("publish",), ("install", "i", "add"), ("NPM_CONFIG_TOKEN", *_NPM_ENV)),
    "lerna": _Manager(("publish",), ("bootstrap",), _NPM_ENV),
}
_KEYWORDS = ("--registry", "--publish-url")


def javascript(reading: Reading, command: Command) -> None:
    """``npm publish`` and ``npm ci``, by whichever package manager."""
    program = reading.text(command.words[0]).rpartition("/")[2]
    manager = _MANAGERS[program]
    texts = [reading.text(w) for w in command.words[1:]]
    plain = [t for t in texts if not t.startswith("-")]
    first, two = " ".join(plain[:1]), " ".join(plain[:2])
    tokens = reading.in_env(command, *manager.env)
    if first in manager.publish or two in manager.publish or "publish" in plain[:4]:
        _publish_npm(reading, command, texts, tokens)
    elif first in manager.install and tokens is not None:
        _install(reading, command, program, tokens)


def _publish_npm(
    reading: Reading, command: Command, texts: list[str], tokens: Tokens | None
) -> None:
    if "--dry-run" in texts:
        return
    line = reading.line(command)
    npm_env = reading.frame.scope.env.get("NPM_CONFIG_PROVENANCE")
    provenance = any(t.startswith("--provenance") and t != "--provenance=false" for t in texts)
    if provenance or (npm_env is not None and npm_env.render() == "true"):
        _oidc(reading, "npm publish --provenance", "signs the package's provenance", line)
    if tokens is None:
        # Without a token only trusted publishing is left, which trades the OIDC token for one.
        _oidc(reading, "npm publish", "publishes to npm as a trusted publisher", line)
        return
    reading.frame.need(
        {"packages": "write"},
        "publishes to GitHub Packages",
        "npm publish",
        tokens=tokens,
        sources=_PACKAGES,
        line=line,
    )


def _install(reading: Reading, command: Command, program: str, tokens: Tokens) -> None:
    reading.frame.need(
        {"packages": "read"},
        "installs from GitHub Packages",
        f"{program} install",
        tokens=tokens,
        sources=_PACKAGES,
        line=reading.line(command),
    )


def _oidc(reading: Reading, rule: str, why: str, line: int) -> None:
    sources = _NPM_TRUST if rule.startswith("npm") else _PYPI_TRUST
    reading.frame.need(
        {"id-token": "write"}, why, rule, tokens=GITHUB_TOKEN, sources=sources, line=line
    )


def python(reading: Reading, command: Command) -> None:
    """``uv publish``, ``pdm publish``: without credentials they publish as a trusted publisher."""
    texts = [reading.text(w) for w in command.words[1:]]
    program = reading.text(command.words[0]).rpartition("/")[2]
    if "publish" not in texts[:3] or "--dry-run" in texts:
        return
    flags = {t.split("=")[0] for t in texts}
    given = flags & {"--token", "-t", "--password", "-p", "--username", "-u"}
    env = reading.in_env(command, "UV_PUBLISH_TOKEN", "UV_PUBLISH_PASSWORD", "PDM_PUBLISH_PASSWORD")
    if not given and env is None:
        line = reading.line(command)
        _oidc(reading, f"{program} publish", "publishes to PyPI as a trusted publisher", line)


def by_url(reading: Reading, command: Command) -> None:
    """``dotnet nuget push``, ``gem push``: to GitHub Packages if the address says so."""
    texts = [reading.text(w) for w in command.words]
    line = reading.line(command)
    if "push" not in texts:
        handed = reading.handed(command)
        if any("pkg.github.com" in t for t in texts):
            reading.frame.need(
                {"packages": "read"},
                "installs from GitHub Packages",
                f"{texts[0]} source",
                tokens=handed,
                sources=_PACKAGES,
                line=line,
            )
        return
    sources = _values(texts, ("--source", "-s", "-Source", "--host", "-k", "--key"))
    elsewhere = bool(sources) and all("://" in s and "pkg.github.com" not in s for s in sources)
    tokens = NO_TOKEN
    for word in command.words:
        tokens |= reading.tokens(word)
    if not tokens.any:
        tokens = reading.handed(command)
    if not elsewhere:
        reading.frame.need(
            {"packages": "write"},
            "publishes to GitHub Packages",
            f"{texts[0]} push",
            tokens=tokens,
            sources=_PACKAGES,
            line=line,
        )


def _values(texts: list[str], names: Iterable[str]) -> list[str]:
    """The values of the named options, in either form (``--x v``, ``--x=v``)."""
    wanted = tuple(names)
    found = [after for before, after in pairwise(texts) if before in wanted]
    return found + [t.split("=", 1)[1] for t in texts if t.split("=", 1)[0] in wanted and "=" in t]


_DEPLOYS = ("deploy", "publish", "release:perform", "jreleaser", "publishAllPublications")
_JVM_ENV = ("GITHUB_TOKEN", "GH_TOKEN")


def jvm(reading: Reading, command: Command) -> None:
    """Maven, Gradle, sbt: the build file says where they publish, so a token makes it unknown."""
    texts = [reading.text(w) for w in command.words[1:]]
    tokens = reading.handed(command)
    program = reading.text(command.words[0]).rpartition("/")[2]
    line = reading.line(command)
    publishes = any(word in t for t in texts for word in _DEPLOYS)
    if not tokens.maybe_github:
        follow.code(reading, command, f"{program} {' '.join(texts[:3])}".strip())
    elif publishes and any("GitHubPackages" in t or "GithubPackages" in t for t in texts):
        reading.frame.need(
            {"packages": "write"},
            "publishes to GitHub Packages",
            f"{program} publish",
            tokens=tokens,
            sources=_PACKAGES,
            line=line,
        )
    else:
        reading.frame.unknown(Doubt.SCRIPT, f"{program} {' '.join(texts[:3])}".strip(), line)
