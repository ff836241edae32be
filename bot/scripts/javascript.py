"""What a script for actions/github-script, or a file of JavaScript, asks of the API.

``read`` gives a :class:`ScriptCalls`: the calls of the API (by Octokit's name, by method and path,
or as a GraphQL document), the files that it requires, the commands that it runs, and what could
not be followed. Text that is not known is :data:`bot.hole.HOLE`; so are GitHub's
expressions (``${{ }}``), which may stand anywhere in the script. Lines count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.hole import HOLE
from bot.scripts.javascript_facts import (
    ApiCall,
    Client,
    Command,
    File,
    Known,
    Part,
    Required,
    ScriptCalls,
    Value,
)
from bot.scripts.javascript_values import Program

__all__ = ["ApiCall", "Command", "Required", "ScriptCalls", "read"]

# A script without any of these words asks nothing, and need not be parsed.
_WORTH_READING = re.compile(
    r"github|octokit|require|import\b|exec|spawn|fetch|axios|getIDToken", re.IGNORECASE
)
_API = re.compile(r"https://(?:api|uploads)\.github\.com(?=[/?]|$)|\ufffc?/(?:api/v3/)?repos/")
_VERBS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
_TOKEN = re.compile(r"\b(?:GITHUB_TOKEN|GH_TOKEN|github[._-]token)\b", re.IGNORECASE)
_NUMBERS = ("issue_number", "pull_number", "number")
_HARMLESS_PROPERTIES = frozenset({"getOctokit", "hook", "log"})
_HARMLESS_CALLEES = ("console.", "core.", "JSON.", "Object.keys", "Boolean", "String")
_SHELLS = frozenset({"child_process.exec", "child_process.execSync"})
_COMMANDS = _SHELLS | {
    "exec.exec",
    "exec.getExecOutput",
    "child_process.execFile",
    "child_process.execFileSync",
    "child_process.spawn",
    "child_process.spawnSync",
}


@dataclass(slots=True)
class _Reading:
    program: Program
    calls: dict[ApiCall, None] = field(default_factory=dict)
    files: dict[tuple[str, int], bool] = field(default_factory=dict)
    commands: dict[Command, None] = field(default_factory=dict)
    id_token: dict[int, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)

    def problem(self, node: int, text: str) -> None:
        self.unknown[f"line {self.program.line(node) + 1}: {text}"] = None


def read(script: str) -> ScriptCalls:
    """What ``script`` asks of the API. Never raises; what is no JavaScript is ``unknown``."""
    if not _WORTH_READING.search(script):
        return ScriptCalls()
    program = Program(script)
    reading = _Reading(program)
    if program.problem:
        reading.unknown[program.problem] = None
    for index, node in enumerate(program.nodes):
        visit = _VISITS.get(node.kind)
        if visit is not None:
            visit(reading, index)
    files = tuple(
        Required(line, *_file(name), given=given) for (name, line), given in reading.files.items()
    )
    return ScriptCalls(
        tuple(reading.calls),
        files,
        tuple(reading.commands),
        tuple(reading.id_token),
        tuple(reading.unknown),
    )


def _file(name: str) -> tuple[str, Literal["workspace", "script"]]:
    inside = name.removeprefix("$GITHUB_WORKSPACE/")
    return (inside, "script" if inside == name else "workspace")


def _visit_call(reading: _Reading, index: int) -> None:
    program = reading.program
    callee = program.field(index, "function") or program.field(index, "constructor")
    values = program.value_of(callee)
    for value in _sorted(values):
        if isinstance(value, Client):
            _client_call(reading, index, value)
        elif isinstance(value, Known):
            _known_call(reading, index, value)
    for value in _sorted(program.value_of(index)):
        if isinstance(value, File) and any(isinstance(v, Known) for v in values):
            reading.files.setdefault((value.name, program.line(index)), False)
    arguments = program.arguments(index)
    if any(program.holds_client(argument) for argument in arguments):
        _handed_on(reading, index, callee)
    foreign = any(isinstance(v, Known) and v.name.startswith("npm:") for v in values)
    if foreign and any(_TOKEN.search(program.text(argument)) for argument in arguments):
        reading.problem(index, f"a token goes to {_shown(program, callee)}")


def _handed_on(reading: _Reading, index: int, callee: int | None) -> None:
    """A client goes into a call: is what is called known?"""
    program = reading.program
    values = program.value_of(callee)
    for value in _sorted(values):
        if isinstance(value, File):
            keys = [key for key in reading.files if key[0] == value.name]
            for key in keys or [(value.name, program.line(index))]:
                reading.files[key] = True
            if HOLE in value.name:
                reading.problem(index, "the client goes to a file whose name is not known")
        elif isinstance(value, Known) and value.name.startswith(_HARMLESS_CALLEES):
            continue
        elif not (isinstance(value, Client) or program.is_function(value)):
            reading.problem(index, f"the client goes to {_shown(program, callee)}")
    if not values:
        reading.problem(index, f"the client goes to {_shown(program, callee)}")


def _shown(program: Program, node: int | None) -> str:
    text = "" if node is None else " ".join(program.text(node).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _client_call(reading: _Reading, index: int, client: Client) -> None:
    program = reading.program
    path = _endpoint(client.path)
    arguments = program.arguments(index)
    first = arguments[0] if arguments else None
    options = arguments[1] if len(arguments) > 1 else None
    if path[:1] == ("graphql",):
        _graphql_call(reading, index, client, first)
    elif path[:1] in (("request",), ("paginate",)):
        _route_call(reading, index, client, first, options)
    elif len(path) == 2 and path[0] not in _HARMLESS_PROPERTIES:
        _add(reading, index, client, first, octokit=".".join(path))
    elif path[:1] and path[0] in _HARMLESS_PROPERTIES:
        return
    elif not _is_endpoint(path):
        shown = ".".join(path) or "the client itself"
        reading.problem(index, f"{shown} is called")


def _endpoint(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[1:] if path[:1] == ("rest",) else path


def _sorted(values: Iterable[Value]) -> list[Value]:
    """In an order that is the same in every run."""
    return sorted(values, key=repr)


def _is_endpoint(path: tuple[str, ...]) -> bool:
    """``issues.list.endpoint.merge()`` asks nothing: it makes the options of a later request."""
    return len(path) > 2 and path[2] in ("endpoint", "defaults")


def _graphql_call(reading: _Reading, index: int, client: Client, first: int | None) -> None:
    program = reading.program
    documents = program.literals(first) or program.literals(_entries(program, first).get("query"))
    _add_documents(reading, index, client, documents)


def _add_documents(
    reading: _Reading, index: int, client: Client, documents: tuple[str, ...]
) -> None:
    if not documents or HOLE in documents:
        reading.problem(index, "the GraphQL document is not known")
    for document in documents:
        _add(reading, index, client, None, document=document)


def _route_call(
    reading: _Reading, index: int, client: Client, first: int | None, options: int | None
) -> None:
    """``request`` and ``paginate``: a route as text, as an object, or a method of Octokit."""
    program = reading.program
    found = False
    for value in _sorted(program.value_of(first)):
        path = _endpoint(value.path) if isinstance(value, Client) else ()
        if isinstance(value, Client) and len(path) == 2:
            _add(reading, index, value, options or first, octokit=".".join(path))
            found = True
    routes = list(program.literals(first))
    entries = _entries(program, first)
    if "url" in entries:
        method = program.literal(entries["method"]) if "method" in entries else "GET"
        options = first
        routes += [f"{method or HOLE} {url}" for url in program.literals(entries["url"])]
    for route in routes:
        _add_route(reading, index, client, route, options)
    if not found and not routes:
        reading.problem(index, f"{_shown(program, first) or 'nothing'} is requested")


def _add_route(
    reading: _Reading, index: int, client: Client, route: str, options: int | None
) -> None:
    word, _, path = route.strip().partition(" ")
    if word.upper() not in _VERBS:
        word, path = "GET", route.strip()
    if path.strip().strip("/") == "graphql":
        query = _entries(reading.program, options).get("query")
        _add_documents(reading, index, client, reading.program.literals(query))
    elif not path or word == HOLE or path == HOLE:
        reading.problem(index, "the route of a request is not known")
    else:
        _add(reading, index, client, options, method=word.upper(), path=path.strip())


def _add(
    reading: _Reading,
    index: int,
    client: Client,
    options: int | None,
    *,
    octokit: str = "",
    method: str = "",
    path: str = "",
    document: str = "",
) -> None:
    program = reading.program
    entries = _entries(program, options)
    key = next((k for k in _NUMBERS if k in entries), "")
    call = ApiCall(
        line=program.line(index),
        octokit=octokit,
        method=method,
        path=path,
        document=document,
        owner=_own(program, entries.get("owner"), "{owner}"),
        repo=_own(program, entries.get("repo"), "{repo}"),
        number_key=key,
        number=_number(program, entries[key]) if key else "",
        token=client.token,
    )
    reading.calls[call] = None


def _entries(program: Program, node: int | None) -> Mapping[str, int]:
    """The entries of an object, those of objects spread in it too."""
    found: dict[str, int] = {}
    queue = [] if node is None else [node]
    seen: set[int] = set()
    while queue:
        for value in program.value_of(queue.pop()):
            if isinstance(value, Part) and value.node not in seen:
                seen.add(value.node)
                for key, child in program.entries(value.node):
                    if key == "...":
                        queue.append(child)
                    else:
                        found[key] = child
    return found


def _own(program: Program, node: int | None, own: str) -> str | None:
    if node is None:
        return None
    text = program.literal(node)
    if text is None:
        return HOLE
    return None if text == own else text


def _number(program: Program, node: int) -> str:
    names = [v.name for v in program.value_of(node) if isinstance(v, Known)]
    return names[0] if len(names) == 1 else _shown(program, node)


def _known_call(reading: _Reading, index: int, known: Known) -> None:
    program = reading.program
    name = known.name
    arguments = program.arguments(index)
    if name in _COMMANDS:
        text = program.literal(arguments[0]) if arguments else None
        reading.commands[
            Command(
                program.line(index),
                HOLE if text is None else text,
                None if name in _SHELLS else _argument_list(program, arguments),
                name in _SHELLS,
            )
        ] = None
    elif name == "core.getIDToken":
        reading.id_token[program.line(index)] = None
    elif name == "fetch" or name.partition(".")[0] == "axios":
        _web_call(reading, index, name, arguments)


def _argument_list(program: Program, arguments: list[int]) -> tuple[str | None, ...] | None:
    if len(arguments) < 2:
        return None
    values = list(program.value_of(arguments[1]))
    if len(values) != 1 or not isinstance(values[0], Part):
        return (None,)
    node = program.nodes[values[0].node]
    if node.kind != "array":
        return None
    return tuple(program.literal(child) for child in node.children)


def _web_call(reading: _Reading, index: int, name: str, arguments: list[int]) -> None:
    """``fetch(url, options)``, ``axios(options)``, ``axios.post(url, data, options)``."""
    program = reading.program
    entries: dict[str, int] = {}
    for argument in arguments:
        entries.update(_entries(program, argument))
    url = program.literal(arguments[0]) if arguments else None
    url = url if url is not None else program.literal(entries.get("url"))
    headers = _entries(program, entries.get("headers"))
    token = headers.get("Authorization", headers.get("authorization"))
    method = program.literal(entries.get("method")) or name.partition(".")[2] or "GET"
    if url is not None and _API.match(url):
        shown = "" if token is None else _shown(program, token)
        client = Client(shown)
        _add_route(reading, index, client, f"{method} {url}", None)
    elif token is not None and (url is None or url.startswith(HOLE)):
        reading.problem(index, "a token goes to an address that is not known")


def _visit_subscript(reading: _Reading, index: int) -> None:
    program = reading.program
    key = program.field(index, "index")
    objects = program.value_of(program.field(index, "object"))
    if any(isinstance(v, Client) for v in objects) and program.literal(key) is None:
        reading.problem(index, f"{_shown(program, index)} is not known")


def _visit_container(reading: _Reading, index: int) -> None:
    """A client in a list, or spread into an object, is lost from sight."""
    for child in reading.program.nodes[index].children:
        if reading.program.holds_client(child):
            reading.problem(index, "the client goes into a list or another object")
            return


_VISITS: Mapping[str, Callable[[_Reading, int], None]] = {
    "call_expression": _visit_call,
    "new_expression": _visit_call,
    "subscript_expression": _visit_subscript,
    "array": _visit_container,
    "spread_element": _visit_container,
    "yield_expression": _visit_container,
    "throw_statement": _visit_container,
}
