"""The report as people use it: from disk, without a network, without a mouse."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.sweep.record import FileRecord, JobRecord, Record, State
from tests.report_html.conftest import COUNT, Open, report_of
from tests.report_html.samples import records, rewrites

STATES = [record.state for record in records(COUNT)]


def _tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def _told(page: Page) -> str:
    return page.get_by_role("status").inner_text()


def test_it_opens_quietly(open_page: Open, sample: Path) -> None:
    opened = open_page(sample)
    expect(opened.page.get_by_role("heading", level=1)).to_have_text(
        "Sweep of 31 January 2026, 04:00 UTC"
    )
    expect(opened.page.locator(".item").first).to_be_visible()
    opened.check_quiet()
    assert len(opened.asked) == 1


def test_without_javascript_the_summary_stands(browser: object, sample: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(sample.as_uri())
    expect(page.get_by_role("heading", name="Time and limits")).to_be_visible()
    expect(page.get_by_text("where JavaScript may run")).to_be_visible()
    context.close()


def test_the_skip_link_leads_to_the_list(open_page: Open, sample: Path) -> None:
    page = open_page(sample).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#list")).to_be_focused()


def test_search_by_keyboard(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories").page
    page.keyboard.press("/")
    page.keyboard.type("northwind-labs search")
    named = sum(r.repository.startswith("northwind-labs/search") for r in records(COUNT))
    expect(page.get_by_role("status")).to_have_text(re.compile(f"^{named} repositor"))


def test_a_facet_by_keyboard_keeps_the_focus(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories").page
    _tab_to(page, "[data-key=state-1]")
    page.keyboard.press("Space")
    count = STATES.count(State.OPENED)
    assert _told(page) == f"{count} repositories that fit the filters"
    expect(page.locator("[data-key=state-1]")).to_be_focused()
    page.keyboard.press("Space")
    assert _told(page).endswith(f"of {COUNT} repositories")


def test_facets_narrow_together_and_values_of_one_widen(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories&state=opened,failed&risk=0").page
    risky = sum(
        record.state in (State.OPENED, State.FAILED) and any(f.risk == "high" for f in record.files)
        for record in records(COUNT)
    )
    assert _told(page) == f"{risky} repositories that fit the filters"
    page.get_by_role("button", name="Clear all filters").press("Enter")
    assert _told(page).endswith(f"of {COUNT} repositories")


def test_the_number_beside_a_value_is_what_it_leaves(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories").page
    label = page.locator("label:has([data-key=remedy-1])")
    number = label.locator(".facet-count").inner_text()
    label.locator("input").press("Space")
    assert _told(page).startswith(f"{number} ")


def test_a_value_shows_what_it_would_add(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories&state=opened").page
    other = page.locator("label:has([data-key=state-2]) .facet-count")
    expect(other).to_have_text(str(STATES.count(State.UPDATED)))


def test_pages_by_keyboard(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories").page
    page.get_by_role("button", name="Next").press("Enter")
    assert _told(page) == f"51–100 of {COUNT} repositories"  # noqa: RUF001
    expect(page.locator("#list")).to_be_focused()


def test_a_repository_opens_and_closes_by_keyboard(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=repositories&risk=0").page
    _tab_to(page, ".opener")
    page.keyboard.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("table.diff")).to_be_visible()
    _tab_to(page, "[data-split=false]")
    page.keyboard.press("Space")
    expect(page.locator("table.diff.unified")).to_be_visible()
    _tab_to(page, ".diff-place")
    _tab_to(page, ".graph-frame .scroll")
    page.locator(".is-open .opener").press("Enter")
    expect(page.locator("table.diff")).to_have_count(0)


def test_a_change_is_one_entry_for_all_its_repositories(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=changes").page
    first = page.locator(".item").first
    count = int(first.locator(".count b").inner_text())
    _tab_to(page, ".opener")
    page.keyboard.press("Enter")
    expect(first.get_by_text(f"{count} repositories, the same change: read one.")).to_be_visible()
    assert first.locator(".members li").count() == count
    _tab_to(page, ".members a")
    page.keyboard.press("Enter")
    expect(page.locator(".items-repositories .is-open .opener")).to_be_focused()


def test_back_leads_back(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=changes").page
    page.get_by_role("link", name="Repositories").first.press("Enter")
    expect(page.locator(".items-repositories")).to_be_visible()
    page.go_back()
    expect(page.locator(".items-changes")).to_be_visible()


def test_an_alarm_leads_to_its_repository(open_page: Open, sample: Path) -> None:
    page = open_page(sample).page
    link = page.locator(".alarms a").first
    name = link.inner_text()
    link.press("Enter")
    expect(page.locator(".is-open .name")).to_have_text(name)
    expect(page.locator(".is-open .alarmed")).to_be_visible()


DIFF = """--- a/x.yml
+++ b/x.yml
@@ -1,5 +1,7 @@
 on: push
 jobs:
   a:
     runs-on: x
