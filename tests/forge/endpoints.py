"""What the stand-in's endpoints do: the API's of one or more repositories, and the registry's."""

from __future__ import annotations

import re
import secrets
import urllib.parse
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.permissions import rest
from tests.forge.answers import Answer, Identity, Request

HEAD = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
"""The one commit that every repository has."""

_BAD_CREDENTIALS = Answer.message(401, "Bad credentials")
_NOT_FOUND = Answer.message(404, "Not Found")
_LISTS = {
    "actions/runners": "runners",
    "actions/secrets": "secrets",
    "actions/variables": "variables",
    "environments": "environments",
}
_STATUS = {"GET": 200, "HEAD": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}


class Forge:
    """The state, and :meth:`answer`."""

    def __init__(self) -> None:
        self.url = ""
        self.identities: dict[str, Identity] = {}
        self.releases: dict[int, dict[str, object]] = {}
        self.tags: set[str] = set()
        self.branches: set[str] = {"main"}
        self.uploads: set[str] = set()
        self.bearers: dict[str, str] = {}
        self._last_id = 238_405_117

    def answer(self, request: Request) -> Answer:
        """Do what the request asks for, if its token may."""
        if request.path == "/token":
            return self._bearer(request)
        if request.path.startswith("/v2/"):
            return self._registry(request)
        identity = self.identities.get(request.token)
        if identity is None or identity.expired:
            return _BAD_CREDENTIALS
        answer = self._api(request, identity)
        headers = dict(_account(identity)) | dict(answer.headers)
        return Answer(answer.status, answer.body, headers)

    def _api(self, request: Request, identity: Identity) -> Answer:
        path = request.path.removeprefix("/uploads")
        call = rest.lookup(request.method, path)
        if call is None:
            return _NOT_FOUND
        repository = rest.repository_of(path)
        if repository is not None and repository.lower() != identity.repository.lower():
            return _NOT_FOUND
        if identity.kind == "classic" and "repo" not in identity.grants and call.permission:
            return _NOT_FOUND
        accepted = [_permissions(part) for part in call.permission.split(" | ")]
        if not any(all(identity.holds(*one) for one in every) for every in accepted):
            return _refusal(identity, call.permission)
        try:
            return self._done(request, path, repository or "", identity)
        except ValueError:
            return Answer.message(400, "Problems parsing JSON")

    def _done(self, request: Request, path: str, repository: str, who: Identity) -> Answer:
        below = "/".join(path.split("/")[4:])
        for method, pattern, effect in _EFFECTS:
            found = re.fullmatch(pattern, below)
            if repository and method == request.method and found:
                return effect(self, request, repository, found[1] if found.re.groups else "", who)
        name = _LISTS.get(below)
        if name:
            return Answer.json(200, {"total_count": 0, name: []})
        status = _STATUS[request.method]
        return Answer(204) if status == 204 else Answer.json(status, {})

    def _repository(self, _request: Request, repository: str, _found: str, who: Identity) -> Answer:
        owner, name = repository.split("/")
        content = {
            "id": 1296269,
            "name": name,
            "full_name": repository,
            "owner": {"login": owner, "id": 583231},
            "private": True,
            "default_branch": "main",
            "permissions": {
                "admin": who.holds("administration", "write"),
                "push": who.holds("contents", "write"),
                "pull": True,
            },
        }
        return Answer.json(200, content)

    def _create_release(
        self, request: Request, repository: str, _found: str, _who: Identity
    ) -> Answer:
        data = request.data()
        tag = data.get("tag_name")
        if not isinstance(tag, str) or not tag:
            return Answer.message(422, "Validation Failed")
        draft = bool(data.get("draft", False))
        if not draft and any(
            r["tag_name"] == tag and not r["draft"] for r in self.releases.values()
        ):
            return Answer.message(422, "Validation Failed")
        self._last_id += 1
        api = f"{self.url}/repos/{repository}/releases/{self._last_id}"
        release: dict[str, object] = {
            "url": api,
            "assets_url": f"{api}/assets",
            "upload_url": f"{self.url}/uploads/repos/{repository}/releases/{self._last_id}/assets"
            "{?name,label}",
            "html_url": f"https://github.com/{repository}/releases/tag/untagged-{self._last_id:x}",
            "id": self._last_id,
            "author": {
                "login": "github-actions[bot]",
                "id": 41898282,
                "url": f"{self.url}/users/github-actions%5Bbot%5D",
            },
            "node_id": "RE_kwDOAA",
            "tag_name": tag,
            "target_commitish": data.get("target_commitish", "main"),
            "name": data.get("name", ""),
            "draft": draft,
            "prerelease": bool(data.get("prerelease", False)),
            "created_at": "2026-01-05T10:00:00Z",
            "assets": [],
            "body": data.get("body", ""),
        }
        self.releases[self._last_id] = release
        if not draft:
            self.tags.add(tag)
        return Answer.json(201, release, Location=api)

    def _releases(self, _request: Request, _repo: str, _found: str, _who: Identity) -> Answer:
        return Answer.json(200, list(self.releases.values()))

    def _release(self, request: Request, _repo: str, found: str, _who: Identity) -> Answer:
        release = self.releases.get(int(found))
        if release is None:
            return _NOT_FOUND
        if request.method == "DELETE":
            del self.releases[int(found)]
            return Answer(204)
        if request.method == "PATCH":
            release |= request.data()
            if not release["draft"]:
                self.tags.add(str(release["tag_name"]))
        return Answer.json(200, release)

    def _release_of_tag(self, _request: Request, _repo: str, found: str, _who: Identity) -> Answer:
        tag = urllib.parse.unquote(found)
        matching = (r for r in self.releases.values() if r["tag_name"] == tag and not r["draft"])
        release = next(matching, None)
        return _NOT_FOUND if release is None else Answer.json(200, release)

    def _upload(self, request: Request, _repo: str, found: str, _who: Identity) -> Answer:
        release = self.releases.get(int(found))
        name = urllib.parse.parse_qs(request.query).get("name")
        if release is None or not name:
            return _NOT_FOUND
        self._last_id += 1
        asset = {"id": self._last_id, "name": name[0], "size": len(request.body)}
        assets = release["assets"]
        assert isinstance(assets, list)
        assets.append(asset)
        return Answer.json(201, asset | {"state": "uploaded"})

    def _notes(self, request: Request, repository: str, _found: str, _who: Identity) -> Answer:
        tag = request.data().get("tag_name")
        if not tag:
            return Answer.message(422, "Validation Failed")
        link = f"https://github.com/{repository}/commits/{tag}"
        return Answer.json(200, {"name": tag, "body": f"**Full Changelog**: {link}"})

    def _create_ref(self, request: Request, _repo: str, _found: str, _who: Identity) -> Answer:
        data = request.data()
        ref, sha = data.get("ref"), data.get("sha")
        if not isinstance(ref, str) or not re.fullmatch(r"refs/(heads|tags)/.+", ref):
            return Answer.message(422, "Reference name must start with 'refs/'")
        if sha != HEAD:
            return Answer.message(422, "Object does not exist")
        kind, name = ref.split("/", 2)[1:]
        refs = self.tags if kind == "tags" else self.branches
        if name in refs:
            return Answer.message(422, "Reference already exists")
        refs.add(name)
        return Answer.json(201, {"ref": ref, "object": {"type": "commit", "sha": sha}})

    def _issue(self, request: Request, _repo: str, _found: str, _who: Identity) -> Answer:
        if not request.data().get("title"):
            return Answer.message(422, "Validation Failed")
        self._last_id += 1
        return Answer.json(201, {"id": self._last_id, "number": 1})

    def _registration(self, _request: Request, _repo: str, _found: str, _who: Identity) -> Answer:
        expires = datetime.now(UTC) + timedelta(hours=1)
        content = {"token": secrets.token_hex(14).upper(), "expires_at": expires.isoformat()}
        return Answer.json(201, content)

    def _dispatch(self, request: Request, _repo: str, _found: str, _who: Identity) -> Answer:
        if not request.data().get("event_type"):
            return Answer.message(422, "Invalid request.")
        return Answer(204)

    def _bearer(self, request: Request) -> Answer:
        """A bearer for anybody, as ghcr.io gives it: it proves nothing."""
        bearer = secrets.token_hex(20)
        self.bearers[bearer] = request.token
        return Answer.json(200, {"token": bearer})

    def _registry(self, request: Request) -> Answer:
        if not request.token:
            return _registry_error(401, "UNAUTHORIZED", "authentication required")
        identity = self.identities.get(request.token)
        if identity is None or identity.expired or not identity.holds("packages", "write"):
            return _registry_error(403, "DENIED", "denied: permission_denied: write_package")
        found = re.fullmatch(r"/v2/([a-z0-9._/-]+)/blobs/uploads?/([\w-]*)", request.path)
        if found is None:
            return _registry_error(404, "NAME_UNKNOWN", "repository name not known to registry")
        if request.method == "POST":
            upload = secrets.token_hex(8)
            self.uploads.add(upload)
            location = f"/v2/{found[1]}/blobs/upload/{upload}"
            return Answer(202, headers={"Location": location, "Docker-Upload-UUID": upload})
        if request.method == "DELETE" and found[2] in self.uploads:
            self.uploads.remove(found[2])
            return Answer(204)
        return _registry_error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")


