"""A GitHub App lists what it is installed on: with a token for all of it, that may only read."""

from __future__ import annotations

import pytest

from bot.forge.auth import ALL, Credentials, TokenKind, from_environment
from bot.forge.errors import NotFound
from bot.forge.limiter import Limiter
from bot.sweep.discover import Sources, discover
from bot.sweep.lister import Lister
from tests.forge.github import GitHub

GRANTS = {"contents": "write", "pull_requests": "write", "workflows": "write"}


def credentials(hub: GitHub, owner: str, limiter: Limiter) -> Credentials:
    app = hub.app(owner, GRANTS)
    environ = {"CLEARANCE_APP_ID": str(app.id), "CLEARANCE_APP_KEY": app.private_key}
    return from_environment(environ, hub.api_url, limiter=limiter)


@pytest.mark.parametrize("kind", ["Organization", "User"])
def test_an_app_lists_what_it_is_installed_on(hub: GitHub, kind: str) -> None:
    hub.user("acme", kind)
    for name in ("one", "two"):
        hub.repository(f"acme/{name}", {"README.md": "x"}, private=True)
    limiter = Limiter()
    own = credentials(hub, "acme", limiter)
    client = Lister(own, f"acme/{ALL}", api_url=hub.api_url, limiter=limiter)
    sources = Sources(organisations=("acme",))
    found = discover(client, sources, ("clearance/permissions",))
    assert [one.repository for one in found] == ["acme/one", "acme/two"]


def test_its_token_for_all_may_only_read(hub: GitHub) -> None:
    hub.repository("acme/one", {"README.md": "x"})
    token = credentials(hub, "acme", Limiter()).token(f"acme/{ALL}")
    assert token.kind is TokenKind.APP
    assert set((token.permissions or {}).values()) == {"read"}


def test_its_token_for_one_is_another(hub: GitHub) -> None:
    hub.repository("acme/one", {"README.md": "x"})
    own = credentials(hub, "acme", Limiter())
    assert own.token("acme/one").value != own.token(f"acme/{ALL}").value


def test_an_account_without_the_app_is_told(hub: GitHub) -> None:
    hub.repository("acme/one", {"README.md": "x"})
    with pytest.raises(NotFound, match="not installed on"):
        credentials(hub, "acme", Limiter()).token(f"other/{ALL}")
