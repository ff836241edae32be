"""Secrets stay out of everything that is written: logs, messages, tracebacks.

A secret is known because it was registered (``secret``), or by its looks: libraries log GitHub's
answers, and so a new token before this program has read it.
"""

from __future__ import annotations

import base64
import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from urllib.parse import quote

_BLOT = "***"

_SHORTEST = 4
"""Characters: blotting out less than that would leave no text, and hide no token."""

_SHORTEST_CORE = 12
"""Characters of base64: fewer are met by chance."""

_LOOKS = re.compile(
    r"""
      (?<![A-Za-z0-9])gh[oprsu]_[\w.-]{16,}
    | (?<![A-Za-z0-9])github_pat_\w{16,}
    | \bv1\.[0-9a-f]{40}\b
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}
    | -----BEGIN\ [A-Z ]{0,30}PRIVATE\ KEY-----[\s\S]{0,8192}?(?:-----END\ [A-Z ]{0,30}KEY-----|\Z)
    """,
    re.VERBOSE | re.ASCII,
)
"""GitHub's tokens of all kinds, JSON web tokens and private keys."""

_PLACES = re.compile(
    r"""(authorization\W{1,5}(?:basic|bearer|token)\s{1,5}|["']token["']:\s?["'])[^\s"']+""",
    re.IGNORECASE,
)
"""Where only a token stands: one of a GitHub Enterprise Server may look like any hash."""

_lock = threading.Lock()
_forms: set[str] = set()
_known: re.Pattern[str] | None = None


def secret(value: str) -> None:
    """Have a token or key blotted out from now on, in every form that it may be written in.

    Those are the value itself, quoted for a URL, and base64 of anything that it is a part of (as
    ``x-access-token:TOKEN`` in git's header). Less than four characters are no secret.
    """
    global _known
    if len(value) < _SHORTEST:
        return
    with _lock:
        _forms.update((value, quote(value, safe=""), repr(value)[1:-1], *_cores(value)))
        # The longest first: a form may begin with another one.
        longest_first = sorted(_forms, key=lambda form: (-len(form), form))
        _known = re.compile("|".join(map(re.escape, longest_first)))


def _cores(value: str) -> set[str]:
    """What base64 of a text has in common wherever in the text the value stands."""
    data = value.encode("utf-8", "surrogatepass")
    cores = set()
    for before in range(3):
        # Six bits a character: those with a bit from outside of the value can be anything.
        first = -(-before * 8 // 6)
        last = (before + len(data)) * 8 // 6
        padded = b"\0" * before + data + b"\0\0"
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(padded).decode()[first:last]
            if len(core) >= _SHORTEST_CORE:
                cores.add(core)
    return cores


def scrub(text: str) -> str:
    """The text with ``***`` for every secret in it."""
    if _known is not None:
        text = _known.sub(_BLOT, text)
    return _PLACES.sub(rf"\g<1>{_BLOT}", _LOOKS.sub(_BLOT, text))


def scrubbed_traceback(error: BaseException) -> str:
    """An error as Python prints it, with all that led to it and without secrets."""
    return scrub("".join(traceback.format_exception(error)))


def install() -> None:
    """Scrub all that is logged in this process, and the tracebacks that Python itself prints.

    The making of records is what all loggers share: a filter on a logger does not see what its
    children log, and one on a handler is not there for handlers that libraries add later.
    """
    global _make
    current = logging.getLogRecordFactory()
    if current is not _record:
        _make = current
        logging.setLogRecordFactory(_record)
    sys.excepthook = _print
    threading.excepthook = _print_of_thread


_make = logging.getLogRecordFactory()


def _record(*args: object, **kwargs: object) -> logging.LogRecord:
    record: logging.LogRecord = _make(*args, **kwargs)
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - what can't be said is no reason to fail, or to leak
        message = f"{record.msg if isinstance(record.msg, str) else ''} (arguments do not fit)"
    record.msg = scrub(message)
    record.args = ()
    if record.exc_info:
        error = record.exc_info[1]
        # Some handlers (Rich's) render exc_info by themselves, all others print exc_text.
        record.exc_text = scrubbed_traceback(error) if error else None
        record.exc_info = None
    if record.stack_info:
        record.stack_info = scrub(record.stack_info)
    return record


def _print(_: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    sys.stderr.write(scrubbed_traceback(error.with_traceback(at)))


def _print_of_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None and not isinstance(hook.exc_value, SystemExit):
        sys.stderr.write(scrubbed_traceback(hook.exc_value))
