"""What makes a job risky, and how much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.analysis import analyse
from bot.permissions.world import World
from bot.remedies.rules import Rules
from bot.review.risk import JobFacts, Level, Trait, risks, weigh
from tests.stories.teller import CHECKS, CI, RELEASE, RELEASES, ROTATE, ROTATES

PLAIN = JobFacts(CI, "test", frozenset({"push"}), None, {"contents": "read"})
WRITES = replace(PLAIN, after={"contents": "write"})


@pytest.mark.parametrize(
    ("job", "level", "traits"),
    [
        pytest.param(PLAIN, Level.LOW, (), id="a block that reads contents is nothing to look at"),
        pytest.param(
            replace(PLAIN, after={}), Level.LOW, (), id="a block that gives nothing is the safest"
        ),
        pytest.param(
            replace(PLAIN, before={"contents": "write"}),
            Level.LOW,
            (Trait.LOSES,),
            id="a job that may less",
        ),
        pytest.param(
            replace(PLAIN, after={"checks": "write"}),
            Level.LOW,
            (Trait.WRITES,),
            id="a scope that changes no code",
        ),
        pytest.param(WRITES, Level.MEDIUM, (Trait.STRONG,), id="a scope that changes code"),
        pytest.param(
            replace(WRITES, events=frozenset({"pull_request_target"})),
            Level.HIGH,
            (Trait.ANYBODY_WRITES, Trait.STRONG, Trait.ANYBODY),
            id="anybody can start what writes",
        ),
        pytest.param(
            replace(PLAIN, events=frozenset({"push", "workflow_run"}), secrets=True),
            Level.MEDIUM,
            (Trait.ANYBODY_SECRETS, Trait.ANYBODY),
            id="anybody can start what has secrets",
        ),
        pytest.param(
            replace(PLAIN, events=frozenset({"issue_comment"})),
            Level.LOW,
            (Trait.ANYBODY,),
            id="anybody can start what reads",
        ),
        pytest.param(
            replace(PLAIN, swapped=("GH_PAT_TOKEN",)),
            Level.HIGH,
            (Trait.OTHER_TOKEN,),
            id="another token",
        ),
        pytest.param(
            replace(WRITES, before={"contents": "read"}),
            Level.HIGH,
            (Trait.GAINS, Trait.STRONG),
            id="a job that may more",
        ),
        pytest.param(
            replace(PLAIN, failing=("draft-release",)),
            Level.MEDIUM,
            (Trait.PROBE_FAILS,),
            id="a probe that can fail a run",
        ),
        pytest.param(
            replace(PLAIN, warning=("draft-release",)),
            Level.LOW,
            (Trait.PROBE_WARNS,),
            id="a probe that warns",
        ),
        pytest.param(
            replace(PLAIN, fresh=True), Level.LOW, (Trait.NEW_JOB,), id="a job that is new"
        ),
        pytest.param(
            replace(PLAIN, needs=("preflight",)),
            Level.MEDIUM,
            (Trait.GATED,),
            id="a job that waits for another",
        ),
        pytest.param(
            replace(PLAIN, assumed=True), Level.LOW, (Trait.ASSUMED,), id="not all is proved"
        ),
        pytest.param(
            replace(WRITES, events=frozenset({"release"})),
            Level.MEDIUM,
            (Trait.STRONG, Trait.RARE),
            id="a mistake shows at the next release",
        ),
    ],
)
def test_a_job_is_weighed(job: JobFacts, level: Level, traits: tuple[Trait, ...]) -> None:
    found = weigh(job)
    assert (found.level, tuple(one.trait for one in found.reasons)) == (level, traits)


class _Files:
    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def read(self, path: str) -> str | None:
        return self.texts.get(path)

    def workflows(self) -> tuple[str, ...]:
        return tuple(self.texts)


def found(path: str, text: str) -> dict[str, tuple[Level, set[Trait]]]:
    world = World(_Files({path: text}), origin="octo/demo")
    report = analyse(world, path, text.encode(), Rules())
    assert report.changed
    return {one.job: (one.level, {reason.trait for reason in one.reasons}) for one in risks(report)}


def test_a_check_that_only_reads_is_low() -> None:
    assert found(CI, CHECKS) == {"test": (Level.LOW, set())}


def test_a_release_is_told_by_its_scope_and_its_probe() -> None:
    jobs = found(RELEASE, RELEASES)
    assert jobs["publish"][0] is Level.MEDIUM
    assert Trait.STRONG in jobs["publish"][1]
    assert any(
        Trait.PROBE_FAILS in traits or Trait.PROBE_WARNS in traits for _, traits in jobs.values()
    )


def test_another_token_is_high() -> None:
    level, traits = found(ROTATE, ROTATES)["rotate"]
    assert level is Level.HIGH
    assert Trait.OTHER_TOKEN in traits


def test_a_clause_names_what_it_is_about() -> None:
    (reason,) = weigh(WRITES).reasons
    assert reason.clause == "it can change code, releases or deployments: contents"
