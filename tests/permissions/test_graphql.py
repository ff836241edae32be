from __future__ import annotations

import pytest

from bot.hole import HOLE
from bot.permissions import graphql, rest
from bot.permissions.scopes import SCOPES, is_level

H = HOLE
REPOSITORY = 'repository(owner: "o", name: "r")'


def _scopes(document: str) -> set[str]:
    return {need.permission for need in graphql.needs(document).needs}


@pytest.mark.parametrize(
    ("document", "permissions"),
    [
        pytest.param("{ viewer { login } }", set(), id="the viewer is free"),
        pytest.param(f"{{ {REPOSITORY} {{ id name }} }}", set(), id="the repository itself"),
        pytest.param(
            f"query Q($n: Int = 1) {{ {REPOSITORY} {{ pullRequest(number: $n) {{ title }} }} }}",
            {"pull_requests: read"},
            id="pull request",
        ),
        pytest.param(
            f"{{ {REPOSITORY} {{ alias: issues(first: 1) {{ nodes {{ id }} }} }} }}",
            {"issues: read"},
            id="under an alias",
        ),
        pytest.param(
            f"{{ {REPOSITORY} {{ issues @include(if: true) {{ totalCount }} }} }}",
            {"issues: read"},
            id="behind a directive",
        ),
        pytest.param(
            f"{{ {REPOSITORY} {{ labels(first: 1) {{ nodes {{ id }} }} }} }}",
            {"issues: read | pull_requests: read"},
            id="labels of the repository",
        ),
        pytest.param(
            f"{{ {REPOSITORY} {{ issue(number: 1) {{ labels {{ totalCount }} }} }} }}",
            {"issues: read"},
            id="labels of an issue",
        ),
        pytest.param(
            f"{{ {REPOSITORY} {{ projectsV2(first: 1) {{ nodes {{ id }} }} }} }}",
            {"organization projects: read"},
            id="beyond GITHUB_TOKEN",
        ),
        pytest.param(
            '{ node(id: "x") { ... on CheckSuite { id } } }', {"checks: read"}, id="typed node"
        ),
        pytest.param(
            f"fragment F on Discussion {{ id }} {{ {REPOSITORY} {{ ...F }} }}",
            {"discussions: read"},
            id="fragment",
        ),
        pytest.param(
            '{ search(type: ISSUE, query: "is:pr") { issueCount } }',
            {"issues: read & pull_requests: read"},
            id="search",
        ),
        pytest.param(
            'mutation { addComment(input: {body: "} mutation {"}) { clientMutationId } }',
            {"issues: write | pull_requests: write"},
            id="braces in a string",
        ),
        pytest.param(
            'mutation { createIssue(input: {body: """a "quoted" { """}) { clientMutationId } }',
            {"issues: write"},
            id="block string",
        ),
        pytest.param(
            "mutation { # resolveReviewThread\n createRef(input: {}) { clientMutationId } }",
            {"contents: write | contents: write & workflows: write"},
            id="comment",
        ),
        pytest.param(
            "mutation M { a: closeIssue(input: {}) { x } b: mergeBranch(input: {}) { x } }",
            {"issues: write", "contents: write | contents: write & workflows: write"},
            id="two mutations",
        ),
        pytest.param(
            f'mutation {{ createIssue(input: {{title: "{H}"}}) {{ clientMutationId }} }}',
            {"issues: write"},
            id="hole in a string",
        ),
    ],
)
def test_needs(document: str, permissions: set[str]) -> None:
    assert (_scopes(document), graphql.needs(document).unknown) == (permissions, ())


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("", id="empty"),
        pytest.param("hello", id="no GraphQL"),
        pytest.param("{ viewer { login }", id="cut off"),
        pytest.param("{" * 50_000, id="deep"),
        pytest.param("{a" * 50_000, id="deep fields"),
        pytest.param('"""' * 50_000, id="quotes"),
        pytest.param("{ viewer { login } }" + " " * 300_000, id="too long"),
        pytest.param(H, id="nothing known"),
        pytest.param(f"{{ {REPOSITORY} {{ {H} }} }}", id="hole among the fields"),
        pytest.param(f"{{ {REPOSITORY} {{ ...F }} }}", id="fragment of elsewhere"),
        pytest.param('{ node(id: "x") { id } }', id="node of no type"),
        pytest.param("query($t: SearchType!) { search(type: $t) { id } }", id="search by variable"),
        pytest.param("mutation { makeCoffee { cup } }", id="no such mutation"),
        pytest.param("{ coffee { cup } }", id="no such root"),
        pytest.param("subscription { x { y } }", id="subscription"),
    ],
)
def test_unknown(document: str) -> None:
    assert graphql.needs(document).unknown


def test_a_mutation_that_no_grant_allows() -> None:
    (need,) = graphql.needs("mutation { updateProjectV2(input: {}) { clientMutationId } }").needs
    assert (need.grantable, need.needs) == (False, ())


ROWS = list(rest.read_table("graphql.tsv"))


def test_table_is_sorted_and_without_doubles() -> None:
    keys = [row[:2] for row in ROWS]
    assert keys == sorted(keys)
    assert len({tuple(key) for key in keys}) == len(keys)


def test_table_has_a_source_in_every_row() -> None:
    assert [row for row in ROWS if len(row) != 5 or not row[4]] == []


def test_table_names_only_endpoints_that_the_rest_table_has() -> None:
    twins = {row[4].removeprefix("as ") for row in ROWS if row[4].startswith("as ")}
    endpoints = {f"{method} {path}" for method, path, *_ in rest.read_table("endpoints.tsv")}
    assert twins - endpoints == set()


def test_table_writes_only_scopes_and_levels_that_exist() -> None:
    grants = {pair for row in ROWS for one in rest.parse_needs(row[2]) for pair in one.items()}
    assert {(s, lv) for s, lv in grants if s not in SCOPES or not is_level(s, lv)} == set()
