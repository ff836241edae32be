"""Which evidence about a job shows that it reaches outside of its run: it publishes, or deploys.

Comments, labels, statuses, checks, caches, artifacts and reports of coverage or of security are
seen by those who look for them, and don't count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot import probes
from bot.life.elsewhere import is_named
from bot.permissions.evidence import Doubt, JobNeeds, Place, Use
from bot.permissions.publishing import Publishes, lookup
from bot.permissions.scopes import Grants

_SCOPES = ("contents", "packages", "pages", "deployments", "id-token", "actions")
"""Those with which a write can reach outside; of `actions` it is a run that is started."""
_OTHER_PERMISSIONS = re.compile(
    r"(?:contents|packages|pages|deployments|environments|workflows)\s*: write"
)
# What is quick counts where it removes, merges or starts something.
_FELT = re.compile(
    r"delet|remov|clean|retention|merg|dispatch|rename|revert|branch-deploy|digger|vercel|netlify"
    r"|push-to-gcs|trigger|auto-merge",
    re.IGNORECASE,
)
_NOT_FELT = re.compile(r"/comments|reactions|comment-action", re.IGNORECASE)
_STARTS = re.compile(r"dispatch|workflow run|workflow-run", re.IGNORECASE)
# A token of the run that is asked for, or a signature of what was built, is nothing that anybody
# gets; what is signed is published besides.
_SIGNS = re.compile(
    r"\Aactions/attest|\Acosign |\Asigstore/|provenance\Z"
    r"|\Acore\.getIDToken\Z|ACTIONS_ID_TOKEN_REQUEST"
)
_ALWAYS = frozenset({Doubt.RELEASE, Doubt.PUSH, Doubt.SIZE})


@dataclass(frozen=True, slots=True)
class Reach:
    """Something that reaches outside.

    Attributes:
        use: how the job comes to do it; None where that is not known.
        what: a verb phrase.
    """

    place: Place
    use: Use | None
    what: str


def reaching(needs: JobNeeds, held: Grants | None, names: tuple[str, ...]) -> Iterator[Reach]:
    """What of a job's evidence reaches outside.

    Args:
        needs: what was found out about the job.
        held: what its block grants; None where no block says.
        names: of the job and its workflow, which tell of what is unknown.
    """
    for found in needs.requirements:
        if found.rule == probes.RULE:
            continue  # it leaves nothing behind
        for scope in _SCOPES:
            if found.grants.get(scope) != "write" or not _counts(found.rule, scope):
                continue
            others = found.use is not None and bool(found.use.tokens.others)
            if others or held is None or held.get(scope) == "write":
                yield Reach(found.place, found.use, found.why)
                break
    for other in needs.others:
        scopes = [scope for scope in _SCOPES if f"{scope}: write" in other.permission]
        beyond = not scopes and _OTHER_PERMISSIONS.search(other.permission)
        if beyond or any(_counts(other.rule, scope) for scope in scopes):
            yield Reach(other.place, other.use, other.why)
    for far in needs.beyond:
        # GITHUB_TOKEN alone is refused, so nothing comes of it.
        if (
            far.use is not None
            and far.use.tokens.others
            and _OTHER_PERMISSIONS.search(far.permission)
        ):
            yield Reach(far.place, far.use, far.call)
    yield from _unanswered(needs, held, names)


def may_write(held: Grants | None) -> bool:
    """Whether a block (None: an unknown default) leaves GITHUB_TOKEN anything to reach out with."""
    return held is None or any(held.get(scope) == "write" for scope in _SCOPES)


def _counts(rule: str, scope: str) -> bool:
    """Whether a rule's write with a scope reaches outside; one that is in no table does."""
    if scope == "actions":
        return bool(_STARTS.search(rule))
    told = lookup(rule, scope)
    if told is not None and told.publishes is Publishes.QUICK:
        return bool(_FELT.search(rule)) and not _NOT_FELT.search(rule)
    return scope != "id-token" or not _SIGNS.search(rule)


def _unanswered(needs: JobNeeds, held: Grants | None, names: tuple[str, ...]) -> Iterator[Reach]:
    """What is unknown, and named like something that publishes."""
    if not may_write(held):
        return  # whatever it is, it can't: its token is GITHUB_TOKEN
    for found in needs.unknowns:
        named = any(map(is_named, (found.what, found.place.step or "", *names)))
        if named or found.doubt in _ALWAYS:
            yield Reach(found.place, None, f"may publish: {found.what} ({found.doubt.value})")
