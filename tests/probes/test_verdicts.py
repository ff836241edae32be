"""What each kind makes of each answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.probes import Kind
from tests.forge.answers import TokenKind
from tests.forge.standin import Answer, Failure, StandIn
from tests.probes.running import TOKEN, Step

Steps = Callable[[Kind], Step]
Match = Callable[[str, str], bool]
HELD = {
    Kind.DRAFT_RELEASE: {"contents": "write"},
    Kind.GENERATE_NOTES: {"contents": "write"},
    Kind.REFS: {"contents": "write"},
    Kind.GHCR: {"packages": "write"},
    Kind.TOKEN: {"contents": "write"},
}
CALLING = list(HELD)
PROBE_SECRET = {"PROBE_SECRET": "RELEASE_TOKEN"}
PAT = PROBE_SECRET | {"PROBE_CHECK": "POST git/refs", "PROBE_PERMISSION": "contents: write"}


def env_of(kind: Kind) -> dict[str, str]:
    return PAT if kind is Kind.TOKEN else {}


def allow(github: StandIn, kind: Kind, *, write: bool) -> None:
    of: TokenKind = "fine-grained" if kind is Kind.TOKEN else "installation"
    grants = HELD[kind] if write else dict.fromkeys(HELD[kind], "read")
    github.allow(TOKEN, grants, kind=of)


def nothing_left(github: StandIn) -> bool:
    return not (github.releases or github.uploads or github.tags) and github.branches == {"main"}


@pytest.mark.parametrize("kind", CALLING)
def test_a_token_that_may_passes_and_leaves_nothing(
    kind: Kind, step: Steps, github: StandIn
) -> None:
    allow(github, kind, write=True)
    outcome = step(kind).run(**env_of(kind))
    assert (outcome.verdict, outcome.code) == ("pass", 0)
    assert outcome.commands() == []
    assert nothing_left(github)
    assert TOKEN not in outcome.argv + outcome.log


@pytest.mark.parametrize("kind", CALLING)
def test_a_token_that_may_not_fails_the_run_within_two_seconds(
    kind: Kind, step: Steps, github: StandIn
) -> None:
    allow(github, kind, write=False)
    outcome = step(kind).run(**env_of(kind))
    assert (outcome.verdict, outcome.code) == ("refused", 1)
    (error,) = outcome.commands()
    assert error.startswith("::error title=Preflight refused::")
    assert "publish" in error
    assert "403" in error
    assert outcome.seconds < 2
    assert nothing_left(github)
    assert TOKEN not in outcome.argv + outcome.log


@pytest.mark.parametrize("kind", CALLING)
@pytest.mark.parametrize("on_refusal", ["warn", "", "something else"])
def test_a_refusal_that_shall_only_warn_does(
    kind: Kind, on_refusal: str, step: Steps, github: StandIn
) -> None:
    allow(github, kind, write=False)
    outcome = step(kind).run(**env_of(kind), ON_REFUSAL=on_refusal)
    assert (outcome.verdict, outcome.code) == ("warned", 0)
    assert outcome.commands()[0].startswith("::warning title=Preflight refused::")


def early(_method: str, _path: str) -> bool:
    return True


def late(_method: str, path: str) -> bool:
    """The call that tells, where there is one before it."""
    return path not in ("/token", "/repos/octo/demo")


CREATED = Answer(201, b"{}")
ODD = {failure.name: failure for failure in Failure} | {
    "a proxy's 403": Answer(403, b"<html>Resource not accessible by proxy</html>"),
    "a 403 of another kind": Answer.message(403, "Must have admin rights to Repository."),
    "a 403 in passing": Answer.message(403, "No: Resource not accessible by integration"),
    "a moved repository": Answer(301, headers={"Location": "/repositories/1"}),
    "a conflict": Answer(409, b"{}"),
}
# What tells something, or is allowed: a call that PROBE_CHECK names may answer in any way.
TELLING = {
    ("UNAUTHORIZED", Kind.TOKEN, early),
    ("UNAUTHORIZED", Kind.TOKEN, late),
    ("GARBAGE", Kind.TOKEN, late),
    ("INVALID", Kind.TOKEN, late),
    ("INVALID", Kind.REFS, early),
    ("INVALID", Kind.REFS, late),
}
CASES = [
    pytest.param(kind, at, answer, id=f"{kind}, {at.__name__}: {name}")
    for kind in CALLING
    for at in (early, late)
    for name, answer in ODD.items()
    if (name, kind, at) not in TELLING
]


@pytest.mark.parametrize(("kind", "at", "answer"), CASES)
def test_whatever_else_comes_back_warns_and_lets_the_run_go_on(
    kind: Kind, at: Match, answer: Answer | Failure, step: Steps, github: StandIn
) -> None:
    allow(github, kind, write=True)
    github.answer(at, answer)
    outcome = step(kind).run(**env_of(kind), MAX_TIME="0.7")
    assert (outcome.verdict, outcome.code) == ("unknown", 0)
    assert outcome.commands()[-1].startswith("::warning title=Preflight without verdict::")
    assert not any(line.startswith("::error") for line in outcome.commands())
    assert TOKEN not in outcome.argv + outcome.log


@pytest.mark.parametrize("kind", [Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES, Kind.GHCR])
def test_a_422_proves_nothing_where_something_would_have_been_made(
    kind: Kind, step: Steps, github: StandIn
) -> None:
    allow(github, kind, write=True)
    github.answer(early, Failure.INVALID)
    assert step(kind).run().verdict == "unknown"


def test_a_ref_that_was_made_of_nothing_proves_nothing(step: Steps, github: StandIn) -> None:
    github.answer(early, CREATED)
    assert step(Kind.REFS).run().verdict == "unknown"


@pytest.mark.parametrize("kind", [k for k in CALLING if k is not Kind.GHCR])
@pytest.mark.parametrize(
    ("token", "secret", "verdict"),
    [
        pytest.param("ghp_gone", "RELEASE_TOKEN", "refused", id="a PAT that was revoked"),
        pytest.param("github_pat_gone", "X", "refused", id="a fine-grained one"),
        pytest.param("0" * 40, "X", "refused", id="one of the old form"),
        pytest.param("eDpnb25l", "X", "unknown", id="a secret that is only part of what is sent"),
        pytest.param("ghs_own", "", "unknown", id="GITHUB_TOKEN, which GitHub hands out itself"),
        pytest.param("ghs_new", "APP_KEY", "unknown", id="an app's token, perhaps too new"),
    ],
)
def test_a_401_is_held_against_a_secret_only(
    kind: Kind, token: str, secret: str, verdict: str, step: Steps
) -> None:
    outcome = step(kind).run(TOKEN=token, PROBE_SECRET=secret)
    assert outcome.verdict == verdict
    assert outcome.code == (verdict == "refused")


@pytest.mark.parametrize("kind", CALLING)
@pytest.mark.parametrize(
    ("secret", "empty", "verdict"),
    [
        pytest.param("RELEASE_TOKEN", "refused", "refused", id="a secret that nobody stored"),
        pytest.param("RELEASE_TOKEN", "", "unknown", id="a secret that may be an environment's"),
        pytest.param("", "refused", "unknown", id="GITHUB_TOKEN"),
    ],
)
def test_an_empty_token(
    kind: Kind, secret: str, empty: str, verdict: str, step: Steps, github: StandIn
) -> None:
    outcome = step(kind).run(TOKEN="", PROBE_SECRET=secret, PROBE_EMPTY=empty)
    assert outcome.verdict == verdict
    assert outcome.code == (verdict == "refused")
    assert (secret or "the token") in outcome.log
    assert github.calls == []


@pytest.mark.parametrize("kind", CALLING)
@pytest.mark.parametrize("token", ['x"\nurl = "http://127.0.0.1:1', "with space", "line\n", "tök"])
def test_what_is_no_token_is_not_sent(kind: Kind, token: str, step: Steps, github: StandIn) -> None:
    outcome = step(kind).run(TOKEN=token, **PROBE_SECRET, PROBE_EMPTY="refused")
    assert (outcome.verdict, outcome.code) == ("unknown", 0)
    assert github.calls == []


@pytest.mark.parametrize("kind", CALLING)
def test_without_curl_it_warns(kind: Kind, step: Steps) -> None:
    without = step(kind)
    outcome = without.run(**env_of(kind), PATH=without.path_without_curl())
    assert (outcome.verdict, outcome.code) == ("unknown", 0)
    assert outcome.commands()[-1].startswith("::warning title=Preflight without verdict::")
    assert len(outcome.commands()) == 1


@pytest.mark.parametrize("kind", CALLING)
def test_without_anything_at_all_it_warns(kind: Kind, step: Steps) -> None:
    outcome = step(kind).run(PATH="/nonexistent", GITHUB_OUTPUT="/nonexistent/output")
    assert outcome.code == 0


@pytest.mark.parametrize("kind", CALLING)
def test_a_refusal_of_a_new_token_is_asked_for_twice(
    kind: Kind, step: Steps, github: StandIn
) -> None:
    github.allow("ghs_new", dict.fromkeys(HELD[kind], "read"), kind="app")
    seen: list[str] = []

    def refused(method: str, path: str) -> bool:
        seen.append(path)
        if seen.count(path) == 2:
            github.allow("ghs_new", HELD[kind], kind="app")
        return False

    github.answer(refused, Failure.ERROR)
    outcome = step(kind).run(**env_of(kind) | {"PROBE_SECRET": "", "TOKEN": "ghs_new"})
    assert (outcome.verdict, outcome.code) == ("pass", 0)
    assert nothing_left(github)


def test_a_refusal_that_stands_when_asked_twice_fails_within_two_seconds(
    step: Steps, github: StandIn
) -> None:
    github.allow("ghs_new", {"contents": "read"})
    outcome = step(Kind.DRAFT_RELEASE).run(TOKEN="ghs_new")  # noqa: S106
    assert (outcome.verdict, outcome.code) == ("refused", 1)
    assert [call.method for call in github.calls] == ["POST", "POST"]
    assert outcome.seconds < 2


@pytest.mark.parametrize("code", ["", '"code": "UNAUTHORIZED", ', '"code":"TOOMANYREQUESTS", '])
@pytest.mark.parametrize("status", [401, 403])
def test_the_registry_refuses_by_its_code_only(
    status: int, code: str, step: Steps, github: StandIn
) -> None:
    body = '{"errors":[{' + code + '"message":"access denied by a proxy"}]}'
    github.answer(late, Answer(status, body.encode()))
    assert step(Kind.GHCR).run().verdict == "unknown"


@pytest.mark.parametrize("message", ["the IP allow list of octo", "you hit the rate limit"])
def test_a_registry_that_denies_for_the_address_does_not_refuse(
    message: str, step: Steps, github: StandIn
) -> None:
    body = '{"errors":[{"code":"DENIED","message":"' + message + '"}]}'
    github.answer(late, Answer(403, body.encode()))
    assert step(Kind.GHCR).run().verdict == "unknown"


def test_the_registry_says_denied_for_a_token_at_once(step: Steps, github: StandIn) -> None:
    github.answer(early, Answer(403, b'{"errors":[{"code":"DENIED","message":"denied"}]}'))
    assert step(Kind.GHCR).run().verdict == "refused"


@pytest.mark.parametrize(
    ("env", "verdict"),
    [
        pytest.param(("https://x", "y"), "pass", id="both"),
        pytest.param(("", ""), "refused", id="none"),
        pytest.param(("https://x", ""), "unknown", id="the address only"),
        pytest.param(("", "y"), "unknown", id="the token only"),
    ],
)
def test_id_token(env: tuple[str, str], verdict: str, step: Steps, github: StandIn) -> None:
    url, token = env
    outcome = step(Kind.ID_TOKEN).run(
        ACTIONS_ID_TOKEN_REQUEST_URL=url, ACTIONS_ID_TOKEN_REQUEST_TOKEN=token, TOKEN=""
    )
    assert (outcome.verdict, outcome.code) == (verdict, int(verdict == "refused"))
    assert github.calls == []


@pytest.mark.parametrize(
    ("check", "grants", "verdict"),
    [
        ("GET actions/runners", {"administration": "read"}, "pass"),
        ("GET actions/runners", {}, "refused"),
        ("GET actions/secrets", {"secrets": "read"}, "pass"),
        ("GET actions/secrets", {"contents": "write"}, "refused"),
        ("GET environments", {"actions": "read"}, "pass"),
        ("POST git/refs", {"contents": "write"}, "pass"),
        ("POST git/refs", {"contents": "read"}, "refused"),
        ("POST dispatches", {"contents": "write"}, "pass"),
        ("POST dispatches", {"contents": "read"}, "refused"),
        ("", {}, "pass"),
    ],
)
def test_what_a_token_may_do(
    check: str, grants: dict[str, str], verdict: str, step: Steps, github: StandIn
) -> None:
    github.allow(TOKEN, grants, kind="fine-grained")
    outcome = step(Kind.TOKEN).run(
        **PROBE_SECRET, PROBE_CHECK=check, PROBE_PERMISSION="the permission"
    )
    assert outcome.verdict == verdict
    assert ("the permission" in outcome.log) == (verdict == "refused")
    assert nothing_left(github)


@pytest.mark.parametrize(("days", "warns"), [(2, True), (13, True), (15, False), (300, False)])
def test_a_token_that_expires_soon_is_said(
    days: int, warns: bool, step: Steps, github: StandIn
) -> None:
    expires = datetime.now(UTC) + timedelta(days=days)
    github.allow(TOKEN, {}, kind="fine-grained", expires=expires)
    outcome = step(Kind.TOKEN).run(**PROBE_SECRET)
    assert outcome.verdict == "pass"
    expected = [f"::warning title=RELEASE_TOKEN expires on {expires:%Y-%m-%d}::"] if warns else []
    assert [line[: len(expected[0])] for line in outcome.commands()] == expected


def test_a_token_of_another_repository_proves_nothing(step: Steps, github: StandIn) -> None:
    github.allow(TOKEN, {"contents": "write"}, kind="fine-grained", repository="octo/other")
    outcome = step(Kind.TOKEN).run(**PROBE_SECRET)
    assert (outcome.verdict, outcome.code) == ("unknown", 0)
