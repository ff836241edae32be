"""The same against a stand-in for GitHub, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands import Exit
from bot.doctor import doctor
from bot.forge.auth import from_environment
from bot.forge.checks import Verdict, blocking
from bot.forge.client import Client
from bot.forge.doctor import Asked, examine
from bot.forge.errors import NotFound
from bot.forge.history import Wanted, defaults, failed, seen_secrets
from bot.forge.overview import look
from bot.life.overview import Actor, PullState
from tests.forge.github import BOT, GitHub
from tests.forge.repository import Repository
from tests.forge.runs import Step

_NAME = "octo/app"
_PATH = ".github/workflows/release.yml"
_FILES = {_PATH: "on: push\n", ".github/clearance.yml": "draft: true\n"}
_ALL = {"contents": "write", "pull_requests": "write", "workflows": "write"}
_ASKED = Asked(_NAME, "clearance/permissions", forks=False)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """A GitHub with one repository; the test fails where an exchange with it was not GitHub's."""
    with GitHub() as running:
        running.repository(_NAME, _FILES, collaborators={BOT: "write"}, secrets=("NPM_TOKEN",))
        yield running


def _repository(hub: GitHub) -> Repository:
    found, _ = hub.world.find(_NAME)
    assert found
    return found


def _client(hub: GitHub, token: str, repository: str = _NAME) -> Client:
    credentials = from_environment({"GH_TOKEN": token}, hub.api_url)
    return Client(credentials, repository, api_url=hub.api_url)


def _classic(hub: GitHub, *scopes: str) -> Client:
    hub.token("ghp_x", scopes=scopes or ("repo", "workflow"))
    return _client(hub, "ghp_x")


def test_overview_in_one_call(hub: GitHub) -> None:
    client = _classic(hub)
    seen = look(client, _NAME, "clearance/permissions")
    assert (seen.repository, seen.settings_text, client.calls) == (_NAME, "draft: true\n", 1)


def test_overview_of_a_repository_that_was_renamed(hub: GitHub) -> None:
    hub.rename(_repository(hub), "octo/new")
    assert look(_classic(hub), _NAME, "b").repository == "octo/new"


def test_overview_of_a_repository_that_is_not_there(hub: GitHub) -> None:
    with pytest.raises(NotFound, match=r"^octo/none: there is no such repository"):
        look(_classic(hub), "octo/none", "b")


def test_a_pull_request_that_a_bot_closed(hub: GitHub) -> None:
    repository = _repository(hub)
    client = _classic(hub)
    repository.human.create_branch("clearance/permissions")
    repository.human.push({"a": "b"}, branch="clearance/permissions", message="It")
    repository.human.open("clearance/permissions")
    repository.by("stale[bot]").close(repository.pull)
    (pull,) = look(client, _NAME, "clearance/permissions").pulls
    assert (pull.state, pull.closed_by) == (PullState.CLOSED, Actor("stale", is_bot=True))


_BEGAN = datetime(2026, 1, 2, 10, tzinfo=UTC)
_LOG = (
    "2026-01-02T10:00:00.0Z ##[group]GITHUB_TOKEN Permissions\n"
    "2026-01-02T10:00:00.0Z Contents: read\n"
    "2026-01-02T10:00:00.0Z ##[endgroup]\n"
    "2026-01-02T10:32:01.0Z ##[error]Resource not accessible by integration\n"
)


def test_a_run_that_failed_for_want_of_a_permission(hub: GitHub) -> None:
    steps = (Step("Build", "success", 1920), Step("Release", "failure", 3))
    jobs = [("publish", "failure", steps, _LOG)]
    hub.run(_repository(hub), _PATH, at=_BEGAN, jobs=jobs)
    (run,) = failed(_classic(hub), _NAME, [Wanted(_PATH, frozenset({"contents: write"}))])
    assert (run.step, run.minutes, run.held) == ("Release", 32, ("Contents: read",))


def test_settings_are_for_administrators(hub: GitHub) -> None:
    client = _classic(hub)
    assert (defaults(client, _NAME), seen_secrets(client, _NAME)) == (
        None,
        frozenset({"NPM_TOKEN"}),
    )


