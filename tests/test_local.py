"""``clearance run`` on real local repositories: what is made, and what stays untouched."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import local
from bot.config import Settings
from bot.local import BRANCH, LocalError, LocalResult, Outcome
from bot.repository import open_repository
from bot.tree import Tree

WORKFLOW = """\
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
"""
REWRITTEN = """\
on: push
permissions: {} # each job states its own
jobs:
  test:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
"""
DONE = "on: push\npermissions: {}\njobs:\n  a: {runs-on: x, steps: [{run: echo}]}\n"


@dataclass(frozen=True)
class Checkout:
    root: Path

    def git(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **(env or {})},
        ).stdout.strip()

    def write(self, path: str, text: str) -> Path:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)
        return full

    def commit(self, message: str = "Start") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def run(self, branch: str = BRANCH, out: Path | None = None) -> LocalResult:
        return local.run(self.root, Settings(), out=out, branch=branch)

    def refusal(self, branch: str = BRANCH) -> str:
        with pytest.raises(LocalError) as caught:
            self.run(branch)
        return str(caught.value)

    def footprint(self) -> dict[str, tuple[int, str]]:
        """Mode and hash of every file that must not change: the work tree, the index, HEAD."""
        kept = [p for p in self.root.rglob("*") if p.is_file() and ".git" not in p.parts]
        kept += [self.root / ".git" / name for name in ("HEAD", "index", "config")]
        return {
            str(p): (p.stat().st_mode, hashlib.sha256(p.read_bytes()).hexdigest()) for p in kept
        }


@pytest.fixture(autouse=True)
def _identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test says about git's configuration counts."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "checkout")
    made.root.mkdir()
    made.git("init", "-q", "-b", "main")
    made.write(".github/workflows/ci.yml", WORKFLOW)
    made.commit()
    return made


# What is made


def test_a_branch_with_one_commit_on_top_of_head(checkout: Checkout) -> None:
    head = checkout.git("rev-parse", "HEAD")
    result = checkout.run()
    assert result.outcome is Outcome.CREATED
    assert checkout.git("rev-list", f"{head}..{BRANCH}") == result.commit
    assert checkout.git("rev-parse", f"{BRANCH}^") == head
    assert checkout.git("show", f"{BRANCH}:.github/workflows/ci.yml") + "\n" == REWRITTEN
    assert checkout.git("diff", "--name-only", "main", BRANCH) == ".github/workflows/ci.yml"
    assert (result.jobs, result.changed) == (1, (".github/workflows/ci.yml",))


def test_the_commit_is_the_users_and_tells_why(checkout: Checkout) -> None:
    checkout.run()
    assert checkout.git("log", "-1", "--format=%an <%ae>", BRANCH) == "Ada <ada@example.org>"
    message = checkout.git("log", "-1", "--format=%B", BRANCH)
    assert message.startswith("Give every job explicit permissions\n\n1 job in 1 workflow file")
    assert "- test: contents: read\n" in message


def test_git_finds_nothing_wrong_with_the_objects(checkout: Checkout) -> None:
    checkout.run()
    checkout.git("fsck", "--strict", "--no-dangling")


def test_the_texts_are_kept_out_of_the_work_tree(checkout: Checkout) -> None:
    result = checkout.run()
    assert [path.relative_to(checkout.root) for path in result.texts] == [
        Path(".git/clearance/clearance/permissions/title.txt"),
        Path(".git/clearance/clearance/permissions/body.md"),
    ]
    assert result.texts[0].read_text() == "Give every job explicit permissions\n"


def test_the_texts_go_where_the_user_wants_them(checkout: Checkout, tmp_path: Path) -> None:
    result = checkout.run(out=tmp_path / "out" / "here")
    assert result.texts[1] == tmp_path / "out" / "here" / "body.md"
    assert result.texts[1].read_text().startswith("1 job in 1 workflow file")


def test_the_title_follows_the_log(checkout: Checkout) -> None:
    for number in range(3):
        checkout.commit(f"fix: number {number}")
    assert checkout.run().texts[0].read_text().startswith("ci: give ")


def test_modes_stay(checkout: Checkout) -> None:
    checkout.write(".github/workflows/ci.yml", WORKFLOW).chmod(0o755)
    checkout.write("tool", "#!/bin/sh\n").chmod(0o755)
    (checkout.root / "link").symlink_to("tool")
    checkout.commit()
    before = checkout.git("ls-tree", "-r", "--format=%(objectmode) %(path)", "main")
    checkout.run()
    after = checkout.git("ls-tree", "-r", "--format=%(objectmode) %(path)", BRANCH)
    assert after == before


def test_what_is_committed_counts_not_what_lies_in_the_work_tree(checkout: Checkout) -> None:
    checkout.write(".github/workflows/ci.yml", "not: [yaml")
    checkout.write(".github/workflows/new.yml", WORKFLOW)
    checkout.run()
    assert checkout.git("show", f"{BRANCH}:.github/workflows/ci.yml") + "\n" == REWRITTEN
    assert "new.yml" not in checkout.git("ls-tree", "-r", "--name-only", BRANCH)


def test_the_commits_own_settings_count_where_none_are_given(checkout: Checkout) -> None:
    checkout.write(".github/clearance.yml", "exclude: [ci.yml]\n")
    checkout.commit()
    result = local.run(checkout.root, None, out=None, branch=BRANCH)
    assert (result.outcome, result.reports) == (Outcome.NOTHING, ())


def test_scripts_are_read_from_the_commit(checkout: Checkout) -> None:
    script = "gh release create v1\n"
    step = "      - run: ./release.sh\n        env: {GH_TOKEN: '${{ github.token }}'}\n"
    checkout.write("release.sh", script)
    checkout.write(".github/workflows/ci.yml", WORKFLOW + step)
    checkout.commit()
    (checkout.root / "release.sh").unlink()
    checkout.run()
    assert "contents: write" in checkout.git("show", f"{BRANCH}:.github/workflows/ci.yml")


@pytest.mark.parametrize("kind", ["detached", "bare", "shallow", "worktree"])
def test_other_forms_of_a_checkout(checkout: Checkout, kind: str, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    if kind == "detached":
        checkout.git("checkout", "-q", "--detach")
        other = checkout
    elif kind == "bare":
        checkout.git("clone", "-q", "--bare", ".", str(other.root))
    elif kind == "shallow":
        checkout.commit("more")
        checkout.git("clone", "-q", "--depth=1", f"file://{checkout.root}", str(other.root))
    else:
        checkout.git("worktree", "add", "-q", "-b", "side", str(other.root))
    assert other.run().outcome is Outcome.CREATED


# What is not touched


def test_work_tree_index_and_head_stay_byte_for_byte(checkout: Checkout) -> None:
    checkout.write("staged", "a")
    checkout.git("add", "staged")
    checkout.write("staged", "b")
    checkout.write("untracked", "c")
    checkout.write(".github/workflows/ci.yml", WORKFLOW + "# mine\n")
    status = checkout.git("status", "--porcelain")
    before = checkout.footprint()
    checkout.run()
    assert checkout.footprint() == before
    assert checkout.git("status", "--porcelain") == status


def trap(checkout: Checkout, tmp_path: Path) -> tuple[Path, Path]:
    """A program that leaves a trace, and where."""
    trace = tmp_path / "trace"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trace}\nexit 1\n")
    program.chmod(0o755)
    return program, trace


@pytest.mark.parametrize(
    "key",
    [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "gpg.program",
        "filter.x.clean",
        "filter.x.smudge",
        "diff.external",
        "alias.rev-parse",
        "credential.helper",
    ],
)
def test_no_program_of_the_repositorys_configuration_runs(
    checkout: Checkout, key: str, tmp_path: Path
) -> None:
    program, trace = trap(checkout, tmp_path)
    checkout.write(".gitattributes", "* filter=x\n")
    checkout.commit()
    checkout.git("config", "commit.gpgSign", "true")
    checkout.git("config", "log.showSignature", "true")
    checkout.git("config", key, str(program))
    assert checkout.run().outcome is Outcome.CREATED
    assert not trace.exists()


@pytest.mark.parametrize("place", [".git/hooks", "elsewhere"])
def test_no_hook_runs(checkout: Checkout, place: str, tmp_path: Path) -> None:
    program, trace = trap(checkout, tmp_path)
    hooks = checkout.root / place
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "pre-commit", "commit-msg", "post-commit"):
        (hooks / name).write_bytes(program.read_bytes())
        (hooks / name).chmod(0o755)
    if place == "elsewhere":
        checkout.git("config", "core.hooksPath", str(hooks))
    assert checkout.run().outcome is Outcome.CREATED
    assert not trace.exists()


def test_a_missing_object_is_not_fetched(checkout: Checkout, tmp_path: Path) -> None:
    """In a partial clone git would start the remote's transport for it."""
    program, trace = trap(checkout, tmp_path)
    blob = checkout.git("rev-parse", "HEAD:.github/workflows/ci.yml")
    checkout.write(".github/workflows/other.yml", WORKFLOW + "# other\n")
    checkout.commit()
    (checkout.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    checkout.git("config", "extensions.partialClone", "origin")
    checkout.git("config", "remote.origin.promisor", "true")
    checkout.git("config", "remote.origin.url", f"ext::{program}")
    checkout.git("config", "protocol.ext.allow", "always")
    result = checkout.run()
    assert not trace.exists()
    assert result.changed == (".github/workflows/other.yml",)
    assert [r.problem for r in result.reports if r.problem] == [
        "git can't read it; it may be missing in this clone"
    ]


def test_a_link_in_the_git_directory_is_not_followed(checkout: Checkout, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("mine")
    folder = checkout.root / ".git" / "clearance" / "clearance" / "permissions"
    folder.mkdir(parents=True)
    (folder / "body.md").symlink_to(target)
    checkout.run()
    assert target.read_text() == "mine"


def test_a_folder_that_is_a_link_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    (checkout.root / ".git" / "clearance").symlink_to(tmp_path)
    assert "is a link" in checkout.refusal()


def test_links_in_the_commit_lead_nowhere(checkout: Checkout) -> None:
    (checkout.root / ".github/workflows/link.yml").symlink_to("/etc/passwd")
    checkout.commit()
    problems = {r.path: r.problem for r in checkout.run().reports if r.problem}
    assert problems == {".github/workflows/link.yml": "it is a symbolic link"}


def test_a_file_that_is_too_large_is_not_read(checkout: Checkout) -> None:
    checkout.write(".github/workflows/big.yml", "#" * (3 << 20))
    checkout.commit()
    problems = [r.problem for r in checkout.run().reports if r.problem]
    assert problems == ["it is larger than 2 MiB"]


# The branch


def test_a_second_run_changes_nothing(checkout: Checkout) -> None:
    first = checkout.run()
    again = checkout.run()
    assert (again.outcome, again.commit) == (Outcome.UNCHANGED, first.commit)


def test_the_branch_is_made_anew_when_the_base_moves(checkout: Checkout) -> None:
    checkout.run()
    head = checkout.commit("More")
    assert checkout.run().outcome is Outcome.REPLACED
    assert checkout.git("rev-parse", f"{BRANCH}^") == head


def test_the_branch_itself_needs_nothing_more(checkout: Checkout) -> None:
    checkout.run()
    checkout.git("checkout", "-q", BRANCH)
    assert checkout.run().outcome is Outcome.NOTHING


def test_a_branch_that_is_checked_out_is_not_moved(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    checkout.git("worktree", "add", "-q", str(tmp_path / "side"), BRANCH)
    checkout.commit("More")
    assert "is checked out in" in checkout.refusal()


@pytest.mark.parametrize("what", ["foreign", "on-top", "amended", "reworded", "rebased"])
def test_a_branch_with_somebodys_work_is_left_alone(checkout: Checkout, what: str) -> None:
    if what == "foreign":
        checkout.git("branch", BRANCH)
    else:
        checkout.run()
        checkout.git("checkout", "-q", BRANCH)
        if what == "on-top":
            checkout.commit("mine")
        elif what == "amended":
            checkout.write("more", "x")
            checkout.git("add", "more")
            checkout.git("commit", "-q", "--amend", "--no-edit")
        elif what == "reworded":
            message = checkout.git("log", "-1", "--format=%B").replace("Give", "PROJ-1: give")
            checkout.git("commit", "-q", "--amend", "-m", message)
        checkout.git("checkout", "-q", "main")
        checkout.commit("More")
        if what == "rebased":
            checkout.git("rebase", "-q", "main", BRANCH)
            checkout.git("checkout", "-q", "main")
            checkout.commit("Still more")
    kept = checkout.git("rev-parse", BRANCH)
    assert "holds something else; choose another name with --branch" in checkout.refusal()
    assert checkout.git("rev-parse", BRANCH) == kept
    assert checkout.run("another").outcome is Outcome.CREATED


@pytest.mark.parametrize("name", ["", "a..b", "-d", "a b", "x.lock", "/etc", "a/../../b", "@{-1}"])
def test_names_that_are_no_branch(checkout: Checkout, name: str) -> None:
    assert checkout.refusal(name).startswith("git takes no such name")


def test_a_branch_in_the_way_of_the_name(checkout: Checkout) -> None:
    checkout.git("branch", "clearance")
    assert checkout.refusal().endswith("choose another name with --branch")


# Where nothing can be done


def test_nothing_to_change_makes_no_branch(checkout: Checkout) -> None:
    checkout.write(".github/workflows/ci.yml", DONE)
    checkout.commit()
    assert checkout.run().outcome is Outcome.NOTHING
    assert checkout.git("branch", "--list", BRANCH) == ""
    assert not (checkout.root / ".git" / "clearance").exists()


def test_without_an_identity_it_says_what_to_do(checkout: Checkout) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").unlink()
    assert "git config --global user.name NAME" in checkout.refusal()
    assert checkout.git("branch", "--list", BRANCH) == ""


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        pytest.param("nowhere", "it is not a folder", id="no-such-path"),
        pytest.param("plain", "clearance fix works on any folder", id="no-checkout"),
        pytest.param("empty", "it has no commits", id="no-commits"),
        pytest.param("checkout/.github", "name the checkout's top folder", id="a-folder-of-it"),
        pytest.param("checkout/.git", "name the checkout", id="the-git-directory"),
    ],
)
def test_refusals(checkout: Checkout, tmp_path: Path, path: str, sentence: str) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "empty").mkdir()
    Checkout(tmp_path / "empty").git("init", "-q")
    assert sentence in Checkout(tmp_path / path).refusal()


