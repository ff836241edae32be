"""A pull request on somebody else's stand-in for GitHub: the npm package ``emulate``.

It knows neither GraphQL nor git, so what is told here is what goes over REST: a pull request is
opened, found, introduced, rewritten, and closed. Its branch is made by the calls that it has.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from bot.forge import history, pulls
from bot.forge.auth import from_environment
from bot.forge.client import Client
from bot.forge.errors import NotFound
from bot.forge.limiter import Limiter
from bot.forge.pulls import Made, People, Text
from tests.oracles import support

HOME = "octocat/demo"
BRANCH = "clearance/permissions"
TOKEN = "ghp_" + "e" * 36
SEED = {
    "tokens": {TOKEN: {"login": "octocat", "scopes": ["repo", "workflow"]}},
    "github": {
        "users": [{"login": "octocat"}],
        "repos": [{"owner": "octocat", "name": "demo", "auto_init": True}],
    },
}
_PATIENCE = 20.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    command = support.emulate()
    seed = tmp_path_factory.mktemp("emulate") / "seed.yaml"
    seed.write_text(json.dumps(SEED))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = (*command, "start", "--service", "github", "--port", str(port), "--seed", str(seed))
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        limiter = Limiter()
        url = f"http://127.0.0.1:{port}"
        credentials = from_environment({"GH_TOKEN": TOKEN}, url, limiter=limiter)
        yield Client(credentials, HOME, api_url=url, limiter=limiter)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _wait(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("emulate does not answer")


@pytest.fixture(scope="module")
def made(client: Client) -> Made:
    """A pull request from a branch with one commit."""
    reference = client.get(f"/repos/{HOME}/git/ref/heads/main").json()
    sha = reference["object"]["sha"]
    client.send("POST", f"/repos/{HOME}/git/refs", {"ref": f"refs/heads/{BRANCH}", "sha": sha})
    content = base64.b64encode(b"on: push\n").decode()
    file = {"message": "Add it", "content": content, "branch": BRANCH}
    client.send("PUT", f"/repos/{HOME}/contents/.github/workflows/ci.yml", file)
    text = Text("Give a job permissions", "Because.")
    return pulls.create(client, HOME, head=f"octocat:{BRANCH}", base="main", text=text, draft=False)


def told(client: Client, made: Made) -> dict[str, object]:
    answer = client.get(f"/repos/{HOME}/pulls/{made.number}").json()
    assert isinstance(answer, dict)
    return answer


def test_it_is_opened(client: Client, made: Made) -> None:
    assert made.fresh
    assert told(client, made)["state"] == "open"


def test_its_text_is_rewritten(client: Client, made: Made) -> None:
    pulls.rewrite(client, HOME, made.number, Text("Give two jobs permissions", "Because, too."))
    answer = told(client, made)
    assert (answer["title"], answer["body"]) == ("Give two jobs permissions", "Because, too.")


def test_it_is_labelled(client: Client, made: Made) -> None:
    assert pulls.introduce(client, HOME, made.number, People(labels=("security",))) == ()
    labels = told(client, made)["labels"]
    assert isinstance(labels, list)
    assert [label["name"] for label in labels] == ["security"]


def test_what_is_refused_becomes_a_note(client: Client, made: Made) -> None:
    """emulate takes no assignees for a pull request's number, which GitHub does."""
    (note,) = pulls.introduce(client, HOME, made.number, People(assignees=("octocat",)))
    assert "assignees" in note


def test_settings_that_are_not_told_are_not_known(client: Client) -> None:
    assert history.defaults(client, HOME) is None


def test_no_failed_runs_are_none(client: Client) -> None:
    wanted = history.Wanted(".github/workflows/ci.yml", frozenset({"contents: write"}))
    assert history.failed(client, HOME, [wanted]) == ()


def test_it_is_closed_with_a_comment(client: Client, made: Made) -> None:
    assert pulls.close(client, HOME, made.number, "Because.", "It is not needed any more.")
    assert told(client, made)["state"] == "closed"
    comments = client.get(f"/repos/{HOME}/issues/{made.number}/comments").json()
    assert [one["body"] for one in comments] == ["It is not needed any more."]


def test_what_is_not_there_is_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        client.get(f"/repos/{HOME}/pulls/9999")
