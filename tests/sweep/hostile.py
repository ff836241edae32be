"""An organisation whose repositories were made to hurt whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.forge.bare import Content, Symlink
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.meanwhile import meanwhile
from tests.stories.teller import CHECKS, CI

OWNER = "acme"
GOOD = f"{OWNER}/good"
SETTINGS = ".github/clearance.yml"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\r"
_LINK = "160000"
_COMMIT = "1" * 40

Files = Mapping[str, Content]


def _steps(text: str) -> str:
    return f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{text}"


def _uses(what: str) -> str:
    return _steps(f"      - uses: {what}\n")


def _runs(script: str) -> str:
    return _steps(f"      - run: {script}\n")


def _aliases(top: str) -> str:
    """Ten lines that stand for 9 ** 9 values."""
    lines = ['a0: &a0 ["x"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines) + f"\n{top}\n"


def _named(name: str) -> str:
    """A workflow whose names are all the same text, as a double-quoted scalar of YAML."""
    body = CHECKS.replace("  test:\n", f"  test:\n    name: {name}\n")
    return f"name: {name}\n{body}".replace(
        "      - uses: actions/checkout@v4",
        f"      - name: {name}\n        uses: actions/checkout@v4",
    )


def _jobs(count: int, needs: Callable[[int], str]) -> str:
    jobs = "".join(
        f"  j{n}:\n    needs: [{needs(n)}]\n    runs-on: x\n    steps:\n      - run: make\n"
        for n in range(count)
    )
    return f"on: push\njobs:\n{jobs}"


_PINGS = "@everyone @acme/owners\nCloses #1, fixes acme/good#1\n<!-- never closed\n"

PLAIN: Mapping[str, Files] = {
    "link-to-a-file": {CI: Symlink("/etc/passwd")},
    "link-out-of-it": {CI: Symlink("../../../../../../etc/passwd")},
    "link-to-itself": {CI: Symlink("ci.yml")},
    "link-for-a-folder": {".github/workflows": Symlink("/etc")},
    "link-for-the-settings": {CI: CHECKS, SETTINGS: Symlink("/etc/passwd")},
    "link-for-an-action": {CI: _uses("./a"), "a/action.yml": Symlink("/etc/passwd")},
    "folder-is-a-file": {".github/workflows": "Hello\n"},
    "workflow-is-a-folder": {f"{CI}/x.yml": CHECKS, ".github/workflows/b.yml": CHECKS},
    "filters": {
        CI: CHECKS,
        ".gitattributes": "* filter=trap diff=trap merge=trap text working-tree-encoding=UTF-16\n",
        ".gitconfig": '[filter "trap"]\n\tsmudge = TRAP\n\tclean = TRAP\n',
    },
    "lfs": {
        CI: "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 9\n",
        ".gitattributes": "*.yml filter=lfs diff=lfs merge=lfs -text\n",
        ".lfsconfig": "[lfs]\n\turl = ext::TRAP\n",
    },
    "hooks": {CI: CHECKS, "hooks/post-checkout": "TRAP", ".githooks/pre-push": "TRAP"},
    "ext-in-gitmodules": {
        CI: CHECKS,
        ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = "ext::TRAP"\n',
    },
    "aliases": {CI: _aliases("on: push\njobs: *a9")},
    "merged-aliases": {CI: "a: &a {b: 1}\n" + "on: push\njobs: {x: {<<: [*a, *a, *a]}}\n" * 2},
    "steps": {CI: _steps("      - run: make\n" * 20_000)},
    "jobs": {CI: _jobs(400, lambda n: f"j{n - 1}" if n else "")},
    "circle-of-jobs": {CI: _jobs(20, lambda n: f"j{(n + 1) % 20}")},
    "deep-flow": {CI: "on: " + "[" * 50_000},
    "deep-blocks": {CI: "".join(f"{' ' * n}a:\n" for n in range(1_000))},
    "deep-lists": {CI: "on: push\njobs:\n  " + "- " * 50_000 + "x\n"},
    "deep-expression": {CI: _runs("echo ${{ " + "(" * 20_000 + " }}")},
    "deep-script": {CI: _runs("echo " + "$(" * 20_000)},
    "deep-json": {CI: _runs("npm run x"), "package.json": '{"a":' * 20_000},
    "long-line": {CI: _runs("echo " + "a" * 1_000_000)},
    "too-large": {CI: CHECKS + "#" * 3_000_000},
    "large-folder": {
        f".github/workflows/w{n}.yml": CHECKS
        + f"# {n}\n"
        + "# ..............................\n" * 60_000
        for n in range(16)
    },
    "zeros": {CI: b"on: push\n\0\0\0"},
    "utf-16": {CI: CHECKS.encode("utf-16")},
    "no-text": {CI: bytes(range(128, 256)) * 100},
    "tags": {CI: "on: !!python/object/apply:os.system ['TRAP']\njobs: {}\n"},
    "documents": {CI: "---\n" * 10_000},
    "keys-twice": {CI: CHECKS + CHECKS},
    "escapes": {CI: _named('"\\e]0;owned\\a\\e[2J\\x9b31m\\r"')},
    "raw-escapes": {CI: _named("'" + ESCAPES + "'")},
    "markup": {CI: _named("'</script><script>alert(1)</script><img src=x onerror=alert(1)>'")},
    "markdown": {CI: _named("'--> | `` ``` @acme/owners [x](javascript:a) <!-- <details>'")},
    "both-ways": {CI: _named("'\u202egpj.\u2066x\u2069 \ufeff'")},
    "commands": {CI: _named('"::error::x\\n::add-mask::x\\n##[group]x\\n::stop-commands::x"')},
    "settings-bomb": {CI: CHECKS, SETTINGS: _aliases("labels: *a9")},
    "settings-deep": {CI: CHECKS, SETTINGS: "labels: " + "[" * 50_000},
    "settings-large": {CI: CHECKS, SETTINGS: "labels: [" + "a, " * 1_000_000 + "a]\n"},
    "settings-branch": {CI: CHECKS, SETTINGS: "branch: --upload-pack=TRAP\n"},
    "template-pings": {CI: CHECKS, ".github/pull_request_template.md": _PINGS},
    "template-large": {CI: CHECKS, "PULL_REQUEST_TEMPLATE.md": "[ ] x\n" * 200_000},
    "action-calls-itself": {
        CI: _uses("./a"),
        "a/action.yml": "name: a\nruns:\n  using: composite\n  steps:\n    - uses: ./a\n",
    },
    "calls-itself": {CI: f"on: workflow_call\njobs:\n  a:\n    uses: ./{CI}\n"},
    "action-outside": {CI: _uses("./../../../../../../etc")},
    "names": {f".github/workflows/{ESCAPES}<b>`|.yml": CHECKS, ".github/workflows/-x.yml": CHECKS},
}
"""By name: what lies in it. ``TRAP`` is a program that leaves a file behind."""


def _tree(repo: Repository, *entries: tuple[str, str, str]) -> str:
    """A tree of entries (mode, name, hash) as they are, whatever git would say of them."""
    data = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
    words = ("hash-object", "-w", "-t", "tree", "--literally", "--stdin")
    return repo.git.run(*words, data=data)


def _with(repo: Repository, *entries: tuple[str, str, str]) -> None:
    """Let the default branch have these entries instead of what it has."""
    tree = _tree(repo, *sorted(entries, key=lambda entry: entry[1]))
    made = repo.git.commit_tree(tree, (), "Change", "mona <mona@users.noreply.github.com>")
    repo.git.update(f"refs/heads/{repo.default_branch}", made)


def _named_entry(mode: str, name: str) -> Callable[[Repository], None]:
    def change(repo: Repository) -> None:
        folder = repo.find("HEAD:.github")
        workflow = repo.find(f"HEAD:{CI}")
        assert folder
        assert workflow
        oid = {"100644": workflow.oid, "40000": folder.oid, _LINK: _COMMIT}[mode]
        _with(repo, (mode, name, oid), ("40000", ".github", folder.oid))

    return change


def _inside(mode: str, name: str) -> Callable[[Repository], None]:
    """An entry of that kind where a folder of workflows, or a workflow, is looked for."""

    def change(repo: Repository) -> None:
        workflow = repo.find(f"HEAD:{CI}")
        assert workflow
        oid = _COMMIT if mode == _LINK else workflow.oid
        folder = (mode, "workflows", oid)
        if name:
            folder = ("40000", "workflows", _tree(repo, (mode, name, oid)))
        _with(repo, ("40000", ".github", _tree(repo, folder)))

    return change


BENT: Mapping[str, Callable[[Repository], None]] = {
    "name-goes-up": _named_entry("100644", "../../../../../../../../tmp/sprung"),
    "name-is-up": _named_entry("40000", ".."),
    "name-is-git": _named_entry("40000", ".git"),
    "name-is-git-too": _named_entry("40000", "GIT~1"),
    "workflow-goes-up": _inside("100644", "../../../../sprung.yml"),
    "workflow-is-a-submodule": _inside(_LINK, "ci.yml"),
    "folder-is-a-submodule": _inside(_LINK, ""),
}
"""By name: what is done to a repository's objects."""


