"""Write-ups: reviewed examples as plain files, the limit on their length, and hostile names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot import __version__, advice, markdown, probes
from bot.analysis import FileReport, analyse
from bot.facts import Facts
from bot.facts_late import CALLS
from bot.files import Checkout
from bot.gather import gather
from bot.permissions.evidence import Doubt
from bot.permissions.world import World
from bot.probes import Kind
from bot.remedies import job_permissions
from bot.remedies.rules import Remedy, Rules
from bot.remedies.token.facts import TokenRules
from bot.writeup import MAX_BODY, WriteUp, is_conventional, write
from tests.hostile import HOSTILE
from tests.samples import BEYOND, EXPLICIT, IMPLICIT, LATE, repository

DATA = Path(__file__).parent / "data" / "writeup"
HOME = "example/project"
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
    return write(gather(reports_on(DATA / name), BASE, HOME), ["Add a thing", "Mend it"])


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


def test_every_doubt_has_its_advice() -> None:
    assert set(advice.ON_DOUBTS) == set(Doubt)


def test_holding_back_is_explained_by_its_reason() -> None:
    """The reasons are texts of the remedy; this fails where they change and the advice doesn't."""
    facts = gather(reports_on(DATA / "mixed"), BASE)
    titles = {one.advice.title for one in facts.left}
    assert {"Called workflows", "Jobs in flow style"} <= titles


# Length


def many(facts: Facts, times: int) -> Facts:
    """Facts with all that they list repeated under other names."""
    return replace(
        facts,
        files=tuple(replace(f, path=f"{n}-{f.path}") for n in range(times) for f in facts.files),
        probed=tuple(replace(f, path=f"{n}-{f.path}") for n in range(times) for f in facts.probed),
        tokens=tuple(replace(t, path=f"{n}-{t.path}") for n in range(times) for t in facts.tokens),
        unprobed=tuple(replace(u, steps=u.steps * times) for u in facts.unprobed),
        lacks=tuple(replace(k, path=f"{n}-{k.path}") for n in range(times) for k in facts.lacks),
        beyond=facts.beyond * times,
    )


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("times", [40, 400, 4000], ids=["reasons-go", "rows-go", "files-go"])
def test_a_body_never_exceeds_githubs_limit(example: str, times: int) -> None:
    texts = write(many(gather(reports_on(DATA / example), BASE), times), [])
    assert len(texts.body) < MAX_BODY


def test_what_a_human_has_to_do_is_never_cut() -> None:
    texts = write(many(gather(reports_on(DATA / "runner"), BASE), 4000), [])
    assert "Until `GH_PAT_TOKEN` is stored" in texts.body


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


def quoted(name: str) -> str:
    """A name as a YAML scalar, whatever is in it."""
    return '"' + "".join(f"\\U{ord(c):08x}" for c in name) + '"'


def hostile_workflow(name: str) -> bytes:
    """A workflow that has a name wherever a write-up shows a text of the file."""
    word = quoted(name)
    return f"""\
on: push
jobs:
  {word}:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: {word}
        run: gh release create v1
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
      - run: {word}
  other:
    runs-on: ubuntu-latest
    steps:
      - name: {word}
        uses: {word}
  lacking:
    runs-on: ubuntu-latest
    permissions: {{}}
    steps:
      - name: {word}
        run: gh release create v1
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
""".encode()


def hostile_release(name: str) -> bytes:
    """The same for late steps: one that is probed, one that is not, and another token."""
    word = quoted(name)
    literal = quoted("github.ref_name == '" + name.replace("'", "''") + "'")
    late = quoted("steps.x.outputs.y == '" + name.replace("'", "''") + "'")
    return f"""\
on: [push, workflow_dispatch]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make
  {word}:
    needs: build
    if: {literal}
    runs-on: ubuntu-latest
    environment: {word}
    steps:
      - name: {word}
        if: {late}
        run: gh release create v1
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
      - run: docker login ghcr.io -u me -p ${{{{ github.token }}}}
      - name: {word}
        run: docker push ghcr.io/a/${{{{ steps.x.outputs.y }}}}
      - name: {word}
        run: gh secret set X
        env: {{GH_TOKEN: "${{{{ github.token }}}}"}}
""".encode()


