"""Write-ups: reviewed examples as plain files, the limit on their length, and hostile names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import __version__, advice, markdown
from bot.analysis import FileReport, analyse
from bot.facts import Facts
from bot.files import Checkout
from bot.gather import gather
from bot.permissions.evidence import Doubt
from bot.permissions.world import World
from bot.remedies.job_permissions import Rules
from bot.writeup import MAX_BODY, WriteUp, is_conventional, write
from tests.hostile import HOSTILE

DATA = Path(__file__).parent / "data" / "writeup"
BASE = "1234567890123456789012345678901234567890"
GITHUB = MarkdownIt("gfm-like", {"linkify": False})


def reports_on(root: Path) -> list[FileReport]:
    checkout = Checkout(root)
    world = World(checkout)
    return [
        analyse(world, path, checkout.read_bytes(path), Rules()) for path in checkout.workflows()
    ]


def written(name: str) -> WriteUp:
    """An example's write-up; its subjects are no conventional commits."""
    return write(gather(reports_on(DATA / name), BASE), ["Add a thing", "Mend it"])


def as_files(texts: WriteUp) -> dict[str, str]:
    """A write-up as it is kept beside an example; the version is left out, since it changes."""
    return {
        "title.txt": texts.title + "\n",
        "commit.txt": texts.commit,
        "body.md": texts.body.replace(f"Clearance {__version__}", "Clearance VERSION"),
    }


EXAMPLES = sorted(path.name for path in DATA.iterdir())


@pytest.mark.parametrize("example", EXAMPLES)
def test_reviewed_examples(example: str) -> None:
    """``python -m tests.test_writeup`` writes them anew; read the difference before it is kept."""
    kept = {name: (DATA / example / name).read_text("utf-8") for name in as_files(written(example))}
    assert as_files(written(example)) == kept


@pytest.mark.parametrize(
    ("subjects", "conventional"),
    [
        pytest.param(["ci: a", "fix(x)!: b", "More"], True, id="most-are"),
        pytest.param(["ci: a", "More"], False, id="half-is-no-habit"),
        pytest.param(["Release: the big one", "WIP"], False, id="a-colon-alone-is-none"),
        pytest.param([], False, id="no-log"),
    ],
)
def test_the_titles_habit_is_the_logs(subjects: list[str], conventional: bool) -> None:
    assert is_conventional(subjects) is conventional


def test_a_conventional_title() -> None:
    facts = gather(reports_on(DATA / "release"), BASE)
    assert write(facts, ["ci: x"]).title == "ci: give every job explicit permissions"


def test_every_doubt_has_its_advice() -> None:
    assert set(advice.ON_DOUBTS) == set(Doubt)


def test_holding_back_is_explained_by_its_reason() -> None:
    """The reasons are texts of the remedy; this fails where they change and the advice doesn't."""
    facts = gather(reports_on(DATA / "mixed"), BASE)
    titles = {one.advice.title for one in facts.left}
    assert {"Called workflows", "Jobs in flow style"} <= titles


# Length


def many(facts: Facts, times: int) -> Facts:
    """Facts with their files repeated under other names."""
    files = [replace(f, path=f"{n}-{f.path}") for n in range(times) for f in facts.files]
    return replace(facts, files=tuple(files))


@pytest.mark.parametrize("times", [40, 400, 4000], ids=["reasons-go", "rows-go", "files-go"])
def test_a_body_never_exceeds_githubs_limit(times: int) -> None:
    texts = write(many(gather(reports_on(DATA / "release"), BASE), times), [])
    assert len(texts.body) < MAX_BODY


def test_a_body_that_was_cut_says_where_the_rest_is() -> None:
    texts = write(many(gather(reports_on(DATA / "release"), BASE), 400), [])
    assert "`evidence.md`" in texts.body
    assert len(texts.evidence) > MAX_BODY


def test_a_body_that_fits_needs_no_other_file() -> None:
    assert written("release").evidence == ""


# Hostile text


def flat(text: str) -> list[Token]:
    """All tokens of a text, those inside of lines too."""
    found = []
    for token in GITHUB.parse(text):
        found += [token, *(token.children or ())]
    return found


def only_code(text: str) -> list[str]:
    """The contents of a line's code spans, if there is nothing else but plain text; else fails."""
    tokens = flat(text)
    kinds = {token.type for token in tokens}
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "code_inline", "text"}
    return [token.content for token in tokens if token.type == "code_inline"]


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=60) | st.sampled_from(HOSTILE)
PUNCTUATED = st.text("`|\\ @#<>[]()!*_~&:/-\n\t\u202eaG1", max_size=30)


