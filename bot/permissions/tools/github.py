"""``gh`` and ``hub``: GitHub's command lines."""

from __future__ import annotations

from bot.hole import HOLE
from bot.permissions import gh as table
from bot.permissions.run import Reading
from bot.permissions.tools.calls import Topic, is_another, judge, topic, unknown_call
from bot.permissions.walk import PULL_REQUEST_EVENTS, Frame
from bot.scripts.shell import Command, Embedded, Variable
from bot.workflow.scope import NO_TOKEN, Tokens

_HUB_SOURCE = ("https://github.com/mislav/hub/blob/v2.14.2/share/man/man1/hub.1.md",)
_HUB_RELEASE = frozenset({"create", "edit", "delete"})


def _tokens(reading: Reading, command: Command) -> Tokens:
    """The token that gh uses: GH_TOKEN before GITHUB_TOKEN before what it was logged in with."""
    found = reading.in_env(command, "GH_TOKEN", "GITHUB_TOKEN")
    return (reading.frame.walk.gh if found is None else found) | reading.extra


def gh(reading: Reading, command: Command) -> None:
    """Write down what a ``gh`` command needs."""
    argv: list[str | None] = []
    for word in command.words[1:]:
        text = reading.text(word)
        argv.append(None if text == HOLE else text)
    call = table.needs(tuple(argv))
    tokens = _tokens(reading, command)
    if tokens.others and reading.in_env(command, "GITHUB_TOKEN") not in (None, tokens):
        # Where nobody has stored the secret, gh takes the other variable, and all is well.
        reading.frame.walk.conditional = True
    line = reading.line(command)
    walk = reading.frame.walk
    if call.effect == "login":
        walk.gh |= _stdin_tokens(reading, command)
        return
    if call.effect == "setup-git":
        walk.git["gh"] = tokens
        return
    for word in command.words[1:]:  # `gh api -H "Authorization: …"` says which token
        if "authorization" in reading.text(word).lower():
            tokens = reading.tokens(word)
    if call.command == "auth token":
        return
    about = _topic(call.command, command, reading.frame)
    for need in call.needs:
        judge(
            reading.frame,
            need,
            _shown(call.command, need.what),
            tokens,
            line,
            about=about,
            repository=call.repository,
        )
    if not is_another(reading.frame.walk.world, call.repository):
        for what in call.unknown:
            unknown_call(reading.frame, what, tokens, line)


def _topic(name: str, command: Command, frame: Frame) -> Topic:
    """``gh issue`` works on pull requests too, whose numbers scripts keep in names like ``PR``."""
    if not name.startswith("issue "):
        return Topic.EVENT
    words = [p.name for w in command.words for p in w.parts if isinstance(p, Variable)]
    texts = [frame.scope.env[word].text for word in words if word in frame.scope.env]
    words += [text.removeprefix("${{").strip() for text in texts]
    words += [p.source for w in command.words for p in w.parts if isinstance(p, Embedded)]
    found = {topic(word, "") for word in words}
    for about in (Topic.PULL_REQUEST, Topic.EVENT):
        if about in found:
            return about
    if all(event in PULL_REQUEST_EVENTS for event in frame.events):
        return Topic.EITHER
    return Topic.ISSUE


def _shown(command: str, what: str) -> str:
    return f"runs gh {command}" if command != "api" else f"calls {what}"


def _stdin_tokens(reading: Reading, command: Command) -> Tokens:
    """The token that ``gh auth login --with-token`` reads; without one to see, the step's own."""
    if command.stdin is not None:
        return reading.tokens(command.stdin)
    return reading.handed(command)


def hub(reading: Reading, command: Command) -> None:
    """``hub release create`` and ``hub pull-request``; hub is no longer maintained."""
    texts = [reading.text(w) for w in command.words[1:]]
    tokens = reading.in_env(command, "GITHUB_TOKEN") or NO_TOKEN
    line = reading.line(command)
    if texts[:1] == ["release"] and set(texts[1:2]) & _HUB_RELEASE:
        scopes, why = {"contents": "write"}, f"runs hub release {texts[1]}"
    elif texts[:1] == ["pull-request"]:
        scopes, why = {"pull-requests": "write", "contents": "read"}, "opens a pull request"
    elif texts[:1] == ["push"]:
        scopes, why = {"contents": "write"}, "pushes commits"
    else:
        unknown_call(reading.frame, f"hub {' '.join(texts[:2])}", tokens, line)
        return
    reading.frame.need(
        scopes, why, f"hub {texts[0]}", tokens=tokens, sources=_HUB_SOURCE, line=line
    )
