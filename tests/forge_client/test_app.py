"""Tokens that a GitHub App is given for one repository."""

from __future__ import annotations

import logging
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.forge.auth import Credentials, TokenKind, from_environment
from bot.forge.client import Client
from bot.forge.errors import BadToken, ForgeError, Invalid, Limited, NotFound, Refused, Unreachable
from bot.forge.limiter import Limiter
from bot.forge.redact import scrub
from tests.forge_client.support import Answer, Asked, FakeClock, Fault, Server, served

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
).decode()

pytestmark = pytest.mark.usefixtures("redacted")


class GitHub:
    """An app with one installation for each owner, whose tokens are good for an hour."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.permissions = {"contents": "write", "pull_requests": "write", "workflows": "write"}
        self.suspended_at: str | None = None
        self.numbers = {"octo": 7}
        self.minted: list[dict[str, Any]] = []
        self.faults: list[Fault] = []

    def answer(self, asked: Asked) -> Fault:
        if self.faults:
            return self.faults.pop(0)
        claims = jwt.decode(
            asked.headers["authorization"].removeprefix("Bearer "),
            KEY.public_key(),
            algorithms=["RS256"],
        )
        assert claims["iss"] == "12"
        if asked.method == "GET":
            owner = asked.path.split("/")[2].lower()
            if owner not in self.numbers:
                return Answer(404, {"message": "Not Found"})
            return Answer(
                200,
                {
                    "id": self.numbers[owner],
                    "permissions": self.permissions | {"metadata": "read"},
                    "suspended_at": self.suspended_at,
                },
            )
        number = int(asked.path.split("/")[3])
        if number not in self.numbers.values():
            return Answer(404, {"message": "Not Found"})
        self.minted.append(asked.body)
        ends = datetime.fromtimestamp(self.clock.time() + 3600, UTC)
        return Answer(
            201,
            {
                "token": f"as-any-hash-{len(self.minted)}",
                "expires_at": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
                "permissions": asked.body["permissions"] | {"metadata": "read"},
            },
        )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def github(clock: FakeClock) -> GitHub:
    return GitHub(clock)


def serve(github: GitHub) -> Server:
    server = served(github.clock)
    server.choose = github.answer
    return server


def app(server: Server, clock: FakeClock, key: str = PEM) -> Credentials:
    return from_environment(
        {"CLEARANCE_APP_ID": "12", "CLEARANCE_APP_KEY": key},
        server.url,
        limiter=Limiter(clock=clock),
    )


def test_an_app_is_given_a_token_for_one_repository(github: GitHub, clock: FakeClock) -> None:
    with serve(github) as server:
        token = app(server, clock).token("octo/demo")

    assert server.paths == ["/repos/octo/demo/installation", "/app/installations/7/access_tokens"]
    assert github.minted == [{"repositories": ["demo"], "permissions": github.permissions}]
    assert token.value == "as-any-hash-1"
    assert token.kind is TokenKind.APP
    assert token.permissions == github.permissions | {"metadata": "read"}
    assert scrub(f"with {token.value}") == "with ***"


@pytest.mark.parametrize(
    ("installed", "asked"),
    [
        (
            {"contents": "write", "actions": "write", "administration": "write"},
            {"contents": "write", "actions": "read", "administration": "read"},
        ),
        ({"contents": "read", "issues": "write"}, {"contents": "read"}),
        ({"contents": "write", "secrets": "read"}, {"contents": "write", "secrets": "read"}),
        ({"contents": "write", "workflows": "anything"}, {"contents": "write"}),
    ],
    ids=[
        "no more than is needed",
        "no more than there is",
        "what helps if it is there",
        "no unknown level",
    ],
)
def test_a_token_may_do_what_is_needed_and_no_more(
    installed: dict[str, str], asked: dict[str, str], github: GitHub, clock: FakeClock
) -> None:
    github.permissions = installed
    with serve(github) as server:
        app(server, clock).token("octo/demo")

    assert github.minted[0]["permissions"] == asked


@pytest.mark.parametrize(
    ("later", "minted"),
    [(0, 1), (3299, 1), (3300, 2), (4000, 2)],
    ids=["at once", "early enough", "five minutes before its end", "after its end"],
)
def test_a_token_is_renewed_before_it_ends(
    later: float, minted: int, github: GitHub, clock: FakeClock
) -> None:
    with serve(github) as server:
        credentials = app(server, clock)
        credentials.token("octo/demo")
        clock.now += later
        token = credentials.token("Octo/Demo")

    assert token.value == f"as-any-hash-{minted}"
    assert len(github.minted) == minted
    assert server.methods.count("GET") == 1


def test_a_token_ends_by_the_clock_of_github(github: GitHub, clock: FakeClock) -> None:
    behind = FakeClock()
    behind.now = -7200.0
    with serve(github) as server:
        credentials = app(server, behind)
        credentials.token("octo/demo")
        behind.now += 3301
        credentials.token("octo/demo")

    assert len(github.minted) == 2


def test_each_repository_has_a_token_of_its_own(github: GitHub, clock: FakeClock) -> None:
    github.numbers["other"] = 8
    with serve(github) as server:
        credentials = app(server, clock)
        values = {credentials.token(name).value for name in ("octo/a", "octo/b", "other/a")}

    assert len(values) == 3
    assert [path for path in server.paths if path.endswith("installation")] == [
        "/repos/octo/a/installation",
        "/repos/other/a/installation",
    ]


def test_threads_share_one_token(github: GitHub, clock: FakeClock) -> None:
    values: list[str] = []
    with serve(github) as server:
        credentials = app(server, clock)
        threads = [
            threading.Thread(target=lambda: values.append(credentials.token("octo/demo").value))
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert values == ["as-any-hash-1"] * 12
    assert len(server.asked) == 2


def test_an_installation_that_was_made_anew_is_found_again(
    github: GitHub, clock: FakeClock
) -> None:
    with serve(github) as server:
        credentials = app(server, clock)
        credentials.token("octo/demo")
        github.numbers["octo"] = 9
        clock.now += 4000
        credentials.token("octo/demo")

    assert server.paths[-3:] == [
        "/app/installations/7/access_tokens",
        "/repos/octo/demo/installation",
        "/app/installations/9/access_tokens",
    ]


def test_minting_is_tried_again(github: GitHub, clock: FakeClock) -> None:
    github.faults = ["cut", Answer(500)]
    with serve(github) as server:
        assert app(server, clock).token("octo/demo").value == "as-any-hash-1"

    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("repository", "change", "kind", "words"),
    [
        ("nobody/demo", {}, NotFound, "The app is not installed on nobody/demo"),
        ("octo/demo", {"suspended_at": "2026-01-01T00:00:00Z"}, Refused, "octo is suspended"),
        ("octo/demo", {"permissions": {}}, Refused, "has no permission that helps"),
        ("octo/demo", {"faults": [Answer(200, [])]}, Unreachable, "not understood"),
        ("octo/demo", {"faults": [Answer(200, {"id": "7"})]}, Unreachable, "not understood"),
        ("octo/demo", {"faults": [Answer(200, {"id": 7})]}, Unreachable, "not understood"),
        (
            "octo/demo",
            {"faults": [Answer(401, {"message": "A JSON web token could not be decoded"})]},
            BadToken,
            "check CLEARANCE_APP_ID, the app's key, and the clock of this machine",
        ),
        (
            "octo/demo",
            {"faults": [Answer(429, "", {"Retry-After": "5000"})]},
            Limited,
            "rate limit",
        ),
    ],
)
def test_why_there_is_no_token_is_told(
    repository: str,
    change: dict[str, Any],
    kind: type[ForgeError],
    words: str,
    github: GitHub,
    clock: FakeClock,
) -> None:
    for name, value in change.items():
        setattr(github, name, value)
    with serve(github) as server, pytest.raises(kind, match=words):
        app(server, clock).token(repository)


MINTED = {"token": "t-o-k-e-n", "expires_at": "2026-01-01T00:00:00Z", "permissions": {}}


@pytest.mark.parametrize(
    "answer",
    [
        MINTED | {"expires_at": "soon"},
        MINTED | {"expires_at": None},
        MINTED | {"token": None},
        MINTED | {"permissions": None},
        "text",
    ],
)
def test_a_strange_answer_is_no_token(answer: object, github: GitHub, clock: FakeClock) -> None:
    found = {"id": 7, "permissions": github.permissions}
    github.faults = [Answer(200, found), Answer(201, answer)]
    with serve(github) as server, pytest.raises(Unreachable):
        app(server, clock).token("octo/demo")


def test_a_repository_that_the_app_was_not_given_is_told(github: GitHub, clock: FakeClock) -> None:
    found = {"id": 7, "permissions": github.permissions}
    refusal = {"message": "There is at least one repository that does not exist"}
    github.faults = [Answer(200, found), Answer(422, refusal)]
    with serve(github) as server, pytest.raises(Invalid, match="at least one repository"):
        app(server, clock).token("octo/demo")


@pytest.mark.parametrize("key", ["not-a-key", PEM[:200], PEM.replace("RSA", "EC")])
def test_a_key_that_is_none_is_told_and_not_shown(key: str, clock: FakeClock) -> None:
    with served(clock, Answer()) as server, pytest.raises(BadToken) as caught:
        app(server, clock, key).token("octo/demo")

    told = "".join(traceback.format_exception(caught.value))
    assert "no RSA key in PEM" in told
    assert key[:60] not in told
    assert server.asked == []


@pytest.mark.parametrize("where", ["text", "one line", "file"])
def test_a_key_comes_as_text_or_in_a_file(
    where: str, github: GitHub, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    environ = {
        "text": {"CLEARANCE_APP_KEY": PEM},
        "one line": {"CLEARANCE_APP_KEY": PEM.replace("\n", "\\n")},
        "file": {"CLEARANCE_APP_KEY_FILE": str(tmp_path / "key.pem")},
    }[where] | {"CLEARANCE_APP_ID": "12"}
    with serve(github) as server:
        limiter = Limiter(clock=clock)
        credentials = from_environment(environ, server.url, limiter=limiter)
        credentials.token("octo/demo")

    assert environ == {"CLEARANCE_APP_ID": "12"}
    assert PEM[100:200] not in scrub(PEM)


def test_a_call_takes_a_token_just_before_it_is_sent(github: GitHub, clock: FakeClock) -> None:
    with serve(github) as server:
        limited = Answer(429, "", {"Retry-After": "3400"})
        credentials = app(server, clock)
        credentials.token("octo/demo")
        seen: list[str] = []

        def answer(asked: Asked) -> Fault:
            if asked.path == "/rate_limit":
                seen.append(asked.headers["authorization"])
                return limited if len(seen) == 1 else Answer()
            return github.answer(asked)

        server.choose = answer
        limiter = Limiter(clock=clock, longest=4000)
        Client(credentials, "octo/demo", api_url=server.url, limiter=limiter).get("/rate_limit")

    # The token ended while the call was held.
    assert seen == ["Bearer as-any-hash-1", "Bearer as-any-hash-2"]


def test_each_owner_of_an_app_has_limits_of_its_own(github: GitHub, clock: FakeClock) -> None:
    github.numbers["other"] = 8
    with serve(github) as server:
        credentials = app(server, clock)
        limiter = Limiter(clock=clock)
        octo, other = (
            Client(credentials, name, api_url=server.url, limiter=limiter)
            for name in ("octo/demo", "other/demo")
        )
        for name in ("octo/demo", "other/demo"):
            credentials.token(name)
        github.faults = [Answer(429, "", {"Retry-After": "3000"}), Answer()]
        with pytest.raises(Limited):
            octo.get("/rate_limit")

        assert other.get("/rate_limit").status == 200


def test_all_repositories_of_an_owner_share_the_limits(github: GitHub, clock: FakeClock) -> None:
    with serve(github) as server:
        credentials = app(server, clock)
        limiter = Limiter(clock=clock)
        one, other = (
            Client(credentials, name, api_url=server.url, limiter=limiter)
            for name in ("octo/a", "octo/b")
        )
        assert one.token() != other.token()
        github.faults = [Answer(429, "", {"Retry-After": "3000"}), Answer()]
        for held in (one, other):
            with pytest.raises(Limited):
                held.get("/rate_limit")

        assert server.paths.count("/rate_limit") == 1


def test_nothing_of_the_app_is_in_the_log(
    github: GitHub, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serve(github) as server:
        credentials = app(server, clock)
        credentials.token("octo/demo")
        written = caplog.text + repr(vars(credentials)["_calls"]) + repr(credentials)

    assert "/app/installations/7/access_tokens" in written
    assert "as-any-hash" not in written
    assert "eyJ" not in written
    assert "PRIVATE" not in written
