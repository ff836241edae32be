import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from bot.report.sweepsarif import sweep
from bot.sweep.record import FindingRecord, Record, State
from tests.report_html.hostile import hostile
from tests.report_html.samples import records

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)


def _run(found: Iterable[Record]) -> dict[str, Any]:
    log = json.loads("".join(sweep(found, "https://github.com")))
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def _record(path: str = "a b.yml", head: str = "f" * 40) -> Record:
    finding = FindingRecord("missing-permission", "error", path, 7, "release", "It [lacks].", "f1")
    return Record("o/r", State.OPENED, head=head, findings=(finding,))


@pytest.mark.parametrize(
    "found", [list(records(200)), list(hostile()), []], ids=["a sweep", "hostile", "nothing"]
)
def test_it_is_valid(found: list[Record]) -> None:
    assert len(_run(found)["results"]) == sum(len(record.findings) for record in found)


def test_a_result_says_which_file_of_which_repository() -> None:
    [result] = _run([_record()])["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "o/r/a%20b.yml", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 7}
    assert result["partialFingerprints"] == {"clearanceFinding/v1": "f1"}
    assert result["message"]["text"] == "It \\[lacks\\]."


def test_each_repository_is_named_once_with_its_commit() -> None:
    assert _run([_record(), _record("other.yml")])["versionControlProvenance"] == [
        {
            "repositoryUri": "https://github.com/o/r",
            "mappedTo": {"uri": "o/r/", "uriBaseId": "%SRCROOT%"},
            "revisionId": "f" * 40,
        }
    ]


def test_a_commit_that_is_not_known_is_not_named() -> None:
    [one] = _run([_record(head="")])["versionControlProvenance"]
    assert "revisionId" not in one


def test_a_rule_that_there_is_not_is_an_error() -> None:
    finding = FindingRecord("odd", "note", "x.yml", 1, "", "", "")
    with pytest.raises(ValueError, match="odd"):
        _run([Record("o/r", State.OPENED, findings=(finding,))])
