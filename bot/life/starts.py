"""Whether pushing a branch would itself start publishing something.

A workflow with ``on: push`` and no filter for branches runs for any of them, with all secrets, so
the very push of a proposal could make a release. What is not sure to stay away is reported.
Workflows that are started by the end of another (``workflow_run``) are left out: they run from the
default branch, and for everybody's pull request too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, normpath

from bot.life import contexts, elsewhere, filters
from bot.life.contexts import Push
from bot.life.reaches import Reach, may_write, reaching
from bot.permissions.infer import infer
from bot.permissions.world import MAX_WORK, World
from bot.workflow.early import Term
from bot.workflow.evaluate import UNKNOWN, Value, evaluate, template, truth
from bot.workflow.expression import ExpressionError, condition, names_status, pieces
from bot.workflow.graph import Graph
from bot.workflow.model import Job, Permissions, Scalar, Step, Workflow
from bot.workflow.resolve import TooLargeError, resolve
from bot.workflow.runs import Run
from bot.workflow.scope import Bound, Scope

_MAX_CALLS = 10
"""How deep workflows may call one another (GitHub allows 10)."""
_MAX_WHAT = 300


@dataclass(frozen=True, slots=True, order=True)
class Start:
    """Something that the push would publish.

    Attributes:
        path: the workflow that the push starts.
        job: the id of its job; of a called workflow the one that calls.
        line: where that stands in the workflow, from 1.
        what: a verb phrase; what it quotes of the workflow is as it stands there.
    """

    path: str
    job: str
    line: int
    what: str


def starts_publishing(world: World, workflows: Iterable[Workflow], push: Push) -> tuple[Start, ...]:
    """What a push would publish by itself, as far as it can't be ruled out; sorted.

    Args:
        world: the repository; actions and called workflows are read from it.
        workflows: all of the branch, as they will be on it.
        push: the push.
    """
    found: dict[tuple[str, str, int], Start] = {}
    for workflow in workflows:
        for event in filters.events(workflow, push.branch, push.changed, new=push.new):
            world.work = 0
            for start in _Reading(world, workflow, push, event).starts():
                found.setdefault((start.path, start.job, start.line), start)
    return tuple(sorted(found.values()))


@dataclass(slots=True)
class _Reading:
    """One workflow in the run that the push starts.

    Attributes:
        inputs: of a called workflow, input → what its caller gives; None for one that is not.
        lent: the block of the job that calls it.
        trusted: the job that calls it hands secrets on.
        skipped: jobs that are sure not to run.
        outputs: job → output → its value, for those that were looked at.
    """

    world: World
    workflow: Workflow
    push: Push
    event: str
    inputs: Mapping[str, Value] | None = None
    lent: Permissions | None = None
    trusted: bool = False
    depth: int = 0
    skipped: set[str] = field(default_factory=set)
    outputs: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    facts: Mapping[tuple[str, ...], Value] = field(init=False)
    run: Run = field(init=False)

    def __post_init__(self) -> None:
        self.facts = contexts.facts(self.push, self.event)
        self.run = Run(self.event, called=self.inputs is not None)

    def starts(self) -> Iterator[Start]:
        """What its jobs publish, one after the other."""
        for job in _in_order(self.workflow):
            self.world.work += 1
            if self.world.work > MAX_WORK:
                yield self._start(job, job.line, "may publish: it is more than is read of one file")
                return
            if not self._may_run(job):
                self.skipped.add(job.id.lower())
                continue
            self.outputs[job.id.lower()] = {
                name.lower(): self._value(scalar.text, self._scope(job))
                for name, scalar in job.outputs.items()
            }
            yield from self._called(job) if job.calls is not None else self._of_job(job)

    # What contexts hold.

    def _lookup(self, path: tuple[str, ...]) -> Value:
        if path in self.facts:
            return self.facts[path]
        match path:
            case ("needs", job, "result") if job in self.skipped:
                return "skipped"
            case ("needs", job, "outputs", name):
                if job in self.skipped:
                    return None
                return self.outputs.get(job, {}).get(name, UNKNOWN)
            case ("inputs", name):
                return None if self.inputs is None else self.inputs.get(name, UNKNOWN)
            case ("github", "event", "repository", *_):
                return UNKNOWN
            case _:
                return self.run.lookup(path)

    def _scope(self, job: Job) -> Scope:
        """The scope of a job's steps, without their own variables."""
        scope = Scope(inputs=None, called=self.workflow.is_called)
        if any(step.run is not None and "GITHUB_ENV" in step.run.text for step in job.steps):
            # A step may set any of them anew.
            return replace(scope, env={"*": Bound()})
        return scope.with_env(_texts(self.workflow.env)).with_env(_texts(job.env))

    def _value(self, source: str, scope: Scope) -> Value:
        """What a text with expressions becomes."""
        try:
            parts = tuple(
                part
                if isinstance(part, str) or part.expr is None
                else replace(part, expr=resolve(part.expr, scope).expr)
                for part in pieces(source)
            )
        except TooLargeError:
            return UNKNOWN
        return template(parts, self._lookup)

    def _may(self, terms: Iterable[Term], *, after_skipped: bool = False) -> bool:
        """Whether all of these conditions can hold."""

        def calls(name: str, _args: tuple[Value, ...]) -> Value:
            if name == "always":
                return True
            return False if name == "success" and after_skipped else UNKNOWN

        for term in terms:
            try:
                expr = resolve(term.expr, term.scope).expr
            except TooLargeError:
                continue
            if truth(evaluate(expr, self._lookup, calls)) is False:
                return False
        return True

    def _may_run(self, job: Job) -> bool:
        behind = any(need.lower() in self.skipped for need in job.needs)
        terms = _terms(job.condition, Scope(inputs=None, called=self.workflow.is_called))
        if behind and not any(names_status(term.expr) for term in terms):
            return False
        return self._may(terms, after_skipped=behind)

    # What is published.

    def _of_job(self, job: Job) -> Iterator[Start]:
        scope = self._scope(job)
        steps = tuple(
            step
            for step in job.steps
            if step.condition is None
            or self._may(_terms(step.condition, scope.with_env(_texts(step.env))))
        )
        job = replace(job, steps=steps)
        held = self.workflow.held(job) or self.lent
        needs = infer(self.world, self.workflow, job, (self.event,))
        grants = held.grants if held is not None else None
        for reach in reaching(needs, grants, _names(self.workflow, job)):
            if reach.use is None or self._may(self._sure(job, reach)):
                yield self._start(job, _line(self.workflow, job, reach), reach.what)
        name = self._value(job.environment, scope)
        if name and not elsewhere.is_test(f"{job.id} {name}"):
            shown = name if isinstance(name, str) else "that only the run knows"
            yield self._start(job, job.line, f"deploys to the environment {shown}")
        if self._has_credentials(job, held):
            yield from self._elsewhere(job, scope)

    def _sure(self, job: Job, reach: Reach) -> tuple[Term, ...]:
        """The conditions of a use that are sure to be its own.

        Evidence is kept once for a place, so in an action that a job uses twice they can be those
        of the other use.
        """
        assert reach.use is not None  # noqa: S101 - the caller looks at it
        if reach.place.path == self.workflow.path:
            return reach.use.when
        used = [step.uses.text for step in job.steps if step.uses is not None]
        own = next((step.uses for step in job.steps if step.index == reach.use.step), None)
        return reach.use.when if own is not None and used.count(own.text) == 1 else ()

    def _start(self, job: Job, line: int, what: str) -> Start:
        return Start(self.workflow.path, job.id, line + 1, what[:_MAX_WHAT])

    def _has_credentials(self, job: Job, held: Permissions | None) -> bool:
        """Whether a job holds anything that lets it in elsewhere."""
        if held is not None and held.grants.get("id-token") == "write":
            return True
        if any("self-hosted" in label for label in job.runs_on):
            return True
        if self.inputs is not None and not self.trusted:
            return False
        levels: list[Mapping[str, Scalar]] = [self.workflow.env, job.env]
        for step in job.steps:
            levels += [step.env, step.inputs, {"run": step.run} if step.run is not None else {}]
        return any(_SECRET.search(scalar.text) for level in levels for scalar in level.values())

    def _elsewhere(self, job: Job, scope: Scope) -> Iterator[Start]:
        """What is published without GitHub, by a job's steps and by the repository's actions."""
        seen: set[str] = set()
        waiting = [(step, step.line, True) for step in reversed(job.steps)]
        while waiting:
            step, line, own = waiting.pop()
            if step.run is not None:
                shell = step.shell or job.defaults.shell or self.workflow.defaults.shell
                for at, words in elsewhere.commands(step.run.text, shell.text if shell else ""):
                    where = step.run.line_of(at) if own else line
                    yield self._start(job, where, f"runs {words}")
            elif step.uses is not None:
                reference = step.uses.text.strip()
                where = step.uses.span.line if own else line
                if reference.startswith(("./", "$/")):
                    folder = normpath(reference[2:]).removeprefix(".")
                    action = None if folder in seen else self.world.action(folder)
                    seen.add(folder)
                    if action is not None:
                        waiting += [(one, where, False) for one in reversed(action.steps)]
                    continue

                def value(name: str, step: Step = step, own: bool = own) -> Value:
                    given = step.inputs.get(name)
                    if given is None:
                        return None
                    if not own and "${{" in given.text:
                        return UNKNOWN
                    return self._value(given.text, scope.with_env(_texts(step.env)))

                name = reference.partition("@")[0]
                done = elsewhere.action(name, value)
                if done:
                    yield self._start(job, where, f"{done} with {name}")

    def _called(self, job: Job) -> Iterator[Start]:
        """What a reusable workflow publishes that a job calls."""
        assert job.calls is not None  # noqa: S101 - the caller looks at it to choose
        reference, line = job.calls.text.strip(), job.calls.span.line
        held = self.workflow.held(job) or self.lent
        callee = None
        if self.depth < _MAX_CALLS:
            callee = (
                self.world.workflow(normpath(reference[2:]))
                if reference.startswith(("./", "$/"))
                else self.world.remote_workflow(reference)
            )
        hands_on = job.secrets is None or any(
            _SECRET.search(scalar.text) for scalar in job.secrets.values()
        )
        if callee is None:
            named = any(map(elsewhere.is_named, (reference, *_names(self.workflow, job))))
            if named and (hands_on or may_write(held.grants if held is not None else None)):
                yield self._start(job, line, f"calls {reference}, which could not be read")
            return
        inner_inputs = contexts.defaults(callee)
        types = contexts.types(callee)
        for name, scalar in job.inputs.items():
            value = self._value(scalar.text, self._scope(job))
            inner_inputs[name.lower()] = contexts.typed(value, types.get(name.lower()))
        inner = _Reading(
            self.world,
            callee,
            self.push,
            self.event,
            inner_inputs,
            held,
            hands_on,
            self.depth + 1,
        )
        for start in inner.starts():
            inside = f" (job {start.job} of {reference})" if self.depth == 0 else ""
            yield self._start(job, line, f"{start.what}{inside}")


