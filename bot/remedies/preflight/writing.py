"""Probes as lines of a workflow: steps, a job of their own, and the ``needs`` that lead to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import probes
from bot.permissions.scopes import Grants, join
from bot.probes import Kind
from bot.remedies.job_permissions import comment_gap
from bot.remedies.preflight.facts import Probe
from bot.workflow.document import Document
from bot.workflow.edit import Change, Content, Edit, Insert, Replace
from bot.workflow.model import Job, Workflow

NAMES: Mapping[Kind, str] = {
    Kind.DRAFT_RELEASE: "Preflight - may this run create releases?",
    Kind.GENERATE_NOTES: "Preflight - may this run create releases?",
    Kind.REFS: "Preflight - may this run push tags and branches?",
    Kind.GHCR: "Preflight - may this run push the image?",
    Kind.ID_TOKEN: "Preflight - may this job ask for an OIDC token?",
    Kind.TOKEN: "Preflight - can the late step's token do its work?",
}
_PLAIN = re.compile(r"[A-Za-z0-9_.$/][^\n]*\Z")
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"})
_NOT_REFUSED = "${{ !cancelled() && needs.%s.outputs.verdict != 'refused' }}"
_MINUTES = "5"
_FOR_PULLS = (
    "${{ startsWith(github.event_name, 'pull_request') || github.event_name == 'merge_group' }}"
)
"""Where a runner that is lost must not hold the jobs behind those that wait: `success()` asks of
all jobs before (actions/runner#2205), and a skipped check counts as passed."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A probe's step, as data and as lines without indentation."""

    content: Mapping[str, Content]
    lines: tuple[str, ...]


def steps(workflow: Workflow, job: Job, at: Mapping[int, Sequence[Probe]]) -> Change:
    """Probes as steps of a job. ``at``: index of a step → the probes that stand before it."""
    edits: list[Edit] = []
    added: dict[str, Content] = {}
    dash = job.steps_at
    assert dash is not None  # noqa: S101 - placement has looked
    spaced = _spaced(workflow.document, job)
    done = 0
    for index in sorted(at):
        lines: list[str] = []
        for probe in at[index]:
            step = _step(probe)
            added[f"jobs.{job.id}.steps.{index + done}"] = step.content
            done += 1
            block = [_indented(line, dash.column) for line in step.lines]
            gap = [""] if spaced else []
            lines += [*block, *gap] if index == 0 else [*gap, *block]
        edits.append(Insert(_line_before(job, index), tuple(lines)))
    return Change(tuple(edits), added)


def new_job(
    workflow: Workflow, name: str, label: str, found: Sequence[Probe], *, tells: bool
) -> Change:
    """A job with probes in front of all others. ``tells``: it hands its verdict on."""
    first = workflow.jobs[0]
    outer = _column(workflow.document, first.line)
    inner = first.keys[0].column - outer if first.keys else 2
    held = join(probes.grants(probe.kind) for probe in found)
    made = [_step(probe, f"probe-{n}" if tells else "") for n, probe in enumerate(found, 1)]
    content: dict[str, Content] = {
        "name": "Preflight",
        "runs-on": label,
        "timeout-minutes": _MINUTES,
        "permissions": dict(held),
    }
    if tells:
        content["continue-on-error"] = _FOR_PULLS
        content["outputs"] = {"verdict": _verdict(len(made))}
    content["steps"] = [step.content for step in made]
    lines = [f"{name}:"]
    body = ["name: Preflight", f"runs-on: {label}", f"timeout-minutes: {_MINUTES}"]
    body += _permissions(held, " " * inner, comment_gap(workflow.document.text))
    if tells:
        body.append(f"continue-on-error: {_FOR_PULLS}")
        body += ["outputs:", " " * inner + f"verdict: {_verdict(len(made))}"]
    body.append("steps:")
    body += [_indented(line, inner) for step in made for line in step.lines]
    lines += [_indented(line, inner) for line in body]
    place = next(key for key in workflow.keys if key.name == "jobs").line + 1
    gap = [""] if _spaced_jobs(workflow) else []
    text = [*(_indented(line, outer) for line in lines), *gap]
    return Change((Insert(place, tuple(text)),), {f"jobs.{name}": content})


def gate(document: Document, job: Job, name: str, *, asks: bool) -> Change:
    """A job that is made to need another. ``asks``: nothing but a refusal is to hold it."""
    edits: list[Edit] = []
    added: dict[str, Content] = {}
    replaced: dict[str, Content] = {}
    place = f"jobs.{job.id}.needs"
    form = job.needs_form
    lines = []
    if form is None:
        lines.append(f"needs: {name}")
        added[place] = name
    elif form.kind == "block":
        edits.append(Insert(form.span.line, (" " * form.column + f"- {name}",)))
        added[f"{place}.0"] = name
    else:
        start = document.offset(form.span.line, form.span.column)
        end = document.offset(form.span.end_line, form.span.end_column)
        written = document.text[start:end]
        if form.kind == "scalar":
            edits.append(Replace(start, end, f"[{name}, {written}]"))
        elif job.needs:
            edits.append(Replace(start + 1, start + 1, f"{name}, "))
        else:
            edits.append(Replace(start, end, f"[{name}]"))
        replaced[place] = [name, *job.needs]
    if asks and job.condition is None:
        text = _NOT_REFUSED % name
        lines.append(f"if: {text}")
        added[f"jobs.{job.id}.if"] = text
    if lines:
        named = job.keys[0].name == "name"
        line = job.keys[0].end_line + 1 if named else job.keys[0].line
        column = job.keys[0].column
        edits.append(Insert(line, tuple(" " * column + one for one in lines)))
    return Change(tuple(edits), added, replaced)


def _step(probe: Probe, identifier: str = "") -> _Step:
    script = probes.script(probe.kind)
    name = NAMES[probe.kind]
    content: dict[str, Content] = {"name": name}
    lines = [f"- name: {name}"]
    if identifier:
        content["id"] = identifier
        lines.append(f"  id: {identifier}")
    if probe.condition:
        text, written = _condition(probe.condition)
        content["if"] = text
        lines.append(f"  if: {written}")
    content |= {"shell": "bash", "working-directory": "."}
    lines += ["  shell: bash", "  working-directory: .", "  env:"]
    env = dict(probe.env)
    content["env"] = env
    lines += [f"    {key}: {_value(value)}" for key, value in env.items()]
    content["run"] = f"{script}\n"
    lines += ["  run: |", *(f"    {line}".rstrip() for line in script.split("\n"))]
    return _Step(content, tuple(lines))


def _condition(text: str) -> tuple[str, str]:
    """A condition as the node says it, and as it is written."""
    if not re.match(r"[A-Za-z_(]", text):
        text = "${{ %s }}" % text  # noqa: UP031 - braces
    return text, _value(text)


def _value(text: str) -> str:
    """A text as a YAML scalar on one line."""
    plain = (
        _PLAIN.match(text)
        and ": " not in text
        and " #" not in text
        and not text.endswith((":", " "))
        and text.lower() not in _RESERVED
        and not text[0].isdigit()
    ) or text == "."
    return (
        text
        if plain or (text.startswith("(") and ": " not in text and " #" not in text)
        else ("'" + text.replace("'", "''") + "'")
    )


def _verdict(count: int) -> str:
    """The expression that is ``refused`` if any of the probes was."""
    steps = (f"steps.probe-{n}" for n in range(1, count + 1))
    refused = " || ".join(f"{step}.outputs.verdict == 'refused'" for step in steps)
    if count == 1:
        return "${{ steps.probe-1.outputs.verdict }}"
    return "${{ (%s) && 'refused' || 'passed' }}" % refused  # noqa: UP031


def _permissions(held: Grants, indent: str, gap: str) -> list[str]:
    if not held:
        return ["permissions: {}"]
    why = f"{gap}# what the probes ask for"
    lines = [f"{indent}{scope}: {level}{why}" for scope, level in held.items()]
    return ["permissions:", *lines]


def _indented(line: str, columns: int) -> str:
    return " " * columns + line if line else ""


def _column(document: Document, line: int) -> int:
    text = document.line(line)
    return len(text) - len(text.lstrip())


def _line_before(job: Job, index: int) -> int:
    """The line at which a step is inserted so that it becomes the one with this index."""
    if index > 0:
        end = job.steps[index - 1].end_line
        assert end is not None  # noqa: S101 - placement has looked
        return end + 1
    key = job.key("steps")
    assert key is not None  # noqa: S101 - it has steps
    return key.line + 1


def _spaced(document: Document, job: Job) -> bool:
    """Whether blank lines stand between the steps of a job."""
    ends = [step.end_line for step in job.steps[:-1] if step.end_line is not None]
    blank = sum(not document.line(end + 1).strip() for end in ends)
    return blank * 2 > len(ends)


def _spaced_jobs(workflow: Workflow) -> bool:
    """Whether blank lines stand between jobs; one job is taken to be followed by one."""
    document = workflow.document
    starts = [job.line for job in workflow.jobs[1:]]
    return not starts or any(not document.line(line - 1).strip() for line in starts)
