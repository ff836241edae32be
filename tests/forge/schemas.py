"""GitHub's published descriptions of its APIs, and whether an exchange keeps to them.

They are npm packages, found in the folder that ``CLEARANCE_ORACLES`` names. Where they are missing
nothing is validated, and a test that says so by its name is skipped.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from openapi_schema_validator import OAS30Validator

Json = dict[str, Any]
_WITH_SLASHES = {"ref", "path", "branch", "basehead"}
_METHODS = ("get", "post", "put", "patch", "delete")
_ERRORS = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}


def package(name: str) -> Path | None:
    """The folder of an npm package of Octokit's; ``None`` where it is not installed."""
    place = os.environ.get("CLEARANCE_ORACLES")
    folder = Path(place or "/nowhere", "node_modules", "@octokit", name)
    return folder if folder.is_dir() else None


@lru_cache(maxsize=1)
def openapi() -> OpenApi | None:
    """GitHub's OpenAPI description, read once a process."""
    folder = package("openapi")
    if folder is None:
        return None
    path = folder / "generated" / "api.github.com.json"
    return OpenApi(json.loads(path.read_bytes()))


class OpenApi:
    """A description in OpenAPI 3.0; validators are made when they are first needed."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[str, Any] = {}

    @cached_property
    def _operations(self) -> list[tuple[str, re.Pattern[str], str, Json]]:
        found = [
            (method, _pattern(path), path, item[method])
            for path, item in self._document["paths"].items()
            for method in _METHODS
            if method in item
        ]
        # The most literal path is meant where several match, such as `.../secrets/public-key`.
        found.sort(key=lambda one: -len(re.sub(r"\{\w+\}", "", one[2])))
        return found

    def operation(self, method: str, path: str) -> tuple[str, Json, tuple[str, ...]] | None:
        """The path's template, its operation, and the values of the template's parameters."""
        for name, pattern, template, operation in self._operations:
            if name == method.lower() and (found := pattern.fullmatch(path)):
                return template, operation, tuple(unquote(one) for one in found.groups())
        return None

    def _resolved(self, node: Json) -> Json:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def _wrong(self, what: str, schema: Json, instance: object) -> Iterable[str]:
        key = json.dumps(schema, sort_keys=True)
        validator = self._validators.get(key)
        if validator is None:
            # References in it are to the document's components.
            whole = {**schema, "components": self._document["components"]}
            checker = OAS30Validator.FORMAT_CHECKER
            validator = self._validators[key] = OAS30Validator(whole, format_checker=checker)
        for error in list(validator.iter_errors(instance))[:3]:
            place = "/".join(str(part) for part in error.absolute_path)
            yield f"{what}: {place or 'all of it'}: {error.message[:300]}"

    def problems(
        self, method: str, path: str, query: str, request: bytes, status: int, response: bytes
    ) -> list[str]:
        """What is wrong with an exchange; nothing: it keeps to the description."""
        where = f"{method} {path}"
        found = self.operation(method, path)
        if found is None:
            return [f"{where}: GitHub has no such operation"]
        template, operation, values = found
        problems = list(self._request(where, template, operation, values, query, request, status))
        answers = operation["responses"]
        described = self._resolved(answers[str(status)]) if str(status) in answers else None
        if described is None and status < 300:
            problems.append(f"{where}: GitHub never answers {status} here")
        elif status != 304 and (response or status >= 400):
            content = (described or {}).get("content", {}).get("application/json", {})
            schema = content.get("schema", _ERRORS if status >= 300 else {})
            problems += self._wrong(f"{where}: answer {status}", schema, json.loads(response))
        return problems

    def _request(
        self,
        where: str,
        template: str,
        operation: Json,
        values: tuple[str, ...],
        query: str,
        body: bytes,
        status: int,
    ) -> Iterable[str]:
        if status in (400, 401, 403, 404, 422):
            return
        names = re.findall(r"\{(\w+)\}", template)
        given: Mapping[tuple[str, str], str] = {
            **{("path", name): value for name, value in zip(names, values, strict=True)},
            **{("query", name): value for name, value in parse_qsl(query)},
        }
        known = set()
        for one in map(self._resolved, operation.get("parameters", ())):
            place = (one["in"], one["name"])
            known.add(place)
            if place in given:
                schema = self._resolved(one["schema"])
                # Of a span of time, as searches have it, the description knows but its form.
                told = given[place].lstrip("<>=") if one["name"] == "created" else given[place]
                value = _typed(told, schema)
                yield from self._wrong(f"{where}: parameter {one['name']}", schema, value)
        for place in given:
            if place not in known:
                yield f"{where}: there is no parameter {place[1]}"
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body not in (b"", b"{}") and content is None:
            yield f"{where}: takes no body"
        elif content is not None and (body or operation["requestBody"].get("required")):
            schema = content["schema"]
            data = json.loads(body or b"null")
            yield from self._wrong(f"{where}: body", schema, data)
            known_keys = self._resolved(schema).get("properties")
            if known_keys and isinstance(data, dict):
                for key in data.keys() - known_keys.keys():
                    yield f"{where}: body: GitHub knows no {key}"


def _pattern(path: str) -> re.Pattern[str]:
    def group(found: re.Match[str]) -> str:
        return "(.+)" if found[1] in _WITH_SLASHES else "([^/]+)"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", group, re.escape(path)))


def _typed(value: str, schema: Json) -> object:
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value
