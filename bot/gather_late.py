"""From what the preflight and token remedies found to facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot import reread
from bot.advice import on_unprobed
from bot.analysis import FileReport
from bot.facts_late import (
    UNTOLD,
    FileProbes,
    Late,
    NewJob,
    ProbeFact,
    SwapFact,
    TokenFact,
    TokenNeed,
    Unprobed,
)
from bot.permissions.scopes import Grants, is_level
from bot.remedies.preflight import Guard, Plan, Probe, Reason, Spot
from bot.remedies.token.facts import TokenChange
from bot.token_form import is_repository
from bot.where import where
from bot.workflow.edit import Content

_BY_DEPENDABOT = frozenset({"push", "pull_request", "create", "deployment", "deployment_status"})
"""Events of which Dependabot's runs see its own secrets only."""


def probed(report: FileReport) -> FileProbes:
    """The probes that a file gets."""
    job = new_job(report)
    name = job.name if job else ""
    plan = report.proposal.plan
    return FileProbes(report.path, tuple(_probe(report.path, p, name) for p in plan.probes), job)


def new_job(report: FileReport) -> NewJob | None:
    """The job that is written for a file's probes, if there is one."""
    plan = report.proposal.plan
    if not any(probe.spot is Spot.OWN_JOB for probe in plan.probes):
        return None
    found = ((place, what) for place, what in plan.change.added.items() if "runs-on" in what)
    place, content = next((p, c) for p, c in found if isinstance(c, Mapping))
    return NewJob(
        place.removeprefix("jobs."),
        _grants(content.get("permissions", {})),
        tuple(d.job for d in report.decisions if _is_gated(plan, d.job)),
    )


def _grants(content: Content) -> Grants:
    if not isinstance(content, Mapping):
        return {}
    return {s: lv for s, lv in content.items() if isinstance(lv, str) and is_level(s, lv)}  # type: ignore[misc]


def _is_gated(plan: Plan, job: str) -> bool:
    needs = f"jobs.{job}.needs"
    added = plan.change.added
    return needs in added or f"{needs}.0" in added or needs in plan.change.replaced


def _probe(path: str, probe: Probe, new: str) -> ProbeFact:
    env = dict(probe.env)
    own = probe.spot is Spot.OWN_JOB
    return ProbeFact(
        probe.kind,
        tuple(dict.fromkeys(_late(path, guard) for guard in probe.guards)),
        new if own else probe.host,
        0 if own else probe.line + 1,
        env.get("PROBE_SECRET", ""),
        env.get("PROBE_CHECK", ""),
        probe.condition,
        refusal(probe),
        probe.dropped,
    )


def refusal(probe: Probe) -> str:
    """What follows when a probe is refused: a clause."""
    if probe.always_warns:
        why = ", ".join(probe.softened)
        return f"a refusal only warns: {why}" if why else "a refusal only warns"
    if probe.refusal == "fail":
        return "a refusal fails the run"
    return "a refusal fails the run, but only warns in runs for pull requests and merge queues"


def _late(path: str, guard: Guard) -> Late:
    place = where(guard.place, path, guard.rule)
    return Late(guard.job, guard.permission, guard.why, guard.rule, place)


def unprobed(reports: Sequence[FileReport]) -> tuple[Unprobed, ...]:
    """Late steps without a probe that are worth a word, by the reason."""
    groups: dict[Reason, list[Late]] = {}
    for report in reports:
        for one in report.proposal.plan.left:
            if one.reason not in UNTOLD:
                groups.setdefault(one.reason, []).append(_late(report.path, one.guard))
    return tuple(
        Unprobed(reason.value, on_unprobed(reason), tuple(dict.fromkeys(steps)))
        for reason, steps in groups.items()
    )


def tokens(reports: Sequence[FileReport]) -> tuple[TokenFact, ...]:
    """The steps that get another token."""
    return tuple(
        TokenFact(
            report.path,
            change.job,
            where(change.place, report.path),
            tuple(dict.fromkeys((call.call, call.permission) for call in change.calls)),
            tuple(SwapFact(s.name, s.line + 1, s.before, s.after) for s in change.swaps),
            bool(change.minted),
        )
        for report, change in _changes(reports)
    )


def token_needs(reports: Sequence[FileReport], home: str) -> tuple[TokenNeed, ...]:
    """What a human has to make and store. ``home``: ``owner/name`` of the repository, or empty."""
    groups: dict[tuple[str, str], list[tuple[FileReport, TokenChange]]] = {}
    for report, change in _changes(reports):
        groups.setdefault(_credentials(change), []).append((report, change))
    return tuple(_need(names, group, home) for names, group in groups.items())


def _need(
    names: tuple[str, str], group: Sequence[tuple[FileReport, TokenChange]], home: str
) -> TokenNeed:
    secret, variable = names
    changes = [change for _, change in group]
    files = {report.path: report for report, _ in group}
    workflows = {path: reread.before(report) for path, report in files.items()}
    events = {path: {e.name for e in flow.events} for path, flow in workflows.items()}
    jobs = [workflows[report.path].job(change.job) for report, change in group]
    named = tuple(dict.fromkeys(job.environment for job in jobs if job))
    asking = [probe for report in files.values() for probe in _asking(report, secret)]
    repositories = [name for one in changes for name in one.repositories or (home,) if name]
    return TokenNeed(
        secret,
        variable,
        any(one.reused for one in changes),
        tuple(dict.fromkeys(p for one in changes for p in one.permissions)),
        tuple(dict.fromkeys(repositories)),
        home if is_repository(home) else "",
        tuple(filter(None, named)),
        len(named) == 1 and bool(named[0]),
        any(_BY_DEPENDABOT & names for names in events.values()),
        tuple(path for path, names in events.items() if "workflow_dispatch" in names),
        len(changes),
        len(asking),
        sum("PROBE_EMPTY" in dict(probe.env) and not probe.always_warns for probe in asking),
        sum("PROBE_EMPTY" not in dict(probe.env) for probe in asking),
    )


def _changes(reports: Sequence[FileReport]) -> Iterator[tuple[FileReport, TokenChange]]:
    for report in reports:
        for change in report.proposal.tokens.changes if report.changed else ():
            yield report, change


def _asking(report: FileReport, secret: str) -> list[Probe]:
    """The probes of a file that ask with a secret."""
    return [p for p in report.proposal.plan.probes if dict(p.env).get("PROBE_SECRET") == secret]


def _credentials(change: TokenChange) -> tuple[str, str]:
    """The secret that is to be stored, and for an app the variable."""
    for content in change.change.added.values():
        inputs = content.get("with") if isinstance(content, Mapping) else None
        if change.minted and isinstance(inputs, Mapping) and "private-key" in inputs:
            return _name(inputs["private-key"]), _name(inputs["client-id"])
    return change.secret, ""


def _name(expression: Content) -> str:
    """``X`` of ``${{ secrets.X }}``."""
    return str(expression).strip("${} ").rpartition(".")[2]
