"""What a body says of probes, tokens and its core lines, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot import probes
from bot.excerpts import Part
from bot.facts import Facts
from bot.facts_forge import NOWHERE, Circumstances
from bot.facts_late import CALLS
from bot.probes import Kind
from bot.refusals import refusal_log
from bot.remedies.rules import Rules
from bot.remedies.token.facts import TokenRules
from bot.writeup import write
from tests.forge.answers import TokenKind
from tests.forge.standin import StandIn
from tests.probes.running import TOKEN, Step
from tests.samples import BEYOND, LATE
from tests.writeup_support import (
    RUNNER,
    facts_of,
    facts_of_text,
)


@pytest.mark.parametrize("kind", Kind)
def test_the_calls_that_are_told_are_those_of_the_script(kind: Kind) -> None:
    paths = [call.partition("}")[2].partition("{")[0].strip("/") for call in CALLS[kind]]
    assert all(path.rpartition("}")[2].strip("/") in probes.script(kind) for path in paths)


def said(facts: Facts, circumstances: Circumstances = NOWHERE) -> str:
    """The body on one line."""
    return " ".join(write(facts, [], circumstances).body.split())


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
    assert sentence in said(facts_of_text(tmp_path, LATE.replace(old, new) if old else LATE))


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
        pytest.param("", "", "Start the workflow (`gh workflow run`, `x.yml`)", id="by-hand"),
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
    assert sentence in said(facts_of_text(tmp_path, text))


def test_what_is_said_of_an_apps_token(tmp_path: Path) -> None:
    body = said(facts_of_text(tmp_path, BEYOND, Rules(token=TokenRules("app"))))
    assert (
        "with the permissions *Administration: Read and write*, and no other; install it on" in body
    )
    assert "is the variable `CLEARANCE_APP_CLIENT_ID`, and a private key of it the secret" in body
    assert "`gh secret set CLEARANCE_APP_PRIVATE_KEY --repo example/project`" in body
    assert "personal access token" not in body


# The core lines of the change


@pytest.mark.parametrize(
    ("example", "part", "lines"),
    [
        pytest.param(
            "release",
            Part.BLOCK,
            ("   publish:", "+    permissions:", "+      contents: write # runs gh release create"),
            id="the-block-with-most-writes",
        ),
        pytest.param(
            "release",
            Part.PROBE,
            ("+  preflight:", "+          GUARDS: publish", "+          ON_REFUSAL: fail"),
            id="the-head-of-a-probe-and-its-new-job",
        ),
        pytest.param(
            "bot",
            Part.TOKEN,
            (
                "-          GH_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
                "+          GH_TOKEN: ${{ secrets.GH_PAT_TOKEN }}",
            ),
            id="the-line-that-names-a-token",
        ),
    ],
)
def test_the_core_lines_are_shown(example: str, part: Part, lines: tuple[str, ...]) -> None:
    excerpt = facts_of(example).excerpt(part)
    assert excerpt is not None
    assert [line for line in lines if line in excerpt.lines] == list(lines)
    assert all(f"\n{line}\n" in write(facts_of(example), []).body for line in lines)


def test_a_probes_script_is_not_shown() -> None:
    excerpt = facts_of("release").excerpt(Part.PROBE)
    assert excerpt is not None
    assert "more lines, the same for every probe of its kind" in excerpt.lines[-1]
    assert len(excerpt.lines) < 30


# What a refusal looks like


@pytest.mark.parametrize("kind", [Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES, Kind.REFS, Kind.TOKEN])
def test_a_refusal_looks_as_it_is_shown(kind: Kind, tmp_path: Path) -> None:
    """The probe's own script is run against a stand-in that refuses."""
    secret = "RELEASE_TOKEN" if kind is Kind.TOKEN else ""
    file = facts_of_text(tmp_path, LATE).probed[0]
    probe = replace(
        file.probes[0],
        kind=kind,
        secret=secret,
        check="POST git/refs" if secret else "",
        refusal="a refusal fails the run",
    )
    env = {
        "PROBE_SECRET": secret,
        "PROBE_CHECK": probe.check,
        "PROBE_PERMISSION": "contents: write",
    }
    (tmp_path / "step").mkdir()
    with StandIn() as github:
        of: TokenKind = "fine-grained" if secret else "installation"
        github.allow(TOKEN, {"contents": "read"}, kind=of)
        log = Step(kind, tmp_path / "step", github).run(**(env if secret else {})).log
        shown = [
            line.replace("https://api.github.com", github.url)
            for line in refusal_log(probe, "octo/demo", "https://github.com")
        ]
    assert [line for line in shown if line.removeprefix("Error: ") not in log] == []
