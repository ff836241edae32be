"""GraphQL's roots: what can be asked for, and the two or three things that can be done."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLError

from tests.forge import shapes
from tests.forge.bare import Content
from tests.forge.graph_git import Ref, connection, failure, git_object
from tests.forge.graph_lists import owned, searched
from tests.forge.graph_views import PullView, RepositoryView, account
from tests.forge.limits import Limits
from tests.forge.people import Role, Token
from tests.forge.pulls import PullRequest
from tests.forge.repository import Refusal, Repository
from tests.forge.rights import refusal, sees, workflow_refusal
from tests.forge.world import World


class Root:
    """Query and mutation at once: their fields have no name in common."""

    def __init__(self, world: World, limits: Limits, token: Token) -> None:
        self._world = world
        self._limits = limits
        self._token = token

    def rate_limit(self, **_: object) -> SimpleNamespace:
        """What is left; this query is counted already."""
        state = self._limits.state(self._token.value, "graphql")
        return SimpleNamespace(
            cost=1,
            limit=state["limit"],
            used=state["used"],
            remaining=state["remaining"],
            node_count=0,
            reset_at=datetime.fromtimestamp(state["reset"], UTC).isoformat(),
        )

    @property
    def viewer(self) -> object:
        """Whose token it is; an app's bot too is a ``User`` here, and keeps its ``[bot]``."""
        user = self._token.user
        return SimpleNamespace(
            typename="User", login=user.login, database_id=user.id, id=f"U_{user.id}", name=None,
            url=f"{self._world.base}/{user.login}", avatar_url=lambda **_: self._world.base,
        )  # fmt: skip

    def _found(self, full_name: str, *, renames: bool = True) -> Repository | None:
        place, old = self._world.find(full_name)
        if place is None or (old and not renames) or not sees(self._token, place):
            return None
        return place

    def repository(self, owner: str, name: str, follow_renames: bool = True) -> object:
        """A repository; an error of type ``NOT_FOUND`` where the token sees none."""
        place = self._found(f"{owner}/{name}", renames=follow_renames)
        if place is None:
            raise failure(
                "NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'."
            )
        return RepositoryView(place, self._token)

    def repository_owner(self, login: str) -> object:
        """An account."""
        found = self._world.users.get(login.lower())
        if found is None:
            return None
        owner = account(self._world.base, found)
        owner.repositories = partial(owned, self._world, self._token, found)
        return owner

    def node(self, id: str) -> object:  # noqa: A002
        """A repository or a pull request, by its id."""
        place = self._world.by_id(int(id[2:])) if re.fullmatch(r"R_\d+", id) else None
        if place is not None and sees(self._token, place):
            return RepositoryView(place, self._token)
        return PullView(self._pull(id), self._token)

    def nodes(self, ids: list[str]) -> list[object]:
        """Some of these, by their ids."""
        return [self.node(one) for one in ids]

    def search(self, query: str, type: str, **page: Any) -> object:  # noqa: A002
        """Repositories and pull requests by the qualifiers that the program uses."""
        if type == "REPOSITORY":
            count, places = searched(self._world, self._token, query, **page)
            return SimpleNamespace(
                repository_count=count, issue_count=0,
                nodes=places.nodes, page_info=places.page_info,
            )  # fmt: skip
        known = [word.partition(":")[::2] for word in query.split()]
        found = [
            PullView(pull, self._token)
            for place in self._world
            if sees(self._token, place) and type == "ISSUE"
            for pull in place.pulls.values()
            if all(_meets(pull, name, value, self._token) for name, value in known)
        ]
        page_of = connection(found, **page)
        return SimpleNamespace(
            issue_count=len(found), repository_count=0,
            nodes=page_of.nodes, page_info=page_of.page_info,
        )  # fmt: skip

    def _pull(self, node: str) -> PullRequest:
        for place in self._world:
            for pull in place.pulls.values():
                if pull.node_id == node and sees(self._token, place):
                    return pull
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")

    def _allow(self, place: Repository, permissions: str, role: Role) -> None:
        refused = refusal(self._token, place, permissions, role, reads=False)
        if refused:
            login, name = self._token.user.login, place.full_name
            classic = f"{login} does not have the correct permissions to execute this on {name}"
            resource = f"Resource not accessible by {self._token.whose}"
            raise failure("FORBIDDEN", classic if refused.status == 404 else resource)
        if place.archived:
            raise failure("UNPROCESSABLE", "Repository was archived so is read-only.")

    def create_commit_on_branch(self, input: dict[str, Any]) -> object:  # noqa: A002
        """Make a commit, if the branch is where the caller thinks that it is."""
        branch = input["branch"]
        place = self._found(str(branch.get("repositoryNameWithOwner", "")))
        name = str(branch.get("branchName", "")).removeprefix("refs/heads/")
        if place is None:
            raise failure("NOT_FOUND", "Could not resolve to a Repository.")
        self._allow(place, "contents=write", Role.WRITE)
        head = place.branches.get(name)
        if head is None:
            raise failure("NOT_FOUND", f"No ref found for the branch '{name}'.")
        expected = input["expectedHeadOid"]
        if head != expected:
            raise failure(
                "STALE_DATA",
                f'Expected branch to point to "{expected}" but it did not.  Pull and try again.',
            )
        changes = _changes(input.get("fileChanges") or {})
        refused = workflow_refusal(self._token, tuple(changes))
        if refused:
            raise failure("FORBIDDEN", refused)
        ref = f"refs/heads/{name}"
        try:
            place.check_push(ref)
        except Refusal as error:
            raise failure("UNPROCESSABLE", str(error)) from None
        said = input["message"]
        text = "\n\n".join(part for part in (said["headline"], said.get("body")) if part)
        oid = place.commit(name, changes, text, self._token.user)
        view = RepositoryView(place, self._token)
        return SimpleNamespace(
            client_mutation_id=input.get("clientMutationId"),
            commit=git_object(place, oid),
            ref=Ref(place, ref, view),
        )

    def mark_pull_request_ready_for_review(self, input: dict[str, Any]) -> object:  # noqa: A002
        """A draft no longer."""
        return self._drafted(input, False)

    def convert_pull_request_to_draft(self, input: dict[str, Any]) -> object:  # noqa: A002
        """A draft again."""
        return self._drafted(input, True)

    def _drafted(self, given: dict[str, Any], draft: bool) -> object:
        pull = self._pull(given["pullRequestId"])
        if pull.author != self._token.user:
            self._allow(pull.repository, "pull_requests=write", Role.WRITE)
        if pull.draft and not draft:
            pull.note("ReadyForReviewEvent", self._token.user)
        pull.draft = draft
        return SimpleNamespace(
            client_mutation_id=given.get("clientMutationId"),
            pull_request=PullView(pull, self._token),
        )


