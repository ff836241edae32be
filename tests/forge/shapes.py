"""The JSON of REST's answers. What each has to hold is in GitHub's OpenAPI description."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from tests.forge.people import Role, Token, User
from tests.forge.pulls import Comment, PullRequest, Review
from tests.forge.repository import Repository
from tests.forge.rights import role_with

Json = dict[str, Any]

_USER_URLS = {
    "events_url": "/events{/privacy}",
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "organizations_url": "/orgs",
    "received_events_url": "/received_events",
    "repos_url": "/repos",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "url": "",
}
_PLAIN = (
    "contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges",
    "stargazers", "subscribers", "subscription", "tags", "teams",
)  # fmt: skip
_REPOSITORY_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "statuses_url": "/statuses/{sha}",
    "trees_url": "/git/trees{/sha}",
    "url": "",
} | {f"{name}_url": f"/{name}" for name in _PLAIN}


def at(when: datetime | None) -> str | None:
    """A time as GitHub writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def user(api: str, one: User) -> Json:
    """``simple-user``."""
    place = f"{api}/users/{quote(one.login)}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": f"U_{one.id}",
        "avatar_url": f"{api}/avatars/{one.id}",
        "gravatar_id": "",
        "html_url": f"{api}/{quote(one.login)}",
        "type": one.kind,
        "site_admin": False,
    } | {name: place + below for name, below in _USER_URLS.items()}


def viewer(api: str, one: User, created: datetime) -> Json:
    """``public-user``, as ``GET /user`` answers to a token that may not read the profile."""
    return user(api, one) | {
        "bio": None, "blog": None, "company": None, "email": None, "followers": 0,
        "following": 0, "hireable": None, "location": None, "name": None, "public_gists": 0,
        "public_repos": 0, "created_at": at(created), "updated_at": at(created),
        "user_view_type": "public",
    }  # fmt: skip


def minimal_repository(api: str, one: Repository) -> Json:
    """``minimal-repository``."""
    place = f"{api}/repos/{one.full_name}"
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "owner": user(api, one.owner),
        "private": one.private,
        "html_url": one.web_url,
        "description": one.description,
        "fork": one.parent is not None,
    } | {name: place + below for name, below in _REPOSITORY_URLS.items()}


def repository(api: str, one: Repository, token: Token | None = None) -> Json:
    """``repository``; with a token also what it may do there."""
    role = role_with(token, one) if token else Role.READ
    pulls = sum(pull.is_open for pull in one.pulls.values())
    return minimal_repository(api, one) | {
        "clone_url": one.clone_url,
        "git_url": one.clone_url.replace("http:", "git:"),
        "ssh_url": f"git@127.0.0.1:{one.full_name}.git",
        "svn_url": one.web_url,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": one.default_branch,
        "forks": len(one.forks),
        "forks_count": len(one.forks),
        "open_issues": pulls,
        "open_issues_count": pulls,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 108 if one.ready and one.branches else 0,
        "has_issues": True,
        "has_projects": True,
        "has_wiki": True,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
        "archived": one.archived,
        "disabled": one.disabled,
        "visibility": one.visibility,
        "topics": list(one.topics),
        "allow_forking": one.forks_allowed,
        "is_template": False,
        "web_commit_signoff_required": False,
        "pushed_at": at(one.created),
        "created_at": at(one.created),
        "updated_at": at(one.created),
        "permissions": {
            "admin": role >= Role.ADMIN,
            "maintain": role >= Role.MAINTAIN,
            "push": role >= Role.WRITE,
            "triage": role >= Role.TRIAGE,
            "pull": role >= Role.READ,
        },
    }


def full_repository(api: str, one: Repository, token: Token) -> Json:
    """``full-repository``, what a repository's own page of the API answers."""
    found = repository(api, one, token) | {"network_count": len(one.forks), "subscribers_count": 0}
    if one.parent:
        found["parent"] = repository(api, one.parent)
        found["source"] = repository(api, one.parent.parent or one.parent)
    return found


def _side(api: str, place: Repository | None, ref: str, oid: str) -> Json:
    owner = place.owner if place else None
    return {
        "label": f"{owner.login if owner else 'unknown'}:{ref}",
        "ref": ref,
        "sha": oid,
        "user": user(api, owner) if owner else None,
        "repo": repository(api, place) if place else None,
    }


