"""A secret that was told is in nothing that is written, in no form."""

from __future__ import annotations

import base64
import io
import logging
import sys
import threading
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.redact import install, scrub, scrubbed_traceback, secret

HASH = "0123456789abcdef0123456789abcdef01234567"
"""A token of an Enterprise Server, which looks like any commit."""

pytestmark = pytest.mark.usefixtures("redacted")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HASH, id="itself"),
        pytest.param(f"https://x-access-token:{HASH}@github.com", id="in a URL"),
        pytest.param(f"Basic {b64(f'x-access-token:{HASH}')}", id="git's header"),
        pytest.param(b64(f"{HASH}:x-oauth-basic"), id="as a user's name"),
        pytest.param(b64(f":{HASH}\n"), id="without a user"),
        pytest.param(b64(HASH), id="base64 of itself"),
    ],
)
def test_a_secret_is_blotted_out_in_every_form(text: str) -> None:
    core = text.removeprefix("Basic ")
    assert scrub(text) == text

    secret(HASH)

    assert "***" in scrub(text)
    assert HASH not in scrub(text)
    assert core[24:-8] not in scrub(text)


@given(
    st.text(max_size=9),
    st.text("abcdefXYZ019_-+/&=?", min_size=20, max_size=60),
    st.text(max_size=9),
    st.booleans(),
)
def test_base64_of_anything_around_a_secret_tells_none_of_it(
    before: str, value: str, after: str, urlsafe: bool
) -> None:
    secret(value)
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    data = (before + value + after).encode("utf-8", "surrogatepass")

    left = scrub(encode(data).decode())

    # A character of base64 at either edge mixes in bits of what is around.
    assert "***" in left
    assert len(left) - 3 <= len(encode(data)) - len(value) * 4 // 3 + 2


def test_a_secret_is_blotted_out_as_it_is_quoted() -> None:
    secret("a/b+c\nd='e'")

    for text in (quote("a/b+c\nd='e'", safe=""), repr("a/b+c\nd='e'")):
        assert "***" in scrub(text)


def test_the_longer_of_two_secrets_leaves_no_rest() -> None:
    secret("secret")
    secret("secret-and-more")

    assert scrub("a secret-and-more, secret") == "a ***, ***"


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_what_is_too_short_is_no_secret(value: str) -> None:
    secret(value)

    assert scrub("abcabc") == "abcabc"


JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nTUlJRW93SUJBQUtDQVFFQQ==\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param(f"a ghp_{'A1' * 18}, b", "a ***, b", id="classic"),
        pytest.param(f"ghs_{'A1' * 18}", "***", id="installation"),
        pytest.param(f"ghs_123_{JWT}.", "***", id="installation, the long kind"),
        pytest.param(f"_github_pat_{'A1_' * 20}", "_***", id="fine-grained"),
        pytest.param(f"v1.{HASH}", "***", id="an old installation's"),
        pytest.param(f"Bearer {JWT} b", "Bearer *** b", id="JSON web token"),
        pytest.param(f"a {PEM} b", "a *** b", id="private key"),
        pytest.param(f"a {PEM!r} b", "a '***' b", id="private key as Python shows it"),
        pytest.param(f"a {PEM[:50]}", "a ***", id="the beginning of a private key"),
        pytest.param(f'{{"token":"{HASH}"}}', '{"token":"***"}', id="GitHub's answer, short"),
        pytest.param(f'{{"token": "{HASH}"}}', '{"token": "***"}', id="GitHub's answer"),
        pytest.param(f"{{'token': '{HASH}'}}", "{'token': '***'}", id="GitHub's answer in Python"),
        pytest.param(f"Authorization: basic {HASH}\n", "Authorization: basic ***\n", id="header"),
        pytest.param(
            f"{{'Authorization': 'Bearer {HASH}'}}",
            "{'Authorization': 'Bearer ***'}",
            id="header in Python",
        ),
        pytest.param(
            f"http.extraheader=AUTHORIZATION: Basic {HASH}",
            "http.extraheader=AUTHORIZATION: Basic ***",
            id="git's configuration",
        ),
        pytest.param(f"commit {HASH}", f"commit {HASH}", id="a commit is none"),
        pytest.param("ghp_short highs_of_something_very_long", None, id="words are none"),
    ],
)
def test_what_looks_like_a_secret_need_not_be_told(text: str, left: str | None) -> None:
    assert scrub(text) == (text if left is None else left)


