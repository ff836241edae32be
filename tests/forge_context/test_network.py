"""Files of other repositories, fetched from a GitHub that is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.forge import network
from bot.forge.cache import Cache, blob_hash
from bot.forge.client import Client
from bot.forge.errors import BadToken
from bot.workflow.document import MAX_BYTES
from tests.forge.faults import status
from tests.forge.github import GitHub

ACTION = "name: Act\nruns:\n  using: composite\n  steps: []\n"
FLOW = ".github/workflows/ci.yml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def queries(hub: GitHub) -> int:
    return sum(one.kind == "graphql" or one.path.endswith("/graphql") for one in hub.calls)


def test_one_query_for_all_of_a_run(hub: GitHub, client: Client, cache: Cache) -> None:
    act = hub.repository("octo/act", {"action.yml": ACTION, "sub/action.yaml": "sub", "a.sh": "ls"})
    flows = hub.repository("octo/flows", {FLOW: "on: push\n"})
    wanted = [
        f"octo/act@{act.head}",
        "Octo/Act/sub@main",
        "octo/act@main:a.sh",
        f"octo/flows/{FLOW}@{flows.head}",
    ]
    found = network.fetch(client, wanted, cache)
    texts = {name: answer.text if answer else None for name, answer in found.items()}
    assert texts == dict(zip(wanted, [ACTION, "sub", "ls", "on: push\n"], strict=True))
    sub = found["Octo/Act/sub@main"]
    assert sub is not None
    assert (sub.commit, sub.path, sub.blob) == (act.head, "sub/action.yaml", blob_hash("sub"))
    assert queries(hub) == 1


def test_one_that_is_not_there_takes_none_with_it(
    hub: GitHub, client: Client, cache: Cache
) -> None:
    hub.repository("octo/act", {"action.yml": ACTION})
    hub.repository("octo/plain", {"README.md": "Hello\n"})
    hub.repository("other/secret", {"action.yml": ACTION}, private=True, collaborators={})
    missing = ["octo/gone@v1", "octo/act@v9", "octo/plain@main", "other/secret@main", "no such@v1"]
    found = network.fetch(client, ["octo/act@main", *missing], cache)
    answer = found["octo/act@main"]
    assert answer is not None
    assert answer.text == ACTION
    assert [found[name] for name in missing] == [None] * 5


def test_what_a_failed_call_says_is_nothing(hub: GitHub, client: Client, cache: Cache) -> None:
    hub.repository("octo/act", {"action.yml": ACTION})
    hub.fault("Files", status(404), times=9)
    assert network.fetch(client, ["octo/act@main", "not a reference"], cache) == {
        "not a reference": None
    }


def test_a_wrong_token_is_told(hub: GitHub, client: Client, cache: Cache) -> None:
    hub.revoke("tok")
    with pytest.raises(BadToken):
        network.fetch(client, ["octo/act@main"], cache)


def test_many_references_take_as_many_queries_as_they_must(
    hub: GitHub, client: Client, cache: Cache
) -> None:
    hub.repository("octo/act", {f"a{n}/action.yml": f"name: {n}\n" for n in range(70)})
    found = network.fetch(client, [f"octo/act/a{n}@main" for n in range(70)], cache)
    assert all(found[f"octo/act/a{n}@main"] is not None for n in range(70))
    assert queries(hub) == 2


def test_what_is_at_a_commit_is_asked_once_what_is_at_a_branch_every_time(
    hub: GitHub, client: Client, cache: Cache
) -> None:
    act = hub.repository("octo/act", {"action.yml": "old"})
    fixed = f"octo/act@{act.head}"
    network.fetch(client, [fixed, "octo/act@main"], cache)
    act.human.push({"action.yml": "new"}, "main")
    hub.calls.clear()
    found = network.fetch(client, [fixed, "octo/act@main"], cache)
    assert [found[name].text for name in (fixed, "octo/act@main") if found[name]] == ["old", "new"]  # type: ignore[union-attr]
    hub.calls.clear()
    network.fetch(client, [fixed], cache)
    assert queries(hub) == 0


def test_what_is_private_is_not_kept(hub: GitHub, client: Client, cache: Cache) -> None:
    act = hub.repository(
        "octo/act", {"action.yml": ACTION}, private=True, collaborators={"clearance": "read"}
    )
    for _ in range(2):
        assert network.fetch(client, [f"octo/act@{act.head}"], cache)[f"octo/act@{act.head}"]
    assert queries(hub) == 2


class Told:
    """A client that is told what to answer for one file, and keeps what it was asked."""

    api_url = "https://api.github.com"

    def __init__(self, **blob: object) -> None:
        text = blob.get("text", "")
        usual = {"oid": blob_hash(str(text)), "isBinary": False, "isTruncated": False}
        commit = blob.pop("commit", {"__typename": "Commit", "oid": COMMIT})
        self.data = {"r0": {"isPrivate": False, "c0": commit, "f0_0": {**usual, **blob}}}
        self.query = ""
        self.variables: Mapping[str, object] = {}

    def graphql(
        self,
        query: str,
        variables: Mapping[str, object],
        *,
        partial: bool = False,  # noqa: ARG002 - as Client has it
    ) -> Mapping[str, Any]:
        self.query, self.variables = query, variables
        return self.data


@pytest.mark.parametrize(
    "blob",
    [
        pytest.param({"text": "cut", "isTruncated": True}, id="GitHub cut it"),
        pytest.param({"text": None, "isBinary": True}, id="it is no text"),
        pytest.param({"text": "other", "oid": COMMIT}, id="it is not what its hash says"),
        pytest.param({"text": "x" * (MAX_BYTES + 1)}, id="it is too large to be read"),
        pytest.param({"text": "\ud800"}, id="it is no Unicode"),
        pytest.param({"text": "x", "commit": None}, id="the ref is nothing"),
        pytest.param({"text": "x", "commit": {"__typename": "Tree", "oid": COMMIT}}, id="a tree"),
    ],
)
def test_what_can_not_be_trusted_is_not_known(blob: dict[str, object], cache: Cache) -> None:
    if blob.get("text") == "\ud800":
        blob["oid"] = COMMIT
    assert network.fetch(Told(**blob), ["octo/act@v1:f"], cache) == {"octo/act@v1:f": None}


def test_a_tag_of_a_tag_is_a_commit(cache: Cache) -> None:
    commit = {"__typename": "Commit", "oid": COMMIT}
    inner = {"__typename": "Tag", "oid": "1" * 40, "target": commit}
    outer = {"__typename": "Tag", "oid": "2" * 40, "target": inner}
    found = network.fetch(Told(text="x", commit=outer), ["octo/act@v1:f"], cache)
    answer = found["octo/act@v1:f"]
    assert answer is not None
    assert answer.commit == COMMIT


def test_nothing_of_a_reference_is_in_the_query(cache: Cache) -> None:
    client = Told(text="x")
    network.fetch(client, ['octo/act@v1:a")}b', "octo/act@v1:$o0 { }"], cache)
    assert "octo" not in client.query
    assert '")}b' not in client.query
    assert {'v1:a")}b', "v1:$o0 { }"} <= set(client.variables.values())
