"""From the reports on a repository's files to the facts of its pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot import reread
from bot.advice import ON_DOUBTS, ON_GENERATED, ON_PROBLEM, Advice, on_hold
from bot.analysis import FileReport
from bot.excerpts import excerpts
from bot.facts import (
    CHECKOUT,
    Assumed,
    BeyondReach,
    Facts,
    FileChange,
    JobChange,
    Lack,
    LeftAlone,
    Obstacle,
    Reason,
    Use,
    written,
)
from bot.facts_late import kind_fact
from bot.facts_lost import GivenBack
from bot.gather_late import probed, token_needs, tokens, unprobed
from bot.permissions.evidence import Grade, Place, Requirement
from bot.permissions.scopes import Grants
from bot.probes import RULE
from bot.remedies import Decision, Verdict
from bot.remedies.job_permissions import REFUSED
from bot.remedies.token.facts import TokenObstacle
from bot.where import Where, where


def gather(reports: Sequence[FileReport], base: str, repository: str = "") -> Facts:
    """The facts of one repository's reports.

    ``base``: the commit that they were made from. ``repository``: ``owner/name``, if it is known.
    """
    changed = [report for report in reports if report.changed]
    files = tuple(_file(report) for report in changed)
    with_probes = tuple(probed(report) for report in changed if report.proposal.plan.probes)
    kinds = dict.fromkeys(probe.kind for one in with_probes for probe in one.probes)
    return Facts(
        base=base,
        files=files,
        left=_left(reports),
        lacks=_lacks(reports),
        beyond=tuple(one for report in reports for one in _beyond(report)),
        assumed=_assumed(changed),
        explicit=sum(1 for _ in _all(reports, Verdict.EXPLICIT)),
        kept_top=sum(
            any(job.held is not None for job in file.jobs) for file in files if not file.top_level
        ),
        probed=with_probes,
        kinds=tuple(map(kind_fact, kinds)),
        unprobed=unprobed(reports),
        tokens=tokens(reports),
        needs=token_needs(reports, repository),
        given=tuple(one for report in changed for one in _given_back(report)),
    )


def _all(reports: Iterable[FileReport], verdict: Verdict) -> Iterator[tuple[FileReport, Decision]]:
    for report in reports:
        for decision in report.decisions:
            if decision.verdict is verdict:
                yield report, decision


def _beyond(report: FileReport) -> Iterator[BeyondReach]:
    """Calls that keep a token which can't make them."""
    why = {(one.job, one.call): one.why.value for one in report.proposal.tokens.left}
    for decision in report.decisions:
        for call in decision.needs.beyond:
            kept = why.get((decision.job, call), "")
            # Of what a human refused nothing more is said.
            if kept != TokenObstacle.REFUSED:
                place = where(call.place, "")
                yield BeyondReach(decision.job, call.call, call.permission, place, kept)


def _file(report: FileReport) -> FileChange:
    assert report.proof is not None  # noqa: S101 - a changed file has passed the gate
    chosen = [d for d in report.decisions if _is_new(d)]
    jobs = tuple(JobChange(d.job, d.line + 1, d.held, d.proposed or {}) for d in chosen)
    reasons = _reasons(report.path, ((d, scope) for d in chosen for scope in d.proposed or {}))
    return FileChange(
        report.path,
        jobs,
        reasons,
        "permissions" in {**report.proof.added, **report.proof.replaced},
        report.proof.lines - _lines(report.after) + _lines(report.before),
        report.proof,
        excerpts(report),
        tuple(dict.fromkeys(event.name for event in reread.before(report).events)),
        tuple((d.job, d.held) for d in report.decisions if d.held is not None),
    )


def _is_new(decision: Decision) -> bool:
    """Whether a job gets a block that it did not have."""
    return decision.verdict is Verdict.PROPOSED and decision.proposed is not None


def _given_back(report: FileReport) -> Iterator[GivenBack]:
    """What runs of a file's jobs have failed without, and they get."""
    for decision in report.decisions:
        place = where(Place(report.path, decision.line), report.path)
        before = () if decision.held is None else written(decision.held)
        for one in decision.given:
            (grant,) = written(one.grants)
            yield GivenBack(decision.job, place, grant, before, one.run, one.pull, one.words)


def _lines(text: str) -> int:
    return len(text.splitlines())