def _deleted(repo: Repository) -> None:
    repo.deleted = True


def _archived(repo: Repository) -> None:
    repo.archived = True


MOVING: Mapping[str, Callable[[Repository], None]] = {
    "pushed-to": lambda repo: _end(repo.human.push({CI: CHECKS.replace("test", "other")})),
    "emptied": lambda repo: _end(repo.human.push({CI: None, "README.md": "x"})),
    "deleted": _deleted,
    "archived": _archived,
}
"""By name: what happens to a repository when it is first cloned."""


def _end(_commit: object) -> None:
    """Nothing; what a push gives is not needed."""


def organisation(hub: GitHub, trap: Path) -> frozenset[str]:
    """Make it; the names of its repositories."""
    hub.repository(GOOD, {CI: CHECKS})
    for name, files in PLAIN.items():
        hub.repository(f"{OWNER}/{name}", {path: _armed(files[path], trap) for path in files})
    for name, bend in BENT.items():
        bend(hub.repository(f"{OWNER}/{name}", {CI: CHECKS}))
    for name, happens in MOVING.items():
        repo = hub.repository(f"{OWNER}/{name}", {CI: CHECKS})
        path = f"GET /{OWNER}/{name}.git/"
        meanwhile(hub, path, lambda repo=repo, happens=happens: happens(repo))  # type: ignore[misc]
    return frozenset(one.full_name for one in hub.world)


def _armed(content: Content, trap: Path) -> Content:
    return content.replace("TRAP", str(trap)) if isinstance(content, str) else content
