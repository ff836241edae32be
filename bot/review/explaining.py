"""From a refusal in a log to what mends it: a table, and what the workflow's file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot import reread
from bot.analysis import FileReport
from bot.forge.messages import Cure
from bot.permissions.scopes import RANK, Grants, covers, join
from bot.remedies import Decision
from bot.review import handed
from bot.review.refusal import Refusal, lacking
from bot.workflow.model import Job

LATE = 120
"""Seconds of work that a refusal has cost, from which on a probe would have been worth it."""
_PROBED = frozenset({"contents", "packages", "id-token"})
_OF_FORKS = "None"
_OF_DEPENDABOT = "Dependabot"


class Mend(StrEnum):
    """What mends a refusal; the value is what a report calls it."""

    BLOCK = "permissions block"
    CALLER = "calling job"
    TOKEN = "another token"  # noqa: S105 - no password
    FORK = "limit of forks"
    DEPENDABOT = "limit of Dependabot"
    CUT = "a limit above the file"
    ELSEWHERE = "not the block"
    PAT = "its own token"
    CREDENTIAL = "credential"
    PACKAGE = "package access"
    SETTING = "setting"
    RULE = "branch rule"
    DROP = "scope to drop"
    RETRY = "patience"
    OTHER = "no permission"
    LOOK = "somebody has to look"


_ADVICE: Mapping[Mend, str] = {
    Mend.BLOCK: "give the job the scope in its permissions, beside all that it has: a block "
    "replaces every other",
    Mend.CALLER: "give the scope to the job that calls the workflow: what the called one asks for "
    "can't be more",
    Mend.TOKEN: "no scope makes GITHUB_TOKEN do it: give the step an app's or a personal access "
    "token with that permission; clearance fix --only token prepares it",
    Mend.FORK: "runs for forks only ever read, whatever a file says: leave the step out of them, "
    "or do it in a workflow that runs when they are done and runs nothing of theirs",
    Mend.DEPENDABOT: "runs that Dependabot starts read by default: state the scope in the job's "
    "own permissions, or leave the step out of them",
    Mend.CUT: "the file gives the job that scope, and its token came without it: see the workflow "
    "permissions in the settings of the repository and its organisation, and who started the run",
    Mend.ELSEWHERE: "the token held that scope, so it is not what lacked: look for another "
    "repository, a rule of the branch, a package's own access, or changed workflow files",
    Mend.PAT: "the token that the step was given lacks it: change that token, or use GITHUB_TOKEN "
    "where a scope does it",
    Mend.CREDENTIAL: "the token is missing, wrong or expired: store a new one; where GITHUB_TOKEN "
    "will do, use that",
    Mend.PACKAGE: "give this repository write access in the package's settings, under Manage "
    "Actions access; no scope does it",
    Mend.SETTING: "an administrator has to change a setting of the repository, or first of its "
    "organisation; no scope does it",
    Mend.RULE: "a rule of the branch declines it: let the job open a pull request, or let an app "
    "pass that rule; no scope does it",
    Mend.DROP: "this server knows no such scope: take it out of the file",
    Mend.RETRY: "nothing lacks: start it again later, and make fewer calls",
    Mend.OTHER: "nothing lacks: change what the step asks for",
    Mend.LOOK: "the log does not tell which permission: see what the step asks for, and with which "
    "token; GitHub answers so to whoever may not know that a thing is there",
}

_BY_CURE: Mapping[Cure, Mend] = {
    Cure.TOKEN: Mend.TOKEN,
    Cure.CALLER: Mend.CALLER,
    Cure.PAT: Mend.PAT,
    Cure.CREDENTIAL: Mend.CREDENTIAL,
    Cure.PACKAGE: Mend.PACKAGE,
    Cure.SETTING: Mend.SETTING,
    Cure.RULE: Mend.RULE,
    Cure.DROP: Mend.DROP,
    Cure.RETRY: Mend.RETRY,
    Cure.OTHER: Mend.OTHER,
    Cure.LOOK: Mend.LOOK,
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal, and what to do about it.

    Attributes:
        mend: what mends it.
        permission: what lacked, ``contents: write``; empty where it does not show.
        add: the lines to add to the job's permissions; none where that does not mend it.
        block: the job's whole block with them; none where it is not known what stands there.
        place: ``path:line`` of the job; empty where that is not known.
        probe: whether a preflight probe would have told it earlier.
        job: the id of the job in the file; empty where more than one may be meant, or none.
        own: whether that job is handed no token but GITHUB_TOKEN, as far as its text can tell.
    """

    refusal: Refusal
    mend: Mend
    permission: str
    add: tuple[str, ...]
    block: tuple[str, ...]
    place: str
    probe: bool
    job: str = ""
    own: bool = False

    @property
    def advice(self) -> str:
        """What to do, a clause."""
        return _ADVICE[self.mend]