_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*(?!GITHUB_TOKEN\b)|\[|\))", re.IGNORECASE)
"""A secret of the repository, or all of them, in an expression."""


def _in_order(workflow: Workflow) -> Iterator[Job]:
    """The jobs, each behind those that it needs; those that wait for one another are left out."""
    graph = Graph.of(workflow)
    left = {job: len(set(before)) for job, before in graph.before.items()}
    ready = [job for job, count in left.items() if not count]
    for job in ready:
        yield graph.jobs[job]
        for after in dict.fromkeys(graph.after[job]):
            left[after] -= 1
            if not left[after]:
                ready.append(after)


def _texts(values: Mapping[str, Scalar]) -> dict[str, str]:
    return {name: value.text for name, value in values.items()}


def _terms(text: Scalar | None, scope: Scope) -> tuple[Term, ...]:
    if text is None:
        return ()
    try:
        return (Term(condition(text.text), scope),)
    except ExpressionError:
        return ()  # GitHub refuses the file


def _names(workflow: Workflow, job: Job) -> tuple[str, ...]:
    """What a job and its workflow are called."""
    named = (job.name, workflow.name)
    return (job.id, basename(workflow.path), *(one.text for one in named if one is not None))


def _line(workflow: Workflow, job: Job, reach: Reach) -> int:
    """The line of the workflow itself, from 0, on which the cause stands."""
    if reach.place.path == workflow.path:
        return reach.place.line
    index = reach.use.step if reach.use is not None else None
    return next((step.line for step in job.steps if step.index == index), job.line)
