"""What a clone brings, and what it costs."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.files import FilesError
from bot.forge import checkout
from bot.forge.checkout import clone
from bot.forge.errors import BadToken, ForgeError, NotFound, Unreachable
from bot.forge.gitenv import identity
from bot.forge.refusals import Broken
from tests.checkout.origin import GIVEN, TEXT, WORKFLOW, Origin, proposal, tree
from tests.checkout.server import BASIC, serving


def test_a_large_repository_costs_little(origin: Origin) -> None:
    for number in range(8):
        origin.write(f"large/{number}", os.urandom(1 << 20))
    origin.commit()
    origin.server.sent = 0
    with origin.clone() as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        assert tree(cloned).read(WORKFLOW) == TEXT
    assert origin.server.sent < 10_000


def test_the_head_is_the_branch_s_latest_commit(origin: Origin) -> None:
    latest = origin.commit("On another branch", "feature/ü")
    with origin.clone("feature/ü") as cloned:
        assert cloned.head == latest
        assert cloned.repository.subjects(9) == ("On another branch",)


def test_nothing_is_fetched_that_was_not_asked_for(origin: Origin) -> None:
    with origin.clone() as cloned:
        origin.server.requests.clear()
        assert tree(cloned).workflows() == (WORKFLOW,)
        with pytest.raises(FilesError, match="it may be missing in this clone"):
            tree(cloned).read_bytes(WORKFLOW)
        proposal(cloned)
        assert origin.server.requests == []


def test_many_files_come_in_one_request_and_once(origin: Origin) -> None:
    paths = [f".github/actions/{number}/action.yml" for number in range(50)]
    for path in paths:
        origin.write(path, path)
    origin.commit()
    with origin.clone() as cloned:
        names = [tree(cloned).blob(path) for path in paths]
        origin.server.requests.clear()
        cloned.fetch_blobs(names)
        cloned.fetch_blobs(names)
        posts = [what for what, _ in origin.server.requests if what.startswith("POST")]
        assert posts == ["POST /o/r/git-upload-pack"]
        assert [tree(cloned).read(path) for path in paths] == paths


def test_a_file_that_the_server_does_not_have(origin: Origin) -> None:
    with origin.clone() as cloned, pytest.raises(NotFound):
        cloned.fetch_blobs(["1" * 40])


def test_a_server_that_knows_no_filter_sends_everything(origin: Origin) -> None:
    origin.git("config", "uploadpack.allowFilter", "false", at=origin.bare())
    with origin.clone() as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        assert tree(cloned).read(WORKFLOW) == TEXT


def test_an_older_commit_can_be_fetched_and_built_upon(origin: Origin) -> None:
    old = origin.tip("main") or ""
    origin.commit("Newer")
    with origin.clone() as cloned:
        cloned.fetch_commit(old)
        assert cloned.repository.commit(old).message == "Second\n"
        commit = cloned.repository.commit(proposal(cloned, parent=old))
        assert commit.parents == (old,)


def test_a_reader_left_alone_for_long_still_reads(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.repository.TIMEOUT", 0.2)
    with origin.clone() as cloned:
        tree(cloned).workflows()
        time.sleep(0.4)
        assert tree(cloned).workflows() == (WORKFLOW,)


@pytest.mark.parametrize(
    "branch",
    ["--upload-pack=touch pwned", "-c", "--", "-", "--upload-pack=x", "$(touch pwned)", "a'b\"c"],
)
def test_a_branch_s_name_is_never_an_option(origin: Origin, branch: str) -> None:
    if " " in branch:
        with pytest.raises(NotFound, match="git takes no such name"):
            origin.clone(branch)
    else:
        latest = origin.commit("Odd", branch)
        with origin.clone(branch) as cloned:
            assert cloned.head == latest
            cloned.push(proposal(cloned), branch, latest)
    assert list(origin.work.parent.rglob("pwned")) == []


@pytest.mark.parametrize(
    "branch", ["", "*", "a:b", "a..b", "a\nb", "a\0b", "../x", "x.lock", "a~1", "main^{tree}"]
)
def test_what_is_no_branch_s_name(origin: Origin, branch: str) -> None:
    with pytest.raises(NotFound, match="git takes no such name"):
        origin.clone(branch)


def test_a_tag_of_the_branch_s_name_is_not_taken(origin: Origin) -> None:
    head = origin.tip("main")
    origin.git("tag", "main", f"{head}~1", at=origin.bare())
    with origin.clone() as cloned:
        assert cloned.head == head


def test_an_empty_repository(origin: Origin) -> None:
    origin.serve("o/empty")
    with pytest.raises(NotFound, match="may be empty"):
        clone(origin.url("o/empty"), origin.folder, "main", GIVEN)


def test_no_such_repository(origin: Origin) -> None:
    with pytest.raises(NotFound, match="the repository is not there"):
        clone(origin.url("o/none"), origin.folder, "main", GIVEN)


def test_no_token_where_one_is_needed(origin: Origin) -> None:
    with pytest.raises(BadToken, match="GH_TOKEN"):
        origin.clone(token=None)


def test_no_token_where_none_is_needed(origin: Origin) -> None:
    origin.server.public = True
    with origin.clone(token=None) as cloned:
        cloned.fetch_blobs([tree(cloned).blob(WORKFLOW)])
        assert tree(cloned).read(WORKFLOW) == TEXT
    assert {given for _, given in origin.server.requests} == {""}


def test_the_token_follows_no_redirect(origin: Origin, tmp_path: Path) -> None:
    with serving(tmp_path / "served") as other:
        moved = {"Location": f"{other.url}/o/r/info/refs?service=git-upload-pack"}
        origin.server.answers["GET /o/r/info/refs"] = (301, moved, b"")
        with pytest.raises(NotFound, match="moved"):
            origin.clone()
        assert other.requests == []
    assert origin.server.requests[0][1] == f"Basic {BASIC}"


def test_a_server_that_never_answers(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "NETWORK_TIMEOUT", 0.5)
    origin.server.hang = True
    began = time.monotonic()
    with pytest.raises(Unreachable, match="the clone took too long"):
        origin.clone()
    assert time.monotonic() - began < 10
    assert _of(origin.folder) == []


def test_no_process_is_left(origin: Origin) -> None:
    with origin.clone() as cloned:
        tree(cloned).workflows()
        assert _of(origin.folder) != []
    assert _of(origin.folder) == []


def _of(folder: Path) -> list[str]:
    """The git processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            at = (process / "cwd").readlink()
        except OSError:
            continue
        if at == folder and words[0].endswith(b"git"):
            found.append(process.name)
    return found


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/o/r",
        "https://user:secret@github.com/o/r",
        "https://github.com/o/r?x",
        "https://github.com/o/r#x",
        "https://github.com/o/r\n",
        "https://github.com/o r",
        "https://github.com:x/o/r",
        "https://github.com",
        "https:///o/r",
        "https://[::1]/o/r",
        "ssh://git@github.com/o/r",
        "ext::sh -c true",
        "file:///etc",
        "/etc",
        "--upload-pack=x",
        "http://127.0.0.1.example/o/r",
        "http://localhost@evil.example/o/r",
        "",
    ],
)
def test_urls_that_are_not_cloned(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "clone"
    with pytest.raises(ForgeError, match="its URL is no"):
        clone(url, folder, "main", GIVEN)
    assert not folder.exists()


def test_a_folder_that_holds_something(origin: Origin) -> None:
    origin.folder.mkdir()
    (origin.folder / "x").touch()
    with pytest.raises(ForgeError, match="is not empty"):
        origin.clone()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("octocat[bot]", "octocat[bot] <a@b>"),
        ("ev<il>\n\0il", "evilil <a@b>"),
        ("Ünï\u202e", "Ünï <a@b>"),
    ],
)
def test_who_made_a_commit(origin: Origin, name: str, stored: str) -> None:
    with origin.clone() as cloned:
        root = cloned.repository.commit(cloned.head).tree
        made = cloned.repository.make_commit(root, "x", identity=identity(name, "<a@b>\n"))
        text = cloned.repository.run("cat-file", "commit", made)
    assert f"\nauthor {stored} " in text
    assert f"\ncommitter {stored} " in text


