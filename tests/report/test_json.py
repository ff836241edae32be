import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from tests.samples import ALL, BEYOND, IMPLICIT, LATE, UNDECIDED, UNPROBED, repository


def _document(root: Path, **workflows: str) -> dict[str, Any]:
    target = str(repository(root, **workflows))
    result = CliRunner().invoke(app, ["scan", target, "--format", "json"])
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def _job(root: Path, text: str) -> dict[str, Any]:
    [file] = _document(root, x=text)["files"]
    [job] = file["jobs"]
    assert isinstance(job, dict)
    return job


def test_a_job_that_gets_a_block(tmp_path: Path) -> None:
    job = _job(tmp_path, IMPLICIT)
    assert {key: job[key] for key in ("job", "line", "verdict", "held", "proposed", "missing")} == {
        "job": "release",
        "line": 3,
        "verdict": "proposed",
        "held": None,
        "proposed": {"contents": "write"},
        "missing": None,
    }
    [evidence] = [one for one in job["evidence"] if one["rule"] == "gh release create"]
    assert (evidence["line"], evidence["grants"]) == (7, {"contents": "write"})


@pytest.mark.parametrize(
    ("text", "key", "entry"),
    [
        pytest.param(
            UNDECIDED,
            "unknowns",
            {
                "doubt": "action that is neither in the table nor at hand",
                "what": "nobody/has-read-this@v1",
            },
            id="unknown",
        ),
        pytest.param(
            BEYOND,
            "beyond",
            {
                "call": "calls POST /repos/{owner}/{repo}/actions/runners/registration-token",
                "permission": "administration: write",
                "remedy": "`clearance fix` names secrets.GH_PAT_TOKEN there",
                "mended": True,
            },
            id="beyond",
        ),
    ],
)
def test_what_else_is_known(tmp_path: Path, text: str, key: str, entry: dict[str, str]) -> None:
    [one] = _job(tmp_path, text)[key]
    assert {name: one[name] for name in entry} == entry
    assert one["path"] == ".github/workflows/x.yml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            LATE,
            {
                "probe": "draft-release",
                "host": None,
                "refusal": "a refusal fails the run",
                "no_probe": None,
            },
            id="probed",
        ),
        pytest.param(
            UNPROBED,
            {
                "probe": None,
                "host": None,
                "refusal": None,
                "no_probe": "no job of the file names a GitHub-hosted Ubuntu runner",
            },
            id="no-probe-fits",
        ),
    ],
)
def test_what_publishes_late(tmp_path: Path, text: str, told: dict[str, str | None]) -> None:
    [file] = _document(tmp_path, x=text)["files"]
    [build, publish] = file["jobs"]
    assert build["late"] == []
    assert publish["late"] == [
        {
            "why": "runs gh release create",
            "rule": "gh release create",
            "permission": "contents: write",
            "path": ".github/workflows/x.yml",
            "line": 18,
            "step": "Run gh release create v1",
            **told,
        }
    ]


def test_what_a_probe_needs_is_evidence_about_its_job(tmp_path: Path) -> None:
    text = LATE.replace("contents: read", "contents: write")
    build, _ = _document(tmp_path, x=text)["files"][0]["jobs"]
    grants = [one["grants"] for one in build["evidence"] if one["rule"] == "preflight probe"]
    assert grants == [{"contents": "write"}]


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    [file] = _document(tmp_path, x="a: [")["files"]
    assert file["problem"].startswith("it is not YAML")
    assert [one["rule"] for one in file["findings"]] == ["unreadable-file"]


def test_the_summary_counts_the_findings(tmp_path: Path) -> None:
    document = _document(tmp_path, **ALL)
    rules = [one["rule"] for file in document["files"] for one in file["findings"]]
    assert document["summary"] == {
        "repositories": 1,
        "files": 7,
        "jobs": 7,
        "failing": 3,
        "rules": {rule: rules.count(rule) for rule in sorted(set(rules))},
    }


def test_hostile_text_is_kept_and_is_ascii(tmp_path: Path) -> None:
    target = str(repository(tmp_path, x=ALL["hostile"]))
    output = CliRunner().invoke(app, ["scan", target, "--format", "json"]).stdout
    assert output.isascii()
    assert "##[" not in output
    [file] = json.loads(output)["files"]
    what = file["jobs"][0]["unknowns"][0]["what"]
    assert what == "nobody/x@\x1b[31m##[error]%0A::add-mask::z\u202e"
