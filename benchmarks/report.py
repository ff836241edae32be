"""How fast the HTML report of a sweep is, in headless Chromium from disk, and what it costs.

Usage: python benchmarks/report.py [--rounds N] [NUMBER ...]

NUMBER: repositories (1,000 and 10,000 if none is given). Two reports of each: of an organisation
whose changes repeat, as they do, and one where each file is different. Chromium is the program
``chromium`` on the PATH, with a fresh context each time. A time is the median of the rounds:

- first paint: the browser's own ``first-contentful-paint``, and until the first row was painted;
- loaded: until the last byte was parsed;
- a filter, a search, an opened repository: from the event to the frame after it was painted.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from playwright.sync_api import Browser, sync_playwright

from bot.report.html import write
from bot.sweep.record import Record
from tests.report_html.conftest import FLAGS
from tests.report_html.samples import records, summary

_WATCH = """
const seen = new MutationObserver(() => {
  if (!document.querySelector(".item .opener")) return;
  seen.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.firstRow = performance.now() }));
});
seen.observe(document, { childList: true, subtree: true });
"""
_PAINTED = """
act => new Promise(done => {
  const start = performance.now();
  act();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})
"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')"
_FILTER = "() => document.querySelector('[data-key=state-1]').click()"
_OPEN = "() => document.querySelector('.item:has(.cell-risk > *) .opener').click()"
_SEARCH = """
() => {
  const box = document.getElementById("search");
  box.value = "billing";
  box.dispatchEvent(new Event("input"));
}
"""
_SEARCH_DELAY = 80
"""Milliseconds that the page waits for more letters."""


class Times(NamedTuple):
    """Milliseconds; memory of the page's script in MB."""

    paint: float
    first_row: float
    loaded: float
    filter: float
    search: float
    open: float
    heap: float


def distinct(found: Iterator[Record]) -> Iterator[Record]:
    """The same records, with a line in each diff that no other has."""
    for record in found:
        files = tuple(
            replace(one, diff=f"{one.diff} # {record.repository}\n") for one in record.files
        )
        yield replace(record, files=files)


def measure(browser: Browser, path: Path) -> Times:
    """Open a report once."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(f"{path.as_uri()}#view=repositories")
    # The page's policy forbids eval, and so Playwright's own waiting.
    for known in ("window.firstRow", f"{_PAINT}[0]"):
        while not page.evaluate(f"() => Boolean({known})"):
            page.wait_for_timeout(50)
    paint = page.evaluate(f"{_PAINT}[0].startTime")
    loaded = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    filtered = page.evaluate(f"() => ({_PAINTED})({_FILTER})")
    page.evaluate(_FILTER)
    search = _search(page.evaluate)
    opened = page.evaluate(f"() => ({_PAINTED})({_OPEN})")
    heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
    times = Times(paint, page.evaluate("window.firstRow"), loaded, filtered, search, opened, heap)
    context.close()
    return times


def _search(evaluate: object) -> float:
    waiting = """
    act => new Promise(done => {
      const start = performance.now();
      const list = document.querySelector(".items");
      new MutationObserver((_, self) => {
        self.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      }).observe(list, { childList: true });
      act();
    })
    """
    taken: float = evaluate(f"() => ({waiting})({_SEARCH})")  # type: ignore[operator]
    return taken - _SEARCH_DELAY


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("numbers", nargs="*", type=int, default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no chromium on the PATH.")
    print("| repositories | files | MB | written, s | first paint, ms | first row | loaded |"
          " filter | search | open | heap, MB |")  # fmt: skip
    print("|--:|:--|" + "--:|" * 9)
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for number in options.numbers:
            for kind, made in (("repeat", iter), ("differ", distinct)):
                path = Path(folder) / "report.html"
                whole, found = summary(number), list(made(records(number)))
                start = time.perf_counter()
                write(found, whole, path)
                written = time.perf_counter() - start
                rounds = [measure(browser, path) for _ in range(options.rounds)]
                medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
                shown = " | ".join(f"{value:.0f}" for value in medians)
                size = path.stat().st_size / 1e6
                print(f"| {number:,} | {kind} | {size:.1f} | {written:.2f} | {shown} |")
        browser.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nPeak memory of this Python: {peak} MB")


if __name__ == "__main__":
    main()
