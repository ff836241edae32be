"""Workflows as Hypothesis makes them up: job graphs with conditions, builds and late publishing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.workflow.model import Job, Step, Workflow
from tests.schedule.runs import Event, Outcomes, is_probe
from tests.schedule.shapes import (
    BUILDING,
    COMBINED,
    FEATURES,
    HARDENED,
    JOB_CONDITIONS,
    LATE_CONDITIONS,
    MATRIX,
    MATRIX_KEYS,
    NAMES,
    OUTPUT,
    PUBLISHING,
    RUNNERS,
    STEP_KEYS,
    TOPS,
    TRIGGERS,
    WHOLE,
    Publishing,
)


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow's text, and events that start it."""

    text: str
    events: tuple[Event, ...]


def publishing(step: Step) -> Publishing | None:
    """Which of :data:`PUBLISHING` a step is."""
    words = (step.run or step.uses).text if step.run or step.uses else ""  # type: ignore[union-attr]
    return next((way for way in PUBLISHING if way.mark in words), None)


def builds(step: Step) -> bool:
    """Whether a step is one of the building ones."""
    words = step.run.text if step.run else ""
    return not is_probe(step) and any(tool in words for tool in ("make", "npm", "cargo"))


def _in(lines: Sequence[str], by: int = 2) -> list[str]:
    return [" " * by + line for line in lines]


def _items(steps: Sequence[Sequence[str]]) -> list[str]:
    return [f"{'- ' if n == 0 else '  '}{line}" for step in steps for n, line in enumerate(step)]


# Made once: Hypothesis looks a strategy through each time that it is made.
_BOOLEAN = st.booleans()
_COMBINATION = st.sampled_from(COMBINED)
_FEATURE_LISTS = st.lists(st.sampled_from(FEATURES), max_size=3, unique=True)
_RUNNER = st.sampled_from(RUNNERS)
_SOME_STEPS = st.lists(
    st.sampled_from([("id: decide", "run: echo go=true >> $GITHUB_OUTPUT"), *BUILDING]),
    max_size=3,
    unique=True,
)
_STEP_KEY = st.sampled_from(STEP_KEYS)
_STEP_OR_MATRIX_KEY = st.sampled_from(STEP_KEYS + MATRIX_KEYS * 3)
_TOP = st.sampled_from(TOPS)
_WAYS = st.lists(st.sampled_from(PUBLISHING), min_size=1, max_size=2, unique=True)
_WHOLE_BLOCK = st.sampled_from(WHOLE)


def _steps(draw: st.DrawFn, ways: Sequence[Publishing], features: Sequence[object]) -> list[str]:
    """The lines of ``steps:``."""
    keys = _STEP_OR_MATRIX_KEY if MATRIX in features else _STEP_KEY
    steps: list[tuple[str, ...]] = []
    if HARDENED in features:
        steps.append(("uses: step-security/harden-runner@v2",))
    if any(way.checkout for way in ways) or draw(_BOOLEAN):
        steps.append(("uses: actions/checkout@v4",))
    ordinary = draw(_SOME_STEPS) or ([] if ways else [("run: echo hello",)])
    steps += [(*lines, *draw(keys)) for lines in (*ordinary, *(way.lines for way in ways))]
    if draw(_BOOLEAN):
        steps.append(("run: echo done", *draw(keys)))
    return ["steps:", *_in(_items(steps), 2 if draw(_BOOLEAN) else 0)]


