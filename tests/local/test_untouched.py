"""What ``clearance run`` leaves as it is, and what it never starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.local import Outcome
from tests.local.checkout import WORKFLOW, Checkout


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
