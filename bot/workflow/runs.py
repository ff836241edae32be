"""What is known of a run from the event that started it.

From GitHub's "Events that trigger workflows" (what `github.ref` is) and "Webhook events and
payloads" (what `github.event` holds).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.workflow.evaluate import UNKNOWN, PartialText, Unknown, Value
from bot.workflow.expression import Expr, reads
from bot.workflow.scope import ISSUE, PULL_REQUEST

_MAX_EVENTS = 64
"""More than GitHub has; a hostile file may name any number."""

_PULL_REQUEST = frozenset(
    {
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
    }
)
_ISSUE = frozenset({"issues", "issue_comment"})

_DESCRIBED = _PULL_REQUEST | _ISSUE | {
    "create",
    "delete",
    "merge_group",
    "push",
    "release",
    "repository_dispatch",
    "schedule",
    "workflow_dispatch",
    "workflow_run",
}  # fmt: skip
"""The events that the tables below speak of; nothing is known of any other."""

_PAYLOAD = {
    "action": _DESCRIBED - {"create", "delete", "push", "schedule", "workflow_dispatch"},
    "client_payload": frozenset({"repository_dispatch"}),
    "comment": frozenset({"issue_comment", "pull_request_review_comment"}),
    "commits": frozenset({"push"}),
    "created": frozenset({"push"}),
    "deleted": frozenset({"push"}),
    "forced": frozenset({"push"}),
    "head_commit": frozenset({"push"}),
    "inputs": frozenset({"workflow_dispatch"}),
    "issue": _ISSUE,
    "merge_group": frozenset({"merge_group"}),
    "number": frozenset({"pull_request", "pull_request_target"}),
    "pull_request": _PULL_REQUEST,
    "ref": frozenset({"create", "delete", "push", "workflow_dispatch"}),
    "release": frozenset({"release"}),
    "review": frozenset({"pull_request_review"}),
    "schedule": frozenset({"schedule"}),
    "workflow_run": frozenset({"workflow_run"}),
}
"""A key of `github.event` → the events that can have it; in others it is null."""

_ALWAYS_OBJECTS = frozenset(
    {"comment", "issue", "merge_group", "pull_request", "release", "review", "workflow_run"}
)

_BRANCH, _TAG = ("refs/heads/", "branch"), ("refs/tags/", "tag")
_MERGE = ("refs/pull/", None)
_REFS: dict[str, tuple[tuple[str, str | None], ...]] = {
    # A pull request's run is on its merge commit, and once that is merged on the base branch.
    "pull_request": (_MERGE, _BRANCH),
    "pull_request_review": (_MERGE, _BRANCH),
    "pull_request_review_comment": (_MERGE, _BRANCH),
    "pull_request_target": (_BRANCH,),
    "push": (_TAG, _BRANCH),
    "schedule": (_BRANCH,),
    "issues": (_BRANCH,),
    "issue_comment": (_BRANCH,),
    "merge_group": (_BRANCH,),
    "workflow_dispatch": (_TAG, _BRANCH),
    "workflow_run": (_BRANCH,),
}
"""What `github.ref` begins with, and `github.ref_type` where that is documented."""


@dataclass(frozen=True, slots=True)
class Run:
    """A kind of run.

    Attributes:
        event: as in the scope's `event`; None where nothing is known.
        ref: what `github.ref` begins with, if that is known.
        ref_type: `branch` or `tag`, if that is known.
        called: the workflow may be a called one, whose `inputs` come from its caller.
    """

    event: str | None
    ref: str | None = None
    ref_type: str | None = None
    called: bool = False

    def lookup(self, path: tuple[str, ...]) -> Value:
        """What is at a context path in such a run; see `evaluate.Lookup`."""
        if self.event is None:
            return UNKNOWN
        name = self.event.partition("/")[0]
        match path:
            case ("github", "event_name"):
                return name
            case _ if name not in _DESCRIBED:
                return UNKNOWN
            case ("github", "ref") if self.ref:
                return PartialText((self.ref, ""))
            case ("github", "ref_type") if self.ref_type:
                return self.ref_type
            case ("github", "head_ref" | "base_ref"):
                is_empty = name not in _PULL_REQUEST and name != "merge_group"
                return "" if is_empty else UNKNOWN
            case ("inputs", _):
                return UNKNOWN if self.called or name == "workflow_dispatch" else None
            case ("github", "event", "issue", "pull_request", *below):
                if self.event in (ISSUE, "issues"):
                    return None
                return Unknown.TRUTHY if self.event == PULL_REQUEST and not below else UNKNOWN
            case ("github", "event", key, *below) if key in _PAYLOAD:
                if name not in _PAYLOAD[key]:
                    return None
                return Unknown.TRUTHY if key in _ALWAYS_OBJECTS and not below else UNKNOWN
            case _:
                return UNKNOWN


def runs_of(events: Iterable[str | None], *, called: bool) -> tuple[Run, ...]:
    """The kinds of runs that these events start; None stands for an event that isn't known.

    `called`: the workflow may be a called one.
    """
    names = tuple(dict.fromkeys(events))
    if len(names) > _MAX_EVENTS:
        names = (None,)
    return tuple(
        Run(name, ref, ref_type, called)
        for name in names
        for ref, ref_type in _REFS.get((name or "").partition("/")[0], ((None, None),))
    )


def told_apart(runs: Sequence[Run], expr: Expr) -> tuple[Run, ...]:
    """Of runs that are all the same to an expression, one each."""
    paths = tuple(reads(expr))
    found = {tuple(map(run.lookup, paths)): run for run in reversed(runs)}
    return tuple(reversed(found.values()))
