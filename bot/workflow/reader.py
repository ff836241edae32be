"""YAML nodes → :mod:`bot.workflow.model`, in all the shapes that GitHub takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, cast

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.permissions.scopes import RANK, SCOPES, Level, is_level
from bot.workflow import runners
from bot.workflow.document import Document, DocumentError, Span
from bot.workflow.model import (
    NO_DEFAULTS,
    NOTHING,
    Action,
    Dash,
    Defaults,
    Event,
    Image,
    Input,
    Job,
    Key,
    NeedsForm,
    Permissions,
    Scalar,
    Step,
    Workflow,
)

_NULLS: Final = ("", "~", "null", "Null", "NULL")
_MERGE: Final = "<<"


def read_workflow(document: Document) -> Workflow:
    """The workflow that a document holds.

    Raises:
        DocumentError: GitHub would not take it as a workflow either (no jobs, a key twice …).
    """
    top = _Mapping(document, document.root, "the file")
    jobs = _Mapping(document, top.get("jobs"), "jobs")
    shared = _shared(node for _, node in jobs) | _shared(_get(node, "steps") for _, node in jobs)
    events, inputs = _events(document, top.get("on"))
    return Workflow(
        document=document,
        name=_scalar(top.get("name")),
        events=events,
        inputs=inputs,
        permissions=_permissions(document, top.get("permissions")),
        env=_texts(document, top.get("env"), "env"),
        defaults=_defaults(document, top.get("defaults")),
        keys=top.keys(),
        jobs=tuple(
            _job(document, key, _Mapping(document, node, f"jobs.{key.value}"), shared)
            for key, node in jobs.entries.values()
        ),
        cancels=_maybe(_get(top.get("concurrency"), "cancel-in-progress")),
    )


def read_action(document: Document) -> Action:
    """The action that an ``action.yml`` describes.

    Raises:
        DocumentError: no ``runs``, a key twice …
    """
    top = _Mapping(document, document.root, "the file")
    runs = _Mapping(document, top.get("runs"), "runs")
    using, image = _scalar(runs.get("using")), _scalar(runs.get("image"))
    if using is None:
        raise DocumentError("it has no runs.using")
    outputs: dict[str, Scalar] = {}
    for name, node in _optional(document, top.get("outputs"), "outputs"):
        value = _scalar(_get(node, "value"))
        if value is not None:
            outputs[name.lower()] = value
    scripts = (_scalar(runs.get(key)) for key in ("pre", "main", "post"))
    return Action(
        path=document.path,
        inputs=_inputs(document, top.get("inputs")),
        outputs=outputs,
        using=using.text.lower(),
        main=tuple(s.text for s in scripts if s is not None),
        image=image,
        env=_texts(document, runs.get("env"), "runs.env"),
        steps=_steps(document, runs.get("steps"), "runs.steps"),
        text=document.text,
    )


class _Mapping:
    """A mapping node's entries by key; GitHub refuses a key twice, and so does this."""

    def __init__(self, document: Document, node: Node | None, at: str) -> None:
        if not isinstance(node, MappingNode):
            raise DocumentError(f"{at} is not a mapping{_at_line(node)}")
        self.document = document
        self.node = node
        self.at = at
        self.entries: dict[str, tuple[ScalarNode, Node]] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise DocumentError(f"{at} has a key that is no text{_at_line(key)}")
            if key.value in self.entries:
                raise DocumentError(f"{at} has the key {key.value!r} twice{_at_line(key)}")
            if key.value == _MERGE:
                raise DocumentError(
                    f"{at} uses a YAML merge key, which GitHub refuses{_at_line(key)}"
                )
            self.entries[key.value] = (key, value)

    def get(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return ((key, value) for key, (_, value) in self.entries.items())

    def keys(self) -> tuple[Key, ...]:
        """Its keys with their lines; none in flow style, where nothing can be inserted."""
        if self.node.flow_style:
            return ()
        entries = list(self.entries.values())
        found = []
        for n, (key, value) in enumerate(entries):
            if value.start_mark.index < key.end_mark.index:  # an alias behind the key
                end = key.end_mark.line
            else:
                end = self.document.last_line(value)
            if n + 1 < len(entries):
                end = min(end, entries[n + 1][0].start_mark.line - 1)
            mark = key.start_mark
            found.append(
                Key(key.value, mark.line, mark.column, max(end, mark.line), key.style or "")
            )
        return tuple(found)


def _optional(document: Document, node: Node | None, at: str) -> Iterator[tuple[str, Node]]:
    """The entries of a mapping that may be absent or empty."""
    if node is None or (isinstance(node, ScalarNode) and node.value in _NULLS):
        return iter(())
    return iter(_Mapping(document, node, at))


def _get(node: Node | None, key: str) -> Node | None:
    if isinstance(node, MappingNode):
        for name, value in node.value:
            if isinstance(name, ScalarNode) and name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _at_line(node: Node | None) -> str:
    return f" (line {node.start_mark.line + 1})" if node is not None else ""


def _span(node: Node) -> Span:
    start, end = node.start_mark, node.end_mark
    return Span(start.line, start.column, end.line, end.column)


def _scalar(node: Node | None) -> Scalar | None:
    if not isinstance(node, ScalarNode) or (node.style is None and node.value in _NULLS):
        return None
    return Scalar(node.value, _span(node), node.style)


def _texts(document: Document, node: Node | None, at: str) -> Mapping[str, Scalar]:
    """A mapping of texts such as ``env``; an expression in place of it stands under ``*``."""
    if isinstance(node, ScalarNode) and "${{" in node.value:
        return {"*": Scalar(node.value, _span(node), node.style)}
    found: dict[str, Scalar] = {}
    for name, value in _optional(document, node, at):
        if isinstance(value, ScalarNode):
            found[name] = Scalar(value.value, _span(value), value.style)
    return found or NOTHING


def _words(node: Node | None) -> tuple[str, ...]:
    """A text or a list of texts."""
    if isinstance(node, ScalarNode):
        return () if node.style is None and node.value in _NULLS else (node.value,)
    if isinstance(node, SequenceNode):
        return tuple(item.value for item in node.value if isinstance(item, ScalarNode))
    return ()


def _events(document: Document, node: Node | None) -> tuple[tuple[Event, ...], Mapping[str, Input]]:
    """``on`` in its three forms, and the inputs of calls and manual runs."""
    if not isinstance(node, MappingNode):
        return tuple(Event(name) for name in _words(node)), {}
    events = []
    inputs: dict[str, Input] = {}
    for name, value in _Mapping(document, node, "on"):
        filters = tuple(key for key in _keys(value) if key != "types")
        events.append(Event(name, _words(_get(value, "types")), filters))
        if name in ("workflow_call", "workflow_dispatch"):
            inputs.update(_inputs(document, _get(value, "inputs")))
    return tuple(events), inputs


def _keys(node: Node) -> tuple[str, ...]:
    """The keys of a mapping; none for anything else."""
    entries = node.value if isinstance(node, MappingNode) else ()
    return tuple(key.value for key, _ in entries if isinstance(key, ScalarNode))


def _inputs(document: Document, node: Node | None) -> Mapping[str, Input]:
    return {
        name.lower(): Input(_scalar(_get(value, "default")))
        for name, value in _optional(document, node, "inputs")
    }


def _permissions(document: Document, node: Node | None) -> Permissions | None:
    """``permissions`` in its three forms."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        if node.value == "read-all":
            return Permissions.of_shorthand("read-all", _span(node))
        if node.value == "write-all":
            return Permissions.of_shorthand("write-all", _span(node))
        raise DocumentError(f"permissions has a value that GitHub refuses{_at_line(node)}")
    grants: dict[str, Level] = {}
    lines: dict[str, int] = {}
    for scope, value in _Mapping(document, node, "permissions"):
        level = str(value.value) if isinstance(value, ScalarNode) else ""
        if scope in SCOPES and not is_level(scope, level):
            raise DocumentError(f"permissions gives {scope} a level it has not{_at_line(value)}")
        if level in RANK:
            grants[scope] = cast("Level", level)
            lines[scope] = value.start_mark.line
    return Permissions(grants, None, _span(node), lines)


def _defaults(document: Document, node: Node | None) -> Defaults:
    for name, value in _optional(document, node, "defaults"):
        if name == "run":
            return Defaults(
                shell=_scalar(_get(value, "shell")),
                working_directory=_scalar(_get(value, "working-directory")),
            )
    return NO_DEFAULTS


def _job(document: Document, key: ScalarNode, job: _Mapping, shared: set[int]) -> Job:
    secrets = job.get("secrets")
    inherits = isinstance(secrets, ScalarNode) and secrets.value == "inherit"
    runs_on = job.get("runs-on")
    group = _get(runs_on, "labels") or _get(runs_on, "group")
    asked = _words(group if isinstance(runs_on, MappingNode) else runs_on)
    matrix = _get(job.get("strategy"), "matrix")
    return Job(
        id=key.value,
        line=key.start_mark.line,
        keys=job.keys(),
        shared=id(job.node) in shared,
        name=_scalar(job.get("name")),
        needs=_words(job.get("needs")),
        condition=_scalar(job.get("if")),
        runs_on=asked,
        labels=() if isinstance(runs_on, MappingNode) else runners.labels(asked, matrix),
        permissions=_permissions(document, job.get("permissions")),
        env=_texts(document, job.get("env"), f"{job.at}.env"),
        defaults=_defaults(document, job.get("defaults")),
        images=tuple(_images(document, job)),
        calls=_scalar(job.get("uses")),
        inputs=_texts(document, job.get("with"), f"{job.at}.with"),
        secrets=None if inherits else _texts(document, secrets, f"{job.at}.secrets"),
        steps=_steps(document, job.get("steps"), f"{job.at}.steps"),
        outputs=_texts(document, job.get("outputs"), f"{job.at}.outputs"),
        matrix=matrix is not None,
        contained=job.get("container") is not None,
        environment=_environment(job.get("environment")),
        cancels=_maybe(_get(job.get("concurrency"), "cancel-in-progress")),
        tolerated=_maybe(job.get("continue-on-error")),
        needs_form=_needs_form(job.entries.get("needs")),
        steps_at=_steps_at(job.entries.get("steps"), shared),
    )


def _environment(node: Node | None) -> str:
    name = _scalar(node if isinstance(node, ScalarNode) else _get(node, "name"))
    return name.text if name is not None else ""


def _maybe(node: Node | None) -> bool:
    """Whether a flag is there and may be true; an expression may."""
    return node is not None and not (isinstance(node, ScalarNode) and node.value == "false")


def _needs_form(entry: tuple[ScalarNode, Node] | None) -> NeedsForm | None:
    """How ``needs`` is written; None for an alias, and where it is not there."""
    if entry is None or _is_alias(*entry):
        return None
    node = entry[1]
    if isinstance(node, ScalarNode):
        return NeedsForm("scalar", _span(node), node.start_mark.column)
    if isinstance(node, SequenceNode):
        kind: Literal["flow", "block"] = "flow" if node.flow_style else "block"
        return NeedsForm(kind, _span(node), node.start_mark.column)
    return None


def _steps_at(entry: tuple[ScalarNode, Node] | None, shared: set[int]) -> Dash | None:
    if entry is None or _is_alias(*entry) or id(entry[1]) in shared:
        return None
    node = entry[1]
    if not isinstance(node, SequenceNode) or node.flow_style or not node.value:
        return None
    return Dash(node.start_mark.line, node.start_mark.column)


def _is_alias(key: Node, value: Node) -> bool:
    """Whether a value's text stands elsewhere."""
    return bool(value.start_mark.index < key.end_mark.index)


def _images(document: Document, job: _Mapping) -> Iterator[Image]:
    """The images of ``container`` and ``services``."""
    services = job.get("services")
    nodes = [job.get("container")]
    if isinstance(services, MappingNode):
        nodes += [value for _, value in _Mapping(document, services, f"{job.at}.services")]
    for node in nodes:
        name = _scalar(node if isinstance(node, ScalarNode) else _get(node, "image"))
        if name is not None:
            yield Image(name, _scalar(_get(_get(node, "credentials"), "password")))


def _steps(document: Document, node: Node | None, at: str) -> tuple[Step, ...]:
    """The steps in their order, those of ``- parallel:`` groups among them."""
    if node is None:
        return ()
    if not isinstance(node, SequenceNode):
        raise DocumentError(f"{at} is not a list{_at_line(node)}")
    steps: list[Step] = []
    reached = node.start_mark.index
    for group, item in enumerate(node.value):
        inner = _get(item, "parallel")
        if isinstance(inner, SequenceNode):
            for one in inner.value:
                steps.append(_step(document, one, len(steps), f"{at}[{len(steps)}]", group))
        else:
            end: int | None = None
            if item.start_mark.index >= reached and not node.flow_style:
                end = document.last_line(item)
                reached = item.end_mark.index
            steps.append(_step(document, item, len(steps), f"{at}[{len(steps)}]", None, end))
    return tuple(steps)


def _step(
    document: Document, node: Node, index: int, at: str, group: int | None, end: int | None = None
) -> Step:
    step = _Mapping(document, node, at)
    identifier = _scalar(step.get("id"))
    return Step(
        index=index,
        line=node.start_mark.line,
        id=identifier.text if identifier else None,
        name=_scalar(step.get("name")),
        condition=_scalar(step.get("if")),
        uses=_scalar(step.get("uses")),
        run=_scalar(step.get("run")),
        shell=_scalar(step.get("shell")),
        working_directory=_scalar(step.get("working-directory")),
        inputs={k.lower(): v for k, v in _texts(document, step.get("with"), f"{at}.with").items()},
        env=_texts(document, step.get("env"), f"{at}.env"),
        parallel=group,
        tolerated=_maybe(step.get("continue-on-error")),
        end_line=end,
    )


def _shared(nodes: Iterable[Node | None]) -> set[int]:
    """The ids of nodes that are there more than once (an anchor and its aliases)."""
    seen: set[int] = set()
    twice: set[int] = set()
    for node in nodes:
        if node is not None:
            (twice if id(node) in seen else seen).add(id(node))
    return twice
