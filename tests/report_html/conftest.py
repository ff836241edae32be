"""A browser for the reports. Where there is none, the tests that need it are skipped.

``CLEARANCE_REQUIRE_ORACLES=1``: they fail instead. axe-core is looked for in ``CLEARANCE_ORACLES``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.report.html import write
from bot.sweep.record import Record, Summary
from tests.report_html.samples import records, summary

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REQUIRED = os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1"
COUNT = 200


def missing(what: str) -> None:
    """End a test that lacks something to run with."""
    if REQUIRED:
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@dataclass(slots=True)
class Opened:
    """A page, and all that it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def check_quiet(self) -> None:
        """It said nothing, and asked for nothing but itself."""
        assert self.said == []
        assert [
            one for one in self.asked if one.partition("#")[0] != self.page.url.partition("#")[0]
        ] == []


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        missing("Chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens a file from disk, without a network; whatever it says is an error."""
    contexts = []

    def opened(path: Path, query: str = "", *, width: int = 1280, theme: str = "light") -> Opened:
        scheme = {"light": "light", "dark": "dark"}[theme]
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,  # type: ignore[arg-type]
            offline=True,
        )
        contexts.append(context)
        one = Opened(context.new_page())
        one.page.set_default_timeout(5000)
        one.page.on("console", lambda message: one.said.append(message.text))
        one.page.on("pageerror", lambda error: one.said.append(str(error)))
        one.page.on("dialog", lambda dialog: one.said.append(f"dialog: {dialog.message}"))
        one.page.on("request", lambda request: one.asked.append(request.url))
        one.page.goto(f"{path.as_uri()}{'#' if query else ''}{query}")
        return one

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 200 repositories."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write(records(COUNT), summary(COUNT), path)
    return path


def report_of(folder: Path, found: Iterable[Record], whole: Summary | None = None) -> Path:
    """A report of some records."""
    path = folder / "report.html"
    write(found, whole or Summary("2026-01-31T04:00:12Z", 60.0, {}, 0, 0.0), path)
    return path
