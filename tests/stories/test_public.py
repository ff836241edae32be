"""A run in a public repository's Actions: what it prints, everybody can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.forge.github import GitHub
from tests.forge.repository import Repository
from tests.stories.teller import CHECKS, CI, HOME, Teller


def _run(teller: Teller, tmp_path: Path, event: object, *words: str) -> tuple[int | None, str]:
    """The program's exit code and its errors in a run of Actions with this event."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(event))
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)}
    process = teller.process(*words, environ=environ)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


PUBLIC = {"repository": {"private": False, "visibility": "public"}}
INTERNAL = {"repository": {"private": True, "visibility": "internal"}}
SAYS = (
    "clearance: octo/demo: it is not public, and this run's log and artifacts are; "
    "run from a private repository, or set private_from_public\n"
)


@pytest.fixture
def repo(hub: GitHub) -> Repository:
    """A private repository."""
    return hub.repository(HOME, {CI: CHECKS}, private=True)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(PUBLIC, id="from a public one"),
        pytest.param({}, id="where nothing is told"),
    ],
)
def test_a_private_repository_is_not_worked_on(
    teller: Teller, repo: Repository, tmp_path: Path, event: object
) -> None:
    assert _run(teller, tmp_path, event) == (2, SAYS)
    assert not repo.pulls


def test_from_where_few_can_read_it_is(teller: Teller, repo: Repository, tmp_path: Path) -> None:
    assert _run(teller, tmp_path, INTERNAL) == (0, "")
    assert repo.pull.state == "OPEN"


def test_whoever_runs_it_may_say_otherwise(
    teller: Teller, repo: Repository, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text("private_from_public: true\n")
    assert _run(teller, tmp_path, PUBLIC, "--config", str(settings)) == (0, "")
    assert repo.pull.state == "OPEN"


def test_a_public_repository_is_nobodys_secret(
    teller: Teller, repo: Repository, tmp_path: Path
) -> None:
    repo.private = False
    assert _run(teller, tmp_path, PUBLIC) == (0, "")
    assert repo.pull.state == "OPEN"
