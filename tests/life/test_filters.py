import re
import time
from fnmatch import translate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.life.filters import events, matches
from bot.workflow.document import parse
from bot.workflow.reader import read_workflow

BRANCH = "clearance/permissions"
PATH = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        # GitHub's own examples, from "Filter pattern cheat sheet".
        pytest.param("feature/*", "feature/my-branch", True, id="star"),
        pytest.param("feature/*", "feature/beta/my-branch", False, id="star-stops-at-a-slash"),
        pytest.param("feature/**", "feature/beta-a/my-branch", True, id="two-stars-go-on"),
        pytest.param("main", "main", True, id="a-name"),
        pytest.param("main", "maintenance", False, id="the-whole-name"),
        pytest.param("*", "main", True, id="any-without-a-slash"),
        pytest.param("*", "a/b", False, id="none-with-a-slash"),
        pytest.param("**", "all/the/branches", True, id="all"),
        pytest.param("*feature", "ver-10-feature", True, id="star-in-front"),
        pytest.param("*feature", "feature", True, id="star-for-nothing"),
        pytest.param("v2*", "v2", True, id="star-behind-for-nothing"),
        pytest.param("v[12].[0-9]+.[0-9]+", "v1.10.1", True, id="versions"),
        pytest.param("v[12].[0-9]+.[0-9]+", "v3.10.1", False, id="a-digit-not-listed"),
        pytest.param("v[12].[0-9]+.[0-9]+", "v1..1", False, id="plus-is-at-least-one"),
        pytest.param("*.jsx?", "page.js", True, id="question-mark-none"),
        pytest.param("*.jsx?", "page.jsx", True, id="question-mark-one"),
        pytest.param("*.jsx?", "page.jsxx", False, id="question-mark-not-two"),
        pytest.param("**.js", "src/js/app.js", True, id="two-stars-and-an-ending"),
        pytest.param("docs/**/*.md", "docs/README.md", True, id="no-folder-between"),
        pytest.param("docs/**/*.md", "docs/a/markdown/file.md", True, id="folders-between"),
        pytest.param("docs/**/*.md", "docsa/file.md", False, id="another-folder"),
        pytest.param("**/docs/**", "space/docs/plan/space.doc", True, id="a-folder-anywhere"),
        pytest.param("**/README.md", "README.md", True, id="at-the-root-too"),
        pytest.param("**/*src/**", "my-src/code/js/app.js", True, id="the-end-of-a-folder's-name"),
        # What is written there in words.
        pytest.param("a\\*b", "a*b", True, id="escaped-star"),
        pytest.param("a\\*b", "axb", False, id="escaped-star-is-no-star"),
        pytest.param("a!b", "a!b", True, id="exclamation-mark-inside-is-one"),
        pytest.param("a.b", "axb", False, id="dot-is-a-dot"),
        pytest.param("[CB]at", "Bat", True, id="letters"),
        pytest.param("[0-9a-z]", "-", False, id="ranges-don't-list-their-dash"),
        # What is not told there.
        pytest.param("a[bc", "ab", None, id="open-bracket"),
        pytest.param("a[]", "a", None, id="empty-bracket"),
        pytest.param("[a-\U0010ffff]", "b", None, id="endless-range"),
        pytest.param("a" * 257, "a" * 257, None, id="endless-pattern"),
    ],
)
def test_a_pattern(pattern: str, name: str, found: bool | None) -> None:
    assert matches(pattern, name) is found


_TEXT = st.text(alphabet="ab./-*", max_size=8)


@given(_TEXT.filter(lambda text: "**" not in text), st.text(alphabet="ab.-", max_size=8))
def test_single_stars_are_those_of_fnmatch_where_no_slash_is(pattern: str, name: str) -> None:
    assert matches(pattern, name) is bool(re.match(translate(pattern), name))


@given(st.text(alphabet="ab./-+?*[]!\\", max_size=12), st.text(alphabet="ab./-", max_size=12))
def test_what_one_star_matches_two_do(pattern: str, name: str) -> None:
    if "\\" not in pattern and matches(pattern, name):
        assert matches(re.sub(r"(?<![*\[])\*(?![*/\]])", "**", pattern), name) is not False


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_pattern_has_an_answer(pattern: str, name: str) -> None:
    assert matches(pattern, name) in (True, False, None)


def test_a_pattern_of_stars_takes_no_time() -> None:
    start = time.process_time()
    assert matches("*a" * 128, "a" * 900 + "b") is False
    assert time.process_time() - start < 2


