"""``git``: pushes, and the credentials that they are made with."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.hole import HOLE
from bot.permissions.run import Reading
from bot.permissions.tools.calls import is_another
from bot.scripts.shell import Command, Word
from bot.workflow.scope import NO_TOKEN, THIS_REPOSITORY, Tokens

_SOURCE = (
    "https://github.com/actions/checkout/blob/v5.0.0/README.md#push-a-commit-using-the-built-in-token",
)
# Options of git itself (before the subcommand) that take a value of their own.
_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env"})
_PUSH_WITH_VALUE = frozenset({"-o", "--push-option", "--receive-pack", "--exec", "--repo"})
_URL = re.compile(
    r"(?:https?://(?:[^@/]*@)?)(?P<host>[^/:]+)(?::\d+)?/(?P<repository>.*?)(?:\.git)?/?\Z"
)
_FIRST = 100  # commands of a script, in which it is looked what its pushes are about
_SSH = re.compile(r"(?:ssh://|[\w.-]+@[\w.-]+:)")


def git(reading: Reading, command: Command) -> None:
    """Write down what a git command needs, and note the credentials that it leaves."""
    options, words = _subcommand(reading, command)
    tokens = NO_TOKEN
    for option in options:
        tokens |= reading.tokens(option)
    name = reading.text(words[0]) if words else ""
    action = _ACTIONS.get(name)
    if action is not None:
        action(reading, command, words[1:], tokens)


def _subcommand(reading: Reading, command: Command) -> tuple[list[Word], tuple[Word, ...]]:
    """Git's own options, and the words from the subcommand on."""
    words = command.words[1:]
    options: list[Word] = []
    while words and reading.text(words[0]).startswith("-"):
        taken = 2 if reading.text(words[0]) in _WITH_VALUE else 1
        options += words[:taken]
        words = words[taken:]
    return options, words


def _push(reading: Reading, command: Command, words: tuple[Word, ...], own: Tokens) -> None:
    plain: list[Word] = []
    flags: list[str] = []
    skip = False
    for word in words:
        text = reading.text(word)
        if skip:
            skip = False
        elif text.startswith("-"):
            flags.append(text)
            skip = text in _PUSH_WITH_VALUE
        else:
            plain.append(word)
    tokens = own | _push_tokens(reading, plain[0] if plain else None)
    if not tokens.any:
        reading.frame.assume("git push: no credentials are set here", reading.line(command))
    url = _URL.match(reading.text(plain[0])) if plain else None
    what = _what_is_pushed(flags, [reading.text(w) for w in plain[1:]])
    repository = reading.frame.walk.git_home if url is None else url["repository"]
    kept = reading.frame.walk.git_tokens
    if (
        url is not None
        and tokens.github
        and not kept.any
        and is_another(reading.frame.walk.world, repository)
    ):
        # Behind a checkout that keeps its credentials, another token in the URL would not help.
        call = f"{what} in {repository}"
        reading.frame.beyond(
            call, "contents: write", "git push", tokens, reading.line(command), repository
        )
        return
    if what == "pushes commits" and tokens.github and _stages_workflows(reading):
        call, permission = f"{what} to workflows", "contents: write & workflows: write"
        reading.frame.beyond(
            call, permission, "git push", tokens, reading.line(command), repository
        )
    frame = reading.frame
    frame = replace(frame, conditional=frame.conditional or frame.walk.ssh)
    frame.need(
        {"contents": "write"},
        what,
        "git push",
        tokens=tokens,
        sources=_SOURCE,
        line=reading.line(command),
        repository=repository,
    )


def _stages_workflows(reading: Reading) -> bool:
    """Whether the script itself adds workflow files to a commit.

    GitHub refuses such a push by GITHUB_TOKEN, whatever it is granted. What is pushed beside that
    stays a need: the files may be as they were.
    """
    return any(
        [reading.text(word) for word in command.words[:2]] == ["git", "add"]
        and any(".github/workflows" in reading.text(word) for word in command.words[2:])
        for command in reading.script.commands[:_FIRST]
    )


def _push_tokens(reading: Reading, remote: Word | None) -> Tokens:
    """The tokens that a push to a remote is made with.

    The header that actions/checkout leaves for github.com goes out with every request there, and
    so wins over a token in the URL.
    """
    kept = reading.frame.walk.git_tokens
    if remote is None:
        return kept
    where = reading.text(remote)
    if _SSH.match(where):
        return NO_TOKEN
    url = _URL.match(where)
    if url is None:
        return kept | reading.tokens(remote)
    if url["host"] != "github.com" and HOLE not in url["host"]:
        return NO_TOKEN
    given = reading.tokens(remote)
    if given.any and not given.maybe_github and _is_another(reading, url["repository"]):
        return given
    return kept | given


def _is_another(reading: Reading, repository: str) -> bool:
    """Whether ``owner/name`` is for sure not the repository that the workflow runs in."""
    known = reading.frame.walk.world.repository
    if HOLE in repository or repository == THIS_REPOSITORY:
        return False
    return known is None or repository.lower() != known.lower()


def _what_is_pushed(flags: list[str], refs: list[str]) -> str:
    if "--delete" in flags or "-d" in flags or any(r.startswith(":") for r in refs):
        return "deletes a branch or tag"
    if any(f in ("--tags", "--follow-tags") for f in flags) or any("tag" in r for r in refs):
        return "pushes tags"
    return "pushes commits"


def _credentials(reading: Reading, command: Command, words: tuple[Word, ...], own: Tokens) -> None:
    """``git remote``, ``git config``: a token in a URL or a header stays for later pushes."""
    del command
    tokens = own
    for word in words:
        tokens |= reading.tokens(word)
        if _SSH.search(reading.text(word)):
            reading.frame.walk.ssh = True
    if tokens.any:
        key = " ".join(reading.text(word) for word in words[:3])
        reading.frame.walk.git[key] = tokens


def _clone(reading: Reading, command: Command, words: tuple[Word, ...], own: Tokens) -> None:
    """``git clone``, ``git fetch``: a token in the URL reads, and stays with the clone."""
    tokens = own
    for word in words:
        tokens |= reading.tokens(word)
    if not tokens.any:
        return
    reading.frame.walk.git[f"clone at {command.line}"] = tokens
    reading.frame.need(
        {"contents": "read"},
        "reads the repository by git",
        "git clone",
        tokens=tokens,
        sources=_SOURCE,
        line=reading.line(command),
    )


_ACTIONS = {
    "push": _push,
    "send-pack": _push,
    "remote": _credentials,
    "config": _credentials,
    "clone": _clone,
    "fetch": _clone,
    "pull": _clone,
    "ls-remote": _clone,
}
