"""The evidence about jobs, for people: every scope with every step that needs it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.analysis import FileReport
from bot.findings import Finding, beyond_calls, deciding, doubt, where
from bot.gather_late import new_job, refusal
from bot.permissions.evidence import Grade, Place, Requirement
from bot.permissions.scopes import RANK, Grants
from bot.probes import RULE
from bot.remedies import Decision, Verdict
from bot.remedies.preflight import Guard, Probe, Reason
from bot.report.escape import visible
from bot.report.palette import Palette
from bot.targets import Repository

_OFF = "gets no block, since the settings leave that remedy out"
_VERDICTS: Mapping[Verdict, str] = {
    Verdict.EXPLICIT: "states its permissions",
    Verdict.PROPOSED: "gets a block of its own",
    Verdict.GIVEN_BACK: "gets back what a run has failed without",
    Verdict.LACKING: "lacks a permission that it uses",
    Verdict.UNDECIDED: "is left as it is, since something about it is unknown",
    Verdict.HELD_BACK: "is left as it is",
}


@dataclass(frozen=True, slots=True)
class ExplainBody:
    """A file's jobs with their evidence. ``job``: only this one, or the empty text for all."""

    palette: Palette
    job: str

    def __call__(self, repository: Repository, report: FileReport, _: tuple[Finding, ...]) -> str:
        """Write the evidence about one file; the empty text where it has no such job."""
        path = report.path
        chosen = [d for d in report.decisions if self.job in ("", d.job)]
        if not chosen:
            return ""
        lines = [self.palette.paint("path", visible(repository.display(path))), ""]
        for decision in chosen:
            lines += [*self._job(path, decision), *self._remedies(report, decision)]
            lines += [*self._rest(path, decision), ""]
        return "\n".join(lines) + "\n"

    def _job(self, path: str, decision: Decision) -> Iterator[str]:
        verdict = _OFF if _is_off(decision) else _VERDICTS[decision.verdict]
        why = f": {visible(decision.why)}" if decision.why else ""
        name = self.palette.paint("path", visible(decision.job))
        yield f"  job {name}, line {decision.line + 1}: {verdict}{why}"
        yield f"    holds today  {_held(decision.held)}"
        grants = decision.needs.grants
        if not grants and decision.needs.answered:
            none = self.palette.paint("added", "nothing: its token is not used")
            yield f"    needs        {none}"
        for scope, level in grants.items():
            lacking = bool(decision.missing and scope in decision.missing)
            meaning = "error" if lacking else "added"
            note = "  not held" if lacking else ""
            yield f"    needs        {self.palette.paint(meaning, f'{scope}: {level}')}{note}"
            for reason in deciding(decision, scope, level):
                yield from self._reason(path, reason)
            yield from self._lesser(path, decision, scope, level)

    def _lesser(self, path: str, decision: Decision, scope: str, level: str) -> Iterator[str]:
        """Steps for which a lower level of the scope would do."""
        for reason in decision.needs.requirements:
            rank = RANK[reason.grants.get(scope, "none")]
            if 0 < rank < RANK[level]:
                yield from self._reason(path, reason, "read is enough: ")

    def _reason(self, path: str, reason: Requirement, note: str = "") -> Iterator[str]:
        grade = "" if reason.grade is Grade.PROVED else f", {reason.grade}"
        yield f"      {self._at(path, reason.place)}  {note}{visible(reason.why)}"
        if reason.rule != RULE:
            yield f"          shown by {visible(reason.rule)}{grade}{_step(reason.place)}"
        for source in reason.sources:
            yield f"          {self.palette.paint('faint', visible(source))}"

    def _remedies(self, report: FileReport, decision: Decision) -> Iterator[str]:
        """What no grant mends, what shows late, and what is done about them."""
        path, paint = report.path, self.palette.paint
        calls = beyond_calls(report, decision)
        if calls:
            yield f"    {paint('error', 'beyond GITHUB_TOKEN')}"
        for one in calls:
            beyond = one.call
            yield f"      {self._at(path, beyond.place)}  {visible(beyond.call)}"
            permission = visible(beyond.permission)
            yield f"          it takes a token with {permission}{_step(beyond.place)}"
            if one.remedy:
                yield f"          {paint('added' if one.mended else 'note', visible(one.remedy))}"
        plan = report.proposal.plan
        probed = [(g, p) for p in plan.probes for g in p.guards if g.job == decision.job]
        left = [one for one in plan.left if one.guard.job == decision.job]
        left = [one for one in left if one.reason is not Reason.QUICK]
        if probed or left:
            yield f"    {paint('warning', 'late steps')}"
        for guard, probe in probed:
            yield from self._late(path, guard)
            yield from self._probe(report, probe)
        for late in left:
            yield from self._late(path, late.guard)
            detail = f" ({visible(late.detail)})" if late.detail else ""
            yield f"          {paint('note', 'no probe is added')}: {late.reason}{detail}"

    def _late(self, path: str, guard: Guard) -> Iterator[str]:
        yield f"      {self._at(path, guard.place)}  {visible(guard.why)}"
        yield f"          it takes {visible(guard.permission)}{_step(guard.place)}"

    def _probe(self, report: FileReport, probe: Probe) -> Iterator[str]:
        new = None if probe.host else new_job(report)
        where_to = f"the new job {new.name}" if new else f"job {visible(probe.host)}"
        kind = self.palette.paint("added", f"{probe.kind} probe")
        yield f"          {kind} in {where_to}: {refusal(probe)}"
        if probe.condition:
            yield f"          if {visible(probe.condition)}"
        for one in probe.dropped:
            yield f"          not told early: {visible(one)}"

    def _rest(self, path: str, decision: Decision) -> Iterator[str]:
        needs = decision.needs
        if needs.unknowns:
            yield f"    {self.palette.paint('note', 'unknown')}"
        for unknown in needs.unknowns:
            what = f"{visible(doubt(unknown))}{_step(unknown.place)}"
            yield f"      {self._at(path, unknown.place)}  {what}"
        if needs.assumptions:
            yield "    assumed to need nothing, since they are handed no token"
        for one in needs.assumptions:
            at = self._at(path, one.place)
            yield f"      {at}  {visible(one.what)}"

    def _at(self, path: str, place: Place) -> str:
        return self.palette.paint("faint", visible(where(path, place)))


def _is_off(decision: Decision) -> bool:
    """Whether the remedy is off that would write the job's block."""
    return decision.verdict is Verdict.PROPOSED and decision.proposed is None


def _held(held: Grants | None) -> str:
    """What applies to a job today, on one line."""
    if held is None:
        return "nothing is stated, the repository's default applies"
    return ", ".join(f"{scope}: {level}" for scope, level in held.items()) or "nothing"


def _step(place: Place) -> str:
    return f", in step “{visible(place.step)}”" if place.step else ""
