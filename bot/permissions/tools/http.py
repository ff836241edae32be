"""``curl``, ``wget`` and ``Invoke-RestMethod``: calls of the API by URL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.hole import HOLE
from bot.permissions import graphql, rest
from bot.permissions.run import Reading
from bot.permissions.tools.calls import judge, unknown_call
from bot.scripts.shell import Command, Word
from bot.workflow.scope import NO_TOKEN, THIS_NAME, THIS_OWNER, THIS_REPOSITORY, Tokens

_API = re.compile(r"https?://(?:api|uploads)\.github\.com(/|\Z)")
_HOST = re.compile(r"https?://([^/]+)")
_REPOSITORY = re.compile(r"/repos/([^/]+(?:/[^/?#]+)?)")
_GITHUB_HOSTS = re.compile(r"(?:^|\.)(?:github\.com|githubusercontent\.com)$")
_SOURCE = ("https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api",)

# Options of curl that take a value which is neither a URL nor a header nor a body.
_CURL_VALUES = frozenset(
    {"-o", "--output", "-w", "--write-out", "-A", "--user-agent", "-e", "--referer", "-m"}
    | {"--max-time", "--connect-timeout", "--retry", "--retry-delay", "--retry-max-time", "-b"}
    | {"--cookie", "-c", "--cookie-jar", "--cacert", "--cert", "--key", "-x", "--proxy", "-D"}
    | {"--dump-header", "-z", "--limit-rate", "--max-redirs", "--resolve", "--output-dir", "-K"}
)
_CURL_FAILS = frozenset({"-f", "--fail", "--fail-with-body"})
_CURL_BODY = frozenset(
    {"-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--data-ascii", "--json"}
    | {"-F", "--form"}
)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as a command line tells it."""

    method: str
    urls: tuple[Word, ...]
    tokens: Tokens
    body: str


def curl(reading: Reading, command: Command) -> None:
    """Write down what a ``curl`` command needs."""
    method, body, urls, tokens = "", "", [], NO_TOKEN
    has_body = as_query = fails = False
    for name, value in _curl_options(reading, command.words[1:]):
        text = "" if value is None else reading.text(value)
        given = NO_TOKEN if value is None else reading.tokens(value)
        if name in ("-X", "--request"):
            method = text.upper()
        elif name in ("-I", "--head"):
            method = method or "HEAD"
        elif name in ("-T", "--upload-file"):
            method = method or "PUT"
        elif name in ("-G", "--get"):
            as_query = True
        elif name in _CURL_FAILS:
            fails = True
        elif name in _CURL_BODY:
            has_body = True
            body += text
        elif name in ("-H", "--header", "-u", "--user", "--oauth2-bearer", "--url-query"):
            tokens |= given
        elif name in ("", "--url") and value is not None:
            urls.append(value)
            tokens |= given
    if command.stdin is not None and has_body:
        body += reading.text(command.stdin)
    if not method:
        method = "POST" if has_body and not as_query else "GET"
    if not fails:
        reading.frame.walk.tolerated = True
    _judge(reading, command, _Request(method, tuple(urls), tokens | reading.extra, body))


def _curl_options(reading: Reading, words: tuple[Word, ...]) -> Iterator[tuple[str, Word | None]]:
    """Options with their values; a URL stands under the empty name."""
    waiting = ""
    for word in words:
        text = reading.text(word)
        if waiting:
            yield waiting, word
            waiting = ""
        elif text.startswith("--"):
            name, equals, _ = text.partition("=")
            if equals:
                yield name, word
            elif _takes_value(name):
                waiting = name
            else:
                yield name, None
        elif text.startswith("-") and len(text) > 1:
            waiting, flags = _short(text)
            for flag in flags:
                yield flag, None
            rest_of_it = _behind(word, waiting)
            if rest_of_it is not None:  # `-XPOST`, `-H"Accept: …"`
                yield waiting, rest_of_it
                waiting = ""
        else:
            yield "", word


def _takes_value(name: str) -> bool:
    return (
        name in _CURL_VALUES
        or name in _CURL_BODY
        or name in ("--request", "--header", "--user", "--oauth2-bearer", "--url", "--url-query")
        or name == "--upload-file"
    )


