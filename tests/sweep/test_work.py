"""The work on one repository, here and in a process that somebody else has started."""

from __future__ import annotations

import pytest

from bot.apart import Apart
from bot.config import SettingsError
from bot.ground import Order
from bot.sweep import work
from bot.sweep.record import State
from bot.sweep.work import Task, Worker
from tests.forge.github import GitHub
from tests.stories.teller import CHECKS, CI
from tests.sweep.nights import TOKEN, near


@pytest.fixture
def place(hub: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> GitHub:
    """A process of its own, as far as its environment and its memory go."""
    near(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(work, "_own", {})
    hub.token(TOKEN)
    for name, value in hub.environment(TOKEN).items():
        monkeypatch.setenv(name, value)
    return hub


def _task(hub: GitHub, name: str, settings: str | None = None) -> Task:
    return Task(Order(name, settings, dry=True, brief=True), hub.api_url, "c0")


def test_a_process_takes_its_token_once_and_keeps_it(place: GitHub) -> None:
    for name in ("o/one", "o/two"):
        place.repository(name, {CI: CHECKS})
        (told,) = work.afar(_task(place, name))
        assert told.state is State.OPENED
    (own,) = vars(work)["_own"].values()
    assert isinstance(own, Worker)
    assert not place.calls.writes


def test_a_task_holds_no_token(place: GitHub) -> None:
    import pickle

    assert TOKEN.encode() not in pickle.dumps(_task(place, "o/one"))


def test_a_process_without_a_token_says_so(place: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GH_TOKEN")
    (told,) = work.afar(_task(place, "o/one"))
    assert told.state is State.FAILED
    assert "token" in told.why


def test_wrong_settings_are_no_worker(place: GitHub) -> None:
    with pytest.raises(SettingsError):
        work.worker("labels: 7\n", place.api_url, Apart())


@pytest.mark.parametrize(
    ("files", "name", "words"),
    [
        pytest.param(None, "o/gone", "", id="that is not there"),
        pytest.param(
            {CI: CHECKS, ".github/clearance.yml": "labels: 7\n"}, "o/one", "labels", id="settings"
        ),
    ],
)
def test_what_is_wrong_with_a_repository_is_on_its_record(
    place: GitHub, files: dict[str, str] | None, name: str, words: str
) -> None:
    if files:
        place.repository(name, files)
    (told,) = work.afar(_task(place, name))
    assert (told.repository, told.state, told.head) == (name, State.FAILED, "c0")
    assert words in told.why
    assert told.why
    assert told.calls >= 1