def test_a_commit_without_workflows(checkout: Checkout) -> None:
    checkout.git("rm", "-q", "-r", ".github")
    checkout.commit()
    assert checkout.refusal().startswith("its commit has no workflows")


def test_another_repository_in_the_environment(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    assert checkout.refusal().startswith("GIT_DIR is set")


# Reading through git


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://github.com/a/b.git", "a/b"),
        ("https://user:secret@github.com/a/b", "a/b"),
        ("git@github.com:a/b.git", "a/b"),
        ("ssh://git@github.com:22/a/b.c", "a/b.c"),
        ("https://gitlab.com/a/b", None),
        ("https://evil.example/github.com/a/b", None),
        ("https://github.com.evil.example/a/b", None),
        ("/srv/github.com/a/b", None),
    ],
)
def test_the_slug_of_the_remote(checkout: Checkout, url: str, slug: str | None) -> None:
    checkout.git("remote", "add", "origin", url)
    with open_repository(checkout.root) as repository:
        assert repository.slug() == slug


@pytest.mark.parametrize(
    "path",
    ["nothing", "../outside", "/etc/passwd", ".github", "a\nb", "file/below", "", "link", "up/x"],
)
def test_paths_that_are_no_file_of_the_commit(checkout: Checkout, path: str) -> None:
    checkout.write("file", "x")
    (checkout.root / "link").symlink_to("file")
    (checkout.root / "up").symlink_to("..")
    checkout.commit()
    with open_repository(checkout.root) as repository:
        tree = Tree(repository, repository.commit(repository.head).tree)
        assert tree.read(path) is None
        assert tree.read("file") == "x"


def test_the_texts_are_readable_by_others(checkout: Checkout) -> None:
    assert stat.S_IMODE(checkout.run().texts[0].stat().st_mode) == 0o644
