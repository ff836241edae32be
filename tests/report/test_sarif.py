import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.samples import ALL, IMPLICIT, LACKING, LATE, UNDECIDED, UNPROBED, repository

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8")
)


def _log(*targets: Path) -> dict[str, Any]:
    arguments = ["scan", *map(str, targets), "--format", "sarif"]
    log: dict[str, Any] = json.loads(CliRunner().invoke(app, arguments).stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(log)
    return log


def _results(root: Path, **workflows: str) -> list[dict[str, Any]]:
    [run] = _log(repository(root, **workflows))["runs"]
    results: list[dict[str, Any]] = run["results"]
    return results


def test_every_kind_of_finding_is_valid(tmp_path: Path) -> None:
    results = _results(tmp_path, **ALL, late=LATE, unprobed=UNPROBED, unreadable="a: [")
    assert {one["ruleId"] for one in results} == {
        "beyond-token",
        "held-back",
        "implicit-permissions",
        "late-publishing",
        "missing-permission",
        "undecided",
        "unprobed",
        "unreadable-file",
    }


def test_the_schema_refuses_what_is_wrong() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({"version": "2.1.0", "runs": [{}]})


def test_nothing_found_is_a_run_without_results(tmp_path: Path) -> None:
    assert _results(tmp_path, x=ALL["explicit"]) == []


def test_each_repository_is_a_run_of_its_own(tmp_path: Path) -> None:
    roots = [repository(tmp_path / name, x=IMPLICIT) for name in ("a", "b")]
    runs = _log(*roots)["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == [
        f"clearance/{root}/" for root in roots
    ]


def test_paths_that_nothing_can_be_done_with_are_notifications(tmp_path: Path) -> None:
    root = repository(tmp_path / "x", x=IMPLICIT)
    invocation = _log(root, tmp_path / "none")["runs"][1]["invocations"][0]
    assert not invocation["executionSuccessful"]
    [notification] = invocation["toolExecutionNotifications"]
    assert "No such file" in notification["message"]["text"]


def test_a_result(tmp_path: Path) -> None:
    [result] = _results(tmp_path, x=LACKING)
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "Job release uses and does not hold contents: write (runs gh release create)."
    )
    [location] = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": ".github/workflows/x.yml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5},
    }


def test_brackets_and_braces_of_a_workflow_are_no_links(tmp_path: Path) -> None:
    text = UNDECIDED.replace("has-read-this", "[x](1)/{0}")
    [result] = _results(tmp_path, x=text)
    assert "nobody/\\[x\\](1)/{{0}}@v1" in result["message"]["text"]


class TestFingerprint:
    def _of(self, root: Path, text: str, name: str = "x") -> str:
        [result] = _results(root, **{name: text})
        fingerprint: str = result["partialFingerprints"]["clearanceFinding/v1"]
        return fingerprint

    def test_lines_do_not_change_it(self, tmp_path: Path) -> None:
        moved = self._of(tmp_path / "b", f"# a comment\n\n{IMPLICIT}")
        assert self._of(tmp_path / "a", IMPLICIT) == moved

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            pytest.param("  release:", "  publish:", id="another-job"),
            pytest.param("gh release create v1", "gh issue create", id="other-grants"),
        ],
    )
    def test_what_it_is_about_changes_it(self, tmp_path: Path, old: str, new: str) -> None:
        other = self._of(tmp_path / "b", IMPLICIT.replace(old, new))
        assert self._of(tmp_path / "a", IMPLICIT) != other

    def test_another_file_changes_it(self, tmp_path: Path) -> None:
        assert self._of(tmp_path / "a", IMPLICIT) != self._of(tmp_path / "b", IMPLICIT, "y")
