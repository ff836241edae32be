"""A connection that is lost or refused: what is read is asked for again, and nothing else is."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.forge import checkout
from bot.forge.checkout import clone
from bot.forge.errors import ForgeError, Invalid, OutcomeUnknown, Unreachable
from bot.forge.refusals import Lost
from tests.checkout.origin import BRANCH, GIVEN, NAME, TEXT, WORKFLOW, Origin, proposal, tree
from tests.checkout.server import serving

ASK = f"GET /{NAME}/info/refs?service=git-upload-pack"
READ = f"POST /{NAME}/git-upload-pack"
ASK_PUSH = f"GET /{NAME}/info/refs?service=git-receive-pack"
PUSH = f"POST /{NAME}/git-receive-pack"


@pytest.fixture(autouse=True)
def _pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number of pauses, and shorter ones."""
    monkeypatch.setattr(checkout, "_PAUSES", tuple(one / 50 for one in checkout._PAUSES))


def asked(origin: Origin, what: str) -> int:
    """How often a request was made."""
    return sum(line.startswith(what) for line, _ in origin.server.requests)


def halves(origin: Origin) -> list[Path]:
    """What broken fetches have left in the clone."""
    return [*origin.folder.glob("objects/pack/tmp_*"), *origin.folder.glob("**/*.lock")]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("what", "end"),
    [
        pytest.param(ASK, 0, id="before anything is said"),
        pytest.param(ASK, 20, id="in the first answer"),
        pytest.param(READ, 1, id="in the list of branches"),
    ],
)
def test_a_clone_goes_through_after_connections_that_were_lost(
    origin: Origin, what: str, end: int, times: int
) -> None:
    origin.server.resets[what] = [end] * times
    with origin.clone() as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        assert tree(cloned).read(WORKFLOW) == TEXT
    assert not origin.server.resets[what]


def test_a_connection_that_is_always_lost_is_told_after_three_tries(origin: Origin) -> None:
    origin.server.resets[ASK] = [0] * 10
    with pytest.raises(Unreachable, match=r"the server can't be reached .* try again later"):
        origin.clone()
    assert asked(origin, ASK) == 3


@pytest.mark.parametrize("end", [100, 20_000, 300_000])
def test_half_a_pack_does_no_harm(origin: Origin, end: int) -> None:
    files = {f"large/{number}": os.urandom(5000) for number in range(100)}
    for path, content in files.items():
        origin.write(path, content)
    origin.commit()
    with origin.clone() as cloned:
        names = [tree(cloned).blob(path) for path in files]
        origin.server.requests.clear()
        origin.server.resets[READ] = [end, end]
        cloned.fetch_blobs(names)
        assert asked(origin, READ) == 3
        assert halves(origin) == []
        assert all(tree(cloned).read_bytes(path) == text for path, text in files.items())


def test_half_of_another_commit_does_no_harm(origin: Origin) -> None:
    old = origin.tip("main") or ""
    for number in range(500):
        origin.write(f"many/{number}/x", f"{number}")
    origin.commit()
    new = origin.tip("main") or ""
    origin.git("update-ref", "refs/heads/main", old, at=origin.bare())
    origin.git("update-ref", "refs/heads/other", new, at=origin.bare())
    with origin.clone() as cloned:
        origin.server.resets[READ] = [10_000]
        cloned.fetch_commit(new)
        commit = cloned.repository.commit(proposal(cloned, parent=new))
        assert commit.parents == (new,)
        assert not origin.server.resets[READ]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_stumbles_is_asked_again(origin: Origin, status: int) -> None:
    origin.server.answers[ASK] = (status, {}, b"")
    with pytest.raises(Lost):
        origin.clone()
    assert asked(origin, ASK) == 3


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 429])
def test_an_answer_that_means_something_is_taken_at_its_word(origin: Origin, status: int) -> None:
    origin.server.answers[ASK] = (status, {"Location": "/elsewhere"}, b"")
    with pytest.raises(ForgeError):
        origin.clone()
    assert asked(origin, ASK) == 1


def test_the_server_s_own_words_are_no_lost_connection(origin: Origin) -> None:
    said = b"ERR early EOF\nfatal: the remote end hung up unexpectedly\n"
    kind = {"Content-Type": "application/x-git-upload-pack-result"}
    origin.server.answers[READ] = (200, kind, b"%04x%b" % (len(said) + 4, said))
    with pytest.raises(Invalid, match="refused: fatal: remote error: early EOF"):
        origin.clone()
    assert asked(origin, READ) == 1


def test_what_takes_too_long_is_not_asked_for_again(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 0.5)
    origin.server.hang = True
    with pytest.raises(Unreachable, match="took too long"):
        origin.clone()
    assert asked(origin, ASK) == 1


def test_a_lost_connection_is_not_asked_for_for_ever(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "_PAUSES", (0.01,) * 1000)
    monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 1.0)
    origin.server.resets[ASK] = [0] * 1000
    with pytest.raises(Lost):
        origin.clone()
    assert asked(origin, ASK) < 200


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: Origin) -> Iterator[str]:
    """The address of a server that is there a moment later."""
    monkeypatch.setattr(checkout, "_PAUSES", (1.0, 1.0))
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    ended = threading.Event()

    def serve() -> None:
        with serving(origin.server.root, port):
            ended.wait(30)

    thread = threading.Timer(0.3, serve)
    thread.start()
    yield f"http://127.0.0.1:{port}/{NAME}"
    ended.set()
    thread.join()


def test_a_server_that_refuses_a_connection_is_asked_again(origin: Origin, late: str) -> None:
    with clone(late, origin.folder, "main", GIVEN) as cloned:
        assert cloned.head == origin.tip("main")


def test_a_push_whose_connection_breaks_is_sent_once(origin: Origin) -> None:
    with origin.clone() as cloned:
        origin.server.resets[PUSH] = [5] * 3
        with pytest.raises(OutcomeUnknown, match="look whether the branch is there"):
            cloned.push(proposal(cloned), BRANCH, None)
    assert asked(origin, PUSH) == 1


def test_a_push_that_gets_no_connection_is_asked_for_once(origin: Origin) -> None:
    with origin.clone() as cloned:
        origin.server.resets[ASK_PUSH] = [0] * 3
        with pytest.raises(Unreachable) as caught:
            cloned.push(proposal(cloned), BRANCH, None)
    assert not isinstance(caught.value, Lost)
    assert (asked(origin, ASK_PUSH), asked(origin, PUSH)) == (1, 0)
