"""How probes are written: in the file's own form, whatever that is."""

import pytest

from bot import probes
from bot.probes import Kind
from bot.remedies.preflight import writing
from bot.workflow.document import parse
from bot.workflow.edit import apply
from bot.workflow.reader import read_workflow
from tests.remedies.preflight.support import (
    MAKE,
    PATH,
    RELEASE,
    TAGS,
    WRITE,
    alone,
    block,
    chain,
    job,
    see,
    workflow,
    written,
)

_STEPS = f"- run: make\n{RELEASE}"
_NAME = "- name: Preflight - may this run create releases?"


def _lines(text: str, count: int, wanted: str = _NAME) -> list[str]:
    """Lines of the rewritten file from the probe on; one before it, too."""
    lines = see(text).report.after.splitlines()
    at = next(n for n, line in enumerate(lines) if wanted in line)
    return lines[at - 1 : at + count]


def _indented(job_indent: int, dash: int) -> str:
    unit = " " * job_indent
    return (
        f"on: {TAGS}\njobs:\n{unit}a:\n{unit * 2}runs-on: ubuntu-latest\n"
        f"{unit * 2}permissions:\n{unit * 3}contents: write\n{unit * 2}steps:\n"
        + block(job_indent * 2 + dash, _STEPS)
    )


@pytest.mark.parametrize("dash", [0, 1, 2, 4], ids=lambda n: f"dash-{n}")
@pytest.mark.parametrize("unit", [1, 2, 4, 6], ids=lambda n: f"unit-{n}")
def test_indentation(unit: int, dash: int) -> None:
    column = unit * 2 + dash
    assert _lines(_indented(unit, dash), 3) == [
        " " * unit * 2 + "steps:",
        " " * column + _NAME,
        " " * column + "  shell: bash",
        " " * column + "  working-directory: .",
    ]


def test_the_whole_step() -> None:
    lines = _lines(alone(MAKE, f"{RELEASE}\n  if: github.actor == 'x'"), 12)
    assert lines == [
        "    steps:",
        f"      {_NAME}",
        "        if: github.actor == 'x'",
        "        shell: bash",
        "        working-directory: .",
        "        env:",
        "          TOKEN: ${{ github.token }}",
        "          REPOSITORY: ${{ github.repository }}",
        "          GUARDS: a",
        "          ON_REFUSAL: fail",
        "        run: |",
        "          # Clearance preflight probe: draft-release",
        lines[-1],
    ]
    run = see(alone(MAKE, RELEASE)).written[1].run
    assert run is not None
    assert run.text == probes.script(Kind.DRAFT_RELEASE) + "\n"


_OWN = """\
jobs:
  preflight:
    name: Preflight
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: write # what the probes ask for
    steps:
      - name: Preflight - may this run create releases?
        shell: bash
"""


def test_the_job_of_its_own() -> None:
    after = see(chain(top="")).report.after
    assert _OWN in after
    assert "  build:\n    needs: preflight\n    runs-on: ubuntu-latest\n" in after
    assert "outputs" not in after


_TELLS = """\
    outputs:
      verdict: ${{ steps.probe-1.outputs.verdict }}
    steps:
      - name: Preflight - may this run create releases?
        id: probe-1
"""
_ASKS = """\
  build:
    needs: preflight
    if: ${{ !cancelled() && needs.preflight.outputs.verdict != 'refused' }}
    runs-on: ubuntu-latest
"""
_PULLS = "{push: {branches: [main]}, pull_request: }"


def test_the_job_of_its_own_tells_its_verdict_where_pull_requests_start_it() -> None:
    after = see(chain(on=_PULLS, top="")).report.after
    assert _TELLS in after
    assert _ASKS in after


def test_the_condition_of_an_entry_job_stays() -> None:
    text = chain(
        on=_PULLS,
        top="",
        first="if: github.event_name == 'push'",
        last="if: github.event_name == 'push'",
    )
    seen = see(text)
    assert seen.job("build").needs == ("preflight",)
    assert seen.report.after.count("needs.preflight") == 0


_TWO_SCOPES = workflow(
    job("build", MAKE),
    job(
        "a",
        "- uses: docker/login-action@v3\n"
        "  with: {registry: ghcr.io, username: x, password: '${{ github.token }}'}",
        RELEASE,
        "- uses: docker/build-push-action@v6\n  with: {push: true, tags: ghcr.io/a/b}",
        keys="needs: build",
    ),
    on=_PULLS,
    top="permissions: {contents: write, packages: write}",
).replace("  build:\n", f"  build:\n{block(4, 'strategy: {matrix: {x: [a]}}')}")


def test_two_probes_in_one_job_of_their_own() -> None:
    seen = see(_TWO_SCOPES)
    host = seen.job("preflight")
    assert [step.id for step in host.steps] == ["probe-1", "probe-2"]
    assert host.permissions is not None
    assert host.permissions.grants == {"contents": "write", "packages": "write"}
    assert host.outputs["verdict"].text == (
        "${{ (steps.probe-1.outputs.verdict == 'refused'"
        " || steps.probe-2.outputs.verdict == 'refused') && 'refused' || 'passed' }}"
    )


