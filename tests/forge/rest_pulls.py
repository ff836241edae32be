"""REST: pull requests, and what issues and they have in common."""

from __future__ import annotations

from collections.abc import Callable

from tests.forge import shapes
from tests.forge.answers import Answer
from tests.forge.people import Role, Token
from tests.forge.pulls import Comment, PullRequest, Review
from tests.forge.repository import Refusal, Repository
from tests.forge.rest import Ask, invalid, of_repository, paged
from tests.forge.rights import NOT_FOUND, sees

_PULLS = "pull_requests=write"
_EITHER = "issues=write; pull_requests=write"

OfPull = Callable[[Ask, PullRequest], Answer]


def _of_pull(method: str, path: str, permissions: str, role: Role) -> Callable[[OfPull], OfPull]:
    def keep(handler: OfPull) -> OfPull:
        def found(ask: Ask, place: Repository) -> Answer:
            number = ask.parts[0]
            pull = place.pulls.get(int(number)) if number.isdigit() else None
            return NOT_FOUND if pull is None else handler(ask, pull)

        of_repository(method, path, permissions, role)(found)
        return handler

    return keep


@of_repository("GET", "/pulls", "pull_requests=read", Role.READ)
def _list(ask: Ask, place: Repository) -> Answer:
    state, head, base = (ask.query.get(name, "") for name in ("state", "head", "base"))
    found = [
        one
        for one in place.pulls.values()
        if (state == "all" or one.is_open == (state != "closed"))
        and (not head or ":" not in head or one.label == head)
        and (not base or one.base == base)
    ]
    found.sort(key=lambda one: one.number, reverse=ask.query.get("direction") != "asc")
    return Answer.json(200, [shapes.pull_simple(ask.api, one) for one in paged(ask, found)])


@of_repository("POST", "/pulls", _PULLS, Role.READ)
def _create(ask: Ask, place: Repository) -> Answer:
    title, head, base = (str(ask.get(name) or "") for name in ("title", "head", "base"))
    if not title:
        return invalid("title can't be blank", resource="PullRequest", code="custom")
    owner, colon, branch = head.partition(":")
    source: Repository | None = place
    forks = (one for one in place.forks if not one.deleted)
    if colon and owner != place.owner.login:
        source = next((one for one in forks if one.owner.login == owner), None)
    try:
        if source is None or not sees(ask.token, source):
            raise Refusal("head", "invalid")
        made = place.open_pull(
            ask.user,
            branch if colon else head,
            base,
            title,
            str(ask.get("body") or ""),
            source=source,
            draft=bool(ask.get("draft")),
            maintainer_can_modify=bool(ask.get("maintainer_can_modify", True)),
        )
    except Refusal as error:
        if error.reason == "invalid":
            return invalid("", resource="PullRequest", field=str(error), code="invalid")
        return invalid(str(error), resource="PullRequest", code="custom")
    where = f"{ask.api}/repos/{place.full_name}/pulls/{made.number}"
    return Answer.json(201, shapes.pull(ask.api, made), Location=where)


@_of_pull("GET", "/pulls/{number}", "pull_requests=read", Role.READ)
def _get(ask: Ask, pull: PullRequest) -> Answer:
    return Answer.json(200, shapes.pull(ask.api, pull))


@_of_pull("PATCH", "/pulls/{number}", _PULLS, Role.READ)
def _edit(ask: Ask, pull: PullRequest) -> Answer:
    if pull.author != ask.user and pull.repository.role_of(_token(ask)) < Role.WRITE:
        return NOT_FOUND
    pull.title = str(ask.get("title") or pull.title)
    if ask.get("body") is not None:
        pull.body = str(ask.get("body"))
    base = ask.get("base")
    if base and base not in pull.repository.branches:
        return invalid("", resource="PullRequest", field="base", code="invalid")
    pull.base = str(base or pull.base)
    pull.updated = pull.repository.now()
    state = ask.get("state")
    if state == "closed":
        pull.close(ask.user)
    elif state == "open" and not pull.is_open:
        try:
            pull.reopen(ask.user)
        except ValueError as error:
            return invalid(str(error), resource="PullRequest", field="state", code="invalid")
    return Answer.json(200, shapes.pull(ask.api, pull))


@_of_pull("PUT", "/pulls/{number}/merge", "contents=write", Role.WRITE)
def _merge(ask: Ask, pull: PullRequest) -> Answer:
    if ask.get("sha") not in (None, pull.head_oid):
        return Answer.message(409, "Head branch was modified. Review and try the merge again.")
    try:
        commit = pull.merge(ask.user, str(ask.get("merge_method") or "merge"))
    except ValueError as error:
        return Answer.message(405, str(error))
    content = {"sha": commit, "merged": True, "message": "Pull Request successfully merged"}
    return Answer.json(200, content)


