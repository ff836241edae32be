"""What a failed run shows that a job lacks, as far as that may shape an edit.

A log is text that a workflow writes, and in runs for forks anybody writes the workflow. So only
those runs count that somebody started who may write to the repository, for a commit that the
default branch holds; and of what they say only what nobody but GITHUB_TOKEN is refused so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bot.forge import network
from bot.forge.client import quoted
from bot.forge.errors import BadToken, ForgeError, Invalid, Limited, NotFound
from bot.forge.fields import Fields
from bot.permissions.evidence import Lost
from bot.permissions.lost import Told, lost
from bot.review import runs
from bot.review.desk import Desk
from bot.review.explaining import Explanation, Mend
from bot.review.refusal import Refusal
from bot.review.runs import Run

_PLAIN = frozenset({"push", "release", "schedule", "workflow_dispatch", "repository_dispatch"})
"""Events that nobody causes who may not write, and that run the repository's own files alone."""
_CALL = "Resource not accessible by integration"
_PUSH = re.compile(r"remote: Permission to (\S+)\.git denied to github-actions\[bot\]")
_NO_ID_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_"  # noqa: S105 - part of two variables' names
_ID_TOKEN = "id-token"  # noqa: S105 - a scope
_HELD = frozenset({"behind", "identical"})
"""How a commit stands to a branch that holds it; see
https://docs.github.com/en/rest/commits/commits#compare-two-commits."""


def is_own(run: Run) -> bool:
    """Whether nobody without a right to write had a hand in a run."""
    return run.own and run.event in _PLAIN


def is_of(desk: Desk, repository: str, branch: str, run: Run) -> bool:
    """Whether a run shows what the workflow does that stands in a branch, the default one.

    Its commit has to be one that the branch holds. Runs for tags count where the file is the same.

    Raises:
        ForgeError: there is no answer.
    """
    if not is_own(run):
        return False
    try:
        # A tag may have the branch's name.
        path = f"{_place(repository)}/git/ref{quoted('heads', *branch.split('/'))}"
        tip = Fields.of(desk.client.get(path).json(), repository).child("object").text("sha")
    except (NotFound, Invalid):
        return False
    return _is_in(desk, repository, tip, branch, run)


def _is_in(desk: Desk, repository: str, tip: str, branch: str, run: Run) -> bool:
    """Whether a commit, a branch's, holds that of a run, and has its workflow."""
    if not _holds(desk, repository, tip, run.commit):
        return False
    if run.branch == branch and run.event != "release":
        return True
    then, now = (f"{repository}@{ref}:{run.path}" for ref in (run.commit, tip))
    texts = network.fetch(desk.client, (then, now), desk.cache)
    before, after = texts.get(then), texts.get(now)
    return before is not None and after is not None and before.blob == after.blob


def _holds(desk: Desk, repository: str, tip: str, commit: str) -> bool:
    """Whether a commit is another one's ancestor, or that one itself."""
    path = f"{_place(repository)}/compare{quoted(f'{tip}...{commit}')}?per_page=1"
    try:
        answer = Fields.of(desk.client.get(path).json(), repository)
    except (NotFound, Invalid):
        return False
    return answer.text("status") in _HELD


def losses(run: Run, one: Explanation, pull: int) -> Iterator[Lost]:
    """What the job lacked, where it is plain that its own GITHUB_TOKEN did, and one scope mends it.

    ``pull``: the number of the pull request that was merged before the run.
    """
    told = one.refusal
    if one.mend is not Mend.BLOCK or not told.proved or told.need is None or not one.own:
        return
    scope, _, level = one.add[0].partition(": ") if len(one.add) == 1 else ("", "", "")
    if not _is_its_own(run, told, scope):
        return
    found = lost(Told(run.path, one.job, scope, level, run.id, pull, told.words))
    if found is not None:
        yield found


