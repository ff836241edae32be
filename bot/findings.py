"""Findings: what is wrong in a workflow file, where, and how it is recognised from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.analysis import FileReport
from bot.facts_late import UNTOLD
from bot.fingerprint import fingerprint
from bot.permissions.evidence import Beyond, Grade, Place, Requirement, Unknown
from bot.permissions.scopes import RANK, Grants, join
from bot.remedies import Decision, Verdict
from bot.remedies.preflight import Guard, Reason

_MOST_UNKNOWNS = 5
_MOST_LATE = 3
"""In one message."""


class Rule(StrEnum):
    """What a finding says; the value is its public name."""

    IMPLICIT = "implicit-permissions"
    MISSING = "missing-permission"
    BEYOND = "beyond-token"
    LATE = "late-publishing"
    UNPROBED = "unprobed"
    UNDECIDED = "undecided"
    HELD_BACK = "held-back"
    UNREADABLE = "unreadable-file"
    GENERATED = "generated-file"


class Level(StrEnum):
    """How much a finding matters: a note alone does not fail a scan."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class About:
    """What there is to say about a rule.

    Attributes:
        level: the level of its findings, where a finding gives no reason for another one.
        title: a phrase.
        help: sentences: what it means, what to do.
        remedy: the part of a fingerprint that says which remedy the finding calls for.
    """

    level: Level
    title: str
    help: str
    remedy: str


