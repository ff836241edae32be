"""What a body says of failed runs, settings and its own life, sentence by sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.facts import Facts
from bot.facts_forge import NOWHERE, Circumstances, EarlierRun, FailedRun
from bot.life.state import Box, ticked
from bot.writeup import write
from tests.samples import LATE
from tests.writeup_support import (
    HOME,
    IMPLICIT_LATE,
    STATE,
    circumstances_of,
    facts_of,
    facts_of_text,
)


def said(facts: Facts, circumstances: Circumstances = NOWHERE) -> str:
    """The body on one line."""
    return " ".join(write(facts, [], circumstances).body.split())


FORGE = Circumstances(HOME, "https://github.com", "clearance/permissions")
FAILED = FailedRun(
    path=".github/workflows/x.yml",
    number=12,
    url="https://github.com/example/project/actions/runs/12",
    event="push",
    ref="v1.0",
    job="publish",
    step="Run gh release create v1",
    message="HTTP 403",
    minutes=31.6,
    date="2026-01-31",
)
DECLARED_LATE = IMPLICIT_LATE.replace("jobs:", "permissions:\n  contents: write\njobs:", 1).replace(
    "    permissions:\n      contents: write\n    steps", "    steps"
)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            {},
            "Run [`#12`](https://github.com/example/project/actions/runs/12) of `x.yml` for `v1.0` "
            "(`push`, `2026-01-31`) ran for **32 minutes** and then failed in the job `publish`",
            id="what-it-cost",
        ),
        pytest.param({"minutes": 0.4}, "`2026-01-31`) failed in the job", id="no-cost"),
        pytest.param({"message": ""}, "for want of a permission.", id="no-log"),
        pytest.param(
            {"held": ("Contents: read",)},
            "held: `Contents: read`. The file stated `contents: write` for it, so what is written "
            "there was not the cause.",
            id="the-token-came-without-what-the-file-states",
        ),
        pytest.param(
            {"earlier": EarlierRun(9, "", "v0.9", 16.2, same_file=True)},
            "Run `#9` for `v0.9`, 16 hours before, went through with the same text of the "
            "workflow.",
            id="the-run-before",
        ),
        pytest.param(
            {"earlier": EarlierRun(9, "", "", 1, same_file=False)},
            "Run `#9`, 1 hour before, went through; the workflow has changed since.",
            id="the-file-changed-in-between",
        ),
        pytest.param(
            {},
            "The probe that is added here asks for the same in",
            id="the-probe-that-stands-for-the-step",
        ),
    ],
)
def test_what_is_said_of_a_failed_run(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    run = replace(FAILED, **change)  # type: ignore[arg-type]
    facts = facts_of_text(tmp_path, DECLARED_LATE)
    assert sentence in said(facts, replace(FORGE, failed=(run,)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"step": "Other"}, "asks for the same", id="another-step"),
        pytest.param({"path": "other.yml"}, "asks for the same", id="another-file"),
        pytest.param({}, "The file stated", id="the-log-was-not-seen"),
        pytest.param({"held": ("Contents: write",)}, "The file stated", id="the-token-had-it"),
    ],
)
def test_what_is_not_said_of_a_failed_run(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    run = replace(FAILED, **change)  # type: ignore[arg-type]
    facts = facts_of_text(tmp_path, DECLARED_LATE)
    assert sentence not in said(facts, replace(FORGE, failed=(run,)))


def test_a_failed_run_is_in_the_commit_message(tmp_path: Path) -> None:
    facts = facts_of_text(tmp_path, LATE)
    commit = write(facts, [], replace(FORGE, failed=(FAILED,))).commit
    assert "Run 12 of x.yml for v1.0 failed after 32 minutes" in commit


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param(NOWHERE, "The files don't say which", id="not-read"),
        pytest.param(NOWHERE, "No setting was read.", id="and-says-so"),
        pytest.param(
            replace(FORGE, defaults="write"),
            "which was read: `write`, so write access to almost everything.",
            id="write",
        ),
        pytest.param(
            replace(FORGE, defaults="write"),
            "so the default for workflows that state nothing can be read-only",
            id="a-default-that-nobody-needs-now",
        ),
        pytest.param(
            replace(FORGE, defaults="read"),
            "which was read: `read`, so no more than reading contents and packages.",
            id="read",
        ),
        pytest.param(
            replace(FORGE, linters=("actionlint",)),
            "`actionlint` ran over them and found nothing that was not there before.",
            id="linters",
        ),
        pytest.param(
            replace(FORGE, refused=1),
            "1 finding is left out, as it was refused before.",
            id="refused-before",
        ),
        pytest.param(
            replace(FORGE, split=True),
            "Other remedies come in pull requests of their own.",
            id="one-of-several",
        ),
    ],
)
def test_what_was_seen_is_said(told: Circumstances, sentence: str) -> None:
    assert sentence in said(facts_of("release"), told)


def test_what_was_not_asked_is_not_spoken_of() -> None:
    body = said(facts_of("release"))
    assert not any(word in body for word in ("linter", "ran over", "refused before", "of the run"))


# Permanent links


@pytest.mark.parametrize(
    ("told", "place"),
    [
        pytest.param(NOWHERE, "`release.yml:25`, step", id="nothing-is-known"),
        pytest.param(
            FORGE,
            "[`release.yml:25`](https://github.com/example/project/blob/"
            "1234567890123456789012345678901234567890/.github/workflows/release.yml#L25), step",
            id="the-forge-is-known",
        ),
    ],
)
def test_a_reason_names_its_line(told: Circumstances, place: str) -> None:
    assert place in said(facts_of("release"), told)


def test_a_line_of_another_repository_is_linked_there() -> None:
    body = said(facts_of("monorepo"), circumstances_of("monorepo"))
    commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"
    assert f"(https://github.com/example-org/house-style/blob/{commit}/action.yml#L10)" in body


def test_a_path_is_quoted_in_a_link(tmp_path: Path) -> None:
    facts = facts_of_text(tmp_path, IMPLICIT_LATE)
    steps = [
        replace(step, where=replace(step.where, path="a (b)/ä#?.yml", at_home=True))
        for step in facts.probed[0].probes[0].steps
    ]
    probe = replace(facts.probed[0].probes[0], steps=tuple(steps))
    late = replace(facts.probed[0], probes=(probe,))
    assert "/a%20%28b%29/%C3%A4%23%3F.yml#L" in said(replace(facts, probed=(late,)), FORGE)


# Its own life


def test_a_body_ends_with_its_state() -> None:
    body = write(facts_of("release"), [], FORGE, state=STATE).body
    assert body.endswith(f"\n\n{STATE}")


@pytest.mark.parametrize("box", [Box.REBASE, Box.AGAIN, Box.STORED])
def test_each_box_is_read_once_it_is_ticked(box: Box) -> None:
    body = write(facts_of("bot"), [], FORGE, state=STATE).body
    line = f"- [ ] <!-- clearance:{box} -->"
    assert ticked(body) == frozenset()
    assert ticked(body.replace(line, line.replace("[ ]", "[x]"))) == {box}


@pytest.mark.parametrize(
    "words",
    [
        "`enabled: false` in `.github/clearance.yml`",
        "the topic `no-clearance`",
        "the label",
        "reopen it",
    ],
)
@pytest.mark.parametrize("example", ["release", "bot", "huge"])
def test_every_body_says_how_to_be_rid_of_it(example: str, words: str) -> None:
    assert words in said(facts_of(example), FORGE)


def test_a_local_checkouts_text_has_no_life() -> None:
    assert "### This pull request" not in write(facts_of("release"), []).body


@pytest.mark.parametrize(
    ("seen", "box"),
    [
        pytest.param(None, True, id="secrets-not-read"),
        pytest.param(frozenset({"OTHER"}), True, id="not-stored"),
        pytest.param(frozenset({"GH_PAT_TOKEN"}), False, id="stored"),
    ],
)
def test_storing_is_asked_for_until_it_was_seen(seen: frozenset[str] | None, box: bool) -> None:
    body = write(facts_of("bot"), [], replace(FORGE, seen_secrets=seen)).body
    assert ("clearance:stored" in body) is box
    assert ("has to be made and stored first" in body) is box
    assert ("is stored: its name was seen." in body) is not box


def test_a_secret_that_is_used_already_is_to_be_looked_at() -> None:
    facts = facts_of("bot")
    needs = tuple(replace(need, reused=True) for need in facts.needs)
    body = write(replace(facts, needs=needs), [], FORGE).body
    assert "1. See to the permissions of `GH_PAT_TOKEN`" in body
    assert "clearance:stored" in body
    assert "has to be made and stored first" not in body


def test_what_somebody_has_confirmed_is_not_asked_again() -> None:
    body = write(facts_of("bot"), [], replace(FORGE, confirmed=True)).body
    assert "Somebody has confirmed here that `GH_PAT_TOKEN` is stored." in body
    assert "clearance:stored" not in body
    assert "has to be made and stored first" not in body
