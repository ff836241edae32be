"""What the token remedy is told, and what it says: settings, changes, and what it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.permissions.evidence import Beyond, Place
from bot.workflow.edit import Change

How = Literal["script", "env", "input", "inserted env", "inserted input"]
"""Where a token is named: an expression of the script, of a variable, of an input; or a variable or
an input that the step does not set itself."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """The settings that the remedy obeys.

    Attributes:
        strategy: ``pat`` names a secret, ``app`` mints the token of an app in a step of its own.
        secret: the secret, for ``pat``.
        app_client_id: the variable that holds the app's client id.
        app_private_key: the secret that holds the app's private key.
        refused: fingerprints of what a human does not want; see :mod:`bot.fingerprint`.
    """

    strategy: Literal["pat", "app"] = "pat"
    secret: str = "GH_PAT_TOKEN"  # noqa: S105 - a name
    app_client_id: str = "CLEARANCE_APP_CLIENT_ID"
    app_private_key: str = "CLEARANCE_APP_PRIVATE_KEY"
    refused: frozenset[str] = frozenset()


class TokenObstacle(StrEnum):
    """Why a call keeps its token; the value is a fragment of a sentence."""

    FETCHED = "its job can be started from outside and may run what was fetched from there"
    PULL_REQUEST = "its job checks out the code of pull requests"
    SHARED = "the same token also serves calls that GITHUB_TOKEN can make"
    UNSURE = "whether the call is made with GITHUB_TOKEN is not known"
    WIDE = "the expression that gives the token can give another one too"
    NO_EXPRESSION = "the token comes from nothing that the step says"
    CALLED = "other workflows call this one and hand it its secrets"
    ELSEWHERE = "the call is made by an action of the repository"
    FLOW = "the step is written in flow style"
    ALIAS = "the step is written with anchors or aliases"
    FORM = "the file's form leaves no place for the edit"
    NO_APP = "an app's token can't be limited to that permission"
    SEVERAL = "its calls are about several repositories, which no one token of an app is for"
    REFUSED = "a human refused another token for it before"
    SIZE = "there is more to try than is read for one file"
    UNPROVED = "the edited file did not show what was expected"


@dataclass(frozen=True, slots=True)
class Swap:
    """One place where another token is named.

    Attributes:
        name: of the variable or input; empty for a script.
        line: where it stood (from 0); for what was inserted the step's.
        before: the expression that stood there; for what was inserted the text that held without.
        after: the expression that stands there now.
    """

    how: How
    name: str
    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TokenChange:
    """Another token for some calls of one step.

    Attributes:
        step: the step's index in the job as it was.
        calls: those that GITHUB_TOKEN can't make, each with its permission and place.
        secret: its name; empty for an app's token.
        reused: the repository's workflows use that secret already.
        repositories: ``owner/name`` of others than the workflow's own that the calls are about.
        minted: the id of the step that mints the token; empty for a secret.
        change: what is done to the file.
    """

    job: str
    step: int
    calls: tuple[Beyond, ...]
    swaps: tuple[Swap, ...]
    secret: str
    reused: bool
    repositories: tuple[str, ...]
    minted: str
    change: Change

    @property
    def place(self) -> Place:
        """Where the first of the calls stands."""
        return self.calls[0].place

    @property
    def permissions(self) -> tuple[str, ...]:
        """What the other token needs, each permission once."""
        return tuple(dict.fromkeys(call.permission for call in self.calls))


@dataclass(frozen=True, slots=True)
class TokenLeft:
    """A call that GITHUB_TOKEN can't make and that keeps it, and why."""

    job: str
    call: Beyond
    why: TokenObstacle


@dataclass(frozen=True, slots=True)
class TokenProposal:
    """What the remedy makes of a workflow.

    ``change`` names what it replaces by the places of the file as it was, and what it adds by those
    of the rewritten file (steps that are inserted move the others on).
    """

    change: Change
    changes: tuple[TokenChange, ...]
    left: tuple[TokenLeft, ...]
