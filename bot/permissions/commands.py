"""Who knows about which program: the table from a command's first word to what reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from posixpath import normpath

from bot.hole import HOLE
from bot.permissions import actions, follow, uses
from bot.permissions.run import Reading
from bot.permissions.tools import containers, git, github, http, packages
from bot.scripts.shell import Command, Word
from bot.workflow.scope import Bound

Handler = Callable[[Reading, Command], None]

_HANDLERS: Mapping[str, Handler] = {
    "git": git.git,
    "gh": github.gh,
    "hub": github.hub,
    "curl": http.curl,
    "wget": http.wget,
    "invoke-restmethod": http.powershell,
    "invoke-webrequest": http.powershell,
    "irm": http.powershell,
    "iwr": http.powershell,
    **dict.fromkeys(containers.PROGRAMS, containers.container),
    "twine": packages.python,
    "flit": packages.python,
    "gem": packages.by_url,
    "nuget": packages.by_url,
    **dict.fromkeys(("mvn", "mvnw", "gradle", "gradlew", "mvnd", "sbt"), packages.jvm),
}

# Programs that run another one; the words behind these (and behind options) are its command.
_RUNNERS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "bundle": (("exec",),),
    "poetry": (("run",),),
    "pipenv": (("run",),),
    "uv": (("run",), ("tool", "run")),
    "uvx": ((),),
    "pipx": (("run",),),
    "pdm": (("run",),),
    "hatch": (("run",),),
    "rye": (("run",),),
    "pixi": (("run",), ("exec",)),
    "conda": (("run",),),
    "micromamba": (("run",),),
    "mise": (("exec",), ("x",)),
    "rtx": (("exec",),),
    "asdf": (("exec",),),
    "npx": ((),),
    "bunx": ((),),
    "pnpx": ((),),
    "npm": (("exec",), ("x",)),
    "pnpm": (("exec",), ("dlx",)),
    "yarn": (("exec",), ("dlx",), ("run", "-T")),
    "bun": (("x",),),
    "corepack": ((),),
    "direnv": (("exec", "."),),
    "nix": (("develop", "-c"), ("develop", "--command"), ("shell", "-c")),
    "mage": (),
}
_RUNNER_WITH_VALUE = frozenset(
    {"--with", "--from", "--python", "-p", "--package", "--extra", "--group", "--directory", "-n"}
    | {"--project", "--with-requirements", "--spec", "-e", "--env", "--only-group", "-C"}
)

# Packages whose program is called otherwise.
_PACKAGES = {"@changesets/cli": "changeset"}

_JAVASCRIPT = frozenset({"npm", "pnpm", "yarn", "bun", "lerna"})
_JAVASCRIPT_OWN = frozenset(
    {"add", "audit", "bin", "cache", "ci", "config", "dedupe", "fetch", "i", "import", "init"}
    | {"install", "link", "list", "login", "ls", "outdated", "pack", "pkg", "prune", "publish"}
    | {"rebuild", "remove", "root", "set", "setup", "store", "up", "update", "upgrade", "view"}
    | {"version", "versions", "why", "workspaces", "whoami", "dist-tag", "deprecate", "npm"}
    | {"plugin", "policies", "global", "env", "approve-builds", "info", "unlink", "get"}
    | {"--version"}
)
_INTERPRETERS = frozenset({"bash", "sh", "zsh", "dash", "ksh", "source", ".", "pwsh", "powershell"})
_LANGUAGES = re.compile(
    r"(?:python|pypy)[\d.]*|py|node|nodejs|ruby|perl|php|deno|tsx|ts-node|lua|julia|Rscript|nu"
)
_PERL = re.compile(r"-[0lnpaisw]*e")
_HARMLESS_MODULES = frozenset(
    {"pip", "venv", "build", "ensurepip", "virtualenv", "pipx", "twine", "json.tool", "zipfile"}
    | {"http.server", "site", "compileall", "flake8", "mypy", "black", "ruff", "isort", "pylint"}
    | {"cibuildwheel", "wheel", "sysconfig", "platform", "installer", "auditwheel", "coverage"}
)
# Program → the subcommands that run code of the repository; its others don't.
_RUN_CODE: Mapping[str, frozenset[str]] = {
    "brew": frozenset(
        {"pr-pull", "pr-upload", "pr-publish", "pr-automerge", "test-bot", "bump", "dispatch-build"}
        | {"bump-formula-pr", "bump-cask-pr", "bump-revision", "bump-unversioned-casks"}
        | {"contributions", "ruby", "sh", "tests", "release", "dispatch-build-bottle"}
    ),
    "cargo": frozenset({"run", "r", "test", "t", "bench", "xtask", "nextest", "make", "miri"}),
    "go": frozenset({"run", "test", "generate", "tool"}),
    "dotnet": frozenset({"run", "test", "cake", "fake", "script", "fsi", "vstest"}),
    "swift": frozenset({"run", "test"}),
    "zig": frozenset({"test", "run"}),
    "uv": frozenset(),
    "bundle": frozenset(),
    "poetry": frozenset(),
    "pipenv": frozenset(),
    "pipx": frozenset(),
    "pdm": frozenset(),
    "rye": frozenset(),
    "hatch": frozenset({"test"}),
    "conda": frozenset(),
    "mise": frozenset({"run", "r"}),
    "pixi": frozenset(),
    "stack": frozenset({"test", "exec", "runghc"}),
    "cabal": frozenset({"test", "run", "exec", "bench"}),
    "opam": frozenset({"exec"}),
    "dune": frozenset({"test", "exec", "runtest"}),
    "mix": frozenset({"test", "run", "do"}),
    "composer": frozenset({"run", "run-script", "exec", "test"}),
    "flutter": frozenset({"test", "drive"}),
    "dart": frozenset({"test", "run"}),
    "nix": frozenset({"run", "develop", "flake"}),
}


def visit(reading: Reading, command: Command) -> None:
    """Write down what a command needs of GITHUB_TOKEN."""
    first = reading.text(command.words[0])
    if first in reading.script.functions:
        return  # the commands in its body are visited themselves
    if first in _quiet():
        return
    program = first.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
    if program in _RUNNERS and _through(reading, command, program):
        return
    if _special(reading, command, first, program):
        return
    row = _row(reading, program, command.words[1:])
    if row is not None:
        _by_row(reading, command, row)
    elif program not in _harmless() and program.lower() not in _harmless_lower():
        follow.code(reading, command, _task(reading, command, first))


def _special(reading: Reading, command: Command, first: str, program: str) -> bool:
    """Programs with a reader of their own, and code of the repository."""
    handler = _HANDLERS.get(program) or _HANDLERS.get(program.lower())
    plain = _plain(reading, command.words[1:])
    sub = plain[0] if plain else ""
    if program in ("gradlew", "mvnw") or handler is not None:
        (handler or packages.jvm)(reading, command)
    elif program in _JAVASCRIPT:
        _javascript(reading, command, plain)
    elif program in ("make", "gmake"):
        follow.make(reading, command, visit)
    elif program in _INTERPRETERS or _LANGUAGES.fullmatch(program):
        _interpreter(reading, command, program)
    elif program in ("uv", "pdm", "poetry", "hatch") and "publish" in plain[:2]:
        packages.python(reading, command)
    elif program == "dotnet" and sub == "nuget":
        packages.by_url(reading, command)
    elif program in _RUN_CODE:
        row = actions.tool(f"{program} {sub}")
        if row is not None:
            _by_row(reading, command, row)
        elif sub in _RUN_CODE[program]:
            follow.code(reading, command, _task(reading, command, first))
    elif "/" in first and not first.startswith(("/usr/", "/bin/", "/opt/")):
        at_hand = reading.frame.walk.world.files.read(normpath(first)) is not None
        if not at_hand and _row(reading, program, command.words[1:]) is not None:
            return False  # a tool that the job has downloaded or built
        follow.file(reading, command, first, visit)
    else:
        return False
    return True


def _through(reading: Reading, command: Command, program: str) -> bool:
    """Visit the command that ``npx``, ``poetry run`` and the like start."""
    words = command.words
    texts = [reading.text(w) for w in words]
    for prefix in _RUNNERS[program]:
        at = 1
        while at < len(texts) and texts[at].startswith("-") and prefix[:1] != (texts[at],):
            at += 2 if texts[at] in _RUNNER_WITH_VALUE else 1
        if prefix and tuple(texts[at : at + 1]) != prefix[:1]:
            continue
        at += 1 if prefix else 0
        for word in prefix[1:]:
            while at < len(texts) and texts[at] != word:
                at += 1
            at += 1
        while at < len(texts) and (texts[at].startswith("-")):
            at += 2 if texts[at] in _RUNNER_WITH_VALUE else 1
        if at < len(texts):
            inner = _named(words[at])
            visit(reading, replace(command, words=(inner, *words[at + 1 :])))
            return True
    return False


def _named(word: Word) -> Word:
    """A package's program: ``semantic-release@24`` → ``semantic-release``."""
    text = word.literal
    if text is None or "@" not in text:
        return word
    name = text[: text.index("@", 1)] if "@" in text[1:] else text
    return Word((_PACKAGES.get(name, name),))


