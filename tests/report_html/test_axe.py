"""axe-core, https://github.com/dequelabs/axe-core, finds nothing to complain about."""

import os
from pathlib import Path

import pytest

from tests.report_html.conftest import COUNT, Open, missing, report_of
from tests.report_html.hostile import hostile
from tests.report_html.samples import records

AXE = Path(os.environ.get("CLEARANCE_ORACLES", "")) / "node_modules" / "axe-core" / "axe.min.js"
PROBED = next(
    number
    for number, record in enumerate(records(COUNT))
    if any(job.added for one in record.files for job in one.jobs)
)
VIEWS = {
    "changes": "view=changes",
    "a change": "view=changes&open=0",
    "repositories": "view=repositories",
    "a repository": f"view=repositories&open={PROBED}",
    "nothing found": "view=repositories&q=nothingofthiskind",
}


def _complaints(open_page: Open, path: Path, query: str, theme: str, width: int) -> list[str]:
    if not AXE.is_file():
        missing("axe-core in CLEARANCE_ORACLES")
    page = open_page(path, query, theme=theme, width=width).page
    assert page.locator(".is-open").count() == query.count("open=")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("width", [1280, 390], ids=["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nobody_is_left_out(
    open_page: Open, sample: Path, view: str, theme: str, width: int
) -> None:
    assert _complaints(open_page, sample, VIEWS[view], theme, width) == []


def test_nor_by_hostile_records(open_page: Open, tmp_path: Path) -> None:
    path = report_of(tmp_path, hostile())
    assert _complaints(open_page, path, "view=repositories&open=0", "light", 1280) == []
