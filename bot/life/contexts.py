"""What contexts hold in a run that a push starts: of the event, and of a called workflow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ruamel.yaml.nodes import MappingNode

from bot.life import filters
from bot.workflow.evaluate import UNKNOWN, Unknown, Value
from bot.workflow.model import Workflow


@dataclass(frozen=True, slots=True)
class Push:
    """A push that is about to be made.

    Attributes:
        branch: without ``refs/heads/``.
        repository: ``owner/name`` that it goes to; None where it is not known.
        default_branch: of that repository; None where it is not known.
        changed: the paths that it changes; None where they are not known, as after a rebase.
        message: of the last commit; None where it is not known.
        new: the branch is not there yet.
    """

    branch: str
    repository: str | None = None
    default_branch: str | None = None
    changed: tuple[str, ...] | None = None
    message: str | None = None
    new: bool = True


def facts(push: Push, event: str) -> Mapping[tuple[str, ...], Value]:
    """What contexts hold in the run; see "Webhook events and payloads" for ``github.event``."""
    ref = f"refs/heads/{push.branch}"
    found: dict[tuple[str, ...], Value] = {
        ("github", "event_name"): event,
        ("github", "ref"): ref,
        ("github", "ref_name"): push.branch,
        ("github", "ref_type"): "branch",
        ("github", "event", "ref"): ref if event == "push" else push.branch,
        ("github", "event", "ref_type"): "branch" if event == "create" else None,
        ("github", "event", "deleted"): False if event == "push" else None,
    }
    if push.repository is not None:
        owner, _, name = push.repository.partition("/")
        found |= {
            ("github", "repository"): push.repository,
            ("github", "repository_owner"): owner,
            ("github", "event", "repository", "full_name"): push.repository,
            ("github", "event", "repository", "name"): name,
            ("github", "event", "repository", "owner", "login"): owner,
        }
    if push.default_branch is not None:
        found["github", "event", "repository", "default_branch"] = push.default_branch
        found["github", "event", "master_branch"] = (
            push.default_branch if event == "create" else None
        )
    if push.message is not None and event == "push":
        found["github", "event", "head_commit", "message"] = push.message
    return found


def defaults(callee: Workflow) -> dict[str, Value]:
    """The inputs of a called workflow as they are where its caller gives none."""
    kinds = types(callee)
    return {
        name.lower(): Unknown.FALSY
        if one.default is None
        else typed(one.default.text, kinds.get(name.lower()))
        for name, one in callee.inputs.items()
    }


def typed(value: Value, kind: str | None) -> Value:
    """A value as an input of this type has it."""
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value if kind in ("boolean", "string") else UNKNOWN


def types(callee: Workflow) -> Mapping[str, str]:
    """The types that a called workflow declares for its inputs."""
    found = {}
    for name, declared in filters.below(callee, "on", "workflow_call", "inputs").items():
        entries = declared.value if isinstance(declared, MappingNode) else ()
        kind = next((value.value for key, value in entries if key.value == "type"), None)
        found[name.lower()] = str(kind)
    return found