ABOUT: Mapping[Rule, About] = {
    Rule.IMPLICIT: About(
        Level.WARNING,
        "A job states no permissions of its own",
        "The job runs with the workflow's permissions, or with a default that is set elsewhere and "
        "can change. `clearance fix` writes the permissions that its steps need.",
        "permissions",
    ),
    Rule.MISSING: About(
        Level.ERROR,
        "A job uses a permission that it does not hold",
        "A step's call is refused with 403 (Resource not accessible by integration) when it gets "
        "there. Add the permission to the block that applies to the job, or remove the call.",
        "permissions",
    ),
    Rule.BEYOND: About(
        Level.ERROR,
        "A call that GITHUB_TOKEN can never make",
        "No permission of the workflow allows it. Hand the step another token: an app's, or a "
        "personal one. `clearance fix` does so where that is safe, and says what to store.",
        "token",
    ),
    Rule.LATE: About(
        Level.WARNING,
        "A job publishes late, and nothing asks early whether it may",
        "A token that is refused shows only once the jobs before it, or its own building steps, "
        "are through. `clearance fix` writes a probe that asks first.",
        "preflight",
    ),
    Rule.UNPROBED: About(
        Level.NOTE,
        "A job publishes late, and no probe fits",
        "A token that is refused shows only once what runs before is through. The message says "
        "what keeps a probe from it.",
        "unprobed",
    ),
    Rule.UNDECIDED: About(
        Level.NOTE,
        "What a job needs can't be told",
        "Something that the job runs is unknown, and a guess could break it. State its permissions "
        "by hand.",
        "undecided",
    ),
    Rule.HELD_BACK: About(
        Level.NOTE,
        "A job's permissions are known and not written",
        "The file's form or the settings forbid an edit.",
        "held-back",
    ),
    Rule.UNREADABLE: About(
        Level.WARNING,
        "A workflow file can't be read",
        "Nothing is known about its jobs.",
        "unreadable",
    ),
    Rule.GENERATED: About(
        Level.NOTE,
        "A workflow file is written by a generator",
        "An edit would be lost: change what the generator reads.",
        "generated",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a file that somebody should know.

    Attributes:
        path: the file's path in its repository.
        line: from 0.
        job: the job's id, or the empty text for what concerns the whole file.
        grants: what would be granted or is missing.
        message: sentences on one line; they hold workflow text as it is.
    """

    rule: Rule
    level: Level
    path: str
    line: int
    job: str
    message: str
    grants: Grants

    @property
    def fingerprint(self) -> str:
        """The same from run to run; see :mod:`bot.fingerprint`."""
        return fingerprint(self.path, self.job, ABOUT[self.rule].remedy, self.grants)


def findings(report: FileReport) -> tuple[Finding, ...]:
    """All that is to be said about a file, in the order of its lines."""
    found = list(_of_file(report))
    late = late_steps(report)
    for decision in report.decisions:
        found += _of_job(report, decision)
        found += (_late(report.path, decision, one) for one in late if one.job == decision.job)
    return tuple(found)


def _of_file(report: FileReport) -> Iterator[Finding]:
    if report.problem:
        yield _finding(Rule.UNREADABLE, report.path, f"The file was left alone: {report.problem}.")
    if report.generator:
        text = f"The file is written by {report.generator}; its jobs are judged, and not edited."
        yield _finding(Rule.GENERATED, report.path, text)


def _of_job(report: FileReport, decision: Decision) -> Iterator[Finding]:
    if not is_silent(decision):
        yield _BY_VERDICT[decision.verdict](report.path, decision)
    for call in beyond_calls(report, decision):
        yield _beyond(report.path, decision, call)


def is_silent(decision: Decision) -> bool:
    """Whether there is nothing to be said about a job's permissions.

    They are stated, or the remedy that would state them is turned off.
    """
    unwritten = decision.verdict is Verdict.PROPOSED and decision.proposed is None
    return unwritten or decision.verdict is Verdict.EXPLICIT


@dataclass(frozen=True, slots=True)
class BeyondCall:
    """A call that GITHUB_TOKEN can never make, and what is done about it.

    Attributes:
        remedy: a clause that may hold text of the workflow; empty where nothing was tried.
        mended: it gets another token.
    """

    call: Beyond
    remedy: str
    mended: bool


def beyond_calls(report: FileReport, decision: Decision) -> tuple[BeyondCall, ...]:
    """The calls of a job that take another token."""
    tokens = report.proposal.tokens
    mended = [
        BeyondCall(call, f"`clearance fix` names {change.swaps[0].after} there", mended=True)
        for change in tokens.changes
        if change.job == decision.job
        for call in change.calls
    ]
    why = {one.call: one.why for one in tokens.left if one.job == decision.job}
    kept = [
        BeyondCall(call, f"it keeps its token: {why[call]}" if call in why else "", mended=False)
        for call in decision.needs.beyond
    ]
    return (*mended, *kept)


@dataclass(frozen=True, slots=True)
class LateStep:
    """What a job publishes late with one permission.

    Attributes:
        place: of the first step or call.
        clause: what it is and why it has no probe yet; it may hold text of the workflow.
    """

    rule: Rule
    job: str
    place: Place
    grants: Grants
    clause: str


def late_steps(report: FileReport) -> tuple[LateStep, ...]:
    """What publishes late in a file and has no probe there."""
    plan = report.proposal.plan
    groups: dict[tuple[object, ...], list[Guard]] = {}
    whys: dict[tuple[object, ...], Reason | None] = {}
    for probe in plan.probes:
        for guard in probe.guards:
            key: tuple[object, ...] = (guard.job, guard.permission, guard.secret)
            groups.setdefault(key, []).append(guard)
            whys[key] = None
    for one in plan.left:
        if one.reason not in UNTOLD:
            guard = one.guard
            key = (guard.job, guard.permission, guard.secret, one.reason)
            groups.setdefault(key, []).append(guard)
            whys[key] = one.reason
    return tuple(_late_step(report.path, group, whys[key]) for key, group in groups.items())


def _late_step(path: str, guards: Sequence[Guard], why: Reason | None) -> LateStep:
    first = guards[0]
    places = tuple(dict.fromkeys(f"{g.why} ({where(path, g.place)})" for g in guards))
    what = ", ".join(places[:_MOST_LATE])
    if len(places) > _MOST_LATE:
        what += f", and {len(places) - _MOST_LATE} more"
    head = "publishes late" if first.publishes is not None else "works late with another token"
    tail = f"no probe fits: {why}" if why else "nothing asks early whether it may"
    return LateStep(
        Rule.UNPROBED if why else Rule.LATE,
        first.job,
        first.place,
        {first.asked: "write"},
        f"{head}: {what}; {tail}",
    )


def _late(path: str, decision: Decision, late: LateStep) -> Finding:
    line = late.place.line if late.place.path == path else decision.line
    text = f"Job {late.job} {late.clause}."
    return Finding(late.rule, ABOUT[late.rule].level, path, line, late.job, text, late.grants)


def _finding(
    rule: Rule,
    path: str,
    message: str,
    decision: Decision | None = None,
    grants: Grants | None = None,
    level: Level | None = None,
) -> Finding:
    job, line = (decision.job, decision.line) if decision else ("", 0)
    return Finding(rule, level or ABOUT[rule].level, path, line, job, message, grants or {})


def _implicit(path: str, decision: Decision) -> Finding:
    proposed = decision.proposed or {}
    state = "states no permissions" if decision.held is None else "takes the workflow's permissions"
    needs = f"it needs {listed(decision, proposed)}" if proposed else "its token is not used"
    text = f"Job {decision.job} {state}; {needs}."
    return _finding(Rule.IMPLICIT, path, text, decision, proposed)


def _missing(path: str, decision: Decision) -> Finding:
    lacks = decision.missing or {}
    text = f"Job {decision.job} uses and does not hold {listed(decision, lacks)}."
    if "write" not in lacks.values():
        text += " A public repository lets any token read it, a private one refuses."
    # A read is refused in a private repository only, and an assumption is no proof of a failure.
    proved = any(
        level == "write" and r.grade is Grade.PROVED
        for scope, level in lacks.items()
        for r in deciding(decision, scope, level)
    )
    level = Level.ERROR if proved else Level.WARNING
    return _finding(Rule.MISSING, path, text, decision, lacks, level)


def _given_back(path: str, decision: Decision) -> Finding:
    given = join(one.grants for one in decision.given)
    text = f"Job {decision.job} lacked {listed(decision, given)}."
    return _finding(Rule.MISSING, path, text, decision, given)


def _undecided(path: str, decision: Decision) -> Finding:
    unknowns = decision.needs.unknowns
    unknown = "; ".join(f"{doubt(u)} ({where(path, u.place)})" for u in unknowns[:_MOST_UNKNOWNS])
    if len(unknowns) > _MOST_UNKNOWNS:
        unknown += f"; and {len(unknowns) - _MOST_UNKNOWNS} more"
    text = f"What job {decision.job} needs can't be told: {unknown}."
    return _finding(Rule.UNDECIDED, path, text, decision)


def _held_back(path: str, decision: Decision) -> Finding:
    grants = decision.needs.grants
    needs = f"needs {listed(decision, grants)}" if grants else "does not use its token"
    text = f"Job {decision.job} {needs}; nothing is written: {decision.why}."
    return _finding(Rule.HELD_BACK, path, text, decision, grants)


def _beyond(path: str, decision: Decision, found: BeyondCall) -> Finding:
    beyond = found.call
    rule, place = Rule.BEYOND, beyond.place
    text = (
        f"Job {decision.job} {beyond.call} ({where(path, place)}), which no permission allows "
        f"GITHUB_TOKEN; it takes a token with {beyond.permission}."
    )
    if found.remedy:
        text += f" {found.remedy[:1].upper()}{found.remedy[1:]}."
    line = place.line if place.path == path else decision.line
    # The call stands for the grants: two such calls of a job are two findings.
    asked = f"{beyond.call} {beyond.permission}"
    return Finding(rule, ABOUT[rule].level, path, line, decision.job, text, {asked: "write"})


_BY_VERDICT = {
    Verdict.PROPOSED: _implicit,
    Verdict.GIVEN_BACK: _given_back,
    Verdict.LACKING: _missing,
    Verdict.UNDECIDED: _undecided,
    Verdict.HELD_BACK: _held_back,
}


def deciding(decision: Decision, scope: str, level: str) -> tuple[Requirement, ...]:
    """The requirements for which a job needs this level of a scope, in the order of the steps."""
    rank = RANK[level]
    return tuple(
        r for r in decision.needs.requirements if RANK[r.grants.get(scope, "none")] >= rank
    )


def listed(decision: Decision, grants: Grants) -> str:
    """Grants with a reason each: ``contents: write (publishes the release), packages: read``."""
    parts = []
    for scope, level in grants.items():
        reasons = deciding(decision, scope, level)
        parts.append(f"{scope}: {level} ({reasons[0].why})" if reasons else f"{scope}: {level}")
    return ", ".join(parts)


def doubt(unknown: Unknown) -> str:
    """An unknown as a phrase."""
    return f"{unknown.doubt}: {unknown.what}"


def where(path: str, place: Place) -> str:
    """A place as seen from a file: ``line 12``, or ``scripts/x.sh:3`` for another file."""
    if place.path == path:
        return f"line {place.line + 1}"
    return f"{place.path}:{place.line + 1}"