_Effect = Callable[[Forge, Request, str, str, Identity], Answer]
# Method and path below the repository → what is done; the group is handed to it.
_EFFECTS: tuple[tuple[str, str, _Effect], ...] = (
    ("GET", "", Forge._repository),
    ("GET", "releases", Forge._releases),
    ("POST", "releases", Forge._create_release),
    ("POST", "releases/generate-notes", Forge._notes),
    ("GET", r"releases/(\d+)", Forge._release),
    ("PATCH", r"releases/(\d+)", Forge._release),
    ("DELETE", r"releases/(\d+)", Forge._release),
    ("GET", "releases/tags/(.+)", Forge._release_of_tag),
    ("POST", r"releases/(\d+)/assets", Forge._upload),
    ("POST", "git/refs", Forge._create_ref),
    ("POST", "issues", Forge._issue),
    ("POST", "actions/runners/(?:registration|remove)-token", Forge._registration),
    ("POST", "dispatches", Forge._dispatch),
)


def _permissions(text: str) -> list[tuple[str, str]]:
    """``contents: write & issues: read`` as pairs; what is no pair nobody holds."""
    parts = (part.partition(": ") for part in text.split(" & ") if part not in ("", "none"))
    return [(name.replace("_", "-"), level or "write") for name, _, level in parts]


def _refusal(identity: Identity, permission: str) -> Answer:
    if identity.kind == "classic":
        return _NOT_FOUND
    by = "personal access token" if identity.kind == "fine-grained" else "integration"
    accepted = permission.replace(": ", "=").replace(" & ", ",").replace(" | ", "; ")
    message = f"Resource not accessible by {by}"
    return Answer.message(403, message, X_Accepted_GitHub_Permissions=accepted)


def _account(identity: Identity) -> Mapping[str, str]:
    """The headers that tell of the token."""
    headers = {"x-ratelimit-limit": "1000", "x-ratelimit-remaining": "987"}
    if identity.kind == "classic":
        headers["x-oauth-scopes"] = ", ".join(identity.grants)
    if identity.expires is not None and identity.kind in ("classic", "fine-grained"):
        expires = identity.expires.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        headers["github-authentication-token-expiration"] = expires
    return headers


def _registry_error(status: int, code: str, message: str) -> Answer:
    return Answer.json(status, {"errors": [{"code": code, "message": message}]})
