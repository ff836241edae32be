"""A JavaScript action that is handed a token: the calls that its own code makes of the API.

It is read only where every use of the token can be accounted for: all of its code is at hand, it
loads nothing but modules that are known to keep a token to themselves, it starts no program, speaks
to no network of its own, and calls Octokit by names that stand in the text. Everything else is for
the caller to report as unknown. The text is searched, not parsed, so that TypeScript will do; names
count wherever they stand, in comments too, which can only make the answer wider or unknown.

A bundle holds whole libraries, Octokit's endpoints among them, so it says nothing of what is
called. In its place the sources are read that lie, by the custom of such actions, beside it; that
the bundle was made of them is taken on trust, and so whatever is found is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from posixpath import basename, dirname, join, normpath, splitext

from bot.hole import HOLE
from bot.permissions import rest
from bot.permissions.rest import Call

Read = Callable[[str], str | None]
"""The text of a file of the action's repository by its path from the root, if it is at hand."""

_MAX_FILES = 60
_MAX_FILE = 200_000
_MAX_TEXT = 600_000
_ENDINGS = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs")
_BUNDLE = re.compile(
    r"__nccwpck_require__|__webpack_|__commonJS\b|__toESM\(__|rest-endpoint-methods|@license",
)

_IMPORT = re.compile(
    r"\b(?:from|import|require)\s{0,9}\(?\s{0,9}(?P<quote>['\"])(?P<name>[^'\"\n]{1,300})(?P=quote)"
)
_TYPES_ONLY = re.compile(r"(?:import|export)\s+type\b[^;'\"]*\Z")
# What no reading can account for: code or names that are made in a run, other ways out than
# Octokit, places from which later steps or programs take a token.
_BEYOND_READING = re.compile(
    r"""\b(?:require|import)\s*\(\s*[^'"\s]
    | \beval\s*\( | \bnew\s+Function\b | \b(?:globalThis|window|self|global)\s*[.\[]
    | (?<![.\w-])fetch\s*[(),;}\]:] | \bXMLHttpRequest\b | \bWebSocket\b | \bEventSource\b
    | sendBeacon | child_process | (?i:graphql) | \.\s*(?:hook|auth|defaults|endpoint)\b
    | process\.(?:binding|dlopen) | exportVariable | GITHUB_ENV | findBy
    | netrc | npmrc | git-credentials | (?i:extraheader) | gitconfig | (?i:insteadOf)
    | [\w)\]]\s{0,9}(?:\?\.)?\[[^\[\]\n]{1,80}\]\s*(?:\?\.\s*)?\( | \bReflect\b | \bProxy\s*\(""",
    re.VERBOSE,
)
_GENERIC = r"(?:<[^()\n]{0,200}>)?"
_ROUTE = re.compile(
    r"\b(?:request|paginate|iterator)" + _GENERIC + r"\s*\(\s*(?P<quote>['\"`])"
    r"(?P<verb>DELETE|GET|HEAD|PATCH|POST|PUT)\s+(?P<path>/[^'\"`\n]{1,300})(?P=quote)"
)
# Octokit's own ways to make a call whose name stands elsewhere.
_CALLER = re.compile(
    r"\.\s*(?P<name>request|paginate)\b(?:\s*\.\s*iterator\b)?" + _GENERIC + r"(?P<rest>[^\n]{0,3})"
)
_SUBSTITUTED = re.compile(r"\$\{[^}]*\}")
_CHAIN = re.compile(r"\b(?P<space>[A-Za-z]+)\s*[!?]?\.\s*(?P<method>[A-Za-z]\w*)")
_REST = re.compile(
    r"(?<!\.)\.\s*rest\b(?P<behind>\s*[!?]?\.\s*(?P<space>\w+)\s*[!?]?\.\s*(?P<method>\w+))?"
)
_MADE = re.compile(
    r"\b(?P<name>\w+)\s*(?::[^=\n]{1,80})?=\s*(?:await\s+)?(?:new\s+)?[\w.(),\s]{0,60}?(?i:octokit|github\()"
)
_CLIENT = r"(?:\w*(?i:octokit)\w*|\w*[cC]lient|github|gh|kit|api)"
_NESTED = re.compile(r"\brest\s*:\s*\{|\brest\s*\}|\brest\s*,")
# What lists, maps and texts are asked, in a variable that is named like a part of the API.
_BUILT_IN = re.compile(
    r"add|at|concat|delete|endsWith|entries|every|filter|find|findIndex|flat|flatMap|forEach|has"
    r"|includes|indexOf|join|keys|map|match|pop|push|reduce|replace|reverse|set|shift|slice|some"
    r"|sort|splice|split|startsWith|then|toLowerCase|toString|toUpperCase|trim|values"
)