def _is_its_own(run: Run, told: Refusal, scope: str) -> bool:
    """Whether GITHUB_TOKEN alone is refused so, about the run's own repository."""
    if _NO_ID_TOKEN in told.words:
        return scope == _ID_TOKEN
    push = _PUSH.fullmatch(told.words)
    if push is not None:
        return scope == "contents" and push[1].lower() == run.repository.lower()
    if told.words != _CALL or scope == _ID_TOKEN:
        return False
    # Beside two calls nobody can say which of them was refused.
    return len(told.addresses) == 1 and _is_about(run, told.addresses[0])


def _is_about(run: Run, address: str) -> bool:
    """Whether an address of the API is one of the run's repository, on the same server."""
    host = urlsplit(run.url).netloc.lower()
    parts = urlsplit(address)
    path = parts.path.lower().removeprefix("/api/v3") + "/"
    ours = parts.netloc.lower() in (host, f"api.{host}")
    return ours and path.startswith(f"/repos/{run.repository.lower()}/")


def shown(
    desk: Desk, repository: str, base: tuple[str, str], told: Sequence[Lost]
) -> tuple[bool | None, ...]:
    """Whether the runs still show what a pull request says of them; None: it can't be read.

    Each run is looked at once. ``base``: the branch that the pull request is to go into, and a
    commit of it.

    Raises:
        BadToken: nothing can be read.
        Limited: nothing can be read now.
    """
    found = {}
    for number in dict.fromkeys(one.run for one in told):
        of_run = [one for one in told if one.run == number]
        try:
            found[number] = _lacked(desk, repository, base, of_run)
        except (BadToken, Limited):
            raise
        except ForgeError:
            found[number] = None
    lacked = (found[one.run] for one in told)
    return tuple(
        None if of_run is None else _key(one) in of_run
        for one, of_run in zip(told, lacked, strict=True)
    )


def kept(
    desk: Desk,
    repository: str,
    base: tuple[str, str],
    told: Sequence[Lost],
    known: Sequence[Lost],
) -> tuple[Lost, ...] | None:
    """What of a pull request's body may be given back: what is ``known``, or still shown.

    Others can write the body, and what it says is to be pushed. None: it can't be read this time.
    """
    rest = tuple(one for one in told if one not in known)
    found = shown(desk, repository, base, rest)
    if None in found:
        return None
    gone = {one for one, holds in zip(rest, found, strict=True) if not holds}
    return tuple(one for one in told if one not in gone)


def _lacked(
    desk: Desk, repository: str, base: tuple[str, str], told: Sequence[Lost]
) -> frozenset[tuple[object, ...]] | None:
    """What a run shows of what is told of it; None where it does not show anything now."""
    run = runs.run(desk.client, repository, told[0].run)
    branch, tip = base
    mine = [one for one in told if one.path == run.path]
    if not mine or not is_own(run) or not _is_in(desk, repository, tip, branch, run):
        return frozenset()
    after = [one for one in mine if _is_after(desk, repository, branch, run, one.pull)]
    if not after:
        return frozenset()
    # It may be run again at the moment, or have gone through when it was.
    report = runs.report(desk, repository, run) if run.failed else None
    if report is None:
        return None
    explanations = tuple(runs.told(desk.client, repository, run, report))
    pulls = {one.pull for one in after}
    return frozenset(
        _key(one) for each in explanations for pull in pulls for one in losses(run, each, pull)
    )


def _is_after(desk: Desk, repository: str, branch: str, run: Run, pull: int) -> bool:
    """Whether a run began after a pull request was merged into a branch."""
    try:
        path = f"{_place(repository)}/pulls/{pull}"
        answer = Fields.of(desk.client.get(path).json(), repository)
    except NotFound:
        return False
    merged = answer.moment_or_none("merged_at")
    if merged is None or answer.child("base").text("ref") != branch:
        return False
    return run.created >= merged


def _key(one: Lost) -> tuple[object, ...]:
    return one.path, one.job, one.scope, one.level, one.pull


def _place(repository: str) -> str:
    return f"/repos{quoted(*repository.split('/'))}"
