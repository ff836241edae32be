"""What people are told of a failure: one sentence each."""

from __future__ import annotations

import pytest

from bot.forge import transport
from bot.forge.client import Client
from bot.forge.errors import BadToken, ForgeError, Invalid, NotFound, Refused, Unreachable
from bot.forge.limiter import Limiter
from tests.forge_client.support import (
    Answer,
    FakeClock,
    Fixed,
    client,
    served,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


SENTENCES: list[tuple[Answer, type[ForgeError], str]] = [
    (
        Answer(401, {"message": "Bad credentials"}),
        BadToken,
        (
            "GitHub knows no such token (401 Bad credentials, for POST /x): "
            "set GH_TOKEN to one that has neither expired nor been revoked"
        ),
    ),
    (
        Answer(
            403,
            {"message": "Resource not accessible by personal access token"},
            {"X-Accepted-GitHub-Permissions": "pull_requests=write"},
        ),
        Refused,
        (
            "GitHub refuses POST /x (403 Resource not accessible by personal access token): "
            "give the token pull_requests=write"
        ),
    ),
    (
        Answer(
            403,
            {"message": "Must have admin rights to Repository."},
            {"X-OAuth-Scopes": "repo", "X-Accepted-OAuth-Scopes": "admin:org, repo"},
        ),
        Refused,
        (
            "GitHub refuses POST /x (403 Must have admin rights to Repository): "
            "give the token one of the scopes admin:org, repo"
        ),
    ),
    (
        Answer(403, {"message": "Forbidden"}, {"X-GitHub-SSO": "required; url=https://a.test"}),
        Refused,
        (
            "GitHub refuses POST /x (403 Forbidden): "
            "authorise the token for the organisation (Configure SSO, in the token's settings)"
        ),
    ),
    (
        Answer(403, {"message": "Protected by SAML."}),
        Refused,
        (
            "GitHub refuses POST /x (403 Protected by SAML): "
            "authorise the token for the organisation (Configure SSO, in the token's settings)"
        ),
    ),
    (
        Answer(403, {"message": "Forbidden"}, {"X-Accepted-OAuth-Scopes": "repo"}),
        Refused,
        (
            "GitHub refuses POST /x (403 Forbidden): "
            "give the token the permission for it, or use one that has it"
        ),
    ),
    (
        Answer(
            403,
            {"message": "Resource protected by organization SAML enforcement."},
            {"X-GitHub-SSO": "required; url=https://github.com/orgs/o/sso?authorization_request=A"},
        ),
        Refused,
        (
            "GitHub refuses POST /x (403 Resource protected by organization SAML enforcement): "
            "authorise the token for the organisation (Configure SSO, in the token's settings)"
        ),
    ),
    (
        Answer(
            403,
            {
                "message": "Although you appear to have it, the organization has an IP allow "
                "list enabled"
            },
        ),
        Refused,
        (
            "GitHub refuses POST /x (403 Although you appear to have it, the organization has "
            "an IP allow list enabled): "
            "run from an address that is on the organisation's IP allow list"
        ),
    ),
    (
        Answer(403, {"message": "Repository was archived so is read-only."}),
        Refused,
        (
            "GitHub refuses POST /x (403 Repository was archived so is read-only): "
            "an archived repository takes no changes, so leave it out"
        ),
    ),
    (
        Answer(404, {"message": "Not Found"}),
        NotFound,
        (
            "There is nothing for POST /x (404 Not Found), or the token may not see it: "
            "check the name, and which repositories the token was given"
        ),
    ),
    (
        Answer(410, ""),
        NotFound,
        (
            "There is nothing for POST /x (410), or the token may not see it: "
            "check the name, and which repositories the token was given"
        ),
    ),
    (
        Answer(409, {"message": "Git Repository is empty."}),
        Invalid,
        "GitHub does not take POST /x (409 Git Repository is empty)",
    ),
    (
        Answer(
            422,
            {
                "message": "Validation Failed",
                "errors": [
                    {"resource": "PullRequest", "code": "custom", "message": "Already there: a."},
                    {"resource": "PullRequest", "field": "head", "code": "invalid"},
                    "and more",
                    7,
                ],
            },
        ),
        Invalid,
        (
            "GitHub does not take POST /x "
            "(422 Validation Failed; Already there: a; PullRequest head invalid; and more)"
        ),
    ),
    (
        Answer(451, {"message": "Repository access blocked"}),
        Refused,
        (
            "GitHub has blocked what POST /x asks for (451 Repository access blocked): "
            "leave this repository out"
        ),
    ),
    (
        Answer(400, {"message": "Problems parsing JSON"}),
        ForgeError,
        "GitHub does not answer POST /x (400 Problems parsing JSON)",
    ),
]


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"), SENTENCES, ids=[sentence[:60] for *_, sentence in SENTENCES]
)
def test_a_failure_is_one_sentence(
    answer: Answer, kind: type[ForgeError], sentence: str, clock: FakeClock
) -> None:
    with served(clock, answer) as server, pytest.raises(ForgeError) as caught:
        client(server, clock).send("POST", "/x", {})

    assert str(caught.value) == sentence
    assert type(caught.value) is kind
    assert caught.value.status == answer.status


def test_a_refusal_names_what_would_do(clock: FakeClock) -> None:
    headers = {"X-Accepted-GitHub-Permissions": "contents=write; workflows=write"}
    with served(clock, Answer(403, "", headers)) as server, pytest.raises(Refused) as caught:
        client(server, clock).get("/x")

    assert caught.value.accepted == "contents=write; workflows=write"


@pytest.mark.parametrize(
    "body",
    [
        {"message": "a\r\n::error::b\x1b[31m##[c]" + "d" * 5000},
        {"message": {"a": 1}, "errors": {"b": 2}},
        ["a"],
        "[" * 100_000,
        {"message": None, "errors": [None, {}, {"code": 1}]},
    ],
    ids=["commands", "other shapes", "a list", "depth", "nothing in it"],
)
def test_words_of_github_do_nothing_and_are_short(body: object, clock: FakeClock) -> None:
    with served(clock, Answer(422, body)) as server, pytest.raises(Invalid) as caught:
        client(server, clock).get("/" + "é" * 5000)

    message = str(caught.value)
    assert message.isprintable()
    assert "##[" not in message
    assert len(message) < 600


def test_a_certificate_that_is_not_trusted_is_not_tried_again(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: object) -> None:
        raise transport.Unsent("its certificate is not trusted here", lasting=True)

    monkeypatch.setattr(transport, "exchange", ask)
    github = Client(
        Fixed(), "octo/demo", api_url="https://github.example.com", limiter=Limiter(clock=clock)
    )
    with pytest.raises(Unreachable, match=r"github\.example\.com can't be reached .*certificate"):
        github.send("POST", "/x", {})
    assert clock.waits == []
