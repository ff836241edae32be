"""REST: repositories, their forks and refs, accounts, limits and the service itself."""

from __future__ import annotations

from datetime import timedelta

from tests.forge import shapes, shapes_more
from tests.forge.answers import Answer
from tests.forge.bare import ZERO, GitError, Object
from tests.forge.graph_git import Commit
from tests.forge.people import Role, Token, TokenKind
from tests.forge.repository import Refusal, Repository
from tests.forge.rest import Ask, of_anything, of_repository, paged
from tests.forge.rights import NOT_FOUND, workflow_refusal

_EMPTY = Answer.message(409, "Git Repository is empty.")
_RESOURCES = ("core", "graphql", "search")


@of_repository("GET", "", "metadata=read", Role.READ)
def _repository(ask: Ask, place: Repository) -> Answer:
    if ask.token is None:
        return Answer.json(200, shapes.repository(ask.api, place) | _COUNTS)
    return Answer.json(200, shapes.full_repository(ask.api, place, ask.token))


_COUNTS = {"network_count": 0, "subscribers_count": 0}


@of_repository("POST", "/forks", "administration=write,contents=read", Role.READ, reads=True)
def _fork(ask: Ask, place: Repository) -> Answer:
    token = ask.token
    if token is None:
        return Answer.message(401, "Requires authentication")
    if token.kind in (TokenKind.INSTALLATION, TokenKind.ACTIONS, TokenKind.FINE_GRAINED):
        allowed = token.grants("administration", "write") and token.grants("contents", "read")
        if not allowed:
            return Answer.message(403, f"Resource not accessible by {token.whose}")
    if not place.forks_allowed:
        return Answer.message(403, "Forking is disabled for this repository.")
    if not place.branches:
        return Answer.message(403, "The repository exists, but it contains no Git content. Empty "
                              "repositories cannot be forked.")  # fmt: skip
    owner = ask.get("organization") or ask.user.login
    made = next((one for one in place.forks if one.owner.login == owner and not one.deleted), None)
    if made is None:
        name = ask.get("name") or place.name
        while ask.world.find(f"{owner}/{name}")[0]:
            name += "-1"
        made = ask.world.add(f"{owner}/{name}", place.default_branch, place)
        made.ready_at = made.created + timedelta(seconds=ask.world.fork_delay)
        made.collaborators[ask.user.login] = Role.ADMIN
    return Answer.json(202, shapes.full_repository(ask.api, made, token))


@of_repository("GET", "/commits", "contents=read", Role.READ)
def _commits(ask: Ask, place: Repository) -> Answer:
    start = ask.query.get("sha", "") or place.default_branch
    if not place.branches:
        return _EMPTY
    if place.find(f"{start}^{{commit}}") is None:
        return NOT_FOUND
    path = ask.query.get("path", "")
    oids = place.git.run("rev-list", start, *(("--", path) if path else ())).splitlines()
    found = [Commit(place, Object(oid, "commit", 0)) for oid in paged(ask, oids)]
    return Answer.json(200, [shapes_more.commit(ask.api, place, one) for one in found])


@of_repository("GET", "/compare/{basehead}", "contents=read", Role.READ)
def _compare(ask: Ask, place: Repository) -> Answer:
    """``commit-comparison``, without the files."""
    base, _, head = ask.parts[0].partition("...")
    found = [place.find(f"{one}^{{commit}}") for one in (base, head)]
    if not head or None in found:
        return NOT_FOUND
    git, (older, newer) = place.git, (one.oid for one in found if one is not None)
    start = git.run("merge-base", older, newer).strip()
    ahead, behind = git.count(older, newer), git.count(newer, older)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    oids = git.run("rev-list", "--reverse", f"{older}..{newer}").splitlines()
    here = f"{ask.api}/repos/{place.full_name}/compare/{ask.parts[0]}"
    shown = [
        shapes_more.commit(ask.api, place, Commit(place, Object(oid, "commit", 0)))
        for oid in (older, start, *paged(ask, oids))
    ]
    urls = {f"{name}url": here for name in ("", "html_", "permalink_", "diff_", "patch_")}
    numbers = {"ahead_by": ahead, "behind_by": behind, "total_commits": ahead}
    return Answer.json(
        200,
        urls
        | numbers
        | {
            "base_commit": shown[0],
            "merge_base_commit": shown[1],
            "status": status.get((ahead > 0, behind > 0), "identical"),
            "commits": shown[2:],
            "files": [],
        },
    )


