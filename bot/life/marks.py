"""What a pull request remembers of its edits, so that a no to them is a no next time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot import fingerprint
from bot.analysis import FileReport
from bot.remedies import job_permissions
from bot.remedies.job_permissions import REFUSED, TOP
from bot.remedies.preflight import Reason
from bot.remedies.token.facts import TokenObstacle


def marks(reports: Sequence[FileReport]) -> tuple[str, ...]:
    """The fingerprints of all edits in the reports, sorted, each once."""
    return tuple(sorted({mark for one in reports if one.changed for mark in _of_file(one)}))


def held(reports: Sequence[FileReport]) -> int:
    """How many edits were left out because they were refused before."""
    return sum(
        sum(d.why == REFUSED for d in one.decisions)
        + sum(left.reason is Reason.REFUSED for left in one.proposal.plan.left)
        + sum(left.why is TokenObstacle.REFUSED for left in one.proposal.tokens.left)
        for one in reports
    )


def _of_file(report: FileReport) -> Iterator[str]:
    path, proposal = report.path, report.proposal
    for decision in report.decisions:
        # A probe may make a job need what it holds; without it, a block would be proposed.
        if decision.proposed is not None or decision.job in proposal.plan.needs:
            yield from job_permissions.marks(path, decision.needs)
        for one in decision.given:
            yield fingerprint.of_lost(path, decision.job, one.grants)
    if TOP in (*proposal.change.added, *proposal.change.replaced):
        yield fingerprint.of_block(path, "", {})
    for probe in proposal.plan.probes:
        for guard in probe.guards:
            yield fingerprint.of_late(path, guard.job, guard.asked)
    for change in proposal.tokens.changes:
        for call in change.calls:
            yield fingerprint.of_call(path, change.job, call)
