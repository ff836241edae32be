"""Workflows and actions in all the shapes that GitHub takes."""

from textwrap import dedent

import pytest

from bot.workflow.document import DocumentError, parse
from bot.workflow.model import Action, Event, Job, Key, Workflow
from bot.workflow.reader import read_action, read_workflow

_HEAD = "on: push\njobs:\n  a:\n"


def _workflow(text: str) -> Workflow:
    return read_workflow(parse("x.yml", dedent(text)))


def _job(text: str) -> Job:
    """The job with these lines in it."""
    body = "".join(f"    {line}\n" for line in dedent(text).strip("\n").split("\n"))
    return _workflow(_HEAD + body).jobs[0]


def _action(text: str) -> Action:
    return read_action(parse("action.yml", dedent(text)))


_ON = {
    "word": ("push", (Event("push"),)),
    "list": ("[push, pull_request]", (Event("push"), Event("pull_request"))),
    "mapping": (
        "{push: {branches: [main]}, release: {types: [published]}, issues: {types: opened}}",
        (
            Event("push", filters=("branches",)),
            Event("release", ("published",)),
            Event("issues", ("opened",)),
        ),
    ),
    "schedule": ("{schedule: [{cron: '0 0 * * *'}]}", (Event("schedule"),)),
    "empty-values": (
        "{push: , workflow_dispatch: null}",
        (Event("push"), Event("workflow_dispatch")),
    ),
}


@pytest.mark.parametrize(("value", "events"), _ON.values(), ids=_ON)
def test_on_in_its_forms(value: str, events: tuple[Event, ...]) -> None:
    text = f"on: {value}\njobs:\n  a: {{runs-on: b, steps: []}}\n"
    assert read_workflow(parse("x.yml", text)).events == events


_RUNS_ON = {
    "word": ("ubuntu-latest", ("ubuntu-latest",)),
    "expression": ("${{ matrix.os }}", ("${{ matrix.os }}",)),
    "list": ("[self-hosted, linux]", ("self-hosted", "linux")),
    "group": ("{group: large}", ("large",)),
    "group-with-labels": ("{group: large, labels: [linux, x64]}", ("linux", "x64")),
}


@pytest.mark.parametrize(("value", "labels"), _RUNS_ON.values(), ids=_RUNS_ON)
def test_runs_on_in_its_forms(value: str, labels: tuple[str, ...]) -> None:
    assert _job(f"runs-on: {value}").runs_on == labels


_PERMISSIONS = {
    "mapping": ("{contents: read, issues: write}", {"contents": "read", "issues": "write"}, None),
    "empty": ("{}", {}, None),
    "none": ("{contents: none}", {"contents": "none"}, None),
    "quoted": ("{'contents': \"read\"}", {"contents": "read"}, None),
}


@pytest.mark.parametrize(("value", "grants", "shorthand"), _PERMISSIONS.values(), ids=_PERMISSIONS)
def test_permissions_as_a_mapping(
    value: str, grants: dict[str, str], shorthand: str | None
) -> None:
    found = _job(f"permissions: {value}").permissions
    assert found is not None
    assert (dict(found.grants), found.shorthand) == (grants, shorthand)


@pytest.mark.parametrize(
    ("word", "level", "id_token"),
    [("read-all", "read", None), ("write-all", "write", "write")],
    ids=["read-all-gives-no-id-token", "write-all"],
)
def test_permissions_as_a_word(word: str, level: str, id_token: str | None) -> None:
    found = _job(f"permissions: {word}").permissions
    assert found is not None
    assert found.shorthand == word
    assert found.grants["contents"] == level
    assert found.grants.get("id-token") == id_token
    assert found.grants["models"] == "read"


def test_permissions_tell_their_lines() -> None:
    found = _job("permissions:\n  # why\n  contents: read\n\n  issues: write").permissions
    assert found is not None
    assert dict(found.lines) == {"contents": 5, "issues": 7}


def test_keys_tell_where_they_end() -> None:
    job = _job("""
        "runs-on": [a,
          b]
        env:
          A: |
            one

            two

        # about the steps
        steps:
        - run: x
        - run: >
            y
    """)
    assert job.keys == (
        Key("runs-on", 3, 4, 4, '"'),
        Key("env", 5, 4, 10),
        Key("steps", 12, 4, 15),
    )


def test_a_job_in_flow_style_has_no_keys() -> None:
    assert _workflow("on: push\njobs: {a: {runs-on: b, steps: []}}\n").jobs[0].keys == ()


def test_parallel_steps_stand_among_the_others() -> None:
    job = _job("""
        steps:
          - run: a
          - parallel:
              - run: b
              - run: c
          - parallel:
              - run: d
          - run: e
    """)
    assert [(s.index, s.run.text, s.parallel) for s in job.steps if s.run] == [
        (0, "a", None),
        (1, "b", 1),
        (2, "c", 1),
        (3, "d", 2),
        (4, "e", None),
    ]


def test_aliases_are_the_steps_that_they_repeat() -> None:
    workflow = _workflow("""
        on: push
        jobs:
          a:
            steps: &steps
              - &step
                run: one
          b:
            steps:
              - *step
              - run: two
          c:
            steps: *steps
    """)
    texts = [[step.run.text for step in job.steps if step.run] for job in workflow.jobs]
    assert texts == [["one"], ["one", "two"], ["one"]]
    assert not any(job.shared for job in workflow.jobs)