def _short(text: str) -> tuple[str, list[str]]:
    """``-sSLX`` → the option that takes a value (or nothing), and those that don't."""
    flags: list[str] = []
    for letter in text[1:]:
        name = f"-{letter}"
        if name in ("-X", "-H", "-u", "-T") or name in _CURL_VALUES or name in _CURL_BODY:
            return name, flags
        flags.append(name)
    return "", flags


def _behind(word: Word, option: str) -> Word | None:
    """The value that is written onto an option's letter; None if it is the next word."""
    first = word.parts[0]
    if not option or not isinstance(first, str):
        return None
    value = first[first.index(option[1]) + 1 :]
    parts = (value, *word.parts[1:]) if value else word.parts[1:]
    return Word(parts) if parts else None


def wget(reading: Reading, command: Command) -> None:
    """Write down what a ``wget`` command needs."""
    method, body, urls, tokens = "GET", "", [], NO_TOKEN
    for word in command.words[1:]:
        text = reading.text(word)
        if text.startswith("--method="):
            method = text[9:].upper()
        elif text.startswith(("--post-data", "--post-file", "--body-data")):
            method, body = "POST", text
        elif "://" in text and not text.startswith("-"):
            urls.append(word)
        tokens |= reading.tokens(word)
    _judge(reading, command, _Request(method, tuple(urls), tokens | reading.extra, body))


def powershell(reading: Reading, command: Command) -> None:
    """Write down what ``Invoke-RestMethod`` and ``Invoke-WebRequest`` need."""
    method, body, urls, tokens = "GET", "", [], NO_TOKEN
    name = ""
    for word in command.words[1:]:
        text = reading.text(word)
        if text.startswith("-") and " " not in text:
            name = text.lower()
            continue
        if name == "-method":
            method = text.upper()
        elif name == "-body":
            body = text
        elif name in ("-uri", "") and ("://" in text or HOLE in text):
            urls.append(word)
        tokens |= reading.tokens(word)
        name = ""
    _judge(reading, command, _Request(method, tuple(urls), tokens | reading.extra, body))


def _judge(reading: Reading, command: Command, request: _Request) -> None:
    if not request.tokens.any:
        return
    line = reading.line(command)
    for word in request.urls:
        url = reading.text(word)
        if _API.match(url):
            _call(reading, request, url, line)
            continue
        host = _HOST.match(url)
        if host is None or HOLE in host[1]:
            unknown_call(reading.frame, f"{request.method} {url}", request.tokens, line)
        elif _GITHUB_HOSTS.search(host[1]):
            reading.frame.need(
                {"contents": "read"},
                "downloads from the repository",
                "curl",
                tokens=request.tokens,
                sources=_SOURCE,
                line=line,
            )
    if not request.urls:
        unknown_call(reading.frame, f"{request.method} of an unknown URL", request.tokens, line)


def _call(reading: Reading, request: _Request, url: str, line: int) -> None:
    path = _API.sub("/", url, count=1).replace(THIS_OWNER, "{owner}").replace(THIS_NAME, "{repo}")
    if path.split("?")[0].strip("/") == "graphql":
        found = graphql.needs(request.body)
        for need in found.needs:
            judge(reading.frame, need, f"calls {need.what}", request.tokens, line)
        for what in found.unknown:
            unknown_call(reading.frame, what, request.tokens, line)
        return
    method = "GET" if request.method == "HEAD" else request.method
    call = None if HOLE in method else rest.lookup(method, path)
    if call is None:
        unknown_call(reading.frame, f"{method} {path}", request.tokens, line)
    else:
        judge(
            reading.frame,
            call,
            f"calls {call.what}",
            request.tokens,
            line,
            repository=_repository(url),
        )


def _repository(url: str) -> str | None:
    """``owner/name`` that a URL of the API is about; None for the workflow's own, or for none."""
    found = _REPOSITORY.search(url)
    return None if found is None or found[1] == THIS_REPOSITORY else found[1]