def _meets(pull: PullRequest, name: str, value: str, token: Token) -> bool:
    login = pull.author.login
    meets: dict[str, Callable[[], bool]] = {
        "is": lambda: value == "pr" or pull.state == value.upper(),
        "author": lambda: (
            value == f"app/{login.removesuffix('[bot]')}"
            if login.endswith("[bot]")
            else value == login or (value == "@me" and login == token.user.login)
        ),
        "head": lambda: pull.head.startswith(value),
        "org": lambda: pull.repository.owner.login == value,
        "user": lambda: pull.repository.owner.login == value,
        "repo": lambda: pull.repository.full_name == value,
        "merged": lambda: (
            bool(pull.merged) and str(shapes.at(pull.merged)) >= value.removeprefix(">=")
        ),
        "created": lambda: str(shapes.at(pull.created)) >= value.removeprefix(">="),
        "sort": lambda: True,
    }
    return meets[name]()


def _changes(given: dict[str, Any]) -> dict[str, Content]:
    changes: dict[str, Content] = {one["path"]: None for one in given.get("deletions") or ()}
    for one in given.get("additions") or ():
        try:
            changes[one["path"]] = base64.b64decode(one["contents"], validate=True)
        except binascii.Error:
            raise GraphQLError("Contents are not valid Base64.") from None
    return changes
