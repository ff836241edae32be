"""REST: runs of workflows, their jobs and logs, the settings of Actions, and secrets' names."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.forge import shapes, shapes_more
from tests.forge.answers import Answer
from tests.forge.people import Role
from tests.forge.repository import Repository
from tests.forge.rest import Ask, of_repository, paged
from tests.forge.rights import NOT_FOUND

_RUNS = "actions=read"


@of_repository("GET", "/actions/runs", _RUNS, Role.READ)
def _runs(ask: Ask, place: Repository) -> Answer:
    wanted = {name: ask.query.get(name, "") for name in ("status", "event", "branch", "head_sha")}
    created = ask.query.get("created", "").removeprefix(">=").removeprefix(">")
    since = datetime.fromisoformat(created) if created and ".." not in created else None
    if since and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    found = [
        one
        for one in place.runs
        if (not wanted["status"] or wanted["status"] in (one.conclusion, "completed"))
        and (not wanted["event"] or one.event == wanted["event"])
        and (not wanted["branch"] or one.branch == wanted["branch"])
        and (not wanted["head_sha"] or one.commit == wanted["head_sha"])
        and (since is None or one.at >= since)
    ]
    found.sort(key=lambda one: (one.at, one.id), reverse=True)
    runs = [shapes_more.run(ask.api, place, one) for one in paged(ask, found)]
    return Answer.json(200, {"total_count": len(found), "workflow_runs": runs})


@of_repository("GET", "/actions/runs/{id}", _RUNS, Role.READ)
def _run(ask: Ask, place: Repository) -> Answer:
    one = next((one for one in place.runs if str(one.id) == ask.parts[0]), None)
    return NOT_FOUND if one is None else Answer.json(200, shapes_more.run(ask.api, place, one))


@of_repository("GET", "/actions/runs/{id}/jobs", _RUNS, Role.READ)
def _jobs(ask: Ask, place: Repository) -> Answer:
    run = next((one for one in place.runs if str(one.id) == ask.parts[0]), None)
    if run is None:
        return NOT_FOUND
    jobs = [shapes_more.job(ask.api, place, run, one) for one in run.jobs]
    return Answer.json(200, {"total_count": len(jobs), "jobs": paged(ask, jobs)})


@of_repository("POST", "/actions/runs/{id}/rerun-failed-jobs", "actions=write", Role.WRITE)
def _rerun(ask: Ask, place: Repository) -> Answer:
    run = next((one for one in place.runs if str(one.id) == ask.parts[0]), None)
    if run is None:
        return NOT_FOUND
    place.rerun.append(run.id)
    return Answer.json(201, {})


@of_repository("GET", "/actions/jobs/{id}", _RUNS, Role.READ)
def _job(ask: Ask, place: Repository) -> Answer:
    for run in place.runs:
        for one in run.jobs:
            if str(one.id) == ask.parts[0]:
                return Answer.json(200, shapes_more.job(ask.api, place, run, one))
    return NOT_FOUND


@of_repository("GET", "/actions/jobs/{id}/logs", _RUNS, Role.READ, reads=False)
def _logs(ask: Ask, place: Repository) -> Answer:
    jobs = [one for run in place.runs for one in run.jobs if str(one.id) == ask.parts[0]]
    if not jobs:
        return NOT_FOUND
    where = f"{ask.world.base.replace('127.0.0.1', 'localhost')}/_logs/{place.id}/{jobs[0].id}"
    return Answer(302, headers={"Location": where})


@of_repository("GET", "/actions/permissions", "administration=read", Role.ADMIN, reads=False)
def _permissions(_ask: Ask, place: Repository) -> Answer:
    return Answer.json(200, {"enabled": True, "allowed_actions": place.allowed_actions})


@of_repository(
    "GET", "/actions/permissions/workflow", "administration=read", Role.ADMIN, reads=False
)
def _defaults(_ask: Ask, place: Repository) -> Answer:
    content = {
        "default_workflow_permissions": place.default_permissions,
        "can_approve_pull_request_reviews": place.can_approve,
    }
    return Answer.json(200, content)


def _secret(place: Repository, name: str) -> dict[str, object]:
    when = shapes.at(place.created)
    return {"name": name, "created_at": when, "updated_at": when}


@of_repository("GET", "/actions/secrets", "secrets=read", Role.WRITE, reads=False)
def _secrets(ask: Ask, place: Repository) -> Answer:
    found = [_secret(place, name) for name in paged(ask, list(place.secrets))]
    return Answer.json(200, {"total_count": len(place.secrets), "secrets": found})


@of_repository("GET", "/actions/secrets/{name}", "secrets=read", Role.WRITE, reads=False)
def _secret_of(ask: Ask, place: Repository) -> Answer:
    name = ask.parts[0].upper()
    return Answer.json(200, _secret(place, name)) if name in place.secrets else NOT_FOUND