@given(ANY_TEXT | PUNCTUATED)
def test_a_code_span_holds_all_of_a_text_and_nothing_else(text: str) -> None:
    (content,) = only_code(f"a {markdown.code(text)} z")
    assert content == (markdown.visible(text) if text.strip() else content)


@given(ANY_TEXT | PUNCTUATED)
def test_a_cell_stays_in_its_column(text: str) -> None:
    table = GITHUB.parse(f"| a | b |\n|:--|:--|\n| {markdown.cell(text)} | end |\n")
    cells = [token for token in table if token.type == "inline"][2:]
    assert [cell.content for cell in cells][1:] == ["end"]
    assert [child.type for child in cells[0].children or ()] == ["code_inline"]


@given(ANY_TEXT | PUNCTUATED)
def test_prose_keeps_only_words_outside_of_code(text: str) -> None:
    only_code(f"a {markdown.prose(text)} z")


@given(ANY_TEXT | PUNCTUATED, st.sampled_from(["https://example.org/a(b", "javascript:x", ""]))
def test_a_links_label_can_not_end_it(text: str, address: str) -> None:
    tokens = flat(f"a {markdown.link(text, address)} z")
    links = [token.attrGet("href") for token in tokens if token.type == "link_open"]
    assert links == (["https://example.org/a"] if address.startswith("https") else [])


@given(ANY_TEXT | PUNCTUATED)
def test_a_commit_message_holds_no_directive(text: str) -> None:
    assert not set(markdown.plain(text)) & set("@#[]<>\n`:")


@pytest.mark.parametrize(
    "text",
    ["@user", "#1", "GH-1", "a/b#1", "deadbeef", "www.example.org", "<b>", "x@y.org", "a_b_c"],
)
def test_prose_makes_code_of_what_github_would_link(text: str) -> None:
    assert markdown.prose(f"see {text} there") == f"see `{text}` there"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\u202eb", r"`a\u202eb`", id="bidirectional-mark"),
        pytest.param("a\x1b[2Jb", r"`a\x1b[2Jb`", id="terminal-control"),
        pytest.param("a\nb", r"`a\nb`", id="line-break"),
        pytest.param("\ud800", r"`\ud800`", id="half-a-surrogate-pair"),
        pytest.param("", "`''`", id="nothing"),
        pytest.param("`", "`` ` ``", id="a-tick"),
        pytest.param("x" * 200, f"`{'x' * 119}…`", id="too-long"),
    ],
)
def test_what_can_not_be_seen_is_spelled_out(text: str, shown: str) -> None:
    assert markdown.code(text) == shown


def hostile_workflow(name: str) -> bytes:
    """A workflow that has a name wherever a write-up shows a text of the file."""
    quoted = '"' + "".join(f"\\U{ord(c):08x}" for c in name) + '"'
    return f"""\
on: push
jobs:
  {quoted}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: {quoted}
        run: gh release create v1
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
      - run: {quoted}
  other:
    runs-on: ubuntu-latest
    steps:
      - name: {quoted}
        uses: {quoted}
  lacking:
    runs-on: ubuntu-latest
    permissions: {{}}
    steps:
      - name: {quoted}
        run: gh release create v1
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
""".encode()


OURS = ("https://docs.github.com/", "https://github.com/actions/", "https://github.com/cli/cli/")
SUMMARY = ("<details>\n<summary>", "</details>\n")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_anywhere(name: str, tmp_path: Path) -> None:
    home = tmp_path / ".github" / "workflows"
    home.mkdir(parents=True)
    (home / "a.yml").write_bytes(hostile_workflow(name))
    reports = [replace(report, path=f"{name}.yml") for report in reports_on(tmp_path)]
    texts = write(gather(reports, BASE), [])
    for token in flat(texts.body):
        assert token.type not in {"html_inline", "image"}, token.content
        if token.type == "html_block":
            assert token.content.startswith(SUMMARY)
            assert token.content.count("<") <= 3
        if token.type == "link_open":
            assert str(token.attrGet("href")).startswith(OURS)
        if token.type == "text":
            assert not set(token.content) & set("@#|<"), token.content
    assert not set(texts.commit) & set("@#[]<>`")


if __name__ == "__main__":
    for one in EXAMPLES:
        for file, content in as_files(written(one)).items():
            (DATA / one / file).write_text(content, "utf-8")
