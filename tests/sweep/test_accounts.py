"""An app on several accounts: each is asked about, and worked on, with a token of its own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from bot.commands import Exit
from bot.forge.auth import from_environment
from bot.forge.limiter import Limiter
from bot.review import command
from bot.sweep.discover import Sources, discover
from bot.sweep.found import Found
from bot.sweep.lister import Lister
from bot.sweep.record import State
from tests.forge.answers import Answer
from tests.forge.faults import status
from tests.forge.github import GitHub
from tests.forge.people import App
from tests.forge.repository import Repository
from tests.forge_client.support import FakeClock
from tests.stories.teller import CHECKS, CI, FIXED
from tests.sweep.nights import RIGHTS, Nights, as_app, opened

BRANCH = "clearance/permissions"
EVERYTHING = Sources(installation=True)


def place(hub: GitHub, name: str) -> Repository:
    made = hub.light(name, {CI: CHECKS})
    made.private = True
    return made


@pytest.fixture
def places(hub: GitHub) -> list[Repository]:
    """Two repositories in each of three accounts, one of them a user's."""
    hub.user("cat", "User")
    names = [f"{owner}/{name}" for owner in ("acme", "bolt", "cat") for name in ("one", "two")]
    return [place(hub, name) for name in names]


@pytest.fixture
def app(hub: GitHub) -> App:
    """On all of acme, on all of cat, and suspended on bolt."""
    made = hub.app("acme", RIGHTS)
    hub.install(made, "bolt", suspended=True)
    hub.install(made, "cat")
    return made


def lister(hub: GitHub, app: App, clock: FakeClock | None = None) -> Lister:
    environ = {"CLEARANCE_APP_ID": str(app.id), "CLEARANCE_APP_KEY": app.private_key}
    limiter = Limiter(clock=clock or FakeClock())
    own = from_environment(environ, hub.api_url, limiter=limiter)
    return Lister(own, "x/x", api_url=hub.api_url, limiter=limiter)


def found(client: Lister, sources: Sources = EVERYTHING) -> list[Found]:
    return list(discover(client, sources, (BRANCH,)))


def told(founds: list[Found]) -> tuple[list[str], list[str]]:
    """The names of those that were found, and of those with a problem."""
    good = [one.repository for one in founds if not one.problem]
    return good, [one.repository for one in founds if one.problem]


def minted(hub: GitHub) -> Counter[str]:
    """How many tokens each account's installation has given."""
    return Counter(
        hub.world.tokens[one.answer()["token"]].app.account  # type: ignore[union-attr]
        for one in hub.calls
        if one.path.endswith("/access_tokens") and one.status == 201
    )


@pytest.mark.usefixtures("places")
def test_all_that_an_app_is_installed_on_is_found(hub: GitHub, app: App) -> None:
    founds = found(lister(hub, app))
    assert told(founds) == (["acme/one", "acme/two", "cat/one", "cat/two"], ["bolt"])
    assert "suspended" in founds[2].problem
    assert minted(hub) == {"acme": 1, "cat": 1}
    # The list of installations, two tokens, and two lists of repositories.
    assert len(hub.calls.api) == 5


@pytest.mark.usefixtures("places")
def test_a_choice_of_an_account_is_found_alone(hub: GitHub, app: App) -> None:
    hub.light("dove/public", {CI: CHECKS})
    place(hub, "dove/chosen")
    hub.install(app, "dove", repositories=["dove/chosen"])
    assert "dove/chosen" in told(found(lister(hub, app)))[0]
    assert "dove/public" not in told(found(lister(hub, app)))[0]


@pytest.mark.usefixtures("places")
def test_accounts_that_are_named_too_are_listed_once(hub: GitHub, app: App) -> None:
    client = lister(hub, app)
    sources = Sources(("Acme", "bolt", "elsewhere"), ("cat",), installation=True)
    good, bad = told(found(client, sources))
    assert good == ["acme/one", "acme/two", "cat/one", "cat/two"]
    assert bad == ["bolt", "elsewhere"]
    assert client.calls == 2


@pytest.mark.usefixtures("places")
def test_what_is_named_one_by_one_is_asked_for_with_its_account_s_token(
    hub: GitHub, app: App
) -> None:
    client = lister(hub, app)
    names = ("cat/two", "acme/one", "cat/one", "bolt/one", "nobody/x")
    good, bad = told(found(client, Sources(repositories=names)))
    assert good == ["cat/two", "cat/one", "acme/one"]
    assert bad == ["bolt", "nobody"]


def test_a_search_is_made_with_each_token(hub: GitHub, places: list[Repository], app: App) -> None:
    for one in places:
        one.topics = ("ours",)
    hub.light("else/public", {CI: CHECKS}, topics=("ours",))
    good, bad = told(found(lister(hub, app), Sources(search="topic:ours")))
    assert sorted(good) == ["acme/one", "acme/two", "cat/one", "cat/two", "else/public"]
    assert bad == []