def _javascript(reading: Reading, command: Command, plain: list[str]) -> None:
    packages.javascript(reading, command)
    program = reading.text(command.words[0]).rpartition("/")[2]
    sub = plain[0] if plain else ""
    if sub in ("run", "run-script", "rum") and len(plain) > 1:
        follow.package_script(reading, command, plain[1], visit)
    elif sub in ("test", "t", "tst", "start", "stop", "restart"):
        follow.package_script(reading, command, "test" if sub in ("t", "tst") else sub, visit)
    elif program == "lerna" and sub in ("version", "publish"):
        row = actions.tool(f"lerna {sub}")
        if row is not None:
            _by_row(reading, command, row)
    elif sub and sub not in _JAVASCRIPT_OWN and program != "npm":
        # yarn and pnpm run a package's program by its bare name
        at = next(n for n, w in enumerate(command.words) if n and reading.text(w) == sub)
        row = _row(reading, sub, command.words[at + 1 :])
        if row is not None:
            _by_row(reading, replace(command, words=command.words[at:]), row)
        else:
            follow.package_script(reading, command, sub, visit)


def _interpreter(reading: Reading, command: Command, program: str) -> None:
    """``bash x.sh``, ``python x.py``, ``python -m module``, ``node -e …``."""
    texts = [reading.text(w) for w in command.words[1:]]
    for n, text in enumerate(texts):
        if text == "-m" and n + 1 < len(texts):
            module = texts[n + 1]
            if module.split(".")[0] not in _HARMLESS_MODULES and module not in _HARMLESS_MODULES:
                row = _row(reading, module, command.words[n + 3 :])
                if row is not None:
                    _by_row(reading, replace(command, words=command.words[n + 2 :]), row)
                else:
                    follow.code(reading, command, f"{program} -m {module}")
            return
        if text in ("-c", "-e", "-p", "--eval", "-Command", "-r") or _PERL.fullmatch(text):
            inline = command.words[n + 2] if n + 2 < len(command.words) else Word(())
            follow.inline(reading, command, f"{program} {text}", inline)
            return
        if text in ("-v", "-V", "--version", "-version"):
            return
        if not text.startswith("-"):
            follow.file(reading, command, text, visit)
            return
    if command.stdin is not None:
        follow.inline(reading, command, f"{program} with a script from its input", command.stdin)