@of_repository("GET", "/git/ref/*", "contents=read", Role.READ)
def _ref(ask: Ask, place: Repository) -> Answer:
    if not place.branches:
        return _EMPTY
    name = f"refs/{ask.parts[0]}"
    found = place.git.find(name)
    if found is None or name not in place.git.refs():
        return NOT_FOUND
    return Answer.json(200, shapes.ref(ask.api, place, name, found.oid, found.kind))


@of_repository("POST", "/git/refs", "contents=write", Role.WRITE)
def _create_ref(ask: Ask, place: Repository) -> Answer:
    name, oid = str(ask.get("ref", "")), str(ask.get("sha", ""))
    if not place.branches:
        return _EMPTY
    if not name.startswith("refs/") or name.count("/") < 2:
        return Answer.message(422, "Reference name must start with 'refs/' and have two slashes")
    found = place.git.find(oid)
    if found is None or oid == ZERO:
        return Answer.message(422, "Object does not exist")
    if name in place.git.refs():
        return Answer.message(422, "Reference already exists")
    place.check_push(name)
    try:
        place.set_ref(name, oid, ask.user)
    except GitError:
        return Answer.message(422, f"{name} is not a valid ref name")
    return Answer.json(201, shapes.ref(ask.api, place, name, oid, found.kind))


@of_repository("PATCH", "/git/refs/*", "contents=write", Role.WRITE)
def _update_ref(ask: Ask, place: Repository) -> Answer:
    name, oid = f"refs/{ask.parts[0]}", str(ask.get("sha", ""))
    old = place.git.refs().get(name)
    if old is None:
        return Answer.message(422, "Reference does not exist")
    found = place.git.find(oid)
    if found is None or found.kind != "commit":
        return Answer.message(422, "Object does not exist")
    if not ask.get("force") and not place.git.is_ancestor(old, oid):
        return Answer.message(422, "Update is not a fast forward")
    place.check_push(name)
    refused = workflow_refusal(_token(ask), place.git.changed(old, oid))
    if refused:
        raise Refusal(refused)
    place.set_ref(name, oid, ask.user)
    return Answer.json(200, shapes.ref(ask.api, place, name, oid, "commit"))


@of_repository("DELETE", "/git/refs/*", "contents=write", Role.WRITE)
def _delete_ref(ask: Ask, place: Repository) -> Answer:
    name = f"refs/{ask.parts[0]}"
    if name not in place.git.refs():
        return Answer.message(422, "Reference does not exist")
    place.check_push(name)
    place.set_ref(name, None, ask.user)
    return Answer(204)


def _token(ask: Ask) -> Token:
    assert ask.token is not None
    return ask.token


@of_anything("GET", "/user")
def _user(ask: Ask) -> Answer:
    if ask.token is None:
        return Answer.message(401, "Requires authentication")
    if ask.token.kind in (TokenKind.INSTALLATION, TokenKind.ACTIONS):
        return Answer.message(403, "Resource not accessible by integration")
    return Answer.json(200, shapes.viewer(ask.api, ask.user, ask.world.now()))


@of_anything("GET", "/users/{login}")
def _account(ask: Ask) -> Answer:
    found = ask.world.users.get(ask.parts[0].lower())
    if found is None:
        return NOT_FOUND
    return Answer.json(200, shapes.viewer(ask.api, found, ask.world.now()))


@of_anything("GET", "/rate_limit")
def _rate_limit(ask: Ask) -> Answer:
    value = ask.token.value if ask.token else ""
    resources = {name: ask.limits.state(value, name) for name in _RESOURCES}
    return Answer.json(200, {"resources": resources, "rate": resources["core"]})


@of_anything("GET", "/meta")
def _meta(ask: Ask) -> Answer:
    found: dict[str, object] = {"verifiable_password_authentication": False}
    if ask.world.version:
        found["installed_version"] = ask.world.version
    return Answer.json(200, found)


@of_anything("GET", "/")
def _root(_ask: Ask) -> Answer:
    return Answer.json(200, {})
