"""What only GitHub knows about a proposal, for its text. Nothing of it shapes an edit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from bot import linters
from bot.analysis import FileReport
from bot.facts_forge import Circumstances, DefaultPermissions
from bot.forge import history
from bot.forge.client import Client
from bot.forge.errors import ForgeError
from bot.forge.history import Wanted
from bot.life import marks
from bot.life.overview import Overview, Template
from bot.settings import Settings
from bot.snapshot import Study

_TEMPLATE = "pull_request_template.md"


def circumstances(
    client: Client,
    overview: Overview,
    study: Study,
    *,
    settings: Settings,
    web_url: str,
    split: bool,
    page: str,
) -> Circumstances:
    """Ask for what makes a text better: failed runs, settings, secrets.

    Whatever can't be read is left out. ``split``: each remedy has a pull request of its own.
    ``page``: the address of the run that this is, or nothing.
    """
    repository = overview.repository
    changed = [report for report in study.reports if report.changed]
    with_tokens = any(report.proposal.tokens.changes for report in changed)
    return Circumstances(
        repository=repository,
        web_url=web_url,
        branch=settings.branch,
        failed=history.failed(client, repository, [_wanted(one) for one in changed]),
        defaults=_level(client, repository),
        seen_secrets=_secrets(client, repository) if with_tokens else None,
        answers=study.used,
        linters=linters.quiet(changed),
        template=_template(overview.templates),
        refused=marks.held(study.reports),
        split=split,
        evidence=page,
    )


def _level(client: Client, repository: str) -> DefaultPermissions | None:
    with suppress(ForgeError):
        found = history.defaults(client, repository)
        return found.level if found else None
    return None


def _secrets(client: Client, repository: str) -> frozenset[str] | None:
    with suppress(ForgeError):
        return history.seen_secrets(client, repository)
    return None


def _wanted(report: FileReport) -> Wanted:
    """The runs in which what is mended here may have been refused."""
    proposal = report.proposal
    needs: set[str] = set()
    jobs: set[str] = set()
    for decision in report.decisions:
        for scope, level in (decision.proposed or {}).items():
            if level == "write":
                needs.add(f"{scope}: {level}")
                jobs.add(decision.job)
    for probe in proposal.plan.probes:
        needs |= {guard.permission for guard in probe.guards}
        jobs |= {guard.job for guard in probe.guards}
    for change in proposal.tokens.changes:
        needs |= set(change.permissions)
        jobs.add(change.job)
    return Wanted(report.path, frozenset(needs), frozenset(jobs))


def _template(templates: Sequence[Template]) -> str:
    """The template that GitHub itself would take where nobody chooses one."""
    for one in templates:
        if one.filename.lower().endswith(_TEMPLATE):
            return one.body
    return ""