def _plain(reading: Reading, words: tuple[Word, ...]) -> list[str]:
    """The words that are neither options nor a toolchain's name (``+nightly``)."""
    return [w for w in (reading.text(w) for w in words) if not w.startswith(("-", "+"))]


def _row(reading: Reading, program: str, words: tuple[Word, ...]) -> actions.Row | None:
    """The row of a program, or of a program and its subcommand."""
    row = actions.tool(program)
    if row is None:
        row = next((actions.tool(f"{program} {w}") for w in _plain(reading, words)), None)
    return row


def _by_row(reading: Reading, command: Command, row: actions.Row) -> None:
    """A program of the table; ``inputs.args`` in its conditions is its command line.

    ``with.token`` stands for a token on that line.
    """
    args = " ".join(reading.text(w) for w in command.words[1:])
    env = dict(reading.frame.scope.env)
    for name in {*(n for n, _ in command.env), *(a.name for a in reading.script.assignments)}:
        tokens = reading.in_env(command, name)
        if tokens is not None:
            env[name] = Bound(carries=tokens)
    inputs = {name: Bound(text) for name, text in row.defaults.items()}
    inputs["args"] = Bound(args.replace(HOLE, " "))
    given = reading.extra
    for word in command.words[1:]:
        given |= reading.tokens(word)
    if given.any:
        inputs["token"] = Bound(carries=given)
    scope = replace(reading.frame.scope, env=env, inputs=inputs, called=False)
    frame = replace(reading.frame, line=reading.line(command))
    uses.apply(frame, row, scope)


def _task(reading: Reading, command: Command, first: str) -> str:
    """The program and its first words that are no options."""
    words = [reading.text(w) for w in command.words[1:4]]
    return " ".join([first, *(w for w in words if not w.startswith("-"))][:3])


@cache
def _harmless() -> frozenset[str]:
    text = files("bot.permissions.data").joinpath("harmless.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(lines).split())


@cache
def _quiet() -> frozenset[str]:
    """The harmless programs that nothing else knows: most commands, told at a glance."""
    known = {name.partition(" ")[0] for name in actions.tools()} | set(_HANDLERS) | set(_RUNNERS)
    known |= set(_RUN_CODE) | _JAVASCRIPT | _INTERPRETERS | {"make", "gmake"}
    return frozenset(n for n in _harmless() if n not in known and not _LANGUAGES.fullmatch(n))


@cache
def _harmless_lower() -> frozenset[str]:
    return frozenset(name.lower() for name in _harmless() if name != name.lower())
