"""The stand-in fails as it is told, counts, and keeps what passed."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.forge.faults import SECONDARY, Cut, status
from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.forge.talk import call, changed, git, overview


def test_calls_are_counted_until_none_is_left(hub: GitHub, repo: Repository) -> None:
    hub.limits.core = 2
    first = call(hub, "GET", "/repos/octo/demo")
    assert first.headers["X-RateLimit-Remaining"] == "1"
    same = call(hub, "GET", "/repos/octo/demo", **{"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.text) == (304, "")
    rate = call(hub, "GET", "/rate_limit").json()["resources"]
    assert (rate["core"]["remaining"], rate["graphql"]["remaining"]) == (1, 5000)
    call(hub, "GET", "/repos/octo/demo")
    over = call(hub, "GET", "/repos/octo/demo")
    assert (over.status_code, over.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert "API rate limit exceeded" in over.json()["message"]


def test_graphql_says_its_limit_with_200(hub: GitHub, repo: Repository) -> None:
    hub.limits.graphql = 0
    assert overview(hub)["errors"][0]["type"] == "RATE_LIMITED"


def test_too_many_writes_meet_the_secondary_limit(hub: GitHub, repo: Repository) -> None:
    hub.limits.creations_a_minute = 1
    body = {"ref": "refs/heads/x", "sha": repo.head}
    path = "/repos/octo/demo/git/refs"
    assert call(hub, "POST", path, body).status_code == 201
    over = call(hub, "POST", path, body)
    assert (over.status_code, over.headers["Retry-After"]) == (403, "60")


@pytest.mark.parametrize(("cut", "there"), [(Cut.BEFORE, False), (Cut.AFTER, True)])
def test_a_connection_is_cut_before_or_after_the_effect(
    cut: Cut, there: bool, hub: GitHub, repo: Repository, tmp_path: Path
) -> None:
    body = {"ref": "refs/heads/x", "sha": repo.head}
    hub.fault("POST /repos/octo/demo/git/refs", cut)
    with pytest.raises(requests.ConnectionError):
        call(hub, "POST", "/repos/octo/demo/git/refs", body)
    assert ("x" in repo.branches) == there
    folder = changed(repo, tmp_path)
    hub.fault(lambda one: one.operation == "git-receive-pack" and one.method == "POST", cut)
    assert git(folder, "push", "origin", "HEAD:refs/heads/y").returncode
    assert ("y" in repo.branches) == there
    assert git(folder, "push", "origin", "HEAD:refs/heads/z").returncode == 0


def test_a_fault_comes_as_often_as_asked(hub: GitHub, repo: Repository) -> None:
    hub.fault("GET /repos/octo/demo", status(503), times=2, after=1)
    hub.fault("Overview", SECONDARY)
    statuses = [call(hub, "GET", "/repos/octo/demo").status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert "secondary" in overview(hub)["message"]
    assert "data" in overview(hub)


def test_a_call_hangs_until_the_end() -> None:
    with GitHub() as hub:
        hub.token("tok")
        hub.fault("GET /user", Cut.HANG)
        with pytest.raises(requests.Timeout):
            requests.get(f"{hub.api_url}/user", headers={"Authorization": "token tok"}, timeout=0.2)


def test_what_passed_is_kept(hub: GitHub, repo: Repository) -> None:
    call(hub, "GET", "/repos/octo/demo?x=1")
    hub.problems.clear()
    overview(hub)
    assert hub.calls.lines() == ["GET /repos/octo/demo?x=1 200", "POST /graphql Overview 200"]
    _, graph = hub.calls
    assert (graph.token, graph.data()["variables"]["owner"]) == ("tok", "octo")
    assert graph.sent == len(graph.response) > 500
    assert hub.calls.writes == ()


def test_an_enterprise_server_is_found_below_its_paths(hub: GitHub, repo: Repository) -> None:
    hub.world.version = "3.17.2"
    headers = {"Authorization": "token tok"}
    meta = requests.get(f"{hub.enterprise_url}/meta", headers=headers, timeout=5)
    assert meta.json()["installed_version"] == "3.17.2"
    sent = {"query": "query Who { viewer { login } }"}
    url = f"{hub.web_url}/api/graphql"
    who = requests.post(url, json=sent, headers=headers, timeout=5)
    assert who.json()["data"]["viewer"]["login"] == "clearance"
