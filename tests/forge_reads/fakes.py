"""A client that answers from a table, and overviews to answer with."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.forge.auth import Token, TokenKind
from bot.forge.errors import ForgeError, NotFound

REPOSITORY = "octo/app"


@dataclass(frozen=True)
class FakeReply:
    value: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return self.value


@dataclass
class FakeClient:
    """Answers a path by the longest key that it starts with; what is no such path is 404.

    Attributes:
        answers: ``GET /path`` or ``POST /path`` → a value, a reply or an error.
        data: what GraphQL is answered with, or an error; a list: one after another.
        log: what ``download`` gives.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    data: Any = None
    log: str | ForgeError = ""
    whose: Token | ForgeError = field(default_factory=lambda: Token("t", TokenKind.FINE_GRAINED))
    asked: list[str] = field(default_factory=list)
    sent: list[Mapping[str, object]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def token(self) -> Token:
        if isinstance(self.whose, ForgeError):
            raise self.whose
        return self.whose

    def get(self, path: str) -> FakeReply:
        return self._answer("GET", path)

    def send(self, method: str, path: str, body: Mapping[str, object]) -> FakeReply:
        self.sent.append(body)
        return self._answer(method, path)

    def download(self, path: str, limit: int) -> bytes:
        self.asked.append(f"GET {path}")
        if isinstance(self.log, ForgeError):
            raise self.log
        return self.log.encode()[:limit]

    def graphql(
        self, query: str, variables: Mapping[str, object], *, partial: bool = False
    ) -> Mapping[str, Any]:
        assert not partial, "half of an overview is none"
        self.queries.append(query)
        self.sent.append(variables)
        data = self.data.pop(0) if isinstance(self.data, list) else self.data
        if isinstance(data, ForgeError):
            raise data
        assert isinstance(data, dict)
        return data

    def _answer(self, method: str, path: str) -> FakeReply:
        call = f"{method} {path}"
        self.asked.append(call)
        fitting = [key for key in self.answers if call.startswith(key)]
        if not fitting:
            raise NotFound(f"There is nothing for {call} (404 Not Found)", 404)
        answer = self.answers[max(fitting, key=len)]
        if isinstance(answer, ForgeError):
            raise answer
        return answer if isinstance(answer, FakeReply) else FakeReply(answer)


_COMMIT = {
    "oid": "b" * 40,
    "message": "ci: permissions\n\nbody",
    "tree": {"oid": "c" * 40},
    "parents": {"nodes": [{"oid": "a" * 40}]},
}
_PULL = {
    "id": "PR_1",
    "number": 7,
    "url": "https://github.com/octo/app/pull/7",
    "state": "OPEN",
    "title": "A title",
    "body": "A body",
    "isDraft": False,
    "mergeable": "MERGEABLE",
    "isInMergeQueue": True,
    "createdAt": "2026-01-02T03:04:05Z",
    "closedAt": None,
    "baseRefName": "main",
    "author": {"login": "clearance"},
    "headRefOid": "b" * 40,
    "headRepository": {"nameWithOwner": "octo/app"},
    "headRef": {"target": _COMMIT},
    "labels": {"nodes": [{"name": "ci"}]},
    "closings": {"nodes": []},
}
_DATA = {
    "rateLimit": {"remaining": 4990, "limit": 5000, "resetAt": "2026-01-02T04:00:00Z"},
    "viewer": {"login": "octocat", "databaseId": 1},
    "repository": {
        "nameWithOwner": "octo/app",
        "url": "https://github.com/octo/app",
        "visibility": "PUBLIC",
        "isArchived": False,
        "isDisabled": False,
        "isEmpty": False,
        "isFork": False,
        "viewerPermission": "WRITE",
        "defaultBranchRef": {
            "name": "main",
            "target": {
                "oid": "a" * 40,
                "history": {
                    "nodes": [
                        {"messageHeadline": "feat: one", "parents": {"totalCount": 1}},
                        {"messageHeadline": "Merge it", "parents": {"totalCount": 2}},
                        {"messageHeadline": "first", "parents": {"totalCount": 0}},
                    ]
                },
            },
        },
        "repositoryTopics": {"nodes": [{"topic": {"name": "no-clearance"}}]},
        "settings": {"text": "enabled: true\n", "isTruncated": False},
        "pullRequestTemplates": [{"filename": "pull_request_template.md", "body": "- [ ] tests"}],
        "ref": {"target": _COMMIT},
        "pullRequests": {"nodes": [_PULL]},
    },
}


def data(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the overview is answered with; ``repository.isFork`` → a value changes a field."""
    made = copy.deepcopy(_DATA)
    for path, value in (changes or {}).items():
        place: Any = made
        *way, last = path.split(".")
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[last] = value
    return made
