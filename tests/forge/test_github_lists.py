"""The stand-in's lists of repositories, what they cost, and repositories that weigh nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from tests.forge.github import GitHub
from tests.forge.graph_cost import points, requests
from tests.forge.talk import BRANCH, CI, FILES, ask, call, changed, git

_DOCUMENTED = """
query Costs($size: Int!) {
  viewer {
    repositories(first: 100) {
      nodes { ...Issues }
    }
  }
}
fragment Issues on Repository {
  issues(first: $size) {
    nodes { ... on Issue { labels(first: 60) { nodes { name } } } }
  }
}
"""


@pytest.mark.parametrize(
    ("size", "asked", "cost"), [(50, 5101, 51), (0, 101, 1), (1, 201, 2)], ids=str
)
def test_a_query_costs_what_github_documents(size: int, asked: int, cost: int) -> None:
    assert requests(parse(_DOCUMENTED), {"size": size}) == asked
    assert points(asked) == cost


def test_a_query_that_takes_too_many_requests_gets_no_answer(hub: GitHub) -> None:
    hub.token("tok")
    hub.limits.requests = 1
    hub.light("octo/a", FILES)
    query = """query($size: Int!) { repositoryOwner(login: "octo") { repositories(first: $size) {
        nodes { pullRequests(first: 1) { totalCount } } } } }"""
    assert (
        call(hub, "POST", "/graphql", {"query": query, "variables": {"size": 1}}).status_code == 502
    )
    hub.limits.requests = 2
    found = ask(hub, query, size=1)["data"]["repositoryOwner"]["repositories"]["nodes"]
    assert found == [{"pullRequests": {"totalCount": 0}}]


def test_a_light_repository_is_on_disk_once_it_is_needed(hub: GitHub, tmp_path: Path) -> None:
    hub.token("tok")
    light = hub.light("octo/light", {**FILES, "a/b/c.txt": "deep\n", "a-b": "x"})
    query = """query { repository(owner: "octo", name: "light") {
        defaultBranchRef { name target { oid } }
        object(expression: "HEAD:.github/workflows") {
            oid ... on Tree { entries { name oid mode } }
        }
        file: object(expression: "HEAD:a/b/c.txt") { ... on Blob { text } } } }"""
    before = ask(hub, query)
    assert before["data"]["repository"]["file"] == {"text": "deep\n"}
    assert not list(hub.world.folder.glob("*.git"))
    folder = changed(light, tmp_path)
    assert (folder / "a" / "b" / "c.txt").read_text() == "deep\n"
    assert ask(hub, query) == before
    pushed = git(folder, "push", "-q", "origin", f"HEAD:refs/heads/{BRANCH}")
    assert pushed.returncode == 0, pushed.stderr
    assert light.text(CI, BRANCH) == "on: pull_request\n"
    assert light.human.open(BRANCH).is_open


def test_there_are_fewer_processes_than_repositories(hub: GitHub) -> None:
    repos = [hub.repository(f"octo/r{number}", {"a": str(number)}) for number in range(70)]
    for _ in range(2):
        assert [repo.text("a") for repo in repos] == [str(number) for number in range(70)]
    assert sum(repo.git.reads for repo in repos) <= 64
