"""What a settings file states: YAML nodes → values that were checked, or a sentence with a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from ruamel.yaml.nodes import MappingNode, Node


class SettingsError(ValueError):
    """A settings file that can't be used; the message is one sentence without the file's name."""


@dataclass(frozen=True, slots=True)
class _Form:
    """What a setting's value must look like beyond its type, and what to write in its place."""

    accepts: Callable[[Any], bool]
    write: str


_NO_BRANCH = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\A[-/.]|/\.|[/.]\Z|\.lock(?:/|\Z)"
    r"|\A(?:HEAD|@|refs/.*|[0-9a-f]{40})\Z"
)
_MAX_BRANCH = 200


def _is_branch(name: str) -> bool:
    """Whether git takes a branch of this name (git-check-ref-format), and GitHub does."""
    return 0 < len(name) <= _MAX_BRANCH and name.isprintable() and not _NO_BRANCH.search(name)


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


def _each(accepts: Callable[[str], bool]) -> Callable[[tuple[str, ...]], bool]:
    return lambda texts: all(map(accepts, texts))


def _is_label(name: str) -> bool:
    return bool(name.strip()) and len(name) <= 50 and name.isprintable()


_LINES = "one on a line behind a dash"
# It is put into an expression of a workflow.
_NAME = _Form(_matches("[A-Za-z_][A-Za-z0-9_]*"), "a name of letters, digits and underscores")
_COUNT = _Form(lambda count: count > 0, "a whole number above 0")
_LIMIT = _Form(lambda count: count >= 0, "a whole number, or 0 for no limit")
_HOURS = r"|(?:1?\d|2[0-3])-(?:1?\d|2[0-4])"
# With an underscore where an enterprise manages its users (docs.github.com, "Username
# considerations for external authentication").
_LOGINS = _Form(
    _each(_matches(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")), f"a list of logins without @, {_LINES}"
)
_FORMS: Mapping[str, _Form] = {
    "token_secret": _NAME,
    "app_client_id": _NAME,
    "app_private_key": _NAME,
    "exclude": _Form(lambda _: True, f"a list of patterns, {_LINES}"),
    "branch": _Form(
        _is_branch, "a name that git takes for a branch, such as clearance/permissions"
    ),
    "open_at_once": _Form(lambda count: 1 <= count <= 3, "1, 2 or 3"),
    "labels": _Form(_each(_is_label), f"a list of labels, each of at most 50 characters, {_LINES}"),
    "reviewers": _LOGINS,
    "team_reviewers": _Form(
        _each(_matches(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")),
        f"a list of teams as in their addresses, without the organisation, {_LINES}",
    ),
    "assignees": _LOGINS,
    "content_per_minute": _COUNT,
    "content_per_hour": _COUNT,
    "organisations": _LOGINS,
    "users": _LOGINS,
    "repositories": _Form(
        _each(_matches(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")),
        f"a list of repositories as owner/name, {_LINES}",
    ),
    "include": _Form(lambda _: True, f"a list of patterns, {_LINES}"),
    "largest": _LIMIT,
    "pushed_within": _LIMIT,
    "canaries": _LIMIT,
    "workers": _COUNT,
    "most_open": _LIMIT,
    "most_new": _LIMIT,
    "window": _Form(_matches(_HOURS), "two hours of a day, such as 22-6"),
}


def root(text: str) -> MappingNode | None:
    """The settings of a YAML text as nodes; None for an empty one.

    Raises:
        SettingsError: it is no YAML, or no list of settings.
    """
    from ruamel.yaml.nodes import MappingNode

    from bot.workflow.document import DocumentError
    from bot.workflow.document import parse as parse_yaml

    try:
        found = parse_yaml("", text).root
    except DocumentError as error:
        raise SettingsError(str(error)) from None
    if found is not None and not isinstance(found, MappingNode):
        raise SettingsError("it is not a list of settings; write lines like widen: true")
    return found


def stated(
    node: MappingNode | None, kind: type[object], barred: frozenset[str] = frozenset()
) -> Mapping[str, Any]:
    """The settings that a mapping names, with their values.

    Args:
        kind: the dataclass that has them all, with their types.
        barred: those that may not be there.

    Raises:
        SettingsError: one is none, or can't be that.
    """
    if node is None:
        return {}
    from pydantic import TypeAdapter, ValidationError

    lines: dict[str, int] = {}
    for key, _ in node.value:
        name = str(plain(key))
        line = key.start_mark.line + 1
        if name in lines:
            raise SettingsError(f"line {line}: {name} is there twice; remove one")
        if name in barred:
            raise SettingsError(
                f"line {line}: {name} is not for a repository to choose; remove it here,"
                " and write it into the organisation's settings"
            )
        lines[name] = line
    try:
        settings = TypeAdapter(kind).validate_python(plain(node))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(f"line {lines.get(name, 1)}: {_sentence(kind, name, first)}") from None
    found = {name: getattr(settings, name) for name in lines}
    for name, value in found.items():
        form = _FORMS.get(name)
        if form is not None and not form.accepts(value):
            raise SettingsError(f"line {lines[name]}: {name} can't be that; write {form.write}")
    return found


def plain(node: Node) -> Any:
    """A node as mappings, lists and texts; None for nothing. (The parser bounds depth and size.)"""
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    if isinstance(node, ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if isinstance(node, MappingNode):
        return {str(plain(key)): plain(value) for key, value in node.value}
    return [plain(child) for child in node.value]


def _sentence(kind: type[object], name: str, error: ErrorDetails) -> str:
    """What a setting should be, from what pydantic says of it."""
    if error["type"] == "unexpected_keyword_argument":
        known = ", ".join(field.name for field in fields(cast("Any", kind)))
        return f"{name} is no setting; the settings are {known}"
    if error["type"] == "literal_error":
        return f"{name} can't be that; write {error['ctx']['expected'].replace(chr(39), '')}"
    if error["type"].startswith("bool"):
        return f"{name} can't be that; write true or false"
    form = _FORMS.get(name)
    return f"{name} can't be that; write {form.write if form else f'a list of names, {_LINES}'}"
