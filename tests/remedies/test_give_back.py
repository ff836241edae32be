"""What a run has failed without is given back to its job, and nothing else to anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.analysis import FileReport
from bot.findings import findings
from bot.life import marks
from bot.life.contexts import Push
from bot.permissions.evidence import Lost
from bot.remedies import Verdict
from bot.settings import Settings
from bot.snapshot import Snapshot, Study, study

CI = ".github/workflows/ci.yml"
OTHER = ".github/workflows/other.yml"
WRITE = Lost(CI, "test", "contents", "write", 7, 1, "denied")
ISSUES = replace(WRITE, scope="issues")
HEAD = "on: push\npermissions: {}\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
TAIL = "    steps:\n      - run: ./publish.sh\n"
WHY = "# a run failed without it"


def looked(
    text: str,
    *lost: Lost,
    settings: Settings | None = None,
    refused: frozenset[str] = frozenset(),
    more: dict[str, str] | None = None,
) -> Study:
    files = {CI: text, **(more or {})}
    told = {path: one.encode() for path, one in files.items()}
    snapshot = Snapshot("octo/demo", tuple(sorted(files)), told, {}, lost)
    return study(snapshot, settings or Settings(), refused, Push("main", "octo/demo"))


def report(text: str, *lost: Lost, **more: object) -> FileReport:
    found = looked(text, *lost, **more)  # type: ignore[arg-type]
    (one,) = (one for one in found.reports if one.path == CI)
    assert not one.problem
    return one


def block(text: str) -> str:
    """A workflow whose job has this block."""
    return HEAD + text + TAIL


_FORMS = {
    "a scope that is not there": (
        "    permissions:\n      actions: read # x\n      packages: read # y\n",
        (
            f"    permissions:\n      actions: read # x\n      contents: write {WHY}\n"
            "      packages: read # y\n"
        ),
    ),
    "the first of its block": (
        "    permissions:\n      issues: read\n",
        f"    permissions:\n      contents: write {WHY}\n      issues: read\n",
    ),
    "a level that was lower": (
        "    permissions:\n      contents: read\n",
        f"    permissions:\n      contents: write {WHY}\n",
    ),
    "a level that was none": (
        "    permissions:\n      contents: none\n",
        f"    permissions:\n      contents: write {WHY}\n",
    ),
    "a block that gave nothing, whose comment is no longer true": (
        "    permissions: {} # the job's token is not used\n",
        f"    permissions:\n      contents: write {WHY}\n",
    ),
    "quotes and indentation of the file": (
        "    'permissions':\n        'actions': 'read'\n",
        f"    'permissions':\n        'actions': 'read'\n        contents: write {WHY}\n",
    ),
    "comments between the lines": (
        (
            "    permissions:\n      # a cache\n      actions: write\n\n      # the tests\n"
            "      checks: write\n"
        ),
        (
            "    permissions:\n      # a cache\n      actions: write\n\n      # the tests\n"
            f"      checks: write\n      contents: write {WHY}\n"
        ),
    ),
}


@pytest.mark.parametrize(("before", "after"), _FORMS.values(), ids=_FORMS)
def test_the_block_gets_it(before: str, after: str) -> None:
    assert report(block(before), WRITE).after == block(after)


def test_line_ends_are_those_of_the_file() -> None:
    text = block("    permissions: {}\n").replace("\n", "\r\n")
    after = report(text, WRITE, ISSUES).after
    assert f"permissions:\r\n      contents: write {WHY}\r\n      issues: write {WHY}\r\n" in after


def test_the_program_s_own_comment_makes_way_for_the_new_one() -> None:
    steps = "      - run: gh release list\n        env:\n          GH_TOKEN: ${{ github.token }}\n"
    bare = HEAD + TAIL + steps
    told = report(bare.replace("permissions: {}\n", "")).after
    assert "contents: read # runs gh release list\n" in told
    after = report(told, WRITE).after
    assert after == told.replace("contents: read # runs gh release list", f"contents: write {WHY}")


_UNKNOWN = {
    "flow style": "    permissions: {contents: read}\n",
    "a word for all": "    permissions: read-all\n",
    "an anchor": "    permissions: &p\n      contents: read\n",
    "a level with somebody's comment": (
        "    permissions:\n      contents: read # never write, SEC-12\n"
    ),
    "an empty block with somebody's comment": "    permissions: {} # keep\n",
    "an alias for a level": "    permissions:\n      actions: &r read\n      contents: *r\n",
}


@pytest.mark.parametrize("before", _UNKNOWN.values(), ids=_UNKNOWN)
def test_a_block_in_another_form_is_left_alone_and_told(before: str) -> None:
    found = report(block(before), WRITE)
    assert not found.changed
    assert found.decisions[0].verdict is Verdict.LACKING
    assert found.decisions[0].missing == {"contents": "write"}


def test_a_job_without_a_block_gets_one_beyond_what_the_file_gives() -> None:
    text = HEAD.replace("{}", "\n  contents: read") + TAIL
    after = report(text, WRITE).after
    assert f"    permissions:\n      contents: write {WHY}\n" in after


def test_no_more_than_was_lost_is_given_beyond_what_the_file_gives() -> None:
    text = HEAD.replace("{}", "\n  contents: read") + TAIL + "      - run: gh pr merge 1\n"
    text += "        env: {GH_TOKEN: '${{ github.token }}'}\n"
    assert not report(text, WRITE).changed


def test_what_else_a_block_lacks_is_not_given() -> None:
    text = block("    permissions: {}\n") + "      - run: gh pr merge 1\n"
    text += "        env: {GH_TOKEN: '${{ github.token }}'}\n"
    found = report(text, ISSUES)
    assert found.decisions[0].proposed == {"issues": "write"}
    assert found.decisions[0].missing


def test_it_is_told_why_it_is_given_and_not_why_more_would_be() -> None:
    text = block("    permissions: {}\n") + "      - run: gh pr merge 1\n"
    text += "        env: {GH_TOKEN: '${{ github.token }}'}\n"
    lost = replace(WRITE, scope="pull-requests", level="read")
    assert f"      pull-requests: read {WHY}\n" in report(text, lost).after


def test_what_it_holds_does_not_make_up_for_what_it_lacks() -> None:
    text = block("    permissions:\n      contents: write\n") + "      - run: gh pr merge 1\n"
    text += "        env: {GH_TOKEN: '${{ github.token }}'}\n"
    found = report(text, WRITE)
    assert found.decisions[0].verdict is Verdict.LACKING


def test_a_job_that_another_repeats_is_left_alone() -> None:
    text = block("    permissions: {}\n").replace("test:", "test: &j") + "  twin: *j\n"
    found = report(text, WRITE)
    assert not found.changed
    assert found.decisions[0].verdict is Verdict.LACKING


@pytest.mark.parametrize(
    "other",
    [replace(WRITE, job="deploy"), replace(WRITE, path=OTHER)],
    ids=["another job", "another file"],
)
def test_what_another_job_lacked_is_not_given(other: Lost) -> None:
    text = block("    permissions: {}\n") + "  deploy:\n    uses: ./x.yml\n    permissions: {}\n"
    assert not report(text, other).changed


def test_the_job_beside_it_gets_nothing() -> None:
    text = block("    permissions: {}\n")
    twin = text[text.index("  test:") :].replace("test:", "twin:")
    assert report(text + twin, WRITE).after.endswith(twin)


def test_what_a_job_holds_is_not_given() -> None:
    assert not report(block("    permissions:\n      contents: write\n"), WRITE).changed


def test_no_block_is_put_on_top_for_it() -> None:
    text = block("    permissions: {}\n").replace("permissions: {}\njobs", "jobs")
    after = report(text, WRITE).after
    assert after.startswith("on: push\njobs:\n")
    assert WHY in after


def test_a_second_run_changes_nothing() -> None:
    after = report(block("    permissions: {}\n"), WRITE).after
    assert report(after, WRITE).after == after


def test_a_no_is_a_no() -> None:
    text = block("    permissions: {}\n")
    refused = frozenset(marks.marks(looked(text, WRITE).reports))
    found = looked(text, WRITE, refused=refused)
    assert not found.reports[0].changed
    assert marks.held(found.reports) == 1


def test_a_no_to_one_scope_is_none_to_another() -> None:
    text = block("    permissions: {}\n")
    refused = frozenset(marks.marks(looked(text, WRITE).reports))
    found = report(text, WRITE, ISSUES, refused=refused)
    assert found.decisions[0].proposed == {"issues": "write"}


def test_what_a_caller_does_not_give_is_not_given() -> None:
    text = block("    permissions: {}\n").replace("on: push", "on: [push, workflow_call]")
    assert not report(text, WRITE).changed


def test_a_scope_that_the_server_may_not_know_is_not_given() -> None:
    lost = replace(WRITE, scope="attestations")
    assert report(block("    permissions: {}\n"), lost).changed
    ghes = Settings(server="ghes")
    assert not report(block("    permissions: {}\n"), lost, settings=ghes).changed


def test_without_the_remedy_nothing_is_given_and_what_lacks_is_told() -> None:
    off = Settings(remedies=("preflight", "token"))
    found = report(block("    permissions: {}\n"), WRITE, settings=off)
    assert not found.changed
    assert found.decisions[0].verdict is Verdict.LACKING
    (one,) = findings(found)
    assert "does not hold contents: write" in one.message


def test_a_no_holds_where_no_block_applies_to_the_job_any_more() -> None:
    refused = frozenset(marks.marks(looked(block("    permissions: {}\n"), WRITE).reports))
    text = block("").replace("permissions: {}\n", "")
    found = report(text, WRITE, refused=refused)
    assert found.decisions[0].verdict is Verdict.HELD_BACK
    assert not found.changed
    assert report(text, WRITE).changed


def test_a_log_s_words_are_not_in_the_file() -> None:
    evil = replace(WRITE, words="evil } ${{ secrets.X }} # words")
    found = report(block("    permissions: {}\n"), evil)
    assert found.changed
    assert "evil" not in found.after


def test_what_is_given_is_told_with_its_run() -> None:
    assert looked(block("    permissions: {}\n"), WRITE).lost == (WRITE,)
    assert looked(block("    permissions: write-all\n"), WRITE).lost == ()
