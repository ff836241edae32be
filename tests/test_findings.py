from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.analysis import NOTHING, FileReport, analyse, judge
from bot.files import Checkout
from bot.findings import ABOUT, Finding, Level, Rule, findings
from bot.permissions.evidence import Beyond, Grade, JobNeeds, Place, Requirement
from bot.permissions.scopes import Grants
from bot.permissions.scopes import Level as Access
from bot.permissions.world import World
from bot.remedies import Decision, Verdict
from bot.remedies.rules import Rules
from tests.samples import BEYOND, LATE, UNPROBED, repository

PATH = ".github/workflows/x.yml"
HERE = Place(PATH, 6)


def _needs(*grants: Grants, grade: Grade = Grade.PROVED) -> JobNeeds:
    return JobNeeds("job", tuple(Requirement(g, "does it", "it", HERE, grade) for g in grants))


def _of(*decisions: Decision, problem: str = "", generator: str = "") -> tuple[Finding, ...]:
    proposal = replace(NOTHING, decisions=decisions)
    return findings(FileReport(PATH, "", "", proposal, problem=problem, generator=generator))


def _found(root: Path, text: str, *rules: Rule) -> list[Finding]:
    """The findings of these rules about a workflow of this text."""
    checkout = Checkout(repository(root, x=text))
    report = judge(World(checkout), PATH, checkout.read_bytes(PATH), Rules())
    return [one for one in findings(report) if one.rule in rules]


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


def test_a_late_step_without_a_probe_is_a_warning_at_its_line(tmp_path: Path) -> None:
    [one] = _found(tmp_path, LATE, Rule.LATE, Rule.UNPROBED)
    assert (one.rule, one.level, one.job, one.line) == (Rule.LATE, Level.WARNING, "publish", 17)
    assert one.message == (
        "Job publish publishes late: runs gh release create (line 18); "
        "nothing asks early whether it may."
    )


def test_a_late_step_that_no_probe_fits_is_a_note_with_the_reason(tmp_path: Path) -> None:
    [one] = _found(tmp_path, UNPROBED, Rule.LATE, Rule.UNPROBED)
    assert (one.rule, one.level) == (Rule.UNPROBED, Level.NOTE)
    assert one.message.endswith(
        "; no probe fits: no job of the file names a GitHub-hosted Ubuntu runner."
    )


def test_publishing_first_of_all_is_not_late(tmp_path: Path) -> None:
    assert _found(tmp_path, LATE.replace("    needs: build\n", ""), Rule.LATE, Rule.UNPROBED) == []


def test_what_a_probe_stands_for_is_no_finding(tmp_path: Path) -> None:
    checkout = Checkout(repository(tmp_path, x=LATE))
    report = analyse(World(checkout), PATH, checkout.read_bytes(PATH), Rules())
    assert _found(tmp_path, report.after, Rule.LATE, Rule.UNPROBED) == []


def test_steps_that_take_the_same_permission_are_one_finding(tmp_path: Path) -> None:
    both = LATE.replace("release create v1", "release create v1 && gh release upload v1 x")
    [one] = _found(tmp_path, both, Rule.LATE)
    assert "runs gh release create (line 18), runs gh release upload (line 18);" in one.message


def test_many_steps_are_not_all_named(tmp_path: Path) -> None:
    many = LATE + "".join(
        f"""\
      - run: gh release upload v1 {n}
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
"""
        for n in range(5)
    )
    [one] = _found(tmp_path, many, Rule.LATE)
    assert ", and 3 more; nothing asks" in one.message


def test_a_late_steps_fingerprint_stays_from_version_to_version(tmp_path: Path) -> None:
    [one] = _found(tmp_path, LATE, Rule.LATE)
    assert one.fingerprint == "50d4ee3a9a77781be7d8988b4bde1ad1"


def test_lines_do_not_change_a_late_steps_fingerprint(tmp_path: Path) -> None:
    found = [_found(tmp_path, text, Rule.LATE)[0] for text in (LATE, f"# Moved\n{LATE}")]
    assert found[0].line + 1 == found[1].line
    assert found[0].fingerprint == found[1].fingerprint


def test_a_call_that_gets_another_token_is_still_a_finding(tmp_path: Path) -> None:
    [one] = _found(tmp_path, BEYOND, Rule.BEYOND)
    assert one.message.endswith(" `clearance fix` names secrets.GH_PAT_TOKEN there.")


def test_a_call_that_keeps_its_token_says_why(tmp_path: Path) -> None:
    text = BEYOND.replace("on: push", "on: pull_request_target").replace(
        "    steps:",
        """\
    steps:
      - uses: actions/checkout@v4
        with:
          ref: ${{ github.event.pull_request.head.sha }}""",
    )
    [one] = _found(tmp_path, text, Rule.BEYOND)
    assert "It keeps its token: its job " in one.message


def test_a_call_keeps_its_fingerprint_whatever_is_done_about_it(tmp_path: Path) -> None:
    [mended] = _found(tmp_path, BEYOND, Rule.BEYOND)
    [beyond] = _of(
        Decision(
            "admin",
            2,
            Verdict.EXPLICIT,
            JobNeeds(
                "admin",
                beyond=(
                    Beyond(
                        "calls POST /repos/{owner}/{repo}/actions/runners/registration-token",
                        "administration: write",
                        HERE,
                    ),
                ),
            ),
        )
    )
    assert mended.fingerprint == beyond.fingerprint


def test_a_remedy_that_is_off_finds_nothing() -> None:
    off = Decision("job", 2, Verdict.PROPOSED, _needs({"contents": "read"}), proposed=None)
    assert _of(off) == ()
