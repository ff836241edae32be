"""For any job graph, event and outcome: what probes may do to a run, and what they never do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.analysis import FileReport, analyse
from bot.permissions.world import World
from bot.remedies.rules import Rules
from bot.workflow.document import parse
from bot.workflow.model import Job, Step, Workflow
from bot.workflow.reader import read_workflow
from tests.schedule.graphs import Graph, builds, graphs, outcomes, publishers
from tests.schedule.model import (
    Event,
    Outcomes,
    Result,
    Run,
    Verdict,
    guards,
    is_probe,
    kind,
    schedule,
)

_PATH = ".github/workflows/x.yml"
_SETTINGS = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
_SCOPES = {
    "draft-release": "contents",
    "generate-notes": "contents",
    "refs": "contents",
    "ghcr": "packages",
    "id-token": "id-token",
    "token": "",
}
"""Kind of probe → the scope it tries; none for a token that is not GITHUB_TOKEN."""


class _NoFiles:
    def read(self, path: str) -> str | None:  # noqa: ARG002
        return None

    def workflows(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe as it stands in a rewritten workflow."""

    host: Job
    step: Step
    guarded: tuple[Job, ...]

    @property
    def scope(self) -> str:
        return _SCOPES[kind(self.step)]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A workflow before and after, and its probes."""

    graph: Graph
    before: Workflow = field(repr=False)
    after: Workflow = field(repr=False)
    probes: tuple[Probe, ...] = field(repr=False)
    problem: str

    def place(self, probe: Probe) -> int:
        """Which of the design's three places a probe has."""
        if probe.guarded == (probe.host,):
            return 1
        return 2 if self.before.job(probe.host.id) else 3


def _analyse(text: str) -> FileReport:
    return analyse(World(_NoFiles()), _PATH, text.encode(), Rules())


def _read(text: str) -> Workflow:
    return read_workflow(parse(_PATH, text))


def _probes(workflow: Workflow) -> Iterator[Probe]:
    for job in workflow.jobs:
        for step in filter(is_probe, job.steps):
            yield Probe(job, step, tuple(_job(workflow, name) for name in guards(step)))


@lru_cache(maxsize=512)
def _rewrite(graph: Graph) -> Rewrite:
    report = _analyse(graph.text)
    after = _read(report.after)
    return Rewrite(graph, _read(graph.text), after, tuple(_probes(after)), report.problem)


_ALL = graphs().map(_rewrite)
_PROBED = _ALL.filter(lambda rewrite: bool(rewrite.probes))


def _same(rewrite: Rewrite, run: Run, before: Run) -> None:
    """Checks that a run went as the original one did, but for what was added."""
    assert _seen(run, rewrite.before.jobs) == _seen(before, rewrite.before.jobs)
    # A run in which nothing ran but the probe is a success.
    assert run.conclusion in (before.conclusion, Result.SUCCESS)


def _seen(run: Run, jobs: Sequence[Job]) -> dict[str, tuple[object, ...]]:
    """How jobs went, without what was added to them."""
    return {
        job.id: (
            run.jobs[job.id].result,
            run.jobs[job.id].steps,
            tuple(put for put in run.jobs[job.id].outputs if put[0] in job.outputs),
        )
        for job in jobs
    }


def _job(workflow: Workflow, job_id: str) -> Job:
    found = workflow.job(job_id)
    assert found is not None
    return found


def _below(workflow: Workflow, ids: frozenset[str]) -> frozenset[str]:
    """These jobs and all that need them, directly or not."""
    found = ids
    while more := {j.id for j in workflow.jobs if found & set(j.needs)} - found:
        found |= more
    return found


def _held_up(rewrite: Rewrite, run: Run) -> frozenset[tuple[str, int | None]]:
    """Where a refusal stands: legs of its own job, or all of the jobs that need an added one."""
    failed = {(probe.job, probe.leg) for probe in run.probes if probe.failed}
    added = {job_id for job_id, _ in failed if rewrite.before.job(job_id) is None}
    entries = {
        (job.id, None)
        for job in rewrite.before.jobs
        if added & set(_job(rewrite.after, job.id).needs)
    }
    return frozenset({place for place in failed if place[0] not in added} | entries)