def test_jobs_that_are_one_anchor_are_shared() -> None:
    workflow = _workflow("on: push\njobs:\n  a: &a\n    steps: []\n  b: *a\n  c:\n    steps: []\n")
    assert [job.shared for job in workflow.jobs] == [True, True, False]


_STEP_LABELS = {
    "name": ("{name: '  My\n      step ', run: x}", "My step"),
    "action": ("{uses: a/b@v1}", "a/b@v1"),
    "first-line": ("{run: ' one '}", "Run one"),
    "nothing": ("{run: ''}", "step 1"),
}


@pytest.mark.parametrize(("step", "label"), _STEP_LABELS.values(), ids=_STEP_LABELS)
def test_steps_are_named_as_in_the_log(step: str, label: str) -> None:
    assert _job(f"steps: [{step}]").steps[0].label == label


def test_inputs_are_in_lower_case_and_variables_are_not() -> None:
    step = _job("steps: [{uses: a/b@v1, with: {Token: x}, env: {Token: y}}]").steps[0]
    assert (list(step.inputs), list(step.env)) == (["token"], ["Token"])


def test_an_expression_in_place_of_a_mapping() -> None:
    assert _job("env: ${{ fromJSON(inputs.env) }}").env["*"].text == "${{ fromJSON(inputs.env) }}"


_SECRETS = {"inherit": ("inherit", None), "mapping": ("{A: b}", ["A"]), "none": ("", [])}


@pytest.mark.parametrize(("value", "names"), _SECRETS.values(), ids=_SECRETS)
def test_secrets_of_a_caller(value: str, names: list[str] | None) -> None:
    secrets = _job(f"uses: ./x.yml\nsecrets: {value}").secrets
    assert (None if secrets is None else list(secrets)) == names


def test_images_of_container_and_services() -> None:
    job = _job("""
        container: ghcr.io/a
        services:
          b:
            image: ghcr.io/b
            credentials: {username: u, password: p}
          c: {ports: [1]}
    """)
    found = [(i.name.text, i.password.text if i.password else None) for i in job.images]
    assert found == [("ghcr.io/a", None), ("ghcr.io/b", "p")]


def test_lines_of_a_script() -> None:
    run = _job("steps:\n  - run: |\n      one\n      two\n").steps[0].run
    assert run is not None
    assert [run.line_of(n) for n in range(2)] == [5, 6]


_REFUSED = {
    "a-list": ("- a", "the file is not a mapping"),
    "no-jobs": ("on: push", "jobs is not a mapping"),
    "job-is-a-word": ("on: push\njobs:\n  a: b", "jobs.a is not a mapping (line 3)"),
    "step-is-a-word": (f"{_HEAD}    steps: [b]", "jobs.a.steps[0] is not a mapping (line 4)"),
    "key-is-a-list": (f"{_HEAD}    [a]: b", "jobs.a has a key that is no text (line 4)"),
    "key-twice": (f"{_HEAD}    if: a\n    if: b", "jobs.a has the key 'if' twice (line 5)"),
    "variable-twice": (f"{_HEAD}    env: {{A: 1, A: 2}}", "jobs.a.env has the key 'A' twice"),
    "merge-key": (f"{_HEAD}    <<: {{if: a}}", "jobs.a uses a YAML merge key"),
    "permissions-of-another-word": (f"{_HEAD}    permissions: all", "a value that GitHub refuses"),
    "permissions-empty": (f"{_HEAD}    permissions:", "a value that GitHub refuses"),
    "level-that-the-scope-has-not": (f"{_HEAD}    permissions: {{models: write}}", "a level"),
}


@pytest.mark.parametrize(("text", "reason"), _REFUSED.values(), ids=_REFUSED)
def test_refused_with_the_place(text: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_workflow(parse("x.yml", text))
    assert reason in str(caught.value)


def test_composite_action() -> None:
    action = _action("""
        name: a
        inputs:
          Token: {default: "${{ github.token }}"}
          other:
        outputs:
          Result: {value: "${{ steps.a.outputs.b }}"}
        runs:
          using: Composite
          steps:
            - {run: x, shell: bash}
    """)
    assert action.using == "composite"
    assert list(action.inputs) == ["token", "other"]
    assert action.inputs["token"].default is not None
    assert action.inputs["other"].default is None
    assert list(action.outputs) == ["result"]
    assert len(action.steps) == 1


@pytest.mark.parametrize(
    ("runs", "main", "image"),
    [
        ("{using: node20, pre: a.js, main: b.js, post: c.js}", ("a.js", "b.js", "c.js"), None),
        ("{using: docker, image: Dockerfile}", (), "Dockerfile"),
    ],
    ids=["javascript", "docker"],
)
def test_other_actions(runs: str, main: tuple[str, ...], image: str | None) -> None:
    action = _action(f"runs: {runs}\n")
    assert action.main == main
    assert (action.image.text if action.image else None) == image


def test_an_action_that_runs_nothing_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"no runs\.using"):
        _action("runs: {}\n")