@_of_pull("POST", "/pulls/{number}/reviews", _PULLS, Role.READ)
def _review(ask: Ask, pull: PullRequest) -> Answer:
    state = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}.get(
        str(ask.get("event")), "COMMENTED"
    )
    if pull.author == ask.user and state != "COMMENTED":
        return invalid("Can not approve your own pull request", resource="PullRequestReview")
    commit = str(ask.get("commit_id") or pull.head_oid)
    if commit not in pull.history():
        return invalid("commit_id is not part of the pull request", resource="PullRequestReview")
    body, place = str(ask.get("body") or ""), pull.repository
    made = Review(place.next_id(), ask.user, state, body, commit, place.now())
    pull.reviews.append(made)
    return Answer.json(200, shapes.review(ask.api, pull, made))


@_of_pull("POST", "/pulls/{number}/requested_reviewers", _PULLS, Role.TRIAGE)
def _reviewers(ask: Ask, pull: PullRequest) -> Answer:
    world, place = ask.world, pull.repository
    logins = [str(one) for one in ask.get("reviewers") or ()]
    known = [world.users.get(login.lower()) for login in logins]
    people = [one for one in known if one]
    may = all(place.role(one) >= Role.READ and one.login in place.collaborators for one in people)
    if len(people) != len(logins) or not may:
        return Answer.message(
            422, "Reviews may only be requested from collaborators. One or more of the users or "
            f"teams you specified is not a collaborator of the {place.full_name} repository."
        )  # fmt: skip
    if pull.author in people:
        return Answer.message(422, "Review cannot be requested from pull request author.")
    pull.reviewers += [one for one in people if one not in pull.reviewers]
    teams = [str(one) for one in ask.get("team_reviewers") or ()]
    pull.team_reviewers += [one for one in teams if one not in pull.team_reviewers]
    return Answer.json(201, shapes.pull_simple(ask.api, pull))


@_of_pull("POST", "/issues/{number}/labels", _EITHER, Role.TRIAGE)
def _label(ask: Ask, pull: PullRequest) -> Answer:
    given = ask.get("labels") if isinstance(ask.body, dict) else ask.body
    for one in given or ():
        name = one["name"] if isinstance(one, dict) else str(one)
        pull.repository.by(ask.user.login).label(pull, name)
    found = [shapes.label(ask.api, pull.repository, name) for name in pull.labels]
    return Answer.json(200, found)


@_of_pull("GET", "/issues/{number}/labels", "issues=read; pull_requests=read", Role.READ)
def _labels(ask: Ask, pull: PullRequest) -> Answer:
    found = [shapes.label(ask.api, pull.repository, name) for name in pull.labels]
    return Answer.json(200, found)


@_of_pull("POST", "/issues/{number}/assignees", _EITHER, Role.READ)
def _assign(ask: Ask, pull: PullRequest) -> Answer:
    place = pull.repository
    if place.role_of(_token(ask)) >= Role.WRITE:
        for login in ask.get("assignees") or ():
            one = ask.world.users.get(str(login).lower())
            if one and one.login in place.collaborators and one not in pull.assignees:
                pull.assignees.append(one)
    return Answer.json(201, shapes.issue(ask.api, pull))


@_of_pull("POST", "/issues/{number}/comments", _EITHER, Role.READ)
def _comment(ask: Ask, pull: PullRequest) -> Answer:
    body = str(ask.get("body") or "")
    if not body:
        return invalid("", resource="IssueComment", field="body", code="missing_field")
    made: Comment = pull.repository.by(ask.user.login).comment(pull, body)
    content = shapes.comment(ask.api, pull, made)
    return Answer.json(201, content, Location=str(content["url"]))


@_of_pull("GET", "/issues/{number}/comments", "issues=read; pull_requests=read", Role.READ)
def _comments(ask: Ask, pull: PullRequest) -> Answer:
    found = [shapes.comment(ask.api, pull, one) for one in paged(ask, pull.comments)]
    return Answer.json(200, found)


@_of_pull("GET", "/issues/{number}", "issues=read; pull_requests=read", Role.READ)
def _issue(ask: Ask, pull: PullRequest) -> Answer:
    return Answer.json(200, shapes.issue(ask.api, pull))


def _token(ask: Ask) -> Token:
    assert ask.token is not None
    return ask.token