def _without_failed_probe_nothing_changes(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """Where no probe fails, the run is the original one, whatever the verdicts."""
    run = schedule(rewrite.after, event, meant)
    if not any(probe.failed for probe in run.probes):
        _same(rewrite, run, schedule(rewrite.before, event, meant))


def _merges_are_left_alone(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """A run whose checks a merge may require is the original one; nothing is probed for forks."""
    if event.merges:
        run = schedule(rewrite.after, event, meant)
        _same(rewrite, run, schedule(rewrite.before, event, meant))
        assert not (event.fork and run.probes)


def _runs_where_due(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """A probe that may fail runs only where what it stands for is due, if all goes well."""
    meant = replace(meant, failed=frozenset())
    started = schedule(rewrite.before, event, meant).started
    for probe in schedule(rewrite.after, event, meant).probes:
        if probe.mode == "fail":
            assert any(
                started & publishers(_job(rewrite.before, name), _SCOPES[probe.kind]).keys()
                for name in probe.guards
            )


def _starts_no_more_than_a_failure(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """A refusal lets nothing start that would not start had that job failed at its start."""
    run = schedule(rewrite.after, event, meant)
    held_up = _held_up(rewrite, run)
    failing = schedule(rewrite.before, event, replace(meant, stillborn=held_up))
    ahead = {(p.host.id, number) for p in rewrite.probes for number in range(_ahead(p))}
    known = {job.id for job in rewrite.before.jobs}
    assert {place for place in run.started if place[0] in known} <= failing.started | ahead


def _others_are_left_alone(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """A refusal changes nothing in jobs that do not come after it."""
    run = schedule(rewrite.after, event, meant)
    held_up = frozenset(job_id for job_id, _ in _held_up(rewrite, run))
    touched = _below(rewrite.before, held_up)
    others = [job for job in rewrite.before.jobs if job.id not in touched]
    then = schedule(rewrite.before, event, meant)
    assert _seen(run, others) == _seen(then, others)


def _a_dead_probe_holds_no_gate(rewrite: Rewrite, event: Event, meant: Outcomes) -> None:
    """Where a merge may require checks, a probe's job that dies holds up no job that needs it."""
    added = {(job.id, None) for job in rewrite.after.jobs if rewrite.before.job(job.id) is None}
    if event.merges and added:
        run = schedule(rewrite.after, event, replace(meant, stillborn=frozenset(added)))
        names = {name for name, _ in added}
        gates = [j for j in rewrite.before.jobs if names & set(_job(rewrite.after, j.id).needs)]
        before = schedule(rewrite.before, event, meant)
        assert _seen(run, gates) == _seen(before, gates)


_ALWAYS = (
    _a_dead_probe_holds_no_gate,
    _without_failed_probe_nothing_changes,
    _merges_are_left_alone,
    _runs_where_due,
    _starts_no_more_than_a_failure,
    _others_are_left_alone,
)


@given(_PROBED, st.data())
@_SETTINGS
def test_what_a_probe_may_do_to_a_run(rewrite: Rewrite, data: st.DataObject) -> None:
    meant = data.draw(outcomes(rewrite.before))
    for event in rewrite.graph.events:
        for verdict in Verdict:
            for holds in _ALWAYS:
                holds(rewrite, event, replace(meant, verdict=verdict))


_PUBLISHES = "steps: [{run: gh release create v1, env: {GH_TOKEN: '${{ github.token }}'}}]"
_HARD_SHAPES = {
    "success-named-between-a-skip-and-the-publishing-job": """\
on: {push: {tags: ['v*']}}
permissions: {contents: write}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: make build
  test:
    needs: build
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-latest
    steps: [{run: make test}]
  pack:
    needs: test
    if: CONDITION
    runs-on: ubuntu-latest
    steps: [{run: make pack}]
  release:
    needs: pack
    runs-on: ubuntu-latest
    PUBLISHES
""",
}
_BETWEEN = ("success()", "success() || failure()", "success() || github.ref == 'refs/heads/main'")


@pytest.mark.parametrize("condition", _BETWEEN)
@pytest.mark.parametrize("shape", _HARD_SHAPES.values(), ids=_HARD_SHAPES)
def test_shapes_that_are_seldom_drawn(shape: str, condition: str) -> None:
    text = shape.replace("PUBLISHES", _PUBLISHES.replace("v1", "v1 --notes one"))
    graph = Graph(text.replace("CONDITION", condition), (Event("push", "refs/tags/v1"),))
    for holds in _ALWAYS:
        holds(_rewrite(graph), graph.events[0], Outcomes(verdict=Verdict.REFUSED))


@given(_PROBED, st.data())
@_SETTINGS
def test_a_run_that_goes_through_without_the_token_is_never_failed(
    rewrite: Rewrite, data: st.DataObject
) -> None:
    # The token is refused to the probe, so it would be refused to what the probe stands for.
    refused = data.draw(st.sets(st.sampled_from(sorted(set(_SCOPES.values()))), min_size=1))
    meant = data.draw(outcomes(rewrite.before))
    lost = {
        place
        for probe in rewrite.probes
        for job in probe.guarded
        if probe.scope in refused
        for place, way in publishers(_job(rewrite.before, job.id), probe.scope).items()
        if way.certain
    }
    meant = replace(
        meant,
        failed=meant.failed | lost,
        verdicts=tuple((one, Verdict.REFUSED) for one in _SCOPES if _SCOPES[one] in refused),
    )
    for event in rewrite.graph.events:
        before = schedule(rewrite.before, event, meant)
        if before.conclusion is not Result.FAILURE:
            _same(rewrite, schedule(rewrite.after, event, meant), before)


@given(_ALL)
@_SETTINGS
def test_what_is_written(rewrite: Rewrite) -> None:
    assert rewrite.problem == ""
    for probe in rewrite.probes:
        _stands_early_and_holds_its_scope(rewrite, probe)
    before, after = _raw(rewrite.before), _raw(rewrite.after)
    for name, job in after.items():
        if name in before:
            assert job.get("environment") == before[name].get("environment")
        else:
            _does_nothing_else(rewrite, name, job)
    assert _analyse(rewrite.after.document.text).after == rewrite.after.document.text


def _stands_early_and_holds_its_scope(rewrite: Rewrite, probe: Probe) -> None:
    host = probe.host
    assert not any(map(builds, host.steps[: probe.step.index]))
    others = [job for job in probe.guarded if job != host]
    if others and probe.scope:
        held = rewrite.after.held(host)
        assert held is not None
        assert held.grants.get(probe.scope) == "write"
        assert host.permissions is not None or all(job.permissions is None for job in others)


_ADDED = {"name", "runs-on", "timeout-minutes", "permissions", "outputs", "steps"}
_ADDED |= {"continue-on-error"}  # in runs for pull requests and merge queues alone


def _does_nothing_else(rewrite: Rewrite, name: str, job: dict[str, Any]) -> None:
    """A job that is added holds probes alone, on a runner that the file uses."""
    assert all(map(is_probe, _job(rewrite.after, name).steps))
    assert set(job) <= _ADDED
    assert (job["runs-on"],) in {one.runs_on for one in rewrite.before.jobs}
    scopes = {probe.scope for probe in rewrite.probes if probe.host.id == name} - {""}
    assert job["permissions"] == dict.fromkeys(scopes, "write")


def _raw(workflow: Workflow) -> dict[str, Any]:
    jobs: dict[str, Any] = YAML(typ="safe").load(workflow.document.text)["jobs"]
    return jobs


@given(_ALL)
@_SETTINGS
def test_a_second_rewrite_changes_nothing(rewrite: Rewrite) -> None:
    assert _analyse(rewrite.after.document.text).after == rewrite.after.document.text


@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_generator_reaches_every_place_and_mode(place: int) -> None:
    # Properties of probes that are never written would prove nothing.
    seen = _survey()
    assert seen[f"place {place}"] >= 10
    assert seen[f"place {place}, fails"] >= 1
    assert seen[f"place {place}, warns"] >= 1


def _ahead(probe: Probe) -> int:
    """How many of a job's own steps stand before its probe."""
    return sum(not is_probe(step) for step in probe.host.steps[: probe.step.index])


@lru_cache(maxsize=1)
def _survey() -> Counter[str]:
    seen: Counter[str] = Counter()

    @given(_ALL)
    @settings(_SETTINGS, max_examples=400, database=None)
    def look(rewrite: Rewrite) -> None:
        seen["graphs"] += 1
        outcome = Outcomes(verdict=Verdict.REFUSED)
        places = {(p.host.id, guards(p.step)): f"place {rewrite.place(p)}" for p in rewrite.probes}
        seen.update(set(places.values()))
        for event in rewrite.graph.events:
            for ran in schedule(rewrite.after, event, outcome).probes:
                word = "fails" if ran.failed else "warns"
                seen[f"{places[ran.job, ran.guards]}, {word}"] += 1

    look()
    return seen