OURS = (
    "https://docs.github.com/",
    "https://github.com/actions/",
    "https://github.com/cli/cli/",
    "https://github.com/settings/personal-access-tokens/new?",
    "https://github.com/example/project/settings/secrets/actions",
)
SUMMARY = ("<details>\n<summary>", "</details>\n")


def hostile_texts(name: str, workflow: bytes, root: Path) -> WriteUp:
    """The write-up of a workflow whose file has that name too."""
    home = root / ".github" / "workflows"
    home.mkdir(parents=True)
    (home / "a.yml").write_bytes(workflow)
    reports = [replace(report, path=f"{name}.yml") for report in reports_on(root)]
    return write(gather(reports, BASE, HOME), [])


@pytest.mark.parametrize("workflow", [hostile_workflow, hostile_release])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_anywhere(
    name: str, workflow: Callable[[str], bytes], tmp_path: Path
) -> None:
    texts = hostile_texts(name, workflow(name), tmp_path)
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


@pytest.mark.parametrize("section", ["### Preflight", "### Another token", "get no probe:"])
def test_a_hostile_name_is_tried_in_every_section(section: str, tmp_path: Path) -> None:
    """So that the test above can't pass for want of something to say."""
    assert section in hostile_texts("@everyone", hostile_release("@everyone"), tmp_path).body


# Late steps and other tokens


def facts_of(root: Path, text: str, rules: Rules | None = None) -> Facts:
    """The facts about one workflow."""
    checkout = Checkout(repository(root, x=text))
    path = ".github/workflows/x.yml"
    report = analyse(World(checkout), path, checkout.read_bytes(path), rules or Rules())
    return gather([report], BASE, HOME)


def only(*remedies: Remedy) -> Rules:
    return Rules(remedies=frozenset(remedies))


RUNNER = (DATA / "runner/.github/workflows/runner.yml").read_text("utf-8")
IMPLICIT_LATE = LATE.replace("    permissions:\n      contents: read\n", "")


@pytest.mark.parametrize(
    ("text", "rules", "title"),
    [
        pytest.param(IMPLICIT, Rules(), "Give every job explicit permissions", id="permissions"),
        pytest.param(LATE, Rules(), "Probe late steps early", id="a-probe"),
        pytest.param(BEYOND, Rules(), "Give 1 step another token", id="a-token"),
        pytest.param(
            IMPLICIT_LATE,
            Rules(),
            "Give every job explicit permissions, and probe late steps early",
            id="permissions-and-a-probe",
        ),
        pytest.param(
            RUNNER,
            Rules(),
            "State permissions, probe late steps early, swap the token of 2 steps",
            id="all",
        ),
        pytest.param(
            RUNNER,
            only(Remedy.TOKEN, Remedy.PREFLIGHT),
            "Probe late steps early, and give 2 steps another token",
            id="probes-and-a-token",
        ),
        pytest.param(
            RUNNER,
            only(Remedy.TOKEN, Remedy.PERMISSIONS),
            "Give every job explicit permissions, and 2 steps another token",
            id="permissions-and-a-token",
        ),
    ],
)
@pytest.mark.parametrize("habit", ["", "ci: "])
def test_the_title_says_what_is_in_the_change(
    tmp_path: Path, text: str, rules: Rules, title: str, habit: str
) -> None:
    texts = write(facts_of(tmp_path, text, rules), [f"{habit}x"])
    assert texts.title == (f"ci: {title[0].lower()}{title[1:]}" if habit else title)
    assert texts.commit.startswith(f"{texts.title}\n\n")


def test_a_top_level_block_alone_is_told(tmp_path: Path) -> None:
    text = EXPLICIT.replace("jobs:", "permissions: write-all\njobs:")
    narrow = Rules(job_permissions.Rules(narrow_top_level=True))
    texts = write(facts_of(tmp_path, text, narrow), [])
    assert texts.title == "Let jobs that are added later start without permissions"
    assert texts.body.startswith(
        "In 1 workflow file the block at the top becomes `permissions: {}`: every job there has a "
        "block of its own. Nothing else moves: 0 lines are added, 1 line is changed."
    )
    assert "- top level: {}" in texts.commit