def test_very_many_installations_are_listed_page_by_page(hub: GitHub, app: App) -> None:
    for number in range(150):
        hub.install(app, f"o{number}", suspended=True)
    assert len(found(lister(hub, app))) == 151


def test_an_app_that_is_installed_nowhere_says_so(hub: GitHub, app: App) -> None:
    client = lister(hub, app)
    for number in [one.installation for one in hub.world.apps.values()]:
        # The app itself is known by its installations here.
        if number != app.installation:
            del hub.world.apps[number]
    hub.fault("GET /app/installations", Answer.json(200, []))
    assert told(found(client)) == ([], ["the app"])


def test_an_app_whose_key_is_wrong_ends_it(nights: Nights, app: App) -> None:
    nights.sources = "installation: true"
    as_app(nights, app)
    nights.hub.fault("GET /app/installations", status(401), times=None)
    assert nights.sweep() is Exit.ERROR


def test_a_token_is_got_anew_before_it_ends(
    hub: GitHub, places: list[Repository], app: App
) -> None:
    clock = FakeClock()
    client = lister(hub, app, clock)
    found(client)
    clock.now += 3700
    hub.advance(seconds=3700)
    assert len(told(found(client))[0]) == 4
    assert minted(hub) == {"acme": 2, "cat": 2}


def names(nights: Nights, state: State) -> set[str]:
    text = (nights.out / "records.jsonl").read_text().splitlines()
    return {line.split('"')[5] for line in text if f'"state":"{state}"' in line}


def all_opened(places: list[Repository]) -> list[str]:
    return [one.full_name for one in places if opened([one])]


def test_a_sweep_works_on_all_accounts(nights: Nights, places: list[Repository], app: App) -> None:
    nights.sources = "installation: true"
    as_app(nights, app)
    assert nights.sweep() is Exit.FINDINGS
    assert all_opened(places) == ["acme/one", "acme/two", "cat/one", "cat/two"]
    assert names(nights, State.FAILED) == {"bolt"}
    assert {one.author.login for one in (places[0].pull, places[5].pull)} == {"clearance[bot]"}


def test_canaries_of_any_account_turn_green(
    nights: Nights, places: list[Repository], app: App
) -> None:
    """They are in another account than the first one, and nobody else may see them."""
    nights.sources = "installation: true\nexclude: [acme/*]"
    as_app(nights, app)
    nights.sweep("canaries: 1")
    assert all_opened(places) == ["cat/one"]
    places[4].human.merge(places[4].pull)
    nights.hub.run(places[4], CI, conclusion="success")
    nights.sources = "installation: true"
    nights.sweep("canaries: 1")
    assert all_opened(places) == ["acme/one", "acme/two", "cat/two"]


def test_tokens_that_end_within_a_sweep_are_got_anew(nights: Nights, app: App) -> None:
    """Five minutes before its end is an end."""
    for name in ("acme/one", "cat/one"):
        nights.hub.light(name, {CI: FIXED}).private = True
    nights.hub.world.tokens_last = timedelta(seconds=300)
    nights.sources = "installation: true"
    as_app(nights, app)
    nights.sweep()
    assert names(nights, State.NOTHING) == {"acme/one", "cat/one"}
    used = Counter(one.token for one in nights.hub.calls.api if one.token.startswith("ghs_"))
    assert max(used.values()) == 1


def reviewed(nights: Nights, app: App, capsys: pytest.CaptureFixture[str], **wish: str) -> str:
    as_app(nights, app)
    for name, value in nights.hub.environment("").items():
        nights.patch.setenv(name, value)
    capsys.readouterr()
    nights.hub.calls.clear()
    command.run(command.Wish(**wish))  # type: ignore[arg-type]
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.usefixtures("places")
def test_review_lists_what_is_open_in_all_accounts(
    nights: Nights, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.sources = "installation: true"
    as_app(nights, app)
    nights.sweep()
    told = reviewed(nights, app, capsys)
    assert "4 pull requests." in told
    assert "bolt: the app's installation there is suspended" in told
    assert minted(nights.hub) == {"acme": 1, "cat": 1}


@pytest.mark.usefixtures("places")
def test_review_asks_the_accounts_alone_that_are_meant(
    nights: Nights, app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.sources = "installation: true"
    as_app(nights, app)
    nights.sweep()
    told = reviewed(nights, app, capsys, pattern="cat/*")
    assert "2 pull requests." in told
    assert "bolt" not in told
    assert minted(nights.hub) == {"cat": 1}


def test_review_looks_at_what_was_merged_in_all_accounts(
    nights: Nights, places: list[Repository], app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    nights.sources = "installation: true"
    as_app(nights, app)
    nights.sweep()
    for one in (places[0], places[5]):
        one.human.merge(one.pull)
        nights.hub.run(one, CI, conclusion="success")
    told = reviewed(nights, app, capsys, merged_since="2020-01-01")
    assert "acme/one#1" in told
    assert "cat/two#1" in told
