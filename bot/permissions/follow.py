"""Code of the repository that a script starts: found in the checkout and read, else told apart.

What is not at hand is *unknown* where it is handed a token, or is named like a release behind
credentials that it could use; else it is *assumed* to need nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from posixpath import dirname, join, normpath

from bot.hole import HOLE
from bot.permissions import run
from bot.permissions.evidence import Doubt
from bot.permissions.run import Reading
from bot.permissions.walk import MAX_DEPTH
from bot.scripts.shell import Command, Word
from bot.workflow.scope import ANY_TOKEN, NO_TOKEN, Tokens

Visit = Callable[[Reading, Command], None]

# Verbs: what is "released", or a "publisher", is no act of releasing.
_RELEASE = re.compile(
    r"(?i:(?:^|[^a-z])(?:release(?![dr])|publish(?!e[dr])|deploy(?!e[dr])|bump|push(?!ed)))"
    # "bundleRelease" is what Android calls a build.
    r"|(?<=[a-z])(?:Publish(?!e[dr])|Deploy(?!e[dr])|Bump|Push(?!ed))"
)
_PUSHES = re.compile(r"push|publish|release|deploy|promote|:jib\b|\bjib$", re.IGNORECASE)
_REGISTRY_SOURCE = (
    (
        "https://docs.github.com/en/packages/working-with-a-github-packages-registry/"
        "working-with-the-container-registry#authenticating-in-a-github-actions-workflow"
    ),
)
_GITHUB_REGISTRIES = ("ghcr.io", "docker.pkg.github.com", "?")
_SHELL_ENDINGS = (".sh", ".bash", ".zsh")
_SHEBANG = re.compile(r"#!.*\b(?:ba|z|da|k)?sh\b")
_READS_ALL = re.compile(
    r"BaseSettings|dotenv|environ(?!\s*(?:\[|\.get\b|ment|\w))|process\.env(?!\s*(?:\.|\[|\w))"
    r"|env::vars|getenv\(\)|ENV\.(?:to_h|each|map)|octokit|ghapi|github3|PyGithub|@actions/github"
    r"|api\.github\.com",
    re.IGNORECASE,
)
"""Reads whatever variables there are, or leaves that to a library for GitHub's API."""
_STARTS_OTHERS = re.compile(r"subprocess|os\.system|popen|exec|spawn|child_process|system\(|`|\$\(")


def code(reading: Reading, command: Command, what: str) -> None:
    """Judge code of the repository that is not at hand.

    ``what``: how the script names it: a path, a target, a task.
    """
    line = reading.line(command)
    walk = reading.frame.walk
    if reading.handed(command).maybe_github:
        reading.frame.unknown(Doubt.SCRIPT, _shown(what), line)
        return
    if names_release(what) and walk.git_tokens.maybe_github:
        reading.frame.unknown(Doubt.RELEASE, _shown(what), line)
        return
    registry = _registry_login(reading)
    if registry.maybe_github and _PUSHES.search(what):
        # All that a login to the registry can be used for.
        reading.frame.need(
            {"packages": "write"},
            "pushes to the container registry",
            _shown(what),
            tokens=ANY_TOKEN,
            sources=_REGISTRY_SOURCE,
            line=line,
        )
    elif registry.maybe_github:
        # The login is on disk for every program: it is as good as handed over.
        reading.frame.unknown(Doubt.SCRIPT, _shown(what), line)
    else:
        reading.frame.assume(_shown(what), line)


def names_release(what: str) -> bool:
    """Whether a name says that what bears it releases, publishes, deploys or pushes."""
    return _RELEASE.search(what) is not None


def _foreign(reading: Reading, command: Command, what: str, text: str) -> None:
    """Judge a script in another language whose text is at hand."""
    if HOLE not in text and _uses_none(reading, command, text):
        reading.frame.assume(_shown(what), reading.line(command))
    elif run.says_push(text) and reading.frame.walk.git_tokens.maybe_github:
        reading.frame.unknown(Doubt.PUSH, _shown(what), reading.line(command))
    else:
        code(reading, command, what)


def _registry_login(reading: Reading) -> Tokens:
    found = NO_TOKEN
    for host in _GITHUB_REGISTRIES:
        found |= reading.frame.walk.registries.get(host, NO_TOKEN)
    return found


def inline(reading: Reading, command: Command, what: str, script: Word) -> None:
    """Judge a script in another language that stands in the command itself."""
    _foreign(reading, command, what, reading.text(script))


def file(reading: Reading, command: Command, path: str, visit: Visit) -> None:
    """Follow a file that a command runs, or judge it where it is not at hand."""
    found = _find(reading, path)
    if found is None:
        code(reading, command, path)
        return
    where, text = found
    if path.endswith(_SHELL_ENDINGS) or _SHEBANG.match(text):
        script(reading, command, where, text, visit)
    elif path.endswith((".ps1", ".psm1")):
        script(reading, command, where, text, visit, shell_name="pwsh")
    else:
        _foreign(reading, command, path, text)


def script(
    reading: Reading,
    command: Command,
    where: str,
    text: str,
    visit: Visit,
    *,
    shell_name: str = "bash",
    task: str = "",
) -> None:
    """Read a shell script of the repository in place of the command that starts it."""
    frame = reading.frame
    key = (where, task)
    if key in frame.walk.followed or frame.depth >= MAX_DEPTH:
        return
    frame.walk.followed.add(key)
    scope = frame.scope
    exported = {a.name for a in reading.script.assignments if a.exported and a.target == "shell"}
    names = {name for name, _ in command.env} | exported
    carried: dict[str, Tokens] = {}
    for name in names:
        tokens = reading.in_env(command, name)
        if tokens is not None:
            carried[name] = tokens
    scope = scope.with_tokens(carried)
    inner = replace(frame, path=where, scope=scope, depth=frame.depth + 1, line=0)
    extra = reading.extra
    for word in command.words:
        extra |= reading.tokens(word)
    folder = dirname(where) if task else reading.folder
    run.read(inner, text, shell_name, lambda line: line, visit, folder=folder, extra=extra)
    frame.walk.followed.discard(key)