@dataclass(frozen=True, slots=True)
class Made:
    """What a JavaScript action's code asks.

    Attributes:
        calls: of the API, each once.
        id_token: it asks for an OIDC token.
        about_event: what it comments on or labels is only what started the run.
    """

    calls: tuple[Call, ...]
    id_token: bool
    about_event: bool


def read(read_file: Read, folder: str, scripts: tuple[str, ...]) -> Made | None:
    """What the scripts of an action in ``folder`` ask; None where that can't be told.

    Which files are at hand may depend on what was asked for before: every file that a longer look
    could take is asked for, also where the answer is None.
    """
    code = _code(read_file, folder, scripts)
    return None if code is None else _made(code)


def mentions(read_file: Read, folder: str, scripts: tuple[str, ...], names: Iterable[str]) -> bool:
    """Whether an action's code may look at one of these environment variables."""
    code = _code(read_file, folder, scripts)
    if code is None:
        return True
    dynamic = re.search(r"process\.env\b(?!\s*[!?]?\.\s*\w|\s*\[\s*['\"])|\bspawn|\bexec", code)
    return dynamic is not None or any(name in code for name in names)


def _code(read_file: Read, folder: str, scripts: tuple[str, ...]) -> str | None:
    """All code of the action itself in one text."""
    queue: list[str] = []
    texts: dict[str, str] = {}
    sound = bool(scripts)
    for script in scripts:
        entry = normpath(join(folder, script))
        text = read_file(entry)
        if text is not None and not _is_bundle(text):
            queue.append(entry)
            continue
        sources = [path for path in _sources(folder, entry) if read_file(path) is not None]
        manifest = read_file(join(folder, "package.json")) or read_file("package.json")
        sound = sound and bool(sources) and _builds(manifest, sources)
        queue += sources
    while queue and len(texts) < _MAX_FILES:
        path = queue.pop()
        text = read_file(path)
        if path in texts or text is None:
            continue
        texts[path] = text
        sound = sound and not _is_bundle(text)
        for name in _imported(text):
            if not name.startswith("."):
                sound = sound and _module(name) in _modules()
                continue
            found = [one for one in _files(dirname(path), name) if read_file(one) is not None]
            sound = sound and (bool(found) or name.endswith(".json"))
            queue += found[:1]
    sound = sound and not queue and sum(map(len, texts.values())) <= _MAX_TEXT
    return "\n".join(texts[path] for path in sorted(texts)) if sound else None


def _is_bundle(text: str) -> bool:
    return len(text) > _MAX_FILE or _BUNDLE.search(text) is not None


def _sources(folder: str, entry: str) -> Iterator[str]:
    """Where the sources of a bundle can be: ``dist/index.js``, ``dist/post/index.js`` …"""
    stem = splitext(basename(entry))[0]
    above = basename(dirname(entry))
    if stem == "index" and above not in ("dist", "lib", "build", "out", ""):
        stem = above
    stems = ("main", "index") if stem in ("main", "index") else (stem,)
    for home in dict.fromkeys((folder, "")):
        for place in ("src", ""):
            for one in stems:
                for ending in _ENDINGS[:4]:
                    path = join(home, place, one + ending)
                    if path != entry:
                        yield path


_SCRIPT = re.compile(r'"(?P<name>[\w:.-]+)"\s*:\s*"(?P<line>(?:[^"\\]|\\.){1,2000})"')
_CODE_FILE = re.compile(r"[\w./@-]+\.[cm]?[jt]s\b")


def _builds(manifest: str | None, sources: list[str]) -> bool:
    """Whether what ``package.json`` builds, as far as it says so, is what was found."""
    if manifest is None:
        return False
    stems = {splitext(basename(path))[0] for path in sources}
    for script in _SCRIPT.finditer(manifest):
        if not re.search(
            r"ncc|esbuild|rollup|webpack|tsup|parcel|vite\b|bun build", script["line"]
        ):
            continue
        for path in _CODE_FILE.findall(script["line"]):
            stem = splitext(basename(path))[0]
            written = re.search(
                r"(?:-o|--outfile|--out|--dir)[ =]" + re.escape(path), script["line"]
            )
            if stem not in stems and not written and "config" not in stem:
                return False
    return True


def _imported(text: str) -> Iterator[str]:
    for found in _IMPORT.finditer(text):
        if not _TYPES_ONLY.search(text, max(0, found.start() - 500), found.start()):
            yield found["name"]


