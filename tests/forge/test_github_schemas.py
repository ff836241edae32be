"""What is not GitHub's is found, in requests and in the stand-in's own answers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from graphql import GraphQLObjectType, build_schema

from tests.forge import shapes
from tests.forge.github import GitHub
from tests.forge.graph import KIND
from tests.forge.repository import Repository
from tests.forge.schemas import openapi, package
from tests.forge.schemas_graphql import answer_problems, official
from tests.forge.talk import BRANCH, call


@pytest.fixture
def descriptions() -> None:
    """Ends the test where GitHub's descriptions of its APIs are not installed."""
    if package("openapi") and package("graphql-schema"):
        return
    reason = "needs @octokit/openapi and @octokit/graphql-schema in CLEARANCE_ORACLES"
    if os.environ.get("CLEARANCE_REQUIRE_ORACLES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("GET", "/repos/octo/demo/pulls?page=x", None, "parameter page"),
        ("GET", "/repos/octo/demo/pulls?size=5", None, "no parameter size"),
        ("PATCH", "/repos/octo/demo/pulls/1", {"labels": []}, "GitHub knows no labels"),
        ("PATCH", "/repos/octo/demo/pulls/1", {"title": 5}, "5 is not of type 'string'"),
        ("GET", "/repos/octo/demo/pull/1", None, "no such operation"),
        ("POST", "/graphql", {"query": "{ viewer { name2 } }"}, "Cannot query field 'name2'"),
    ],
)
@pytest.mark.usefixtures("descriptions")
def test_a_request_that_is_not_github_s_is_a_problem(
    method: str, path: str, body: object, problem: str, hub: GitHub, repo: Repository
) -> None:
    repo.human.push({"a": "b"}, BRANCH)
    repo.human.open(BRANCH)
    call(hub, method, path, body)
    assert problem in "\n".join(hub.problems)
    hub.problems.clear()


@pytest.mark.usefixtures("descriptions")
def test_an_answer_that_is_not_github_s_is_a_problem(hub: GitHub, repo: Repository) -> None:
    repo.private = "no"  # type: ignore[assignment]
    repo.name = None  # type: ignore[assignment]
    answer = shapes.minimal_repository(hub.api_url, repo)
    described = openapi()
    assert described
    wrong = described.problems("GET", "/repos/octo/demo", "", b"", 200, json.dumps(answer).encode())
    assert any("private" in one for one in wrong)
    query = 'query { repository(owner: "octo", name: "demo") { visibility } }'
    data = {"repository": {"visibility": "SECRET", KIND: "Repository"}, KIND: "Query"}
    assert "SECRET" in answer_problems(query, None, {"data": data})[0]


def test_problems_fail_the_test_that_made_them() -> None:
    hub = GitHub()
    hub.problems.append("made up")
    hub.__enter__()
    with pytest.raises(AssertionError, match="made up"):
        hub.__exit__(None, None, None)


@pytest.mark.usefixtures("descriptions")
def test_the_stand_in_s_own_schema_is_a_part_of_github_s() -> None:
    whole = official()
    assert whole is not None
    assert openapi() is not None
    own = build_schema(Path(__file__).with_name("github.graphql").read_text())
    for name, kind in own.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            theirs = whole.type_map[name]
            assert isinstance(theirs, GraphQLObjectType)
            for field, one in kind.fields.items():
                assert str(one.type) == str(theirs.fields[field].type), f"{name}.{field}"
                assert one.args.keys() <= theirs.fields[field].args.keys(), f"{name}.{field}"
