"""What is told of a script, the values that are told apart in it, and the names that have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WORKSPACE = "$GITHUB_WORKSPACE"
"""What the path of a file in the workspace begins with."""

KNOWN = {
    "github.workspace": WORKSPACE,
    "github.api_url": "https://api.github.com",
    "github.repository": "{owner}/{repo}",
    "github.repository_owner": "{owner}",
    "process.env.GITHUB_WORKSPACE": WORKSPACE,
    "process.env.GITHUB_API_URL": "https://api.github.com",
    "process.env.GITHUB_REPOSITORY": "{owner}/{repo}",
    "process.env.GITHUB_REPOSITORY_OWNER": "{owner}",
    "context.apiUrl": "https://api.github.com",
    "context.repo.owner": "{owner}",
    "context.repo.repo": "{repo}",
    "__dirname": ".",
}
CLIENTS = frozenset({"github", "octokit"})
GLOBALS = frozenset(
    {"axios", "console", "context", "core", "exec", "fetch", "getOctokit", "process", "require"}
)
MODULES = {
    "@actions/core": "core",
    "@actions/exec": "exec",
    "@actions/github": "@github",
    "@octokit/action": "@octokit",
    "@octokit/core": "@octokit",
    "@octokit/rest": "@octokit",
    "octokit": "@octokit",
    "child_process": "child_process",
    "axios": "axios",
    "node-fetch": "fetch",
}
RENAMED = {
    "@github.getOctokit": "getOctokit",
    "@github.context": "context",
    "@octokit.Octokit": "Octokit",
    "axios.default": "axios",
}


@dataclass(frozen=True, slots=True)
class Client:
    """An Octokit, or what its ``path`` of properties leads to; ``token`` as it is written.

    ``token`` is ``None`` for the client that the script is handed.
    """

    token: str | None
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A global, a module or a property of one, dotted: ``core.getIDToken``, ``context.payload``."""

    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """A literal; :data:`bot.hole.HOLE` stands for what is not known of it."""

    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A function, object or array of the text, by its node."""

    node: int


@dataclass(frozen=True, slots=True)
class File:
    """A module that is not in the text: a file, by what ``require`` was given."""

    name: str


Value = Client | Known | Text | Part | File
Values = frozenset[Value]


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call. Exactly one of ``octokit``, ``path`` and ``document`` is not empty.

    ``octokit`` is as ``rest.by_octokit`` takes it; ``method`` and ``path`` as ``rest.lookup``;
    ``document`` as ``graphql.needs``. ``owner`` and ``repo``: ``None`` for those of the workflow's
    own repository (or none given), a hole where they are not known. ``number_key`` is
    ``issue_number`` or ``pull_number`` where one is given, ``number`` the expression for it
    (``context.payload.pull_request.number``). ``token`` is ``None`` for the client that the script
    was handed, else the expression that made the client or the header.
    """

    line: int
    octokit: str = ""
    method: str = ""
    path: str = ""
    document: str = ""
    owner: str | None = None
    repo: str | None = None
    number_key: str = ""
    number: str = ""
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Required:
    """A file that the script loads; ``given``: it is handed the client, so it must be read.

    ``base`` says what ``path`` is relative to: the workspace, or the script's own folder (which
    for the body of a github-script step is the workspace as well).
    """

    line: int
    path: str
    base: Literal["workspace", "script"]
    given: bool


@dataclass(frozen=True, slots=True)
class Command:
    """A command that the script runs: ``text``, and ``arguments`` if they are given apart.

    ``shell``: a shell reads ``text``; else it is split at spaces, or is the program's name where
    ``arguments`` is not ``None``. ``None`` among the arguments is one, or several, not known.
    """

    line: int
    text: str
    arguments: tuple[str | None, ...] | None
    shell: bool


@dataclass(frozen=True, slots=True)
class ScriptCalls:
    """All that a script asks. Where ``unknown`` is not empty, there may be more.

    ``id_token`` has the lines that ask for an OIDC token.
    """

    calls: tuple[ApiCall, ...] = ()
    files: tuple[Required, ...] = ()
    commands: tuple[Command, ...] = ()
    id_token: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
