"""What git may see and do while it handles a repository that nobody vouches for.

Nothing is inherited but what reaches the server (proxies, certificates) and what every program
needs; the user's and the machine's configuration stays out. So a clone is the same wherever it is
made, and nothing that a repository holds can name a program for git to run.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from bot.forge.errors import ForgeError

_KEPT = ("GIT_EXEC_PATH", "GIT_PROXY_SSL_CAINFO", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
"""The variables of git's own that stay: where it is installed, and whom it trusts."""

_TRACES = ("GIT_TRACE", "GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF")
"""Traces that hold no headers and no environment. GIT_TRACE_CURL and GIT_CURL_VERBOSE go: with some
versions of git and curl they show the credentials of an HTTP/2 request."""

# SSLKEYLOGFILE: libcurl would write the keys of the connection there.
_DROPPED = ("SSH_ASKPASS", "SSLKEYLOGFILE")

_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TEMPLATE_DIR": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_TRACE_REDACT": "1",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}
_CONFIGURATION = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("credential.helper", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("i18n.commitEncoding", "utf-8"),
    ("user.useConfigOnly", "true"),
    ("submodule.recurse", "false"),
)
_NETWORK = (
    # Only the parent of a commit that is pushed may be here, so git asks what the server has.
    ("push.negotiate", "true"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1"),  # a server that falls silent is given up, by an orphan too
    ("http.lowSpeedTime", "120"),
    ("protocol.version", "2"),
    ("transfer.fsckObjects", "true"),
    ("transfer.bundleURI", "false"),
    ("fetch.uriProtocols", ""),  # packs from other servers that this one names
    ("core.bigFileThreshold", "1m"),  # what is larger is not held in memory
)
PARTIAL = ("-c", "remote.origin.promisor=true", "-c", "remote.origin.partialCloneFilter=blob:none")
"""Options by which a command knows that contents are missing on purpose.

They stand in no file, so any other command takes what is missing for missing and never thinks of
a server, in every version of git."""

# What old programs left in many sound repositories, and can do no harm.
_HARMLESS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badFilemode",
    "badName",
    "badTimezone",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "multipleAuthors",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
LENIENT = tuple(word for name in _HARMLESS for word in ("-c", f"fsck.{name}=ignore"))
"""Options of ``git fsck``. (What a fetch checks can't be told so for a partial clone.)"""

PUSHING = {"GIT_SHALLOW_FILE": ""}
"""For a push: a server refuses what comes from a shallow clone ("shallow update not allowed")
where no branch of its own holds the base, as in a fork that is behind, even though it has it."""

_LOOPBACK = ("127.0.0.1", "localhost")
_PATH = re.compile(r"(?:/[A-Za-z0-9._-]+)+/?")


def plumbing(inherited: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The whole environment of a git command that reads and writes the repository ``folder``.

    It can't reach any server, and holds no token.

    Args:
        folder: absolute; git looks for no other repository.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in _DROPPED and (not name.startswith("GIT_") or name in _KEPT)
    }
    traces = {n: inherited[n] for n in _TRACES if Path(inherited.get(n, "")).is_absolute()}
    return {
        **kept,
        **traces,
        **_ENVIRONMENT,
        **_numbered(_CONFIGURATION),
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_DIR": str(folder),
    }


def network(url: str, token: str | None) -> dict[str, str]:
    """What a command that talks to the server of ``url`` gets besides :func:`plumbing`.

    The token stands in a header that git sends to that server alone. It is in no argument, no URL
    and no file.

    Args:
        token: its text; None reads without.

    Raises:
        ForgeError: it is no plain https URL.
    """
    scheme, base = _parts(url)
    values = [
        *_CONFIGURATION,
        *_NETWORK,
        ("remote.origin.url", url),
    ]
    if token is not None:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        values.append((f"http.{base}.extraHeader", f"Authorization: Basic {basic}"))
    return {**_numbered(values), "GIT_ALLOW_PROTOCOL": scheme}


def identity(name: str, email: str) -> dict[str, str]:
    """Who makes a commit, for that command alone; git takes no ``<``, ``>`` or control characters.

    Args:
        name: of anybody's making, such as a login that a server told.
    """
    values = {"NAME": _plain(name), "EMAIL": _plain(email)}
    return {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in values.items()
    }


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable() and c not in "<>").strip()


def _numbered(configuration: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Configuration as variables (git-config(1), GIT_CONFIG_COUNT); they beat every file."""
    values: dict[str, str] = {}
    count = 0
    for count, (key, value) in enumerate(configuration, 1):
        values[f"GIT_CONFIG_KEY_{count - 1}"] = key
        values[f"GIT_CONFIG_VALUE_{count - 1}"] = value
    return {**values, "GIT_CONFIG_COUNT": str(count)}


def _parts(url: str) -> tuple[str, str]:
    """A URL's scheme, and the URL of its server with a slash at the end."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise ForgeError("its URL is none that can be cloned") from None
    host = parts.hostname or ""
    plain = (
        re.fullmatch(r"[A-Za-z0-9.-]+", host)
        and parts.netloc.lower() == f"{host}{port}"
        and _PATH.fullmatch(parts.path)
        and url == f"{parts.scheme}://{parts.netloc}{parts.path}"
    )
    if not plain or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise ForgeError("its URL is no plain https URL, so it is not cloned")
    return parts.scheme, f"{parts.scheme}://{parts.netloc}/"
