"""The pictures of jobs: whatever they need, boxes stand apart and lines run to the right."""

import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.sweep.record import FileRecord, JobRecord, Record, State
from tests.report_html.conftest import Open, report_of

_LANGUAGES = ("python", "node", "go", "rust", "java", "ruby", "php", "dotnet")
_READ = ("contents: read",)

# Shape → job → what it needs, and how many lines are drawn.
SHAPES: Mapping[str, tuple[Mapping[str, tuple[str, ...]], int]] = {
    "one job": ({"a": ()}, 0),
    "a chain": ({"a": (), "b": ("a",), "c": ("b",)}, 2),
    "a diamond": ({"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}, 4),
    "implied needs are left out": ({"a": (), "b": ("a",), "c": ("a", "b")}, 2),
    "a long way round": (
        {"a": (), "b": ("a",), "c": ("a",), "d": ("b",), "e": ("c", "d"), "f": ("a", "e")},
        6,
    ),
    "jobs that nobody has": ({"a": ("nobody",), "b": ("a", "constructor")}, 1),
    "a circle": ({"a": ("c",), "b": ("a",), "c": ("b",)}, 2),
    "it needs itself": ({"a": ("a",), "b": ("a", "b")}, 1),
    "a fan is a stack": (
        {"s": (), **{f"t{n}": ("s",) for n in range(38)}, "e": tuple(f"t{n}" for n in range(38))},
        2,
    ),
    "forty jobs": (
        {
            "start": (),
            **{f"lint-{name}": ("start",) for name in _LANGUAGES},
            **{f"unit-{name}": ("start", f"lint-{name}") for name in _LANGUAGES},
            **{f"build-{name}": (f"unit-{name}",) for name in _LANGUAGES},
            **{f"scan-{name}": (f"build-{name}", "start") for name in _LANGUAGES},
            "all": tuple(f"scan-{name}" for name in _LANGUAGES),
            "a": ("all",),
            "b": ("start",),
            "release": ("a", "b", "all"),
            "image": ("build-go",),
            "announce": ("release", "image"),
            "clean": ("release",),
        },
        48,
    ),
}


def _picture(open_page: Open, folder: Path, jobs: tuple[JobRecord, ...]) -> Page:
    file = FileRecord("x.yml", "", "c", ("permissions",), "low", (), jobs)
    path = report_of(folder, [Record("a/b", State.OPENED, files=(file,))])
    opened = open_page(path, "view=repositories&open=0")
    opened.page.locator("table.jobs").wait_for()
    opened.check_quiet()
    return opened.page


def _jobs(needs: Mapping[str, tuple[str, ...]]) -> tuple[JobRecord, ...]:
    return tuple(JobRecord(name, 1, before, None, _READ) for name, before in needs.items())


@pytest.mark.parametrize("shape", SHAPES)
def test_boxes_stand_apart_and_lines_run_right(open_page: Open, tmp_path: Path, shape: str) -> None:
    needs, lines = SHAPES[shape]
    picture = _picture(open_page, tmp_path, _jobs(needs)).locator("svg.graph").last
    boxes = picture.locator(".job-box").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(r => [r.x, r.y, r.right, r.bottom])"
    )
    for one, other in combinations(boxes, 2):
        beside = one[2] <= other[0] or other[2] <= one[0]
        assert beside or one[3] <= other[1] or other[3] <= one[1]
    paths = picture.locator(".edge").evaluate_all("all => all.map(one => one.getAttribute('d'))")
    assert len(paths) == lines
    for path in paths:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
        ends = [numbers[0], *numbers[6::6]]
        assert ends == sorted(ends)


def test_before_knows_nothing_of_what_is_new(open_page: Open, tmp_path: Path) -> None:
    probe = JobRecord("preflight", 3, (), None, ("contents: write",), ("draft-release",), True)
    release = JobRecord("release", 3, ("preflight",), None, ("contents: write",))
    page = _picture(open_page, tmp_path, (probe, release))
    before, after = page.locator("svg.graph").all()
    assert before.locator(".job-id").all_text_contents() == ["release"]
    assert before.locator(".edge").count() == 0
    assert after.locator(".job-added .job-probe").text_content() == "◆ probe: draft-release"
    assert after.locator(".edge").count() == 1


def test_the_table_tells_what_the_picture_tells(open_page: Open, tmp_path: Path) -> None:
    page = _picture(open_page, tmp_path, _jobs(SHAPES["forty jobs"][0]))
    rows = page.locator("table.jobs tbody tr")
    told = {
        row.locator("th code").inner_text(): row.locator("td").first.inner_text()
        for row in rows.all()
    }
    assert told == {
        name: ", ".join(needs) or "—" for name, needs in SHAPES["forty jobs"][0].items()
    }


def test_more_jobs_than_can_be_drawn_stand_in_the_table(open_page: Open, tmp_path: Path) -> None:
    jobs = tuple(JobRecord(f"j{n}", n, (), None, (f"s{n}: read",)) for n in range(61))
    page = _picture(open_page, tmp_path, jobs)
    assert page.locator("svg.graph").count() == 0
    assert page.locator("table.jobs tbody tr").count() == 61
