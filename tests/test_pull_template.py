"""A repository's template for pull requests: filled in, and harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.pull_template import Topic, fill
from tests.hostile import HOSTILE
from tests.writeup_support import flat, inert

TEXTS = {topic: Markup("Said of {}.").format(topic) for topic in Topic}


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Description", Topic.WHAT),
        ("What does this PR do?", Topic.WHAT),
        (":sparkles: Summary", Topic.WHAT),
        ("Changes", Topic.WHAT),
        ("Motivation and Context", Topic.WHY),
        ("Why", Topic.WHY),
        ("Testing", Topic.TESTING),
        ("How Has This Been Tested?", Topic.TESTING),
        ("Related issues", Topic.ISSUES),
        ("Fixes", Topic.ISSUES),
        ("Types of changes", Topic.KIND),
        ("Type of change", Topic.KIND),
        ("Breaking changes", Topic.BREAKING),
        ("Checklist:", Topic.CHECKLIST),
    ],
)
@pytest.mark.parametrize("form", ["## {}", "**{}**", "{}\n---", "### {} ###"])
def test_what_a_heading_asks_for_is_said_below_it(title: str, topic: Topic, form: str) -> None:
    filled = fill(f"{form.format(title)}\n\nPlease say something.\n", TEXTS)
    assert filled.endswith(f"\n\nSaid of {topic}.")


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        pytest.param("<!-- say -->\n<!-- more", "", id="comments-are-left-out"),
        pytest.param(
            "## Screenshots\n\n![old](https://x.example/a.png)\n",
            "## Screenshots\n\nold",
            id="images-are-words",
        ),
        pytest.param(
            "## Screenshots\n\n## Other\n\nText.",
            "## Screenshots\n\n*Not filled in: nothing that was read says it.*\n\n## Other\n\n"
            "Text.",
            id="an-empty-section-is-said-to-be-so",
        ),
        pytest.param("- [x] I did\n", "- [ ] I did", id="no-box-is-ticked"),
        pytest.param(
            "## What\n\nPlease say.\n\n- [ ] I did\n",
            "## What\n\nSaid of what.\n\n- [ ] I did",
            id="boxes-stay-below-what-is-said",
        ),
        pytest.param(
            "## What\n\n## Description\n\nMore.\n",
            "## What\n\nSaid of what.\n\n## Description\n\nMore.",
            id="nothing-is-said-twice",
        ),
        pytest.param("Fixes #12", "Fixes `#12`", id="no-issue-is-closed"),
        pytest.param("cc @team", "cc `@team`", id="nobody-is-called"),
        pytest.param("See KEY-12.", "See `KEY-12.`", id="no-other-tracker"),
        pytest.param("<details><summary>More</summary>\n</details>", "More", id="html-is-left-out"),
        pytest.param(
            "Read [the guide](https://x.example/a?b=c) and [this](../b.md)",
            "Read [the guide](https://x.example/a?b=c) and this",
            id="links-to-the-web-stay",
        ),
        pytest.param("[a](javascript:alert)", "a", id="other-links-do-not"),
        pytest.param("`a`@b", "`a` `@b`", id="code-beside-code"),
        pytest.param("```sh\nmake\n```", "```\nmake\n```", id="a-block-of-code"),
        pytest.param("1. a\n2) b\n  - c", "1. a\n2. b\n  - c", id="lists"),
        pytest.param("a *b* <c> | d", r"a \*b\* \| d", id="marks-are-text"),
    ],
)
def test_what_becomes_of_a_template(template: str, filled: str) -> None:
    assert fill(template, TEXTS) == filled


def test_a_template_has_a_length() -> None:
    filled = fill("## Other\n\nSome words.\n" * 5_000, TEXTS)
    assert filled.endswith("*The rest of the template is left out.*")
    assert len(filled) < 7_000


LINES = st.lists(
    st.text(st.characters(exclude_categories=[]), max_size=30)
    | st.text("`|\\ @#<>[]()!*_~&:/-=+.1\tahttpsGHw", max_size=30)
    | st.sampled_from([*HOSTILE, "## What", "```", "---", "- [x] ", "<!--", "-->", "**What**"]),
    max_size=12,
)


@given(LINES)
def test_a_template_does_nothing_whatever_it_says(lines: list[str]) -> None:
    filled = fill("\n".join(lines), TEXTS)
    assert inert(filled, ("https://", "http://")) == []
    assert "<!--" not in filled
    assert not any(token.type == "image" for token in flat(filled))
