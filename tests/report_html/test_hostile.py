"""Whatever a record says, the page shows it and does nothing."""

from pathlib import Path

import pytest

from tests.report_html.conftest import Open, report_of
from tests.report_html.hostile import hostile


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_of(tmp_path_factory.mktemp("hostile"), hostile())


def test_nothing_runs_and_nothing_is_asked_for(open_page: Open, path: Path) -> None:
    opened = open_page(path, "view=repositories")
    page = opened.page
    rows = page.locator(".opener")
    assert rows.count() == len(hostile())
    for number in range(rows.count()):
        rows.nth(number).press("Enter")
        page.locator(".is-open .facts").wait_for()
    assert page.evaluate("window.hit") is None
    opened.check_quiet()


def test_nothing_of_it_becomes_an_element(open_page: Open, path: Path) -> None:
    page = open_page(path, "view=repositories&open=0").page
    page.locator(".is-open .facts").wait_for()
    assert page.locator("img, iframe, object, base, form").count() == 0
    kinds = page.locator("script").evaluate_all("all => all.map(one => one.type)")
    assert kinds.count("") == 1
    assert set(kinds) == {"", "application/json"}


@pytest.mark.parametrize("view", ["repositories", "changes"])
def test_links_lead_to_the_web_or_into_the_page(open_page: Open, path: Path, view: str) -> None:
    page = open_page(path, f"view={view}").page
    for number in range(page.locator(".opener").count()):
        page.locator(".opener").nth(number).press("Enter")
        found = page.locator("a[href]").evaluate_all(
            "all => all.map(one => one.getAttribute('href'))"
        )
        assert [one for one in found if not one.startswith(("#", "https://"))] == []
        assert [one for one in found if "secret" in one] == []


def test_what_can_not_be_seen_is_spelled_out(open_page: Open, path: Path) -> None:
    page = open_page(path, "view=repositories").page
    text = page.locator("body").inner_text()
    assert "\\u{202e}gnp.exe" in text
    assert not {"\u202e", "\u2066", "\u200b", "\x1b", "\u2028"} & set(text)


def test_a_huge_name_does_not_push_the_page_wide(open_page: Open, path: Path) -> None:
    page = open_page(path, "view=repositories", width=390).page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_long_diff_is_shown_in_part(open_page: Open, path: Path) -> None:
    number = len(hostile()) - 1
    page = open_page(path, f"view=repositories&open={number}").page
    assert page.locator(".diff tr").count() <= 1201
    page.get_by_role("button", name="Show more of").press("Enter")
    assert 1201 < page.locator(".diff tr").count() <= 2401
    assert page.get_by_text("more characters of this diff").count() == 1


def test_the_policy_forbids_html_and_scripts(open_page: Open, path: Path) -> None:
    page = open_page(path).page
    refused = "try { document.body.innerHTML = '<b>x</b>'; return false } catch { return true }"
    assert page.evaluate(f"() => {{ {refused} }}")
    policy = "trustedTypes.createPolicy('x', { createHTML: text => text })"
    refused = f"try {{ {policy}; return false }} catch {{ return true }}"
    assert page.evaluate(f"() => {{ {refused} }}")
    made = "const one = document.createElement('script'); one.text = 'window.hit = 8'"
    refused = f"try {{ {made}; document.body.append(one) }} catch {{}} return window.hit"
    assert page.evaluate(f"() => {{ {refused} }}") is None
