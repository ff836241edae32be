"""The settings: from a file, else the defaults. ``config.example.yml`` shows and explains each."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from ruamel.yaml.nodes import MappingNode, Node

    from bot.remedies.rules import Rules

HOME = ".github/clearance.yml"
"""Where a repository keeps its settings."""


_NAMES = ("token_secret", "app_client_id", "app_private_key")
"""Settings that name a secret or a variable."""
_NO_NAME = "can't be that; write a name of letters, digits and underscores"


class SettingsError(ValueError):
    """A settings file that can't be used; the message is one sentence without the file's name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can choose.

    Attributes:
        widen: grant what a job needs beyond the block that applies to it today.
        narrow_top_level: a top-level block becomes ``{}`` once every job has one of its own.
        called_workflows: what is done about workflows that others call.
        server: ``ghes`` writes only scopes that every GitHub Enterprise Server knows.
        exclude: patterns of workflow files that are left alone.
        remedies: those that are applied.
        probes: the kinds of probes that may be written.
        probes_that_only_warn: probes that never fail a run are written too.
        token_strategy: how a call that GITHUB_TOKEN can't make gets another token.
        token_secret: the secret that is named for it.
        app_client_id: the variable with the client id of the app that mints it.
        app_private_key: the secret with that app's key.
    """

    # Read by pydantic, which is imported for a settings file only: it doubles the start-up time.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    widen: bool = False
    narrow_top_level: bool = False
    called_workflows: Literal["leave", "all-callers-here"] = "leave"
    server: Literal["github.com", "ghes"] = "github.com"
    exclude: tuple[str, ...] = ()
    remedies: tuple[Literal["permissions", "preflight", "token"], ...] = (
        "permissions",
        "preflight",
        "token",
    )
    probes: tuple[
        Literal["draft-release", "generate-notes", "refs", "ghcr", "id-token", "token"], ...
    ] = ("draft-release", "generate-notes", "refs", "ghcr", "id-token", "token")
    probes_that_only_warn: bool = True
    token_strategy: Literal["pat", "app"] = "pat"  # noqa: S105 - no password
    token_secret: str = "GH_PAT_TOKEN"  # noqa: S105 - a name
    app_client_id: str = "CLEARANCE_APP_CLIENT_ID"
    app_private_key: str = "CLEARANCE_APP_PRIVATE_KEY"

    def rules(self) -> Rules:
        """What the remedies obey."""
        from bot.probes import Kind
        from bot.remedies import job_permissions, preflight
        from bot.remedies.rules import Remedy, Rules
        from bot.remedies.token.facts import TokenRules

        return Rules(
            job_permissions.Rules(
                widen=self.widen,
                narrow_top_level=self.narrow_top_level,
                called_workflows=self.called_workflows == "all-callers-here",
                everywhere_only=self.server == "ghes",
            ),
            preflight.Rules(frozenset(map(Kind, self.probes)), self.probes_that_only_warn),
            TokenRules(
                self.token_strategy,
                self.token_secret,
                self.app_client_id,
                self.app_private_key,
            ),
            frozenset(map(Remedy, self.remedies)),
        )

    def excludes(self, path: str) -> bool:
        """Whether a workflow file (its path in the repository) is to be left alone.

        A pattern is compared from the path's end: ``generated-*.yml`` meets a file's name.
        """
        return any(PurePosixPath(path).match(pattern) for pattern in self.exclude)


def load(path: Path) -> Settings:
    """The settings of a file that the user names.

    Raises:
        SettingsError: it can't be read, or says something that is no setting.
    """
    from bot.workflow.document import MAX_BYTES

    try:
        with path.open("rb") as stream:
            return read(stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise SettingsError(f"it can't be read ({error.strerror})") from None


def read(data: bytes) -> Settings:
    """The settings of a file's bytes.

    Raises:
        SettingsError: they are no text, or say something that is no setting.
    """
    from bot.workflow.document import DocumentError, decode

    try:
        return parse(decode(data))
    except DocumentError as error:
        raise SettingsError(str(error)) from None


def parse(text: str) -> Settings:
    """The settings that a YAML text states; those that it does not name have their defaults.

    Raises:
        SettingsError: it is not YAML, or says something that is no setting.
    """
    from ruamel.yaml.nodes import MappingNode

    from bot.workflow.document import DocumentError
    from bot.workflow.document import parse as parse_yaml

    try:
        root = parse_yaml("", text).root
    except DocumentError as error:
        raise SettingsError(str(error)) from None
    if root is None:
        return Settings()
    if not isinstance(root, MappingNode):
        raise SettingsError("it is not a list of settings; write lines like widen: true")
    return _checked(root)


def _checked(root: MappingNode) -> Settings:
    from pydantic import TypeAdapter, ValidationError

    lines: dict[str, int] = {}
    for key, _ in root.value:
        name = str(_plain(key))
        if name in lines:
            raise SettingsError(
                f"line {key.start_mark.line + 1}: {name} is there twice; remove one"
            )
        lines[name] = key.start_mark.line + 1
    try:
        settings = TypeAdapter(Settings).validate_python(_plain(root))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(f"line {lines.get(name, 1)}: {_sentence(name, first)}") from None
    for name in _NAMES:
        # It is put into an expression of a workflow.
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", getattr(settings, name)):
            raise SettingsError(f"line {lines[name]}: {name} {_NO_NAME}")
    return settings


def _plain(node: Node) -> Any:
    """A node as mappings, lists and texts; None for nothing. (Depth is bounded by the parser.)"""
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    if isinstance(node, ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, MappingNode):
        return {str(_plain(key)): _plain(value) for key, value in node.value}
    return [_plain(child) for child in node.value]


def _sentence(name: str, error: ErrorDetails) -> str:
    """What a setting should be, from what pydantic says of it."""
    if error["type"] == "unexpected_keyword_argument":
        known = ", ".join(field.name for field in fields(Settings))
        return f"{name} is no setting; the settings are {known}"
    if error["type"] == "literal_error":
        return f"{name} can't be that; write {error['ctx']['expected'].replace(chr(39), '')}"
    if error["type"].startswith("bool"):
        return f"{name} can't be that; write true or false"
    if name in _NAMES:
        return f"{name} {_NO_NAME}"
    what = "patterns" if name == "exclude" else "names"
    return f"{name} can't be that; write a list of {what}, one on a line behind a dash"
