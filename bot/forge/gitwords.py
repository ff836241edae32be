"""What git and GitHub say when a clone, a fetch or a push comes to nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from git.exc import CommandError

from bot.forge.errors import (
    BadToken,
    ForgeError,
    Here,
    Invalid,
    Limited,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unreachable,
)
from bot.forge.gitrun import GitTimeoutError
from bot.forge.refusals import (
    Archived,
    BaseMissing,
    Broken,
    LeaseLost,
    Lost,
    ProtectedBranch,
    PushRefused,
    WorkflowsRefused,
)
from bot.report.escape import visible

_WAIT = 60.0
"""Seconds; GitHub asks for a minute at least where it says nothing."""

_LACKS = (
    "the repository that was pushed to lacks the commit this one stands on; bring the fork up to "
    "date with its parent first"
)


@dataclass(frozen=True, slots=True)
class _Word:
    """What is said, and what it means.

    Attributes:
        during: the command that it counts for; empty for all.
    """

    said: re.Pattern[str]
    kind: type[ForgeError]
    sentence: str
    during: str


def _word(said: str, kind: type[ForgeError], sentence: str, during: str = "") -> _Word:
    return _Word(re.compile(said, re.IGNORECASE | re.MULTILINE), kind, sentence, during)


_AWAY = "the server can't be reached; try again later"
_BROKE = "the connection broke; try again later"
_UNTAKEN = "git can't take what the server sent: it is too large, or incomplete"
# Where an answer ends too early, git misses the part of it that is named last.
_BREAKS = (
    r"RPC failed|early EOF|unexpected disconnect|hung up|expected flush|expected '[a-z-]+'$"
    r"|protocol error"
)
_REASON = re.compile(r"unable to access '[^'\n]*': ([^\n]+)")
_SHORT = 120

# What GitHub says; git shows it as the reason in a branch's status, or behind "remote: ".
_GITHUB = (
    _word(
        r"refusing to allow .{1,200} to create or update workflow",
        WorkflowsRefused,
        "the token may not push workflow files; give it Workflows: write (fine-grained, app) or "
        "the scope workflow (classic)",
        "push",
    ),
    _word(
        r"archived so it is read-only",
        Archived,
        "the repository is archived, so nothing can be pushed to it; unarchive it or leave it out",
    ),
    _word(
        r"\bGH0\d\d:|protected branch hook declined|repository rule violations",
        ProtectedBranch,
        "a rule of the repository forbids this push; allow the branch there, or choose another "
        "name with the setting branch",
        "push",
    ),
    _word(
        r"' exists; cannot create|directory file conflict",
        PushRefused,
        "another branch has the first part of this branch's name, so there can't be both; choose "
        "another name with the setting branch",
        "push",
    ),
    _word(
        r"SAML SSO",
        Refused,
        "the organisation wants the token authorized for its single sign-on; do that in the "
        "token's settings",
    ),
    _word(
        r"IP allow list",
        Refused,
        "the organisation takes no requests from this machine's address; add it to its IP allow "
        "list",
    ),
    _word(
        r"has been disabled",
        Refused,
        "GitHub has disabled the repository; leave it out",
    ),
    _word(
        r"rate limit",
        Limited,
        "GitHub limits how often git may ask; try again in some minutes",
    ),
)
# What git says itself. HTTP statuses come before the general words that follow them.
_GIT = (
    _word(
        r"returned error: 30\d|unable to update url base from redirection",
        NotFound,
        "the repository has moved; name it by its new name",
    ),
    _word(
        r"returned error: 401|could not read (?:Username|Password)|Authentication failed",
        BadToken,
        "the token is wrong, expired or revoked, or the repository needs one; set a valid GH_TOKEN",
    ),
    _word(
        r"returned error: 403",
        Refused,
        "the token may not push to this repository; give it Contents: write",
        "push",
    ),
    _word(
        r"returned error: 403",
        Refused,
        "the token may not read this repository; give it Contents: read",
    ),
    _word(
        r"returned error: 404|repository '.{1,400}' not found|remote error: .{0,40}not found",
        NotFound,
        "the repository is not there, or the token may not see it",
    ),
    _word(
        r"returned error: 429",
        Limited,
        "GitHub limits how often git may ask; try again in some minutes",
    ),
    _word(
        r"couldn't find remote ref|not our ref",
        NotFound,
        "the branch or commit is not there; the repository may be empty",
    ),
    _word(
        r"unable to read [0-9a-f]{40}|Failed to traverse parents",
        BaseMissing,
        _LACKS,
        "push",
    ),
    _word(
        r"fsck error|error in object",
        Broken,
        "git refuses what the server sent: it holds broken objects",
    ),
)
# What git and its HTTP library say of this machine and of the connection. Other words may stand
# before it, so it is read last; and what stands behind "remote error: " is what the server says.
_CONNECTION = (
    _word(
        r"No space left on device|Disk quota exceeded|couldn't write '"
        r"|^(?:fatal|error): (?:unable to (?:create|write)|write error|cannot (?:pwrite|store))",
        Here,
        "the clone can't be written; check the room on its disk, and who may write there",
    ),
    _word(
        r"index-pack died",
        Invalid,
        _UNTAKEN,
    ),
    _word(
        r"certificate",
        Unreachable,
        "the server's certificate is not trusted; set SSL_CERT_FILE or GIT_SSL_CAINFO",
    ),
    _word(
        r"unable to access '[^'\n]*': [^\n]*(?:returned error: [1-4]\d\d|too slow|timed out)",
        Unreachable,
        _AWAY,
    ),
    _word(
        r"unable to access",
        Unreachable,
        _AWAY,
        "push",
    ),
    _word(
        r"unable to access",
        Lost,
        _AWAY,
    ),
    _word(
        _BREAKS,
        OutcomeUnknown,
        "the connection broke during the push; look whether the branch is there, then try again",
        "push",
    ),
    _word(
        r"too slow|timed out",
        Unreachable,
        _BROKE,
    ),
    _word(
        _BREAKS,
        Lost,
        _BROKE,
    ),
    _word(
        r"index-pack",
        Invalid,
        _UNTAKEN,
    ),
)
# Git's status of the branch: a hook of the server prints what it likes, but not this.
_STATUS = re.compile(r"^!\t[^\t\n]*\t(\[[^\n]*)", re.MULTILINE)
_LOST = re.compile(
    r"\[rejected\]|\[remote rejected\] \((?:cannot lock ref|failed to (?:update|lock) ref"
    r"|incorrect old value|reference already exists|fetch first|non-fast-forward)"
)
_BASE = re.compile(
    r"\((?:shallow update not allowed|missing necessary objects|unpacker error|n/a \(unpacker)"
)
_LONGEST = 300
_READ = 20_000
"""Characters of each stream that are read, half of them at each end."""


def error(failure: CommandError, during: str) -> ForgeError:
    """The error that a failed git command stands for; nothing of the command itself is in it.

    Args:
        during: "clone", "fetch" or "push".
    """
    if isinstance(failure, GitTimeoutError):
        if during == "push":
            return OutcomeUnknown(
                "the push took too long; look whether the branch is there, then try again"
            )
        return Unreachable(f"the {during} took too long; try again later")
    # Git puts "remote: " in front of the server's lines, and takes nothing else for a line's end.
    lines = _said(failure.stderr).split("\n")
    own = "\n".join(line for line in lines if not line.startswith("remote:"))
    remote = "\n".join(line for line in lines if line.startswith("remote:"))
    found = _STATUS.search(_said(failure.stdout))
    status = found[1] if found else ""
    word = _first(_GITHUB, f"{status}\n{remote}", during)
    if word is None and not status:
        word = _first(_GIT, own, during)
    if word is None and not status and (during == "push" or "remote error: " not in own):
        word = _first(_CONNECTION, own, during)
    if word is not None and word.sentence == _AWAY:
        reason = _REASON.search(own)
        told = f" ({visible(reason[1], _SHORT)})" if reason else ""
        return word.kind(f"the server can't be reached{told}; try again later")
    if word is not None:
        return _made(word)
    if _LOST.match(status):
        return LeaseLost(
            "the branch was changed in the meantime by somebody else, so it was left alone"
        )
    if _BASE.search(status):
        return BaseMissing(_LACKS)
    kind = PushRefused if during == "push" else Invalid
    return kind(f"the {during} was refused: {visible(status or _cause(lines), _LONGEST)}")


def _first(words: tuple[_Word, ...], said: str, during: str) -> _Word | None:
    fitting = (word for word in words if word.during in ("", during))
    return next((word for word in fitting if word.said.search(said)), None)


def _made(word: _Word) -> ForgeError:
    if issubclass(word.kind, WorkflowsRefused):
        return word.kind(word.sentence, 403, "workflows=write")
    if issubclass(word.kind, Limited):
        return word.kind(word.sentence, 429, _WAIT)
    return word.kind(word.sentence)


def _said(stream: str) -> str:
    """What a stream held; GitPython puts a label and quotes around it."""
    text = stream.strip().removeprefix("stderr: '").removeprefix("stdout: '").removesuffix("'")
    return text if len(text) <= _READ else f"{text[: _READ // 2]}\n{text[-_READ // 2 :]}"


def _cause(lines: list[str]) -> str:
    own = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return (own or [*lines, "git ended in an error"])[0]
