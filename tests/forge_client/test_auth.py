"""Tokens from the environment, and those that an app is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.forge.auth import TokenKind, from_environment
from bot.forge.errors import ForgeError
from bot.forge.redact import scrub

DOTCOM = "https://api.github.com"
ENTERPRISE = "https://github.example.com/api/v3"
pytestmark = pytest.mark.usefixtures("redacted")


@pytest.mark.parametrize(
    ("url", "environ", "value"),
    [
        (DOTCOM, {"GH_TOKEN": "first", "GITHUB_TOKEN": "second"}, "first"),
        (DOTCOM, {"GH_TOKEN": "", "GITHUB_TOKEN": "second"}, "second"),
        (DOTCOM, {"GITHUB_TOKEN": "second", "GH_ENTERPRISE_TOKEN": "other"}, "second"),
        (DOTCOM, {"GH_TOKEN": " first\n"}, "first"),
        (DOTCOM, {"GH_TOKEN": "first", "CLEARANCE_APP_ID": "1", "CLEARANCE_APP_KEY": "k"}, "first"),
        ("https://api.octo.ghe.com", {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "b"}, "a"),
        (ENTERPRISE, {"GH_TOKEN": "a", "GH_ENTERPRISE_TOKEN": "b"}, "b"),
        (ENTERPRISE, {"GITHUB_ENTERPRISE_TOKEN": "c", "GH_TOKEN": "a"}, "c"),
        (ENTERPRISE, {"GITHUB_ENTERPRISE_TOKEN": "c", "GH_ENTERPRISE_TOKEN": "b"}, "b"),
        (ENTERPRISE, {"GITHUB_TOKEN": "d"}, "d"),
    ],
    ids=[
        "GH_TOKEN comes first",
        "an empty one is none",
        "an Enterprise Server's is not for github.com",
        "white space around it is not a part of it",
        "a token comes before an app",
        "a subdomain of ghe.com is no Enterprise Server",
        "an Enterprise Server's own comes first",
        "by its other name",
        "the shorter name comes first",
        "any token will do for an Enterprise Server",
    ],
)
def test_a_token_is_taken_from_the_environment(
    url: str, environ: dict[str, str], value: str
) -> None:
    assert from_environment(environ, url).token("octo/demo").value == value


def test_no_secret_stays_in_the_environment() -> None:
    secrets = {
        "GH_TOKEN": "the-first",
        "GITHUB_TOKEN": "the-second",
        "GH_ENTERPRISE_TOKEN": "the-third",
        "GITHUB_ENTERPRISE_TOKEN": "the-fourth",
        "CLEARANCE_APP_KEY": "the-fifth",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-sixth",
        "ACTIONS_RUNTIME_TOKEN": "the-seventh",
    }
    environ = {"PATH": "/bin", **secrets}
    from_environment(environ, DOTCOM)

    assert environ == {"PATH": "/bin"}
    assert scrub(" ".join(secrets.values())) == " ".join(["***"] * 7)


@pytest.mark.parametrize(
    ("value", "environ", "kind"),
    [
        ("ghp_a", {}, TokenKind.CLASSIC),
        ("gho_a", {}, TokenKind.CLASSIC),
        ("github_pat_a", {}, TokenKind.FINE_GRAINED),
        ("ghs_a", {}, TokenKind.APP),
        ("ghs_a", {"GITHUB_ACTIONS": "true"}, TokenKind.APP),
        ("ghs_a", {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "ghs_a"}, TokenKind.ACTIONS),
        ("ghs_a", {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "ghs_b"}, TokenKind.APP),
        ("ghs_a", {"GITHUB_TOKEN": "ghs_a"}, TokenKind.APP),
        ("ghp_a", {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "ghp_a"}, TokenKind.CLASSIC),
        ("0123456789abcdef", {}, TokenKind.UNKNOWN),
    ],
)
def test_a_token_is_known_by_its_beginning(
    value: str, environ: dict[str, str], kind: TokenKind
) -> None:
    token = from_environment({"GH_TOKEN": value} | environ, DOTCOM).token("octo/demo")

    assert token.kind is kind
    assert token.permissions is None
    assert value not in repr(token)


@pytest.mark.parametrize(
    ("url", "environ", "sentence"),
    [
        (
            DOTCOM,
            {},
            "There is no token: set GH_TOKEN, or CLEARANCE_APP_ID and CLEARANCE_APP_KEY_FILE",
        ),
        (
            ENTERPRISE,
            {},
            (
                "There is no token: set GH_ENTERPRISE_TOKEN, "
                "or CLEARANCE_APP_ID and CLEARANCE_APP_KEY_FILE"
            ),
        ),
        (
            DOTCOM,
            {"CLEARANCE_APP_ID": "1"},
            "A GitHub App needs its key: set CLEARANCE_APP_KEY_FILE, or CLEARANCE_APP_KEY",
        ),
        (
            DOTCOM,
            {"CLEARANCE_APP_KEY": "k"},
            "A GitHub App's key needs the app's id: set CLEARANCE_APP_ID",
        ),
        (
            DOTCOM,
            {"GH_TOKEN": "a secret"},
            "GH_TOKEN holds characters that no token has: set it to the token alone",
        ),
        (
            DOTCOM,
            {"GITHUB_TOKEN": "a\r\nsecret"},
            "GITHUB_TOKEN holds characters that no token has: set it to the token alone",
        ),
        (
            DOTCOM,
            {"GITHUB_TOKEN": "sécret"},
            "GITHUB_TOKEN holds characters that no token has: set it to the token alone",
        ),
        (
            DOTCOM,
            {"CLEARANCE_APP_ID": "1", "CLEARANCE_APP_KEY_FILE": "/no/such/file"},
            (
                "CLEARANCE_APP_KEY_FILE can't be read (/no/such/file: No such file or directory): "
                "set it to the file that GitHub gave for the app"
            ),
        ),
    ],
)
def test_what_is_missing_is_told(url: str, environ: dict[str, str], sentence: str) -> None:
    with pytest.raises(ForgeError) as caught:
        from_environment(environ, url)

    assert str(caught.value) == sentence


def test_a_key_in_a_file_is_a_secret_whatever_it_looks_like(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("any-text-at-all\n")
    from_environment(
        {"CLEARANCE_APP_ID": "1", "CLEARANCE_APP_KEY_FILE": str(tmp_path / "key")}, DOTCOM
    )

    assert scrub("an any-text-at-all") == "an ***"


def test_a_key_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")

    with pytest.raises(ForgeError, match="no text"):
        from_environment(
            {"CLEARANCE_APP_ID": "1", "CLEARANCE_APP_KEY_FILE": str(tmp_path / "key")}, DOTCOM
        )