def test_scrubbing_takes_no_time_to_speak_of() -> None:
    secret(HASH)
    hostile = "-----BEGIN PRIVATE KEY-----" * 2000 + "authorization" + " " * 50_000 + "eyJ" * 50_000

    assert scrub(hostile)


@pytest.mark.parametrize("name", ["", "github.Requester", "urllib3.connectionpool", "git.cmd"])
def test_every_logger_is_scrubbed(name: str, caplog: pytest.LogCaptureFixture) -> None:
    secret(HASH)
    caplog.set_level(logging.DEBUG, logger=name)
    logging.getLogger(name).debug("asked %s with %r", "GitHub", {"token": HASH})

    assert caplog.messages == ["asked GitHub with {'token': '***'}"]
    assert HASH not in repr(vars(caplog.records[0]))


def test_a_handler_that_was_there_before_is_scrubbed_with_tracebacks() -> None:
    secret(HASH)
    stream = io.StringIO()
    logger = logging.getLogger("bot.some.library")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    try:
        raise ValueError(f"no {HASH}")
    except ValueError:
        logger.exception("failed with %s", HASH, stack_info=True)
    finally:
        logger.removeHandler(handler)

    assert "failed with ***" in stream.getvalue()
    assert "ValueError: no ***" in stream.getvalue()
    assert "Stack (most recent call last)" in stream.getvalue()
    assert HASH not in stream.getvalue()


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("%d", (HASH,)),
        ("%s %s", (HASH,)),
        ("%s %s", (Hostile(), HASH)),
        (f"{HASH}", ("a",)),
        (Hostile(), ()),
    ],
    ids=["no number", "too few", "no text", "too many", "no message"],
)
def test_arguments_that_do_not_fit_leak_nothing(
    message: object, arguments: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:
    secret(HASH)
    logging.getLogger("a").error(message, *arguments)

    assert "(arguments do not fit)" in caplog.text
    assert HASH not in caplog.text


def test_handlers_that_show_errors_in_their_own_way_have_none_to_show(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("a").error("failed", exc_info=failed())

    assert caplog.records[0].exc_info is None
    assert "ValueError" in str(caplog.records[0].exc_text)


def test_the_lines_of_a_stack_are_scrubbed(caplog: pytest.LogCaptureFixture) -> None:
    secret("a-line-of-the-source")
    logging.getLogger("a").error("here", stack_info=True)  # a-line-of-the-source

    assert "# ***" in caplog.text


def test_an_error_without_a_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("a").error("plain", exc_info=True)

    assert caplog.messages == ["plain"]


def test_installing_twice_is_installing_once(caplog: pytest.LogCaptureFixture) -> None:
    factory = logging.getLogRecordFactory()
    install()

    assert logging.getLogRecordFactory() is factory
    logging.getLogger("a").error("once")
    assert caplog.messages == ["once"]


def failed() -> ValueError:
    try:
        try:
            raise KeyError(HASH)
        except KeyError as error:
            raise ValueError(f"with {HASH}") from error
    except ValueError as error:
        return error


def test_a_traceback_is_scrubbed_with_all_that_led_to_it() -> None:
    secret(HASH)
    text = scrubbed_traceback(failed())

    assert "KeyError: '***'" in text
    assert "ValueError: with ***" in text
    assert HASH not in text


def test_an_error_that_nobody_catches_is_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    secret(HASH)
    error = failed()
    sys.excepthook(ValueError, error, error.__traceback__)

    written = capsys.readouterr().err
    assert "ValueError: with ***" in written
    assert "in failed" in written
    assert HASH not in written


def test_an_error_that_nobody_catches_in_a_thread_is_scrubbed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret(HASH)

    def work(error: BaseException) -> None:
        raise error

    for error in (failed(), SystemExit(HASH)):
        thread = threading.Thread(target=work, args=(error,))
        thread.start()
        thread.join()

    written = capsys.readouterr().err
    assert written.count("ValueError: with ***") == 1
    assert "SystemExit" not in written
    assert HASH not in written