def _reasons(path: str, wanted: Iterable[tuple[Decision, str]]) -> tuple[Reason, ...]:
    """The reasons for scopes of jobs; what several jobs share is said once."""
    groups: dict[object, list[tuple[str, Requirement, str]]] = {}
    for decision, scope in wanted:
        for one in decision.needs.reasons(scope):
            key = (scope, one.grants[scope], one.why, one.rule, one.grade)
            groups.setdefault(key, []).append((decision.job, one, scope))
    found: dict[object, Reason] = {}
    for group in groups.values():
        told = _reason(path, group)
        # A called workflow has many jobs that ask for the same: the first speaks for them all.
        same = (told.scope, told.level, told.rule, told.assumed, told.uses)
        found[same] = replace(found[same], more=found[same].more + 1) if same in found else told
    # Writes are what a reviewer looks for.
    return tuple(sorted(found.values(), key=lambda r: (r.level != "write", r.rule == CHECKOUT)))


def _reason(path: str, group: Sequence[tuple[str, Requirement, str]]) -> Reason:
    _, first, scope = group[0]
    uses = dict.fromkeys(Use(job, _seen(one, path)) for job, one, _ in group)
    return Reason(
        scope=scope,
        level=first.grants[scope],
        why=first.why,
        rule=first.rule,
        source=first.sources[0] if first.sources else "",
        assumed=first.grade is Grade.ASSUMED,
        uses=tuple(uses),
    )


def _seen(one: Requirement, path: str) -> Where:
    """Where a requirement was seen; the step of a probe is not there yet."""
    place = replace(one.place, step=None) if one.rule == RULE else one.place
    return where(place, path, one.rule)


def _lacks(reports: Sequence[FileReport]) -> tuple[Lack, ...]:
    """Jobs that lack the same for the same reasons are told of together."""
    groups: dict[tuple[object, ...], list[tuple[str, Decision, Grants]]] = {}
    for report, decision in _all(reports, Verdict.LACKING):
        gaps = decision.missing or {}
        rules = dict.fromkeys(r.rule for s in gaps for r in decision.needs.reasons(s))
        key = (report.path, *gaps.items(), *rules)
        groups.setdefault(key, []).append((report.path, decision, gaps))
    found = []
    for group in groups.values():
        path, _, gaps = group[0]
        reasons = _reasons(path, ((d, scope) for _, d, _ in group for scope in gaps))
        found.append(Lack(path, tuple(d.job for _, d, _ in group), gaps, reasons))
    return tuple(found)


def _assumed(reports: Sequence[FileReport]) -> tuple[Assumed, ...]:
    found = []
    for report in reports:
        commands: dict[str, dict[Where, None]] = {}
        for decision in report.decisions:
            for one in decision.needs.assumptions if _is_new(decision) else ():
                wheres = commands.setdefault(one.what, {})
                wheres[replace(where(one.place, report.path), step="")] = None
        if commands:
            listed = tuple((what, tuple(wheres)) for what, wheres in commands.items())
            found.append(Assumed(report.path, listed))
    return tuple(found)


def _left(reports: Sequence[FileReport]) -> tuple[LeftAlone, ...]:
    """What is left alone, by kind, so that each advice is given once."""
    kinds: dict[Advice, list[Obstacle]] = {}
    for report in reports:
        if report.problem:
            kinds.setdefault(ON_PROBLEM, []).append(Obstacle(report.path, "", report.problem, None))
        if report.generator:
            kinds.setdefault(ON_GENERATED, []).append(
                Obstacle(report.path, "", report.generator, None)
            )
    for report, decision in _all(reports, Verdict.UNDECIDED):
        for unknown in decision.needs.unknowns:
            obstacle = Obstacle(
                report.path, decision.job, unknown.what, where(unknown.place, report.path)
            )
            kinds.setdefault(ON_DOUBTS[unknown.doubt], []).append(obstacle)
    for report, decision in _all(reports, Verdict.HELD_BACK):
        if decision.why == REFUSED:
            continue
        obstacle = Obstacle(report.path, decision.job, "", None)
        kinds.setdefault(on_hold(decision.why), []).append(obstacle)
    return tuple(LeftAlone(kind, tuple(dict.fromkeys(found))) for kind, found in kinds.items())