def _workflow(on: str) -> str:
    return f"on:\n{on}\njobs:\n  a: {{runs-on: x, steps: []}}\n"


@pytest.mark.parametrize(
    ("on", "found"),
    [
        pytest.param("  push:", ("push",), id="no-filter"),
        pytest.param("  [push, pull_request]", ("push",), id="in-a-list"),
        pytest.param("  push", ("push",), id="a-text"),
        pytest.param("  pull_request:", (), id="another-event"),
        pytest.param("  workflow_run: {workflows: [a]}", (), id="the-end-of-another-workflow"),
        pytest.param("  create:", ("create",), id="created"),
        pytest.param("  [create, push]", ("push", "create"), id="both"),
        pytest.param("  push: {branches: [main]}", (), id="another-branch"),
        pytest.param("  push: {branches: main}", (), id="another-branch-without-a-list"),
        pytest.param("  push: {branches: ['**']}", ("push",), id="all-branches"),
        pytest.param("  push: {branches: ['*']}", (), id="all-without-a-slash"),
        pytest.param("  push: {branches: ['clear*/*']}", ("push",), id="these-branches"),
        pytest.param("  push: {branches: ['**', '!clearance/**']}", (), id="taken-out"),
        pytest.param(
            "  push: {branches: ['**', '!clearance/**', '*/perm*']}", ("push",), id="put-in-again"
        ),
        pytest.param("  push: {branches: ['!main']}", (), id="nothing-is-put-in"),
        pytest.param("  push: {branches: ['[']}", ("push",), id="a-pattern-that-can't-be-told"),
        pytest.param("  push: {branches: []}", ("push",), id="an-empty-filter"),
        pytest.param("  push: {branches-ignore: [main]}", ("push",), id="another-is-ignored"),
        pytest.param("  push: {branches-ignore: ['*/*']}", (), id="it-is-ignored"),
        pytest.param("  push: {branches-ignore: ['[']}", ("push",), id="perhaps-it-is-ignored"),
        pytest.param("  push: {tags: ['v*']}", (), id="tags-alone"),
        pytest.param("  push: {tags-ignore: ['v*']}", (), id="ignored-tags-alone"),
        pytest.param("  push: {tags: ['v*'], branches: ['**']}", ("push",), id="tags-and-branches"),
        pytest.param("  push: {paths: [src/**]}", (), id="other-paths"),
        pytest.param("  push: {paths: ['.github/**']}", ("push",), id="these-paths"),
        pytest.param("  push: {paths: ['**', '!**/*.yml']}", (), id="paths-taken-out"),
        pytest.param("  push: {paths-ignore: ['docs/**']}", ("push",), id="others-are-ignored"),
        pytest.param("  push: {paths-ignore: ['.github/**']}", (), id="they-are-ignored"),
        pytest.param("  push: {paths: [src/**], tags: ['v*']}", (), id="paths-and-tags-alone"),
    ],
)
def test_events(on: str, found: tuple[str, ...]) -> None:
    workflow = read_workflow(parse("x.yml", _workflow(on)))
    assert events(workflow, BRANCH, [PATH], new=True) == found


@pytest.mark.parametrize(
    ("on", "changed", "new", "found"),
    [
        pytest.param("  push: {paths: [src/**]}", None, True, ("push",), id="any-path"),
        pytest.param("  push: {paths-ignore: ['**']}", None, True, ("push",), id="none-is-ignored"),
        pytest.param(
            "  push: {paths-ignore: ['.github/**']}", [PATH, "a.py"], True, ("push",), id="one-left"
        ),
        pytest.param(
            "  push: {paths: ['**', '!**/*.yml']}", [PATH, "a.py"], True, ("push",), id="one-put-in"
        ),
        pytest.param("  [create, push]", [PATH], False, ("push",), id="nothing-is-created"),
    ],
)
def test_events_of_other_pushes(
    on: str, changed: list[str] | None, new: bool, found: tuple[str, ...]
) -> None:
    workflow = read_workflow(parse("x.yml", _workflow(on)))
    assert events(workflow, BRANCH, changed, new=new) == found


def test_more_patterns_than_people_write_are_not_tried() -> None:
    many = ", ".join(["a"] * 501)
    workflow = read_workflow(parse("x.yml", _workflow(f"  push: {{branches: [{many}]}}")))
    assert events(workflow, BRANCH, [PATH], new=True) == ("push",)