def test_a_classic_token_with_both_scopes_lacks_nothing(hub: GitHub) -> None:
    assert blocking(examine(_classic(hub), _ASKED)) == ()


def test_a_classic_token_without_workflow(hub: GitHub) -> None:
    assert [one.name for one in blocking(examine(_classic(hub, "repo"), _ASKED))] == ["Workflows"]


@pytest.mark.parametrize(
    ("lacking", "names"),
    [
        pytest.param("contents", ["push"], id="contents-shows-as-no-right-to-push"),
        pytest.param("pull_requests", ["Pull requests"], id="pull-requests"),
        pytest.param("workflows", [], id="workflows-can-not-be-told"),
    ],
)
def test_a_fine_grained_token_that_lacks_one(hub: GitHub, lacking: str, names: list[str]) -> None:
    permissions = {name: level for name, level in _ALL.items() if name != lacking}
    hub.fine_grained("github_pat_x", permissions, repositories=[_NAME])
    checks = examine(_client(hub, "github_pat_x"), _ASKED)
    assert [one.name for one in blocking(checks)] == names


def test_trying_leaves_nothing(hub: GitHub) -> None:
    repository = _repository(hub)
    before = dict(repository.branches)
    hub.fine_grained("github_pat_x", _ALL, repositories=[_NAME])
    examine(_client(hub, "github_pat_x"), _ASKED)
    assert (dict(repository.branches), repository.pulls) == (before, {})


def test_the_token_of_a_run(hub: GitHub) -> None:
    hub.actions_token("ghs_x", {"contents": "write", "pull_requests": "write"}, _NAME)
    checks = examine(_client(hub, "ghs_x"), _ASKED)
    assert [one.name for one in blocking(checks)] == ["Workflows"]


def test_a_token_that_expires_soon(hub: GitHub) -> None:
    hub.token("ghp_x", expires=datetime.now(UTC) + timedelta(days=3))
    checks = examine(_client(hub, "ghp_x"), _ASKED)
    assert [one.verdict for one in checks if one.name == "expiry"] == [Verdict.NOTE]


def test_a_token_that_was_revoked(hub: GitHub) -> None:
    client = _classic(hub)
    hub.revoke("ghp_x")
    assert [one.name for one in blocking(examine(client, _ASKED))] == ["token"]


def test_an_app_by_what_it_was_given(hub: GitHub) -> None:
    app = hub.app("octo", {"contents": "write", "workflows": "write"})
    environment = {"CLEARANCE_APP_ID": str(app.id), "CLEARANCE_APP_KEY": app.private_key}
    client = Client(from_environment(environment, hub.api_url), _NAME, api_url=hub.api_url)
    assert [one.name for one in blocking(examine(client, _ASKED))] == ["Pull requests"]


def test_a_server_of_ones_own(hub: GitHub) -> None:
    hub.world.version = "3.17"
    hub.token("ghp_x")
    credentials = from_environment({"GH_ENTERPRISE_TOKEN": "ghp_x"}, hub.enterprise_url)
    client = Client(credentials, _NAME, api_url=hub.enterprise_url)
    assert blocking(examine(client, _ASKED)) == ()


def _set(monkeypatch: pytest.MonkeyPatch, hub: GitHub, token: str) -> None:
    monkeypatch.delenv("GH_HOST", raising=False)
    for name in ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", hub.api_url)
    monkeypatch.setenv("GH_TOKEN", token)


@pytest.mark.parametrize(
    ("scopes", "code", "last"),
    [
        pytest.param("repo workflow", Exit.DONE, "Nothing is lacking", id="all-is-well"),
        pytest.param("repo", Exit.FINDINGS, "lack something", id="a-scope-lacks"),
    ],
)
def test_the_command(
    hub: GitHub,
    scopes: str,
    code: Exit,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub.token("ghp_x", scopes=scopes.split())
    _set(monkeypatch, hub, "ghp_x")
    assert doctor(_NAME) is code
    assert last in capsys.readouterr().out.splitlines()[-1]


def test_the_command_does_not_show_the_token(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _set(monkeypatch, hub, "ghp_0123456789")
    doctor(_NAME)
    written = capsys.readouterr()
    assert "GitHub knows no such token" in written.out
    assert "ghp_0123456789" not in written.out + written.err
