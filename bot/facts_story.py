"""What a failed run has to do with what is changed: told only where the two meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.facts import Facts
from bot.facts_forge import Circumstances, FailedRun
from bot.facts_late import ProbeFact, TokenFact
from bot.permissions.scopes import Grants
from bot.where import Where


@dataclass(frozen=True, slots=True)
class Story:
    """A failed run, and what of the change is about its step.

    Attributes:
        run: the run.
        probe: the probe that asks early for what the step was refused.
        token: the token that the step gets.
        stated: what the step takes, and the file gave its job, while the log shows that the job's
            token came without it (``contents: write``); empty where that was not seen.
    """

    run: FailedRun
    probe: ProbeFact | None
    token: TokenFact | None
    stated: str


def story(facts: Facts, circumstances: Circumstances) -> Story | None:
    """The run that is told of; None where none was seen."""
    if not circumstances.failed:
        return None
    run = circumstances.failed[0]
    token = next(
        (one for one in facts.tokens if one.path == run.path and _is(run, one.job, one.where)), None
    )
    late = [
        (probe, step)
        for file in facts.probed
        if file.path == run.path
        for probe in file.probes
        for step in probe.steps
        if _is(run, step.job, step.where)
    ]
    probe = late[0][0] if late else None
    needed = {(step.job, step.permission) for _, step in late} | _needed(facts, run)
    return Story(run, probe, token, _stated(facts, run, needed))


def _is(run: FailedRun, job: str, where: Where) -> bool:
    """Whether a step is the one that failed: by its name, or where it has none by its job's."""
    return run.step == where.step if where.step else run.job == job


def _needed(facts: Facts, run: FailedRun) -> set[tuple[str, str]]:
    """Jobs, each with what the step takes."""
    return {
        (use.job, reason.grant)
        for file in facts.files
        if file.path == run.path
        for reason in file.reasons
        if reason.level == "write"
        for use in reason.uses
        if _is(run, use.job, use.where)
    }


def _stated(facts: Facts, run: FailedRun, needed: set[tuple[str, str]]) -> str:
    """The one permission that the file stated and the token lacked."""
    held = {_bare(text) for text in run.held}
    before = {job: given for f in facts.files if f.path == run.path for job, given in f.held}
    missing = {
        grant
        for job, grant in needed
        if held and _bare(grant) not in held and _gives(before.get(job, {}), grant)
    }
    return missing.pop() if len(missing) == 1 else ""


def _gives(held: Grants, grant: str) -> bool:
    scope, _, level = grant.partition(": ")
    given: Mapping[str, str] = held
    return given.get(scope) in {level, "write"}


def _bare(grant: str) -> str:
    """A grant without what logs (``PullRequests: write``) and files write differently."""
    return grant.lower().replace(" ", "").replace("-", "")
