"""What a probe's step says where the token is refused, for those who never saw it happen.

The words are those of the scripts in ``templates/probes``; tests run one and compare.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot import probes
from bot.facts_late import CALLS, ProbeFact
from bot.probes import Kind

_SHOWN = frozenset({Kind.DRAFT_RELEASE, Kind.GENERATE_NOTES, Kind.REFS, Kind.TOKEN})
_PUBLIC_API: Mapping[str, str] = {"https://github.com": "https://api.github.com"}
_SOMEWHERE = "https://github.com"


def refusal_log(probe: ProbeFact, repository: str, web_url: str) -> tuple[str, ...]:
    """The lines of the log; none for a kind whose answer depends on more than the token.

    ``repository``, ``web_url``: empty where they aren't known.
    """
    if probe.kind not in _SHOWN or (probe.kind is Kind.TOKEN and not probe.check):
        return ()
    home = repository or "OWNER/REPO"
    server = web_url or _SOMEWHERE
    api = _PUBLIC_API.get(server, f"{server}/api/v3")
    method, path = CALLS[probe.kind][0].split(" ")
    if probe.kind is Kind.TOKEN:
        method, _, rest = probe.check.partition(" ")
        path = f"{path}/{rest}"
    tried = f"{method} {api}{path.replace('{owner}/{repo}', home)}"
    kind = "personal access token" if probe.secret else "integration"
    got = f"{tried}: 403, Resource not accessible by {kind}"
    guards = ", ".join(probe.jobs)
    return (
        f"{'Warning' if probe.only_warns else 'Error'}: {got}. Job {guards} would fail, too.",
        f"So job {guards} would fail at its end.",
        *_mend(probe, home, f"{server}/{home}/settings", guards),
    )


def _mend(probe: ProbeFact, home: str, settings: str, guards: str) -> tuple[str, ...]:
    permission = probe.steps[0].permission
    if probe.secret:
        return (
            f"Store a token that has {permission}: {settings}/secrets/actions, or",
            f"  gh secret set {probe.secret} --repo {home}",
        )
    held = ", ".join(f"{scope}: {level}" for scope, level in probes.grants(probe.kind).items())
    rights = f"repos/{home}/actions/permissions/workflow"
    return (
        f"Give this job and {guards} {held} under permissions:. If both have it, see",
        f"  {settings}/actions (Workflow permissions), or",
        f"  gh api -X PUT {rights} -f default_workflow_permissions=write",
    )
