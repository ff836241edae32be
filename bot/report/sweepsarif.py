"""The findings of a whole sweep as SARIF 2.1.0: one run, in which each repository is a folder.

Code scanning takes one repository at a time; this log is for tools that look at all of them. A
file's address is ``owner/name/path``, and ``versionControlProvenance`` (3.14.8 of the standard)
says for each folder which repository it is, and which commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.report.jsonformat import dumps
from bot.report.sarif import ROOT, log_head, result, run_head, uri_of
from bot.sweep.record import FindingRecord, Record


def sweep(records: Iterable[Record], server: str) -> Iterator[str]:
    """The log, piece by piece. ``server``: the address of the forge's pages.

    In memory stays what is said of each repository with findings: its name and its commit.

    Raises:
        ValueError: a finding names a rule that there is not.
    """
    yield log_head() + run_head("")
    separator = "\n"
    roots: dict[str, str] = {}
    for record in records:
        for one in record.findings:
            roots[record.repository] = record.head
            yield separator + dumps(_result(record.repository, one))
            separator = ",\n"
    provenance = [_provenance(server, *pair) for pair in roots.items()]
    yield f'\n],"versionControlProvenance":{dumps(provenance)}}}]}}\n'


def _result(repository: str, one: FindingRecord) -> dict[str, Any]:
    return result(uri_of(f"{repository}/{one.path}"), one, max(one.line, 1))


def _provenance(server: str, repository: str, head: str) -> dict[str, Any]:
    folder = uri_of(repository)
    found: dict[str, Any] = {
        "repositoryUri": f"{server}/{folder}",
        "mappedTo": {"uri": f"{folder}/", "uriBaseId": ROOT},
    }
    if head:
        found["revisionId"] = head
    return found
