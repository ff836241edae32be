"""The report of ``scan`` as SARIF 2.1.0, for code scanning: one run a repository.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Protocol
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
ROOT = "%SRCROOT%"
_RULES = tuple(Rule)


def body(_: Repository, report: FileReport, found: tuple[Finding, ...]) -> str:
    """A file's results, with a comma between them."""
    uri = uri_of(report.path)
    return ",".join(dumps(result(uri, one, one.line + 1)) for one in found)


def whole(
    pieces: Iterable[tuple[Repository, Piece]], summary: Summary, troubles: tuple[Trouble, ...]
) -> Iterator[str]:
    """The log. Paths that nothing could be done with are notifications of the last run."""
    yield log_head()
    several = summary.repositories > 1
    separator = ""
    for repository, of_one in groupby(pieces, key=lambda pair: pair[0]):
        yield f"{separator}{run_head(repository.name if several else '')}"
        separator = ""
        for _, one in of_one:
            if one.body:
                yield separator + "\n" + one.body
                separator = ","
        yield "\n]}"
        separator = ","
    if troubles or not summary.files:
        yield f"{separator}{run_head('', troubles)}]}}"
    yield "]}\n"


def run_head(name: str, troubles: tuple[Trouble, ...] = ()) -> str:
    """A run up to the bracket that opens its results. ``name``: of what was scanned, if needed."""
    notifications = [
        {"level": "error", "message": _message(f"{one.path}: {one.what}")} for one in troubles
    ]
    invocation = {
        "executionSuccessful": not troubles,
        "toolExecutionNotifications": notifications,
    }
    run: dict[str, Any] = {"tool": {"driver": _driver()}, "invocations": [invocation]}
    run["originalUriBaseIds"] = {ROOT: {"description": {"text": "The repository's root."}}}
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


class Said(Protocol):
    """What a result is made of: a finding, or the record of one."""

    @property
    def rule(self) -> str:
        """One of :class:`bot.findings.Rule`."""

    @property
    def level(self) -> str:
        """One of :class:`bot.findings.Level`."""

    @property
    def job(self) -> str:
        """The job's id, or the empty text."""

    @property
    def message(self) -> str:
        """Text of workflows may stand in it."""

    @property
    def fingerprint(self) -> str:
        """The same from run to run."""


def log_head() -> str:
    """A log up to the bracket that opens its runs."""
    return f'{{"$schema":{dumps(_SCHEMA)},"version":"2.1.0","runs":['


def uri_of(path: str) -> str:
    """A path as a relative reference, with the bytes that it has on disk."""
    try:
        return quote(path, errors="surrogateescape")
    except UnicodeEncodeError:  # no path at all: half of a surrogate pair
        return quote(path, errors="replace")


def result(uri: str, one: Said, line: int) -> dict[str, Any]:
    """A result. ``uri``: of the file, from the root; ``line``: from 1.

    Raises:
        ValueError: there is no such rule.
    """
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": ROOT},
            "region": {"startLine": line},
        }
    }
    if one.job:
        location["logicalLocations"] = [{"name": visible(one.job)}]
    return {
        "ruleId": one.rule,
        "ruleIndex": _RULES.index(Rule(one.rule)),
        "level": one.level,
        "message": _message(one.message),
        "locations": [location],
        "partialFingerprints": {"clearanceFinding/v1": one.fingerprint},
    }


def _message(text: str) -> dict[str, str]:
    """A plain text, in which brackets would be links and braces placeholders (3.11.5, 3.11.6)."""
    text = visible(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return {"text": text.replace("{", "{{").replace("}", "}}")}