def _module(name: str) -> str:
    """``@actions/github`` of ``@actions/github/lib/utils``; ``fs/promises`` is one of its own."""
    name = name.removeprefix("node:")
    if name in _modules():
        return name
    return "/".join(name.split("/")[: 2 if name.startswith("@") else 1])


def _files(home: str, name: str) -> Iterator[str]:
    """The files that a relative import can mean, the likeliest first."""
    path = normpath(join(home, name))
    stem, ending = splitext(path)
    if path.startswith("..") or ending == ".json":
        return
    if ending in (".js", ".mjs", ".cjs", *_ENDINGS):
        yield path
        yield stem + ending.replace("js", "ts")
        if ending in _ENDINGS:
            return
    yield from (path + one for one in _ENDINGS[:2])
    yield from (join(path, f"index{one}") for one in _ENDINGS[:2])


@lru_cache(maxsize=64)
def _made(code: str) -> Made | None:
    """What the code asks; None where something in it can't be accounted for."""
    if _BEYOND_READING.search(code):
        return None
    calls: dict[str, Call] = {}
    for route in _ROUTE.finditer(code):
        found = rest.lookup(route["verb"], _SUBSTITUTED.sub(HOLE, route["path"]))
        if found is None:
            return None
        calls[found.what] = found
    spaces = _spaces()
    for chain in _overlapping(_CHAIN, code):
        if chain["space"] not in spaces:
            continue
        found = rest.by_octokit(f"{chain['space']}.{chain['method']}")
        if found is not None:
            calls[found.what] = found
        elif not _BUILT_IN.fullmatch(chain["method"]) and _is_called(code, chain.end()):
            return None
    if not _named(code, spaces):
        return None
    if not all(one.grantable for call in calls.values() for one in (call, *call.alternatives)):
        return None
    event = re.search(r"context\s*\.\s*(?:issue|payload)\b", code) is not None
    elsewhere = re.search(r"\.list|getInput\([^)\n]*(?:number|issue|pull|pr\b)|\.search\b", code)
    return Made(
        tuple(calls[what] for what in sorted(calls)),
        "getIDToken" in code or "ACTIONS_ID_TOKEN" in code,
        event and elsewhere is None,
    )


def _named(code: str, spaces: frozenset[str]) -> bool:
    """Whether all that is taken of a client is a call by its name."""
    for one in _REST.finditer(code):
        pair = f"{one['space']}.{one['method']}"
        if one["behind"] is None or rest.by_octokit(pair) is None:
            return False
    for one in _CALLER.finditer(code):
        behind = code[one.end("name") :][:400]
        if not _ROUTE.match(code, one.start("name")) and not (
            one["name"] == "paginate" and _names_method(behind)
        ):
            return False
    if _NESTED.search(code):
        return False
    clients = "|".join({_CLIENT, *(re.escape(m["name"]) for m in _MADE.finditer(code))})
    taken = re.compile(rf"\b(?:{clients})\s*[!?]?\.\s*(?P<space>\w+)\b(?!\s*[!?]?\.\s*\w)")
    if any(one["space"] in spaces for one in taken.finditer(code)):
        return False
    return re.search(rf"\b(?:{clients}|rest)\s*(?:\?\.)?\s*\[", code) is None


_METHOD = re.compile(
    r"(?:\s*\.\s*iterator)?" + _GENERIC + r"\s*\(\s*[\w.!?\s]{0,80}?"
    r"\b(?P<space>[A-Za-z]+)\s*[!?]?\.\s*(?P<method>\w+)\s*[,)]"
)


def _names_method(behind: str) -> bool:
    """Whether ``paginate`` is handed a method of Octokit by its name."""
    found = _METHOD.match(behind)
    return found is not None and rest.by_octokit(f"{found['space']}.{found['method']}") is not None


def _is_called(code: str, end: int) -> bool:
    return code[end : end + 3].lstrip().startswith("(")


def _overlapping(pattern: re.Pattern[str], code: str) -> Iterator[re.Match[str]]:
    """All matches, also those that begin within another: ``a.b.c`` has ``a.b`` and ``b.c``."""
    at = 0
    while (found := pattern.search(code, at)) is not None:
        yield found
        at = found.start("method")


@lru_cache(maxsize=1)
def _modules() -> frozenset[str]:
    """Modules that send a token nowhere but to GitHub, by calls that are searched for here."""
    text = files("bot.permissions.data").joinpath("javascript.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


@lru_cache(maxsize=1)
def _spaces() -> frozenset[str]:
    """The parts of Octokit that its methods are in."""
    names = (name for row in rest.read_table("endpoints.tsv") for name in row[5].split(" "))
    return frozenset(name.partition(".")[0] for name in names if "." in name)
