"""Repositories, users and machines that would have git run something."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files import FilesError
from bot.forge.checkout import clone
from bot.forge.errors import BadToken
from tests.checkout.origin import BRANCH, GIVEN, WORKFLOW, Origin, proposal, tree


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves the file ``sprung`` behind."""
    made = tmp_path / "trap"
    made.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\necho x\n")
    made.chmod(0o755)
    return made


def test_a_repository_s_content_does_nothing(origin: Origin, trap: Path, tmp_path: Path) -> None:
    origin.write(".gitattributes", "* filter=trap diff=trap merge=trap\n*.yml filter=lfs\n")
    origin.write(".lfsconfig", f"[lfs]\n\turl = ext::{trap}\n")
    origin.write(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = "ext::{trap}"\n')
    origin.write(".gitconfig", f"[core]\n\tfsmonitor = {trap}\n\thooksPath = hooks\n")
    origin.write("hooks/reference-transaction", trap.read_bytes())
    origin.write("hooks/post-checkout", trap.read_bytes())
    origin.write(".github/workflows/large.yml", "version https://git-lfs.github.com/spec/v1\n")
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    origin.git("add", "-A")
    origin.commit()
    with origin.clone() as cloned:
        paths = (WORKFLOW, ".github/workflows/large.yml", ".gitmodules", ".gitattributes")
        cloned.fetch_blobs([tree(cloned).blob(path) for path in paths])
        cloned.push(proposal(cloned), BRANCH, None)
    assert sorted(p.name for p in origin.folder.iterdir()) == [
        "HEAD",
        "config",
        "objects",
        "refs",
        "shallow",
    ]
    assert "remote" not in (origin.folder / "config").read_text()
    assert not (tmp_path / "sprung").exists()


def test_a_hook_in_the_clone_does_nothing(origin: Origin, trap: Path, tmp_path: Path) -> None:
    with origin.clone() as cloned:
        (origin.folder / "hooks").mkdir()
        for hook in ("reference-transaction", "pre-push", "post-commit"):
            (origin.folder / "hooks" / hook).write_bytes(trap.read_bytes())
            (origin.folder / "hooks" / hook).chmod(0o755)
        cloned.repository.set_branch("x", proposal(cloned), None)
        cloned.push(proposal(cloned), BRANCH, None)
    assert not (tmp_path / "sprung").exists()


def test_links_and_submodules_are_no_files(origin: Origin) -> None:
    (origin.work / ".github/workflows/link.yml").symlink_to("/etc/passwd")
    (origin.work / ".github/actions").symlink_to("/etc")
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},submodule")
    origin.commit()
    with origin.clone() as cloned:
        with pytest.raises(FilesError, match="it is a symbolic link"):
            tree(cloned).blob(".github/workflows/link.yml")
        for path in (".github/actions/passwd", "submodule/x", "none"):
            with pytest.raises(FilesError, match="there is no such file"):
                tree(cloned).blob(path)
        with pytest.raises(FilesError, match="it is not a file"):
            tree(cloned).blob(".github")


def test_a_user_s_git_does_nothing(
    origin: Origin, trap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    for hook in ("reference-transaction", "pre-push", "post-index-change"):
        (template / hook).write_bytes(trap.read_bytes())
        (template / hook).chmod(0o755)
    configuration = f"""[core]
\thooksPath = {template}
\tfsmonitor = {trap}
\taskPass = {trap}
[init]
\ttemplateDir = {template.parent}
[credential]
\thelper = {trap}
[url "https://elsewhere.invalid/"]
\tinsteadOf = {origin.server.url}/
[commit]
\tgpgSign = true
[gpg]
\tprogram = {trap}
"""
    (tmp_path / "home/.gitconfig").write_text(configuration)
    elsewhere = str(tmp_path / "elsewhere")
    variables = {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": elsewhere,
        "GIT_ASKPASS": str(trap),
        "GIT_COMMON_DIR": elsewhere,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.askPass",
        "GIT_CONFIG_PARAMETERS": f"'credential.helper={trap}'",
        "GIT_CONFIG_VALUE_0": str(trap),
        "GIT_DIR": elsewhere,
        "GIT_INDEX_FILE": elsewhere,
        "GIT_NAMESPACE": "elsewhere",
        "GIT_OBJECT_DIRECTORY": elsewhere,
        "GIT_PROXY_COMMAND": str(trap),
        "GIT_SHALLOW_FILE": elsewhere,
        "GIT_SSH_COMMAND": str(trap),
        "GIT_TEMPLATE_DIR": str(template.parent),
        "GIT_WORK_TREE": elsewhere,
        "SSH_ASKPASS": str(trap),
        "SSLKEYLOGFILE": elsewhere,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with origin.clone() as cloned:
        commit = proposal(cloned)
        cloned.push(commit, BRANCH, None)
    with pytest.raises(BadToken):
        clone(origin.url(), tmp_path / "second", "main", None)
    for name in variables:
        monkeypatch.delenv(name)
    (tmp_path / "home/.gitconfig").unlink()
    assert origin.tip(BRANCH) == commit
    assert not (tmp_path / "sprung").exists()
    assert not (tmp_path / "elsewhere").exists()


def test_a_proxy_of_the_user_s_is_used(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    # The server sees the whole URL in a request that comes through it as a proxy.
    monkeypatch.setenv("http_proxy", origin.server.url)
    origin.server.answers["GET http://localhost:1/"] = (404, {}, b"")
    with pytest.raises(Exception, match="the repository is not there"):
        clone("http://localhost:1/o/r", origin.folder, "main", GIVEN)
    assert origin.server.requests[0][0].startswith("GET http://localhost:1/o/r/info/refs")
