"""What ``clearance run`` makes of a local checkout."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot import local
from bot.local import Outcome
from bot.options import BRANCH
from tests.local.checkout import REWRITTEN, WORKFLOW, Checkout


def test_a_branch_with_one_commit_on_top_of_head(checkout: Checkout) -> None:
    head = checkout.git("rev-parse", "HEAD")
    result = checkout.run()
    assert result.outcome is Outcome.CREATED
    assert checkout.git("rev-list", f"{head}..{BRANCH}") == result.commit
    assert checkout.git("rev-parse", f"{BRANCH}^") == head
    assert checkout.git("show", f"{BRANCH}:.github/workflows/ci.yml") + "\n" == REWRITTEN
    assert checkout.git("diff", "--name-only", "main", BRANCH) == ".github/workflows/ci.yml"
    assert result.changed == (".github/workflows/ci.yml",)


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
    assert result.texts[1].read_text().startswith("### What was wrong")


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


def test_the_texts_are_readable_by_others(checkout: Checkout) -> None:
    assert stat.S_IMODE(checkout.run().texts[0].stat().st_mode) == 0o644
