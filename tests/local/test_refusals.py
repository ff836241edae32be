"""Where ``clearance run`` does nothing, and says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import local
from bot.local import LocalError, Outcome
from bot.options import BRANCH
from tests.local.checkout import DONE, Checkout


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


def test_settings_in_the_commit_that_can_not_be_used(checkout: Checkout) -> None:
    checkout.write(".github/clearance.yml", "colour: red\n")
    checkout.commit()
    with pytest.raises(LocalError, match=r"\.github/clearance\.yml: line 1: colour is no setting"):
        local.run(checkout.root, None, out=None, branch=BRANCH)
