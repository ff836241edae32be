"""What a settings file states: YAML nodes → values that were checked, or a sentence with a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails
    from ruamel.yaml.nodes import MappingNode, Node


class SettingsError(ValueError):
    """A settings file that can't be used; the message is one sentence without the file's name."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a setting's value must look like beyond its type; of a list, each of its texts.

    Attributes:
        write: what to write in its place.
        pattern: what a text is like as a whole, in what Python and ECMAScript have in common.
        least: the smallest number.
        most: the largest one.
    """

    write: str
    pattern: str = ""
    least: int | None = None
    most: int | None = None

    def accepts(self, value: object) -> bool:
        """Whether a value of the right type is of this form."""
        if isinstance(value, int):
            below = self.least is not None and value < self.least
            return not below and (self.most is None or value <= self.most)
        texts = value if isinstance(value, tuple) else (value,)
        return all(one.isprintable() and re.fullmatch(self.pattern or ".*", one) for one in texts)


_PATH = re.compile(r"[^\s:#]{1,200}\.ya?ml")
_LONGEST = 100
"""Characters of a name that a sentence repeats."""
_LINES = "one on a line behind a dash"
# It is put into an expression of a workflow.
_NAME = Form("a name of letters, digits and underscores", "[A-Za-z_][A-Za-z0-9_]*")
_COUNT = Form("a whole number above 0", least=1)
_LIMIT = Form("a whole number, or 0 for no limit", least=0)
# With an underscore where an enterprise manages its users (docs.github.com, "Username
# considerations for external authentication").
_LOGINS = Form(f"a list of logins without @, {_LINES}", "[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
PATTERNS = Form(f"a list of patterns of owner/name or of a name, {_LINES}", r".*\S.*")
"""Of repositories."""
FORMS: Mapping[str, Form] = {
    "server_version": Form("a version, such as 3.17", r"|[0-9]+\.[0-9]+(?:\.[0-9]+)?"),
    # A pattern without a name is an error to pathlib.
    "exclude": Form(f"a list of patterns, {_LINES}", r".*[^./\s].*"),
    "token_secret": _NAME,
    "app_client_id": _NAME,
    "app_private_key": _NAME,
    # What git takes (git-check-ref-format), and GitHub.
    "branch": Form(
        "a name that git takes for a branch, such as clearance/permissions",
        r"(?!(?:HEAD|@|[0-9a-f]{40})$)(?!refs/|[-/.])"
        r"(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]{1,200}",
    ),
    "open_at_once": Form("1, 2 or 3", least=1, most=3),
    "labels": Form(
        f"a list of labels, each of at most 50 characters, {_LINES}", r"(?=.*\S).{1,50}"
    ),
    "reviewers": _LOGINS,
    "team_reviewers": Form(
        f"a list of teams as in their addresses, without the organisation, {_LINES}",
        "[A-Za-z0-9_][A-Za-z0-9_-]{0,99}",
    ),
    "assignees": _LOGINS,
    "content_per_minute": _COUNT,
    "content_per_hour": _COUNT,
    "organisations": _LOGINS,
    "users": _LOGINS,
    "repositories": Form(
        f"a list of repositories as owner/name, {_LINES}",
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}",
    ),
    "search": Form("a query of GitHub's search, such as org:acme pushed:>2026-01-01"),
    "include": PATTERNS,
    "topics": Form(f"a list of topics, {_LINES}", "[A-Za-z0-9][A-Za-z0-9-]{0,49}"),
    "languages": Form(f"a list of languages as GitHub names them, {_LINES}", r".*\S.*"),
    "largest": _LIMIT,
    "pushed_within": _LIMIT,
    "canaries": _LIMIT,
    "workers": _COUNT,
    "scheduler": Form("an address, such as tcp://10.0.0.5:8786", r"\S*"),
    "most_open": _LIMIT,
    "most_new": _LIMIT,
    # From an hour to the same would be never, or always.
    "window": Form(
        "two hours of a day, such as 22-6",
        r"|(?!0?([0-9]+)-0?\1$)(?:[01]?[0-9]|2[0-3])-(?:[01]?[0-9]|2[0-4])",
    ),
}
"""By the names of settings."""
FORMS_OF_SWEEP: Mapping[str, Form] = {**FORMS, "exclude": PATTERNS}
FORMS_OF_OVERRIDE: Mapping[str, Form] = {**FORMS, "repositories": PATTERNS}


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
    # That is what a symbolic link holds, where files are read out of git.
    if _PATH.fullmatch(text):
        raise SettingsError(
            "it holds a path alone, as a symbolic link does, and links are not followed there; "
            "write the settings themselves into it"
        )
    if found is not None and not isinstance(found, MappingNode):
        raise SettingsError("it is not a list of settings; write lines like widen: true")
    return found


def entries(node: MappingNode | None) -> dict[str, tuple[int, Node]]:
    """What a mapping names: name → line, counted from 1, and value.

    Raises:
        SettingsError: a name is there twice, or is none.
    """
    found: dict[str, tuple[int, Node]] = {}
    for key, value in node.value if node is not None else ():
        line = key.start_mark.line + 1
        name = plain(key)
        if not isinstance(name, str):
            raise SettingsError(f"line {line}: a name is missing; write lines like widen: true")
        name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
        if name in found:
            raise SettingsError(f"line {line}: {name} is there twice; remove one")
        found[name] = line, value
    return found


def stated(
    given: Mapping[str, tuple[int, Node]],
    kind: type[object],
    barred: Mapping[str, str] = MappingProxyType({}),
    forms: Mapping[str, Form] = FORMS,
) -> Mapping[str, Any]:
    """The values of settings.

    Args:
        given: as :func:`entries` gives it.
        kind: the dataclass that has them all, with their types.
        barred: those that may not be there → why, and what to do instead.
        forms: what their values must look like.

    Raises:
        SettingsError: one is none, or can't be that.
    """
    from pydantic import ValidationError

    for name, (line, _) in given.items():
        if name in barred:
            raise SettingsError(f"line {line}: {name} {barred[name]}")
    if not given:
        return {}
    told = {name: plain(value) for name, (_, value) in given.items()}
    try:
        settings = _adapter(cast("Any", kind)).validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        sentence = _sentence(kind, name, first, forms)
        raise SettingsError(f"line {given[name][0]}: {sentence}") from None
    found = {name: getattr(settings, name) for name in told}
    for name, value in found.items():
        form = forms.get(name)
        if form is not None and not form.accepts(value):
            raise SettingsError(f"line {given[name][0]}: {name} can't be that; write {form.write}")
    return found


@lru_cache
def _adapter(kind: type[object]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def plain(node: Node, levels: int = 5) -> Any:
    """A node as mappings, lists and texts; None for nothing, and for what is deeper than levels.

    No setting is so deep, and the parser lets through what Python can't recurse into.
    """
    from ruamel.yaml.nodes import MappingNode, ScalarNode

    if isinstance(node, ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    if not levels:
        return None
    if isinstance(node, MappingNode):
        return {str(plain(key, levels - 1)): plain(value, levels - 1) for key, value in node.value}
    return [plain(child, levels - 1) for child in node.value]


def _sentence(kind: type[object], name: str, error: ErrorDetails, forms: Mapping[str, Form]) -> str:
    """What a setting should be, from what pydantic says of it."""
    if error["type"] == "unexpected_keyword_argument":
        known = ", ".join(field.name for field in fields(cast("Any", kind)))
        return f"{name} is no setting; the settings are {known}"
    if error["type"] == "literal_error":
        return f"{name} can't be that; write {error['ctx']['expected'].replace(chr(39), '')}"
    if error["type"].startswith("bool"):
        return f"{name} can't be that; write true or false"
    form = forms.get(name)
    return f"{name} can't be that; write {form.write if form else f'a list of names, {_LINES}'}"
