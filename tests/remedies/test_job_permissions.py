"""The settings of the remedy: what each of them changes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.analysis import FileReport, analyse
from bot.files import Checkout
from bot.permissions.scopes import EVERYWHERE
from bot.permissions.world import World
from bot.remedies import Verdict, job_permissions
from bot.remedies.job_permissions import plain_comment
from bot.remedies.rules import Rules

_HOME = ".github/workflows"
_PUSHES = """\
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: git push --tags
"""
_NARROW = f"on: push\npermissions:\n  contents: read\njobs:\n  a:\n{_PUSHES}"
_CALLED = f"on: workflow_call\njobs:\n  a:\n{_PUSHES}"
_BLOCK = "    permissions:\n      contents: write # pushes tags\n"


def _judge(root: Path, files: Mapping[str, str], rules: Rules) -> FileReport:
    for name, text in files.items():
        path = root / _HOME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return analyse(World(Checkout(root)), f"{_HOME}/x.yml", files["x.yml"].encode(), rules)


def _caller(permissions: str) -> str:
    return f"on: push\njobs:\n  c:\n    permissions: {permissions}\n    uses: ./{_HOME}/x.yml\n"


def test_widen_grants_what_is_missing(tmp_path: Path) -> None:
    report = _judge(tmp_path, {"x.yml": _NARROW}, Rules(job_permissions.Rules(widen=True)))
    assert _BLOCK in report.after


def test_widen_leaves_a_jobs_own_block(tmp_path: Path) -> None:
    text = _NARROW.replace("  a:\n", "  a:\n    permissions: {}\n")
    report = _judge(tmp_path, {"x.yml": text}, Rules(job_permissions.Rules(widen=True)))
    assert not report.changed
    assert report.decisions[0].missing == {"contents": "write"}


_CALLERS = {
    "one-that-grants-all": ([_caller("{contents: write}")], True),
    "one-that-grants-less": ([_caller("{contents: read}")], False),
    "one-of-two-grants-less": ([_caller("{contents: write}"), _caller("{}")], False),
    "one-that-writes-all": ([_caller("write-all")], True),
    "none": ([], False),
}


@pytest.mark.parametrize(("callers", "written"), _CALLERS.values(), ids=_CALLERS)
def test_called_workflows_get_blocks_that_all_callers_cover(
    tmp_path: Path, callers: list[str], written: bool
) -> None:
    files = {"x.yml": _CALLED, **{f"c{n}.yml": text for n, text in enumerate(callers)}}
    report = _judge(tmp_path, files, Rules(job_permissions.Rules(called_workflows=True)))
    assert (_BLOCK in report.after) is written


def test_callers_that_differ_set_the_lower_level(tmp_path: Path) -> None:
    files = {
        "x.yml": _CALLED.replace("      - run: git push --tags\n", ""),
        "c0.yml": _caller("{contents: write}"),
        "c1.yml": _caller("{contents: read}"),
    }
    assert _judge(tmp_path, files, Rules(job_permissions.Rules(called_workflows=True))).changed


def test_scopes_that_a_server_may_not_know_are_held_back(tmp_path: Path) -> None:
    text = _NARROW.replace("permissions:\n  contents: read\n", "").replace(
        "git push --tags", "curl $ACTIONS_ID_TOKEN_REQUEST_URL"
    )
    report = _judge(tmp_path, {"x.yml": text}, Rules(job_permissions.Rules(known=EVERYWHERE)))
    assert not report.changed
    assert report.decisions[0].verdict is Verdict.HELD_BACK


@pytest.mark.parametrize(
    ("top", "narrowed"),
    [
        ("permissions: write-all\n", "permissions: {}\n"),
        ("permissions:\n  contents: write\n  issues: read\n", "permissions: {}\n"),
        ("permissions: {contents: write}\n", "permissions: {}\n"),
        ("permissions: {}\n", "permissions: {}\n"),
    ],
    ids=["word", "block", "flow", "empty"],
)
def test_a_top_level_block_is_narrowed_once_all_jobs_have_their_own(
    tmp_path: Path, top: str, narrowed: str
) -> None:
    text = f"on: push\n{top}jobs:\n  a:\n    permissions: write-all\n{_PUSHES}"
    report = _judge(tmp_path, {"x.yml": text}, Rules(job_permissions.Rules(narrow_top_level=True)))
    assert report.problem == ""
    assert report.after == text.replace(top, narrowed, 1)


def test_a_top_level_block_stays_while_a_job_has_none(tmp_path: Path) -> None:
    text = f"{_NARROW}  b:\n    runs-on: c\n    steps: [{{uses: nobody/knows@v1}}]\n"
    assert not _judge(
        tmp_path, {"x.yml": text}, Rules(job_permissions.Rules(narrow_top_level=True))
    ).changed


@pytest.mark.parametrize(
    ("text", "comment"),
    [("a\nb", "a b"), ("a\u2028permissions: b", "a permissions: b"), ("\x1b[1ma\0", "[1ma")],
    ids=["line-break", "line-separator", "control-characters"],
)
def test_a_comment_is_one_line_of_printable_characters(text: str, comment: str) -> None:
    assert plain_comment(text) == comment