def make(reading: Reading, command: Command, visit: Visit) -> None:
    """Follow the targets of a ``make`` command."""
    words = [reading.text(w) for w in command.words[1:]]
    folder = _option(words, "-C", "--directory") or ""
    name = _option(words, "-f", "--file", "--makefile")
    skip = {value for value in (folder, name) if value}
    targets = [w for w in words if not w.startswith("-") and "=" not in w and w not in skip]
    found = None
    for candidate in [name] if name else ["GNUmakefile", "makefile", "Makefile"]:
        found = found or _find(reading, join(folder, candidate))
    rules = _rules(found[1]) if found else {}
    for target in targets or [next(iter(rules), "")]:
        if not reading.frame.spend(1):
            return
        recipe = _recipe(rules, target)
        if found is None or recipe is None:
            code(reading, command, f"make {target}".strip())
        else:
            script(reading, command, found[0], recipe, visit, task=target)


def package_script(reading: Reading, command: Command, name: str, visit: Visit) -> None:
    """Follow a script of ``package.json``, with what runs before and after it."""
    found = _find(reading, "package.json")
    scripts = {} if found is None else _package_scripts(found[1])
    if found is None or name not in scripts:
        program = reading.text(command.words[0])
        code(reading, command, f"{program} run {name}")
        return
    for one in (f"pre{name}", name, f"post{name}"):
        if one in scripts:
            script(reading, command, found[0], scripts[one], visit, task=one)


@lru_cache(maxsize=16)
def _package_scripts(text: str) -> Mapping[str, str]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    table = raw.get("scripts") if isinstance(raw, dict) else None
    if not isinstance(table, dict):
        return {}
    return {name: script for name, script in table.items() if isinstance(script, str)}


def _shown(what: str) -> str:
    """A command as a report shows it, with an ellipsis for what isn't known."""
    return what.replace(HOLE, "…")


def _find(reading: Reading, path: str) -> tuple[str, str] | None:
    """A file of the checkout by a path in a script: (path from the root, text)."""
    if HOLE in path or path.startswith(("/", "~")):
        return None
    roots = ["" if reading.folder is None else reading.folder, ""]
    for root in dict.fromkeys(roots):
        where = normpath(join(root, path))
        if not where.startswith(".."):
            text = reading.frame.walk.world.files.read(where)
            if text is not None:
                return where, text
    return None


def _uses_none(reading: Reading, command: Command, text: str) -> bool:
    """Whether a file names none of the variables that carry a token, and starts no program."""
    names = [n for n in reading.frame.scope.env if reading.variable(n).maybe_github]
    names += [n for n, v in command.env if reading.tokens(v).maybe_github]
    words = any(reading.tokens(w).maybe_github for w in command.words)
    words = words or (command.stdin is not None and reading.tokens(command.stdin).maybe_github)
    if words or _STARTS_OTHERS.search(text) or (names and _READS_ALL.search(text)):
        return False
    # Libraries of settings take a variable's name in any case.
    return not names or not re.search("|".join(map(re.escape, names)), text, re.IGNORECASE)


def _option(words: list[str], *names: str) -> str | None:
    for n, word in enumerate(words):
        if word in names and n + 1 < len(words):
            return words[n + 1]
        if word.startswith("--") and word.split("=")[0] in names and "=" in word:
            return word.split("=", 1)[1]
    return None


_RULE = re.compile(r"^([A-Za-z0-9_./ %-]+?)\s*::?(?!=)\s*([^=#\n]*?)(?:#.*)?$")
_MAKE_VARIABLE = re.compile(r"\$[({]([A-Za-z_][\w.-]*)[)}]")


@lru_cache(maxsize=16)
def _rules(text: str) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """A Makefile's explicit rules: target → (prerequisites, recipe)."""
    rules: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    current: list[list[str]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("\t"):
            for recipe in current:
                recipe.append(line.strip().lstrip("@-+"))
            continue
        matched = _RULE.match(line)
        if matched and not line.startswith("."):
            current = []
            for target in matched[1].split():
                before = rules.get(target, ((), []))
                rules[target] = (before[0] + tuple(matched[2].split()), before[1])
                current.append(rules[target][1])
        elif line.strip() and not line.lstrip().startswith("#"):
            current = []
    return {target: (needs, "\n".join(recipe)) for target, (needs, recipe) in rules.items()}


def _recipe(rules: Mapping[str, tuple[tuple[str, ...], str]], target: str) -> str | None:
    """All commands that a target runs, those of its prerequisites first; None if it has no rule."""
    if target not in rules:
        return None
    order: list[str] = []
    seen = set()
    stack = [(target, False)]
    while stack:
        name, done = stack.pop()
        if done:
            order.append(rules[name][1])
        elif name in rules and name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack.extend((need, False) for need in reversed(rules[name][0]))
    text = "\n".join(order)
    shell = _MAKE_VARIABLE.sub(r'"$MAKE_\1"', text).replace("$$", "$")
    return shell.replace('"$MAKE_MAKE"', "make")
