"""What is done about pull requests: only to what was looked at, and only where it may be.

Source of the calls: https://docs.github.com/en/rest/pulls/reviews,
https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request and
https://docs.github.com/en/rest/actions/workflow-runs#re-run-failed-jobs-from-a-workflow-run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.forge import pulls
from bot.forge.client import Client, quoted
from bot.forge.errors import ForgeError
from bot.life.overview import PullState
from bot.report import several
from bot.review import runs
from bot.review.facts import Checks, Found, PullFacts
from bot.review.options import Deed
from bot.review.verify import Judgement, Verdict

PROVED = frozenset({Deed.APPROVE, Deed.MERGE})
"""What is done to nothing but what is exactly ours."""
_SETTLED = frozenset({Checks.NONE, Checks.SUCCESS})


def obstacle(deed: Deed, found: Found, judgement: Judgement | None) -> str:
    """Why something may not be done, a sentence; the empty text where it may.

    ``judgement``: None where the pull request was not proved, which some deeds do not take.
    """
    pull = found.pull
    if pull.state is not PullState.OPEN:
        return f"it is {pull.state.lower()}"
    if pull.told is None:
        return "its body does not tell that it is the program's"
    if deed in PROVED and (judgement is None or judgement.verdict is not Verdict.EXACT):
        what = judgement.verdict if judgement is not None else Verdict.UNPROVED
        return f"it is {what}, and only what is exactly ours is {_DONE[deed]}"
    return next((why for look in _OBSTACLES[deed] if (why := look(found))), "")


def do(client: Client, deed: Deed, found: Found) -> str:
    """Do it, if the branch still stands where it was looked at; gives what was done, in words.

    Raises:
        ForgeError: GitHub does not do it, or somebody has pushed in between.
    """
    pull = found.pull
    if pulls.head(client, pull.repository, pull.number) != pull.head:
        raise ForgeError("it was pushed to, closed or merged since it was looked at; look again")
    return _DO[deed](client, found)


def _own(found: Found) -> str:
    author = found.pull.author
    if author is not None and author.is_same(found.viewer):
        return "the token is its author's, and nobody approves what is their own; use another's"
    return ""


def _waits(found: Found) -> str:
    waits = ", ".join(found.pull.waits)
    if waits:
        return f"it waits until {waits} is stored"
    return "it is a draft" if found.pull.draft else ""


def _conflicts(found: Found) -> str:
    if found.pull.queued:
        return "it is in the merge queue already"
    return "it conflicts with its base" if found.pull.mergeable == "CONFLICTING" else ""


def _unchecked(found: Found) -> str:
    checks = found.pull.checks
    return "" if checks in _SETTLED else f"its checks are not green: {checks}"


_OBSTACLES: Mapping[Deed, tuple[Callable[[Found], str], ...]] = {
    Deed.APPROVE: (_own,),
    Deed.MERGE: (_waits, _conflicts, _unchecked),
    Deed.CLOSE: (),
    Deed.RETRY: (),
}
_DONE: Mapping[Deed, str] = {
    Deed.APPROVE: "approved",
    Deed.MERGE: "merged",
    Deed.CLOSE: "closed",
    Deed.RETRY: "started again",
}


def _approve(client: Client, found: Found) -> str:
    pull = found.pull
    body: Mapping[str, object] = {"event": "APPROVE", "commit_id": pull.head}
    client.send("POST", f"{_path(pull)}/reviews", body)
    return f"approved at {pull.head[:7]}"


def _merge(client: Client, found: Found) -> str:
    pull = found.pull
    body = {"sha": pull.head, "merge_method": found.merge_method.lower()}
    client.send("PUT", f"{_path(pull)}/merge", body)
    return f"merged at {pull.head[:7]}"


def _close(client: Client, found: Found) -> str:
    client.send("PATCH", _path(found.pull), {"state": "closed"})
    return "closed; what it proposed is not proposed again"


def _retry(client: Client, found: Found) -> str:
    """Start the failed jobs of its checks again."""
    pull = found.pull
    failed = runs.failed_of(client, pull.repository, pull.head)
    for one in failed:
        place = quoted(*pull.repository.split("/"), "actions", "runs", str(one.id))
        client.send("POST", f"/repos{place}/rerun-failed-jobs", {})
    return (
        f"{several(len(failed), 'failed run')} started again" if failed else "no run of it failed"
    )


def _path(pull: PullFacts) -> str:
    return f"/repos{quoted(*pull.repository.split('/'))}/pulls/{pull.number}"


_DO: Mapping[Deed, Callable[[Client, Found], str]] = {
    Deed.APPROVE: _approve,
    Deed.MERGE: _merge,
    Deed.CLOSE: _close,
    Deed.RETRY: _retry,
}