@pytest.mark.parametrize("kind", Kind)
def test_the_calls_that_are_told_are_those_of_the_script(kind: Kind) -> None:
    paths = [call.partition("}")[2].partition("{")[0].strip("/") for call in CALLS[kind]]
    assert all(path.rpartition("}")[2].strip("/") in probes.script(kind) for path in paths)


def said(facts: Facts) -> str:
    """The body on one line."""
    return " ".join(write(facts, []).body.split())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param("", "", "A refusal fails the run.", id="fails"),
        pytest.param(
            "run: gh release create v1",
            "run: test -f x && gh release create v1",
            "A refusal only warns: its script decides whether it gets there.",
            id="warns",
        ),
        pytest.param(
            '    tags: ["v*"]',
            '    tags: ["v*"]\n  pull_request:',
            "a refusal fails the run, but only warns in runs for pull requests and merge queues.",
            id="warns-for-pull-requests",
        ),
        pytest.param(
            "needs: build",
            "needs: build\n    if: needs.build.outputs.new == 'x'",
            "Not told early, and so left out: `needs.build.outputs.new == 'x'`.",
            id="what-is-not-told-early",
        ),
        pytest.param(
            "needs: build",
            "needs: build\n    if: github.ref_type == 'tag'",
            "It runs if `github.ref_type == 'tag'`;",
            id="condition",
        ),
        pytest.param(
            "",
            "",
            "The new job `preflight` holds `contents: write` alone, checks nothing out, and is "
            "needed by `build`. It costs the start of a runner in every run",
            id="what-it-costs",
        ),
    ],
)
def test_what_is_said_of_a_probe(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in said(facts_of(tmp_path, LATE.replace(old, new) if old else LATE))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param(
            "",
            "",
            "**Until `GH_PAT_TOKEN` is stored, 2 steps and 1 probe fail**",
            id="what-fails-until-then",
        ),
        pytest.param(
            "",
            "",
            "In jobs that name the environment `production` a secret of that name there is taken "
            "first.",
            id="an-environment-of-some",
        ),
        pytest.param(
            "    steps:\n      - name: Note",
            "    environment: production\n    steps:\n      - name: Note",
            "`gh secret set GH_PAT_TOKEN --env production --repo example/project`",
            id="an-environment-of-all",
        ),
        pytest.param(
            "",
            "",
            "`gh secret set GH_PAT_TOKEN --app dependabot --repo example/project`",
            id="dependabot",
        ),
        pytest.param("", "", "start the workflow (`gh workflow run`, `x.yml`)", id="by-hand"),
        pytest.param(
            "run: gh secret set MACHINE",
            "run: GH_TOKEN=${{ secrets.BOT_PAT }} gh pr list; gh secret set MACHINE",
            "**Until `GH_PAT_TOKEN` is stored,",
            id="a-secret-in-a-script-is-not-taken-for-a-token",
        ),
        pytest.param(
            "      - run: ./attach token.json",
            "      - run: ./attach token.json\n        env: {GH_TOKEN: '${{ secrets.BOT_PAT }}'}",
            "The workflows use the secret `BOT_PAT` already. Whether its token has the permissions "
            "below was not seen; where it lacks one,",
            id="a-secret-that-is-used-already",
        ),
    ],
)
def test_what_is_said_of_a_token(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    text = RUNNER.replace(old, new) if old else RUNNER
    assert text != RUNNER or not old
    assert sentence in said(facts_of(tmp_path, text))


def test_what_is_said_of_an_apps_token(tmp_path: Path) -> None:
    body = said(facts_of(tmp_path, BEYOND, Rules(token=TokenRules("app"))))
    assert "with the permissions *Administration: Read and write*, and install it on" in body
    assert (
        "as the variable `CLEARANCE_APP_CLIENT_ID`, and a private key of it as the secret" in body
    )
    assert "`gh secret set CLEARANCE_APP_PRIVATE_KEY --repo example/project`" in body
    assert "personal access token" not in body


if __name__ == "__main__":
    for one in EXAMPLES:
        for file, content in as_files(written(one)).items():
            (DATA / one / file).write_text(content, "utf-8")
