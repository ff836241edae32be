"""``actions/github-script``: the calls that its script makes, and the code that it loads."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from posixpath import normpath

from bot.hole import HOLE
from bot.permissions import graphql, rest
from bot.permissions.evidence import Doubt
from bot.permissions.tools.calls import is_another, judge, topic, unknown_call
from bot.permissions.walk import MAX_DEPTH, Frame
from bot.scripts import javascript
from bot.scripts.javascript import ApiCall, Command, Required
from bot.workflow.model import Scalar
from bot.workflow.scope import ANY_TOKEN, GITHUB_TOKEN, Tokens

_OIDC_SOURCE = ("https://github.com/actions/toolkit/blob/main/packages/core/README.md#oidc-token",)
RunShell = Callable[[Frame, str, str, Tokens], None]
"""How a command line that the script starts is read: frame, text, shell, tokens handed."""


def read(frame: Frame, script: Scalar, tokens: Tokens, run_shell: RunShell) -> None:
    """Write down what a github-script body needs; ``tokens`` are those of its client.

    Which of its calls a run gets to is the script's own affair.
    """
    frame = replace(frame, conditional=True)
    _read(frame, script.text, script.line_of, tokens, run_shell)


def _read(
    frame: Frame,
    text: str,
    line_of: Callable[[int], int],
    tokens: Tokens,
    run_shell: RunShell,
) -> None:
    if not frame.spend(1 + text.count("\n")):
        return
    found = _calls(text)
    for call in found.calls:
        _call(frame, call, line_of(call.line), tokens, text)
    for line in found.id_token:
        frame.need(
            {"id-token": "write"},
            "asks for an OIDC token",
            "core.getIDToken",
            tokens=GITHUB_TOKEN,
            sources=_OIDC_SOURCE,
            line=line_of(line),
        )
    for required in found.files:
        _file(frame, required, line_of(required.line), tokens, run_shell)
    for command in found.commands:
        at = replace(frame, line=line_of(command.line))
        run_shell(at, _command_line(command), "bash", tokens if "github" in text else Tokens())
    for what in found.unknown:
        if tokens.maybe_github:
            frame.unknown(Doubt.ACTION_CODE, f"github-script: {what}", line_of(0))


_calls = lru_cache(maxsize=32)(javascript.read)


def _call(frame: Frame, call: ApiCall, line: int, tokens: Tokens, text: str) -> None:
    if call.token is not None:
        tokens = _other_client(frame, call.token)
    repository = f"{call.owner}/{call.repo}" if call.owner and call.repo else None
    if repository is None and call.path:
        repository = rest.repository_of(call.path)
    about = topic("pull" if call.number_key == "pull_number" else call.number, text)
    if call.document:
        needs = graphql.needs(call.document)
        for need in needs.needs:
            judge(frame, need, f"calls {need.what}", tokens, line)
        for what in needs.unknown:
            unknown_call(frame, what, tokens, line)
        return
    if call.octokit:
        shown = f"github.rest.{call.octokit}"
        found = rest.by_octokit(call.octokit)
    else:
        shown = f"{call.method} {call.path}"
        found = rest.lookup(call.method, call.path)
    if found is None:
        if not is_another(frame.walk.world, repository):
            unknown_call(frame, shown, tokens, line)
    else:
        judge(frame, found, f"calls {shown}", tokens, line, about=about, repository=repository)


def _other_client(frame: Frame, expression: str) -> Tokens:
    """The tokens of a client that the script makes itself."""
    name = expression.removeprefix("process.env.")
    if name != expression and name in frame.scope.env:
        return frame.scope.env[name].tokens()
    return frame.tokens(expression) if "${{" in expression else ANY_TOKEN


def _file(frame: Frame, required: Required, line: int, tokens: Tokens, run_shell: RunShell) -> None:
    """A file of the repository that the script loads, perhaps with the client in hand."""
    handed = tokens if required.given else Tokens()
    for bound in frame.scope.env.values():
        handed |= bound.tokens()
    path = normpath(required.path)
    text = None
    for name in (path, f"{path}.js", f"{path}.cjs", f"{path}.mjs", f"{path}/index.js"):
        if HOLE not in name and not name.startswith(".."):
            text = text or frame.walk.world.files.read(name)
    if not handed.maybe_github:
        frame.assume(required.path, line)
    elif text is None or frame.depth >= MAX_DEPTH:
        frame.unknown(Doubt.SCRIPT, required.path.replace(HOLE, "…"), line)
    else:
        inner = replace(frame, path=path, line=0, depth=frame.depth + 1)
        _read(inner, text, lambda at: at, tokens, run_shell)


def _command_line(command: Command) -> str:
    """A command as a line of shell; what isn't known of it is a variable that nothing sets."""
    if command.arguments is None:
        return command.text.replace(HOLE, '"$UNKNOWN"')
    words = [command.text, *("" if a is None else a for a in command.arguments)]
    shown = [shlex.quote(w) if w and HOLE not in w else '"$UNKNOWN"' for w in words]
    return " ".join(shown)
