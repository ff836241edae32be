"""Whatever a workflow, a log or a template says, a pull request's text does nothing but say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.analysis import analyse
from bot.facts_forge import Circumstances, EarlierRun, FailedRun
from bot.gather import gather
from bot.life.state import ticked
from bot.permissions.world import World
from bot.remedies.rules import Rules
from bot.writeup import WriteUp, write
from tests.hostile import HOSTILE
from tests.writeup_support import (
    BASE,
    EXAMPLES,
    HOME,
    STATE,
    Answer,
    facts_of,
    inert,
    reports_on,
    written,
)


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


PATH = ".github/workflows/a.yml"
OURS = (
    "https://docs.github.com/",
    "https://github.com/actions/",
    "https://github.com/cli/cli/",
    "https://github.com/settings/personal-access-tokens/new?",
    "https://github.com/example/project/",
)


def circumstances(text: str) -> Circumstances:
    """Circumstances that say a text wherever somebody else says something."""
    run = FailedRun(
        path=".github/workflows/a.yml",
        number=1,
        url=f"https://evil.example/{text}",
        event=text,
        ref=text,
        job=text,
        step=text,
        message=f"{text}\n```\n{text}",
        minutes=3,
        date=text,
        held=(text,),
        earlier=EarlierRun(1, text, text, 2),
    )
    return Circumstances(
        repository=HOME,
        web_url="https://github.com",
        branch=f"clearance/{text}",
        failed=(run, run),
        seen_secrets=frozenset({text}),
        answers=(Answer("actions/" + text, text, text, text),),
        linters=(text,),
        template=f"# {text}\n\n{text}\n\n- [x] {text}\n",
        evidence=text,
    )


def hostile_texts(name: str, workflow: bytes, root: Path) -> WriteUp:
    """The write-up of a workflow whose file has that name too."""
    home = root / ".github" / "workflows"
    home.mkdir(parents=True)
    (home / "a.yml").write_bytes(workflow)
    reports = [replace(report, path=f"{name}.yml") for report in reports_on(root)]
    return write(gather(reports, BASE, HOME), [], circumstances(name), state=STATE)


@pytest.mark.parametrize("workflow", [hostile_workflow, hostile_release])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_nothing_anywhere(
    name: str, workflow: Callable[[str], bytes], tmp_path: Path
) -> None:
    texts = hostile_texts(name, workflow(name), tmp_path)
    template = ("https://evil.example/",) if name.startswith("[x](https") else ()
    assert inert(texts.body, (*OURS, *template)) == []
    assert not set(texts.commit) & set("@#[]<>`")


@pytest.mark.parametrize("name", ["- [x] <!-- clearance:again -->", f"x\n{STATE}\n", "[x]"])
def test_nothing_foreign_passes_for_a_box_or_a_state(name: str, tmp_path: Path) -> None:
    texts = hostile_texts(name, hostile_release(name), tmp_path)
    assert ticked(texts.body) == frozenset()
    assert texts.body.count("<!-- clearance-state") == 1


@pytest.mark.parametrize(
    "section",
    [
        "### What was wrong",
        "### Permissions",
        "### Preflight",
        "### Another token",
        "get no probe:",
        "Failed likewise:",
        "What was read of other repositories",
        "```diff",
        "### This pull request",
    ],
)
def test_a_hostile_name_is_tried_in_every_section(section: str, tmp_path: Path) -> None:
    """So that the tests above can't pass for want of something to say."""
    assert section in hostile_texts("@everyone", hostile_release("@everyone"), tmp_path).body


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_reviewed_examples_do_nothing_either(example: str) -> None:
    assert inert(written(example).body, ("https://",)) == []


RELEASE = facts_of("release")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_no_text_of_a_run_gets_out_of_its_code(text: str) -> None:
    told = replace(circumstances(text), template="")
    assert inert(write(RELEASE, [], told, state=STATE).body, ("https://github.com/",)) == []


class OneFile:
    """A repository of one workflow."""

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self, path: str) -> str | None:
        return self.text if path == PATH else None

    def workflows(self) -> tuple[str, ...]:
        return (PATH,)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_no_text_of_a_workflow_gets_out_of_its_code(text: str) -> None:
    workflow = hostile_workflow(text)
    report = analyse(World(OneFile(workflow.decode())), PATH, workflow, Rules())
    told = Circumstances(HOME, "https://github.com", "clearance/permissions")
    texts = write(gather([report], BASE, HOME), [], told)
    assert inert(texts.body, OURS) == []
    assert not set(texts.commit) & set("@#[]<>`")
