from collections.abc import Mapping

import pytest

from bot.analysis import FileReport
from bot.findings import ABOUT, Finding, Level, Rule, findings
from bot.permissions.evidence import Beyond, Grade, JobNeeds, Place, Requirement
from bot.permissions.scopes import Grants
from bot.permissions.scopes import Level as Access
from bot.remedies import Decision, Verdict

PATH = ".github/workflows/x.yml"
HERE = Place(PATH, 6)


def _needs(*grants: Grants, grade: Grade = Grade.PROVED) -> JobNeeds:
    return JobNeeds("job", tuple(Requirement(g, "does it", "it", HERE, grade) for g in grants))


def _of(*decisions: Decision, problem: str = "", generator: str = "") -> tuple[Finding, ...]:
    return findings(FileReport(PATH, "", "", decisions, problem=problem, generator=generator))


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_is_explained(rule: Rule) -> None:
    assert ABOUT[rule].title
    assert ABOUT[rule].help.endswith(".")


def test_a_job_that_states_its_permissions_is_none() -> None:
    assert _of(Decision("job", 2, Verdict.EXPLICIT, _needs())) == ()


@pytest.mark.parametrize(
    ("missing", "grade", "level"),
    [
        pytest.param({"contents": "write"}, Grade.PROVED, Level.ERROR, id="a-proved-write"),
        pytest.param({"contents": "write"}, Grade.ASSUMED, Level.WARNING, id="an-assumed-write"),
        pytest.param({"contents": "read"}, Grade.PROVED, Level.WARNING, id="a-read"),
    ],
)
def test_how_much_a_missing_permission_matters(
    missing: Mapping[str, Access], grade: Grade, level: Level
) -> None:
    decision = Decision("job", 2, Verdict.LACKING, _needs(missing, grade=grade), missing=missing)
    assert [one.level for one in _of(decision)] == [level]


def test_a_file_without_jobs_can_not_be_read() -> None:
    assert [one.rule for one in _of(problem="it is not YAML")] == [Rule.UNREADABLE]


def test_a_generated_file_is_a_note() -> None:
    assert [(one.rule, one.level) for one in _of(generator="make.py")] == [
        (Rule.GENERATED, Level.NOTE)
    ]


def test_a_call_beyond_the_token_stands_at_its_line() -> None:
    needs = JobNeeds("job", beyond=(Beyond("calls X", "administration: write", HERE),))
    [one] = _of(Decision("job", 2, Verdict.EXPLICIT, needs))
    assert one.line == 6
    assert one.message == (
        "Job job calls X (line 7), which no permission allows GITHUB_TOKEN; "
        "it takes a token with administration: write."
    )


def test_two_calls_beyond_the_token_are_two_findings() -> None:
    calls = tuple(Beyond(f"calls {x}", "administration: write", HERE) for x in "XY")
    found = _of(Decision("job", 2, Verdict.EXPLICIT, JobNeeds("job", beyond=calls)))
    assert len({one.fingerprint for one in found}) == 2


def test_another_file_is_named_with_its_line() -> None:
    place = Place("scripts/x.sh", 0)
    needs = JobNeeds("job", beyond=(Beyond("calls X", "administration: write", place),))
    [one] = _of(Decision("job", 2, Verdict.EXPLICIT, needs))
    assert one.line == 2
    assert "(scripts/x.sh:1)" in one.message


def test_a_fingerprint_stays_from_version_to_version() -> None:
    decision = Decision("job", 2, Verdict.PROPOSED, _needs(), proposed={"contents": "read"})
    assert [one.fingerprint for one in _of(decision)] == ["bf3cc85bcc50cf029d7f375d508919b3"]
