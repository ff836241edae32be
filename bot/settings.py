"""What a user can choose, with the defaults; :mod:`bot.config` reads it from files."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from bot.remedies.rules import Rules

OPERATORS = frozenset(
    {"fork", "commit_via", "private_from_public", "content_per_minute", "content_per_hour"}
)
"""Settings that a repository can't choose for itself: they are about whoever runs the program."""

_ASIDE = OPERATORS | {
    "branch",
    "open_at_once",
    "labels",
    "reviewers",
    "team_reviewers",
    "assignees",
    "draft",
    "enabled",
}
"""Settings that change neither an edit nor a text."""

_DIGEST = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can choose.

    Attributes:
        widen: grant what a job needs beyond the block that applies to it today.
        narrow_top_level: a top-level block becomes ``{}`` once every job has one of its own.
        called_workflows: what is done about workflows that others call.
        server: where the workflows run; ``ghes`` writes only scopes that its version knows.
        server_version: that of a GitHub Enterprise Server, such as ``3.17``; empty where it isn't
            known.
        exclude: patterns of workflow files that are left alone.
        remedies: what is done about a workflow.
        probes: the kinds of probes that may be written.
        probes_that_only_warn: probes that never fail a run are written too.
        token_strategy: how a call that GITHUB_TOKEN can't make gets another token.
        token_secret: the secret that is named for ``pat``.
        app_client_id: the variable with the client id of the app that mints a token for ``app``.
        app_private_key: the secret with that app's key.
        enabled: false where a repository wants no pull requests.
        branch: the branch that is pushed, without ``refs/heads/``.
        pull_requests: one pull request for all remedies, or one for each.
        open_at_once: the most pull requests that are open in a repository, 1 to 3.
        fork: when the branch is pushed to a fork.
        commit_via: who makes the commit: git here, or GitHub, which signs it.
        sign_off: commits end with a ``Signed-off-by`` line.
        labels: names of labels that a new pull request gets.
        reviewers: logins that are asked for a review of a new pull request.
        team_reviewers: slugs of teams that are asked too, without their organisation.
        assignees: logins that a new pull request is assigned to.
        draft: pull requests are opened as drafts.
        private_from_public: a private repository may be worked on in a run of a public one.
        content_per_minute: the most pull requests, comments and the like that are made a minute.
        content_per_hour: the most of them that are made an hour.
    """

    # Read by pydantic, which is imported for a settings file only: it doubles the start-up time.
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    widen: bool = False
    narrow_top_level: bool = False
    called_workflows: Literal["leave", "all-callers-here"] = "leave"
    server: Literal["github.com", "ghes"] = "github.com"
    server_version: str = ""
    exclude: tuple[str, ...] = ()
    remedies: tuple[Literal["permissions", "preflight", "token"], ...] = (
        "permissions",
        "preflight",
        "token",
    )
    probes: tuple[
        Literal["draft-release", "generate-notes", "refs", "ghcr", "id-token", "token"], ...
    ] = ("draft-release", "generate-notes", "refs", "ghcr", "id-token", "token")
    probes_that_only_warn: bool = True
    token_strategy: Literal["pat", "app"] = "pat"  # noqa: S105 - no password
    token_secret: str = "GH_PAT_TOKEN"  # noqa: S105 - a name
    app_client_id: str = "CLEARANCE_APP_CLIENT_ID"
    app_private_key: str = "CLEARANCE_APP_PRIVATE_KEY"
    enabled: bool = True
    branch: str = "clearance/permissions"
    pull_requests: Literal["one", "one-a-remedy"] = "one"
    open_at_once: int = 3
    fork: Literal["never", "when-needed", "always"] = "when-needed"
    commit_via: Literal["git", "api"] = "git"
    sign_off: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    draft: bool = False
    private_from_public: bool = False
    content_per_minute: int = 80
    content_per_hour: int = 500

    def rules(self) -> Rules:
        """What the remedies obey."""
        from bot.permissions import ghes
        from bot.probes import Kind
        from bot.remedies import job_permissions, preflight
        from bot.remedies.rules import Remedy, Rules
        from bot.remedies.token.facts import TokenRules

        return Rules(
            job_permissions.Rules(
                widen=self.widen,
                narrow_top_level=self.narrow_top_level,
                called_workflows=self.called_workflows == "all-callers-here",
                known=ghes.known(self.server_version) if self.server == "ghes" else None,
            ),
            preflight.Rules(frozenset(map(Kind, self.probes)), self.probes_that_only_warn),
            TokenRules(
                self.token_strategy,
                self.token_secret,
                self.app_client_id,
                self.app_private_key,
            ),
            frozenset(map(Remedy, self.remedies)),
        )

    def excludes(self, path: str) -> bool:
        """Whether a workflow file (its path in the repository) is to be left alone.

        A pattern is compared from the path's end: ``generated-*.yml`` meets a file's name.
        """
        return any(PurePosixPath(path).match(pattern) for pattern in self.exclude)

    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for all settings that change an edit or a text.

        The order of a list makes no difference to it, as it makes none to what is done.
        """
        import hashlib
        import json

        chosen: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in _ASIDE:
                chosen[field.name] = sorted(set(value)) if isinstance(value, tuple) else value
        text = json.dumps(chosen, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