def test_a_job_of_its_own_for_another_token_holds_nothing() -> None:
    text = chain(
        "- run: gh release create v1\n  env: {GH_TOKEN: '${{ secrets.PAT }}'}",
        first="strategy: {matrix: {x: [a]}}",
    )
    assert "    timeout-minutes: 5\n    permissions: {}\n    steps:\n" in see(text).report.after


def _entry(needs: str, more: str = "") -> str:
    return workflow(
        job("build", MAKE, keys=block(0, needs, "strategy: {matrix: {x: [a]}}")),
        job("publish", RELEASE, keys="needs: build"),
        more,
    )


_NEEDS = {
    "none": ("", "    needs: preflight\n    runs-on"),
    "empty": ("needs: []", "    needs: [preflight]\n"),
    "empty-with-a-blank": ("needs: [ ]", "    needs: [preflight]\n"),
    "empty-with-a-comment": ("needs: []  # none", "    needs: [preflight]  # none\n"),
    "empty-on-two-lines": ("needs: [\n]", "    needs: [preflight]\n"),
    "empty-with-an-anchor": ("needs: &x []", None),
}
_FORMS = {
    "text": ("needs: quick", "needs: [preflight, quick]\n"),
    "text-in-quotes": ("needs: 'quick'", "needs: [preflight, 'quick']\n"),
    "text-in-double-quotes": ('needs: "quick"', 'needs: [preflight, "quick"]\n'),
    "list-in-brackets": ("needs: [quick]", "needs: [preflight, quick]\n"),
    "list-in-brackets-with-blanks": ("needs: [ quick ]", "needs: [preflight,  quick ]\n"),
    "list-in-brackets-on-lines": ("needs: [\n  quick,\n]", "needs: [preflight, \n"),
    "list-of-lines": ("needs:\n  - quick", "    needs:\n      - preflight\n      - quick\n"),
    "list-of-lines-at-its-keys-column": (
        "needs:\n- quick",
        "    needs:\n    - preflight\n    - quick\n",
    ),
    "list-of-lines-with-a-comment": (
        "needs:\n  # why\n  - quick",
        "      # why\n      - preflight\n      - quick\n",
    ),
}


@pytest.mark.parametrize(("needs", "wanted"), _FORMS.values(), ids=_FORMS)
def test_needs_that_name_jobs(needs: str, wanted: str) -> None:
    text = workflow(job("quick", "- run: echo"), job("a", MAKE, RELEASE, keys=needs))
    before = read_workflow(parse(PATH, text))
    one = before.job("a")
    assert one is not None
    change = writing.gate(before.document, one, "preflight", asks=False)
    after = apply(before.document, change.edits)
    found = read_workflow(parse(PATH, after)).job("a")
    assert found is not None
    assert set(found.needs) == {"preflight", "quick"}
    assert wanted in after


@pytest.mark.parametrize(("needs", "wanted"), _NEEDS.values(), ids=_NEEDS)
def test_needs_of_an_entry_job(needs: str, wanted: str | None) -> None:
    seen = see(_entry(needs))
    assert seen.job("build").needs == ("preflight",)
    assert wanted is None or wanted in seen.report.after


_IDS = ["on", "true", "'null'", "1x", '"1"', "~", "yes", "a-b", "_"]


@pytest.mark.parametrize("name", _IDS)
def test_job_ids_that_look_like_something_else(name: str) -> None:
    entry = see(workflow(job(name, MAKE), job("b", RELEASE, keys=f"needs: {name}"), top=""))
    assert entry.after.jobs[1].needs == ("preflight",)
    same = see(workflow(job(name, MAKE, RELEASE)))
    assert same.written[1].env["GUARDS"].text == name.strip("'\"")


_TAKEN = {
    "nobody": ("build", "preflight"),
    "a-job": ("preflight", "preflight-2"),
    "a-job-in-capitals": ("PreFlight", "preflight-2"),
}


@pytest.mark.parametrize(("taken", "name"), _TAKEN.values(), ids=_TAKEN)
def test_the_name_of_the_job_of_its_own_is_free(taken: str, name: str) -> None:
    text = workflow(job(taken, MAKE), job("b", RELEASE, keys=f"needs: {taken}"), top="")
    seen = see(text)
    assert seen.written[0].id == name
    assert seen.job(taken).needs == (name,)


def test_the_second_name_may_be_taken_too() -> None:
    text = workflow(
        job("preflight", MAKE), job("preflight-2", RELEASE, keys="needs: preflight"), top=""
    )
    assert see(text).written[0].id == "preflight-3"


_LINE_ENDS = {"crlf": "\r\n", "lf": "\n"}
_TEXTS = {"step": chain(), "job": chain(top=""), "job-that-tells": chain(on=_PULLS, top="")}


