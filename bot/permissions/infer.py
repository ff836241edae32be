"""What each job of a workflow needs of GITHUB_TOKEN, with the evidence, or what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot import probes
from bot.hole import HOLE
from bot.permissions import commands, githubscript, reusable, run, uses
from bot.permissions.evidence import JobNeeds
from bot.permissions.walk import Events, Frame, Walk, events_of
from bot.permissions.world import World
from bot.probes import Kind
from bot.workflow.early import Term
from bot.workflow.expression import ExpressionError, condition
from bot.workflow.model import Defaults, Job, Scalar, Step, Workflow
from bot.workflow.scope import (
    ANY_TOKEN,
    GITHUB_TOKEN,
    NO_TOKEN,
    Bound,
    Outputs,
    Scope,
    Tokens,
)

_GHCR_SOURCE = (
    (
        "https://docs.github.com/en/packages/learn-github-packages/"
        "about-permissions-for-github-packages"
    ),
)

_STEP_WORK = 4  # a step takes about as long as four commands


def infer(world: World, workflow: Workflow, job: Job, started_by: Events | None = None) -> JobNeeds:
    """What one job needs. For a job that calls a workflow: what it has to grant to that one.

    ``started_by``: the events that start the run, where a caller is known; else the workflow's.
    """
    walk = Walk(world, workflow)
    called = workflow.is_called
    scope = Scope(inputs=None, called=called).with_env(_texts(workflow.env))
    scope = scope.with_env(_texts(job.env))
    events = started_by or events_of(workflow)
    if job.condition is not None:
        events = scope.reached(events, job.condition.text)
    frame = Frame(
        walk=walk,
        path=workflow.path,
        scope=scope,
        events=events or (None,),
        line=job.line,
        defaults=Defaults(
            job.defaults.shell or workflow.defaults.shell,
            job.defaults.working_directory or workflow.defaults.working_directory,
        ),
        windows=any("windows" in label.lower() for label in job.runs_on),
    )
    if job.calls is not None:
        reusable.read(frame, job, infer)
        return walk.ledger.close(job.id)
    _images(frame, job)
    _steps(frame, job.steps)
    return walk.ledger.close(job.id)


def _texts(values: Mapping[str, Scalar]) -> dict[str, str]:
    return {name: value.text for name, value in values.items()}


def _images(frame: Frame, job: Job) -> None:
    """The images that the runner pulls before the first step, with GITHUB_TOKEN from ghcr."""
    for image in job.images:
        name = frame.scope.text(image.name.text)
        own = frame.tokens(image.password) if image.password else GITHUB_TOKEN
        if name.startswith(uses.GITHUB_REGISTRIES):
            frame.need(
                {"packages": "read"},
                "pulls the job's image",
                f"image {name}".replace(HOLE, "…"),
                tokens=own,
                sources=_GHCR_SOURCE,
                line=image.name.span.line,
            )


def _steps(frame: Frame, steps: tuple[Step, ...]) -> None:
    results: dict[str, Outputs] = {}
    for step in steps:
        outputs = _step(frame, step)
        if step.id:
            results[step.id.lower()] = outputs
            frame = replace(frame, scope=replace(frame.scope, steps=dict(results)))


def _step(frame: Frame, step: Step) -> Outputs:
    """Read one step, of a job or of a composite action."""
    scope = frame.scope
    if frame.walk.env:
        scope = replace(scope, env={**scope.env, **frame.walk.env})
    scope = scope.with_env(_texts(step.env))
    line = step.line if step.uses is None else step.uses.span.line
    index = frame.index if frame.depth else step.index
    tolerated = frame.tolerated or step.tolerated
    frame = replace(
        frame, scope=scope, line=line, step=step.label, index=index, tolerated=tolerated
    )
    if not frame.spend(_STEP_WORK + len(scope.steps)):
        return Outputs(tokens=ANY_TOKEN)
    if step.condition is not None:
        # Any earlier step may have set a variable anew, so none rules a step out.
        unsure = replace(scope, env={"*": Bound()}) if "env" in step.condition.text else scope
        events = unsure.reached(frame.events, step.condition.text)
        if not events:
            return Outputs()
        frame = replace(frame, events=events, when=(*frame.when, *_term(frame, step.condition)))
    if step.uses is not None:
        return uses.read(frame, step, _step, _script)
    if step.run is not None:
        return _run(frame, step, step.run)
    return Outputs()


def _term(frame: Frame, text: Scalar) -> tuple[Term, ...]:
    """A step's condition; what earlier steps may have set is not known in it."""
    try:
        expr = condition(text.text)
    except ExpressionError:
        return ()  # GitHub refuses the file
    written = dict.fromkeys(frame.walk.env, Bound(carries=NO_TOKEN))
    scope = replace(frame.scope, env={**frame.scope.env, **written}) if written else frame.scope
    return (Term(expr, scope),)


def _run(frame: Frame, step: Step, script: Scalar) -> Outputs:
    kind = _probe(script.text)
    if kind is not None:
        return _read_probe(frame, step, kind)
    shell = step.shell or frame.defaults.shell
    name = shell.text if shell else "pwsh" if frame.windows else ""
    folder = step.working_directory or frame.defaults.working_directory
    where = frame.scope.text(folder.text) if folder else ""
    return run.read(
        frame,
        script.text,
        name,
        script.line_of,
        commands.visit,
        folder=None if HOLE in where else where,
    )


def _probe(text: str) -> Kind | None:
    """The kind of a preflight probe; None for any other script, an altered probe among them."""
    if not probes.is_signed(text):
        return None
    kind = probes.recognise(text)
    return kind if kind is not None and probes.script(kind) == text.rstrip("\n") else None


def _read_probe(frame: Frame, step: Step, kind: Kind) -> Outputs:
    guards = step.env.get("GUARDS")
    token = step.env.get("TOKEN")
    frame.need(
        probes.grants(kind),
        f"preflight probe for {guards.text if guards else 'a late step'}",
        probes.RULE,
        tokens=frame.tokens(token) if token else GITHUB_TOKEN,
    )
    return Outputs()


def _script(frame: Frame, text: Scalar, shell: str, extra: Tokens) -> None:
    """An input that an action runs as a script."""
    if shell == "javascript":
        githubscript.read(frame, text, extra, _command)
    else:
        run.read(frame, text.text, shell, text.line_of, commands.visit, extra=extra)


def _command(frame: Frame, text: str, shell: str, extra: Tokens) -> None:
    """A command line that a JavaScript starts."""
    run.read(frame, text, shell, lambda _: frame.line, commands.visit, extra=extra)