+    permissions:
+      contents: write # releases
     steps:
@@ -20,2 +22,3 @@
   b:
     runs-on: x
+    permissions: {contents: write}
"""


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        pytest.param(("contents: write", "why", 4), "runs-on: x", id="a line that is shown"),
        pytest.param(("contents: write", "why", 21), "runs-on: x", id="in another hunk"),
        pytest.param(("contents: write", "why", 12), "contents: write # releases", id="not shown"),
        pytest.param(("packages: read", "why", 12), None, id="neither line nor grant is shown"),
    ],
)
@pytest.mark.parametrize("width", [1280, 390], ids=["side by side", "unified"])
def test_evidence_stands_at_its_line(
    open_page: Open, tmp_path: Path, reason: tuple[str, str, int], line: str | None, width: int
) -> None:
    jobs = (
        JobRecord("a", 3, (), None, (), reasons=(reason,)),
        JobRecord("b", 20, (), None, ()),
    )
    file = FileRecord("x.yml", DIFF, "c", (), "low", (), jobs)
    path = report_of(tmp_path, [Record("o/r", State.OPENED, files=(file,))])
    page = open_page(path, "view=repositories&open=0", width=width).page
    notes = page.locator(".why-row")
    if line is None:
        expect(page.locator("table.jobs .reason")).to_contain_text("line 12")
        expect(notes).to_have_count(0)
        return
    before = notes.locator("xpath=preceding-sibling::tr[1]")
    expect(before.locator(".code").last).to_contain_text(line)
    if reason[2] != 12:
        expect(before.locator(".no").first).to_have_text(str(reason[2]))


def test_both_pictures_show_the_jobs_and_one_the_probes(open_page: Open, tmp_path: Path) -> None:
    [file] = [
        one for one, _ in rewrites() if one.path.endswith("release.yml") and len(one.jobs) > 4
    ]
    path = report_of(tmp_path, [Record("o/r", State.OPENED, files=(file,))])
    page = open_page(path, "view=repositories&open=0").page
    before, after = page.locator("svg.graph").all()
    assert before.locator(".job").count() + 1 == after.locator(".job").count() == len(file.jobs)
    assert before.locator(".job-probe").count() == 0
    assert after.locator(".job-added .job-probe").count() == 2


@pytest.mark.parametrize(("width", "form"), [(1280, "split"), (390, "unified")])
def test_the_diff_fits_the_width(open_page: Open, sample: Path, width: int, form: str) -> None:
    page = open_page(sample, "view=changes&open=0", width=width).page
    expect(page.locator(f"table.diff.{form}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 390])
def test_the_table_of_jobs_is_whole_on_any_screen(
    open_page: Open, sample: Path, width: int
) -> None:
    page = open_page(sample, "view=changes&open=0", width=width).page
    table = page.get_by_role("table", name="Jobs of")
    cells = table.get_by_role("row").nth(2).get_by_role("cell").all()
    boxes = [box for cell in cells if (box := cell.bounding_box())]
    assert len(boxes) >= 3
    assert max(box["x"] + box["width"] for box in boxes) <= width
    tops = {box["y"] for box in boxes}
    assert len(tops) == (1 if width > 1000 else len(boxes))


def test_on_paper_it_is_light_and_whole(open_page: Open, sample: Path) -> None:
    page = open_page(sample, "view=changes&open=0", theme="dark").page
    page.emulate_media(media="print")
    expect(page.locator("table.diff.unified")).to_be_visible()
    expect(page.locator("#search")).to_be_hidden()
    place = page.locator(".diff-place").first
    assert place.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
    assert page.pdf().startswith(b"%PDF")


def test_the_theme_can_be_chosen(open_page: Open, sample: Path) -> None:
    page = open_page(sample, theme="light").page
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.locator("#theme").select_option("dark")
    assert page.evaluate(colour) != light


def test_a_report_of_nothing(open_page: Open, tmp_path: Path) -> None:
    opened = open_page(report_of(tmp_path, []))
    expect(opened.page.get_by_text("There is nothing here.")).to_be_visible()
    opened.check_quiet()


def test_every_rewrite_can_be_drawn(open_page: Open, tmp_path: Path) -> None:
    found = [
        Record(f"o/r{number}", State.OPENED, head="0" * 40, files=(one,), findings=said)
        for number, (one, said) in enumerate(rewrites())
    ]
    opened = open_page(report_of(tmp_path, found), "view=repositories")
    for number, record in enumerate(found):
        opened.page.evaluate("hash => { location.hash = hash }", f"view=repositories&open={number}")
        row = opened.page.locator(".is-open", has_text=record.repository)
        expect(row.locator("table.diff .new").first).to_be_visible()
        jobs = [one for one in record.files[0].jobs if not one.added]
        assert row.locator("table.jobs tbody tr").count() == len(record.files[0].jobs)
        assert row.locator("svg.graph").count() == (2 if jobs else 1)
    opened.check_quiet()
