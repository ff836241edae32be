"""The settings as a JSON Schema, for editors: ``python -m bot.schema`` prints it.

It is stricter than the program in one thing: a text that YAML takes for a number or for nothing
must be quoted.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from bot.operator import FOR_ALL, Operator, Override
from bot.stated import FORMS, FORMS_OF_OVERRIDE, FORMS_OF_SWEEP, Form
from bot.sweep.settings import SweepSettings

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n     +.+)*)$", re.MULTILINE)


def schema() -> dict[str, Any]:
    """What an operator's file may say; a repository's own says less."""
    from pydantic import TypeAdapter

    made = TypeAdapter(Operator).json_schema()
    parts = made["$defs"]
    _complete(made, Operator, FORMS)
    # 3.17 without quotes, which is read as it is written.
    made["properties"]["server_version"]["type"] = ["string", "number"]
    _complete(parts["SweepSettings"], SweepSettings, FORMS_OF_SWEEP)
    override = parts["Override"]
    _complete(override, Override, FORMS_OF_OVERRIDE)
    override["properties"]["server_version"]["type"] = ["string", "number"]
    for name in FOR_ALL:
        del override["properties"][name]
    for one in override["properties"].values():
        # It is what the settings for all say.
        one.pop("default", None)
    override["required"] = ["repositories"]
    override["properties"]["repositories"]["minItems"] = 1
    return {"$schema": _DIALECT, "title": "Clearance", **made}


def text() -> str:
    """The schema as a file."""
    return json.dumps(schema(), indent=2) + "\n"


def _complete(part: dict[str, Any], kind: type[object], forms: Mapping[str, Form]) -> None:
    """Put in what types don't tell: forms and descriptions."""
    part.pop("title", None)
    part["description"] = _plain(inspect.getdoc(kind) or "").partition("\n")[0]
    said = _said(kind)
    for name, one in part["properties"].items():
        one.pop("title", None)
        one["description"] = said[name]
        form = forms.get(name)
        if form is not None:
            _shape(one.get("items", one), form)


def _shape(one: dict[str, Any], form: Form) -> None:
    if form.pattern:
        one["pattern"] = f"^(?:{form.pattern})$"
    if form.least is not None:
        one["minimum"] = form.least
    if form.most is not None:
        one["maximum"] = form.most


def _said(kind: type[object]) -> Mapping[str, str]:
    """What the docstrings of a dataclass, and of what it is made of, say of each field."""
    docs = (inspect.getdoc(one) or "" for one in reversed(kind.__mro__) if one is not object)
    return {
        name: _plain(re.sub(r"\s+", " ", words))
        for doc in docs
        for name, words in _ATTRIBUTE.findall(doc)
    }


def _plain(words: str) -> str:
    return words.replace("``", "`")


if __name__ == "__main__":
    sys.stdout.write(text())
