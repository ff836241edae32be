"""Programs that do nothing but start another one: ``sudo``, ``env``, ``timeout 5m`` …"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.scripts.shell import Interpreter, Word, interpreter
from bot.scripts.words import UNKNOWN, blank, join, program, split_assignment


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What is really run.

    ``words``: empty when all there is to run is ``script``, a text in another interpreter.
    ``env``: as in :class:`~bot.scripts.shell.Command`. ``interpreter``: None for a script that
    the running shell itself evaluates.
    """

    words: tuple[Word, ...]
    env: tuple[tuple[str, Word], ...] = ()
    script: Word | None = None
    interpreter: Interpreter | None = None


@dataclass(frozen=True, slots=True)
class _Wrapper:
    """How a program takes its own arguments.

    ``valued``: its options that are followed by a value. ``skip``: positional arguments before
    the command. ``queries``: options with which it starts nothing.
    """

    valued: frozenset[str] = frozenset()
    skip: int = 0
    queries: frozenset[str] = frozenset()
    assigns: bool = False


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WRAPPERS: Mapping[str, _Wrapper] = {
    "arch": _Wrapper(_options("-arch -e -d")),
    "builtin": _Wrapper(),
    "caffeinate": _Wrapper(_options("-t -w")),
    "chronic": _Wrapper(),
    "command": _Wrapper(queries=_options("-v -V")),
    "dbus-run-session": _Wrapper(_options("--config-file --dbus-daemon")),
    "doas": _Wrapper(_options("-u -C")),
    "env": _Wrapper(_options("-u --unset -C --chdir"), assigns=True),
    "exec": _Wrapper(_options("-a")),
    "ionice": _Wrapper(_options("-c -n -p --class --classdata")),
    "nice": _Wrapper(_options("-n --adjustment")),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "stdbuf": _Wrapper(_options("-i -o -e --input --output --error")),
    "sudo": _Wrapper(
        _options("-u -g -h -p -C -D -R -T -r -t -U --user --group --host --prompt --chdir --role"),
        assigns=True,
        queries=_options("-v -l -k -K"),
    ),
    "time": _Wrapper(_options("-f -o --format --output")),
    "timeout": _Wrapper(_options("-k -s --kill-after --signal"), skip=1),
    "unbuffer": _Wrapper(),
    "winpty": _Wrapper(),
    "xargs": _Wrapper(
        _options(
            "-I -n -P -L -d -E -s -a --max-args --max-procs --max-lines --delimiter --arg-file"
            " --max-chars --eof"
        )
    ),
    "parallel": _Wrapper(
        _options(
            "-j -N -n -I -L -P -a -d -C --jobs --max-args --max-replace-args --colsep --delay"
            " --joblog --delimiter --arg-file --results --timeout --retries --halt --block"
        )
    ),
    "xvfb-run": _Wrapper(
        _options("-n -s -e -f -p -w --server-num --server-args --error-file --auth-file --wait")
    ),
}

_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ash", "ksh"})
_INTERPRETERS = _SHELLS | {"su", "eval", "pwsh", "powershell", "cmd", "invoke-expression", "iex"}
_MAX_WRAPPERS = 16


def unwrap(words: tuple[Word, ...]) -> Unwrapped:
    """Take the wrappers off ``words``, a command's program and arguments, at least one."""
    env: list[tuple[str, Word]] = []
    for _ in range(_MAX_WRAPPERS):
        name = program(words[0])
        wrapper = _WRAPPERS.get(name)
        if wrapper is None:
            break
        rest = _rest(wrapper, words, env)
        if not rest:
            break
        words = _with_input(words, rest) if name in ("xargs", "parallel") else rest
    script, who = _script(words, program(words[0]).lower())
    return Unwrapped(words if script is None else (), tuple(env), script, who)


def _rest(
    wrapper: _Wrapper, words: tuple[Word, ...], env: list[tuple[str, Word]]
) -> tuple[Word, ...]:
    """The words of the wrapped command, none when nothing is wrapped; adds to ``env``."""
    at = 1
    found: list[tuple[str, Word]] = []
    while at < len(words):
        text = words[at].text
        if text in wrapper.queries:
            return ()
        assigned = split_assignment(words[at]) if wrapper.assigns else None
        if assigned:
            found.append(assigned)
        elif text == "--":
            at += 1
            break
        elif text.startswith("-") and text != "-":
            if _takes_next(wrapper, text):
                if text in ("-u", "--unset") and wrapper is _WRAPPERS["env"]:
                    found.extend((w.text, Word(())) for w in words[at + 1 : at + 2])
                at += 1
        elif text != "-":
            break
        at += 1
    rest = words[at + wrapper.skip :]
    if rest:
        env.extend(found)
    return rest


def _takes_next(wrapper: _Wrapper, text: str) -> bool:
    if text.startswith("--") or text in wrapper.valued:
        return text in wrapper.valued
    for at, letter in enumerate(text[1:], 2):
        if f"-{letter}" in wrapper.valued:
            return at == len(text)
    return False


def _with_input(words: tuple[Word, ...], rest: tuple[Word, ...]) -> tuple[Word, ...]:
    """The command that xargs or parallel starts: what it reads can't be known."""
    mark = None
    for at, word in enumerate(words[: len(words) - len(rest)]):
        text = word.text
        if text.startswith("-I"):
            mark = text[2:] or words[at + 1].text
        elif text in ("-i", "--replace"):
            mark = "{}"
    if not mark:
        return (*rest, UNKNOWN)
    return tuple([blank(word, mark) for word in rest])


def _script(words: tuple[Word, ...], name: str) -> tuple[Word | None, Interpreter | None]:
    """The text that a command hands to an interpreter as an argument."""
    if name not in _INTERPRETERS:
        return None, None
    if name == "eval" and len(words) > 1:
        return join(words[1:]), None
    if name in _SHELLS or name == "su":
        for at, word in enumerate(words[1:-1], 1):
            text = word.text
            if text.startswith("-") and not text.startswith("--") and text.endswith("c"):
                started = " ".join(["bash", *[w.text for w in words[1 : at + 1]]])
                return words[at + 1], interpreter(started)
            if not text.startswith(("-", "+")) and name != "su":
                break
    if name in ("pwsh", "powershell"):
        for at, word in enumerate(words[1:-1], 1):
            if word.text.lower() in ("-c", "-command", "/c", "/command"):
                return join(words[at + 1 :]), interpreter("pwsh")
    if name == "cmd" and len(words) > 2 and words[1].text.lower().lstrip("/") == "c":
        return join(words[2:]), interpreter("cmd")
    if name in ("invoke-expression", "iex") and len(words) == 2:
        return words[1], interpreter("pwsh")
    return None, None
