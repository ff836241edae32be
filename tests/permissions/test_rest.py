from __future__ import annotations

import pytest

from bot.hole import HOLE
from bot.permissions import rest
from bot.permissions.scopes import SCOPES, is_level

H = HOLE
R = "/repos/{owner}/{repo}"


def _needs(call: rest.Call | None) -> list[dict[str, str]]:
    assert call is not None
    return [dict(one) for one in call.needs]


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        pytest.param("POST", f"{R}/releases", f"{R}/releases", id="as documented"),
        pytest.param("post", "repos/o/r/releases", f"{R}/releases", id="no slash, lower case"),
        pytest.param("POST", "/repos/:owner/:repo/releases", f"{R}/releases", id="old params"),
        pytest.param("HEAD", "/repos/o/r", R, id="HEAD is a GET"),
        pytest.param("GET", "/repos/o/r/releases/latest", f"{R}/releases/latest", id="word wins"),
        pytest.param("GET", "/repos/o/r/releases/7", f"{R}/releases/{{release_id}}", id="number"),
        pytest.param(
            "GET", "https://api.github.com/repos/o/r/tags?per_page=1", f"{R}/tags", id="host, query"
        ),
        pytest.param(
            "GET", "$GITHUB_API_URL/repos/o/r/tags", f"{R}/tags", id="address in a variable"
        ),
        pytest.param(
            "GET", "${GITHUB_API_URL}/repos/o/r/tags", f"{R}/tags", id="variable in braces"
        ),
        pytest.param("GET", f"{H}/repos/o/r/tags", f"{R}/tags", id="address not known"),
        pytest.param("GET", f"https://{H}/repos/o/r/tags", f"{R}/tags", id="host not known"),
        pytest.param("GET", "https://ghe.corp/api/v3/repos/o/r/tags", f"{R}/tags", id="a GHES"),
        pytest.param(
            "POST",
            f"https://uploads.github.com/repos/o/r/releases/{H}/assets?name=a.zip",
            f"{R}/releases/{{release_id}}/assets",
            id="host of uploads",
        ),
        pytest.param("GET", f"/repos/{H}/releases", f"{R}/releases", id="hole is owner/repo"),
        pytest.param("GET", f"/repos/{H}/{H}/releases", f"{R}/releases", id="hole each"),
        pytest.param("GET", f"/repos/{H}", R, id="nothing behind owner/repo"),
        pytest.param("GET", f"/repos/{H}-x/tags", f"{R}/tags", id="hole in part of a segment"),
        pytest.param("POST", f"/repos/{H}/releases{H}", f"{R}/releases", id="query in a hole"),
        pytest.param(
            "PATCH",
            f"/repos/{H}/git/refs/heads/a/b",
            f"{R}/git/refs/{{ref}}",
            id="ref with slashes",
        ),
        pytest.param(
            "GET", "/repos/o/r/commits/a/b/status", f"{R}/commits/{{ref}}/status", id="ref inside"
        ),
        pytest.param(
            "POST",
            f"/repos/{H}/issues/{H}/comments",
            f"{R}/issues/{{issue_number}}/comments",
            id="holes among words",
        ),
        pytest.param(
            "GET",
            f"/repos/{H}/issues/{H}",
            f"{R}/issues/{{issue_number}}",
            id="hole is a parameter",
        ),
    ],
)
def test_lookup_finds_the_endpoint(method: str, path: str, template: str) -> None:
    call = rest.lookup(method, path)
    assert call is not None
    assert (call.path, call.alternatives) == (template, ())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "https://example.org/repos/o/r", id="another host"),
        pytest.param("GET", "https://github.com/o/r", id="the web site"),
        pytest.param("GET", H, id="nothing known"),
        pytest.param("BREW", "/repos/o/r", id="no such method"),
        pytest.param("GET", "/no/such/thing", id="no such endpoint"),
        pytest.param("GET", "/" + "a/" * 5000, id="long beyond reason"),
        pytest.param("GET", "/" + f"{H}/" * 5000, id="holes beyond reason"),
    ],
)
def test_lookup_says_that_it_does_not_know(method: str, path: str) -> None:
    assert rest.lookup(method, path) is None