_AUTHOR = b"A <a@b> 1 +0000"


def _crooked(origin: Origin, entry: bytes, author: bytes = _AUTHOR) -> str:
    """Let the server's main be a commit such as today's git would not write."""
    bare = origin.bare()
    words = ("hash-object", "-w", "--literally", "--stdin", "-t")
    blob = origin.git(*words, "blob", at=bare, given=b"x")
    listing = origin.git(*words, "tree", at=bare, given=entry + b"\0" + bytes.fromhex(blob))
    text = b"tree %b\nauthor %b\ncommitter %b\n\nOld\n" % (listing.encode(), author, _AUTHOR)
    head = origin.git(*words, "commit", at=bare, given=text)
    origin.git("update-ref", "refs/heads/main", head, at=bare)
    return head


@pytest.mark.parametrize(
    ("entry", "author"),
    [
        pytest.param(b"0100644 x", _AUTHOR, id="a file's mode with a zero in front"),
        pytest.param(b"100644 x", b"<a@b> 1 +0000", id="an author without a name"),
        pytest.param(b"0100644 x", b"A<a@b> 1 +051800", id="several faults"),
    ],
)
def test_harmless_faults_of_old_programs_are_let_pass(
    origin: Origin, entry: bytes, author: bytes
) -> None:
    head = _crooked(origin, entry, author)
    with origin.clone() as cloned:
        assert cloned.head == head


@pytest.mark.parametrize("mode", [b"100644", b"0100644"], ids=["alone", "behind a harmless fault"])
@pytest.mark.parametrize("name", [b".git", b"..", b"a/b"])
def test_faults_that_could_do_harm_are_refused(origin: Origin, mode: bytes, name: bytes) -> None:
    _crooked(origin, mode + b" " + name)
    with pytest.raises(Broken, match="git refuses what the server sent"):
        origin.clone()
