"""The report of ``scan`` for programs: one JSON document.

It is an object. What is listed here stays as it is while ``format`` is 1; keys may be added.

- ``format``: 1. ``version``: the program's.
- ``files``: one object a workflow file, in the order of the repositories and of the paths:
  ``repository`` (as named on the command line), ``path`` (in the repository), ``problem`` (why the
  file was left alone) and ``generator`` (what writes the file), both null or a text,
  ``findings`` and ``jobs``.
- a finding: ``rule``, ``level`` (``error``, ``warning``, ``note``), ``line``, ``job`` (null for
  the whole file), ``message``, ``fingerprint`` (the same from run to run).
- a job: ``job`` (its id), ``line``, ``verdict`` (``explicit``, ``proposed``, ``given-back``,
  ``lacking``, ``undecided``, ``held-back``), ``why``; ``held`` (what applies today, null where that
  is a default), ``needs``, ``proposed``, ``missing``: objects scope → level, the last two null
  where they do not apply; ``evidence``, ``unknowns``, ``assumptions``, ``beyond``.
  ``late``: what publishes late: ``why``, ``rule``, ``permission``, a place; ``probe`` (the kind
  that ``fix`` writes), ``host`` (the job that it stands in, null for a new one) and ``refusal``, or
  ``no_probe`` (the reason), the others null.
- evidence: ``grants``, ``why``, ``rule``, ``grade`` (``proved``, ``assumed``), ``sources``, and a
  place; an unknown: ``doubt``, ``what``, and a place; an assumption: ``what``, and a place; beyond:
  ``call``, ``permission``, ``remedy`` (what is done about it, or null), ``mended``, and a place. A
  place: ``path``, ``line``, ``step``.
- ``errors``: paths that nothing could be done with: ``path``, ``message``.
- ``summary``: ``repositories``, ``files``, ``jobs``, ``failing`` (findings that are more than
  notes), ``rules`` (rule → findings).

Lines count from 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from bot import __version__
from bot.analysis import FileReport
from bot.findings import Finding, beyond_calls
from bot.gather_late import refusal
from bot.permissions.evidence import Place
from bot.remedies import Decision
from bot.remedies.preflight import Guard, Reason
from bot.report import Piece, Summary
from bot.targets import Repository, Trouble


def body(repository: Repository, report: FileReport, found: tuple[Finding, ...]) -> str:
    """A file's object."""
    return dumps(
        {
            "repository": repository.name,
            "path": report.path,
            "problem": report.problem or None,
            "generator": report.generator or None,
            "findings": [_finding(one) for one in found],
            "jobs": [_job(report, one) for one in report.decisions],
        }
    )


def dumps(value: object) -> str:
    """JSON in ASCII, in which GitHub's runner finds no command either."""
    return json.dumps(value, separators=(",", ":")).replace("##[", "##\\u005b")


def whole(
    pieces: Iterable[tuple[Repository, Piece]], summary: Summary, troubles: tuple[Trouble, ...]
) -> Iterator[str]:
    """The document, a file a line."""
    yield f'{{"format":1,"version":{dumps(__version__)},"files":['
    separator = "\n"
    for _, one in pieces:
        yield separator + one.body
        separator = ",\n"
    errors = [{"path": one.path, "message": one.what} for one in troubles]
    sums = {
        "repositories": summary.repositories,
        "files": summary.files,
        "jobs": summary.jobs,
        "failing": summary.failing,
        "rules": {rule.value: summary.rules[rule] for rule in sorted(summary.rules)},
    }
    yield f'\n],"errors":{dumps(errors)},"summary":{dumps(sums)}}}\n'


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "level": one.level,
        "line": one.line + 1,
        "job": one.job or None,
        "message": one.message,
        "fingerprint": one.fingerprint,
    }


def _job(report: FileReport, one: Decision) -> dict[str, Any]:
    needs = one.needs
    return {
        "job": one.job,
        "line": one.line + 1,
        "verdict": one.verdict,
        "why": one.why,
        "held": one.held,
        "needs": needs.grants,
        "proposed": one.proposed,
        "missing": one.missing,
        "evidence": [
            {
                "grants": dict(r.grants),
                "why": r.why,
                "rule": r.rule,
                "grade": r.grade,
                "sources": r.sources,
                **_place(r.place),
            }
            for r in needs.requirements
        ],
        "unknowns": [{"doubt": u.doubt, "what": u.what, **_place(u.place)} for u in needs.unknowns],
        "assumptions": [{"what": a.what, **_place(a.place)} for a in needs.assumptions],
        "beyond": [
            {
                "call": b.call.call,
                "permission": b.call.permission,
                "remedy": b.remedy or None,
                "mended": b.mended,
                **_place(b.call.place),
            }
            for b in beyond_calls(report, one)
        ],
        "late": list(_late(report, one.job)),
    }


def _late(report: FileReport, job: str) -> Iterator[dict[str, Any]]:
    """What a job publishes late."""
    plan = report.proposal.plan
    for probe in plan.probes:
        for guard in probe.guards:
            if guard.job == job:
                told = {"probe": probe.kind, "host": probe.host or None, "refusal": refusal(probe)}
                yield {**_guard(guard), **told, "no_probe": None}
    for one in plan.left:
        if one.guard.job == job and one.reason is not Reason.QUICK:
            none = {"probe": None, "host": None, "refusal": None}
            yield {**_guard(one.guard), **none, "no_probe": one.reason}


def _guard(one: Guard) -> dict[str, Any]:
    return {"why": one.why, "rule": one.rule, "permission": one.permission, **_place(one.place)}


def _place(place: Place) -> dict[str, Any]:
    return {"path": place.path, "line": place.line + 1, "step": place.step}
