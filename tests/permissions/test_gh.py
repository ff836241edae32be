from __future__ import annotations

import shlex

import pytest

from bot.hole import HOLE
from bot.permissions import gh, rest
from bot.permissions.scopes import SCOPES, is_level

H = HOLE
REFS = "contents: write | contents: write & workflows: write"
ROLLUP = "actions: read & checks: read & statuses: read"


def _argv(line: str) -> tuple[str | None, ...]:
    return tuple(None if word == "?" else word for word in shlex.split(line))


@pytest.mark.parametrize(
    ("line", "permissions"),
    [
        pytest.param("release create v1 a.zip --generate-notes", {REFS}, id="release"),
        pytest.param("release new v1", {REFS}, id="alias of create"),
        pytest.param(
            "release create v1 --discussion-category=News",
            {REFS, "discussions: write"},
            id="a discussion with it",
        ),
        pytest.param("release ls", {"contents: read"}, id="alias of list"),
        pytest.param(
            "release view v1 --json isDraft,url",
            {"contents: read", "contents: write"},
            id="drafts are shown to those who may push",
        ),
        pytest.param("pr comment 1 -b hi", {"pull_requests: write"}, id="comment"),
        pytest.param(
            "pr close 1 -d", {"pull_requests: write", "contents: write"}, id="branch goes too"
        ),
        pytest.param(
            "pr close 1 -c -d", {"pull_requests: write"}, id="a value that looks like a flag"
        ),
        pytest.param(
            "pr view 1 --json number,statusCheckRollup",
            {"contents: read & pull_requests: read", ROLLUP},
            id="field of --json",
        ),
        pytest.param(
            "pr view 1 --json number", {"contents: read & pull_requests: read"}, id="other field"
        ),
        pytest.param("pr view 1", {"contents: read & pull_requests: read", ROLLUP}, id="no --json"),
        pytest.param(
            "pr list -l bug", {"pull_requests: read", "issues: read"}, id="label is a search"
        ),
        pytest.param(
            "issue comment 1 -b x", {"issues: write | pull_requests: write"}, id="either of them"
        ),
        pytest.param("issue create -t x -b y", {"issues: write"}, id="issue"),
        pytest.param("secret set NAME", {"secrets: write"}, id="secret"),
        pytest.param("secret set NAME -e prod", {"environments: write"}, id="of an environment"),
        pytest.param("gist create x", {"user gists: write"}, id="any subcommand"),
        pytest.param("repo deploy-key list", {"administration: read"}, id="three words"),
        pytest.param("auth status", set(), id="needs nothing"),
        pytest.param("--version", set(), id="version"),
        pytest.param("pr create --help", set(), id="help"),
        pytest.param("api repos/{owner}/{repo}/issues", {"issues: read"}, id="GET by default"),
        pytest.param("api repos/o/r/issues -f title=x", {"issues: write"}, id="POST with fields"),
        pytest.param("api -XGET repos/o/r/issues -f state=all", {"issues: read"}, id="attached -X"),
        pytest.param("api --method PATCH /repos/o/r -f x=y", {"administration: write"}, id="PATCH"),
        pytest.param(
            "api -H 'Accept: x' --paginate -q .x repos/o/r/releases", {"contents: read"}, id="flags"
        ),
        pytest.param(f"api repos/{H}/releases/tags/{H}", {"contents: read"}, id="holes"),
        pytest.param(
            "api graphql -f query='mutation { createIssue(input: {}) { x } }'",
            {"issues: write"},
            id="GraphQL",
        ),
    ],
)
def test_needs(line: str, permissions: set[str]) -> None:
    call = gh.needs(_argv(line))
    assert ({need.permission for need in call.needs}, call.unknown) == (permissions, ())


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("?", id="command is not known"),
        pytest.param("pr ?", id="subcommand is not known"),
        pytest.param("dash", id="an extension"),
        pytest.param("pr frobnicate", id="no such subcommand"),
        pytest.param("api ?", id="path is not known"),
        pytest.param("api no/such/path", id="no such path"),
        pytest.param("api repos/o/r/issues -X ?", id="method is not known"),
        pytest.param("api graphql --input x.json", id="document in a file"),
        pytest.param("api graphql -F query=@x.graphql", id="document in another file"),
        pytest.param("pr view 1 --json ?", id="fields are not known"),
    ],
)
def test_unknown(line: str) -> None:
    assert gh.needs(_argv(line)).unknown


@pytest.mark.parametrize(
    ("line", "repository"),
    [
        pytest.param("pr list", None, id="that of the directory"),
        pytest.param("pr list -R o/r", "o/r", id="short"),
        pytest.param("pr --repo=o/r list", "o/r", id="before the subcommand"),
        pytest.param("-R o/r pr list", "o/r", id="before the command"),
        pytest.param("pr list -Ro/r", "o/r", id="attached"),
        pytest.param("pr list --repo ?", H, id="not known"),
        pytest.param("repo clone o/r", "o/r", id="argument"),
        pytest.param("api repos/o/r/tags", "o/r", id="in the path"),
        pytest.param("api repos/{owner}/{repo}/tags", None, id="placeholders in the path"),
    ],
)
def test_repository(line: str, repository: str | None) -> None:
    assert gh.needs(_argv(line)).repository == repository


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        pytest.param("auth login --with-token", "login", id="login"),
        pytest.param("auth setup-git", "setup-git", id="git uses the token"),
        pytest.param("pr list", "", id="none"),
    ],
)
def test_effect(line: str, effect: str) -> None:
    assert gh.needs(_argv(line)).effect == effect


def test_hostname() -> None:
    assert gh.needs(_argv("api --hostname ghe.corp user")).hostname == "ghe.corp"


ROWS = list(rest.read_table("gh.tsv"))


def test_table_is_sorted_and_without_doubles() -> None:
    keys = [row[:2] for row in ROWS]
    assert keys == sorted(keys)
    assert len({tuple(key) for key in keys}) == len(keys)


def test_table_has_a_source_in_every_row() -> None:
    assert [row for row in ROWS if len(row) != 6 or not row[5]] == []


def test_table_writes_only_scopes_and_levels_that_exist() -> None:
    grants = {pair for row in ROWS for one in rest.parse_needs(row[2]) for pair in one.items()}
    assert {(s, lv) for s, lv in grants if s not in SCOPES or not is_level(s, lv)} == set()


def test_table_says_what_other_tokens_need_where_github_token_can_never() -> None:
    assert [row[:2] for row in ROWS if row[2] == "never" and not row[3]] == []