@pytest.mark.parametrize("text", _TEXTS.values(), ids=_TEXTS)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no-mark", "byte-order-mark"])
@pytest.mark.parametrize("end", ["last-line-ends", "last-line-is-open"])
@pytest.mark.parametrize("line_end", _LINE_ENDS.values(), ids=_LINE_ENDS)
def test_bytes_of_the_file_are_followed(text: str, mark: str, end: str, line_end: str) -> None:
    before = mark + text.replace("\n", line_end)
    if end == "last-line-is-open":
        before = before.removesuffix(line_end)
    after = see(before).report.after
    assert after.startswith(mark)
    assert after.endswith(line_end) is before.endswith(line_end)
    assert after.count("\n") == after.count(line_end)
    assert not any(line.endswith(" ") for line in after.splitlines())


_FILES = {
    "quoted-keys": (
        '"on": push\n"permissions": {contents: write}\n"jobs":\n  "a":\n'
        '    "runs-on": ubuntu-latest\n    "steps":\n    - "run": make\n    - "uses": %s\n'
    ),
    "comments-between-steps-and-the-first": (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n    # one\n\n    # two\n    - run: make\n    # three\n    - uses: %s\n"
    ),
    "comment-behind-the-key": (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps: # these\n    - run: make\n    - uses: %s\n"
    ),
    "dash-on-a-line-of-its-own": (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n    -\n      run: make\n    -\n      uses: %s\n"
    ),
    "steps-before-other-keys": (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    steps:\n    - run: make\n"
        "    - uses: %s\n    runs-on: ubuntu-latest\n"
    ),
    "block-text-of-the-step-before": (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n    - uses: step-security/harden-runner@v2\n      with:\n        x: |\n"
        "          a\n\n          b\n\n\n    - run: make\n    - uses: %s\n"
    ),
    "document-start-and-end": (
        "---\non: push\npermissions: {contents: write}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n    - run: make\n    - uses: %s\n...\n"
    ),
    "explicit-key": (
        "on: push\npermissions: {contents: write}\njobs:\n  ? a\n  : runs-on: ubuntu-latest\n"
        "    steps:\n    - run: make\n    - uses: %s\n"
    ),
    "comments-and-a-long-name-in-front-of-a-job": (
        "on: push\npermissions: {contents: write}\njobs: # all\n\n  # first\n  a:\n    name: >\n"
        "      long\n      name\n    runs-on: self-hosted\n    steps:\n    - run: make\n"
        "    - uses: %s\n  z:\n    runs-on: ubuntu-latest\n    steps: []\n"
    ),
    "first-job-in-braces": (
        "on: push\njobs:\n  z: {runs-on: ubuntu-latest, steps: []}\n  a:\n"
        "      runs-on: self-hosted\n      permissions: {contents: write}\n      steps:\n"
        "      - run: make\n      - uses: %s\n"
    ),
    "job-with-an-anchor": (
        "on: push\npermissions: {contents: write}\njobs:\n  a: &a\n    runs-on: self-hosted\n"
        "    steps:\n    - run: make\n    - uses: %s\n  z: {runs-on: ubuntu-latest, steps: []}\n"
    ),
}


@pytest.mark.parametrize("text", _FILES.values(), ids=_FILES)
def test_form_of_the_file(text: str) -> None:
    assert len(written(see(text % RELEASE.removeprefix("- uses: ")).after)) == 1


@pytest.mark.parametrize("mark", ["&steps", "!!seq"])
def test_steps_whose_dashes_are_hidden(mark: str) -> None:
    text = alone(MAKE, RELEASE).replace("steps:", f"steps: {mark}")
    assert see(text).outcome == "OWN_JOB"


def test_blank_lines_between_steps_are_followed() -> None:
    text = f"on: {TAGS}\n{WRITE}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    spaced = text + "      - run: make\n\n      - run: make all\n\n" + block(6, RELEASE)
    assert "\n\n      - run: make\n\n" in see(spaced).report.after
    half = text + "      - run: make\n\n      - run: make all\n" + block(6, RELEASE)
    assert "\n\n      - run: make\n\n" not in see(half).report.after


def test_blank_line_before_a_probe_that_is_not_the_first_step() -> None:
    text = f"on: {TAGS}\n{WRITE}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n" + (
        "      - uses: step-security/harden-runner@v2\n\n      - run: make\n\n" + block(6, RELEASE)
    )
    assert f"harden-runner@v2\n\n      {_NAME}" in see(text).report.after


_JOBS = {
    "with-a-blank-line": ("\n\n  publish:", True),
    "without": ("\n  publish:", False),
}


@pytest.mark.parametrize(("between", "spaced"), _JOBS.values(), ids=_JOBS)
def test_blank_lines_between_jobs_are_followed(between: str, spaced: bool) -> None:
    text = chain(top="").replace("\n  publish:", between)
    assert ("\n\n  build:" in see(text).report.after) is spaced


def test_a_blank_line_behind_it_where_there_was_one_job() -> None:
    text = alone(MAKE, RELEASE, keys="container: node:20")
    assert "\n\n  a:\n    needs: preflight\n" in see(text).report.after
