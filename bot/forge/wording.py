"""What a reply that is no success means: an error of one sentence."""

from __future__ import annotations

import json
from typing import Any

from bot.forge.errors import BadToken, ForgeError, Invalid, NotFound, Refused, Unreachable
from bot.forge.redact import scrub
from bot.forge.transport import Reply
from bot.report.escape import visible

_LONGEST_MESSAGE = 300
_LONGEST_PLACE = 200
_MOST_ERRORS = 5

_NO_REFUSAL = ("rate limit", "abuse detection", "wait a few minutes")
"""In the message of a 403 that would pass at another time. "Secondary rate limit" is in it too."""

_UNSEEN = (
    ", or the token may not see it: check the name, and which repositories the token was given"
)
_PERMISSION = "give the token the permission for it, or use one that has it"


def said(reply: Reply) -> str:
    """GitHub's own words: the message and what it lists as errors, shortened; "" if there are none.

    Words of a foreign system: made visible, with nothing in them that a terminal would act on.
    """
    try:
        body = json.loads(reply.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    parts = [body["message"]] if isinstance(body.get("message"), str) else []
    errors = body.get("errors")
    if isinstance(errors, list):
        parts += [_one(error) for error in errors[:_MOST_ERRORS]]
    lines = (" ".join(part.split()).rstrip(".") for part in parts)
    return shown("; ".join(line for line in lines if line))


def _one(error: Any) -> str:
    if isinstance(error, str):
        return error
    if not isinstance(error, dict):
        return ""
    if isinstance(error.get("message"), str):
        return str(error["message"])
    known = (error.get(name) for name in ("resource", "field", "code"))
    return " ".join(value for value in known if isinstance(value, str))


def shown(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    """Foreign words as a part of a message: on one line, not too long, no secrets."""
    return visible(scrub(text), longest)


def place(method: str, path: str) -> str:
    """A call's name in messages: ``GET /repos/o/r``."""
    return f"{method} {shown(path, _LONGEST_PLACE)}"


def is_limit(reply: Reply) -> bool:
    """Is it a rate limit, primary or secondary? Then the call was not done."""
    if reply.status == 429:
        return True
    if reply.status != 403:
        return False
    if "retry-after" in reply.headers:
        return True
    words = said(reply).lower()
    if not words:
        return reply.headers.get("x-ratelimit-remaining") == "0"
    # A refusal can be the last call of an hour too: its words count, not what remains.
    return any(phrase in words for phrase in _NO_REFUSAL)


def failure(reply: Reply, what: str, token: str) -> ForgeError:
    """The error that a reply of status 300 and more stands for.

    ``what`` is the call's ``place``, ``token`` what to do about a token that is not known.
    """
    words = said(reply)
    status = reply.status
    answer = f"{status} {words}" if words else str(status)
    if status == 401:
        return BadToken(f"GitHub knows no such token ({answer}, for {what}): {token}", status)
    if status == 403:
        return _refusal(reply, f"GitHub refuses {what} ({answer})", words.lower())
    if status == 451:
        return Refused(
            f"GitHub has blocked what {what} asks for ({answer}): leave this repository out", status
        )
    if status in (404, 410):
        return NotFound(
            f"There is nothing for {what} ({answer}){_UNSEEN}",
            status,
        )
    if status in (409, 422):
        return Invalid(f"GitHub does not take {what} ({answer})", status)
    if status < 400:
        return Unreachable(
            f"{what} was sent on to another place ({status}): check the address of the API", status
        )
    return ForgeError(f"GitHub does not answer {what} ({answer})", status)


def _refusal(reply: Reply, what: str, words: str) -> Refused:
    accepted = shown(reply.headers.get("x-accepted-github-permissions", ""))
    scopes = shown(reply.headers.get("x-accepted-oauth-scopes", ""))
    if "required" in reply.headers.get("x-github-sso", "") or "saml" in words:
        advice = "authorise the token for the organisation (Configure SSO, in the token's settings)"
    elif "ip allow list" in words:
        advice = "run from an address that is on the organisation's IP allow list"
    elif "archived" in words:
        advice = "an archived repository takes no changes, so leave it out"
    elif accepted:
        advice = f"give the token {accepted}"
    elif scopes and "x-oauth-scopes" in reply.headers:
        advice = f"give the token one of the scopes {scopes}"
    else:
        advice = _PERMISSION
    return Refused(f"{what}: {advice}", reply.status, accepted)


_GRAPHQL: dict[str, type[NotFound | Invalid | Refused]] = {
    "NOT_FOUND": NotFound,
    "FORBIDDEN": Refused,
    "INSUFFICIENT_SCOPES": Refused,
}
_STALE = "STALE_DATA"


def graphql_failure(error: Any, what: str) -> ForgeError:
    """The error that an entry of a GraphQL answer's ``errors`` stands for.

    Its status is the one that REST would have given: 404, 403, 409 (``STALE_DATA``: a branch is no
    longer where it was expected) or 422.
    """
    kind = str(error.get("type", "")) if isinstance(error, dict) else ""
    words = shown(_one(error).rstrip(".")) or "no reason given"
    made = _GRAPHQL.get(kind, Invalid)
    if made is NotFound:
        return NotFound(f"There is nothing for {what} ({words}){_UNSEEN}", 404)
    if made is Refused:
        return Refused(f"GitHub refuses {what} ({words}): {_PERMISSION}")
    return Invalid(f"GitHub does not take {what} ({words})", 409 if kind == _STALE else 422)
