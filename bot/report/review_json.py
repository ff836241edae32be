"""What ``review`` found, for programs: one JSON document, of which people read no word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from bot.review.aftermath import Aftermath
from bot.review.explaining import Explanation
from bot.review.facts import PullFacts
from bot.review.fetching import Review
from bot.review.risk import Risk
from bot.review.rows import Row

_VERSION = 1


def table(rows: Sequence[Row]) -> str:
    """All open pull requests."""
    return _text(
        pulls=[
            {
                **_pull(row.pull),
                "days": row.days,
                "others": row.others,
                "rewritten": row.rewritten,
                "attention": row.calls,
            }
            for row in rows
        ]
    )


def proof(review: Review, risks: Iterable[Risk]) -> str:
    """The verdict on one pull request."""
    judgement = review.judgement
    return _text(
        **_pull(review.found.pull),
        verdict=judgement.verdict,
        reasons=judgement.reasons,
        notes=judgement.notes,
        others=[asdict(one) for one in judgement.others],
        differences=[
            {"path": one.path, "wanted": one.wanted, "found": one.found}
            for one in judgement.differences
        ],
        risks=[
            {
                "path": one.path,
                "job": one.job,
                "level": one.level,
                "score": one.score,
                "reasons": [
                    {"trait": reason.trait.name, "detail": reason.detail, "weight": reason.weight}
                    for reason in one.reasons
                ],
            }
            for one in risks
        ],
    )


def explanations(found: Sequence[Explanation]) -> str:
    """What a failed run was refused."""
    return _text(
        refusals=[
            {
                "job": one.refusal.job,
                "step": one.refusal.step,
                "message": one.refusal.words,
                "means": one.refusal.means,
                "permission": one.permission,
                "held": dict(one.refusal.held) if one.refusal.held is not None else None,
                "fails": one.refusal.fails,
                "seconds": one.refusal.seconds,
                "mend": one.mend,
                "add": one.add,
                "block": one.block,
                "place": one.place,
                "probe": one.probe,
            }
            for one in found
        ]
    )


def after(found: Iterable[Aftermath]) -> str:
    """What came after merges."""
    return _text(
        merged=[
            {
                **_pull(one.pull),
                "alarms": [asdict(alarm) for alarm in one.alarms],
                "ran": [{"path": path, "job": job} for path, job in sorted(one.ran)],
                "waiting": one.waiting,
            }
            for one in found
        ]
    )


def _pull(pull: PullFacts) -> Mapping[str, object]:
    return {
        "repository": pull.repository,
        "number": pull.number,
        "url": pull.url,
        "state": pull.state,
        "title": pull.title,
        "author": pull.author.login if pull.author else None,
        "head": pull.head,
        "created": pull.created.isoformat(),
        "draft": pull.draft,
        "checks": pull.checks,
        "mergeable": pull.mergeable,
        "waits": pull.waits,
    }


def _text(**told: object) -> str:
    return json.dumps({"version": _VERSION, **told}, indent=2) + "\n"
