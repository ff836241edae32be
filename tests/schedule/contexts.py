"""What the expressions of a run see, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from bot.workflow.evaluate import Object, Value, evaluate, template, text, truth
from bot.workflow.expression import condition, names_status, pieces
from bot.workflow.model import Scalar
from bot.workflow.values import PartialText, member
from tests.schedule.runs import Event

REPOSITORY = "octo/demo"
"""The one that the workflow is in."""

Contexts: TypeAlias = Mapping[str, Value]
"""What the model knows: name of a context → its value."""


def as_object(entries: Mapping[str, Value]) -> Object:
    """The object that has these entries."""
    return Object(tuple(entries.items()))


def _lookup(contexts: Contexts) -> Callable[[tuple[str, ...]], Value]:
    """How an expression reads these contexts; AssertionError for one that is not among them."""

    def look(path: tuple[str, ...]) -> Value:
        assert path[0] in contexts, f"the model knows no context {path[0]}"
        value = contexts[path[0]]
        for key in path[1:]:
            value = member(value, key)
        return value

    return look


def holds(
    written: Scalar | None, contexts: Contexts, status: Mapping[str, bool], hashed: str
) -> bool:
    """Whether a condition lets its job or step run.

    Raises AssertionError where the model does not know.

    Args:
        status: name of a status function → what it gives.
        hashed: what ``hashFiles`` gives.
    """
    expr = condition(written.text if written else "")

    def call(name: str, args: tuple[Value, ...]) -> Value:
        return hashed if name == "hashfiles" else status[name]

    if not names_status(expr) and not status["success"]:
        return False
    known = truth(evaluate(expr, _lookup(contexts), call))
    assert known is not None, f"not known: {written}"
    return known


def filled(written: Scalar, contexts: Contexts) -> str | PartialText:
    """A text with the values of its expressions."""
    return text(template(pieces(written.text), _lookup(contexts)))


def tolerated(written: object, contexts: Contexts) -> bool:
    """What ``continue-on-error`` of a job or a step says, as it is written."""
    if isinstance(written, str):
        return truth(template(pieces(written), _lookup(contexts))) is True
    return bool(written)


def environment(levels: tuple[Mapping[str, Scalar], ...], inside: Contexts) -> Object:
    """The ``env`` context, from the outermost level to the innermost."""
    found: dict[str, Value] = {}
    for level in levels:
        here = {**inside, "env": as_object(dict(found))}
        for name, value in level.items():
            found[name] = filled(value, here)
    return as_object(found)


def github(event: Event) -> Object:
    """The ``github`` context of a run that this event started."""
    kind, _, name = event.ref.removeprefix("refs/").partition("/")
    payload: dict[str, Value] = {"repository": as_object({"fork": False})}
    if event.inputs and event.name == "workflow_dispatch":
        # In the event they are texts, whatever their type.
        payload["inputs"] = as_object({key: text(value) for key, value in event.inputs})
    if event.name.startswith("pull_request"):
        owner = "stranger/demo" if event.fork else REPOSITORY
        head = as_object({"repo": as_object({"fork": event.fork, "full_name": owner})})
        payload["pull_request"] = as_object({"head": head, "merged": False})
    if event.name == "release":
        payload["action"] = "published"
        payload["release"] = as_object({"tag_name": name, "prerelease": False})
    return as_object(
        {
            "event_name": event.name,
            "ref": event.ref,
            "ref_name": name,
            "ref_type": "tag" if kind == "tags" else "branch",
            "repository": REPOSITORY,
            "repository_owner": "octo",
            "actor": "somebody",
            "head_ref": "topic" if event.name.startswith("pull_request") else "",
            "base_ref": "main" if event.name.startswith("pull_request") else "",
            "event": as_object(payload),
            "token": "a-token",
        }
    )
