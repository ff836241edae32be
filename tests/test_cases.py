"""The two tables of plain files under ``cases/``: what is rewritten, and what is left alone.

A case is a folder with a small repository whose ``.github/workflows/x.yml`` is judged. ``fix``:
``expected.yml`` is the file afterwards. ``noop``: ``reason.txt`` is part of what is reported.
"""

from pathlib import Path

import pytest

from bot.analysis import FileReport, analyse
from bot.files import Checkout
from bot.permissions.world import World
from bot.remedies import Decision
from bot.remedies.rules import Rules

CASES = Path(__file__).parent / "cases"
WORKFLOW = ".github/workflows/x.yml"


def _folders(table: str) -> list[str]:
    return sorted(folder.name for folder in (CASES / table).iterdir())


def _report(folder: Path) -> FileReport:
    checkout = Checkout(folder)
    return analyse(World(checkout), WORKFLOW, checkout.read_bytes(WORKFLOW), Rules())


def _told(decision: Decision) -> str:
    """All that is known about a job, as text to search in."""
    lacks = [f"{scope}: {level}" for scope, level in (decision.missing or {}).items()]
    unknowns = [f"{u.doubt}: {u.what}" for u in decision.needs.unknowns]
    return "\n".join([decision.verdict, decision.why, *lacks, *unknowns])


@pytest.mark.parametrize("name", _folders("fix"))
def test_fix(name: str) -> None:
    folder = CASES / "fix" / name
    report = _report(folder)
    assert report.problem == ""
    assert report.after.encode() == (folder / "expected.yml").read_bytes()
    assert report.proof is not None


@pytest.mark.parametrize("name", _folders("fix"))
def test_fix_is_done_once(name: str) -> None:
    folder = CASES / "fix" / name
    text = (folder / "expected.yml").read_bytes()
    assert not analyse(World(Checkout(folder)), WORKFLOW, text, Rules()).changed


@pytest.mark.parametrize("name", _folders("noop"))
def test_noop(name: str) -> None:
    folder = CASES / "noop" / name
    report = _report(folder)
    assert not report.changed
    unprobed = [one.reason for one in report.proposal.plan.left]
    told = "\n".join([report.problem, report.generator, *unprobed, *map(_told, report.decisions)])
    assert (folder / "reason.txt").read_text(encoding="utf-8").strip() in told
