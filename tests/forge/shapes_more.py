"""The JSON of REST's answers about runs and apps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.forge.graph_git import Commit
from tests.forge.people import App, User
from tests.forge.repository import Repository
from tests.forge.runs import Job, Run
from tests.forge.shapes import Json, at, minimal_repository, user


def run(api: str, place: Repository, one: Run) -> Json:
    """``workflow-run``."""
    here = f"{api}/repos/{place.full_name}/actions/runs/{one.id}"
    seconds = sum(step.seconds for job in one.jobs for step in job.steps)
    urls = {
        f"{name}_url": f"{here}/{name}" for name in ("jobs", "logs", "cancel", "rerun", "artifacts")
    }
    return urls | {
        "id": one.id,
        "node_id": f"WFR_{one.id}",
        "name": one.name,
        "head_branch": one.branch,
        "head_sha": one.commit,
        "path": one.path,
        "display_title": one.name,
        "run_number": one.number,
        "run_attempt": one.attempt,
        "event": one.event,
        "status": "completed",
        "conclusion": one.conclusion,
        "workflow_id": one.id,
        "url": here,
        "html_url": f"{place.web_url}/actions/runs/{one.id}",
        "created_at": at(one.at),
        "run_started_at": at(one.at),
        "updated_at": at(one.at + timedelta(seconds=seconds)),
        "head_commit": None,
        "check_suite_url": f"{api}/repos/{place.full_name}/check-suites/{one.id}",
        "workflow_url": f"{api}/repos/{place.full_name}/actions/workflows/{one.id}",
        "repository": minimal_repository(api, place),
        "head_repository": minimal_repository(api, one.head or place),
        "pull_requests": [],
    }


def job(api: str, place: Repository, of: Run, one: Job) -> Json:
    """``job``."""
    root = f"{api}/repos/{place.full_name}"
    steps, now = [], of.at
    for number, step in enumerate(one.steps, 1):
        begun, now = now, now + timedelta(seconds=step.seconds)
        steps.append(
            {
                "name": step.name,
                "status": "completed",
                "conclusion": step.conclusion,
                "number": number,
                "started_at": at(begun),
                "completed_at": at(now),
            }
        )
    return {
        "id": one.id,
        "node_id": f"CR_{one.id}",
        "run_id": of.id,
        "run_url": f"{root}/actions/runs/{of.id}",
        "run_attempt": of.attempt,
        "head_sha": of.commit,
        "head_branch": of.branch,
        "workflow_name": of.name,
        "name": one.name,
        "url": f"{root}/actions/jobs/{one.id}",
        "html_url": f"{place.web_url}/actions/runs/{of.id}/job/{one.id}",
        "status": "completed",
        "conclusion": one.conclusion,
        "created_at": at(of.at),
        "started_at": at(of.at),
        "completed_at": at(now),
        "check_run_url": f"{root}/check-runs/{one.id}",
        "labels": list(one.labels),
        "runner_id": 1,
        "runner_name": "GitHub Actions 1",
        "runner_group_id": 2,
        "runner_group_name": "GitHub Actions",
        "steps": steps,
    }


def installation(api: str, app: App, account: User, created: datetime) -> Json:
    """``installation``."""
    return {
        "id": app.installation,
        "account": user(api, account),
        "app_id": app.id,
        "app_slug": app.slug,
        "client_id": app.client_id,
        "target_id": account.id,
        "target_type": account.kind,
        "permissions": dict(app.permissions),
        "repository_selection": "all" if app.repositories is None else "selected",
        "access_tokens_url": f"{api}/app/installations/{app.installation}/access_tokens",
        "repositories_url": f"{api}/installation/repositories",
        "html_url": f"{api}/settings/installations/{app.installation}",
        "events": [],
        "single_file_name": None,
        "created_at": at(created),
        "updated_at": at(created),
        "suspended_by": None,
        "suspended_at": at(created) if app.suspended else None,
    }


def token(value: str, expires: datetime, permissions: Mapping[str, str], everywhere: bool) -> Json:
    """``installation-token``."""
    return {
        "token": value,
        "expires_at": at(expires),
        "permissions": dict(permissions),
        "repository_selection": "all" if everywhere else "selected",
    }


def commit(api: str, place: Repository, one: Commit) -> Json:
    """``commit``, without its files."""
    root = f"{api}/repos/{place.full_name}"
    here, inside = f"{root}/commits/{one.oid}", f"{root}/git/commits/{one.oid}"
    who = [
        {"name": actor.name, "email": actor.email, "date": at(actor.when)}
        for actor in (one.author, one.committer)
    ]
    tree = one.tree.oid
    return {
        "sha": one.oid,
        "node_id": one.id,
        "url": here,
        "html_url": one.url,
        "comments_url": f"{here}/comments",
        "commit": {
            "url": inside,
            "author": who[0],
            "committer": who[1],
            "message": one.message,
            "comment_count": 0,
            "tree": {"sha": tree, "url": f"{root}/git/trees/{tree}"},
        },
        "author": {},
        "committer": {},
        "parents": [
            {"sha": parent.oid, "url": f"{root}/commits/{parent.oid}", "html_url": parent.url}
            for parent in one.parents(first=100).nodes
        ],
    }