def explain(refusal: Refusal, report: FileReport | None = None) -> Explanation:
    """Explain a refusal.

    Args:
        report: on the workflow's file as it was in that run; None where it is not at hand.
    """
    decision = _decision(refusal.job, report) if report is not None else None
    needed = lacking(refusal) or _of_step(refusal, decision)
    mend = _mend(refusal, needed, decision)
    adds = mend in (Mend.BLOCK, Mend.CALLER, Mend.DEPENDABOT)
    lines = _lines(needed) if adds else ()
    need = refusal.need
    told = " & ".join(_lines(needed)) or (need.permission if need is not None else "")
    job = "" if report is None else _id(refusal.job, report)
    return Explanation(
        refusal,
        mend,
        told,
        lines,
        _block(needed, decision) if lines and mend is not Mend.CALLER else (),
        f"{report.path}:{decision.line + 1}" if report and decision else "",
        _is_late(refusal, needed, mend),
        job,
        report is not None and handed.only_own(report, job),
    )


def _mend(refusal: Refusal, needed: Grants, decision: Decision | None) -> Mend:
    if refusal.cure in _BY_CURE:
        return _BY_CURE[refusal.cure]
    writes = "write" in needed.values()
    if writes and refusal.secrets == _OF_FORKS:
        return Mend.FORK
    if writes and refusal.secrets == _OF_DEPENDABOT:
        return Mend.DEPENDABOT
    if not needed:
        return Mend.ELSEWHERE if _held_it(refusal) else Mend.LOOK
    stated = decision.held if decision is not None else None
    if stated is not None and refusal.held is not None and covers(stated, needed):
        # The file gives it, and the token came without it.
        return Mend.CALLER if " / " in refusal.job else Mend.CUT
    return Mend.BLOCK


def _held_it(refusal: Refusal) -> bool:
    need = refusal.need
    return need is not None and bool(need.grants) and refusal.held is not None


def _decision(job: str, report: FileReport) -> Decision | None:
    """The job of the file that a run's job is, by its id or by the name that it is shown with."""
    decisions = report.decisions
    if not decisions:
        return None
    plain = job.partition(" (")[0]
    names = {job, plain, plain.partition(" / ")[0]}
    titled = {one.id for one in reread.before(report).jobs if one.name and one.name.text in names}
    found = [one for one in decisions if one.job in names or one.job in titled]
    return found[0] if found else decisions[0] if len(decisions) == 1 else None


def _id(name: str, report: FileReport) -> str:
    """The id of the one job that can be shown with a name; empty where that is not plain.

    A matrix adds its values, ``test (3.12)``, unless the name holds an expression; the jobs of a
    called workflow are shown behind a slash.
    """
    jobs = reread.before(report).jobs
    found = [one.id for one in jobs if one.calls is None and _shows(one, name)]
    return found[0] if len(found) == 1 and " / " not in name else ""


def _shows(job: Job, name: str) -> bool:
    shown = job.name.text if job.name is not None else job.id
    head, dynamic, _ = shown.partition("${{")
    if dynamic:
        return name.startswith(head) and name.endswith(shown.rpartition("}}")[2])
    return name == shown or (job.matrix and name.startswith(f"{shown} ("))


def _of_step(refusal: Refusal, decision: Decision | None) -> Grants:
    """What the step was found to need, where the log does not tell, and did not hold."""
    if decision is None or refusal.cure is not Cure.GRANT or refusal.need is not None:
        return {}
    step = _bare(refusal.step)
    needed = join(
        one.grants
        for one in decision.needs.requirements
        if one.place.step is not None and _bare(one.place.step) == step
    )
    held = refusal.held or {}
    return {s: lv for s, lv in needed.items() if RANK[lv] > RANK[held.get(s, "none")]}


def _bare(step: str) -> str:
    return step.strip().removeprefix("Run ").strip()


def _lines(grants: Grants) -> tuple[str, ...]:
    return tuple(f"{scope}: {level}" for scope, level in grants.items())


def _block(needed: Grants, decision: Decision | None) -> tuple[str, ...]:
    """The whole block: what is stated, else what was found to be needed, and what lacked."""
    if decision is None:
        return ()
    stated = decision.held
    if stated is None:
        if not decision.needs.answered:
            return ()
        stated = decision.needs.grants
    return _lines(join((stated, needed)))


def _is_late(refusal: Refusal, needed: Grants, mend: Mend) -> bool:
    if refusal.seconds is None or refusal.seconds < LATE:
        return False
    return mend is Mend.TOKEN or not _PROBED.isdisjoint(needed)
