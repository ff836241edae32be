"""A token of its own for each job, which act does not give.

act has one ``github.token`` for a whole run, and no idea of ``permissions:``. Running the jobs one
by one is no way out: ``--job`` runs what a job needs too. So in the copy of the workflow that act
gets, ``github.token`` and ``secrets.GITHUB_TOKEN`` become ``secrets[github.job]``, and act is told
a secret for each job's id. That expression has no quote, comma or brace, so that it fits wherever
the other one stood; it is put into every ``${{ }}`` of the file, not job by job, since even the
workflow's own ``env`` is evaluated for each job. What stands outside of ``${{ }}`` is not touched.

What that misses: ``toJSON(github)`` and ``github[...]`` with a computed key (they give a token
that the stand-in does not know, so that they fail instead of passing too easily); the defaults
of an action's inputs, which may not read secrets (see :mod:`tests.act.actions`); and an ``if:``
that reads the token, which act refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.permissions.scopes import RANK, Grants
from bot.workflow.model import Job, Workflow

RESTRICTED: Grants = {"contents": "read", "packages": "read"}
"""GitHub's restricted default, for a job to which no block applies."""

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\b(?:github\s*\.\s*token|secrets\s*\.\s*GITHUB_TOKEN)\b"
    r"|\b(?:github\s*\[\s*'token'|secrets\s*\[\s*'GITHUB_TOKEN')\s*\]",
    re.IGNORECASE,
)


def token(job: str) -> str:
    """The GITHUB_TOKEN of the job of this id."""
    return f"ghs_{job}"


def told_apart(text: str) -> str:
    """The text of a workflow in which each job reads a token of its own."""
    return _EXPRESSION.sub(lambda found: _TOKEN.sub("secrets[github.job]", found[0]), text)


def grants(workflow: Workflow, job: Job, default: Grants, refuse: frozenset[str]) -> Grants:
    """What a job's token may do: its block's grants, else the workflow's, else ``default``.

    ``refuse`` are scopes that something outside of the file takes down to read (or to none, where
    there is no reading them): a repository's setting, a fork's pull request, Dependabot.
    """
    held = workflow.held(job)
    declared = default if held is None else held.grants
    return {s: lv for s, lv in declared.items() if s not in refuse or RANK[lv] < RANK["write"]} | {
        s: "read" for s in refuse & declared.keys() - {"id-token"} if declared[s] == "write"
    }


def arguments(granted: Mapping[str, Grants]) -> Iterator[str]:
    """act's arguments: a secret for each job, and for those with id-token: write its variables.

    Where GitHub leaves ``ACTIONS_ID_TOKEN_REQUEST_*`` unset they are empty here.
    """
    for job, held in granted.items():
        yield from ("--secret", f"{job}={token(job)}")
        if held.get("id-token") == "write":
            yield from ("--var", f"{job}=http://127.0.0.1:9/id-token")
    yield from ("--secret", "GITHUB_TOKEN=the-token-of-no-job")
    yield from ("--env", "JOB_TOKEN=${{ secrets[github.job] }}")
    for name in ("URL", "TOKEN"):
        yield from ("--env", f"ACTIONS_ID_TOKEN_REQUEST_{name}=${{{{ vars[github.job] }}}}")