@pytest.mark.parametrize(
    ("method", "path", "permissions"),
    [
        pytest.param(
            "POST",
            f"{H}/comments",
            {
                "user gists: write",
                "contents: read",
                "issues: write | pull_requests: write",
                "pull_requests: write",
            },
            id="comments of anything",
        ),
        pytest.param(
            "POST",
            f"/{H}/actions/runners/registration-token",
            {"administration: write", "organization self-hosted-runners: write"},
            id="repository or organisation",
        ),
    ],
)
def test_lookup_gives_all_endpoints_it_can_be(
    method: str, path: str, permissions: set[str]
) -> None:
    call = rest.lookup(method, path)
    assert call is not None
    assert {c.permission for c in (call, *call.alternatives)} == permissions


@pytest.mark.parametrize(
    ("method", "path", "needs"),
    [
        pytest.param("POST", "/repos/o/r/releases", [{"contents": "write"}], id="one scope"),
        pytest.param(
            "POST",
            "/repos/o/r/issues/1/comments",
            [{"issues": "write"}, {"pull-requests": "write"}],
            id="issue or pull request",
        ),
        pytest.param("GET", "/repos/o/r", [{}], id="metadata is always there"),
        pytest.param("GET", "/rate_limit", [{}], id="free"),
        pytest.param(
            "GET", "/search/issues", [{"issues": "read", "pull-requests": "read"}], id="both"
        ),
        pytest.param("POST", "/repos/o/r/actions/runners/registration-token", [], id="never"),
    ],
)
def test_needs(method: str, path: str, needs: list[dict[str, str]]) -> None:
    assert _needs(rest.lookup(method, path)) == needs


def test_a_call_that_no_grant_allows_says_what_another_token_needs() -> None:
    call = rest.lookup("POST", "/repos/o/r/actions/runners/registration-token")
    assert call is not None
    assert (call.grantable, call.permission) == (False, "administration: write")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        pytest.param("repos.createRelease", f"POST {R}/releases", id="current"),
        pytest.param("rest.repos.createRelease", f"POST {R}/releases", id="with rest"),
        pytest.param("repos.createStatus", f"POST {R}/statuses/{{sha}}", id="old name"),
        pytest.param("repos.getArchiveLink", f"GET {R}/tarball/{{ref}}", id="old name and path"),
        pytest.param("projects.createCard", "POST /projects/columns/{column_id}/cards", id="gone"),
    ],
)
def test_by_octokit(name: str, what: str) -> None:
    call = rest.by_octokit(name)
    assert call is not None
    assert call.what == what


def test_by_octokit_does_not_know_every_name() -> None:
    assert rest.by_octokit("repos.createMiracle") is None


ROWS = list(rest.read_table("endpoints.tsv"))


def test_table_is_sorted_by_path_and_method() -> None:
    keys = [(path, method) for method, path, *_ in ROWS]
    assert keys == sorted(set(keys))


def test_table_has_a_source_in_every_row() -> None:
    assert [row for row in ROWS if len(row) != 7 or not row[6]] == []


def test_table_writes_only_scopes_and_levels_that_exist() -> None:
    grants = {pair for row in ROWS for one in rest.parse_needs(row[2]) for pair in one.items()}
    assert {(s, lv) for s, lv in grants if s not in SCOPES or not is_level(s, lv)} == set()


def test_table_says_what_other_tokens_need_where_github_token_can_never() -> None:
    assert [row[:2] for row in ROWS if row[2] == "never" and not row[3]] == []


def test_table_names_no_octokit_method_twice() -> None:
    names = [name for row in ROWS for name in row[5].split()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_template_finds_its_own_row(row: list[str]) -> None:
    call = rest.lookup(row[0], row[1])
    assert call is not None
    assert (call.method, call.path, call.alternatives) == (row[0], row[1], ())