def label(api: str, place: Repository, name: str) -> Json:
    """``label``."""
    return {
        "id": place.labels[name],
        "node_id": f"LA_{place.labels[name]}",
        "url": f"{api}/repos/{place.full_name}/labels/{quote(name)}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def _association(pull: PullRequest) -> str:
    role = pull.repository.role(pull.author)
    if pull.author == pull.repository.owner:
        return "OWNER"
    return "COLLABORATOR" if role >= Role.WRITE else "NONE"


def pull_simple(api: str, pull: PullRequest) -> Json:
    """``pull-request-simple``, as in a list of them."""
    place = pull.repository
    root = f"{api}/repos/{place.full_name}"
    here, issue = f"{root}/pulls/{pull.number}", f"{root}/issues/{pull.number}"
    links = {
        "self": here,
        "html": pull.url,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{here}/comments",
        "review_comment": f"{root}/pulls/comments{{/number}}",
        "commits": f"{here}/commits",
        "statuses": f"{root}/statuses/{pull.head_oid}",
    }
    urls = {f"{name}_url": url for name, url in links.items() if name != "self"}
    return urls | {
        "url": here,
        "id": pull.id,
        "node_id": pull.node_id,
        "diff_url": f"{pull.url}.diff",
        "patch_url": f"{pull.url}.patch",
        "number": pull.number,
        "state": "open" if pull.is_open else "closed",
        "locked": False,
        "title": pull.title,
        "body": pull.body or None,
        "user": user(api, pull.author),
        "created_at": at(pull.created),
        "updated_at": at(pull.updated),
        "closed_at": at(pull.closed),
        "merged_at": at(pull.merged),
        "merge_commit_sha": pull.merge_commit,
        "assignee": user(api, pull.assignees[0]) if pull.assignees else None,
        "assignees": [user(api, one) for one in pull.assignees],
        "requested_reviewers": [user(api, one) for one in pull.reviewers],
        "requested_teams": [],
        "labels": [label(api, place, name) for name in pull.labels],
        "milestone": None,
        "draft": pull.draft,
        "author_association": _association(pull),
        "auto_merge": None,
        "head": _side(api, pull.head_repository, pull.head, pull.head_oid),
        "base": _side(api, place, pull.base, place.branches.get(pull.base, pull.head_oid)),
        "_links": {name: {"href": url} for name, url in links.items()},
    }


def pull(api: str, one: PullRequest) -> Json:
    """``pull-request``."""
    commits, (files, added, removed) = one.size()
    mergeable = one.mergeable()
    state = {None: "unknown", False: "dirty", True: "draft" if one.draft else "clean"}[mergeable]
    return pull_simple(api, one) | {
        "merged": one.state == "MERGED",
        "mergeable": mergeable,
        "mergeable_state": state,
        "rebaseable": mergeable,
        "merged_by": user(api, one.merged_by) if one.merged_by else None,
        "comments": len(one.comments),
        "review_comments": 0,
        "maintainer_can_modify": one.maintainer_can_modify and one.from_fork,
        "commits": commits,
        "additions": added,
        "deletions": removed,
        "changed_files": files,
    }


def issue(api: str, one: PullRequest) -> Json:
    """``issue``, which a pull request is too."""
    here = f"{api}/repos/{one.repository.full_name}/issues/{one.number}"
    simple = pull_simple(api, one)
    same = (
        "number", "title", "body", "user", "assignee", "assignees", "labels", "milestone", "state",
        "locked", "created_at", "updated_at", "closed_at", "author_association", "id", "node_id",
    )  # fmt: skip
    return {name: simple[name] for name in same} | {
        "url": here,
        "repository_url": f"{api}/repos/{one.repository.full_name}",
        "labels_url": f"{here}/labels{{/name}}",
        "comments_url": f"{here}/comments",
        "events_url": f"{here}/events",
        "html_url": one.url,
        "comments": len(one.comments),
    }


def comment(api: str, pull: PullRequest, one: Comment) -> Json:
    """``issue-comment``."""
    root = f"{api}/repos/{pull.repository.full_name}/issues"
    return {
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "url": f"{root}/comments/{one.id}",
        "html_url": f"{pull.url}#issuecomment-{one.id}",
        "issue_url": f"{root}/{pull.number}",
        "user": user(api, one.author),
        "body": one.body,
        "created_at": at(one.at),
        "updated_at": at(one.at),
        "author_association": "NONE",
    }


def review(api: str, pull: PullRequest, one: Review) -> Json:
    """``pull-request-review``."""
    here = f"{pull.url}#pullrequestreview-{one.id}"
    request = f"{api}/repos/{pull.repository.full_name}/pulls/{pull.number}"
    return {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": user(api, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": here,
        "pull_request_url": request,
        "author_association": "NONE",
        "_links": {"html": {"href": here}, "pull_request": {"href": request}},
        "submitted_at": at(one.at),
        "commit_id": one.commit,
    }


def ref(api: str, place: Repository, name: str, oid: str, kind: str) -> Json:
    """``git-ref``."""
    root = f"{api}/repos/{place.full_name}/git"
    return {
        "ref": name,
        "node_id": f"REF_{quote(name)}",
        "url": f"{root}/{name}",
        "object": {"type": kind, "sha": oid, "url": f"{root}/{kind}s/{oid}"},
    }
