"""The table of what rules publish: whole, in form, and careful where it lets a probe fail a run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from bot.permissions import actions, commands, publishing
from bot.permissions.publishing import Publishes, lookup
from bot.permissions.rest import parse_needs, read_table
from bot.permissions.tools import containers, packages

Rule = tuple[str, str]

_SCOPES = ("contents", "packages", "id-token")
_ROWS = [tuple(row) for row in read_table("publishing.tsv")]
_PUBLISHES = {
    "contents": {"release", "tag", "branch", "quick"},
    "packages": {"image", "package", "quick"},
    "id-token": {"oidc", "quick"},
}

# Rules that are written down in code, by the module and the expression that does it. Where a new
# one turns up, the rules that it can make belong into `_spoken` and into the table.
_SITES = {
    "tools/containers.py": {"f'{program} {first}'", "f'cosign {first}'"},
    "tools/git.py": {"'git push'"},
    "tools/packages.py": {
        "'npm publish'",
        "'npm publish --provenance'",
        "f'{program} publish'",
        "f'{texts[0]} push'",
    },
    "run.py": {"'$ACTIONS_ID_TOKEN_REQUEST_URL'"},
    "githubscript.py": {"'core.getIDToken'"},
    "follow.py": {"_shown(what)"},
    "reusable.py": {"'reusable workflow'"},
    "tools/github.py": {"f'hub {texts[0]}'"},
}
_ELSEWHERE = {
    "need.what": "endpoints.tsv, gh.tsv and graphql.tsv",
    "row.name": "the tables of actions and tools",
    "self.name": "configurations",
    "rule": "the callers",
    "probes.RULE": "no publishing: what a preflight probe asks for",
}
_CONFIGURED = {
    "changesets": ("packages", "id-token"),
    "goreleaser": ("contents", "packages", "id-token"),
    "release-it": ("contents", "packages", "id-token"),
    "release-plz": ("id-token",),
    "semantic-release": ("packages", "id-token"),
}
_BY_FLAG = ("docker build", "nerdctl build")
_COSIGN = ("sign", "sign-blob", "attest", "attest-blob")


def _tabled() -> Iterator[Rule]:
    for row in actions.all_rows():
        for need in row.needs:
            yield from ((row.name, s) for s in _SCOPES if need.scopes.get(s) == "write")
    cells = [(f"{method} {path}", cell) for method, path, cell, *_ in read_table("endpoints.tsv")]
    cells += [(f"gh {command}", cell) for command, _, cell, *_ in read_table("gh.tsv")]
    cells += [
        (f"mutation {name}", cell)
        for kind, name, cell, *_ in read_table("graphql.tsv")
        if kind == "mutation"
    ]
    for rule, cell in cells:
        for grants in parse_needs(cell):
            yield from ((rule, s) for s in _SCOPES if grants.get(s) == "write")


def _spoken() -> Iterator[Rule]:
    for program, verbs in containers._WRITES.items():
        yield from ((f"{program} {verb.split()[0]}", "packages") for verb in verbs)
    yield from ((rule, "packages") for rule in _BY_FLAG)
    yield from ((f"cosign {verb}", "id-token") for verb in _COSIGN)
    for name, handler in commands._HANDLERS.items():
        if handler is packages.jvm:
            yield f"{name} publish", "packages"
        elif handler is packages.python:
            yield f"{name} publish", "id-token"
        elif handler is packages.by_url:
            yield f"{name} push", "packages"
    yield from ((f"{name} publish", "id-token") for name in ("uv", "pdm", "poetry", "hatch"))
    yield from ((f"{name} publish", "packages") for name in ("gradlew", "mvnw"))
    yield "dotnet push", "packages"
    yield "npm publish", "packages"
    yield from (("npm publish", "id-token"), ("npm publish --provenance", "id-token"))
    yield from (("git push", "contents"), ("hub push", "contents"), ("hub release", "contents"))
    yield from ((r, "id-token") for r in ("core.getIDToken", "$ACTIONS_ID_TOKEN_REQUEST_URL"))
    yield from (("reusable workflow", scope) for scope in _SCOPES)
    for tool, scopes in _CONFIGURED.items():
        yield from ((tool, scope) for scope in scopes)


_RULES = {*_tabled(), *_spoken()}


def _sources() -> Iterator[tuple[str, ast.Module]]:
    root = Path(str(files("bot.permissions")))
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _sites() -> Iterator[tuple[str, str]]:
    """Module and expression of every rule that a call writes down with one of the scopes."""
    for name, module in _sources():
        for node in ast.walk(module):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "_oidc":
                yield name, ast.unparse(node.args[1])
            elif called.endswith("frame.need") and _may_write(node.args[0]):
                yield name, ast.unparse(node.args[2])


def _may_write(grants: ast.expr) -> bool:
    """Whether grants can hold one of the scopes for writing; what is no literal can."""
    if not isinstance(grants, ast.Dict):
        return True
    names = [k.value if isinstance(k, ast.Constant) else None for k in grants.keys]
    levels = [v.value if isinstance(v, ast.Constant) else None for v in grants.values]
    pairs = zip(names, levels, strict=True)
    return any(n in (*_SCOPES, None) and v in ("write", None) for n, v in pairs)


def test_every_rule_that_can_publish_is_told() -> None:
    assert sorted(_RULES - {(row[0], row[1]) for row in _ROWS}) == []


def test_no_row_is_for_a_rule_that_nothing_makes() -> None:
    assert sorted({(row[0], row[1]) for row in _ROWS} - _RULES) == []


def test_no_other_place_makes_rules() -> None:
    known = {(module, rule) for module, rules in _SITES.items() for rule in rules}

    assert {site for site in _sites() if site[1] not in _ELSEWHERE} == known


def test_configurations_write_down_what_is_told_of_them() -> None:
    written = {
        (name, node.args[0].value)
        for name, module in _sources()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("tool.need", "self.need")
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in _SCOPES
    }

    assert written == {
        ("configs/goreleaser.py", "contents"),
        ("configs/goreleaser.py", "packages"),
        ("configs/goreleaser.py", "id-token"),
        ("configs/npm.py", "contents"),
        ("configs/npm.py", "packages"),
        ("configs/npm.py", "id-token"),
        ("configs/release_plz.py", "id-token"),
        ("configs/tool.py", "id-token"),
    }


def test_rows_are_sorted_and_stand_once() -> None:
    keys = [(row[0], row[1]) for row in _ROWS]

    assert keys == sorted(set(keys))


def test_values_are_of_the_fixed_sets() -> None:
    odd = [row for row in _ROWS if row[2] not in _PUBLISHES[row[1]] or row[3] not in ("yes", "no")]

    assert odd == []


def test_sources_are_addresses_of_one_state_or_the_row_itself() -> None:
    permalink = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+/blob/[0-9a-f]{40}/\S+")
    odd = [row for row in _ROWS if row[4] != "row" and not permalink.fullmatch(row[4])]

    assert odd == []


def test_a_run_can_fail_only_for_what_a_probe_can_tell() -> None:
    odd = [row for row in _ROWS if row[2] in ("quick", "package") and row[3] != "yes"]

    assert odd == []


def test_a_run_can_fail_for_an_action_only_by_its_code() -> None:
    named = {row.name for row in actions.all_rows() if "/" in row.name}
    unread = [row[0] for row in _ROWS if row[0] in named and row[3] == "no" and row[4] == "row"]

    assert unread == []


@pytest.mark.parametrize(
    ("rule", "scope", "publishes", "decides"),
    [
        pytest.param(
            "softprops/action-gh-release", "contents", "release", False, id="always writes"
        ),
        pytest.param("semantic-release", "contents", "release", True, id="by the commits"),
        pytest.param("ncipollo/release-action", "contents", "release", True, id="may skip"),
        pytest.param("gh release create", "contents", "release", False, id="a command"),
        pytest.param("gh pr merge", "contents", "quick", True, id="no publishing"),
        pytest.param("git push", "contents", "branch", False, id="refused before it compares"),
        pytest.param(
            "peaceiris/actions-gh-pages", "contents", "branch", False, id="pushes what is there"
        ),
        pytest.param(
            "jamesives/github-pages-deploy-action",
            "contents",
            "branch",
            True,
            id="pushes what is new",
        ),
        pytest.param("docker push", "packages", "image", False, id="an image"),
        pytest.param("docker buildx", "packages", "image", True, id="may name what it reads"),
        pytest.param("npm publish", "packages", "package", True, id="no probe is known"),
        pytest.param("npm publish", "id-token", "oidc", True, id="the same rule, another scope"),
        pytest.param("azure/login", "id-token", "quick", True, id="a login"),
        pytest.param("actions/attest", "id-token", "oidc", False, id="asks first of all"),
    ],
)
def test_lookup(rule: str, scope: str, publishes: str, decides: bool) -> None:
    found = lookup(rule, scope)

    assert found is not None
    assert (found.publishes, found.decides) == (Publishes(publishes), decides)


@pytest.mark.parametrize(
    ("rule", "scope"),
    [
        pytest.param("git push", "packages", id="another scope"),
        pytest.param("./gradlew pushImage", "packages", id="a script"),
        pytest.param("", "contents", id="nothing"),
    ],
)
def test_lookup_of_what_is_not_told(rule: str, scope: str) -> None:
    assert lookup(rule, scope) is None


def test_the_table_is_read_once() -> None:
    assert publishing._table() is publishing._table()