def _needs(draw: st.DrawFn, above: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which jobs are needed, and the lines that say so, in one of the forms."""
    if not above:
        return [], []
    needed = draw(st.lists(st.sampled_from(above), max_size=2, unique=True))
    if not needed:
        # Late work is what this is about.
        needed = [above[-1]] if draw(_BOOLEAN) else []
    if not needed:
        return [], []
    forms = [
        [f"needs: [{', '.join(needed)}]"],
        ["needs: [", *(f"  {name}," for name in needed), "]"],
        ["needs:", *(f"- {name}" for name in needed)],
        ["needs:", *(f"  - {name}" for name in needed)],
    ]
    if len(needed) == 1:
        forms += [[f"needs: {needed[0]}"], [f'needs: "{needed[0]}" # first']]
    return needed, draw(st.sampled_from(forms))


def _condition(draw: st.DrawFn, needed: Sequence[str]) -> list[str]:
    """The ``if`` of a job that needs these, or nothing."""
    conditions = list(JOB_CONDITIONS)
    if needed:
        conditions += [one.replace("{need}", needed[0]) for one in LATE_CONDITIONS] * 2
    condition = draw(st.sampled_from(conditions))
    return [f"if: {condition}"] if condition else []


def _job(draw: st.DrawFn, name: str, above: Sequence[str], ways: Sequence[Publishing]) -> list[str]:
    """The lines of one job; `above` are the jobs that it may need."""
    needed, needs = _needs(draw, above)
    head = [*needs, *_condition(draw, needed)]
    features = draw(_FEATURE_LISTS)
    if not ways and needed and len(features) == 3 and OUTPUT not in features:
        return [f"{name}:", *_in([*head, "uses: ./.github/workflows/other.yml"])]
    scopes = sorted({way.scope for way in ways} - {""})
    block = ["permissions:", *(f"  {scope}: write" for scope in scopes or ("contents",))]
    body = [
        *head,
        draw(_RUNNER),
        *(block if draw(_BOOLEAN) else []),
        *(line for feature in features if feature is not HARDENED for line in feature),
        *_steps(draw, ways, features),
    ]
    return [f"{name}:", *_in(body)]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A workflow of one to six jobs, of which one or more publish."""
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    publishing_too = draw(st.sampled_from(names))
    jobs: list[list[str]] = []
    for at, name in enumerate(names):
        ways = draw(_WAYS) if name in (names[-1], publishing_too) else ()
        jobs.append(_job(draw, name, names[:at], ways))
    combined = draw(_COMBINATION)
    triggers = [line for one in combined for line in TRIGGERS[one][0]]
    if draw(_BOOLEAN):
        jobs.reverse()
    lines = ["on:", *_in(triggers), *draw(_WHOLE_BLOCK), *draw(_TOP)]
    lines += ["jobs:", *_in([line for job in jobs for line in job])]
    events = tuple(event for one in combined for event in TRIGGERS[one][1])
    return Graph("\n".join(lines) + "\n", events)


@st.composite
def outcomes(draw: st.DrawFn, workflow: Workflow) -> Outcomes:
    """What a run of this workflow may meet: failing steps and outputs."""
    places = [(job.id, n) for job in workflow.jobs for n in range(max(len(job.steps), 1))]
    failed = draw(st.lists(st.sampled_from(places), max_size=2))
    go = draw(st.sampled_from(["true", "false", ""]))
    puts = [
        ((job.id, step.index, "go"), go)
        for job in workflow.jobs
        for step in job.steps
        if step.id == "decide"
    ]
    hashed = draw(st.sampled_from(["", "0badc0de"]))
    return Outcomes(frozenset(failed), tuple(puts), hashed=hashed)


def publishers(job: Job, scope: str) -> dict[tuple[str, int], Publishing]:
    """The steps of a job that publish with this scope of the token, by job and number."""
    ways = ((step.index, publishing(step)) for step in job.steps)
    return {(job.id, at): way for at, way in ways if way is not None and way.scope == scope}


_RUN_KEY = st.sampled_from([one for one in STEP_KEYS if "hashFiles" not in str(one)])
_RUN_EVENT = st.sampled_from(
    [
        Event("push", "refs/heads/main"),
        Event("push", "refs/tags/v1"),
        Event("pull_request", "refs/pull/7/merge"),
    ]
)


@st.composite
def runnable(draw: st.DrawFn) -> tuple[str, Event, Outcomes]:
    """A workflow that a machine can run, what starts it, and how it goes, which its text says."""
    names = [f"job{number}" for number in range(draw(st.integers(4, 8)))]
    failed: set[tuple[str, int]] = set()
    puts: list[tuple[tuple[str, int, str], str]] = []
    jobs: list[str] = []
    for at, name in enumerate(names):
        needed, needs = _needs(draw, names[:at])
        head = [*needs, *_condition(draw, needed), "runs-on: ubuntu-latest"]
        go = "true" if draw(_BOOLEAN) else "false"
        puts.append(((name, 0, "go"), go))
        steps = [("id: decide", f"run: echo go={go} >> $GITHUB_OUTPUT")]
        for number in range(1, draw(st.integers(2, 4))):
            fails = draw(st.sampled_from([False, False, False, True]))
            failed |= {(name, number)} if fails else set()
            steps.append(("run: " + ("false" if fails else "true"), *draw(_RUN_KEY)))
        jobs += [f"{name}:", *_in([*head, *OUTPUT, "steps:", *_items(steps)])]
    text = "\n".join(["on: [push, pull_request]", "jobs:", *_in(jobs)]) + "\n"
    return text, draw(_RUN_EVENT), Outcomes(frozenset(failed), tuple(puts))
