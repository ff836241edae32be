"""Write-ups: reviewed examples as plain files, titles, and the limit on their length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot import advice
from bot.facts import Facts
from bot.facts_forge import Circumstances
from bot.gather import gather
from bot.permissions.evidence import Doubt
from bot.remedies import job_permissions
from bot.remedies.rules import Remedy, Rules
from bot.writeup import MAX_BODY, MAX_STATE, is_conventional, write
from tests.samples import BEYOND, EXPLICIT, IMPLICIT, LATE
from tests.writeup_support import (
    BASE,
    DATA,
    EXAMPLES,
    IMPLICIT_LATE,
    RUNNER,
    STATE,
    as_files,
    circumstances_of,
    facts_of,
    facts_of_text,
    reports_on,
    written,
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_reviewed_examples(example: str) -> None:
    """``python -m tests.test_writeup`` writes them anew; read the difference before it is kept."""
    found = as_files(written(example))
    assert found == {name: (DATA / example / name).read_text("utf-8") for name in found}


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


def only(*remedies: Remedy) -> Rules:
    return Rules(remedies=frozenset(remedies))


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
    texts = write(facts_of_text(tmp_path, text, rules), [f"{habit}x"])
    assert texts.title == (f"ci: {title[0].lower()}{title[1:]}" if habit else title)
    assert texts.commit.startswith(f"{texts.title}\n\n")


def test_a_top_level_block_alone_is_told(tmp_path: Path) -> None:
    text = EXPLICIT.replace("jobs:", "permissions: write-all\njobs:")
    narrow = Rules(job_permissions.Rules(narrow_top_level=True))
    texts = write(facts_of_text(tmp_path, text, narrow), [])
    assert texts.title == "Let jobs that are added later start without permissions"
    assert "a job that is added later inherits from the block at the top." in texts.body
    assert "Nothing else moves: 0 lines are added, 1 line is changed." in texts.body
    assert "- top level: {}" in texts.commit


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
        needs=tuple(
            replace(need, secret=f"{need.secret}_{n}") for n in range(times) for need in facts.needs
        ),
        unprobed=tuple(replace(u, steps=u.steps * times) for u in facts.unprobed),
        lacks=tuple(replace(k, path=f"{n}-{k.path}") for n in range(times) for k in facts.lacks),
        beyond=facts.beyond * times,
    )


def wordy(circumstances: Circumstances, times: int) -> Circumstances:
    """Circumstances in which there is as much of everything."""
    return replace(
        circumstances,
        failed=tuple(
            replace(run, message="refused\n" * times, ref="v" * times)
            for run in circumstances.failed * times
        ),
        answers=tuple(circumstances.answers) * times,
        linters=tuple(f"linter-{n}" for n in range(times)),
        template="## What\n\n- [ ] a box with some words in it\n" * times,
    )


@pytest.mark.parametrize("example", [name for name in EXAMPLES if name != "huge"])
@pytest.mark.parametrize("times", [1, 15, 150], ids=["once", "often", "very-often"])
def test_a_body_never_exceeds_githubs_limit(example: str, times: int) -> None:
    state = STATE + " " * (MAX_STATE - len(STATE))
    told = wordy(circumstances_of(example), times)
    texts = write(many(facts_of(example), times), [], told, state=state)
    assert len(texts.body) <= MAX_BODY
    assert texts.body.endswith(state)


def test_what_a_human_has_to_do_is_never_cut() -> None:
    texts = write(many(facts_of("runner"), 1000), [])
    assert "Until `GH_PAT_TOKEN_0` is stored" in texts.body


@pytest.mark.parametrize(
    ("place", "said"),
    [
        pytest.param("", "`evidence.md`, which was written beside it", id="beside-it"),
        pytest.param("runs/7", "`evidence.md`, a file of the run (`runs/7`)", id="in-a-folder"),
        pytest.param(
            "https://github.com/example/project/actions/runs/7",
            "[`evidence.md`](https://github.com/example/project/actions/runs/7), a file of the run",
            id="at-an-address",
        ),
    ],
)
def test_a_body_that_was_cut_says_where_the_rest_is(place: str, said: str) -> None:
    texts = write(many(facts_of("release"), 400), [], Circumstances(evidence=place))
    assert f"It is in {said}." in texts.body
    assert len(texts.evidence) > MAX_BODY


@pytest.mark.parametrize("example", EXAMPLES)
def test_only_a_body_that_does_not_fit_needs_another_file(example: str) -> None:
    assert bool(written(example).evidence) is (example == "huge")


if __name__ == "__main__":
    for one in EXAMPLES:
        for file, content in as_files(written(one)).items():
            (DATA / one / file).write_text(content, "utf-8")
