"""The report of ``scan`` as SARIF 2.1.0, for code scanning: one run a repository.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from urllib.parse import quote

from bot import __version__
from bot.analysis import FileReport
from bot.findings import ABOUT, Finding, Rule
from bot.report import Piece, Summary
from bot.report.escape import visible
from bot.report.jsonformat import dumps
from bot.targets import Repository, Trouble

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_RULES = tuple(Rule)


def body(_: Repository, report: FileReport, found: tuple[Finding, ...]) -> str:
    """A file's results, with a comma between them."""
    uri = quote(report.path, errors="surrogateescape")
    return ",".join(dumps(_result(uri, one)) for one in found)


def whole(
    pieces: Iterable[tuple[Repository, Piece]], summary: Summary, troubles: tuple[Trouble, ...]
) -> Iterator[str]:
    """The log. Paths that nothing could be done with are notifications of the last run."""
    yield f'{{"$schema":{dumps(_SCHEMA)},"version":"2.1.0","runs":['
    several = summary.repositories > 1
    separator = ""
    for repository, of_one in groupby(pieces, key=lambda pair: pair[0]):
        yield f"{separator}{_head(repository.name if several else '')}"
        separator = ""
        for _, one in of_one:
            if one.body:
                yield separator + "\n" + one.body
                separator = ","
        yield "\n]}"
        separator = ","
    if troubles or not summary.files:
        yield f"{separator}{_head('', troubles)}]}}"
    yield "]}\n"


def _head(name: str, troubles: tuple[Trouble, ...] = ()) -> str:
    """A run up to the bracket that opens its results."""
    notifications = [
        {"level": "error", "message": _message(f"{one.path}: {one.what}")} for one in troubles
    ]
    invocation = {
        "executionSuccessful": not troubles,
        "toolExecutionNotifications": notifications,
    }
    run: dict[str, Any] = {"tool": {"driver": _driver()}, "invocations": [invocation]}
    run["originalUriBaseIds"] = {_ROOT: {"description": {"text": "The repository's root."}}}
    if name:
        run["automationDetails"] = {"id": f"clearance/{visible(name)}/"}
    return dumps(run)[:-1] + ',"results":['


def _driver() -> dict[str, Any]:
    return {
        "name": "Clearance",
        "version": __version__,
        "rules": [_rule(rule) for rule in _RULES],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    about = ABOUT[rule]
    return {
        "id": rule,
        "shortDescription": {"text": about.title},
        "fullDescription": {"text": about.help},
        "help": {"text": about.help},
        "defaultConfiguration": {"level": about.level},
    }


def _result(uri: str, one: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": _ROOT},
            "region": {"startLine": one.line + 1},
        }
    }
    if one.job:
        location["logicalLocations"] = [{"name": visible(one.job)}]
    return {
        "ruleId": one.rule,
        "ruleIndex": _RULES.index(one.rule),
        "level": one.level,
        "message": _message(one.message),
        "locations": [location],
        "partialFingerprints": {"clearanceFinding/v1": one.fingerprint},
    }


def _message(text: str) -> dict[str, str]:
    """A plain text, in which brackets would be links and braces placeholders (3.11.5, 3.11.6)."""
    text = visible(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"text": text.replace("{", "{{").replace("}", "}}")}
