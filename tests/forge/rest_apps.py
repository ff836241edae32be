"""REST: GitHub Apps, their installations and the tokens of those."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import jwt

from tests.forge import shapes, shapes_more
from tests.forge.answers import Answer
from tests.forge.people import App, Token, TokenKind
from tests.forge.rest import Ask, of_anything, paged
from tests.forge.rights import NOT_FOUND

_LEVELS = ("none", "read", "write", "admin")


def _installed(ask: Ask, app: App) -> list[App]:
    """All installations of an app."""
    return [one for one in ask.world.apps.values() if one.id == app.id]


def _which(ask: Ask, meant: Callable[[App], bool]) -> App | Answer:
    """The installation that is meant of the app that asks, or what GitHub answers."""
    app = app_of(ask)
    if isinstance(app, Answer):
        return app
    return next(filter(meant, _installed(ask, app)), NOT_FOUND)


def app_of(ask: Ask) -> App | Answer:
    """The app whose key signed the request's token, or what GitHub answers."""
    value = ask.bearer
    try:
        claims = jwt.decode(value, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return Answer.message(401, "A JSON web token could not be decoded")
    issuer = str(claims.get("iss"))
    app = next((a for a in ask.world.apps.values() if issuer in (str(a.id), a.client_id)), None)
    if app is None:
        return Answer.message(404, "Integration not found")
    try:
        claims = jwt.decode(
            value, app.public_key, algorithms=["RS256"], options={"require": ["exp", "iat"]}
        )
    except jwt.ExpiredSignatureError:
        return Answer.message(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future "
            "time at which the assertion expires"
        )  # fmt: skip
    except jwt.InvalidTokenError:
        return Answer.message(401, "A JSON web token could not be decoded")
    if claims["exp"] > (datetime.now(UTC) + timedelta(minutes=10, seconds=5)).timestamp():
        return Answer.message(401, "'Expiration time' claim ('exp') is too far in the future")
    return app


@of_anything("GET", "/app")
def _app(ask: Ask) -> Answer:
    app = app_of(ask)
    if isinstance(app, Answer):
        return app
    when = shapes.at(ask.world.now())
    owner = shapes.user(ask.api, ask.world.user(app.account))
    content = {
        "id": app.id, "slug": app.slug, "client_id": app.client_id, "node_id": f"A_{app.id}",
        "owner": owner, "name": app.slug, "description": None, "events": [],
        "external_url": f"{ask.api}/apps/{app.slug}", "html_url": f"{ask.api}/apps/{app.slug}",
        "created_at": when, "updated_at": when, "permissions": dict(app.permissions),
    }  # fmt: skip
    return Answer.json(200, content)


@of_anything("GET", "/repos/{owner}/{name}/installation")
def _installation(ask: Ask) -> Answer:
    place, old = ask.world.find("/".join(ask.parts))
    app = _which(ask, lambda one: place is not None and one.account == place.owner.login)
    if isinstance(app, Answer):
        return app
    if place is None:
        return NOT_FOUND
    if app.repositories is not None and place.full_name not in app.repositories:
        return NOT_FOUND
    if old:
        url = f"{ask.api}/repositories/{place.id}/installation"
        return Answer.json(301, {"message": "Moved Permanently", "url": url}, Location=url)
    account = ask.world.user(app.account)
    return Answer.json(200, shapes_more.installation(ask.api, app, account, ask.world.now()))


@of_anything("GET", "/orgs/{org}/installation")
def _of_organisation(ask: Ask) -> Answer:
    return _of_account(ask, "Organization")


@of_anything("GET", "/users/{username}/installation")
def _of_user(ask: Ask) -> Answer:
    return _of_account(ask, "User")


def _of_account(ask: Ask, kind: str) -> Answer:
    account = ask.world.users.get(ask.parts[0].lower())
    app = _which(ask, lambda one: account is not None and one.account == account.login)
    if isinstance(app, Answer):
        return app
    if account is None or account.kind != kind:
        return NOT_FOUND
    return Answer.json(200, shapes_more.installation(ask.api, app, account, ask.world.now()))


@of_anything("GET", "/app/installations")
def _installations(ask: Ask) -> Answer:
    app = app_of(ask)
    if isinstance(app, Answer):
        return app
    found, when = [], ask.world.now()
    for one in paged(ask, _installed(ask, app)):
        shape = shapes_more.installation(ask.api, one, ask.world.user(one.account), when)
        # The description has it that an account is a user and an enterprise at once.
        names = dict.fromkeys(("name", "slug"), one.account)
        shape["account"] |= names | dict.fromkeys(("created_at", "updated_at"), shapes.at(when))
        found.append(shape)
    return Answer.json(200, found)


@of_anything("GET", "/app/installations/{id}")
def _of_number(ask: Ask) -> Answer:
    app = _which(ask, lambda one: ask.parts[0] == str(one.installation))
    if isinstance(app, Answer):
        return app
    account = ask.world.user(app.account)
    return Answer.json(200, shapes_more.installation(ask.api, app, account, ask.world.now()))


@of_anything("POST", "/app/installations/{id}/access_tokens")
def _mint(ask: Ask) -> Answer:
    app = _which(ask, lambda one: ask.parts[0] == str(one.installation))
    if isinstance(app, Answer):
        return app
    if app.suspended:
        return Answer.message(403, "This installation has been suspended")
    wanted: Mapping[str, str] = ask.get("permissions") or app.permissions
    for name, level in wanted.items():
        if _LEVELS.index(level) > _LEVELS.index(app.permissions.get(name, "none")):
            return Answer.message(
                422, "The permissions requested are not granted to this installation."
            )
    names = ask.get("repositories")
    reach = app.repositories
    if names is not None:
        reach = tuple(f"{app.account}/{name}" for name in names)
        known = all(ask.world.find(name)[0] for name in reach)
        inside = app.repositories is None or set(reach) <= set(app.repositories)
        if not known or not inside:
            return Answer.message(
                422, "There is at least one repository that does not exist or is not accessible "
                "to the parent installation."
            )  # fmt: skip
    value = f"ghs_{secrets.token_hex(18)}"
    expires = ask.world.now() + ask.world.tokens_last
    bot = ask.world.user(f"{app.slug}[bot]")
    granted = {"metadata": "read"} | dict(wanted)
    ask.world.tokens[value] = Token(
        value, bot, TokenKind.INSTALLATION, (), granted, reach, expires, app
    )
    return Answer.json(201, shapes_more.token(value, expires, granted, reach is None))


@of_anything("GET", "/installation/repositories")
def _repositories(ask: Ask) -> Answer:
    token = ask.token
    if token is None or token.app is None:
        return Answer.message(403, "Resource not accessible by personal access token")
    found = [one for one in ask.world if one.covered_by(token) and not one.deleted]
    content = {
        "total_count": len(found),
        "repository_selection": "all" if token.repositories is None else "selected",
        "repositories": [shapes.repository(ask.api, one) for one in paged(ask, found)],
    }
    return Answer.json(200, content)
