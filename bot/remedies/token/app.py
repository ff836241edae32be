"""The step that mints the token of an app, with no more than the permissions that calls need.

The action and its inputs: https://github.com/actions/create-github-app-token/blob/v3.1.1/action.yml
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.remedies.token.facts import TokenObstacle, TokenRules
from bot.workflow.edit import Content

ACTION = "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3"
VERSION = "v3.1.1"
_NAME = "Mint a token of the app"
_ID = "app-token"
_PERMISSION = re.compile(r"([a-z_]+|organization [a-z_-]+): (read|write)\Z")
_INPUTS = frozenset(
    {"actions", "administration", "attestations", "checks", "codespaces", "contents"}
    | {"dependabot-secrets", "deployments", "discussions", "environments", "issues", "members"}
    | {"merge-queues", "organization-administration", "organization-custom-properties"}
    | {"organization-hooks", "organization-projects", "organization-secrets"}
    | {"organization-self-hosted-runners", "packages", "pages", "pull-requests"}
    | {"repository-custom-properties", "repository-hooks", "secret-scanning-alerts", "secrets"}
    | {"security-events", "statuses", "vulnerability-alerts", "workflows"}
)
"""The action's inputs ``permission-…`` for what a repository or its organisation has."""
_RENAMED = {"organization-members": "members", "organization-webhooks": "organization-hooks"}


@dataclass(frozen=True, slots=True)
class Mint:
    """The step.

    Attributes:
        id: of the step.
        inputs: of the action, in their order.
        kept: ``if`` and ``continue-on-error`` of the step that it stands before: key → its value,
            and the same as it is written.
    """

    id: str
    inputs: Mapping[str, str]
    kept: Mapping[str, tuple[str, str]]

    @property
    def expression(self) -> str:
        """What gives the token."""
        return f"steps.{self.id}.outputs.token"

    @property
    def content(self) -> Content:
        """The step as data."""
        kept = {key: value for key, (value, _) in self.kept.items()}
        return {"name": _NAME, **kept, "id": self.id, "uses": ACTION, "with": self.inputs}

    def lines(self, dash: int, column: int) -> tuple[str, ...]:
        """The step as lines of a list whose dashes and keys stand in these columns."""
        outer = " " * column
        kept = [f"{outer}{key}: {written}" for key, (_, written) in self.kept.items()]
        return (
            f"{' ' * dash}-{' ' * (column - dash - 1)}name: {_NAME}",
            *kept,
            f"{outer}id: {self.id}",
            f"{outer}uses: {ACTION} # {VERSION}",
            f"{outer}with:",
            *(f"{outer}  {name}: {value}" for name, value in self.inputs.items()),
        )


def inputs(
    rules: TokenRules, permissions: Iterable[str], repositories: tuple[str | None, ...]
) -> Mapping[str, str] | TokenObstacle:
    """The action's inputs for a token with these permissions.

    ``repositories``: those that the calls are about, None for the workflow's own.
    """
    found = {
        "client-id": f"${{{{ vars.{rules.app_client_id} }}}}",
        "private-key": f"${{{{ secrets.{rules.app_private_key} }}}}",
    }
    others = [name for name in repositories if name is not None]
    if others:
        owners = {name.split("/")[0].lower() for name in others}
        if len(others) < len(repositories) or len(owners) > 1:
            return TokenObstacle.SEVERAL
        found["owner"] = others[0].split("/")[0]
        found["repositories"] = ",".join(name.split("/")[1] for name in others)
    wanted: dict[str, str] = {}
    for text in permissions:
        for one in text.split(" & "):
            match = _PERMISSION.match(one)
            name = match[1].replace(" ", "-").replace("_", "-") if match else ""
            name = _RENAMED.get(name, name)
            if match is None or name not in _INPUTS:
                return TokenObstacle.NO_APP
            if wanted.get(name) != "write":
                wanted[name] = match[2]
    return found | {f"permission-{name}": level for name, level in sorted(wanted.items())}


def free_id(taken: Iterable[str | None]) -> str:
    """An id that no other step of the job has."""
    names = {name.lower() for name in taken if name}
    number = 1
    while (name := _ID if number == 1 else f"{_ID}-{number}") in names:
        number += 1
    return name
