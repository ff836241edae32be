"""GitHub, as tests start it: ``with GitHub() as hub: repo = hub.repository("octo/demo", {…})``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.forge import runs
from tests.forge.answers import Answer
from tests.forge.bare import Content
from tests.forge.exchanges import Log
from tests.forge.faults import Cut, Match
from tests.forge.gitserver import hooks
from tests.forge.limits import Limits
from tests.forge.people import App, Role, Token, TokenKind, User
from tests.forge.repository import Repository
from tests.forge.runs import Job, Run, Step
from tests.forge.server import Server
from tests.forge.service import Service
from tests.forge.world import World

BOT = "clearance"
"""Whose tokens are by default; it may push to every repository that does not say otherwise."""


class GitHub:
    """A GitHub of its own, with REST, GraphQL and git on one port, gone when the block ends.

    Leaving the block fails (``AssertionError``) where an exchange did not keep to what GitHub
    publishes about its APIs, or the stand-in was asked for what it does not know.

    Attributes:
        api_url: REST as on github.com; GraphQL is below it at ``/graphql``.
        enterprise_url: REST as on a GitHub Enterprise Server (``…/api/v3``; GraphQL at
            ``…/api/graphql`` of the host). Both are the same GitHub.
        web_url: where git's URLs begin.
        calls: all exchanges.
        problems: what validation found; a test that means to do wrong clears it.
        limits: the rate limits' sizes.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="github-"))
        self.world = World(self._folder, hooks(self._folder))
        self._service = Service(self.world)
        self._server = Server(self._service)
        self.api_url = self.web_url = self.enterprise_url = ""

    def __enter__(self) -> Self:
        self.world.base = self.api_url = self.web_url = self._server.start()
        self.enterprise_url = f"{self.api_url}/api/v3"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        self.world.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        found = "\n".join(self.problems)
        if error is None:
            assert not found, found
        elif found:
            error.add_note(f"Besides: {found}")

    @property
    def calls(self) -> Log:
        """All exchanges so far."""
        return self._service.log

    @property
    def problems(self) -> list[str]:
        """What validation found so far."""
        return self._service.problems

    @property
    def limits(self) -> Limits:
        """The rate limits."""
        return self._service.limits

    def environment(self, token: str) -> dict[str, str]:
        """The variables by which a program finds this GitHub instead of github.com."""
        return {
            "GH_TOKEN": token,
            "GITHUB_API_URL": self.api_url,
            "GITHUB_GRAPHQL_URL": f"{self.api_url}/graphql",
            "GITHUB_SERVER_URL": self.web_url,
        }

    def advance(self, **ago: float) -> None:
        """Let time go by: the arguments are ``timedelta``'s."""
        self.world.ahead += timedelta(**ago)

    def fault(
        self, match: Match, outcome: Answer | Cut, *, times: int | None = 1, after: int = 0
    ) -> None:
        """From now on matching calls get this instead of, before or after their effect.

        ``match``: ``"POST /repos/octo/demo/pulls"`` (a path's beginning, without query), a GraphQL
        operation's name, ``git-upload-pack``, ``git-receive-pack``, or a function of a
        :class:`tests.forge.faults.Call`. ``times``: ``None`` for always. ``after``: how many
        matching calls go by first.
        """
        self._service.faults.add(match, outcome, times, after)

    def heal(self) -> None:
        """No more faults."""
        self._service.faults.clear()

    def user(self, login: str, kind: str = "") -> User:
        """An account, made where it is missing; ``kind`` ``Organization`` for one."""
        return self.world.user(login, kind)

    def repository(
        self,
        full_name: str,
        files: Mapping[str, Content] | None = None,
        *,
        branch: str = "main",
        private: bool = False,
        topics: Iterable[str] = (),
        collaborators: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        message: str = "Begin",
    ) -> Repository:
        """A repository with one commit of these files; without files it is empty.

        ``collaborators``: login → ``read``, ``triage``, ``write``, ``maintain`` or ``admin``; by
        default :data:`BOT` may write. The owner is an organisation where the login has no account
        yet.
        """
        owner = full_name.partition("/")[0]
        self.world.user(owner, "" if owner.lower() in self.world.users else "Organization")
        made = self.world.add(full_name, branch)
        made.private, made.topics, made.secrets = private, tuple(topics), tuple(secrets)
        for login, role in ({BOT: "write"} if collaborators is None else collaborators).items():
            made.collaborators[self.user(login).login] = Role[role.upper()]
        if files:
            made.human.push(files, branch, message)
        return made

    def light(
        self, full_name: str, files: Mapping[str, str], *, topics: Iterable[str] = ()
    ) -> Repository:
        """A repository as :meth:`repository`, of which there may be many: it costs nothing until
        it is cloned or changed."""
        owner = full_name.partition("/")[0]
        self.world.user(owner, "" if owner.lower() in self.world.users else "Organization")
        made = self.world.add(full_name, light=files)
        made.topics = tuple(topics)
        made.collaborators[BOT] = Role.WRITE
        return made

    def rename(self, repository: Repository, full_name: str) -> None:
        """Rename or move a repository; its old name leads to it."""
        self.world.rename(repository, full_name)

    def token(
        self,
        value: str,
        *,
        user: str = BOT,
        scopes: Iterable[str] = ("repo", "workflow"),
        expires: datetime | None = None,
    ) -> Token:
        """A classic personal access token."""
        made = Token(value, self.user(user), TokenKind.CLASSIC, tuple(scopes), expires=expires)
        return self._keep(made)

    def fine_grained(
        self,
        value: str,
        permissions: Mapping[str, str],
        *,
        user: str = BOT,
        repositories: Iterable[str],
        expires: datetime | None = None,
    ) -> Token:
        """A fine-grained personal access token for these ``owner/name``."""
        named = {"metadata": "read"} | dict(permissions)
        made = Token(
            value, self.user(user), TokenKind.FINE_GRAINED, (), named, tuple(repositories), expires
        )
        return self._keep(made)

    def actions_token(self, value: str, permissions: Mapping[str, str], repository: str) -> Token:
        """A GITHUB_TOKEN of a run in that repository."""
        named = {"metadata": "read"} | dict(permissions)
        made = Token(
            value, self.user("github-actions[bot]"), TokenKind.ACTIONS, (), named, (repository,)
        )
        return self._keep(made)

    def _keep(self, token: Token) -> Token:
        self.world.tokens[token.value] = token
        return token

    def revoke(self, value: str) -> None:
        """From now on the token is a bad credential."""
        self.world.tokens.pop(value, None)

    def app(
        self,
        account: str,
        permissions: Mapping[str, str],
        *,
        slug: str = "clearance",
        repositories: Iterable[str] | None = None,
    ) -> App:
        """A GitHub App, installed on an account's repositories, all or these ``owner/name``."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        number = self.world.next_id()
        made = App(
            number, f"Iv1.{number:016x}", slug, self.world.next_id(), account, dict(permissions),
            None if repositories is None else tuple(repositories),
            private.decode(), public.decode(),
        )  # fmt: skip
        self.world.apps[made.installation] = made
        return made

    def install(
        self,
        app: App,
        account: str,
        *,
        repositories: Iterable[str] | None = None,
        suspended: bool = False,
    ) -> App:
        """The same app on another account."""
        made = replace(
            app,
            installation=self.world.next_id(),
            account=account,
            repositories=None if repositories is None else tuple(repositories),
            suspended=suspended,
        )
        self.world.apps[made.installation] = made
        return made

    def run(
        self,
        repository: Repository,
        path: str,
        *,
        conclusion: str = "failure",
        event: str = "push",
        branch: str = "",
        at: datetime | None = None,
        name: str = "",
        jobs: Iterable[tuple[str, str, Iterable[Step], str]] = (),
        head: Repository | None = None,
    ) -> Run:
        """A run of a workflow; ``jobs`` are (name, conclusion, steps, log)."""
        branch = branch or repository.default_branch
        at = at or self.world.now()
        made = Run(
            self.world.next_id(),
            len(repository.runs) + 1,
            path,
            name or path.rpartition("/")[2],
            event,
            branch,
            repository.branches.get(branch, repository.head),
            conclusion,
            at,
            tuple(
                Job(self.world.next_id(), title, ended, steps, runs.moved(log, at, steps))
                for title, ended, steps, log in ((*one[:2], tuple(one[2]), one[3]) for one in jobs)
            ),
            head=head,
        )
        repository.runs.append(made)
        return made
